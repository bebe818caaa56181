package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"refstack/lambdas/internal/dynamo"
)

// DynamoDB is what a Store asks of Amazon DynamoDB.
type DynamoDB interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
}

// What a Store answers beside faults.
var (
	// ErrNotFound says that the job has no record.
	ErrNotFound = errors.New("there is no record of the job")
	// ErrEnded says that nothing is left to do.
	ErrEnded = errors.New("the job has ended")
	// ErrOther says that the caller has used the key before, and asked something else.
	ErrOther = errors.New("another job has this key")
	// ErrSpent says that the job has been begun as often as it may.
	ErrSpent = errors.New("the job has no attempt left")
	// ErrLost says that the job no longer belongs to the run.
	ErrLost = errors.New("the job belongs to another run")
	// ErrWillPass marks faults of the table after which the same may succeed.
	ErrWillPass = errors.New("the table does not answer")
)

// BusyError says that another run has the job.
type BusyError struct{ Until time.Time }

func (e *BusyError) Error() string { return "another run has the job" }

// Store is the table of jobs. All its writes have conditions, and may be sent
// again when an answer is lost.
type Store struct {
	client    DynamoDB
	table     string
	retention time.Duration
}

// New makes a Store that keeps jobs for a while after they were last written.
func New(client DynamoDB, table string, retention time.Duration) *Store {
	return &Store{client: client, table: table, retention: retention}
}

// free is the condition under which a job may be begun or ended by whoever has
// its message.
const free = `attribute_not_exists(#status) OR (#digest = :digest AND (#status = :queued OR (#status = :running AND #lease < :now)))`

// ours is the condition under which a run may write.
const ours = `#run = :run AND #status = :running`

// Claim begins a run of the job at a time, and gives it the job until another.
// The error is ErrEnded, ErrOther, ErrSpent or a *BusyError where it may not.
func (s *Store) Claim(ctx context.Context, t Ticket, at, lease time.Time) (*Job, error) {
	run := rand.Text()
	u := s.taking(t, at)
	u.condition = "(" + free + ") AND (attribute_not_exists(#attempts) OR #attempts < :most)"
	u.values[":most"] = dynamo.Number(MaxAttempts)
	u.set[attrStatus], u.set[attrRun], u.set[attrLease] = dynamo.Text(string(Running)), dynamo.Text(run), moment(lease)
	u.keep[attrStarted] = moment(at)
	u.add[attrAttempts] = 1
	u.returns = types.ReturnValueAllNew
	job, err := s.write(ctx, u)
	if errors.Is(err, errCondition) && job.Run == run {
		return job, nil // An earlier try of the SDK did it, and its answer was lost.
	}
	return job, refusal(job, t, at, err)
}

// End ends a job that no run has, without an answer. Its errors are those of
// Claim, without ErrSpent.
func (s *Store) End(ctx context.Context, t Ticket, status Status, reason string, at time.Time) error {
	u := s.taking(t, at)
	u.condition = free
	u.set[attrStatus], u.set[attrReason], u.set[attrFinished] = dynamo.Text(string(status)), dynamo.Text(reason), moment(at)
	job, err := s.write(ctx, u)
	return refusal(job, t, at, err)
}

// refusal tells why a job could not be taken.
func refusal(job *Job, t Ticket, at time.Time, err error) error {
	switch {
	case !errors.Is(err, errCondition):
		return err
	case job.Digest != t.Digest:
		return ErrOther
	case job.Status.Ended():
		return ErrEnded
	case job.Status == Running && job.Lease.UnixMilli() >= at.UnixMilli():
		return &BusyError{job.Lease}
	default:
		return ErrSpent
	}
}

// Release gives up a run whose job is to be tried again. It returns the job as
// it is then. An attempt that nobody bills is none, and counts as a throttle.
func (s *Store) Release(ctx context.Context, job *Job, billed bool, at time.Time) (*Job, error) {
	u := s.running(job, at)
	u.set[attrStatus] = dynamo.Text(string(Queued))
	u.returns = types.ReturnValueAllNew
	if !billed {
		u.add[attrAttempts], u.add[attrThrottles] = -1, 1
	}
	return s.finish(ctx, u, job, Queued)
}

// Succeed ends the job of a run with its result.
func (s *Store) Succeed(ctx context.Context, job *Job, result Result, at time.Time) error {
	u := s.running(job, at)
	u.set[attrStatus], u.set[attrFinished] = dynamo.Text(string(Succeeded)), moment(at)
	u.set[attrAnswer], u.set[attrStop], u.set[attrModel] = dynamo.Text(result.Answer), dynamo.Text(result.Stop), dynamo.Text(result.Model)
	u.set[attrInputTokens], u.set[attrOutputTokens] = dynamo.Number(int64(result.InputTokens)), dynamo.Number(int64(result.OutputTokens))
	_, err := s.finish(ctx, u, job, Succeeded)
	return err
}

// GiveUp ends the job of a run without an answer.
func (s *Store) GiveUp(ctx context.Context, job *Job, status Status, reason string, at time.Time) error {
	u := s.running(job, at)
	u.set[attrStatus], u.set[attrReason], u.set[attrFinished] = dynamo.Text(string(status)), dynamo.Text(reason), moment(at)
	_, err := s.finish(ctx, u, job, status)
	return err
}

// finish writes the end of a run, to a status. The error is ErrLost where the
// job has gone on without it.
func (s *Store) finish(ctx context.Context, u *update, run *Job, status Status) (*Job, error) {
	job, err := s.write(ctx, u)
	switch {
	case !errors.Is(err, errCondition):
		return job, err
	case job.Run == run.Run && job.Status == status:
		return job, nil // An earlier try of the SDK did it, and its answer was lost.
	default:
		return job, ErrLost
	}
}

// Get reads what was written last. The error is ErrNotFound where there is no record.
func (s *Store) Get(ctx context.Context, owner, key string) (*Job, error) {
	found, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: tableKey(owner, key), ConsistentRead: aws.Bool(true),
	})
	switch {
	case err != nil:
		return nil, failure("reading a job", err)
	case found.Item == nil:
		return nil, ErrNotFound
	}
	return FromTable(found.Item)
}

func tableKey(owner, key string) dynamo.Attributes {
	return dynamo.Attributes{attrOwner: dynamo.Text(owner), attrJob: dynamo.Text(key)}
}

// failure wraps err, and marks it where it will pass.
func failure(doing string, err error) error {
	if dynamo.WillPass(err) {
		return fmt.Errorf("%s: %w: %w", doing, ErrWillPass, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
