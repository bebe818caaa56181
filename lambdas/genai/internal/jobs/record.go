package jobs

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"refstack/lambdas/internal/dynamo"
)

// The attributes of the table, all of them texts and whole numbers. The first
// two are its key; DynamoDB removes what attrExpires says has expired. Times are
// milliseconds since 1970, but for attrExpires, which has seconds.
const (
	attrOwner   = "owner"
	attrJob     = "job" // The key in the ID: the same one is the same job, whenever it comes.
	attrExpires = "expires"

	attrID           = "id"
	attrTask         = "task"
	attrStatus       = "status"
	attrDigest       = "digest"
	attrAttempts     = "attempts"
	attrThrottles    = "throttles"
	attrLease        = "lease"
	attrRun          = "run"
	attrAccepted     = "accepted"
	attrStarted      = "started"
	attrFinished     = "finished"
	attrReason       = "reason"
	attrAnswer       = "answer"
	attrStop         = "stop"
	attrModel        = "model"
	attrInputTokens  = "inputTokens"
	attrOutputTokens = "outputTokens"
)

func moment(t time.Time) types.AttributeValue { return dynamo.Number(t.UnixMilli()) }

// FromTable makes a job of an item of the table.
func FromTable(item dynamo.Attributes) (*Job, error) {
	r := record{}
	for name, value := range item {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			r[name] = v.Value
		case *types.AttributeValueMemberN:
			r[name] = v.Value
		}
	}
	return r.job()
}

// FromStream makes a job of an item as the table's stream has it.
func FromStream(image map[string]events.DynamoDBAttributeValue) (*Job, error) {
	r := record{}
	for name, value := range image {
		switch value.DataType() {
		case events.DataTypeString:
			r[name] = value.String()
		case events.DataTypeNumber:
			r[name] = value.Number()
		}
	}
	return r.job()
}

// record is an item in whatever form it came.
type record map[string]string

func (r record) job() (*Job, error) {
	id, err := ParseID(r[attrID])
	if err != nil {
		return nil, fmt.Errorf("reading the record of a job: %w", err)
	}
	var wrong error
	number := func(name string) int64 {
		text, ok := r[name]
		if !ok {
			return 0
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			wrong = fmt.Errorf("reading the record of a job: %s is no number", name)
		}
		return n
	}
	at := func(name string) time.Time {
		if n := number(name); n != 0 {
			return time.UnixMilli(n).UTC()
		}
		return time.Time{}
	}
	return &Job{
		Ticket:    Ticket{ID: id, Owner: r[attrOwner], Task: r[attrTask], Accepted: at(attrAccepted), Digest: r[attrDigest]},
		Status:    Status(r[attrStatus]),
		Attempts:  int(number(attrAttempts)),
		Throttles: int(number(attrThrottles)),
		Lease:     at(attrLease),
		Run:       r[attrRun],
		Started:   at(attrStarted),
		Finished:  at(attrFinished),
		Reason:    r[attrReason],
		Result: Result{
			Answer: r[attrAnswer], Stop: r[attrStop], Model: r[attrModel],
			InputTokens: int(number(attrInputTokens)), OutputTokens: int(number(attrOutputTokens)),
		},
	}, wrong
}
