package awstest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"
)

// Sockets is a stand-in for the management API of a WebSocket API: what is posted
// to its connections.
type Sockets struct {
	// URL is the endpoint of the API's stage.
	URL string

	mu       sync.Mutex
	received map[string][]string
	fail     func(connection string) (status int, code string)
}

// maxPost is the most bytes that a connection is sent at once.
const maxPost = 128 << 10

// StartSockets starts a stage on a free port of 127.0.0.1, whose API has the ID
// that ARNs have, too. It ends with the test. A connection of any name is open.
func StartSockets(t testing.TB, api, stage string) *Sockets {
	s := &Sockets{received: map[string][]string{}}
	s.Fail(nil)
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.URL = server.URL + "/" + api + "/" + stage
	return s
}

// Fail has posts to connections fail: with a status and an error's code, such as
// 410 and GoneException, or not at all with 0. With nil none fails.
func (s *Sockets) Fail(fail func(connection string) (status int, code string)) {
	if fail == nil {
		fail = func(string) (int, string) { return 0, "" }
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// Received is what a connection was sent.
func (s *Sockets) Received(connection string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received[connection]
}

func (s *Sockets) serve(w http.ResponseWriter, r *http.Request) {
	op := decodeConnections(&request{Request: r})
	text, err := io.ReadAll(r.Body)
	if op.name != "PostToConnection" || err != nil {
		restJSON.write(w, failure{status: http.StatusForbidden, code: "ForbiddenException"})
		return
	}
	connection := path.Base(op.resource)
	s.mu.Lock()
	defer s.mu.Unlock()
	status, code := s.fail(connection)
	switch {
	case status != 0:
		restJSON.write(w, failure{status: status, code: code})
	case len(text) > maxPost:
		restJSON.write(w, failure{status: http.StatusRequestEntityTooLarge, code: "PayloadTooLargeException"})
	default:
		s.received[connection] = append(s.received[connection], string(text))
	}
}
