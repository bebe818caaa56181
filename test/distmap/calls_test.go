package distmap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/test/distmap"
)

// permissions are what the functions need, and all that they need: the action,
// the bucket, and the part of the key that is always the same. Those behind a
// question mark they need to learn that an object is missing.
var permissions = map[string][]string{
	"planner": {
		"? s3:ListBucket input", "? s3:ListBucket plain", "? s3:ListBucket work",
		"s3:GetObject input/*", "s3:GetObject plain/*", "s3:GetObject work/runs/*/plan.jsonl",
		"s3:GetObjectVersion input/*",
		"s3:ListBucket input", "s3:ListBucket plain",
		"s3:PutObject work/runs/*/plan.jsonl",
	},
	"mapper": {
		"? s3:ListBucket input", "? s3:ListBucket plain",
		"s3:GetObject input/*", "s3:GetObject plain/*",
		"s3:GetObjectVersion input/*",
	},
	"reducer": {
		"? s3:ListBucket results", "? s3:ListBucket work",
		"s3:GetObject results/results/*",
		"s3:GetObject work/levels*", "s3:GetObject work/runs/*/map/*", "s3:GetObject work/runs/*/plan.jsonl", "s3:GetObject work/runs/*/reduced/*",
		"s3:PutObject results/results/*",
		"s3:PutObject work/runs/*/levels/*", "s3:PutObject work/runs/*/reduced/*",
	},
}

func TestPermissions(t *testing.T) {
	r := start(t, map[string]string{"TOLERATED_BAD_ROWS": "100", "MAX_FILES": "1"})
	r.machine.Change = func(m *distmap.Map) { m.Writer.PerFile = 1; m.MaxItemsPerBatch = 1 }
	content := "Game Number,Game Length\n" + strings.Repeat("1,30\n", 100_000)
	for _, bucket := range []string{"input", "plain"} {
		r.parts(bucket, "d/")
		event := r.put(bucket, "games.csv", content)
		r.run(event)
		r.run(event) // The plan and the result are there.
		r.run(map[string]any{"run": "p-" + bucket, "bucket": bucket, "prefix": "d/"})
		r.run(r.put(bucket, "all.manifest", fmt.Sprintf("s3://%[1]s/games.csv\ns3://%[1]s/d/part-0.csv\n", bucket)))
	}
	for name, want := range permissions {
		var got []string
		for _, call := range r.proxies[name].Calls() {
			resource := pattern(strings.TrimPrefix(call.Resource, "arn:aws:s3:::"))
			for _, action := range call.Actions {
				got = append(got, action+" "+resource)
			}
			for _, needed := range call.IfMissing {
				got = append(got, "? "+needed.Action+" "+strings.TrimPrefix(needed.Resource, "arn:aws:s3:::"))
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// pattern leaves of a key what is always the same.
func pattern(resource string) string {
	bucket, key, ok := strings.Cut(resource, "/")
	switch parts := strings.Split(key, "/"); {
	case !ok:
		return bucket
	case bucket == "results":
		return bucket + "/" + parts[0] + "/*"
	case bucket == "work" && parts[0] != "runs":
		return bucket + "/levels*"
	case bucket == "work" && len(parts) == 3:
		return bucket + "/runs/*/" + parts[2]
	case bucket == "work":
		return bucket + "/runs/*/" + parts[2] + "/*"
	}
	return bucket + "/*"
}
