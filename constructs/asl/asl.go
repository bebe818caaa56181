// Package asl writes states of the Amazon States Language with what every task
// here has: a timeout, and retries with full jitter. The query language is JSONata.
//
// States are plain maps, so that a state machine reads as its definition does in
// AWS, and so that every field can be an expression: the CDK's own states take
// numbers alone in places where the language takes both.
package asl

import (
	"maps"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// State is a state, or a part of one.
type State = map[string]any

// Expression is a value that JSONata computes when the state runs. It may be written
// in several lines, which become one.
func Expression(jsonata string) string {
	return "{% " + strings.Join(strings.Fields(jsonata), " ") + " %}"
}

// Service is the ARN of an integration of Step Functions, such as
// "lambda:invoke".
func Service(integration string) string {
	return "arn:" + *awscdk.Aws_PARTITION() + ":states:::" + integration
}

// Retry says how errors are tried again. The wait doubles each time, and full
// jitter takes a part of it by chance, so that what failed together does not come
// again together.
type Retry struct {
	// Errors are names of errors.
	Errors []string
	// Attempts is how often. 0 gives them up at once.
	Attempts int
	// First and Longest are in whole seconds.
	First, Longest time.Duration
}

func (r Retry) state() State {
	if r.Attempts == 0 {
		return State{"ErrorEquals": r.Errors, "MaxAttempts": 0}
	}
	return State{
		"ErrorEquals": r.Errors, "MaxAttempts": r.Attempts, "IntervalSeconds": r.First.Seconds(), "BackoffRate": 2,
		"MaxDelaySeconds": r.Longest.Seconds(), "JitterStrategy": "FULL",
	}
}

// wait is the longest time that all its waits together take.
func (r Retry) wait() time.Duration {
	var sum time.Duration
	for i := range r.Attempts {
		sum += min(r.Longest, r.First*time.Duration(math.Exp2(float64(i))))
	}
	return sum
}

// Retries are the field Retry of a state. The first that names an error counts.
func Retries(retries ...Retry) []State {
	var states []State
	for _, r := range retries {
		if len(r.Errors) > 0 {
			states = append(states, r.state())
		}
	}
	return states
}

// Task is a task of a service that can be called twice. After its timeout, and
// after any error, it is tried twice more.
func Task(integration string, arguments any, timeout time.Duration, more State) State {
	state := State{
		"Type": "Task", "Resource": Service(integration), "Arguments": arguments, "TimeoutSeconds": timeout.Seconds(), "Retry": Retries(others),
	}
	maps.Copy(state, more)
	return state
}

var (
	// others are all errors that nobody else has named.
	others = Retry{Errors: []string{"States.ALL"}, Attempts: 2, First: time.Second, Longest: 10 * time.Second}
	// throttled is what Lambda has no room for, which costs nothing to ask again.
	throttled = Retry{Errors: []string{"Lambda.TooManyRequestsException"}, Attempts: 8, First: time.Second, Longest: 20 * time.Second}
)

// spare is what a task waits beyond its function's own timeout, so that it is
// Lambda that tells of it.
const spare = 5 * time.Second

// Invocation is the call of a Lambda function.
type Invocation struct {
	// FunctionARN names the function, which can be invoked twice.
	FunctionARN string
	// Timeout is the function's.
	Timeout time.Duration
	// Payload is the function's event.
	Payload any
	// Permanent are the errors that come again however often one tries: what a
	// function in Go returns is known by the name of its type. Defaults to none.
	Permanent []string
}

// Task is the call as a state whose result is what the function returns. It is
// tried again for a minute or two while Lambda throttles, and twice after a
// failure or a timeout.
func (i Invocation) Task(more State) State {
	task := Task("lambda:invoke", State{"FunctionName": i.FunctionARN, "Payload": i.Payload}, i.Timeout+spare, State{
		"Retry":  Retries(Retry{Errors: i.Permanent}, throttled, others),
		"Output": Expression("$states.result.Payload"),
	})
	maps.Copy(task, more)
	return task
}

// Longest is the time after which Task is over, whatever happens.
func (i Invocation) Longest() time.Duration {
	return time.Duration(1+others.Attempts)*(i.Timeout+spare) + throttled.wait() + others.wait()
}
