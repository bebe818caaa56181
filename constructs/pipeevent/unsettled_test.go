package pipeevent_test

import (
	"strings"
	"testing"

	"refstack/constructs/pipeevent"
)

func TestKeysArePlain(t *testing.T) {
	for _, template := range []string{`{"<$.body.a>": 1}`, `{"a": [{"x-<aws.pipes.pipe-name>": 1}]}`} {
		if _, err := pipeevent.ParseTemplate(template); err == nil || !strings.Contains(err.Error(), "cannot be a key") {
			t.Errorf("%s: %v", template, err)
		}
	}
	if _, err := pipeevent.ParseTemplate(`{"a": "<$.body.a>", "b": ["<$.c>"]}`); err != nil {
		t.Error(err)
	}
}

// Within $or the user guide does not say what becomes of data of another form.
func TestDataInOr(t *testing.T) {
	const pattern = `{"$or": [{"data": {"a": [1]}}, {"partitionKey": ["k"]}]}`
	for event, want := range map[string]string{
		`{"eventSource": "aws:kinesis", "partitionKey": "k", "data": "` + encode("plain") + `"}`:     "$or asks for data",
		`{"eventSource": "aws:amq", "partitionKey": "k", "data": "` + encode("\xff") + `"}`:          "$or asks for data",
		`{"eventSource": "aws:kinesis", "partitionKey": "k", "data": "` + encode(`{"a": 2}`) + `"}`:  "",
		`{"eventSource": "aws:dynamodb", "partitionKey": "k", "data": "` + encode(`{"a": 2}`) + `"}`: "",
	} {
		got, err := pipeevent.Match(pattern, event)
		if want == "" && (!got || err != nil) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %t (%v), want error %q", event, got, err, want)
		}
	}
}
