package items

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"refstack/lambdas/internal/strictjson"
)

// fields are those that a caller sets, and ours those that only we do.
var (
	fields = []string{"name", "note", "tags"}
	ours   = []string{"id", "version", "createdAt", "updatedAt"}
)

// parseContent reads the content of an item out of a body, strictly.
func parseContent(body []byte) (Content, error) {
	content := Content{Tags: []string{}}
	err := strictjson.Parse(body, "item", func(p *strictjson.Parser) {
		for key, value := range p.Fields(fields, []string{"name"}) {
			pointer := strictjson.Pointer(key)
			switch {
			case key == "name":
				content.Name = text(p, pointer, value, 1, maxName)
			case key == "note":
				content.Note = text(p, pointer, value, 0, maxNote)
			case key == "tags":
				content.Tags = tags(p, pointer, value)
			case slices.Contains(ours, key):
				p.Fault(pointer, "is set by the service; leave it out")
			default:
				p.Fault(pointer, "is not a field of an item")
			}
		}
	})
	if err != nil {
		return Content{}, err
	}
	return content, nil
}

func tags(p *strictjson.Parser, pointer string, value json.RawMessage) []string {
	var elements []json.RawMessage
	if value[0] != '[' || json.Unmarshal(value, &elements) != nil {
		p.Fault(pointer, "must be an array")
		return nil
	}
	if len(elements) > maxTags {
		p.Fault(pointer, fmt.Sprintf("must have at most %d elements, has %d", maxTags, len(elements)))
		return nil
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		texts[i] = text(p, fmt.Sprintf("%s/%d", pointer, i), element, 1, maxTag)
	}
	return texts
}

// text is a string of an item. API Gateway hands a body on as text, and puts
// U+FFFD in the place of bytes that were none: what the caller sent is lost
// already, and would be stored so.
func text(p *strictjson.Parser, pointer string, value json.RawMessage, least, most int) string {
	text := p.Text(pointer, value, least, most)
	if strings.ContainsRune(text, utf8.RuneError) {
		p.Fault(pointer, "has U+FFFD, which stands for what was not UTF-8")
	}
	return text
}
