package model

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// Containers of SageMaker write events or, the earlier ones, JSON lines; either
// comes in parts of any length.
func TestLines(t *testing.T) {
	const stream = ": keep-alive\n\ndata: {\"a\":1}\r\n\r\nevent: x\nid: 7\ndata:{\"b\":\"é\"}\n\n" +
		"{\"c\":3}\n\n  {\"d\":4}  \nretry: 5\ndata: [DONE]\n\n"
	var got []string
	for line, err := range lines(iotest.OneByteReader(strings.NewReader(stream))) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(line))
	}
	if diff := cmp.Diff([]string{`{"a":1}`, `{"b":"é"}`, `{"c":3}`, `{"d":4}`}, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	for _, err := range lines(strings.NewReader("data: " + strings.Repeat("x", eventBytes))) {
		if err != errTooLarge {
			t.Errorf("got %v, want %v", err, errTooLarge)
		}
	}
}
