package restproxy

import (
	"context"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"

	"refstack/lambdas/internal/problem"
)

// HandleStream is the type of a Lambda function behind a REST API whose
// integration has the response transfer mode STREAM.
type HandleStream func(context.Context, events.APIGatewayProxyRequest) (*events.APIGatewayProxyStreamingResponse, error)

// NewStream makes a Lambda handler of handler, as New does. It returns when
// handler has set the status; Lambda then reads the body while handler writes it,
// one Write at a time, and nothing is kept in between.
func NewStream(handler http.Handler) HandleStream {
	var accessor core.RequestAccessor
	return func(ctx context.Context, event events.APIGatewayProxyRequest) (*events.APIGatewayProxyStreamingResponse, error) {
		if err := tidy(&event); err != nil {
			return streamed(refuse(event, problem.New(problem.InvalidBody, "The body is not what its encoding says."))), nil
		}
		// The context lives on while the body is read.
		ctx, cancel := leaveTime(ctx)
		request, err := accessor.EventToRequestWithContext(ctx, event)
		if err != nil {
			cancel()
			return streamed(refuse(event, problem.New(problem.InvalidParameter, "The request cannot be read."))), nil
		}
		body, to := io.Pipe()
		w := &pipeWriter{header: http.Header{}, to: to, begun: make(chan struct{})}
		reader := &pipeReader{PipeReader: body, cancel: cancel, done: make(chan struct{})}
		go func() {
			defer close(reader.done)
			defer to.Close() // The end of the body is the end of the invocation: nothing works on behind it.
			defer w.WriteHeader(http.StatusOK)
			handler.ServeHTTP(w, request)
		}()
		<-w.begun
		return &events.APIGatewayProxyStreamingResponse{StatusCode: w.status, MultiValueHeaders: w.sent, Body: reader}, nil
	}
}

// streamed is a whole response in the form of a stream.
func streamed(whole events.APIGatewayProxyResponse) *events.APIGatewayProxyStreamingResponse {
	return &events.APIGatewayProxyStreamingResponse{
		StatusCode:        whole.StatusCode,
		MultiValueHeaders: whole.MultiValueHeaders,
		Body:              strings.NewReader(whole.Body),
	}
}

// pipeWriter is an http.ResponseWriter whose body is read at the other end.
type pipeWriter struct {
	header, sent http.Header
	status       int
	to           *io.PipeWriter
	begun        chan struct{}
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status, w.sent = status, maps.Clone(w.header)
	close(w.begun)
}

func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.to.Write(p)
}

// pipeReader is closed by whoever reads no more: by then the handler has ended,
// or is told to.
type pipeReader struct {
	*io.PipeReader
	cancel context.CancelFunc
	done   chan struct{}
}

func (r *pipeReader) Close() error {
	r.PipeReader.Close()
	r.cancel()
	<-r.done
	return nil
}
