package rules

import (
	"regexp"
	"slices"
)

// tableTypes are the types of DynamoDB tables: the CDK's TableV2 makes the
// second.
var tableTypes = []string{"AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"}

func init() {
	register(
		Rule{
			Name:  "table-on-demand",
			Doc:   "A table is paid by request: it costs nothing while nobody calls, and is not throttled below a peak it has seen (docs/design.md, tables).",
			Types: tableTypes,
			Check: func(t *Template, r *Resource, fault Fault) {
				if mode := r.text("BillingMode"); mode != "PAY_PER_REQUEST" {
					fault("BillingMode is %q: it must be PAY_PER_REQUEST", mode)
				}
			},
		},
		Rule{
			Name:  "table-recovery",
			Doc:   "Every replica of a table can be set back to any second (AWS Security Hub, DynamoDB.2).",
			Types: tableTypes,
			Check: checkRecovery,
		},
		Rule{
			Name:  "table-protection",
			Doc:   "A table cannot be deleted in production, and can be in development (AWS Security Hub, DynamoDB.6; docs/design.md, tables).",
			Types: tableTypes,
			Check: checkTableProtection,
		},
		Rule{
			Name:  "table-alarms",
			Doc:   "The first throttled request of a table raises an alarm, whichever operation of those that the template allows (Amazon DynamoDB, Metrics and dimensions: ThrottledRequests).",
			Types: tableTypes,
			Check: checkTableAlarms,
		},
	)
}

// replicas are the parts of a table that have settings of their own: a table of
// one Region is one itself.
func replicas(r *Resource) []*Resource {
	if r.Type == "AWS::DynamoDB::Table" {
		return []*Resource{r}
	}
	var found []*Resource
	for _, replica := range list(r.get("Replicas")) {
		found = append(found, &Resource{Properties: object(replica)})
	}
	return found
}

func checkRecovery(t *Template, r *Resource, fault Fault) {
	if len(replicas(r)) == 0 {
		fault("has no Replicas")
	}
	for _, replica := range replicas(r) {
		if !replica.is("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled") {
			fault("PointInTimeRecoveryEnabled must be true, also in %s", replica.text("Region"))
		}
	}
}

func checkTableProtection(t *Template, r *Resource, fault Fault) {
	for _, replica := range replicas(r) {
		if got := replica.is("DeletionProtectionEnabled"); got != t.Env.Production {
			fault("DeletionProtectionEnabled is %t: it must be true in production alone", got)
		}
	}
}

// operations are what DynamoDB counts throttles by, each allowed by the action of
// the same name.
var operations = []string{
	"BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem",
}

func checkTableAlarms(t *Template, r *Resource, fault Fault) {
	watched := t.watchedThrottles(r)
	if watched["ReadThrottleEvents"] && watched["WriteThrottleEvents"] {
		return // These count all operations.
	}
	used := slices.DeleteFunc(slices.Clone(operations), func(operation string) bool { return !t.someRoleMay("dynamodb:"+operation, r) })
	for _, operation := range used {
		if !watched[operation] {
			fault("no alarm goes off at the first throttled %s, which a role may call", operation)
		}
	}
	if len(used) == 0 && len(watched) == 0 {
		fault("no alarm goes off at its first throttled request")
	}
}

// someRoleMay tells whether a role of the template may do something on r.
func (t *Template) someRoleMay(action string, r *Resource) bool {
	return slices.ContainsFunc(t.of("AWS::IAM::Role"), func(role *Resource) bool { return t.roleMay(role, action, r) })
}

// word is the name of a metric in an expression.
var word = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// watchedThrottles are the operations of a table at whose first throttled
// request an alarm goes off, and the metrics that count all of them. Throttled
// requests are counted by operation alone, so that alarms add them up.
func (t *Template) watchedThrottles(table *Resource) map[string]bool {
	watched := map[string]bool{}
	for _, alarm := range t.of(alarmType) {
		if !alarm.goesOffAt(1) {
			continue
		}
		if alarm.text("Statistic") == "Sum" {
			t.markThrottles(watched, alarm, table)
		}
		var shown []string
		for _, entry := range list(alarm.get("Metrics")) {
			metric := &Resource{Properties: object(entry)}
			if returned := metric.get("ReturnData"); returned == nil || text(returned) == "true" {
				shown = append(append(shown, metric.text("Id")), word.FindAllString(metric.text("Expression"), -1)...)
			}
		}
		for _, entry := range list(alarm.get("Metrics")) {
			metric := &Resource{Properties: object(entry)}
			if metric.text("MetricStat.Stat") == "Sum" && slices.Contains(shown, metric.text("Id")) {
				t.markThrottles(watched, &Resource{Properties: object(metric.get("MetricStat.Metric"))}, table)
			}
		}
	}
	return watched
}

// markThrottles adds what a metric of the table counts.
func (t *Template) markThrottles(watched map[string]bool, metric, table *Resource) {
	var operation string
	var its bool
	for _, entry := range list(metric.get("Dimensions")) {
		switch value := object(entry)["Value"]; text(object(entry)["Name"]) {
		case "TableName":
			its = t.target(value) == table
		case "Operation":
			operation = text(value)
		default:
			return
		}
	}
	if !its || metric.text("Namespace") != "AWS/DynamoDB" {
		return
	}
	switch name := metric.text("MetricName"); {
	case name == "ThrottledRequests" && operation != "":
		watched[operation] = true
	case (name == "ReadThrottleEvents" || name == "WriteThrottleEvents") && operation == "":
		watched[name] = true
	}
}
