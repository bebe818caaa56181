package apigw_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"refstack/test/apigw"
)

type begin = func(int, http.Header) io.Writer

func startStream(t *testing.T, invoke func(context.Context, []byte, begin) error, opts *apigw.Options) string {
	t.Helper()
	server := httptest.NewServer(apigw.StreamHandler(invoke, opts))
	t.Cleanup(server.Close)
	return server.URL
}

func TestStreamHandler(t *testing.T) {
	goOn := make(chan bool)
	api := startStream(t, func(_ context.Context, event []byte, begin begin) error {
		var e struct{ Path string }
		if err := json.Unmarshal(event, &e); err != nil || e.Path != "/qa/stream" {
			t.Errorf("%v: %s", err, event)
		}
		w := begin(http.StatusAccepted, http.Header{"Content-Type": {"text/event-stream"}, "Server": {"mine"}, "Vary": {"a", "b"}})
		<-goOn // The status goes out before there is a body.
		io.WriteString(w, "first")
		<-goOn
		io.WriteString(w, "second")
		return nil
	}, &apigw.Options{Resources: []string{"POST /qa/stream"}, RequestID: func() string { return "11111111-2222-4333-8444-555555555555" }, Errorf: t.Errorf})
	response, err := http.DefaultClient.Do(request("POST", api+"/qa/stream", "{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	h := response.Header
	if response.StatusCode != http.StatusAccepted || h.Get("Content-Type") != "text/event-stream" || len(h["Vary"]) != 2 || h.Get("X-Amzn-Remapped-Server") != "mine" ||
		h.Get("X-Amzn-Requestid") != "11111111-2222-4333-8444-555555555555" || h.Get("X-Amz-Apigw-Id") == "" {
		t.Errorf("%d %v", response.StatusCode, h)
	}
	goOn <- true
	first := make([]byte, 5)
	if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "first" {
		t.Errorf("%q %v", first, err)
	}
	close(goOn)
	if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "second" {
		t.Errorf("%q %v", rest, err)
	}
}

func TestStreamHandlerAnswersItself(t *testing.T) {
	failure := errors.New("boom")
	for name, c := range map[string]struct {
		path   string
		invoke func(context.Context, []byte, begin) error
		status int
	}{
		"no such resource": {"/nowhere", nil, http.StatusForbidden},
		"no token":         {"/secret", nil, http.StatusUnauthorized},
		"fails":            {"/", func(context.Context, []byte, begin) error { return failure }, http.StatusBadGateway},
		"hangs": {"/", func(ctx context.Context, _ []byte, _ begin) error {
			<-ctx.Done()
			return ctx.Err()
		}, http.StatusGatewayTimeout},
	} {
		opts := &apigw.Options{Resources: []string{"GET /"}}
		switch name {
		case "no token":
			opts.Resources, opts.Claims = []string{"GET /secret"}, func(*http.Request) map[string]string { return nil }
		case "hangs":
			opts.Timeout = 50 * time.Millisecond
		}
		response, body := do(t, request("GET", startStream(t, c.invoke, opts)+c.path, ""))
		if response.StatusCode != c.status || !strings.Contains(body, `"message"`) {
			t.Errorf("%s: %d %s", name, response.StatusCode, body)
		}
	}
}

func TestStreamThatBreaksOff(t *testing.T) {
	told := make(chan string, 1)
	api := startStream(t, func(_ context.Context, _ []byte, begin begin) error {
		io.WriteString(begin(http.StatusOK, nil), "half")
		return errors.New("boom")
	}, &apigw.Options{Errorf: func(format string, _ ...any) { told <- format }})
	response, err := http.DefaultClient.Do(request("GET", api, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); string(text) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q %v", text, err)
	}
	<-told
}

// As in AWS, the function does not hear of it.
func TestCallerOfAStreamHangsUp(t *testing.T) {
	ended := make(chan error, 1)
	hungUp := make(chan bool)
	api := startStream(t, func(ctx context.Context, _ []byte, begin begin) error {
		w := begin(http.StatusOK, nil)
		io.WriteString(w, "first")
		<-hungUp
		var err error
		for range 100 {
			_, e := w.Write(make([]byte, 1<<16))
			err = errors.Join(err, e, ctx.Err())
		}
		ended <- err
		return nil
	}, &apigw.Options{Errorf: t.Errorf})
	response, err := http.DefaultClient.Do(request("GET", api, ""))
	if err != nil {
		t.Fatal(err)
	}
	io.ReadFull(response.Body, make([]byte, 5))
	response.Body.Close()
	close(hungUp)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
