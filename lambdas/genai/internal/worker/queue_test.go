package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

type sends struct {
	all []*sqs.SendMessageInput
	err error
}

func (s *sends) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	s.all = append(s.all, in)
	return &sqs.SendMessageOutput{}, s.err
}

func TestCopiesAreAsTheMessageWas(t *testing.T) {
	m := message("qa", "{\"question\":\"\u2028\\u0000 &=+%\"}\r\n", time.Hour)
	m.Attributes = map[string]string{"MessageGroupId": owner, "ApproximateReceiveCount": "2"}
	for delay, want := range map[time.Duration]int32{-time.Second: 0, 2*time.Second + 900*time.Millisecond: 2, time.Hour: 900} {
		var sent sends
		queue := &SQSQueue{client: &sent, url: "https://queue"}
		if err := queue.Resend(context.Background(), m, delay); err != nil {
			t.Fatal(err)
		}
		wanted := &sqs.SendMessageInput{
			QueueUrl: aws.String("https://queue"), MessageBody: &m.Body, DelaySeconds: want, MessageGroupId: aws.String(owner),
			MessageAttributes: map[string]types.MessageAttributeValue{},
		}
		for name, value := range m.MessageAttributes {
			wanted.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: value.StringValue}
		}
		if diff := cmp.Diff(wanted, sent.all[0], cmpopts.IgnoreUnexported(sqs.SendMessageInput{}, types.MessageAttributeValue{})); diff != "" || len(sent.all) != 1 {
			t.Error(diff)
		}
	}
	m.Attributes = nil
	sent := sends{err: errors.New("no")}
	if err := (&SQSQueue{client: &sent}).Resend(context.Background(), m, 0); !errors.Is(err, sent.err) || sent.all[0].MessageGroupId != nil {
		t.Errorf("%v, group %v", err, sent.all[0].MessageGroupId)
	}
}
