package httpapi

import (
	"net/http"

	"refstack/lambdas/internal/problem"
)

// Identity tells who sent a request and what it is called. It is API Gateway's
// in Lambda.
type Identity struct {
	Subject   func(*http.Request) string // "" where nobody is known.
	RequestID func(*http.Request) string
}

// Caller is who sent the request. A request of nobody is refused.
func (i Identity) Caller(r *http.Request) (string, error) {
	if subject := i.Subject(r); subject != "" {
		return subject, nil
	}
	return "", &problem.Problem{Kind: problem.Unauthorized, Detail: "Send a token.",
		Header: http.Header{"WWW-Authenticate": {"Bearer"}}}
}
