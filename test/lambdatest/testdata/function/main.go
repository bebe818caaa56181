// Command function is a Lambda function that does what its event asks for, to
// test lambdatest.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing/iotest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do    string
	Text  string
	Bytes int
	Code  int
}

var count int

func handle(ctx context.Context, e event) (any, error) {
	count++
	lambdacontext.NewLogger().InfoContext(ctx, "handling", "do", e.Do)
	switch e.Do {
	case "echo":
		return e.Text, nil
	case "count":
		return count, nil
	case "error":
		return nil, errors.New(e.Text)
	case "panic":
		panic(e.Text)
	case "exit":
		fmt.Fprintln(os.Stderr, "about to exit")
		os.Exit(e.Code)
	case "hang":
		fmt.Fprintln(os.Stderr, "hanging")
		select {}
	case "dial":
		conn, err := net.Dial("tcp", e.Text)
		if err != nil {
			return nil, err
		}
		_, err = io.Copy(io.Discard, conn)
		return nil, err
	case "exit idle": // after the response, while the process waits for an event
		go func() {
			for {
				if _, err := os.Stat(e.Text); err == nil {
					os.Exit(7)
				}
				time.Sleep(time.Millisecond)
			}
		}()
		return nil, nil
	case "allocate", "allocate and hang":
		b := make([]byte, e.Bytes)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		if e.Do == "allocate and hang" {
			for b[0] == 1 {
				time.Sleep(time.Second)
			}
		}
		return len(b), nil
	case "burn":
		until := time.Now().Add(time.Duration(e.Code) * time.Millisecond)
		for time.Now().Before(until) {
		}
		return nil, nil
	case "env":
		return os.Environ(), nil
	case "cwd":
		return os.Getwd()
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"requestID": lc.AwsRequestID, "arn": lc.InvokedFunctionArn,
			"deadline": deadline, "trace": os.Getenv("_X_AMZN_TRACE_ID"),
		}, nil
	case "large":
		return strings.Repeat("x", e.Bytes), nil
	case "stream":
		// A bare LimitedReader would go out as JSON.
		return io.MultiReader(io.LimitReader(zeros{}, int64(e.Bytes))), nil
	case "stream error":
		return io.MultiReader(strings.NewReader(e.Text), broken{}), nil
	case "http":
		return &events.APIGatewayProxyStreamingResponse{
			StatusCode: 418, Headers: map[string]string{"x-one": "1"}, MultiValueHeaders: map[string][]string{"x-two": {"2", "two"}},
			Cookies: []string{"a=1", "b=2"}, Body: io.MultiReader(strings.NewReader("first\x00"), &waiting{path: e.Text}),
		}, nil
	case "http error":
		return &events.APIGatewayProxyStreamingResponse{StatusCode: 200, Body: io.MultiReader(strings.NewReader(e.Text), broken{})}, nil
	case "http raw":
		return &raw{iotest.OneByteReader(strings.NewReader(e.Text))}, nil
	case "stream exit":
		return io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), exiting(e.Code)), nil
	case "stream two": // the second piece only when the file is there
		return io.MultiReader(strings.NewReader("first"), &waiting{path: e.Text}), nil
	}
	return nil, fmt.Errorf("unknown: %s", e.Do)
}

// raw says of itself that it has a prelude.
type raw struct{ io.Reader }

func (*raw) ContentType() string {
	return (*events.APIGatewayProxyStreamingResponse)(nil).ContentType()
}

func (*raw) MarshalJSON() ([]byte, error) { return nil, errors.New("not JSON") }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the well is dry") }

type exiting int

func (e exiting) Read([]byte) (int, error) { os.Exit(int(e)); return 0, nil }

type waiting struct {
	path string
	done bool
}

func (w *waiting) Read(p []byte) (int, error) {
	if w.done {
		return 0, io.EOF
	}
	for {
		if _, err := os.Stat(w.path); err == nil {
			w.done = true
			return copy(p, "second"), nil
		}
		time.Sleep(time.Millisecond)
	}
}

func main() {
	slog.SetDefault(lambdacontext.NewLogger())
	switch os.Getenv("INIT") {
	case "exit":
		fmt.Println("BUCKET is not set")
		os.Exit(4)
	case "panic":
		panic("no configuration")
	case "exit if":
		if _, err := os.Stat(os.Getenv("FILE")); err == nil {
			os.Exit(5)
		}
	case "post error":
		post("init/error", `{"errorType":"Config.Missing","errorMessage":"BUCKET is not set","stackTrace":["main.go:1"]}`)
		os.Exit(6)
	case "protocol":
		protocol()
		return
	}
	lambda.Start(handle)
}

const api = "/2018-06-01/runtime/"

func next() (status int, id string) {
	response, err := http.Get("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + api + "invocation/next")
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	return response.StatusCode, response.Header.Get("Lambda-Runtime-Aws-Request-Id")
}

func post(path, body string) int {
	request, err := http.NewRequest(http.MethodPost, "http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API")+api+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Lambda-Runtime-Function-Error-Type", "Runtime.FromHeader")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// protocol does what aws-lambda-go never does, and logs the answers.
func protocol() {
	_, id := next()
	early, _ := next()
	wrong := post("invocation/00000000-0000-4000-8000-000000000000/response", "{}")
	wrongError := post("invocation/x/error", "{}")
	lateInit := post("init/error", "{}")
	first := post("invocation/"+id+"/response", "first")
	second := post("invocation/"+id+"/response", "second")
	failure := post("invocation/"+id+"/error", "{}")
	nowhere := post("elsewhere", "{}")
	fmt.Printf("%d %d %d %d %d %d %d %d\n", early, wrong, wrongError, lateInit, first, second, failure, nowhere)

	_, id = next()
	stale := id
	post("invocation/"+id+"/error", "no JSON")
	_, id = next()
	fmt.Println(post("invocation/"+stale+"/response", "stale"))
	post("invocation/"+id+"/response", "third")
	os.Exit(8)
}
