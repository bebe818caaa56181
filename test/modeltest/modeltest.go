// Package modeltest is the endpoint of a foundation model on loopback, for tests
// that call a model with the official SDKs: it speaks Converse and ConverseStream
// of Amazon Bedrock, InvokeEndpoint of Amazon SageMaker with its streamed form,
// and the chat API of OpenAI with server-sent events, each on the wire as the
// real one does. It answers what a test wants, as slowly and as badly as it
// wants, and counts what was asked.
package modeltest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
)

// The protocols, by the names that MODEL_ENDPOINT gives them.
const (
	Bedrock   = "bedrock"
	SageMaker = "sagemaker"
	HTTP      = "http"
)

// Protocols are all of them, for tests that hold for each.
var Protocols = []string{Bedrock, SageMaker, HTTP}

// Call is a question as the endpoint understood it.
type Call struct {
	Protocol string
	Streamed bool
	// Model is the ID of the model, or the name of the endpoint on SageMaker.
	Model                                  string
	Component, Guardrail, GuardrailVersion string

	Instructions string // all of the system prompt
	Text         string // all of the user's turn
	MaxTokens    int
	Temperature  *float64

	// Nth counts the calls with this Text, from 1.
	Nth    int
	Header http.Header
	Body   []byte
}

// Reply is how the endpoint treats one call. The zero Reply answers with
// Answer(text) at once.
type Reply struct {
	// Text is the answer. Defaults to Answer of the call's text. An answer of more
	// than MaxTokens, at four bytes a token, is cut as a model would.
	Text string
	// PieceBytes is how much of a streamed answer comes at a time. Defaults to 16.
	PieceBytes int
	// Delay passes before the first byte, and Gap between the pieces of a stream.
	Delay, Gap time.Duration
	// Fault is what goes wrong. Defaults to nothing.
	Fault Fault
	// RetryAfter is sent with errors, in seconds. Defaults to no such header.
	RetryAfter int
}

// Fault is a way for a call to go wrong.
type Fault string

// Errors in place of an answer, each in the form of its protocol.
const (
	Throttle Fault = "throttle" // too many requests
	Crowded  Fault = "crowded"  // as Throttle; on SageMaker from the container
	Overload Fault = "overload" // out of service for now
	NotReady Fault = "notready" // the model is being loaded
	Fail     Fault = "fail"     // an internal error
	Deny     Fault = "deny"     // no permission
	Missing  Fault = "missing"  // no such model
	Misname  Fault = "misname"  // a model that cannot be called by this name: an error as if the prompt were wrong
	Reject   Fault = "reject"   // the prompt is too long
	Spent    Fault = "spent"    // throttled for good, as the account is out of money
	Filter   Fault = "filter"   // the prompt is refused before the model sees it
	Rename   Fault = "rename"   // the limit of tokens must be called max_completion_tokens
	Redirect Fault = "redirect" // elsewhere
)

// Answers that are cut short.
const (
	CutFirst      Fault = "cutfirst"      // the connection is closed before the first byte
	Cut           Fault = "cut"           // the connection is closed within the answer, and within an event of it
	EndEarly      Fault = "endearly"      // the body ends in order, halfway
	CutLast       Fault = "cutlast"       // a stream is cut after the reason why it stopped
	StallFirst    Fault = "stallfirst"    // silence before the first byte
	Stall         Fault = "stall"         // silence halfway
	StallLast     Fault = "stalllast"     // a stream stays open after all was said
	Break         Fault = "break"         // the model breaks halfway; a stream has an error as its event
	ThrottleFirst Fault = "throttlefirst" // a stream has throttling as its first event
	ThrottleLater Fault = "throttlelater" // and as a later one
)

// Answers that are no good.
const (
	Refuse    Fault = "refuse"    // the guardrail or the content filter stepped in
	Decline   Fault = "decline"   // the model itself refuses
	Babble    Fault = "babble"    // text without an end, whatever MaxTokens says
	Huge      Fault = "huge"      // one piece of 8 MB
	BadUTF8   Fault = "badutf8"   // bytes that are no characters
	Malformed Fault = "malformed" // JSON that is none
	Empty     Fault = "empty"     // an answer without text
	WrongType Fault = "wrongtype" // a page of HTML, with status 200
	Unstopped Fault = "unstopped" // no reason why it stopped
)

// unworked are the faults in which no model has worked: nothing is billed.
var unworked = map[Fault]bool{
	Throttle: true, Crowded: true, Overload: true, NotReady: true, Deny: true, Missing: true, Misname: true,
	Reject: true, Spent: true, Filter: true, Rename: true, Redirect: true, ThrottleFirst: true,
}

// Answer is what the endpoint answers to text, if the test does not care: it is
// another for each text.
func Answer(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "The answer is " + hex.EncodeToString(sum[:8]) + "."
}

// Tokens is how the endpoint counts.
func Tokens(text string) int { return (len(text) + 3) / 4 }
