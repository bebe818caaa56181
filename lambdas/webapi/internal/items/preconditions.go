package items

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"refstack/lambdas/internal/problem"
)

// The kinds of problem that only this API has.
var (
	versionConflict = problem.Kind{Name: "version-conflict", Status: http.StatusPreconditionFailed, Title: "The item was changed meanwhile"}
	versionRequired = problem.Kind{Name: "version-required", Status: http.StatusPreconditionRequired, Title: "The request must say which version it replaces"}
	keyReused       = problem.Kind{Name: "idempotency-key-reused", Status: http.StatusUnprocessableEntity, Title: "The idempotency key was used for another body"}
)

const maxIdempotencyKey = 200

var entityTag = regexp.MustCompile(`^(?:W/)?"([\x21\x23-\x7e]*)"$`)

// ifMatch is the version that the request asks for, and Any if it asks for none.
func ifMatch(r *http.Request) (Version, error) {
	values := r.Header.Values("If-Match")
	if len(values) == 0 {
		return Any, nil
	}
	value := strings.TrimSpace(strings.Join(values, ", "))
	if value == "*" {
		return 0, invalidHeader("If-Match", "must name a version: * would overwrite what others changed meanwhile")
	}
	parts := entityTag.FindStringSubmatch(value)
	if parts == nil {
		return 0, invalidHeader("If-Match", `must be one entity tag, as in the header ETag of an earlier answer, such as "3"`)
	}
	version, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || version < 1 || Version(version).ETag() != value {
		return Never, nil // Well-formed, and no tag of ours: it matches nothing.
	}
	return Version(version), nil
}

// idempotencyKey is the key of the request, and "" if it has none.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	printable := strings.IndexFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) < 0
	if len(values) > 1 || key == "" || len(key) > maxIdempotencyKey || !printable {
		return "", invalidHeader("Idempotency-Key", "must be one value of 1 to 200 printable ASCII characters")
	}
	return key, nil
}

func invalidHeader(name, detail string) error {
	return &problem.Problem{Kind: problem.InvalidParameter, Detail: "A header of the request is not valid.",
		Faults: []problem.Fault{{Header: name, Detail: detail}}}
}
