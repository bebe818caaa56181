package tasks

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"refstack/lambdas/internal/strictjson"
)

// maxText is how many characters all texts of a request may have together: they
// fit into a body of MaxBody in any script.
const maxText = 250_000

// input is the JSON schema of a request, in a subset that means the same to API
// Gateway, which checks requests by it as well.
type input struct {
	Type                 string              `json:"type"`
	Properties           map[string]property `json:"properties"`
	Required             []string            `json:"required"`
	AdditionalProperties *bool               `json:"additionalProperties"`
}

// property is one field of a request: a text, a choice (a string with enum), a
// whole number or a boolean.
type property struct {
	Description string          `json:"description"`
	Type        string          `json:"type"`
	Enum        []string        `json:"enum"`
	MinLength   *int            `json:"minLength"`
	MaxLength   *int            `json:"maxLength"`
	Minimum     *int64          `json:"minimum"`
	Maximum     *int64          `json:"maximum"`
	Default     json.RawMessage `json:"default"`
}

// isText tells whether the property is in the caller's own words.
func (p property) isText() bool { return p.Type == "string" && p.Enum == nil }

// propertyName is what can be both the name of a tag and a field of a template.
var propertyName = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,31}$`)

func (in *input) check() error {
	switch {
	case in.Type != "object":
		return errors.New("type must be object")
	case in.AdditionalProperties == nil || *in.AdditionalProperties:
		return errors.New("additionalProperties must be false")
	case len(in.Properties) == 0:
		return errors.New("properties are missing")
	}
	for i, name := range in.Required {
		if _, ok := in.Properties[name]; !ok || slices.Contains(in.Required[:i], name) {
			return fmt.Errorf("required names %s, which is no property or there twice", name)
		}
	}
	texts := 0
	for name, p := range in.Properties {
		if !propertyName.MatchString(name) {
			return fmt.Errorf("%s is no name of a property: it has letters and digits, and begins with a small letter", name)
		}
		if err := p.check(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if required := slices.Contains(in.Required, name); required == (p.Default != nil) {
			return fmt.Errorf("%s must either be required or have a default", name)
		}
		if p.isText() {
			texts += *p.MaxLength
		}
	}
	if texts > maxText {
		return fmt.Errorf("the texts may have %d characters together, and at most %d fit", texts, maxText)
	}
	return nil
}

func (p *property) check() error {
	lengths, bounds := p.MinLength != nil || p.MaxLength != nil, p.Minimum != nil || p.Maximum != nil
	switch {
	case p.Type != "string" && p.Type != "integer" && p.Type != "boolean":
		return errors.New("type must be string, integer or boolean")
	case p.Type != "string" && p.Enum != nil || p.Enum != nil && len(p.Enum) == 0:
		return errors.New("enum lists what a string may be")
	case !p.isText() && lengths:
		return errors.New("minLength and maxLength are for strings without enum")
	case p.isText() && (p.MinLength == nil || p.MaxLength == nil || *p.MinLength < 0 || *p.MaxLength < max(1, *p.MinLength)):
		return errors.New("a text needs minLength and maxLength, and maxLength must be no less")
	case p.Type != "integer" && bounds:
		return errors.New("minimum and maximum are for integers")
	case p.Type == "integer" && (p.Minimum == nil || p.Maximum == nil || *p.Minimum > *p.Maximum):
		return errors.New("an integer needs minimum and maximum, and maximum must be no less")
	}
	for i, choice := range p.Enum {
		if choice == "" || slices.Contains(p.Enum[:i], choice) {
			return fmt.Errorf("the choice %q is empty or there twice", choice)
		}
	}
	if p.Default == nil {
		return nil
	}
	body, err := json.Marshal(map[string]json.RawMessage{"default": p.Default})
	if err != nil {
		return err
	}
	if err := strictjson.Parse(body, "default", func(parser *strictjson.Parser) {
		for key, value := range parser.Fields([]string{"default"}, nil) {
			p.read(parser, strictjson.Pointer(key), value)
		}
	}); err != nil {
		return fmt.Errorf("default %s is no value of it", p.Default)
	}
	return nil
}

// read gives value as the string, int64 or bool that it must be.
func (p property) read(parser *strictjson.Parser, pointer string, value json.RawMessage) any {
	switch {
	case p.isText():
		return parser.Text(pointer, value, *p.MinLength, *p.MaxLength)
	case p.Type == "string":
		var choice string
		if value[0] != '"' || json.Unmarshal(value, &choice) != nil || !slices.Contains(p.Enum, choice) {
			parser.Fault(pointer, "must be one of "+strings.Join(p.Enum, ", "))
		}
		return choice
	case p.Type == "integer":
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil || n < *p.Minimum || n > *p.Maximum {
			parser.Fault(pointer, fmt.Sprintf("must be a whole number from %d to %d", *p.Minimum, *p.Maximum))
		}
		return n
	default:
		if text := string(value); text != "true" && text != "false" {
			parser.Fault(pointer, "must be true or false")
		}
		return string(value) == "true"
	}
}

// parse reads a request. In the end, every property has a value.
func (in *input) parse(body []byte, thing string) (map[string]any, error) {
	values := map[string]any{}
	names := slices.Sorted(maps.Keys(in.Properties))
	err := strictjson.Parse(body, thing, func(parser *strictjson.Parser) {
		for name, value := range parser.Fields(names, in.Required) {
			if p, ok := in.Properties[name]; ok {
				values[name] = p.read(parser, strictjson.Pointer(name), value)
			} else {
				parser.Fault(strictjson.Pointer(name), "is none of "+strings.Join(names, ", "))
			}
		}
		for _, name := range names {
			if p := in.Properties[name]; values[name] == nil && p.Default != nil {
				values[name] = p.read(parser, strictjson.Pointer(name), p.Default)
			}
		}
	})
	return values, err
}
