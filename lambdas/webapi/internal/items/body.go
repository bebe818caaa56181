package items

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"refstack/lambdas/internal/problem"
)

const (
	// maxDepth is how deep a body may nest. An item needs two levels; the rest
	// is for the client whose mistake should be told as what it is.
	maxDepth = 8
	// maxFaults is how many faults are told at once. A body of rubbish has thousands.
	maxFaults = 20
)

// parseContent reads the content of an item out of a body, strictly: what the
// caller would believe to be stored and is not, is refused.
func parseContent(body []byte) (Content, error) {
	if err := wellFormed(body); err != nil {
		return Content{}, &problem.Problem{Kind: problem.InvalidBody, Detail: "The body is malformed.",
			Faults: []problem.Fault{{Detail: err.Error(), Pointer: "#"}}}
	}
	p := parser{content: Content{Tags: []string{}}}
	p.object(body)
	if len(p.faults) > 0 {
		return Content{}, &problem.Problem{Kind: problem.InvalidBody, Detail: "The body is not a valid item.", Faults: p.faults}
	}
	return p.content, nil
}

// wellFormed tells what keeps body from being one JSON value of bounded depth
// that says the same to every parser.
func wellFormed(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("is not UTF-8")
	}
	if tooDeep(body) {
		return fmt.Errorf("nests deeper than %d levels", maxDepth)
	}
	var value json.RawMessage
	if err := json.Unmarshal(body, &value); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) && syntax.Offset < int64(len(body)) {
			return fmt.Errorf("is not JSON at byte %d", syntax.Offset)
		}
		return errors.New("is not a whole JSON value")
	}
	if halfCharacter(body) {
		return errors.New(`has half a character, a \u escape of one surrogate`)
	}
	return nil
}

// tooDeep counts brackets outside strings. It comes before the parser, and
// therefore reads what may be no JSON.
func tooDeep(body []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// halfCharacter finds a surrogate without its other half in valid JSON.
// Package json would put U+FFFD in its place without a word.
func halfCharacter(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		if body[i] != 'u' {
			continue
		}
		first := escaped(body[i-1:])
		i += 4
		if !utf16.IsSurrogate(first) {
			continue
		}
		if utf16.DecodeRune(first, escaped(body[i+1:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// escaped is the code unit of the \u escape at the start of text, and 0 where
// there is none.
func escaped(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	unit, _ := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(unit)
}

type parser struct {
	content Content
	faults  []problem.Fault
}

func (p *parser) fault(pointer, detail string) {
	if len(p.faults) < maxFaults {
		p.faults = append(p.faults, problem.Fault{Detail: detail, Pointer: pointer})
	}
}

// object reads body key by key: json.Unmarshal would take the last of two equal
// keys, and NAME for name.
func (p *parser) object(body []byte) {
	keys := json.NewDecoder(bytes.NewReader(body))
	if start, _ := keys.Token(); start != json.Delim('{') {
		p.fault("#", "must be an object")
		return
	}
	var seen []string
	for keys.More() && len(p.faults) < maxFaults {
		token, _ := keys.Token()
		key, _ := token.(string)
		var value json.RawMessage
		if err := keys.Decode(&value); err != nil {
			p.fault("#", "is not JSON") // wellFormed has seen to it; rather refuse than guess.
			return
		}
		if slices.Contains(seen, key) {
			p.fault(pointerTo(key), "is there twice")
			continue
		}
		seen = append(seen, key)
		p.field(key, value)
	}
	if !slices.Contains(seen, "name") {
		p.fault("#/name", "is required")
	}
}

// fields are those that a caller sets, and ours those that only we do.
var (
	fields = []string{"name", "note", "tags"}
	ours   = []string{"id", "version", "createdAt", "updatedAt"}
)

func (p *parser) field(key string, value json.RawMessage) {
	pointer := pointerTo(key)
	switch {
	case key == "name":
		p.content.Name = p.text(pointer, value, 1, maxName)
	case key == "note":
		p.content.Note = p.text(pointer, value, 0, maxNote)
	case key == "tags":
		p.tags(pointer, value)
	case slices.Contains(ours, key):
		p.fault(pointer, "is set by the service; leave it out")
	default:
		p.fault(pointer, "is not a field of an item")
	}
}

func (p *parser) tags(pointer string, value json.RawMessage) {
	var tags []json.RawMessage
	if value[0] != '[' || json.Unmarshal(value, &tags) != nil {
		p.fault(pointer, "must be an array")
		return
	}
	if len(tags) > maxTags {
		p.fault(pointer, fmt.Sprintf("must have at most %d elements, has %d", maxTags, len(tags)))
		return
	}
	for i, tag := range tags {
		p.content.Tags = append(p.content.Tags, p.text(fmt.Sprintf("%s/%d", pointer, i), tag, 1, maxTag))
	}
}

func (p *parser) text(pointer string, value json.RawMessage, least, most int) string {
	var text string
	if value[0] != '"' || json.Unmarshal(value, &text) != nil {
		p.fault(pointer, "must be a string")
		return ""
	}
	if n := utf8.RuneCountInString(text); n < least || n > most {
		p.fault(pointer, fmt.Sprintf("must have %d to %d characters, has %d", least, most, n))
	}
	// API Gateway hands a body on as text, and puts this in the place of bytes that
	// were not: what the caller sent is lost already.
	if strings.ContainsRune(text, utf8.RuneError) {
		p.fault(pointer, "has U+FFFD, which stands for what was not UTF-8")
	}
	return text
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointerTo is the JSON pointer of a key, as a URI fragment (RFC 6901, 6). A key
// that nobody would want to read again is not repeated.
func pointerTo(key string) string {
	if len(key) > maxName {
		return "#"
	}
	return "#/" + url.PathEscape(pointerEscapes.Replace(key))
}
