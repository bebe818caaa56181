package reducing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/mapreduce/internal/objects"
)

// grow lists the files for a further level of the tree.
func (r *Reducer[Row, Partial]) grow(ctx context.Context, plan Plan, manifest string, files []mapreduce.File) (Summary, error) {
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	for _, file := range files {
		if err := lines.Encode(file); err != nil {
			return Summary{}, fmt.Errorf("listing files: %w", err)
		}
	}
	at := mapreduce.Location{Bucket: r.config.WorkBucket, Key: objects.FilesKey(plan.Run, nameOf(manifest))}
	if err := objects.Write(ctx, r.client, at, text.Bytes(), "application/x-ndjson"); err != nil {
		return Summary{}, err
	}
	return Summary{Run: plan.Run, Outcome: tree, Files: &at, Level: &LevelInput{Run: plan.Run, Splits: plan.Splits}}, nil
}

// level reduces some files to one output. It has a place for each of its splits,
// so that it may be larger than what a state machine takes: what is returned says
// where it is.
func (r *Reducer[Row, Partial]) level(ctx context.Context, input LevelInput, files []mapreduce.File) (mapreduce.Output, error) {
	total, err := mapreduce.NewTotal(r.job, input.Run, input.Splits)
	if err != nil {
		return mapreduce.Output{}, err
	}
	if err := r.addFiles(ctx, total, files); err != nil {
		return mapreduce.Output{}, err
	}
	output, err := total.Output(files)
	if err != nil {
		return mapreduce.Output{}, err
	}
	text, err := json.Marshal(output)
	if err != nil {
		return mapreduce.Output{}, fmt.Errorf("writing a level: %w", err)
	}
	names := ""
	for _, file := range files {
		names += file.Key + "\n"
	}
	// The same files give the same document: who comes second changes nothing.
	at := mapreduce.Location{Bucket: r.config.WorkBucket, Key: objects.ReducedKey(input.Run, nameOf(names))}
	if err := objects.Write(ctx, r.client, at, text, "application/json"); err != nil {
		return mapreduce.Output{}, err
	}
	return mapreduce.Output{Run: input.Run, Document: &at}, nil
}

func nameOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
