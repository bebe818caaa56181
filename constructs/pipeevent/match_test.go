package pipeevent_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"refstack/constructs/pipeevent"
)

// instance is the event of the user guide's chapter on patterns.
const instance = `{
  "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
  "detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2",
  "account": "111122223333", "time": "2017-12-22T18:43:48Z", "region": "us-west-1",
  "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
  "detail": {
    "instance-id": "i-1234567890abcdef0", "state": "terminated", "source-ip": "10.0.0.33",
    "c-count": 5, "d-count": 3, "x-limit": 301.8, "empty": "", "nothing": null, "on": true,
    "path": "dir/sub/picture.png", "list": ["a", "b"], "big": 6e9, "small": -6e9, "none": []
  }
}`

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern string
		want    bool
	}{
		// Values, AND across fields, OR in a list.
		{`{"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"], "detail": {"state": ["terminated"]}}`, true},
		{`{"source": ["aws.ec2"], "detail": {"state": ["running"]}}`, false},
		{`{"source": ["aws.s3"], "detail": {"state": ["terminated"]}}`, false},
		{`{"detail": {"state": ["running", "terminated"]}}`, true},
		{`{"detail": {"state": ["Terminated"]}}`, false},
		{`{"detail": {"empty": [""]}}`, true},
		{`{"detail": {"nothing": [null]}}`, true},
		{`{"detail": {"empty": [null]}}`, false},
		{`{"detail": {"missing": [null]}}`, false},
		{`{"detail": {"on": [true]}}`, true},
		{`{"detail": {"on": ["true"]}}`, false},
		// Numbers are compared by how they are written, unless by numeric.
		{`{"detail": {"c-count": [5]}}`, true},
		{`{"detail": {"c-count": [5.0]}}`, false},
		{`{"detail": {"c-count": ["5"]}}`, false},
		{`{"detail": {"c-count": [{"numeric": ["=", 5.0]}]}}`, true},
		{`{"detail": {"c-count": [{"numeric": [">", 0, "<=", 5]}]}}`, true},
		{`{"detail": {"c-count": [{"numeric": [">", 0, "<", 5]}]}}`, false},
		{`{"detail": {"c-count": [{"numeric": [">", 5]}]}}`, false},
		{`{"detail": {"c-count": [{"numeric": [">=", 5, "<", 6]}]}}`, true},
		{`{"detail": {"d-count": [{"numeric": ["<", 10]}]}}`, true},
		{`{"detail": {"d-count": [{"numeric": ["<", 3]}]}}`, false},
		{`{"detail": {"x-limit": [{"numeric": ["=", 3.018e2]}]}}`, true},
		{`{"detail": {"state": [{"numeric": ["<", 10]}]}}`, false},
		{`{"detail": {"big": [{"numeric": [">", 0]}]}}`, false},
		{`{"detail": {"small": [{"numeric": ["<", 0]}]}}`, false},
		// Texts.
		{`{"time": [{"prefix": "2017-12"}]}`, true},
		{`{"time": [{"prefix": "2018"}]}`, false},
		{`{"detail": {"c-count": [{"prefix": "5"}]}}`, false},
		{`{"detail": {"path": [{"suffix": ".png"}]}}`, true},
		{`{"detail": {"path": [{"suffix": ".PNG"}]}}`, false},
		{`{"detail": {"path": [{"suffix": {"equals-ignore-case": ".PNG"}}]}}`, true},
		{`{"source": [{"prefix": {"equals-ignore-case": "AWS."}}]}`, true},
		{`{"source": [{"prefix": {"equals-ignore-case": "EC2"}}]}`, false},
		{`{"source": [{"equals-ignore-case": "AWS.EC2"}]}`, true},
		{`{"source": [{"equals-ignore-case": "AWS"}]}`, false},
		{`{"detail": {"path": [{"wildcard": "dir/*.png"}]}}`, true},
		{`{"detail": {"path": [{"wildcard": "*/sub/*"}]}}`, true},
		{`{"detail": {"path": [{"wildcard": "dir/*.gif"}]}}`, false},
		{`{"detail": {"path": [{"wildcard": "*.png*picture"}]}}`, false},
		{`{"detail": {"path": [{"wildcard": "dir/sub/picture.png"}]}}`, true},
		{`{"detail": {"path": [{"wildcard": "dir/sub/picture.png*png"}]}}`, false},
		{`{"detail": {"path": [{"wildcard": "dir\\*"}]}}`, false},
		// Anything but.
		{`{"detail": {"state": [{"anything-but": "initializing"}]}}`, true},
		{`{"detail": {"state": [{"anything-but": "terminated"}]}}`, false},
		{`{"detail": {"state": [{"anything-but": ["stopped", "terminated"]}]}}`, false},
		{`{"detail": {"state": [{"anything-but": ["stopped", "overloaded"]}]}}`, true},
		{`{"detail": {"c-count": [{"anything-but": 5.0}]}}`, false},
		{`{"detail": {"c-count": [{"anything-but": [100, 200]}]}}`, true},
		{`{"detail": {"c-count": [{"anything-but": "5"}]}}`, true},
		{`{"detail": {"missing": [{"anything-but": "x"}]}}`, false},
		{`{"detail": {"nothing": [{"anything-but": "x"}]}}`, true},
		{`{"region": [{"anything-but": {"prefix": "us-"}}]}`, false},
		{`{"region": [{"anything-but": {"prefix": ["eu-", "ap-"]}}]}`, true},
		{`{"detail": {"path": [{"anything-but": {"suffix": [".gif", ".png"]}}]}}`, false},
		{`{"detail": {"state": [{"anything-but": {"equals-ignore-case": "TERMINATED"}}]}}`, false},
		{`{"detail": {"path": [{"anything-but": {"wildcard": "*/lib/*"}}]}}`, true},
		// Existence, which leaves have and objects do not.
		{`{"detail": {"c-count": [{"exists": true}]}}`, true},
		{`{"detail": {"c-count": [{"exists": false}]}}`, false},
		{`{"detail": {"nothing": [{"exists": true}]}}`, true},
		{`{"detail": {"missing": [{"exists": false}]}}`, true},
		{`{"detail": {"missing": [{"exists": true}]}}`, false},
		{`{"missing": {"deeper": [{"exists": false}]}}`, true},
		{`{"detail": [{"exists": true}]}`, false},
		{`{"detail": [{"exists": false}]}`, true},
		{`{"detail": {"none": [{"exists": false}]}}`, true},
		{`{"detail": {"missing": ["x", {"exists": false}]}}`, true},
		// Addresses.
		{`{"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}}`, true},
		{`{"detail": {"source-ip": [{"cidr": "10.0.1.0/24"}]}}`, false},
		{`{"detail": {"state": [{"cidr": "10.0.0.0/8"}]}}`, false},
		// Lists in the event: any element.
		{`{"resources": ["other", "arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"]}`, true},
		{`{"detail": {"list": ["b"]}}`, true},
		{`{"detail": {"list": ["c"]}}`, false},
		// Alternatives.
		{`{"source": ["aws.ec2"], "$or": [{"region": ["eu-west-1"]}, {"detail": {"state": ["terminated"]}}]}`, true},
		{`{"source": ["aws.ec2"], "$or": [{"region": ["eu-west-1"]}, {"detail": {"state": ["running"]}}]}`, false},
		{`{"source": ["aws.s3"], "$or": [{"region": ["us-west-1"]}, {"detail": {"state": ["running"]}}]}`, false},
		{`{"detail": {"$or": [{"c-count": [{"numeric": [">", 10]}]}, {"d-count": [{"numeric": ["<", 10]}]}]}}`, true},
		{`{"detail": {"$or": [{"c-count": [5], "d-count": [4]}, {"x-limit": [1]}]}}`, false},
		{`{"$or": [{"region": ["us-west-1"], "$or": [{"source": ["x"]}, {"account": ["111122223333"]}]}, {"source": ["y"]}]}`, true},
		{`{"$or": {"region": ["us-west-1"]}}`, false},
		{`{"$or": [{"prefix": "a"}, {"prefix": "b"}]}`, false},
	} {
		if got, err := pipeevent.Match(c.pattern, instance); err != nil || got != c.want {
			t.Errorf("%s: %t (%v), want %t", c.pattern, got, err, c.want)
		}
	}
}

func TestMatchOneElementOfAList(t *testing.T) {
	const event = `{"employees": [[{"first": "John", "last": "Doe", "age": 7}], {"first": "Anna", "last": "Smith"}]}`
	for pattern, want := range map[string]bool{
		`{"employees": {"first": ["Anna"]}}`:                                           true,
		`{"employees": {"first": ["Anna"], "last": ["Smith"]}}`:                        true,
		`{"employees": {"first": ["Anna"], "last": ["Doe"]}}`:                          false,
		`{"employees": {"$or": [{"first": ["X"]}, {"last": ["Doe"]}]}}`:                true,
		`{"employees": {"first": ["Anna"], "$or": [{"x": ["X"]}, {"last": ["Doe"]}]}}`: false,
		// No element may have the field.
		`{"employees": {"age": [{"exists": false}]}}`:   false,
		`{"employees": {"shoes": [{"exists": false}]}}`: true,
	} {
		if got, err := pipeevent.Match(pattern, event); err != nil || got != want {
			t.Errorf("%s: %t (%v), want %t", pattern, got, err, want)
		}
	}
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestMatchData(t *testing.T) {
	record := func(source, field, data string) map[string]any {
		return map[string]any{"eventSource": source, field: data, "meta": "m"}
	}
	const json = `{"City": "Seattle", "Temperature": 46}`
	seattle := map[string]any{"City": []any{"Seattle"}}
	for name, c := range map[string]struct {
		event, pattern map[string]any
		want           bool
	}{
		"SQS, JSON":                        {record("aws:sqs", "body", json), map[string]any{"body": seattle}, true},
		"SQS, other JSON":                  {record("aws:sqs", "body", `{"City": "Berlin"}`), map[string]any{"body": seattle}, false},
		"SQS, plain":                       {record("aws:sqs", "body", "hello"), map[string]any{"body": []any{"hello"}}, true},
		"SQS, a number is plain":           {record("aws:sqs", "body", "5"), map[string]any{"body": []any{"5"}}, true},
		"SQS, plain for JSON":              {record("aws:sqs", "body", "hello"), map[string]any{"body": map[string]any{"City": []any{map[string]any{"exists": false}}}}, false},
		"SQS, JSON for plain":              {record("aws:sqs", "body", `["hello"]`), map[string]any{"body": []any{"hello"}}, false},
		"SQS, by other fields":             {record("aws:sqs", "body", "hello"), map[string]any{"meta": []any{"m"}}, true},
		"Kinesis, JSON":                    {record("aws:kinesis", "data", encode(json)), map[string]any{"meta": []any{"m"}, "data": seattle}, true},
		"Kinesis, plain for JSON":          {record("aws:kinesis", "data", encode("hello")), map[string]any{"data": seattle}, false},
		"Kafka, JSON":                      {record("aws:kafka", "value", encode(json)), map[string]any{"value": seattle}, true},
		"Kafka, plain":                     {record("SelfManagedKafka", "key", encode("k-1")), map[string]any{"key": []any{map[string]any{"prefix": "k-"}}}, true},
		"Kafka, plain for JSON":            {record("aws:kafka", "value", encode("hello")), map[string]any{"value": seattle, "meta": []any{"m"}}, true},
		"Kafka, plain for JSON, other":     {record("aws:kafka", "value", encode("hello")), map[string]any{"value": seattle, "meta": []any{"n"}}, false},
		"ActiveMQ, JSON for plain":         {record("aws:amq", "data", encode(json)), map[string]any{"data": []any{"hello"}}, true},
		"RabbitMQ, not UTF-8":              {record("aws:rmq", "data", encode("\xff")), map[string]any{"data": []any{"hello"}}, true},
		"DynamoDB encodes nothing":         {record("aws:dynamodb", "body", json), map[string]any{"body": seattle}, false},
		"no source, body":                  {map[string]any{"body": json}, map[string]any{"body": seattle}, true},
		"no source, data":                  {map[string]any{"data": encode(json)}, map[string]any{"data": seattle}, true},
		"no source, data that is decoded":  {map[string]any{"data": map[string]any{"City": "Seattle"}}, map[string]any{"data": seattle}, true},
		"no source, a list in place of it": {map[string]any{"data": []any{"a"}}, map[string]any{"data": []any{"a"}}, true},
	} {
		if got, err := pipeevent.Match(c.pattern, c.event); err != nil || got != c.want {
			t.Errorf("%s: %t (%v), want %t", name, got, err, c.want)
		}
	}
}

func TestBadPatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		`{"a": ["b"]`:                                "pattern: not valid JSON",
		`{"a": ["b"]} x`:                             "pattern: not valid JSON",
		`["a"]`:                                      "pattern: it must be a JSON object",
		`{}`:                                         "pattern: an empty object matches nothing",
		`{"a": {}}`:                                  "pattern: a: an empty object matches nothing",
		`{"a": []}`:                                  "pattern: a: an empty list matches nothing",
		`{"a": {"b": "c"}}`:                          `pattern: a.b: the value must be in a list: ["c"]`,
		`{"a": 5}`:                                   `pattern: a: the value must be in a list: [5]`,
		`{"a": [["b"]]}`:                             "pattern: a: a list in a list is not allowed",
		`{"a": [{"starts": "b"}]}`:                   `pattern: a: operator "starts" is not known: there are anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard`,
		`{"a": [{"prefix": "b", "x": "c"}]}`:         "pattern: a: an operator stands alone in its object",
		`{"a": [{}]}`:                                "pattern: a: an operator stands alone in its object",
		`{"a": [{"prefix": 5}]}`:                     "pattern: a: prefix takes a text, got 5",
		`{"a": [{"suffix": {"x": "b"}}]}`:            `pattern: a: suffix takes a text or {"equals-ignore-case": text}`,
		`{"a": [{"equals-ignore-case": []}]}`:        "pattern: a: equals-ignore-case takes a text",
		`{"a": [{"wildcard": "a**b"}]}`:              "pattern: a: wildcard does not take **",
		`{"a": [{"wildcard": "a\\b"}]}`:              `pattern: a: wildcard takes \ only before`,
		`{"a": [{"wildcard": "a\\"}]}`:               `pattern: a: wildcard takes \ only before`,
		`{"a": [{"wildcard": 1}]}`:                   "pattern: a: wildcard takes a text",
		`{"a": [{"exists": "yes"}]}`:                 "pattern: a: exists takes true or false",
		`{"a": [{"cidr": "10.0.0.0"}]}`:              "pattern: a: cidr takes a range of addresses",
		`{"a": [{"numeric": [">"]}]}`:                "pattern: a: numeric takes [",
		`{"a": [{"numeric": ">5"}]}`:                 "pattern: a: numeric takes [",
		`{"a": [{"numeric": ["!", 1]}]}`:             "pattern: a: numeric compares with",
		`{"a": [{"numeric": [">", "1"]}]}`:           "pattern: a: numeric takes numbers from -5e9 to 5e9",
		`{"a": [{"numeric": [">", 6e9]}]}`:           "pattern: a: numeric takes numbers from -5e9 to 5e9",
		`{"a": [{"numeric": ["<", 5, ">", 0]}]}`:     "pattern: a: numeric takes a range",
		`{"a": [{"numeric": [">", 5, "<", 5]}]}`:     "pattern: a: numeric takes a range",
		`{"a": [{"anything-but": []}]}`:              "pattern: a: anything-but takes at least one value",
		`{"a": [{"anything-but": ["a", 1]}]}`:        "pattern: a: anything-but takes texts or numbers",
		`{"a": [{"anything-but": null}]}`:            "pattern: a: anything-but takes texts or numbers",
		`{"a": [{"anything-but": {"exists": "a"}}]}`: "pattern: a: anything-but takes prefix",
		`{"a": [{"anything-but": {"prefix": ""}}]}`:  "pattern: a: anything-but with prefix takes texts that are not empty",
		`{"a": [{"anything-but": {"prefix": []}}]}`:  "pattern: a: anything-but with prefix takes at least one text",
		`{"a": [{"anything-but": {}}]}`:              "pattern: a: anything-but takes one operator",
		`{"$or": [{"a": ["b"]}, {"c": []}]}`:         "pattern: c: an empty list",
		`{"$or": [{"a": ["b"]}, {}]}`:                "pattern: an empty object",
		`{"$or": [{"a": ["b"]}]}`:                    `pattern: $or: operator "a" is not known`,
	} {
		if _, err := pipeevent.Match(pattern, `{}`); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pattern, err, want)
		}
	}
}

func TestBadEvents(t *testing.T) {
	for event, want := range map[string]string{
		`{"a"`:   "event: not valid JSON",
		`[{}]`:   "event: it must be a JSON object: a filter sees one record",
		`"a"`:    "event: it must be a JSON object",
		`{} {}`:  "event: not valid JSON",
		`{"a":}`: "event: not valid JSON",
	} {
		if _, err := pipeevent.Match(`{"a": ["b"]}`, event); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", event, err, want)
		}
	}
	if _, err := pipeevent.Match(func() {}, `{}`); err == nil {
		t.Error("a pattern that has no JSON is taken")
	}
}

func TestPatternTellsWhatItUses(t *testing.T) {
	p, err := pipeevent.ParsePattern(map[string]any{
		"body": map[string]any{"path": []any{map[string]any{"wildcard": "*"}}, "price": []any{map[string]any{"numeric": []any{">", 1}}}},
		"$or":  []any{map[string]any{"a": []any{"x"}}, map[string]any{"b": []any{map[string]any{"anything-but": map[string]any{"prefix": "y"}}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(p.BusOnly(), "; "), "anything-but with prefix at b; wildcard at body.path"; got != want {
		t.Errorf("only for buses: %q, want %q", got, want)
	}
	if got, want := strings.Join(p.Fields(), " "), "a b body"; got != want {
		t.Errorf("fields: %q, want %q", got, want)
	}
	if p.Values("body") || !p.Values("a") || p.Values("missing") {
		t.Error("told wrongly which fields are compared themselves")
	}
	if !strings.Contains(p.String(), `{"numeric":[">",1]}`) {
		t.Errorf("text: %s", p)
	}
}
