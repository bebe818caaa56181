package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"refstack/lambdas/internal/dynamo"
)

// update is a write of one job.
type update struct {
	key       dynamo.Attributes
	condition string
	values    dynamo.Attributes // Those that the condition names.

	set  dynamo.Attributes // To these values,
	keep dynamo.Attributes // to these where there is none yet,
	add  map[string]int64  // and by so much more.

	returns types.ReturnValue // Defaults to nothing.
}

// errCondition says that the condition of a write failed.
var errCondition = errors.New("the job is not as the write needs it")

// taking is a write under the condition free.
func (s *Store) taking(t Ticket, at time.Time) *update {
	return &update{
		key: tableKey(t.Owner, t.ID.Key),
		values: dynamo.Attributes{
			":digest": dynamo.Text(t.Digest), ":queued": dynamo.Text(string(Queued)),
			":running": dynamo.Text(string(Running)), ":now": moment(at),
		},
		set: dynamo.Attributes{attrExpires: s.expires(at)},
		keep: dynamo.Attributes{
			attrID: dynamo.Text(t.ID.String()), attrTask: dynamo.Text(t.Task),
			attrDigest: dynamo.Text(t.Digest), attrAccepted: moment(t.Accepted),
		},
		add: map[string]int64{},
	}
}

// running is a write under the condition ours.
func (s *Store) running(job *Job, at time.Time) *update {
	return &update{
		key:       tableKey(job.Owner, job.ID.Key),
		condition: ours,
		values:    dynamo.Attributes{":run": dynamo.Text(job.Run), ":running": dynamo.Text(string(Running))},
		set:       dynamo.Attributes{attrExpires: s.expires(at)},
		add:       map[string]int64{},
	}
}

func (s *Store) expires(at time.Time) types.AttributeValue {
	return dynamo.Number(at.Add(s.retention).Unix())
}

// write returns the job as it then is, if u asks for it. Where the condition
// failed, the job comes with errCondition: DynamoDB returns the item with the
// failure, so no second read can contradict it.
func (s *Store) write(ctx context.Context, u *update) (*Job, error) {
	expression, values := u.expression()
	updated, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                           &s.table,
		Key:                                 u.key,
		ConditionExpression:                 &u.condition,
		UpdateExpression:                    &expression,
		ExpressionAttributeNames:            names(u.condition, expression),
		ExpressionAttributeValues:           values,
		ReturnValues:                        u.returns,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var failed *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &failed) && failed.Item == nil:
		// A run's record is gone: its time to live is over, or somebody deleted it.
		return nil, ErrLost
	case errors.As(err, &failed):
		job, wrong := FromTable(failed.Item)
		if wrong != nil {
			return nil, wrong
		}
		return job, errCondition
	case err != nil:
		return nil, failure("writing a job", err)
	}
	if updated.Attributes == nil {
		return nil, nil
	}
	return FromTable(updated.Attributes)
}

// expression is what DynamoDB calls an update expression, with its values and
// those of the condition.
func (u *update) expression() (string, dynamo.Attributes) {
	values := maps.Clone(u.values)
	var sets, adds []string
	for _, name := range slices.Sorted(maps.Keys(u.set)) {
		sets = append(sets, fmt.Sprintf("#%s = :set_%s", name, name))
		values[":set_"+name] = u.set[name]
	}
	for _, name := range slices.Sorted(maps.Keys(u.keep)) {
		sets = append(sets, fmt.Sprintf("#%s = if_not_exists(#%s, :set_%s)", name, name, name))
		values[":set_"+name] = u.keep[name]
	}
	for _, name := range slices.Sorted(maps.Keys(u.add)) {
		adds = append(adds, fmt.Sprintf("#%s :add_%s", name, name))
		values[":add_"+name] = dynamo.Number(u.add[name])
	}
	text := "SET " + strings.Join(sets, ", ")
	if adds != nil {
		text += " ADD " + strings.Join(adds, ", ")
	}
	return text, values
}

var placeholder = regexp.MustCompile(`#(\w+)`)

// names maps the placeholders of expressions to the attributes that they are
// called after: some of those are reserved words.
func names(expressions ...string) map[string]string {
	all := map[string]string{}
	for _, expression := range expressions {
		for _, match := range placeholder.FindAllStringSubmatch(expression, -1) {
			all[match[0]] = match[1]
		}
	}
	return all
}
