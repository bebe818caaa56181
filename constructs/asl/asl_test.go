package asl_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"refstack/constructs/asl"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

// retried is a retrier of ours.
func retried(name string, attempts int, longest float64) asl.State {
	return asl.State{
		"ErrorEquals": []string{name}, "MaxAttempts": attempts, "IntervalSeconds": 1.0, "BackoffRate": 2, "MaxDelaySeconds": longest, "JitterStrategy": "FULL",
	}
}

func TestInvocation(t *testing.T) {
	invocation := asl.Invocation{FunctionARN: "arn:f", Timeout: time.Minute, Payload: "{% $x %}", Permanent: []string{"BadError"}}
	want := asl.State{
		"Type": "Task", "Resource": asl.Service("lambda:invoke"), "TimeoutSeconds": 65.0,
		"Arguments": asl.State{"FunctionName": "arn:f", "Payload": "{% $x %}"},
		"Output":    "{% $states.result.Payload %}",
		"Retry": []asl.State{
			{"ErrorEquals": []string{"BadError"}, "MaxAttempts": 0},
			retried("Lambda.TooManyRequestsException", 8, 20),
			retried("States.ALL", 2, 10),
		},
		"Next": "On",
	}
	if diff := cmp.Diff(want, invocation.Task(asl.State{"Next": "On"})); diff != "" {
		t.Error(diff)
	}
	// Three tries, 1+2+4+8+16+20+20+20 seconds of throttling, and 1+2 of other waits.
	if got, want := invocation.Longest(), (3*65+91+3)*time.Second; got != want {
		t.Errorf("it takes up to %s, want %s", got, want)
	}
	if retries := (asl.Invocation{Timeout: time.Second}).Task(nil)["Retry"].([]asl.State); len(retries) != 2 {
		t.Errorf("without permanent errors there are %d retriers", len(retries))
	}
}

func TestTask(t *testing.T) {
	want := asl.State{
		"Type": "Task", "Resource": asl.Service("sns:publish"), "Arguments": "{% $message %}", "TimeoutSeconds": 30.0,
		"Retry": []asl.State{retried("States.ALL", 2, 10)}, "End": true,
	}
	if diff := cmp.Diff(want, asl.Task("sns:publish", "{% $message %}", 30*time.Second, asl.State{"End": true})); diff != "" {
		t.Error(diff)
	}
}

func TestExpressionIsOneLine(t *testing.T) {
	if got := asl.Expression("$merge([\n\t$a,\n\t$b\n])"); got != "{% $merge([ $a, $b ]) %}" {
		t.Errorf("got %q", got)
	}
}
