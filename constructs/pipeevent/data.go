package pipeevent

import (
	"encoding/base64"
	"maps"
	"unicode/utf8"
)

// source is what the user guide says of the data in a source's records.
type source struct {
	// data are the fields that hold what the sender wrote.
	data []string
	// drops tells what becomes of a record whose data has another form than the
	// filter supposes: it is dropped, or else the filter of the data is not applied.
	drops bool
}

// sources are those whose data is encoded, by the eventSource of their records.
var sources = map[string]source{
	"aws:sqs":          {data: []string{"body"}, drops: true},
	"aws:kinesis":      {data: []string{"data"}, drops: true},
	"aws:amq":          {data: []string{"data"}},
	"aws:rmq":          {data: []string{"data"}},
	"aws:kafka":        {data: []string{"key", "value"}},
	"SelfManagedKafka": {data: []string{"key", "value"}},
}

// anyData are the fields that are decoded where a record does not tell its source,
// as those that people shorten for a test.
var anyData = []string{"body", "data", "key", "value"}

// undecodable stands for data that is not the text that its source asks for.
type undecodable struct{}

// sourceOf is the source of a record, if it is one whose data is encoded.
func sourceOf(event map[string]any) (source, bool) {
	name, _ := event["eventSource"].(string)
	found, known := sources[name]
	return found, known
}

// dataFields are the fields of a record that hold encoded data.
func dataFields(event map[string]any) []string {
	if event["eventSource"] == nil {
		return anyData
	}
	found, _ := sourceOf(event)
	return found.data
}

// dataText is the text that a data field encodes: an SQS body is text, the others
// are base64.
func dataText(name, encoded string) (text string, ok bool) {
	if name == "body" {
		return encoded, true
	}
	plain, err := base64.StdEncoding.DecodeString(encoded)
	return string(plain), err == nil && utf8.Valid(plain)
}

// decodeData returns event as filters see it: with objects and lists in place of
// the fields that encode them. Other JSON stays text, as does plain text, which
// Kafka and brokers encode as well.
func decodeData(event map[string]any) map[string]any {
	source, known := sourceOf(event)
	out := maps.Clone(event)
	for _, name := range dataFields(event) {
		encoded, isText := event[name].(string)
		if !isText {
			continue
		}
		text, ok := dataText(name, encoded)
		decoded, err := decode(text)
		switch {
		case ok && err == nil && isStructure(decoded):
			out[name] = decoded
		case known && !source.drops && ok:
			out[name] = text
		case known && !source.drops:
			out[name] = undecodable{}
		}
	}
	return out
}

func isStructure(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return true
	default:
		return false
	}
}
