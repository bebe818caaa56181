package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// velocity is what a mapping template of API Gateway does, as far as it can be
// told without a request. It reads the part of the Velocity Template Language
// that such templates should keep to.
type velocity struct {
	// printed are the references in what the template writes.
	printed []string
	// assigned are the references in all values that a variable may get.
	assigned map[string][]string
}

// parseVelocity refuses directives that it does not know.
func parseVelocity(template string) (*velocity, error) {
	v := &velocity{assigned: map[string][]string{}}
	for i := 0; i < len(template); {
		rest := template[i:]
		switch match := directive.FindString(rest); {
		case match != "":
			name := strings.Trim(match, "#{}(")
			i += len(match)
			if !strings.HasSuffix(match, "(") {
				if name != "else" && name != "end" {
					return nil, fmt.Errorf("unknown directive #%s", name)
				}
				break
			}
			arguments := balanced(template[i-1:])
			i += len(arguments) - 1
			if err := v.take(name, strings.TrimSuffix(arguments[1:], ")")); err != nil {
				return nil, err
			}
		case rest[0] == '$':
			found := referenceAt(rest)
			if found != "" {
				v.printed = append(v.printed, found)
			}
			i += max(len(found), 1)
		default:
			i++
		}
	}
	return v, nil
}

// take notes what a directive assigns. A condition writes nothing.
func (v *velocity) take(name, arguments string) error {
	separator := map[string]string{"set": "=", "foreach": " in "}[name]
	switch {
	case separator != "":
		variable, value, ok := strings.Cut(arguments, separator)
		if !ok {
			return fmt.Errorf("#%s(%s) assigns nothing", name, arguments)
		}
		variable = bare(strings.TrimSpace(variable))
		v.assigned[variable] = append(v.assigned[variable], references(value)...)
	case name != "if" && name != "elseif":
		return fmt.Errorf("unknown directive #%s", name)
	}
	return nil
}

var (
	directive = regexp.MustCompile(`^#(\{[a-z]+\}|[a-z]+)\(?`)
	root      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*`)
	member    = regexp.MustCompile(`^\.[A-Za-z_][A-Za-z0-9_-]*`)
)

// references are those in a value, within strings too.
func references(value string) []string {
	var found []string
	for i := 0; i < len(value); {
		at := referenceAt(value[i:])
		if at != "" {
			found = append(found, at)
		}
		i += max(len(at), 1)
	}
	return found
}

// referenceAt is the reference that text begins with, such as $input.body or
// ${id}, or "".
func referenceAt(text string) string {
	if !strings.HasPrefix(text, "$") {
		return ""
	}
	i := len(text) - len(strings.TrimLeft(text, "$!{"))
	name := root.FindString(text[i:])
	if name == "" {
		return ""
	}
	for i += len(name); i < len(text); {
		next := member.FindString(text[i:])
		if next == "" {
			next = balanced(text[i:])
		}
		if next == "" {
			break
		}
		i += len(next)
	}
	if strings.HasPrefix(strings.TrimLeft(text, "$!"), "{") && strings.HasPrefix(text[i:], "}") {
		i++
	}
	return text[:i]
}

// balanced is the parenthesis or bracket that text begins with, up to its end, or
// "". Those in strings do not count.
func balanced(text string) string {
	depth, quote := 0, rune(0)
	for i, r := range text {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case depth > 0 && (r == '"' || r == '\''):
			quote = r
		case r == '(' || r == '[':
			depth++
		case r == ')' || r == ']':
			depth--
		}
		if depth == 0 {
			if i == 0 {
				return ""
			}
			return text[:i+1]
		}
	}
	return text
}

// bare is a reference without $, ! and braces.
func bare(reference string) string { return strings.Trim(reference, "$!{}") }

// ours are the variables of API Gateway that hold nothing a caller wrote.
var ours = regexp.MustCompile(`^context\.(accountId|apiId|deploymentId|extendedRequestId|requestId|requestTimeEpoch|stage)$`)

// unescaped are the references in what a template writes that may hold what a
// caller wrote as it came, and not by $util.urlEncode.
func (v *velocity) unescaped() []string {
	return slices.DeleteFunc(slices.Clone(v.printed), func(printed string) bool { return v.isOurs(printed, nil) })
}

// isOurs tells whether a reference holds nothing that a caller wrote, or escaped;
// asked are the variables that are being asked about.
func (v *velocity) isOurs(reference string, asked []string) bool {
	name := bare(reference)
	if ours.MatchString(name) {
		return true
	}
	if arguments, ok := strings.CutPrefix(name, "util.urlEncode"); ok {
		return arguments != "" && balanced(arguments) == arguments
	}
	variable := root.FindString(name)
	values, known := v.assigned[variable]
	if !known {
		return false
	}
	if slices.Contains(asked, variable) {
		return true // As its other values are.
	}
	return !slices.ContainsFunc(append(slices.Clone(values), references(name)...), func(value string) bool {
		return !v.isOurs(value, append(asked, variable))
	})
}
