package answers

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"refstack/lambdas/internal/model"
	"refstack/lambdas/internal/problem"
)

// The kinds of problems that only this API has.
var (
	refused  = problem.Kind{Name: "refused", Status: http.StatusUnprocessableEntity, Title: "The model will not answer this"}
	tooLong  = problem.Kind{Name: "model-timeout", Status: http.StatusGatewayTimeout, Title: "The model took too long"}
	noAnswer = problem.Kind{Name: "model-failed", Status: http.StatusBadGateway, Title: "The model could not be asked"}
)

// asProblem tells the caller what a model's error means to it. A throttled model
// is 503 and not 429: the caller is within its own limits, which API Gateway
// holds, and has to do nothing but wait.
func asProblem(err error) *problem.Problem {
	var e *model.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &problem.Problem{Kind: tooLong, Detail: "Ask for less, or ask for the same as a stream or a job.", Cause: err}
	case !errors.As(err, &e):
		return problem.Of(err)
	}
	switch e.Kind {
	case model.Throttled:
		return &problem.Problem{Kind: problem.Unavailable, Detail: "The model is busy.", Header: retryAfter(e.RetryAfter), Cause: err}
	case model.Unavailable:
		return &problem.Problem{Kind: problem.Unavailable, Detail: "The model does not answer.", Header: retryAfter(e.RetryAfter), Cause: err}
	case model.Refused:
		return &problem.Problem{Kind: refused, Detail: "Say it in other words, or ask for something else.", Cause: err}
	case model.Invalid:
		return &problem.Problem{Kind: noAnswer, Detail: "The model does not take this request. It may be too long for it.", Cause: err}
	}
	return &problem.Problem{Kind: noAnswer, Detail: "Tell us the request ID if it does not go away.", Cause: err}
}

// retryAfter says what the endpoint does, within reason. Otherwise it spreads the
// callers, so that they do not all come back at once.
func retryAfter(asked time.Duration) http.Header {
	seconds := 2 + rand.IntN(4)
	if asked > 0 {
		seconds = int(math.Ceil(min(asked, 5*time.Minute).Seconds()))
	}
	return http.Header{"Retry-After": {strconv.Itoa(seconds)}}
}
