// Package answers asks the model at once, while the caller waits: the answer
// comes whole, or piece by piece as the model writes it. It knows neither API
// Gateway nor DynamoDB, and asks whatever endpoint of a model it is given.
package answers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"refstack/lambdas/genai/internal/calls"
	"refstack/lambdas/genai/tasks"
	"refstack/lambdas/internal/httpapi"
	"refstack/lambdas/internal/model"
)

// maxWait is how long a whole answer may take. API Gateway gives up after 29
// seconds, and would tell the caller nothing of use.
const maxWait = 28 * time.Second

// Service answers requests of the tasks.
type Service struct {
	Tasks    map[string]*tasks.Task
	Endpoint model.Endpoint
	Cache    Cache // may be nil
	Config   Config
	Identity httpapi.Identity
}

// Whole makes the handler of POST /TASK, for each task.
func (s *Service) Whole() *httpapi.API {
	api := s.api()
	for name, task := range s.Tasks {
		api.Handle("POST /"+name, s.whole(task))
	}
	return api
}

// Stream makes the handler of POST /TASK/stream, for each task.
func (s *Service) Stream() *httpapi.API {
	api := s.api()
	for name, task := range s.Tasks {
		api.HandleStream("POST /"+name+"/stream", s.stream(task))
	}
	return api
}

func (s *Service) api() *httpapi.API {
	return &httpapi.API{Origins: s.Config.AllowedOrigins, RequestID: s.Identity.RequestID}
}

// read makes a prompt of a request, whose caller it tells.
func (s *Service) read(r *http.Request, task *tasks.Task) (prompt tasks.Prompt, caller string, err error) {
	if caller, err = s.Identity.Caller(r); err != nil {
		return prompt, "", err
	}
	body, err := httpapi.ReadJSON(r, tasks.MaxBody)
	if err != nil {
		return prompt, "", err
	}
	prompt, err = task.Parse(body)
	return prompt, caller, err
}

// document is a whole answer, as the caller sees it.
type document struct {
	Answer string     `json:"answer"`
	Stop   model.Stop `json:"stop"`
	Model  string     `json:"model"`
	Usage  usage      `json:"usage"`
}

type usage struct {
	InputTokens  int `json:"inputTokens"`
	OutputTokens int `json:"outputTokens"`
}

func (s *Service) whole(task *tasks.Task) httpapi.Handler {
	return func(r *http.Request) (*httpapi.Answer, error) {
		prompt, caller, err := s.read(r, task)
		if err != nil {
			return nil, err
		}
		key := s.key(task, prompt, caller)
		if earlier := s.earlier(r.Context(), task, key); earlier != nil {
			return earlier, nil
		}
		answer, err := s.ask(r.Context(), task, prompt)
		if err != nil {
			return nil, asProblem(err)
		}
		body, err := json.Marshal(document{answer.Text, answer.Stop, answer.Model, usage(answer.Usage)})
		if err != nil {
			return nil, fmt.Errorf("encoding: %w", err)
		}
		return &httpapi.Answer{Status: http.StatusOK, Body: body, Header: s.keep(r.Context(), key, answer.Stop, body)}, nil
	}
}

func (s *Service) ask(ctx context.Context, task *tasks.Task, prompt tasks.Prompt) (model.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	start := time.Now()
	answer, err := s.Endpoint.Generate(ctx, prompt.Request)
	calls.Call{Task: task.Name, Answer: answer, Err: err, Took: time.Since(start)}.Log(ctx)
	return answer, err
}
