package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// What scripts of the allowed origins may send and read. The API in AWS says the
// same, as a test holds.
const (
	corsMethods = "GET, HEAD, POST, PUT, DELETE"
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match"
	corsExposed = "Age, Cache-Status, ETag, Idempotency-Replayed, Location, Retry-After"
)

// ParseOrigins reads a list of origins with commas between them.
func ParseOrigins(list string) ([]string, error) {
	var origins []string
	for origin := range strings.SplitSeq(list, ",") {
		if origin = strings.TrimSpace(origin); origin == "" {
			continue
		}
		// A browser sends an origin in this one spelling; any other never matches.
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin || strings.Contains(origin, "*") {
			return nil, fmt.Errorf("must be origins such as https://app.example.com, got %q", origin)
		}
		origins = append(origins, origin)
	}
	return origins, nil
}

// allowOrigin lets scripts of a named origin read the answer. Tokens travel in
// a header and not in cookies, so credentials stay disallowed.
func (a *API) allowOrigin(header http.Header, r *http.Request) {
	if len(a.Origins) == 0 {
		return
	}
	header.Add("Vary", "Origin") // Also without an origin: a cache must not mix the two.
	if origin := r.Header.Get("Origin"); slices.Contains(a.Origins, origin) {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Expose-Headers", corsExposed)
	}
}

// preflight answers a browser's question whether it may send a request, and
// tells whether it was one. In AWS, API Gateway answers it.
func (a *API) preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	a.allowOrigin(w.Header(), r)
	if w.Header().Get("Access-Control-Allow-Origin") != "" {
		w.Header().Set("Access-Control-Allow-Methods", corsMethods)
		w.Header().Set("Access-Control-Allow-Headers", corsHeaders)
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}
