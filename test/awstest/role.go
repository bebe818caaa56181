package awstest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Role is what the policies of an execution role allow and deny.
type Role struct {
	// LogicalID is the role's in the template.
	LogicalID string

	statements []statement
}

// RoleOf collects the policies of the role of a function or a state machine from a
// synthesized template, decoded from JSON: the role's own, and those of AWS::IAM::Policy,
// AWS::IAM::RolePolicy and AWS::IAM::ManagedPolicy that are attached to it.
//
// The names map logical IDs to what the stand-ins call the resources: a name
// such as "uploads-bucket", or an ARN. A key of the form LogicalId.Attribute
// stands for Fn::GetAtt of another attribute than Arn, and the name of an export
// for Fn::ImportValue. What is not in it resolves to something that matches no
// resource.
//
// It is an error if the role has something whose content or effect cannot be
// told from the template: AWS managed policies, a permissions boundary, policy
// variables, conditions with unknown operators or keys, and a Deny or a
// condition on something without a name.
func RoleOf(template map[string]any, logicalID string, names map[string]string) (*Role, error) {
	role, err := roleOf(template, logicalID, names)
	if err != nil {
		return nil, fmt.Errorf("awstest: role of %s: %w", logicalID, err)
	}
	return role, nil
}

// roleProperties are where the types that have a role name it.
var roleProperties = map[string]string{"AWS::Lambda::Function": "Role", "AWS::StepFunctions::StateMachine": "RoleArn"}

func roleOf(template map[string]any, id string, names map[string]string) (*Role, error) {
	resources, _ := template["Resources"].(map[string]any)
	c := &collector{resolver: &resolver{resources: resources, names: names}}
	property, ok := roleProperties[c.typeOf(id)]
	if !ok {
		return nil, errors.New("the template has no function or state machine of this logical ID")
	}
	if c.id, ok = getAttOf(c.properties(id)[property], "Arn"); !ok || c.typeOf(c.id) != "AWS::IAM::Role" {
		return nil, fmt.Errorf("its role is not in the template: %v", c.properties(id)[property])
	}
	role := c.properties(c.id)
	if role["PermissionsBoundary"] != nil {
		return nil, errors.New("permissions boundaries are not evaluated")
	}
	if err := c.inline(c.id, role["Policies"]); err != nil {
		return nil, err
	}
	attached := map[string]bool{}
	arns, err := list(role["ManagedPolicyArns"])
	if err != nil {
		return nil, err
	}
	for _, arn := range arns {
		reference, _ := arn.(map[string]any)
		id, _ := reference["Ref"].(string)
		if c.typeOf(id) != "AWS::IAM::ManagedPolicy" {
			return nil, fmt.Errorf("what the managed policy %v allows is not in the template", arn)
		}
		attached[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		if err := c.attached(id, attached[id]); err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
	}
	return &Role{LogicalID: c.id, statements: c.statements}, nil
}

// collector gathers the statements of one role.
type collector struct {
	*resolver
	id         string
	statements []statement
}

func (c *collector) properties(id string) map[string]any {
	resource, _ := c.resources[id].(map[string]any)
	properties, _ := resource["Properties"].(map[string]any)
	return properties
}

func (c *collector) inline(id string, policies any) error {
	items, err := list(policies)
	if err != nil {
		return err
	}
	for i, item := range items {
		policy, _ := item.(map[string]any)
		if err := c.document(fmt.Sprintf("%s.Policies[%d]", id, i), policy["PolicyDocument"]); err != nil {
			return err
		}
	}
	return nil
}

// attached collects a resource if it is a policy of the role.
func (c *collector) attached(id string, attached bool) error {
	properties := c.properties(id)
	var roles []any
	switch c.typeOf(id) {
	case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy":
		var err error
		if roles, err = list(properties["Roles"]); err != nil {
			return err
		}
	case "AWS::IAM::RolePolicy":
		roles = []any{properties["RoleName"]}
	default:
		return nil
	}
	for _, role := range roles {
		reference, _ := role.(map[string]any)
		ref, ok := reference["Ref"].(string)
		if !ok {
			return fmt.Errorf("cannot tell whose policy it is: %v", role)
		}
		attached = attached || ref == c.id
	}
	if !attached {
		return nil
	}
	if resource, _ := c.resources[id].(map[string]any); resource["Condition"] != nil {
		return fmt.Errorf("whether it exists depends on the condition %v", resource["Condition"])
	}
	return c.document(id, properties["PolicyDocument"])
}

func (c *collector) document(source string, value any) error {
	document, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s has no policy document", source)
	}
	statements, err := list(document["Statement"])
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	for i, raw := range statements {
		name := fmt.Sprintf("%s[%d]", source, i)
		s, err := c.statement(name, raw)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		c.statements = append(c.statements, s)
	}
	return nil
}

func (c *collector) statement(name string, value any) (statement, error) {
	raw, ok := value.(map[string]any)
	if !ok {
		return statement{}, fmt.Errorf("not a statement: %v", value)
	}
	s := statement{name: name}
	for key := range raw {
		if !slices.Contains([]string{"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}, key) {
			return s, fmt.Errorf("unknown element %s", key)
		}
	}
	if sid, ok := raw["Sid"].(string); ok {
		s.name += " " + sid
	}
	switch raw["Effect"] {
	case "Allow":
	case "Deny":
		s.deny = true
	default:
		return s, fmt.Errorf("effect is %v", raw["Effect"])
	}
	var err error
	if s.actions, s.notAction, err = c.either(raw, "Action", "NotAction"); err != nil {
		return s, err
	}
	if s.resources, s.notResource, err = c.either(raw, "Resource", "NotResource"); err != nil {
		return s, err
	}
	for _, resource := range s.resources {
		if resource != "*" && strings.Count(resource, ":") < 5 {
			return s, fmt.Errorf("%q is neither * nor a whole ARN", resource)
		}
		if (s.deny || s.notResource) && strings.Contains(resource, unresolved) {
			return s, fmt.Errorf("what it excludes has no name in the map: %s", resource)
		}
	}
	s.conditions, err = c.conditions(raw["Condition"])
	return s, err
}

// either returns the list of one of two elements that exclude each other.
func (c *collector) either(raw map[string]any, positive, negative string) (values []string, negated bool, err error) {
	value, ok := raw[positive]
	other, negated := raw[negative]
	if ok == negated {
		return nil, false, fmt.Errorf("needs either %s or %s", positive, negative)
	}
	if negated {
		value = other
	}
	values, err = c.strings(value)
	return values, negated, err
}

// strings resolves a string or a list of them, and refuses policy variables.
func (c *collector) strings(value any) ([]string, error) {
	items, err := list(value)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, errors.New("an empty list")
	}
	texts := make([]string, len(items))
	for i, item := range items {
		if texts[i], err = c.text(item); err != nil {
			return nil, err
		}
		if strings.Contains(texts[i], "${") {
			return nil, fmt.Errorf("policy variables are not evaluated: %s", texts[i])
		}
	}
	return texts, nil
}

// list takes a value that may stand for a list of itself, as policies allow. A
// list that an intrinsic function makes is an error further on, where its
// content is looked at.
func list(value any) ([]any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case []any:
		return v, nil
	case string, bool, float64, map[string]any:
		return []any{v}, nil
	}
	return nil, fmt.Errorf("neither a value nor a list: %v", value)
}

func getAttOf(value any, attribute string) (string, bool) {
	m, _ := value.(map[string]any)
	switch v := m["Fn::GetAtt"].(type) {
	case string:
		return strings.CutSuffix(v, "."+attribute)
	case []any:
		if len(v) == 2 && v[1] == attribute {
			id, ok := v[0].(string)
			return id, ok
		}
	}
	return "", false
}
