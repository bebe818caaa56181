package model

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secret is a key that is read when it is first wanted, and again when the
// server does not take it any more.
type secret struct {
	client *secretsmanager.Client
	arn    string

	mu  sync.Mutex // held while it is read, so that many callers read it once
	key string
}

func newSecret(arn string, config aws.Config) *secret {
	return &secret{
		client: secretsmanager.NewFromConfig(config, func(o *secretsmanager.Options) { o.Retryer = aws.NopRetryer{} }),
		arn:    arn,
	}
}

// value is the key; "" where there is no secret.
func (s *secret) value(ctx context.Context) (string, error) {
	if s == nil {
		return "", nil
	}
	return s.renew(ctx, "")
}

// renew is a key other than the one that did not work, if there is one.
func (s *secret) renew(ctx context.Context, old string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != old {
		return s.key, nil
	}
	out, err := s.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &s.arn})
	if err != nil {
		f := failure(ctx, awsFailure(err), false)
		f.MaybeBilled = false // The model was not asked yet.
		if f.Kind == Invalid {
			f.Kind = Misconfigured
		}
		return "", f
	}
	key := strings.TrimSpace(aws.ToString(out.SecretString))
	if key == "" {
		return "", &Error{Kind: Misconfigured, Cause: errors.New("the secret of the key has no text")}
	}
	s.key = key
	return key, nil
}
