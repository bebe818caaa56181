package items

import (
	"encoding/json"
	"fmt"
	"slices"

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
				content.Name = p.Text(pointer, value, 1, maxName)
			case key == "note":
				content.Note = p.Text(pointer, value, 0, maxNote)
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
		texts[i] = p.Text(fmt.Sprintf("%s/%d", pointer, i), element, 1, maxTag)
	}
	return texts
}
