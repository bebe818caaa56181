package restproxy

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// streaming has NewStream's handler work on the event.
func streaming(t *testing.T, event events.APIGatewayProxyRequest, handler http.HandlerFunc) *events.APIGatewayProxyStreamingResponse {
	t.Helper()
	response, err := NewStream(handler)(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestStreamIsReadAsItIsWritten(t *testing.T) {
	e := event(t)
	wrote, read := make(chan string), make([]byte, 100)
	response := streaming(t, e, func(w http.ResponseWriter, r *http.Request) {
		if subject(r) != "03b4c8f2-7061-70a5-9c1e-2b1f8c3d4e5f" || requestID(r) != e.RequestContext.RequestID || r.URL.Path != "/items" {
			t.Errorf("the request is %s of %q", r.URL, subject(r))
		}
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Accept")
		w.WriteHeader(http.StatusAccepted)
		w.Header().Set("Too", "late")
		w.WriteHeader(http.StatusTeapot)
		for text := range wrote {
			if _, err := io.WriteString(w, text); err != nil {
				t.Error(err)
			}
		}
	})
	header := http.Header(response.MultiValueHeaders)
	if response.StatusCode != http.StatusAccepted || header.Get("Content-Type") != "text/event-stream" || len(header["Vary"]) != 2 || header.Get("Too") != "" {
		t.Errorf("answered %d %v", response.StatusCode, header)
	}
	for _, text := range []string{"one", "two"} {
		wrote <- text
		if n, err := response.Body.Read(read); err != nil || string(read[:n]) != text {
			t.Errorf("read %q, %v", read[:n], err)
		}
	}
	close(wrote)
	if n, err := response.Body.Read(read); n != 0 || err != io.EOF {
		t.Errorf("behind the end: %d, %v", n, err)
	}
	if err := response.Close(); err != nil {
		t.Error(err)
	}
}

func TestStreamWithoutAStatus(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"a body": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "") },
		"none":   func(http.ResponseWriter, *http.Request) {},
	} {
		response := streaming(t, event(t), handler)
		if text, err := io.ReadAll(response.Body); response.StatusCode != http.StatusOK || len(text) != 0 || err != nil {
			t.Errorf("%s: %d %q %v", name, response.StatusCode, text, err)
		}
		response.Close()
	}
}

// Nothing works on once nobody reads: the next invocation would find it.
func TestClosedStreamEndsItsHandler(t *testing.T) {
	var failed, cause error
	ended := false
	response := streaming(t, event(t), func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "read")
		_, failed = io.WriteString(w, "never read")
		<-r.Context().Done()
		cause = context.Cause(r.Context())
		time.Sleep(10 * time.Millisecond)
		ended = true
	})
	if _, err := response.Body.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	response.Close()
	if !ended || !errors.Is(failed, io.ErrClosedPipe) || !errors.Is(cause, context.Canceled) {
		t.Errorf("ended: %t, write: %v, context: %v", ended, failed, cause)
	}
}

func TestTimeIsLeftToEndAStream(t *testing.T) {
	e := event(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		response, err := NewStream(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			<-r.Context().Done()
			io.WriteString(w, "late")
		}))(ctx, e)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		deadline, _ := ctx.Deadline()
		if left := time.Until(deadline); string(text) != "late" || err != nil || left != reserve {
			t.Errorf("read %q, %v, with %s left", text, err, left)
		}
		response.Close()
	})
}

func TestWhatIsNoRequestOfAStream(t *testing.T) {
	body, method := event(t), event(t)
	body.Body, body.IsBase64Encoded = "secret!", true
	method.HTTPMethod = "SECRET METHOD"
	for _, e := range []events.APIGatewayProxyRequest{body, method} {
		response := streaming(t, e, func(http.ResponseWriter, *http.Request) { t.Error("it was handled") })
		text, err := io.ReadAll(response.Body)
		var document map[string]any
		if err := errors.Join(err, json.Unmarshal(text, &document)); err != nil || response.StatusCode != http.StatusBadRequest ||
			document["requestId"] != e.RequestContext.RequestID || strings.Contains(strings.ToLower(string(text)), "secret") {
			t.Errorf("%v: %d %s", err, response.StatusCode, text)
		}
		response.Close()
	}
}
