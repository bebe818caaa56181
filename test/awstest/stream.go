package awstest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Stream reads what changes in a table, as an event source mapping does.
type Stream struct {
	m        *Moto
	arn      string
	iterator string
}

// Stream begins to read the stream of a table from its oldest change on.
func (m *Moto) Stream(table string) *Stream {
	m.t.Helper()
	s := &Stream{m: m}
	var streams struct{ Streams []struct{ StreamArn string } }
	s.call("ListStreams", map[string]any{"TableName": table}, &streams)
	if len(streams.Streams) != 1 {
		m.t.Fatalf("awstest: table %s has %d streams", table, len(streams.Streams))
	}
	s.arn = streams.Streams[0].StreamArn
	var description struct {
		StreamDescription struct{ Shards []struct{ ShardId string } }
	}
	s.call("DescribeStream", map[string]any{"StreamArn": s.arn}, &description)
	if len(description.StreamDescription.Shards) != 1 {
		m.t.Fatalf("awstest: the stream of table %s has %d shards", table, len(description.StreamDescription.Shards))
	}
	var first struct{ ShardIterator string }
	s.call("GetShardIterator", map[string]any{
		"StreamArn": s.arn, "ShardId": description.StreamDescription.Shards[0].ShardId, "ShardIteratorType": "TRIM_HORIZON",
	}, &first)
	s.iterator = first.ShardIterator
	return s
}

// Next is an event of all that has changed since the last one, and nil of nothing.
func (s *Stream) Next() []byte {
	s.m.t.Helper()
	var page struct {
		Records           []map[string]any
		NextShardIterator string
	}
	s.call("GetRecords", map[string]any{"ShardIterator": s.iterator, "Limit": 1000}, &page)
	s.iterator = page.NextShardIterator
	if len(page.Records) == 0 {
		return nil
	}
	for _, record := range page.Records {
		record["eventSourceARN"] = s.arn
	}
	event, err := json.Marshal(map[string]any{"Records": page.Records})
	if err != nil {
		s.m.t.Fatalf("awstest: %v", err)
	}
	return event
}

func (s *Stream) call(operation string, input, output any) {
	s.m.t.Helper()
	body, err := json.Marshal(input)
	if err != nil {
		s.m.t.Fatalf("awstest: %v", err)
	}
	status, answer, err := s.m.server.call("dynamodb", "DynamoDBStreams_20120810."+operation, body)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%d %s", status, answer)
	}
	if err == nil {
		err = json.Unmarshal(answer, output)
	}
	if err != nil {
		s.m.t.Fatalf("awstest: %s: %v", operation, err)
	}
}
