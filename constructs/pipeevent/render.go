package pipeevent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"time"
)

// Variables are what a template may refer to besides the event: the reserved
// variables. A deployed pipe has its own; the zero value of each has a stand-in.
type Variables struct {
	// PipeArn is <aws.pipes.pipe-arn>. Defaults to that of a pipe named example.
	PipeArn string
	// PipeName is <aws.pipes.pipe-name>. Defaults to example.
	PipeName string
	// SourceArn is <aws.pipes.source-arn>. Defaults to that of a queue named
	// source.
	SourceArn string
	// EnrichmentArn is <aws.pipes.enrichment-arn>. Defaults to that of a function
	// named enrichment.
	EnrichmentArn string
	// TargetArn is <aws.pipes.target-arn>. Defaults to that of a queue named
	// target.
	TargetArn string
	// IngestionTime is <aws.pipes.event.ingestion-time>. Defaults to now.
	IngestionTime time.Time
}

// eventJSON is the variable of the event with its data decoded.
const eventJSON = "aws.pipes.event.json"

// variables are the reserved variables, as JSON. Those of the event come from the
// event.
var variables = map[string]func(v Variables, e *received) json.RawMessage{
	"aws.pipes.pipe-arn": func(v Variables, _ *received) json.RawMessage {
		return quote(cmp.Or(v.PipeArn, "arn:aws:pipes:us-east-1:123456789012:pipe/example"))
	},
	"aws.pipes.pipe-name": func(v Variables, _ *received) json.RawMessage {
		return quote(cmp.Or(v.PipeName, "example"))
	},
	"aws.pipes.source-arn": func(v Variables, _ *received) json.RawMessage {
		return quote(cmp.Or(v.SourceArn, "arn:aws:sqs:us-east-1:123456789012:source"))
	},
	"aws.pipes.enrichment-arn": func(v Variables, _ *received) json.RawMessage {
		return quote(cmp.Or(v.EnrichmentArn, "arn:aws:lambda:us-east-1:123456789012:function:enrichment"))
	},
	"aws.pipes.target-arn": func(v Variables, _ *received) json.RawMessage {
		return quote(cmp.Or(v.TargetArn, "arn:aws:sqs:us-east-1:123456789012:target"))
	},
	"aws.pipes.event.ingestion-time": func(v Variables, _ *received) json.RawMessage {
		at := v.IngestionTime
		if at.IsZero() {
			at = time.Now()
		}
		return quote(at.UTC().Format(time.RFC3339Nano))
	},
	"aws.pipes.event": func(_ Variables, e *received) json.RawMessage { return e.original },
	eventJSON:         func(_ Variables, e *received) json.RawMessage { return e.decoded },
}

// Render returns what becomes of event under the input template. The event is a
// record of the source, or what the enrichment returned; of a batch, which is a
// JSON array, each record is rendered.
//
// In a template of JSON, a placeholder without quotes becomes the value as JSON:
// text brings its own quotes. Between quotes, text is put in as it is, and an
// object or a list loses its quotes, as it also does where the placeholder is the
// whole template. What is missing becomes the empty text: the user guide only
// promises that the outcome is valid JSON.
func (v Variables) Render(template string, event []byte) ([]byte, error) {
	t, err := ParseTemplate(template)
	if err != nil {
		return nil, err
	}
	var batch []json.RawMessage
	if json.Unmarshal(event, &batch) != nil || batch == nil {
		return t.render(v, event), nil
	}
	rendered := make([]json.RawMessage, 0, len(batch))
	for _, record := range batch {
		out := t.render(v, record)
		if !json.Valid(out) {
			out = quote(string(out))
		}
		rendered = append(rendered, out)
	}
	return marshal(rendered)
}

// received is an event as the transformer received it.
type received struct {
	original json.RawMessage
	// decoded is the event with its data decoded, and nil where it is not JSON.
	decoded json.RawMessage
	// fields are those of decoded, as they were written.
	fields map[string]json.RawMessage
}

func receive(event []byte) *received {
	if !json.Valid(event) {
		return &received{original: quote(string(event))}
	}
	e := &received{original: event, decoded: event}
	if json.Unmarshal(event, &e.fields) != nil || e.fields == nil {
		return e
	}
	var source any
	_ = json.Unmarshal(e.fields["eventSource"], &source) // What is missing stays nil.
	for _, name := range dataFields(map[string]any{"eventSource": source}) {
		var encoded string
		if json.Unmarshal(e.fields[name], &encoded) != nil {
			continue
		}
		if text, ok := dataText(name, encoded); ok && json.Valid([]byte(text)) && isComposite([]byte(text)) {
			e.fields[name] = json.RawMessage(text)
		}
	}
	e.decoded, _ = marshal(e.fields)
	return e
}

// isComposite tells whether JSON is an object or a list.
func isComposite(value []byte) bool {
	value = bytes.TrimSpace(value)
	return len(value) > 0 && (value[0] == '{' || value[0] == '[')
}

func (t *Template) render(v Variables, event []byte) []byte {
	e := receive(event)
	alone := strings.TrimSpace(t.skeleton()) == "0"
	var out bytes.Buffer
	for _, p := range t.parts {
		if !p.isPlaceholder() {
			out.WriteString(p.text)
			continue
		}
		value := p.value(v, e)
		switch {
		case t.free:
			out.WriteString(plain(value))
		case p.quoted && p.variable != "":
			out.Write(inside(plain(value)))
		case p.quoted && !isComposite(value):
			out.Write(inside(plain(value)))
		case p.quoted:
			out.Write(inside(withoutQuotes(value)))
		case alone && p.path != nil && isComposite(value):
			out.Write(quote(withoutQuotes(value)))
		default:
			out.Write(value)
		}
	}
	return out.Bytes()
}

// value is what a placeholder stands for, as JSON.
func (p part) value(v Variables, e *received) json.RawMessage {
	var found json.RawMessage
	switch {
	case p.path == nil:
		found = variables[p.variable](v, e)
	case p.path[0].kind == '.':
		found = follow(e.fields[p.path[0].name], p.path[1:])
	default:
		found = follow(e.decoded, p.path)
	}
	if found == nil {
		return quote("")
	}
	return found
}

// follow is the value at a path, or nil. One with a wildcard finds a list.
func follow(value json.RawMessage, path []step) json.RawMessage {
	if len(path) == 0 || value == nil {
		return value
	}
	switch next := path[0]; next.kind {
	case '.':
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(value, &fields) // Anything but an object has no fields.
		return follow(fields[next.name], path[1:])
	case '[':
		var list []json.RawMessage
		_ = json.Unmarshal(value, &list) // Anything but a list has no elements.
		if next.index >= len(list) {
			return nil
		}
		return follow(list[next.index], path[1:])
	default:
		found := []json.RawMessage{}
		for _, child := range children(value) {
			if value := follow(child, path[1:]); value != nil {
				found = append(found, value)
			}
		}
		list, _ := marshal(found)
		return list
	}
}

// children are the elements of a list, or the values of an object, in the order in
// which they stand.
func children(value json.RawMessage) []json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(value))
	opening, err := decoder.Token()
	if err != nil || opening != json.Delim('[') && opening != json.Delim('{') {
		return nil
	}
	var found []json.RawMessage
	for decoder.More() {
		if opening == json.Delim('{') {
			_, _ = decoder.Token() // The name: what is decoded was found valid.
		}
		var child json.RawMessage
		if decoder.Decode(&child) != nil {
			return found
		}
		found = append(found, child)
	}
	return found
}

// plain is a value as text: a string without its quotes and escapes.
func plain(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil && !bytes.Equal(value, []byte("null")) {
		return s
	}
	return string(value)
}

func withoutQuotes(value json.RawMessage) string { return strings.ReplaceAll(string(value), `"`, "") }

// quote is text as a JSON string, and inside the same without its quotes.
func quote(s string) json.RawMessage {
	out, _ := marshal(s) // A string always has its JSON.
	return out
}

func inside(s string) []byte {
	quoted := quote(s)
	return quoted[1 : len(quoted)-1]
}
