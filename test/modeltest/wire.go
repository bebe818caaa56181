package modeltest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/smithy-go/eventstream"
)

// wire is one protocol: how a call is read, and how answers, errors and events
// are written.
type wire interface {
	service() string // for which AWS signs; "" for none
	parse(r *http.Request, body []byte) (Call, error)

	problem(f Fault) (problem, bool)
	error(w http.ResponseWriter, p problem)

	whole(a answer) (contentType string, body []byte)

	// A stream is its first event, pieces, why it stopped, and what it cost.
	streamType() string
	first(a answer) []byte
	piece(a answer, text string) []byte
	stopped(a answer) []byte
	counted(a answer) []byte
	failed(f Fault) []byte
	malformed() []byte
}

func wireOf(path string) wire {
	switch {
	case strings.HasPrefix(path, "/model/"):
		return bedrock{}
	case strings.HasPrefix(path, "/endpoints/"):
		return sageMaker{}
	case strings.HasSuffix(path, "/chat/completions"):
		return chat{}
	}
	return nil
}

var errNoTurn = errors.New("messages: there must be a turn of the user, and it must have text")

type object = map[string]any

func encode(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // Of maps and strings.
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// frame is one message of AWS's event stream, with its checksums.
func frame(payload []byte, headers ...string) []byte {
	m := eventstream.Message{Payload: payload}
	for i := 0; i < len(headers); i += 2 {
		m.Headers.Set(headers[i], eventstream.StringValue(headers[i+1]))
	}
	var b bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func event(kind, contentType string, payload []byte) []byte {
	return frame(payload, ":message-type", "event", ":event-type", kind, ":content-type", contentType)
}

func exception(kind string, payload object) []byte {
	return frame(encode(payload), ":message-type", "exception", ":exception-type", kind, ":content-type", "application/json")
}

// awsError writes an error as AWS's services do that speak JSON over REST.
func awsError(w http.ResponseWriter, p problem, members object) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-ErrorType", p.code+":http://internal.amazon.com/coral/com.amazon.coral.service/")
	w.Header().Set("X-Amzn-RequestId", "00000000-0000-4000-8000-000000000000")
	w.WriteHeader(p.status)
	_, _ = w.Write(encode(members))
}
