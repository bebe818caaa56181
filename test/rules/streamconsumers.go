package rules

import (
	"encoding/json"
	"slices"
	"strings"
)

func init() {
	register(
		Rule{
			Name:  "stream-source",
			Doc:   "A function reads a stream that its table has, with a role that may read that stream and no other, and from its start: what happens while a reader is made at the end of one is lost (AWS Lambda, Polling and batching streams).",
			Types: []string{consumerType},
			Check: checkStreamSource,
		},
		Rule{
			Name:  "stream-failures",
			Doc:   "What a function cannot do with a change is cut out, tried a number of times and then told to a queue: by default it holds up all that comes after it until the stream has forgotten it (AWS Lambda, Configuring error handling controls for DynamoDB event sources).",
			Types: []string{consumerType},
			Check: checkStreamFailures,
		},
		Rule{
			Name:  "stream-filter",
			Doc:   "A function is told of the changes that it wants alone, by a filter, or the template's metadata says why it wants them all, under unfiltered (AWS Lambda, Using event filtering with a DynamoDB event source).",
			Types: []string{consumerType},
			Check: checkStreamFilter,
		},
		Rule{
			Name:  "stream-readers",
			Doc:   "Two at the most read the stream of a table: with more they are throttled (Amazon DynamoDB, Change data capture for DynamoDB Streams).",
			Types: tableTypes,
			Check: func(t *Template, r *Resource, fault Fault) {
				if n := len(t.consumersOf(r)); n > 2 {
					fault("%d functions read its stream", n)
				}
			},
		},
	)
}

// isStream tells of a consumer that it reads the stream of a table.
func isStream(consumer *Resource) bool {
	return strings.HasSuffix(consumer.text("EventSourceArn"), ".StreamArn>")
}

// streamActions are what Lambda asks of the role of a function that reads a
// stream: without one of them, the event source mapping is not even made.
var streamActions = []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}

func checkStreamSource(t *Template, r *Resource, fault Fault) {
	if !isStream(r) {
		return
	}
	if table := t.target(r.get("EventSourceArn")); table != nil && table.text("StreamSpecification.StreamViewType") == "" {
		fault("%s has no StreamSpecification", table.ID)
	}
	if start := r.text("StartingPosition"); start != "TRIM_HORIZON" {
		fault("StartingPosition is %q: it must be TRIM_HORIZON", start)
	}
	role := t.roleOf(r)
	if role == nil {
		return // That is a fault of another rule.
	}
	for _, action := range streamActions {
		if got := t.allowed(role, action); !slices.Equal(got, []string{r.text("EventSourceArn")}) {
			fault("its role may %s on %q: it must be on %s alone", action, got, r.text("EventSourceArn"))
		}
	}
}

// roleOf is the role of the function that a consumer calls, or nil.
func (t *Template) roleOf(consumer *Resource) *Resource {
	if worker := t.target(consumer.get("FunctionName")); worker != nil {
		return t.target(worker.get("Role"))
	}
	return nil
}

// longestAge is how long a stream keeps a change, in seconds.
const longestAge = 24 * 3600

func checkStreamFailures(t *Template, r *Resource, fault Fault) {
	if !isStream(r) {
		return
	}
	if !r.is("BisectBatchOnFunctionError") {
		fault("BisectBatchOnFunctionError must be true")
	}
	if retries := r.number("MaximumRetryAttempts", -1); retries < 1 || retries > 10_000 {
		fault("MaximumRetryAttempts must be from 1 to 10000, and has no end otherwise")
	}
	if age := r.number("MaximumRecordAgeInSeconds", -1); age < 60 || age > longestAge {
		fault("MaximumRecordAgeInSeconds must be from 60 to the %d that the stream lasts", longestAge)
	}
	failed := t.target(r.get("DestinationConfig.OnFailure.Destination"))
	if failed == nil || failed.Type != queueType {
		fault("DestinationConfig.OnFailure must be a queue of the template")
	} else if role := t.roleOf(r); role != nil && !t.roleMay(role, "sqs:SendMessage", failed) {
		fault("its role may not sqs:SendMessage on %s", failed.ID)
	}
}

func checkStreamFilter(t *Template, r *Resource, fault Fault) {
	if !isStream(r) || text(r.Metadata["unfiltered"]) != "" {
		return
	}
	filters := list(r.get("FilterCriteria.Filters"))
	if len(filters) == 0 {
		fault("has no FilterCriteria")
	}
	for _, filter := range filters {
		var pattern map[string]any
		if err := json.Unmarshal([]byte(text(object(filter)["Pattern"])), &pattern); err != nil || len(pattern) == 0 {
			fault("a filter is no pattern, or lets everything through: %s", text(object(filter)["Pattern"]))
		}
	}
}
