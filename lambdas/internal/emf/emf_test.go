package emf

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCountStandsAtTheRootOfTheLine(t *testing.T) {
	var out bytes.Buffer
	before := time.Now().UnixMilli()
	slog.New(slog.NewJSONHandler(&out, nil)).Info("lost", "reason", "wind",
		Count("Orders", "Lost", 2, map[string]string{"FunctionName": "take"}))

	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	aws := line["_aws"].(map[string]any)
	if at := int64(aws["Timestamp"].(float64)); at < before || at > time.Now().UnixMilli() {
		t.Errorf("the timestamp is not now in milliseconds: %d", at)
	}
	delete(aws, "Timestamp")
	delete(line, "time")
	want := map[string]any{
		"level": "INFO", "msg": "lost", "reason": "wind",
		"Lost": 2.0, "FunctionName": "take",
		"_aws": map[string]any{"CloudWatchMetrics": []any{map[string]any{
			"Namespace":  "Orders",
			"Dimensions": []any{[]any{"FunctionName"}},
			"Metrics":    []any{map[string]any{"Name": "Lost", "Unit": "Count"}},
		}}},
	}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Error(diff)
	}
}

func TestMetricsUnderSetsOfDimensions(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("sold", Metrics("Orders",
		map[string]string{"FunctionName": "take", "Sort": "tea", "Outcome": "paid"},
		[][]string{{"FunctionName", "Outcome"}, {"FunctionName", "Sort"}},
		Metric{"Sold", "Count", 1}, Metric{"Took", "Milliseconds", 42}))

	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	delete(line["_aws"].(map[string]any), "Timestamp")
	delete(line, "time")
	want := map[string]any{
		"level": "INFO", "msg": "sold", "Sold": 1.0, "Took": 42.0,
		"FunctionName": "take", "Sort": "tea", "Outcome": "paid",
		"_aws": map[string]any{"CloudWatchMetrics": []any{map[string]any{
			"Namespace":  "Orders",
			"Dimensions": []any{[]any{"FunctionName", "Outcome"}, []any{"FunctionName", "Sort"}},
			"Metrics":    []any{map[string]any{"Name": "Sold", "Unit": "Count"}, map[string]any{"Name": "Took", "Unit": "Milliseconds"}},
		}}},
	}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Error(diff)
	}
}
