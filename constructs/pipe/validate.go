package pipe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awspipes"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/pipeevent"
)

const (
	defaultBatch = 10
	// maxBatch is the largest batch that any source hands out.
	maxBatch = 10000
	// maxFilters and maxPattern are quotas of Pipes.
	maxFilters = 5
	maxPattern = 4096
)

// addedByPolling are fields that filters cannot use, since they are added after the
// filter. The user guide lists eventName as well, which filters of table streams use
// all the same.
var addedByPolling = []string{
	"awsRegion", "eventID", "eventSource", "eventSourceARN", "eventSourceKey", "eventVersion", "invokeIdentityArn",
}

// resolved are props with their defaults, found to be valid.
type resolved struct {
	Props
	patterns []*pipeevent.Pattern
}

func (props *Props) withDefaults() resolved {
	var p resolved
	if props != nil {
		p.Props = *props
	}
	if p.Source.arn == nil {
		panic("pipe: Source is required, such as FromQueue(queue)")
	}
	if p.Target.arn == nil {
		panic("pipe: Target is required, such as ToEventBus(bus, nil)")
	}
	if p.LogLevel == "" {
		p.LogLevel = LogErrors
	}
	if !slices.Contains([]LogLevel{LogErrors, LogInfo, LogTrace}, p.LogLevel) {
		panic(fmt.Sprintf("pipe: LogLevel must be ERROR, INFO or TRACE, got %s", p.LogLevel))
	}
	checkLength("Description", "Props", p.Description)
	p.checkBatch()
	p.checkFilter()
	checkTemplate("EnrichmentTransform", p.EnrichmentTransform)
	checkTemplate("Transform", p.Transform)
	if p.EnrichmentTransform != "" && p.Enrichment.arn == nil {
		panic("pipe: EnrichmentTransform needs an Enrichment")
	}
	if p.Transform == "" && p.Target.needsTemplate {
		panic(fmt.Sprintf("pipe: Transform is required for %s: the template makes the body of the request", p.Target.name))
	}
	return p
}

func (p *resolved) checkBatch() {
	most, taker := maxBatch, p.Source.name
	for _, stage := range []struct {
		name string
		most int
	}{{p.Source.name, p.Source.maxBatch}, {p.Enrichment.name, p.Enrichment.maxBatch}, {p.Target.name, p.Target.maxBatch}} {
		if stage.most > 0 && stage.most < most {
			most, taker = stage.most, stage.name
		}
	}
	if p.BatchSize == 0 {
		p.BatchSize = min(defaultBatch, most)
	}
	switch {
	case most == 1 && p.BatchSize != 1:
		panic(fmt.Sprintf("pipe: BatchSize must be 1, since %s takes one record at a time, got %d", taker, p.BatchSize))
	case p.BatchSize < 1 || p.BatchSize > most:
		panic(fmt.Sprintf("pipe: BatchSize must be from 1 to %d, the most of %s, got %d", most, taker, p.BatchSize))
	case p.BatchingWindow < 0 || p.BatchingWindow > 5*time.Minute || p.BatchingWindow%time.Second != 0:
		panic(fmt.Sprintf("pipe: BatchingWindow must be whole seconds up to 5m, got %s", p.BatchingWindow))
	case p.Source.fifo && p.BatchingWindow != 0:
		panic("pipe: BatchingWindow must be 0, since a FIFO queue does not wait for a batch to fill")
	case p.Source.name == "FromQueue" && p.BatchSize > 10 && p.BatchingWindow == 0:
		panic(fmt.Sprintf("pipe: BatchSize %d of a queue needs a BatchingWindow of at least 1s, since it is more than 10", p.BatchSize))
	}
}

func (p *resolved) checkFilter() {
	if len(p.Filter) > maxFilters {
		panic(fmt.Sprintf("pipe: Filter must have at most %d patterns, got %d", maxFilters, len(p.Filter)))
	}
	for i, pattern := range p.Filter {
		parsed, err := pipeevent.ParsePattern(pattern)
		if err != nil {
			panic(fmt.Sprintf("pipe: Filter[%d]: %s", i, err))
		}
		if n := len([]rune(parsed.String())); n > maxPattern {
			panic(fmt.Sprintf("pipe: Filter[%d] must have at most %d characters, got %d", i, maxPattern, n))
		}
		if uses := parsed.BusOnly(); len(uses) > 0 {
			panic(fmt.Sprintf("pipe: Filter[%d] uses %s, which rules of an event bus know and pipes do not", i, strings.Join(uses, ", ")))
		}
		for _, name := range parsed.Fields() {
			if slices.Contains(addedByPolling, name) {
				panic(fmt.Sprintf("pipe: Filter[%d] cannot use %s, which is added after the filter", i, name))
			}
		}
		if data := p.Source.data; data != "" && parsed.Values(data) {
			panic(fmt.Sprintf("pipe: Filter[%d] must name fields of %s, which %s filters as JSON only", i, data, p.Source.name))
		}
		p.patterns = append(p.patterns, parsed)
	}
}

func checkTemplate(field, template string) {
	if template == "" {
		return
	}
	if _, err := pipeevent.ParseTemplate(template); err != nil {
		panic(fmt.Sprintf("pipe: %s: %s", field, err))
	}
}

// filterCriteria is nil without patterns.
func (p *resolved) filterCriteria() any {
	if len(p.patterns) == 0 {
		return nil
	}
	var filters []any
	for _, pattern := range p.patterns {
		filters = append(filters, &awspipes.CfnPipe_FilterProperty{Pattern: jsii.String(pattern.String())})
	}
	return &awspipes.CfnPipe_FilterCriteriaProperty{Filters: filters}
}

// dynamic checks a parameter that may take its value from the event: then all of
// it must be a path.
func dynamic(field, value string) *string {
	if strings.HasPrefix(value, "${") && isToken(value) {
		return optional(value)
	}
	if strings.HasPrefix(value, "$") {
		if err := pipeevent.CheckPath(value); err != nil {
			panic(fmt.Sprintf("pipe: %s: %s", field, err))
		}
	} else if strings.Contains(value, "$.") {
		panic(fmt.Sprintf("pipe: %s must be a path as a whole, such as $.body.id, or hold none, got %q", field, value))
	}
	return optional(value)
}

// require panics unless value is set.
func require(field, value, example string) {
	if value == "" {
		panic(fmt.Sprintf("pipe: %s is required, such as %s", field, example))
	}
}
