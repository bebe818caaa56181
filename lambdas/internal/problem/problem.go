// Package problem makes the documents of RFC 9457, which tell a client in one
// form what went wrong, whatever went wrong.
package problem

import (
	"encoding/json"
	"errors"
	"net/http"
)

// ContentType is the media type of a problem document.
const ContentType = "application/problem+json"

// Kind is a sort of problem. Clients tell them apart by type, so a kind's name
// never changes.
type Kind struct {
	Name   string
	Status int
	Title  string
}

// Type is the URI of the kind. It is a name and no address: nothing has to be
// served there, and it stays when the API moves.
func (k Kind) Type() string { return "urn:problem-type:" + k.Name }

// The kinds that any API has.
var (
	InvalidBody      = Kind{"invalid-body", http.StatusBadRequest, "The request's body is not valid"}
	InvalidParameter = Kind{"invalid-parameters", http.StatusBadRequest, "A parameter or header of the request is not valid"}
	Unauthorized     = Kind{"unauthorized", http.StatusUnauthorized, "The request does not say who sent it"}
	NotFound         = Kind{"not-found", http.StatusNotFound, "There is no such resource"}
	MethodNotAllowed = Kind{"method-not-allowed", http.StatusMethodNotAllowed, "The resource does not have this method"}
	NotAcceptable    = Kind{"not-acceptable", http.StatusNotAcceptable, "The request excludes what the answer would be"}
	BodyTooLarge     = Kind{"body-too-large", http.StatusRequestEntityTooLarge, "The request's body is too large"}
	UnsupportedMedia = Kind{"unsupported-media-type", http.StatusUnsupportedMediaType, "The request's body must be JSON"}
	Internal         = Kind{"internal", http.StatusInternalServerError, "Something went wrong on our side"}
	Unavailable      = Kind{"unavailable", http.StatusServiceUnavailable, "Try again a little later"}
)

// Fault is one thing at fault. One of its places is set.
type Fault struct {
	Detail    string `json:"detail"`
	Pointer   string `json:"pointer,omitempty"`   // into the body: a JSON pointer as a URI fragment, such as #/tags/2
	Parameter string `json:"parameter,omitempty"` // of the query
	Header    string `json:"header,omitempty"`
}

// Problem is an error that a client may see: all of it but Cause.
type Problem struct {
	Kind   Kind
	Detail string
	Faults []Fault
	Header http.Header // such as Retry-After
	Cause  error       // for the log
}

// New makes a problem that needs no more than a sentence.
func New(kind Kind, detail string) *Problem { return &Problem{Kind: kind, Detail: detail} }

// Of is the problem that err is, or one of ours that tells nothing of err.
func Of(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return &Problem{Kind: Internal, Detail: "Tell us the request ID if it does not go away.", Cause: err}
}

// Error is what the log has.
func (p *Problem) Error() string {
	if p.Cause != nil {
		return p.Kind.Name + ": " + p.Cause.Error()
	}
	return p.Kind.Name + ": " + p.Detail
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Cause }

// JSON is the document. The request ID lets its reader ask us about it.
func (p *Problem) JSON(requestID string) []byte {
	// Marshalling strings and numbers cannot fail.
	document, _ := json.Marshal(struct {
		Type      string  `json:"type"`
		Title     string  `json:"title"`
		Status    int     `json:"status"`
		Detail    string  `json:"detail,omitempty"`
		Errors    []Fault `json:"errors,omitempty"`
		RequestID string  `json:"requestId"`
	}{p.Kind.Type(), p.Kind.Title, p.Kind.Status, p.Detail, p.Faults, requestID})
	return document
}
