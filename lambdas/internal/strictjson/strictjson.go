// Package strictjson reads the one JSON object of a request's body strictly:
// what the caller would believe to be understood and is not, is refused, and
// every fault is told with its place.
package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"refstack/lambdas/internal/problem"
)

const (
	// MaxFaults is how many faults are told at once. A body of rubbish has thousands.
	MaxFaults = 20
	// maxKey is how many bytes of a key are repeated to the caller. Nobody would
	// want to read a longer one again.
	maxKey = 100
)

// Parse has read take what it needs of the object in body. The error is a
// *problem.Problem: that body is malformed, or is not a valid thing, such as
// an "item".
func Parse(body []byte, thing string, read func(*Parser)) error {
	if err := wellFormed(body); err != nil {
		return &problem.Problem{Kind: problem.InvalidBody, Detail: "The body is malformed.",
			Faults: []problem.Fault{{Detail: err.Error(), Pointer: "#"}}}
	}
	p := Parser{body: body}
	read(&p)
	if len(p.faults) > 0 {
		return &problem.Problem{Kind: problem.InvalidBody, Detail: "The body is not a valid " + thing + ".", Faults: p.faults}
	}
	return nil
}

// Parser takes a body apart and gathers what is at fault in it.
type Parser struct {
	body   []byte
	faults []problem.Fault
}

// Fault notes what is at fault at the place that pointer tells.
func (p *Parser) Fault(pointer, detail string) {
	if len(p.faults) < MaxFaults {
		p.faults = append(p.faults, problem.Fault{Detail: detail, Pointer: pointer})
	}
}

// Fields are the keys and values of the object, each of the known ones at most
// once: json.Unmarshal would take the last of two equal keys, and NAME for name.
// Fields that are not known are for the caller to refuse. A required field that
// is not there is a fault.
func (p *Parser) Fields(known, required []string) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		keys := json.NewDecoder(bytes.NewReader(p.body))
		if start, _ := keys.Token(); start != json.Delim('{') {
			p.Fault("#", "must be an object")
			return
		}
		var seen []string
		for keys.More() && len(p.faults) < MaxFaults {
			token, _ := keys.Token()
			key, _ := token.(string)
			var value json.RawMessage
			if err := keys.Decode(&value); err != nil {
				p.Fault("#", "is not JSON") // wellFormed has seen to it; rather refuse than guess.
				return
			}
			if slices.Contains(seen, key) {
				p.Fault(Pointer(key), "is there twice")
				continue
			}
			if !yield(key, value) {
				return
			}
			if !slices.Contains(known, key) {
				continue // Its second one is no less unknown, and seen stays short.
			}
			seen = append(seen, key)
		}
		for _, key := range required {
			if !slices.Contains(seen, key) {
				p.Fault(Pointer(key), "is required")
			}
		}
	}
}

// Text is the string that value must be, of least to most characters.
func (p *Parser) Text(pointer string, value json.RawMessage, least, most int) string {
	var text string
	if value[0] != '"' || json.Unmarshal(value, &text) != nil {
		p.Fault(pointer, "must be a string")
		return ""
	}
	if n := utf8.RuneCountInString(text); n < least || n > most {
		p.Fault(pointer, fmt.Sprintf("must have %d to %d characters, has %d", least, most, n))
	}
	return text
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// Pointer is the JSON pointer of a key, as a URI fragment (RFC 6901, 6).
func Pointer(key string) string {
	if len(key) > maxKey {
		return "#"
	}
	return "#/" + url.PathEscape(pointerEscapes.Replace(key))
}
