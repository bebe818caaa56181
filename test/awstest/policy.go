package awstest

import (
	"fmt"
	"slices"
	"strings"
)

// statement is one statement of an identity-based policy, resolved.
type statement struct {
	name        string
	deny        bool
	actions     []string
	notAction   bool
	resources   []string
	notResource bool
	conditions  []condition
}

func (s *statement) matches(p Permission, context map[string][]string) bool {
	action := slices.ContainsFunc(s.actions, func(pattern string) bool { return matchAction(pattern, p.Action) })
	resource := slices.ContainsFunc(s.resources, func(pattern string) bool { return matchResource(pattern, p.Resource) })
	return action != s.notAction && resource != s.notResource && s.holds(context)
}

// holds decides against the role where a request does not tell the values of a key.
func (s *statement) holds(context map[string][]string) bool {
	return !slices.ContainsFunc(s.conditions, func(c condition) bool {
		if slices.Contains(context[c.key], untold) {
			return !s.deny
		}
		return !c.holds(context)
	})
}

// untold stands for values of a condition key that AWS knows and that do not
// follow from the request alone.
const untold = unresolved + "values>"

// condition is one key under one operator. Its values are alternatives.
type condition struct {
	operator operator
	set      string // forAllValues, forAnyValue, or "" for a key with one value
	ifExists bool
	key      string // in lower case: IAM's keys are not case-sensitive
	values   []string
}

// What a condition on a key with a list of values says of them.
const (
	forAllValues = "ForAllValues"
	forAnyValue  = "ForAnyValue"
)

type operator struct {
	match  func(pattern, value string) bool
	negate bool
}

var operators = map[string]operator{
	"ArnEquals":       {match: matchARN}, // The same as ArnLike, IAM says.
	"ArnLike":         {match: matchARN},
	"ArnNotEquals":    {match: matchARN, negate: true},
	"ArnNotLike":      {match: matchARN, negate: true},
	"Bool":            {match: strings.EqualFold},
	"StringEquals":    {match: func(pattern, value string) bool { return pattern == value }},
	"StringLike":      {match: glob},
	"StringNotEquals": {match: func(pattern, value string) bool { return pattern == value }, negate: true},
	"StringNotLike":   {match: glob, negate: true},
}

// globalContext holds the condition keys that are the same for every call.
var globalContext = map[string]string{
	"aws:principalaccount": AccountID,
	"aws:requestedregion":  Region,
	"aws:resourceaccount":  AccountID,
	"aws:securetransport":  "true", // The SDK speaks TLS to AWS, if not to a stand-in.
}

// unheardKeys are of services whose calls no proxy hears: no call has them.
var unheardKeys = []string{"bedrock:guardrailidentifier", "bedrock:inferenceprofilearn"}

func knownKey(key string) bool {
	if _, ok := globalContext[key]; ok || slices.Contains(unheardKeys, key) {
		return true
	}
	for _, svc := range services {
		if slices.Contains(svc.conditionKeys, key) {
			return true
		}
	}
	return false
}

// isList tells whether a key has a list of values in a request.
func isList(key string) bool {
	for _, svc := range services {
		if slices.Contains(svc.listKeys, key) {
			return true
		}
	}
	return false
}

func (c *collector) conditions(value any) ([]condition, error) {
	if value == nil {
		return nil, nil
	}
	block, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("not a condition: %v", value)
	}
	var all []condition
	for name, keys := range block {
		base, ifExists := strings.CutSuffix(name, "IfExists")
		set, plain, isSet := strings.Cut(base, ":")
		if !isSet {
			set, plain = "", base
		}
		op, ok := operators[plain]
		if !ok || isSet && set != forAllValues && set != forAnyValue {
			return nil, fmt.Errorf("condition operator %s is not evaluated", name)
		}
		entries, ok := keys.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("not a condition: %s: %v", name, keys)
		}
		for key, value := range entries {
			key = strings.ToLower(key)
			if !knownKey(key) {
				return nil, fmt.Errorf("condition key %s is not evaluated", key)
			}
			if isList(key) != isSet {
				return nil, fmt.Errorf("%s on %s: a key with a list of values takes ForAllValues or ForAnyValue, and no other does", name, key)
			}
			values, err := c.strings(value)
			if err != nil {
				return nil, fmt.Errorf("condition on %s: %w", key, err)
			}
			for _, v := range values {
				if strings.Contains(v, unresolved) {
					return nil, fmt.Errorf("condition on %s is of something that has no name in the map: %s", key, v)
				}
			}
			all = append(all, condition{operator: op, set: set, ifExists: ifExists, key: key, values: values})
		}
	}
	return all, nil
}

// holds is IAM's rule: a key that is not in the context fails the condition,
// unless the operator is negated or ends with IfExists. For all of no values
// anything holds, and for any of them nothing does.
func (c condition) holds(context map[string][]string) bool {
	values := context[c.key]
	if value, global := globalContext[c.key]; len(values) == 0 && global {
		values = []string{value}
	}
	missing := len(values) == 0
	switch {
	case c.set == forAllValues:
		return !slices.ContainsFunc(values, func(value string) bool { return !c.accepts(value) })
	case missing && c.ifExists:
		return true
	case c.set == forAnyValue:
		return slices.ContainsFunc(values, c.accepts)
	case missing:
		return c.operator.negate
	}
	return c.accepts(values[0])
}

func (c condition) accepts(value string) bool {
	match := slices.ContainsFunc(c.values, func(pattern string) bool { return c.operator.match(pattern, value) })
	return match != c.operator.negate
}

// matchAction knows that actions are not case-sensitive.
func matchAction(pattern, action string) bool {
	return glob(strings.ToLower(pattern), strings.ToLower(action))
}

// matchResource compares an ARN with a pattern field by field: a wildcard does
// not reach over a colon, save in the last field, which may have colons itself.
func matchResource(pattern, arn string) bool {
	if pattern == "*" {
		return true
	}
	return matchARN(pattern, arn)
}

func matchARN(pattern, arn string) bool {
	patterns, fields := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(patterns) != 6 || len(fields) != 6 {
		return false
	}
	for i := range patterns {
		if !glob(patterns[i], fields[i]) {
			return false
		}
	}
	return true
}

// glob matches with * for any run of characters and ? for any one.
func glob(pattern, text string) bool {
	p, s := []rune(pattern), []rune(text)
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == s[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
