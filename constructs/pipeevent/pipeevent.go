// Package pipeevent does to an event what EventBridge Pipes does on its way
// from source to target: filters it by an event pattern, and rewrites it by an
// input template. It is plain Go, without the CDK and without AWS, so that the
// test of a pipe takes milliseconds. What it follows is the user guide of
// Amazon EventBridge; what it does not know, it refuses.
package pipeevent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Match tells whether a pipe with the filter pattern lets event through. Both are
// JSON, as text or as values to be marshalled; the event is one record of its
// source, as the user guide shows it. A field that holds the sender's data (the
// body of an SQS message, the data of a Kinesis record) is decoded first, as
// pipes do. The error says what is wrong with the pattern or the event.
func Match(pattern, event any) (bool, error) {
	p, err := ParsePattern(pattern)
	if err != nil {
		return false, err
	}
	return p.Match(event)
}

// Render returns what becomes of event under the input template, with stand-ins
// for what only a deployed pipe has. See Variables.Render.
func Render(template string, event []byte) ([]byte, error) {
	return Variables{}.Render(template, event)
}

// decode reads JSON, given as text or as a value to be marshalled. Numbers keep
// their text, by which patterns compare them.
func decode(value any) (any, error) {
	text, err := jsonText(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var out any
	if err := decoder.Decode(&out); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not valid JSON: there is more after its end")
	}
	return out, nil
}

// jsonText is value as JSON: text is taken as it is.
func jsonText(value any) ([]byte, error) {
	switch value := value.(type) {
	case []byte:
		return value, nil
	case json.RawMessage:
		return value, nil
	case string:
		return []byte(value), nil
	}
	return marshal(value)
}

// marshal is json.Marshal that leaves the < and > of comparisons readable.
func marshal(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
