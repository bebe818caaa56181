// Package emf makes a log line a metric as well: CloudWatch reads the Embedded
// Metric Format out of JSON logs, so a function needs neither a call nor a
// permission to count something.
package emf

import (
	"log/slog"
	"time"
)

// Count is a log attribute that adds value to the metric name of namespace,
// under one set of dimensions.
//
// The format is specified at
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func Count(namespace, name string, value int, dimensions map[string]string) slog.Attr {
	names := make([]string, 0, len(dimensions))
	attributes := []any{slog.Int(name, value)}
	for dimension, of := range dimensions {
		names = append(names, dimension)
		attributes = append(attributes, slog.String(dimension, of))
	}
	attributes = append(attributes, slog.Any("_aws", map[string]any{
		"Timestamp": time.Now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace":  namespace,
			"Dimensions": [][]string{names},
			"Metrics":    []any{map[string]string{"Name": name, "Unit": "Count"}},
		}},
	}))
	// A group without a name puts its attributes beside the line's others.
	return slog.Group("", attributes...)
}
