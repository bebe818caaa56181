package pipeevent

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// matcher tests one value of an event: nil, a bool, a json.Number or a string.
type matcher struct {
	test func(leaf any) bool
	// absent matches where the event has no value at the path at all.
	absent bool
	// busOnly names the operator where pipes do not know it.
	busOnly string
}

// operators are what may stand in an object of a list of values. A test is made
// from the operand, or an error that follows the operator's name.
var operators = map[string]func(operand any) (matcher, error){
	"prefix":             textOperators["prefix"],
	"suffix":             textOperators["suffix"],
	"equals-ignore-case": textOperators["equals-ignore-case"],
	"wildcard":           textOperators["wildcard"],
	"anything-but":       anythingBut,
	"numeric":            numeric,
	"exists":             exists,
	"cidr":               cidr,
}

// textOperators are those that anything-but can turn around.
var textOperators = map[string]func(operand any) (matcher, error){
	"prefix":             affix(strings.HasPrefix),
	"suffix":             affix(strings.HasSuffix),
	"equals-ignore-case": oneText(strings.EqualFold),
	"wildcard":           wildcard,
}

// affix makes prefix and suffix, which take a text, or {"equals-ignore-case":
// text}.
func affix(has func(s, part string) bool) func(any) (matcher, error) {
	return func(operand any) (matcher, error) {
		fields, isObject := operand.(map[string]any)
		if !isObject {
			return oneText(has)(operand)
		}
		part, ok := fields["equals-ignore-case"]
		if !ok || len(fields) != 1 {
			return matcher{}, fmt.Errorf(`takes a text or {"equals-ignore-case": text}, got %s`, show(operand))
		}
		return oneText(func(s, part string) bool { return has(fold(s), fold(part)) })(part)
	}
}

// fold makes texts that differ in case the same: some letters, such as the Greek
// sigma, have two forms of one case.
func fold(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// oneText makes an operator that compares texts with one text.
func oneText(compare func(s, operand string) bool) func(any) (matcher, error) {
	return func(operand any) (matcher, error) {
		want, ok := operand.(string)
		if !ok {
			return matcher{}, fmt.Errorf("takes a text, got %s", show(operand))
		}
		return matcher{test: func(leaf any) bool {
			s, ok := leaf.(string)
			return ok && compare(s, want)
		}}, nil
	}
}

func exists(operand any) (matcher, error) {
	want, ok := operand.(bool)
	if !ok {
		return matcher{}, fmt.Errorf("takes true or false, got %s", show(operand))
	}
	return matcher{test: func(any) bool { return want }, absent: !want}, nil
}

func cidr(operand any) (matcher, error) {
	text, _ := operand.(string)
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return matcher{}, fmt.Errorf("takes a range of addresses such as 10.0.0.0/24, got %s", show(operand))
	}
	return matcher{test: func(leaf any) bool {
		s, _ := leaf.(string)
		address, err := netip.ParseAddr(s)
		return err == nil && network.Contains(address)
	}}, nil
}

// largest is the largest number that numeric compares, and the smallest without
// its sign.
const largest = 5e9

// number is value as a number that numeric can compare.
func number(value any) (float64, bool) {
	text, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := text.Float64()
	return n, err == nil && n >= -largest && n <= largest
}

var comparisons = map[string]func(a, b float64) bool{
	"=":  func(a, b float64) bool { return a == b },
	"<":  func(a, b float64) bool { return a < b },
	"<=": func(a, b float64) bool { return a <= b },
	">":  func(a, b float64) bool { return a > b },
	">=": func(a, b float64) bool { return a >= b },
}

// numeric takes one comparison, or a range from below: [">", 0, "<=", 5].
func numeric(operand any) (matcher, error) {
	list, _ := operand.([]any)
	if len(list) != 2 && len(list) != 4 {
		return matcher{}, fmt.Errorf(`takes [">=", 1] or [">", 0, "<=", 5], got %s`, show(operand))
	}
	var signs []string
	var bounds []float64
	for i := 0; i < len(list); i += 2 {
		sign, _ := list[i].(string)
		if comparisons[sign] == nil {
			return matcher{}, fmt.Errorf("compares with =, <, <=, > or >=, got %s", show(list[i]))
		}
		bound, ok := number(list[i+1])
		if !ok {
			return matcher{}, fmt.Errorf("takes numbers from -5e9 to 5e9, got %s", show(list[i+1]))
		}
		signs, bounds = append(signs, sign), append(bounds, bound)
	}
	if len(signs) == 2 && (signs[0][0] != '>' || signs[1][0] != '<' || bounds[0] >= bounds[1]) {
		return matcher{}, fmt.Errorf("takes a range as its lower bound, then its upper one, got %s", show(operand))
	}
	return matcher{test: func(leaf any) bool {
		n, ok := number(leaf)
		for i := range signs {
			ok = ok && comparisons[signs[i]](n, bounds[i])
		}
		return ok
	}}, nil
}

// wildcard takes a text in which * stands for any characters, and \* and \\ for
// themselves.
func wildcard(operand any) (matcher, error) {
	text, ok := operand.(string)
	if !ok {
		return matcher{}, fmt.Errorf("takes a text, got %s", show(operand))
	}
	parts := []string{""}
	for i := 0; i < len(text); i++ {
		last := len(parts) - 1
		switch {
		case text[i] == '*' && last > 0 && parts[last] == "":
			return matcher{}, fmt.Errorf("does not take ** in %q", text)
		case text[i] == '*':
			parts = append(parts, "")
		case text[i] != '\\':
			parts[last] += text[i : i+1]
		case i+1 < len(text) && (text[i+1] == '*' || text[i+1] == '\\'):
			i++
			parts[last] += text[i : i+1]
		default:
			return matcher{}, fmt.Errorf(`takes \ only before * or \ in %q`, text)
		}
	}
	return matcher{busOnly: "wildcard", test: func(leaf any) bool {
		s, ok := leaf.(string)
		return ok && hasParts(s, parts)
	}}, nil
}

// hasParts tells whether s is parts with anything in between.
func hasParts(s string, parts []string) bool {
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return s == first
	}
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(s, part)
		if !found {
			return false
		}
		s = after
	}
	return true
}

// anythingBut takes a value, a list of values, or another operator with one text
// or several. It matches a value that is there and is none of them.
func anythingBut(operand any) (matcher, error) {
	if fields, ok := operand.(map[string]any); ok {
		return anythingButOperator(fields)
	}
	refused := listOf(operand)
	for _, value := range refused {
		if fmt.Sprintf("%T", value) != fmt.Sprintf("%T", refused[0]) || !isTextOrNumber(value) {
			return matcher{}, fmt.Errorf("takes texts or numbers, all of a kind, got %s", show(operand))
		}
	}
	if len(refused) == 0 {
		return matcher{}, errors.New("takes at least one value, got []")
	}
	return matcher{test: func(leaf any) bool {
		return !slices.ContainsFunc(refused, func(value any) bool { return same(leaf, value) })
	}}, nil
}

func isTextOrNumber(value any) bool {
	_, isText := value.(string)
	_, isNumber := value.(json.Number)
	return isText || isNumber
}

// same compares numbers by what they are worth, where a float64 holds that, and all
// else exactly.
func same(a, b any) bool {
	x, xIsNumber := a.(json.Number)
	y, yIsNumber := b.(json.Number)
	if xIsNumber && yIsNumber {
		n, errX := x.Float64()
		m, errY := y.Float64()
		return x == y || errX == nil && errY == nil && n == m
	}
	return a == b
}

func anythingButOperator(fields map[string]any) (matcher, error) {
	if len(fields) != 1 {
		return matcher{}, fmt.Errorf("takes one operator, got %s", show(fields))
	}
	for name, operand := range fields {
		parse := textOperators[name]
		if parse == nil {
			return matcher{}, fmt.Errorf("takes prefix, suffix, equals-ignore-case or wildcard, got %q", name)
		}
		var refused []matcher
		for _, value := range listOf(operand) {
			if text, ok := value.(string); !ok || text == "" {
				return matcher{}, fmt.Errorf("with %s takes texts that are not empty, got %s", name, show(operand))
			}
			m, err := parse(value)
			if err != nil {
				return matcher{}, fmt.Errorf("with %s %w", name, err)
			}
			refused = append(refused, m)
		}
		if len(refused) == 0 {
			return matcher{}, fmt.Errorf("with %s takes at least one text, got []", name)
		}
		return matcher{busOnly: "anything-but with " + name, test: func(leaf any) bool {
			return !slices.ContainsFunc(refused, func(m matcher) bool { return m.test(leaf) })
		}}, nil
	}
	panic("unreachable")
}

// listOf is value as a list: anything-but takes one element without its list.
func listOf(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}
