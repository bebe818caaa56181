// Package emf makes a log line a metric as well: CloudWatch reads the Embedded
// Metric Format out of JSON logs, so a function needs neither a call nor a
// permission to count something.
package emf

import (
	"log/slog"
	"maps"
	"slices"
	"time"
)

// The units of metrics that functions here have.
const (
	UnitCount        = "Count"
	UnitMilliseconds = "Milliseconds"
)

// Metric is one value of a metric.
type Metric struct {
	Name  string
	Unit  string
	Value int
}

// Count is a log attribute that adds value to the metric name of namespace,
// under one set of dimensions.
func Count(namespace, name string, value int, dimensions map[string]string) slog.Attr {
	return Metrics(namespace, dimensions, Metric{name, UnitCount, value})
}

// Metrics is a log attribute that adds values to metrics of namespace, under one
// set of dimensions. A line can have one such attribute.
//
// The format is specified at
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func Metrics(namespace string, dimensions map[string]string, metrics ...Metric) slog.Attr {
	var attributes, declared []any
	for _, m := range metrics {
		attributes = append(attributes, slog.Int(m.Name, m.Value))
		declared = append(declared, map[string]string{"Name": m.Name, "Unit": m.Unit})
	}
	names := slices.Sorted(maps.Keys(dimensions))
	for _, name := range names {
		attributes = append(attributes, slog.String(name, dimensions[name]))
	}
	attributes = append(attributes, slog.Any("_aws", map[string]any{
		"Timestamp": time.Now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace":  namespace,
			"Dimensions": [][]string{names},
			"Metrics":    declared,
		}},
	}))
	// A group without a name puts its attributes beside the line's others.
	return slog.Group("", attributes...)
}
