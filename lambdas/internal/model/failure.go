package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// again tells whether the same question may be asked again: only where that
// costs nothing.
func (e *Error) again() bool {
	return !e.MaybeBilled && (e.Kind == Throttled || e.Kind == Unavailable)
}

// failure sorts what a protocol could not: the context's end, a connection that
// failed, an answer that cannot be read.
func failure(ctx context.Context, err error, sent bool) *Error {
	var sorted *Error
	switch {
	case errors.As(err, &sorted):
		return sorted
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case !speakable(err):
		err = fmt.Errorf("the answer cannot be read (%T)", err)
	}
	return &Error{Kind: Unavailable, MaybeBilled: sent, Cause: err}
}

// speakable tells whether the text of err is about the connection or from this
// package. Errors of decoders may quote what they read.
func speakable(err error) bool {
	var (
		address *url.Error
		network net.Error
	)
	return errors.As(err, &address) || errors.As(err, &network) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errTooLarge) || errors.Is(err, errEmpty) || errors.Is(err, errCut)
}

// kindOf sorts a status of HTTP, and tells whether the model may have worked
// before it was sent. A gateway's timeout says nothing about what is behind it.
func kindOf(status int) (kind Kind, maybeBilled bool) {
	switch status {
	case http.StatusTooManyRequests:
		return Throttled, false
	case http.StatusServiceUnavailable, 529: // Some servers say with 529 that they are overloaded.
		return Unavailable, false
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return Invalid, false
	case http.StatusRequestTimeout, http.StatusFailedDependency:
		return Unavailable, true
	}
	if status >= 500 {
		return Unavailable, true
	}
	return Misconfigured, false
}

// awsStatus has the status of errors that come in a stream, and of those whose
// own status says too little.
var awsStatus = map[string]int{
	"ThrottlingException":           http.StatusTooManyRequests,
	"TooManyRequestsException":      http.StatusTooManyRequests,
	"RequestLimitExceeded":          http.StatusTooManyRequests,
	"ServiceQuotaExceededException": http.StatusTooManyRequests,
	"ModelNotReadyException":        http.StatusServiceUnavailable,
	"ServiceUnavailableException":   http.StatusServiceUnavailable,
	"ServiceUnavailable":            http.StatusServiceUnavailable,
	"InternalServerException":       http.StatusInternalServerError,
	"InternalStreamFailure":         http.StatusInternalServerError,
	"ModelErrorException":           http.StatusFailedDependency,
	"ModelStreamErrorException":     http.StatusFailedDependency,
	"ModelStreamError":              http.StatusFailedDependency,
	"ModelTimeoutException":         http.StatusRequestTimeout,
	"ValidationException":           http.StatusBadRequest,
	"ValidationError":               http.StatusBadRequest,
	"UnrecognizedClientException":   http.StatusForbidden,
	"InvalidSignatureException":     http.StatusForbidden,
	"ExpiredTokenException":         http.StatusForbidden,
	"AccessDeniedException":         http.StatusForbidden,
}

// awsFailure sorts what AWS answered, and leaves all else as it is. Its text has
// the message of AWS only where that cannot quote the prompt.
func awsFailure(err error) error {
	var (
		api      smithy.APIError
		response *awshttp.ResponseError
		f        = &Error{}
		status   int
		code     = "no code"
		request  = "none"
	)
	if errors.As(err, &response) && response.Response != nil {
		status = response.HTTPStatusCode()
		f.RetryAfter = retryAfter(response.Response.Header)
		request = response.RequestID
	}
	if errors.As(err, &api) {
		code = api.ErrorCode()
		if known := awsStatus[code]; known != 0 {
			status = known
		}
	}
	if status < 300 { // It answered, and then something broke.
		return err
	}
	f.Kind, f.MaybeBilled = kindOf(status)
	if f.Kind == Invalid && api != nil && aboutUs(api.ErrorMessage()) {
		f.Kind = Misconfigured
	}
	f.Cause = fmt.Errorf("AWS answered %d %s, request %s", status, code, request)
	if api != nil && (f.Kind == Misconfigured || f.Kind == Throttled) {
		f.Cause = fmt.Errorf("%w: %s", f.Cause, api.ErrorMessage())
	}
	return f
}

// aboutUs tells whether AWS finds fault with what the stack configured. Nothing
// but the message tells that from a prompt that is too long.
func aboutUs(message string) bool {
	message = strings.ToLower(message)
	if strings.HasPrefix(message, "the model returned") { // What follows is the model's.
		return false
	}
	for _, sign := range []string{"model identifier", "model id", "on-demand throughput", "inference profile", "inference component", "guardrail", "endpoint"} {
		if strings.Contains(message, sign) {
			return true
		}
	}
	return false
}

// refused is the error for an answer that the model, or what guards it, held
// back. The work was done.
func refused(reason string) error {
	return &Error{Kind: Refused, MaybeBilled: true, Cause: errors.New("stopped with " + reason)}
}

// broken is the error for an answer that its own endpoint calls unusable.
func broken(reason string) error {
	return &Error{Kind: Unavailable, MaybeBilled: true, Cause: errors.New("stopped with " + reason)}
}

// retryAfter is how long the other side asks to wait, and 0 where it does not.
func retryAfter(header http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return bounded(ms * float64(time.Millisecond))
	}
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
		return bounded(seconds * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// bounded makes a duration of what another side wrote, which may be any number.
func bounded(nanoseconds float64) time.Duration {
	return time.Duration(min(nanoseconds, float64(24*time.Hour)))
}
