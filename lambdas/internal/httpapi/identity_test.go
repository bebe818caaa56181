package httpapi

import (
	"net/http"
	"testing"
)

func TestCaller(t *testing.T) {
	identity := Identity{Subject: func(r *http.Request) string { return r.Header.Get("X-Test-Caller") }}
	if caller, err := identity.Caller(get("/", "X-Test-Caller", "alice")); caller != "alice" || err != nil {
		t.Errorf("alice is %q (%v)", caller, err)
	}
	w, _ := serve(t, func(r *http.Request) (*Answer, error) {
		_, err := identity.Caller(r)
		return nil, err
	}, get("/things/7"))
	if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("nobody is answered with %d %v", w.Code, w.Header())
	}
}
