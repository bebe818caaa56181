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

// Metric is one number of a log line.
type Metric struct {
	Name  string
	Unit  string // such as Count or Milliseconds
	Value int
}

// Count is a log attribute that adds value to the metric name of namespace,
// under one set of dimensions.
func Count(namespace, name string, value int, dimensions map[string]string) slog.Attr {
	return Metrics(namespace, dimensions, [][]string{slices.Sorted(maps.Keys(dimensions))}, Metric{name, "Count", value})
}

// Metrics is a log attribute that adds the values of several metrics, each under
// every one of the sets, which name some of the dimensions.
//
// The format is specified at
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func Metrics(namespace string, dimensions map[string]string, sets [][]string, metrics ...Metric) slog.Attr {
	var attributes []any
	for dimension, of := range dimensions {
		attributes = append(attributes, slog.String(dimension, of))
	}
	definitions := make([]any, len(metrics))
	for i, metric := range metrics {
		attributes = append(attributes, slog.Int(metric.Name, metric.Value))
		definitions[i] = map[string]string{"Name": metric.Name, "Unit": metric.Unit}
	}
	attributes = append(attributes, slog.Any("_aws", map[string]any{
		"Timestamp": time.Now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace":  namespace,
			"Dimensions": sets,
			"Metrics":    definitions,
		}},
	}))
	// A group without a name puts its attributes beside the line's others.
	return slog.Group("", attributes...)
}
