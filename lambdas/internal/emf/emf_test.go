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

func TestMetricsShareALine(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("done",
		Metrics("Orders", map[string]string{"Outcome": "sent", "FunctionName": "take"}, Metric{"Lines", UnitCount, 3}, Metric{"Took", UnitMilliseconds, 40}))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	declared := line["_aws"].(map[string]any)["CloudWatchMetrics"]
	want := []any{map[string]any{
		"Namespace":  "Orders",
		"Dimensions": []any{[]any{"FunctionName", "Outcome"}},
		"Metrics":    []any{map[string]any{"Name": "Lines", "Unit": "Count"}, map[string]any{"Name": "Took", "Unit": "Milliseconds"}},
	}}
	if diff := cmp.Diff(want, declared); diff != "" {
		t.Error(diff)
	}
	if line["Lines"] != 3.0 || line["Took"] != 40.0 || line["Outcome"] != "sent" || line["FunctionName"] != "take" {
		t.Errorf("the line is %v", line)
	}
}
