package model

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"
)

// protocol is one way to speak to a model. It asks once: how often, how long and
// how much is for endpoint to say. Its errors are of type *Error where the other
// side told what is wrong.
type protocol interface {
	generate(ctx context.Context, r Request) (Answer, error)
	// stream ends after an error. Whoever leaves it early closes the connection.
	stream(ctx context.Context, r Request) iter.Seq2[event, error]
}

// event is one step of a streamed answer. What it does not tell is zero.
type event struct {
	text  string
	stop  Stop
	usage Usage
	model string
}

// eventBytes is how large one event of a stream may be, and overheadBytes what
// an answer in JSON has besides its text.
const (
	eventBytes    = 1 << 20
	overheadBytes = 64 << 10
	escapedByte   = 6 // A byte of text is at most \u0000 in JSON.
)

// lastWord is how long a stream may take to end, once it has told why the model
// stopped: the tokens are counted in its last event, but are not worth a wait.
const lastWord = time.Second

var (
	errTime    = fmt.Errorf("the time for an answer is over: %w", context.DeadlineExceeded)
	errStalled = fmt.Errorf("the stream has stalled: %w", context.DeadlineExceeded)
	errEmpty   = errors.New("the answer is empty")
	errCut     = errors.New("the stream ended before the answer did")
)

// endpoint holds a protocol to the limits.
type endpoint struct {
	protocol protocol
	limits   Limits
}

// Generate implements Endpoint.
func (e *endpoint) Generate(ctx context.Context, r Request) (Answer, error) {
	return e.ask(ctx, r, func(ctx context.Context) (Answer, error) {
		ctx, attempt := start(ctx, e.limits.AnswerBytes*escapedByte+overheadBytes)
		answer, err := e.protocol.generate(ctx, r)
		if err == nil && answer.Text == "" && answer.Stop == End {
			err = errEmpty
		}
		if err != nil {
			return Answer{}, failure(ctx, err, attempt.sent.Load())
		}
		var cut bool
		if answer.Text, cut = fit(answer.Text, e.limits.AnswerBytes); cut {
			answer.Stop = Length
		}
		return answer, nil
	})
}

// Stream implements Endpoint.
func (e *endpoint) Stream(ctx context.Context, r Request, emit func(text string) error) (Answer, error) {
	return e.ask(ctx, r, func(ctx context.Context) (Answer, error) { return e.streamOnce(ctx, r, emit) })
}

// emitError keeps what the caller's own function said apart from what the
// endpoint did.
type emitError struct{ error }

func (e *endpoint) streamOnce(ctx context.Context, r Request, emit func(text string) error) (Answer, error) {
	ctx, attempt := start(ctx, eventBytes)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(e.limits.Stall, func() { cancel(errStalled) })
	defer watch.Stop()

	var answer Answer
	left := e.limits.AnswerBytes
	for event, err := range e.protocol.stream(ctx, r) {
		if err != nil && answer.Stop != "" {
			break // All was said.
		}
		if err != nil {
			f := failure(ctx, err, attempt.sent.Load())
			f.MaybeBilled = f.MaybeBilled || left < e.limits.AnswerBytes
			return Answer{}, f
		}
		attempt.unread.Store(eventBytes)
		answer.add(event)
		text, cut := fit(event.text, left)
		if text != "" {
			watch.Stop() // The silence of a slow reader is not the model's.
			left -= len(text)
			if err := emit(text); err != nil {
				return Answer{}, emitError{err}
			}
		}
		if cut {
			answer.Stop = Length
			return answer, nil
		}
		if answer.Stop == "" {
			watch.Reset(e.limits.Stall)
		} else {
			watch.Reset(lastWord)
		}
	}
	switch {
	case answer.Stop == "":
		return Answer{}, failure(ctx, errCut, true)
	case answer.Stop == End && left == e.limits.AnswerBytes:
		return Answer{}, failure(ctx, errEmpty, true)
	}
	return answer, nil
}

func (a *Answer) add(e event) {
	if e.stop != "" {
		a.Stop = e.stop
	}
	if e.usage != (Usage{}) {
		a.Usage = e.usage
	}
	if e.model != "" {
		a.Model = e.model
	}
}

// fit makes text valid UTF-8 of at most limit bytes, cut between characters.
func fit(text string, limit int) (fitted string, cut bool) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text, false
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit], true
}

// ask has once ask the model, as often and as long as the limits allow.
func (e *endpoint) ask(ctx context.Context, r Request, once func(ctx context.Context) (Answer, error)) (Answer, error) {
	if err := r.validate(); err != nil {
		return Answer{}, &Error{Kind: Invalid, Cause: err}
	}
	deadline := time.Now().Add(e.limits.Time)
	if own, ok := ctx.Deadline(); ok && own.Add(-e.limits.Reserve).Before(deadline) {
		deadline = own.Add(-e.limits.Reserve)
	}
	ctx, cancel := context.WithDeadlineCause(ctx, deadline, errTime)
	defer cancel()

	for tried := 1; ; tried++ {
		if ctx.Err() != nil {
			return Answer{}, failure(ctx, ctx.Err(), false)
		}
		answer, err := once(ctx)
		if err == nil {
			return answer, nil
		}
		var own emitError
		if errors.As(err, &own) {
			return Answer{}, own.error
		}
		var f *Error
		if tried >= e.limits.Attempts || !errors.As(err, &f) || !f.again() || !pause(ctx, backoff(tried, f.RetryAfter)) {
			return Answer{}, err
		}
	}
}

func (r Request) validate() error {
	switch {
	case strings.TrimSpace(r.Text) == "":
		return errors.New("there is no text")
	case !utf8.ValidString(r.Text) || !utf8.ValidString(r.Instructions):
		return errors.New("the text is not UTF-8")
	case r.MaxTokens < 1:
		return fmt.Errorf("MaxTokens must be at least 1, got %d", r.MaxTokens)
	}
	return nil
}

const (
	firstBackoff = 200 * time.Millisecond
	maxBackoff   = 5 * time.Second
)

// backoff is how long to wait after so many attempts: any time up to a bound
// that doubles, so that many callers do not come back at once. What the endpoint
// asks for comes first.
func backoff(tried int, asked time.Duration) time.Duration {
	bound := min(firstBackoff<<(tried-1), maxBackoff)
	return asked + rand.N(bound)
}

// pause waits, and tells whether it did. It does not begin to wait for what
// comes after the time is over, or takes unusually long.
func pause(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); d > 2*maxBackoff || (ok && time.Now().Add(d).After(deadline)) {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
