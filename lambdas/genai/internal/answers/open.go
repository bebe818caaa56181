package answers

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"refstack/lambdas/genai/tasks"
	"refstack/lambdas/internal/model"
	"refstack/lambdas/internal/restproxy"
)

// Open makes the service behind a REST API out of the variables that the stack
// sets, with all tasks, and without a cache.
func Open(aws aws.Config, limits model.Limits) (*Service, error) {
	settings, err := ConfigFromEnv(os.Environ())
	if err != nil {
		return nil, err
	}
	endpoint, err := model.ConfigFromEnv(os.Getenv)
	if err != nil {
		return nil, err
	}
	endpoint.Limits = limits
	s := &Service{Config: settings, Identity: restproxy.Identity()}
	if s.Tasks, err = tasks.Load(); err != nil {
		return nil, err
	}
	s.Endpoint, err = model.Open(endpoint, aws)
	return s, err
}
