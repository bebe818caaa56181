package main

import (
	"encoding/json"
	"testing"
)

// Records that are no messages must not send the good ones of their batch round again.
func TestReceive(t *testing.T) {
	good := `{"messageId": "good", "body": "{}", "messageAttributes": {"a": {"dataType": "Number", "stringValue": "1"}}}`
	for batch, want := range map[string]string{
		`null`: `[]`,
		`[]`:   `[]`,
		`[` + good + `, {"messageId": "m", "body": "{"}]`:                           `[{"itemIdentifier":"m"}]`,
		`[` + good + `, {"messageId": "m"}, {"body": 5, "messageId": "n"}]`:         `[{"itemIdentifier":"m"},{"itemIdentifier":"n"}]`,
		`[` + good + `, {"messageId": "m", "body": {"id": "o-1"}}, ` + good + `]`:   `[{"itemIdentifier":"m"}]`,
		`[` + good + `, {"messageId": "m", "body": "1", "attributes": []}]`:         `[]`,
		`[` + good + `, 5, null, "x", [], {}, {"messageId": 5, "body": "no JSON"}]`: `[]`,
	} {
		var records []json.RawMessage
		if err := json.Unmarshal([]byte(batch), &records); err != nil {
			t.Fatal(err)
		}
		answer, err := receive(t.Context(), records)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(text); got != `{"batchItemFailures":`+want+`}` {
			t.Errorf("%s: %s, want %s", batch, got, want)
		}
	}
}
