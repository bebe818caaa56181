// Package dynamo is what functions have in common that keep something in a table
// of Amazon DynamoDB: a client that gives up on a silent DynamoDB in time to say
// so, what of its faults will pass, and the values that tables hold.
package dynamo

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// attemptTimeout is how long DynamoDB, which answers in milliseconds, may take
// to answer once. All attempts and pauses fit into six seconds, below the
// timeout of any function of ours that uses it.
const attemptTimeout = 1500 * time.Millisecond

// NewClient makes a client that gives up on a silent DynamoDB in time to tell
// the caller.
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

// WillPass tells whether a fault of DynamoDB is one after which the SDK itself
// would try again, or has: throttling, lost connections, timeouts, DynamoDB's
// own faults. So is an answer that broke off, which the SDK takes for one in a
// wrong format.
func WillPass(err error) bool {
	var conflict *types.TransactionConflictException
	var unreadable *smithy.DeserializationError
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &conflict) || errors.As(err, &unreadable) ||
		worthAnotherTry.IsErrorRetryable(err) == aws.TrueTernary
}

// Attributes are those of an item, by name.
type Attributes = map[string]types.AttributeValue

// Text is an attribute of type S.
func Text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// Number is an attribute of type N.
func Number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// TextOf is the value of an attribute of type S, and "" of any other.
func TextOf(v types.AttributeValue) string {
	s, _ := v.(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}

// NumberOf is the value of an attribute of type N that is a whole number.
func NumberOf(v types.AttributeValue) (int64, error) {
	n, _ := v.(*types.AttributeValueMemberN)
	if n == nil {
		return 0, errors.New("it lacks a number")
	}
	return strconv.ParseInt(n.Value, 10, 64)
}
