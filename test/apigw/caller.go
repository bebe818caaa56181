package apigw

import "net/http"

// CallerHeader names the caller; it stands for the token that Cognito issues.
const CallerHeader = "X-Test-Caller"

// CallerClaims are the claims of the caller that a request names.
func CallerClaims(r *http.Request) map[string]string {
	return map[string]string{"sub": r.Header.Get(CallerHeader)}
}
