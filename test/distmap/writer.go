package distmap

import (
	"bytes"
	"encoding/json"
	"fmt"
)

const mapRun = "ad9b5f27-090b-3ac6-9beb-243cd77144a7"

// write is the result writer. Outputs of children that succeeded are compact; of
// the others all is written that DescribeExecution tells.
func (r *Run) write(results []result) (Location, error) {
	var succeeded, failed [][]byte
	r.failed = r.failed[:0]
	items := 0
	for _, result := range results {
		if result.err == nil {
			var compact bytes.Buffer
			if err := json.Compact(&compact, result.output); err != nil {
				return Location{}, fmt.Errorf("distmap: the output of a child is not JSON: %w", err)
			}
			succeeded = append(succeeded, compact.Bytes())
			continue
		}
		record, err := json.Marshal(map[string]any{
			"ExecutionArn":    fmt.Sprintf("arn:aws:states:us-east-1:123456789012:execution:MapReduce/Map:%d", result.batch),
			"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:MapReduce/Map",
			"Name":            fmt.Sprint(result.batch),
			"Status":          "FAILED",
			"StartDate":       "2026-11-23T12:00:00.000Z", "StopDate": "2026-11-23T12:00:01.000Z",
			"Input":        string(r.inputs[result.batch]),
			"InputDetails": map[string]bool{"Included": true},
			"Error":        "Lambda.Unknown", "Cause": result.err.Error(),
			"RedriveCount": r.redrives, "RedriveStatus": "REDRIVABLE_BY_MAP_RUN",
		})
		if err != nil {
			return Location{}, err
		}
		failed = append(failed, record)
		r.failed = append(r.failed, result.batch)
		items += r.items[result.batch]
	}
	prefix := r.of.Writer.Prefix + "/" + mapRun + "/"
	if r.redrives > 0 {
		prefix += fmt.Sprintf("Redrive-%d/", r.redrives)
	}
	r.writeFiles("SUCCEEDED", prefix, succeeded)
	r.writeFiles("FAILED", prefix, failed)
	manifest, err := json.Marshal(map[string]any{
		"DestinationBucket": r.of.Writer.Bucket,
		"MapRunArn":         "arn:aws:states:us-east-1:123456789012:mapRun:MapReduce/Map:" + mapRun,
		"ResultFiles":       r.files,
	})
	if err != nil {
		return Location{}, err
	}
	at := Location{r.of.Writer.Bucket, prefix + "manifest.json"}
	r.of.Writer.S3.Put(at.Bucket, at.Key, manifest, nil)
	if items > r.of.ToleratedFailures {
		return at, ErrThreshold
	}
	return at, nil
}

func (r *Run) writeFiles(status, prefix string, lines [][]byte) {
	perFile := r.of.Writer.PerFile
	if perFile == 0 {
		perFile = max(1, len(lines))
	}
	for n := 0; len(lines) > 0; n++ {
		some := lines[:min(perFile, len(lines))]
		lines = lines[len(some):]
		body := append(bytes.Join(some, []byte("\n")), '\n')
		key := fmt.Sprintf("%s%s_%d.jsonl", prefix, status, n)
		r.of.Writer.S3.Put(r.of.Writer.Bucket, key, body, nil)
		r.files[status] = append(r.files[status], file{key, len(body)})
	}
}
