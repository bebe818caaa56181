package answers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"refstack/lambdas/genai/internal/calls"
	"refstack/lambdas/genai/tasks"
	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/internal/model"
)

// silence is how long a stream says nothing before it says that it is alive. A
// model may think for minutes, and what is between it and the client may not
// have that patience.
const silence = 15 * time.Second

func (s *Service) stream(task *tasks.Task) httpapi.StreamHandler {
	return func(r *http.Request, begin func() io.Writer) error {
		prompt, _, err := s.read(r, task)
		if err != nil {
			return err
		}
		// The model writes no faster than the client reads, and no longer.
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		to := &events{begin: begin, gone: cancel}
		stop := to.keepAlive(silence)
		defer stop()

		start, first := time.Now(), time.Duration(0)
		answer, err := s.Endpoint.Stream(ctx, prompt.Request, func(text string) error {
			if first == 0 {
				first = time.Since(start)
			}
			return to.send("text", struct {
				Text string `json:"text"`
			}{text})
		})
		stop()
		if cause := context.Cause(ctx); errors.Is(cause, calls.ErrGone) {
			err = cause
		}
		calls.Call{Task: task.Name, Answer: answer, Err: err, Took: time.Since(start), FirstText: first}.Log(ctx)
		return s.finish(r, to, answer, err)
	}
}

// finish tells the client how its stream ends.
func (s *Service) finish(r *http.Request, to *events, answer model.Answer, err error) error {
	switch {
	case errors.Is(err, calls.ErrGone):
		return nil // There is nobody to tell.
	case err == nil:
		_ = to.send("end", struct {
			Stop  model.Stop `json:"stop"`
			Model string     `json:"model"`
			Usage usage      `json:"usage"`
		}{answer.Stop, answer.Model, usage(answer.Usage)})
		return nil
	}
	p := asProblem(err)
	if to.begun {
		_ = to.send("error", json.RawMessage(p.JSON(s.Identity.RequestID(r))))
	}
	return p
}

// events writes server-sent events, one at a time. The first one decides that the
// answer is a stream.
type events struct {
	begin func() io.Writer
	gone  context.CancelCauseFunc // is told when nobody reads any more

	mutex sync.Mutex
	begun bool
	busy  bool // has sent something since keepAlive last looked
	text  bytes.Buffer
}

// send writes an event whose data is a value in JSON, which has no line breaks.
func (e *events) send(event string, value any) error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.text.Reset()
	fmt.Fprintf(&e.text, "event: %s\ndata: ", event)
	encoder := json.NewEncoder(&e.text)
	encoder.SetEscapeHTML(false) // This is no HTML, and code is full of what would be escaped.
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("encoding: %w", err)
	}
	e.text.WriteByte('\n') // The encoder has written the first one.
	return e.write(e.text.Bytes())
}

func (e *events) write(text []byte) error {
	e.begun, e.busy = true, true
	if _, err := e.begin().Write(text); err != nil {
		err = fmt.Errorf("%w: %w", calls.ErrGone, err)
		e.gone(err)
		return err
	}
	return nil
}

// keepAlive writes comments, which clients skip, into a silence of at least
// interval, until stop is called.
func (e *events) keepAlive(interval time.Duration) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
				e.breathe()
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(end)
		<-ended
	})
}

func (e *events) breathe() {
	if !e.mutex.TryLock() {
		return // Something is being sent.
	}
	defer e.mutex.Unlock()
	if !e.busy {
		_ = e.write([]byte(": still there\n\n")) // Its error reaches the model's call.
	}
	e.busy = false
}
