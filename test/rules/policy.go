package rules

import (
	"regexp"
	"slices"
	"strings"
)

// statement is a statement of an IAM policy, with every value as a list of
// texts.
type statement struct {
	effect     string
	actions    []string
	resources  []string
	principals map[string][]string // By kind: AWS, Service and so on, or * for everyone.
	conditions []condition
	inverted   []string // Which of NotAction, NotResource, NotPrincipal it has.
}

// condition is one key that a statement asks for.
type condition struct {
	operator string
	key      string // In lower case, as IAM does not tell cases apart.
	values   []string
}

func statements(document any) []statement {
	var out []statement
	for _, entry := range list(object(document)["Statement"]) {
		fields := object(entry)
		s := statement{
			effect:     text(fields["Effect"]),
			actions:    texts(fields["Action"]),
			resources:  texts(fields["Resource"]),
			principals: map[string][]string{},
		}
		if kinds, ok := fields["Principal"].(map[string]any); ok {
			for kind, who := range kinds {
				s.principals[kind] = texts(who)
			}
		} else if who := text(fields["Principal"]); who != "" {
			s.principals[who] = []string{who}
		}
		for operator, keys := range object(fields["Condition"]) {
			for key, values := range object(keys) {
				s.conditions = append(s.conditions, condition{operator, strings.ToLower(key), texts(values)})
			}
		}
		for _, name := range []string{"NotAction", "NotResource", "NotPrincipal"} {
			if fields[name] != nil {
				s.inverted = append(s.inverted, name)
			}
		}
		out = append(out, s)
	}
	return out
}

// covers tells whether the statement's actions include action.
func (s statement) covers(action string) bool {
	return slices.ContainsFunc(s.actions, func(pattern string) bool { return matches(pattern, action) })
}

// matches tells whether an IAM pattern with * and ? includes action.
func matches(pattern, action string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return strings.EqualFold(pattern, action) // Most are, and compiling takes long.
	}
	pattern = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile("(?i)^" + pattern + "$").MatchString(action)
}

// reaches tells whether the statement's resources include r itself.
func (t *Template) reaches(s statement, r *Resource) bool {
	return slices.ContainsFunc(s.resources, func(resource string) bool {
		return resource == "*" || t.target(resource) == r
	})
}

// everyone tells whether the statement speaks of everyone.
func (s statement) everyone() bool {
	for _, who := range s.principals {
		if slices.Contains(who, "*") {
			return true
		}
	}
	return false
}

// thisAccount tells whether the statement asks for a caller on behalf of the
// account that the stack is in.
func (s statement) thisAccount() bool {
	return slices.ContainsFunc(s.conditions, func(c condition) bool {
		return c.operator == "StringEquals" && c.key == "aws:sourceaccount" &&
			slices.Equal(c.values, []string{"<AWS::AccountId>"})
	})
}

// policies are the types of the policies that stand beside what they protect,
// and the property in which they name it.
var policies = map[string]struct{ policy, property string }{
	"AWS::S3::Bucket": {"AWS::S3::BucketPolicy", "Bucket"},
	"AWS::SNS::Topic": {"AWS::SNS::TopicPolicy", "Topics"},
	"AWS::SQS::Queue": {"AWS::SQS::QueuePolicy", "Queues"},
}

// policiesOf are the policy resources of a bucket, queue or topic.
func (t *Template) policiesOf(r *Resource) []*Resource {
	var found []*Resource
	for _, policy := range t.of(policies[r.Type].policy) {
		for _, value := range list(policy.get(policies[r.Type].property)) {
			if t.target(value) == r {
				found = append(found, policy)
			}
		}
	}
	return found
}

// policyOf is the resource policy of a bucket, key, queue or topic.
func (t *Template) policyOf(r *Resource) []statement {
	if r.Type == "AWS::KMS::Key" {
		return statements(r.get("KeyPolicy"))
	}
	var out []statement
	for _, policy := range t.policiesOf(r) {
		out = append(out, statements(policy.get("PolicyDocument"))...)
	}
	return out
}

// letsService tells whether the resource policy of r allows action to a service
// of AWS on behalf of this account.
func (t *Template) letsService(r *Resource, service, action string) bool {
	return slices.ContainsFunc(t.policyOf(r), func(s statement) bool {
		return s.effect == "Allow" && slices.Contains(s.principals["Service"], service) &&
			s.covers(action) && s.thisAccount() && t.reaches(s, r)
	})
}

// identityPolicy are the statements in a role, or in a policy for roles.
func (r *Resource) identityPolicy() []statement {
	out := statements(r.get("PolicyDocument"))
	for _, policy := range list(r.get("Policies")) {
		out = append(out, statements(object(policy)["PolicyDocument"])...)
	}
	return out
}

// allowances are the statements of all policies of a role that allow something.
func (t *Template) allowances(role *Resource) []statement {
	found := role.identityPolicy()
	for _, policy := range t.policiesBeside(role) {
		found = append(found, policy.identityPolicy()...)
	}
	return slices.DeleteFunc(found, func(s statement) bool { return s.effect != "Allow" })
}

// allowed are the resources on which the policies of a role allow action.
func (t *Template) allowed(role *Resource, action string) []string {
	var found []string
	for _, s := range t.allowances(role) {
		if s.covers(action) {
			found = append(found, s.resources...)
		}
	}
	return found
}

// roleMay tells whether the policies of a role allow action on r, or on
// everything where r is nil.
func (t *Template) roleMay(role *Resource, action string, r *Resource) bool {
	return slices.ContainsFunc(t.allowed(role, action), func(resource string) bool {
		return resource == "*" || r != nil && t.target(resource) == r
	})
}

// policiesBeside are the policies that are attached to a role.
func (t *Template) policiesBeside(role *Resource) []*Resource {
	var found []*Resource
	for _, resourceType := range []string{"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"} {
		for _, policy := range t.of(resourceType) {
			if slices.Contains(t.mentioned(policy.get("Roles")), role) || slices.Contains(t.mentioned(role.get("ManagedPolicyArns")), policy) {
				found = append(found, policy)
			}
		}
	}
	return found
}

// deniesPlainHTTP tells whether the policy of r refuses what comes without TLS,
// whoever sends it, for all the actions and resources given as texts.
func (t *Template) deniesPlainHTTP(r *Resource, actions []string, resources ...string) bool {
	return slices.ContainsFunc(t.policyOf(r), func(s statement) bool {
		if s.effect != "Deny" || !s.everyone() || len(s.inverted) > 0 || len(s.conditions) != 1 {
			return false
		}
		c := s.conditions[0]
		if c.operator != "Bool" || c.key != "aws:securetransport" || !slices.Equal(c.values, []string{"false"}) {
			return false
		}
		for _, action := range actions {
			if !s.covers(action) {
				return false
			}
		}
		for _, resource := range resources {
			if !slices.Contains(s.resources, resource) && !slices.Contains(s.resources, "*") {
				return false
			}
		}
		return true
	})
}
