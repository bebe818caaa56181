// Package model asks a foundation model, wherever it runs: on Amazon Bedrock, on
// an endpoint of Amazon SageMaker, or behind any server that speaks the chat API
// of OpenAI. What the model is told to do and what the user wrote stay apart all
// the way.
package model

import (
	"context"
	"time"
)

// Request is one question to a model.
type Request struct {
	Instructions string // the system prompt
	Text         string // the user's turn
	MaxTokens    int
	Temperature  *float64 // nil for the model's own
}

// Answer is what a model said.
type Answer struct {
	Text  string // empty where it was streamed
	Stop  Stop
	Usage Usage
	Model string
}

// Stop is why a model stopped.
type Stop string

// The reasons to stop that make an answer.
const (
	End    Stop = "end"    // it had said all
	Length Stop = "length" // it came to a limit of tokens or bytes
)

// Usage is what a call is billed by.
type Usage struct {
	InputTokens, OutputTokens int
}

// Endpoint answers requests.
type Endpoint interface {
	Generate(ctx context.Context, r Request) (Answer, error)
	// Stream calls emit for each piece of text as it comes, and returns the rest of
	// the answer. It ends with the error of emit, if there is one.
	Stream(ctx context.Context, r Request, emit func(text string) error) (Answer, error)
}

// Kind sorts errors by what to do about them.
type Kind string

const (
	Throttled     Kind = "throttled"     // ask again later
	Unavailable   Kind = "unavailable"   // ask again later; something is broken
	Refused       Kind = "refused"       // the model, or its guardrail, will not answer this
	Invalid       Kind = "invalid"       // the request is wrong: too long for the model, say
	Misconfigured Kind = "misconfigured" // the endpoint, its name or our permission is wrong
)

// Error is why there is no answer. Its text is for the log, never for a caller,
// and quotes neither prompt nor answer.
type Error struct {
	Kind Kind
	// MaybeBilled tells that the model may have worked: it was cut off, or took too
	// long. Otherwise it surely has not.
	MaybeBilled bool
	// RetryAfter is what the endpoint asks for, or 0.
	RetryAfter time.Duration
	Cause      error
}

// Error implements error.
func (e *Error) Error() string { return "model: " + string(e.Kind) + ": " + e.Cause.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }
