package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"refstack/lambdas/webapi/internal/items"
)

// attemptTimeout is how long DynamoDB, which answers in milliseconds, may take
// to answer once. All attempts and pauses fit into six seconds, below the
// timeout of the function.
const attemptTimeout = 1500 * time.Millisecond

// NewClient makes the client that the function uses: it gives up on a silent
// DynamoDB in time to tell the caller.
func NewClient(config aws.Config, options ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.NewFromConfig(config, append([]func(*dynamodb.Options){func(o *dynamodb.Options) {
		o.HTTPClient = awshttp.NewBuildableClient().WithTimeout(attemptTimeout) // From the dial to the last byte.
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = 3
			o.MaxBackoff = 500 * time.Millisecond
		})
	}}, options...)...)
}

var worthAnotherTry = retry.IsErrorRetryables(retry.DefaultRetryables)

// failure wraps err, and marks it as ErrBusy where the SDK itself would try
// again, or has: throttling, lost connections, timeouts, DynamoDB's own faults.
// So is an answer that broke off, which the SDK takes for one in a wrong format.
func failure(doing string, err error) error {
	if err == nil {
		return nil
	}
	var conflict *types.TransactionConflictException
	var unreadable *smithy.DeserializationError
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &conflict) || errors.As(err, &unreadable) || worthAnotherTry.IsErrorRetryable(err) == aws.TrueTernary {
		return fmt.Errorf("%s: %w: %w", doing, items.ErrBusy, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
