package lambdatest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// InvokeError is an error that the function reported through the Runtime API.
type InvokeError struct {
	// Type is the error's type: for aws-lambda-go the name of the Go type, such as "errorString".
	Type string
	// Message is what the client sees.
	Message string
	// StackTrace has a line for each frame, and is empty unless the handler panicked.
	StackTrace []string
}

func (e *InvokeError) Error() string {
	return fmt.Sprintf("function error %s: %s", e.Type, e.Message)
}

// parseInvokeError reads the body of an error request; typ stands in for a
// missing errorType.
func parseInvokeError(body []byte, typ string) *InvokeError {
	var wire struct {
		Type       string            `json:"errorType"`
		Message    string            `json:"errorMessage"`
		StackTrace []json.RawMessage `json:"stackTrace"`
	}
	if err := json.Unmarshal(body, &wire); err != nil {
		wire.Message = string(body)
	}
	if wire.Type == "" {
		wire.Type = typ
	}
	e := &InvokeError{Type: wire.Type, Message: wire.Message}
	for _, raw := range wire.StackTrace {
		var line string
		var frame struct {
			Path  string `json:"path"`
			Line  int    `json:"line"`
			Label string `json:"label"`
		}
		if json.Unmarshal(raw, &line) != nil {
			if json.Unmarshal(raw, &frame) == nil {
				line = fmt.Sprintf("%s:%d %s", frame.Path, frame.Line, frame.Label)
			} else {
				line = string(raw)
			}
		}
		e.StackTrace = append(e.StackTrace, line)
	}
	return e
}

// ExitError tells that the function's process ended before the invocation did.
type ExitError struct {
	// Init is true when the process ended before it asked for its first event.
	Init bool
	// TimedOut is true when it was killed because its time was over.
	TimedOut bool
	// OutOfMemory is true when it was killed because it used more than its memory size.
	OutOfMemory bool
	// Responded is true when the function had sent its response, and died after it.
	Responded bool
	// ExitCode is the exit status, or -1 when a signal ended the process.
	ExitCode int
	// Status is the end as the system tells it, such as "exit status 3" or "signal: killed".
	Status string
	// Log is the end of what the process wrote.
	Log string
}

func (e *ExitError) Error() string {
	var b strings.Builder
	b.WriteString("function ")
	switch {
	case e.TimedOut:
		b.WriteString("timed out")
	case e.OutOfMemory:
		b.WriteString("ran out of memory")
	default:
		b.WriteString("exited: " + e.Status)
	}
	if e.Init {
		b.WriteString(" during init")
	}
	if e.Responded {
		b.WriteString(" after its response")
	}
	if e.Log != "" {
		b.WriteString("; the end of its log:\n" + e.Log)
	}
	return b.String()
}
