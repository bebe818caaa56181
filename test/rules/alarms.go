package rules

import (
	"slices"
)

const alarmType = "AWS::CloudWatch::Alarm"

func init() {
	register(
		Rule{
			Name:  "alarm-actions",
			Doc:   "Every alarm tells the one alarm topic of its stack (docs/design.md, functions: wired to one topic a stack).",
			Types: []string{alarmType},
			Check: checkActions,
		},
		Rule{
			Name:  "alarm-missing-data",
			Doc:   "An alarm says what missing data means: by default it becomes INSUFFICIENT_DATA whenever nothing runs (Amazon CloudWatch, Configuring how CloudWatch alarms treat missing data).",
			Types: []string{alarmType},
			Check: checkMissingData,
		},
	)
}

func checkActions(t *Template, r *Resource, fault Fault) {
	topic := t.alarmTopic()
	if topic == nil {
		fault("the stack has no alarm topic")
		return
	}
	tells := slices.ContainsFunc(list(r.get("AlarmActions")), func(action any) bool { return t.target(action) == topic })
	if !tells {
		fault("AlarmActions must hold the stack's alarm topic %s", topic.ID)
	}
	if enabled := r.get("ActionsEnabled"); enabled != nil && text(enabled) != "true" {
		fault("ActionsEnabled is %s", text(enabled))
	}
}

// alarmTopic is the topic of the template that the most alarms tell.
func (t *Template) alarmTopic() *Resource {
	var topic *Resource
	told := map[*Resource]int{}
	for _, r := range t.of(alarmType) {
		for _, action := range list(r.get("AlarmActions")) {
			found := t.target(action)
			if found == nil || found.Type != "AWS::SNS::Topic" {
				continue
			}
			if told[found]++; topic == nil || told[found] > told[topic] {
				topic = found
			}
		}
	}
	return topic
}

func checkMissingData(t *Template, r *Resource, fault Fault) {
	choices := []string{"breaching", "ignore", "missing", "notBreaching"}
	if got := r.text("TreatMissingData"); !slices.Contains(choices, got) {
		fault("TreatMissingData is %q: choose one of %q", got, choices)
	}
}

// hasAlarm tells whether an alarm watches a metric of one resource alone, and
// goes off when a single period reaches threshold, give or take a rounding.
func (t *Template) hasAlarm(namespace, metric, statistic, dimension string, of *Resource, threshold float64) bool {
	return slices.ContainsFunc(t.of(alarmType), func(r *Resource) bool {
		dimensions := list(r.get("Dimensions"))
		if len(dimensions) != 1 || text(object(dimensions[0])["Name"]) != dimension || t.target(object(dimensions[0])["Value"]) != of {
			return false
		}
		if r.text("Namespace") != namespace || r.text("MetricName") != metric || r.text("Statistic") != statistic {
			return false
		}
		return r.goesOffAt(threshold)
	})
}

// goesOffAt tells whether an alarm goes off when a single period reaches
// threshold, give or take a rounding.
func (r *Resource) goesOffAt(threshold float64) bool {
	if r.number("DatapointsToAlarm", r.number("EvaluationPeriods", 0)) != 1 {
		return false
	}
	got := r.number("Threshold", -1)
	switch r.text("ComparisonOperator") {
	case "GreaterThanOrEqualToThreshold":
		return got > threshold-0.5 && got < threshold+0.5
	case "GreaterThanThreshold":
		return got >= threshold-1 && got < threshold
	default:
		return false
	}
}
