package apigw

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
)

// Handler is the API before a function. The function is invoked with the event,
// as by lambdatest's Function.Invoke; an error of it is answered with 502, as
// API Gateway answers to a function that fails, and with 504 once the time of
// the integration is over. The invocation ends at that time, which in AWS it
// does not: there the function works on for nobody.
func Handler(invoke func(ctx context.Context, event []byte) ([]byte, error), opts *Options) http.Handler {
	o := opts.withDefaults()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once := *o
		id := o.RequestID()
		once.RequestID = func() string { return id }
		response := once.answer(r, invoke)
		header := w.Header()
		maps.Copy(header, response.Header)
		header.Set("X-Amzn-Requestid", id)
		header.Set("X-Amz-Apigw-Id", extendedRequestID(id))
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
	})
}

func (o *Options) answer(r *http.Request, invoke func(context.Context, []byte) ([]byte, error)) *http.Response {
	event, err := newEvent(r, o)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return refuse(r, refusal.Status, refusal.Type, refusal.Message)
	case err != nil:
		panic(http.ErrAbortHandler) // The caller hung up in the middle of the body.
	}
	ctx, cancel := context.WithTimeout(r.Context(), o.Timeout)
	defer cancel()
	payload, err := invoke(ctx, event)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		o.Errorf("apigw: %s %s: no answer within %s: %v", r.Method, r.URL.Path, o.Timeout, err)
		return refuse(r, http.StatusGatewayTimeout, "InternalServerErrorException", "Endpoint request timed out")
	case r.Context().Err() != nil:
		panic(http.ErrAbortHandler)
	case err != nil:
		o.Errorf("apigw: %s %s: %v", r.Method, r.URL.Path, err)
		return refuse(r, http.StatusBadGateway, "InternalServerErrorException", "Internal server error")
	}
	response, err := newResponse(r, payload, o)
	if err != nil {
		o.Errorf("%v", err)
		return refuse(r, http.StatusBadGateway, "InternalServerErrorException", "Internal server error")
	}
	return response
}
