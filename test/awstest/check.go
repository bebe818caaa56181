package awstest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Violation is a call that AWS would refuse to the role, or that cannot be judged.
type Violation struct {
	Call Call
	// Permission is what the role lacks; it is zero when the call cannot be judged.
	Permission Permission
	// Reason tells why the call is refused.
	Reason string
}

func (v Violation) String() string {
	if v.Permission == (Permission{}) {
		return fmt.Sprintf("%s: %s", v.Call, v.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", v.Call, v.Permission, v.Reason)
}

// Grant is one action on one resource, both as the policy writes them, that a
// statement allows.
type Grant struct {
	Statement string
	Action    string
	Resource  string
}

func (g Grant) String() string {
	return fmt.Sprintf("%s on %s (%s)", g.Action, g.Resource, g.Statement)
}

// Denied returns what of the calls the role may not do: no Allow covers it, or a
// Deny does. Calls that this package does not know, and unsigned ones, are among
// them, and so are those that learned from the stand-in's 404 what AWS would
// have hidden behind a 403: run such a test with [Proxy.Enforce].
func (r *Role) Denied(calls []Call) []Violation {
	var violations []Violation
	for _, call := range calls {
		needs := call.permissions()
		switch {
		case call.Unsigned:
			violations = append(violations, Violation{Call: call, Reason: "the request is not signed"})
		case len(needs) == 0:
			violations = append(violations, Violation{Call: call, Reason: "awstest does not know which permissions this needs"})
		default:
			violations = append(violations, r.denies(call, needs)...)
		}
		if call.Status == http.StatusNotFound {
			for _, violation := range r.denies(call, call.IfMissing) {
				violation.Reason += "; AWS answers 403 and not 404 without it"
				violations = append(violations, violation)
			}
		}
	}
	return violations
}

func (r *Role) denies(call Call, needs []Permission) []Violation {
	var violations []Violation
	for _, need := range needs {
		reason := "no statement allows it"
		for i := range r.statements {
			s := &r.statements[i]
			if !s.matches(need, call.Context) {
				continue
			}
			if s.deny {
				reason = s.name + " denies it"
				break
			}
			reason = ""
		}
		if reason != "" {
			violations = append(violations, Violation{Call: call, Permission: need, Reason: reason})
		}
	}
	return violations
}

// Unused returns what the role allows and none of the calls needed, with one
// row for each pair of an action and a resource in a statement. For NotAction
// and NotResource the row has the whole list with an exclamation mark before it.
func (r *Role) Unused(calls []Call) []Grant {
	var unused []Grant
	for i := range r.statements {
		s := &r.statements[i]
		if s.deny {
			continue
		}
		for _, row := range s.rows() {
			if !slices.ContainsFunc(calls, row.usedBy) {
				unused = append(unused, Grant{
					Statement: s.name,
					Action:    row.show(row.actions, s.notAction),
					Resource:  row.show(row.resources, s.notResource),
				})
			}
		}
	}
	return unused
}

// rows splits a statement into statements of one action and one resource.
func (s *statement) rows() []*statement {
	split := func(all []string, negated bool) [][]string {
		if negated {
			return [][]string{all}
		}
		return slices.Collect(slices.Chunk(all, 1))
	}
	var rows []*statement
	for _, actions := range split(s.actions, s.notAction) {
		for _, resources := range split(s.resources, s.notResource) {
			row := *s
			row.actions, row.resources = actions, resources
			rows = append(rows, &row)
		}
	}
	return rows
}

func (s *statement) usedBy(call Call) bool {
	needs := call.permissions()
	if call.Status == http.StatusNotFound {
		needs = append(needs, call.IfMissing...)
	}
	return slices.ContainsFunc(needs, func(p Permission) bool { return s.matches(p, call.Context) })
}

func (s *statement) show(values []string, negated bool) string {
	if negated {
		return "!" + strings.Join(values, ",")
	}
	return values[0]
}

// CheckRole fails t for each call that the role may not do and for each grant
// that no call used. The exemptions give a reason for grants that the tests
// cannot use, by action, such as "s3:ListBucket" or "xray:*"; one without a
// reason fails t, and so does one that exempts nothing.
func CheckRole(t testing.TB, role *Role, calls []Call, exempt map[string]string) {
	t.Helper()
	times := map[string]int{}
	for _, violation := range role.Denied(calls) {
		times[violation.String()]++
	}
	for _, text := range slices.Sorted(maps.Keys(times)) {
		t.Errorf("awstest: %s: denied, %d times: %s", role.LogicalID, times[text], text)
	}
	stale := map[string]bool{}
	for action, reason := range exempt {
		stale[action] = true
		if strings.TrimSpace(reason) == "" {
			t.Errorf("awstest: %s: the exemption of %s has no reason", role.LogicalID, action)
		}
	}
	for _, grant := range role.Unused(calls) {
		exempted := false
		for action := range exempt {
			if matchAction(action, grant.Action) {
				exempted = true
				delete(stale, action)
			}
		}
		if !exempted {
			t.Errorf("awstest: %s: no call needed %s", role.LogicalID, grant)
		}
	}
	for _, action := range slices.Sorted(maps.Keys(stale)) {
		t.Errorf("awstest: %s: the exemption of %s is stale: it exempts nothing", role.LogicalID, action)
	}
}
