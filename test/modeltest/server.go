package modeltest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// kept is how many calls a Server remembers whole.
const kept = 128

// Server is the endpoint, and Secrets Manager beside it.
type Server struct {
	URL string

	done chan struct{} // closed at the end of the test

	mu      sync.Mutex
	reply   func(Call) Reply
	calls   []Call
	asked   map[string]int // by text
	worked  map[string]int
	total   Counts
	key     string
	secrets map[string]string
}

// Counts are of all calls together.
type Counts struct {
	Asked       int // requests that came
	Worked      int // of them, those that a model may have worked for
	Now, Most   int // under way: at this moment, and at most
	SecretReads int
}

// Start starts an endpoint on a free port of 127.0.0.1. It ends with the test.
// Each call is treated as reply says, which is called for several at once; nil
// answers all.
func Start(t testing.TB, reply func(Call) Reply) *Server {
	s := &Server{
		done: make(chan struct{}), asked: map[string]int{}, worked: map[string]int{}, secrets: map[string]string{},
	}
	s.Reply(reply)
	server := httptest.NewServer(s)
	s.URL = server.URL
	t.Cleanup(func() {
		close(s.done)
		server.CloseClientConnections()
		server.Close()
	})
	return s
}

// Reply changes how calls are treated from now on.
func (s *Server) Reply(reply func(Call) Reply) {
	if reply == nil {
		reply = func(Call) Reply { return Reply{} }
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reply = reply
}

// RequireKey has the chat API refuse all but this key; "" lets everyone in.
func (s *Server) RequireKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// SetSecret puts a value into Secrets Manager; a secret without one is not found.
func (s *Server) SetSecret(arn, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[arn] = value
}

// Asked is how often text was asked, and Worked how often a model may have
// worked for it: what the caller pays.
func (s *Server) Asked(text string) int { return s.count(s.asked, text) }

// Worked is explained at Asked.
func (s *Server) Worked(text string) int { return s.count(s.worked, text) }

func (s *Server) count(counts map[string]int, text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return counts[text]
}

// Counts tells of all calls so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Calls are the last calls, in their order; at most 128.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Environment is what a function must know to call this endpoint in protocol.
func (s *Server) Environment(protocol string) map[string]string {
	env := map[string]string{
		"MODEL_ENDPOINT":                     protocol,
		"AWS_ENDPOINT_URL_BEDROCK_RUNTIME":   s.URL,
		"AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": s.URL,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER":   s.URL,
	}
	switch protocol {
	case Bedrock:
		env["MODEL_ID"] = "global.amazon.nova-2-lite-v1:0"
	case SageMaker:
		env["MODEL_SAGEMAKER_ENDPOINT"] = "chat-endpoint"
	case HTTP:
		env["MODEL_ID"], env["MODEL_URL"] = "llama-3.3-70b", s.URL+"/v1"
	}
	return env
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // The caller is gone.
	}
	if r.Header.Get("X-Amz-Target") == "secretsmanager.GetSecretValue" {
		s.getSecretValue(w, r, body)
		return
	}
	wire := wireOf(r.URL.Path)
	if wire == nil || r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	if !s.authentic(wire, r) {
		wire.error(w, unauthentic)
		return
	}
	call, err := wire.parse(r, body)
	if err != nil {
		wire.error(w, problem{http.StatusBadRequest, "ValidationException", err.Error()})
		return
	}
	call.Header, call.Body = r.Header.Clone(), body
	reply := s.begin(&call)
	defer s.end()
	e := &exchange{w: w, wire: wire, call: call, reply: reply, stop: func(d time.Duration) bool {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return false
		case <-r.Context().Done():
		case <-s.done:
		}
		return true
	}}
	e.answer()
}

var unauthentic = problem{http.StatusForbidden, "UnrecognizedClientException", "The security token included in the request is invalid."}

// authentic tells whether the caller showed what its protocol asks for. Nothing
// verifies a signature here: it must be there, and for the right service.
func (s *Server) authentic(w wire, r *http.Request) bool {
	authorization := r.Header.Get("Authorization")
	if service := w.service(); service != "" {
		return strings.HasPrefix(authorization, "AWS4-HMAC-SHA256 ") && strings.Contains(authorization, "/"+service+"/aws4_request")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key == "" || authorization == "Bearer "+s.key
}

func (s *Server) begin(call *Call) Reply {
	s.mu.Lock()
	s.asked[call.Text]++
	call.Nth = s.asked[call.Text]
	s.total.Asked++
	s.total.Now++
	s.total.Most = max(s.total.Most, s.total.Now)
	s.calls = append(s.calls, *call)
	if len(s.calls) > kept {
		s.calls = s.calls[1:]
	}
	reply := s.reply
	s.mu.Unlock()

	answer := reply(*call)
	switch {
	case answer.Fault == Rename && !strings.Contains(string(call.Body), `"max_tokens"`):
		answer.Fault = ""
	case !call.Streamed && (answer.Fault == ThrottleFirst || answer.Fault == ThrottleLater):
		answer.Fault = Throttle
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !unworked[answer.Fault] {
		s.worked[call.Text]++
		s.total.Worked++
	}
	return answer
}

func (s *Server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total.Now--
}
