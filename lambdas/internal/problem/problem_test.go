package problem

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDocument(t *testing.T) {
	for name, c := range map[string]struct {
		problem *Problem
		want    string
	}{
		"least": {
			&Problem{Kind: NotFound},
			`{"type":"urn:problem-type:not-found","title":"There is no such resource","status":404,"requestId":"r"}`,
		},
		"most": {
			&Problem{
				Kind: InvalidBody, Detail: "The body is \"malformed\".",
				Faults: []Fault{{Detail: "is required", Pointer: "#/name"}, {Detail: "is there twice", Parameter: "limit"}, {Detail: "must name a version", Header: "If-Match"}},
				Header: http.Header{"Retry-After": {"1"}}, Cause: errors.New("secret"),
			},
			`{"type":"urn:problem-type:invalid-body","title":"The request's body is not valid","status":400,"detail":"The body is \"malformed\".",` +
				`"errors":[{"detail":"is required","pointer":"#/name"},{"detail":"is there twice","parameter":"limit"},{"detail":"must name a version","header":"If-Match"}],"requestId":"r"}`,
		},
	} {
		var got, want any
		if err := errors.Join(json.Unmarshal(c.problem.JSON("r"), &got), json.Unmarshal([]byte(c.want), &want)); err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestErrorIsForTheLog(t *testing.T) {
	cause := errors.New("the table is busy")
	p := &Problem{Kind: Unavailable, Detail: "Try again.", Cause: cause}
	if got := p.Error(); got != "unavailable: the table is busy" {
		t.Error(got)
	}
	if !errors.Is(p, cause) {
		t.Error("the cause is lost")
	}
	if got := New(NotFound, "No such thing.").Error(); got != "not-found: No such thing." {
		t.Error(got)
	}
}

func TestOf(t *testing.T) {
	known := New(NotFound, "")
	if got := Of(errors.Join(errors.New("outer"), known)); got != known {
		t.Errorf("%+v", got)
	}
	cause := errors.New("secret")
	got := Of(cause)
	if got.Kind != Internal || !errors.Is(got, cause) || strings.Contains(string(got.JSON("r")), "secret") {
		t.Errorf("%+v", got)
	}
}
