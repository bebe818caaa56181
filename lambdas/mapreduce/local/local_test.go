package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/internal/mapreduce"
	"refstack/lambdas/internal/rows"
	"refstack/lambdas/mapreduce/games"
	"refstack/lambdas/mapreduce/local"
)

func write(t testing.TB, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const head = "Game Number,Game Length\n"

func TestCommand(t *testing.T) {
	good := write(t, "games.csv", head+"1,30\n2,45.5\n")
	bad := write(t, "bad.csv", head+"1,30\n2,long\n")
	untyped := write(t, "games", head+"1,30\n")
	pipe := filepath.Join(t.TempDir(), "pipe.csv")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		"good":            {[]string{good}, 0, `"sum": 75.5`, ""},
		"bad":             {[]string{bad}, 1, `"row": 3`, "mapreduce: 1 of 2 rows are bad\n"},
		"bad, but few":    {[]string{"-tolerated-bad-rows", "1", bad}, 0, `"sum": 30`, ""},
		"bad, by share":   {[]string{"--tolerated-bad-rows-percentage=50", bad}, 0, `"sum": 30`, ""},
		"bad, above it":   {[]string{"--tolerated-bad-rows-percentage=49.9", bad}, 1, `"outcome": "failed"`, "1 of 2 rows"},
		"format":          {[]string{"-format", "csv", untyped}, 0, `"sum": 30`, ""},
		"another format":  {[]string{"-format", "jsonl", "-tolerated-bad-rows", "3", good}, 0, `"not-a-json-object": 3`, ""},
		"help":            {[]string{"--help"}, 0, "Usage: mapreduce [flags] FILE\n", ""},
		"help on flags":   {[]string{"--help"}, 0, "tolerated-bad-rows-percentage", ""},
		"no file":         {nil, 2, "", "mapreduce: name one file, got 0\nSee mapreduce --help.\n"},
		"two files":       {[]string{good, bad}, 2, "", "name one file"},
		"no such file":    {[]string{good + ".csv"}, 2, "", "no such file"},
		"a folder":        {[]string{"-format", "csv", filepath.Dir(good)}, 2, "", "is not a file"},
		"a pipe":          {[]string{pipe}, 2, "", "is not a file"},
		"unknown format":  {[]string{untyped}, 2, "", "--format"},
		"wrong format":    {[]string{"-format", "xml", good}, 2, "", `"xml"`},
		"unknown flag":    {[]string{"-x", good}, 2, "", "flag provided but not defined: -x"},
		"wrong tolerance": {[]string{"-tolerated-bad-rows", "many", good}, 2, "", `"many"`},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := local.Command(t.Context(), "mapreduce", c.args, &stdout, &stderr)
			if code != c.code {
				t.Errorf("code %d, want %d", code, c.code)
			}
			if !strings.Contains(stdout.String(), c.stdout) || c.stdout == "" && stdout.Len() > 0 {
				t.Errorf("stdout is %s", &stdout)
			}
			// Nothing but the message: no bar where there is no terminal, no usage, no trace.
			if !strings.Contains(stderr.String(), c.stderr) || c.stderr == "" && stderr.Len() > 0 || strings.Count(stderr.String(), "\n") > 2 {
				t.Errorf("stderr is %s", &stderr)
			}
		})
	}
}

func TestDocument(t *testing.T) {
	file := write(t, "games.csv", head+"1,30\n")
	var stdout, stderr bytes.Buffer
	local.Command(t.Context(), "mapreduce", []string{file}, &stdout, &stderr)
	var document map[string]any
	if err := json.Unmarshal(stdout.Bytes(), &document); err != nil {
		t.Fatalf("%v: %s", err, &stdout)
	}
	want := map[string]any{
		"input": map[string]any{"file": "games.csv"}, "objects": 1.0, "bytes": 29.0, "planned": 1.0, "counted": 1.0,
	}
	if diff := cmp.Diff(want, document["run"]); diff != "" {
		t.Error(diff)
	}
}

// TestAnySplits holds the result of many splits at once to that of one.
func TestAnySplits(t *testing.T) {
	var content strings.Builder
	content.WriteString(head)
	for i := range 20_000 {
		fmt.Fprintf(&content, "%d,%d.%d\n", i, i%300, i%7)
		if i%1000 == 7 {
			content.WriteString("7,\"7\n\n")
		}
	}
	file := write(t, "games.csv", content.String())
	run := func(bytes int64) mapreduce.Document {
		var read atomic.Int64
		d, err := local.Run(t.Context(), games.Job, file, local.Options{
			Format: rows.CSV, SplitBytes: bytes, Progress: func(n int) { read.Add(int64(n)) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if read.Load() < int64(content.Len()) {
			t.Errorf("%d of %d bytes are told of", read.Load(), content.Len())
		}
		d.Run = mapreduce.Run{}
		return d
	}
	want := run(1 << 30)
	if want.Rows.Good != 20_000 || want.Rows.Bad != 40 {
		t.Fatalf("%+v", want.Rows)
	}
	for _, bytes := range []int64{0, 100, 1000, 4096, 65_537} {
		if diff := cmp.Diff(want, run(bytes)); diff != "" {
			t.Errorf("in splits of %d bytes: %s", bytes, diff)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	file := write(t, "games.csv", head+strings.Repeat("1,30\n", 1_000_000))
	_, err := local.Run(ctx, games.Job, file, local.Options{Format: rows.CSV, SplitBytes: 1000, Progress: func(int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the run ends with %v", err)
	}
}

func TestFileThatChanges(t *testing.T) {
	for name, change := range map[string]func(file string) error{
		"grows": func(file string) error {
			return os.WriteFile(file, []byte(head+strings.Repeat("1,30\n", 1001)), 0o600)
		},
		"goes": os.Remove,
	} {
		file := write(t, "games.csv", head+strings.Repeat("1,30\n", 1000))
		var once atomic.Bool
		_, err := local.Run(t.Context(), games.Job, file, local.Options{Format: rows.CSV, Progress: func(int) {
			if once.CompareAndSwap(false, true) {
				if err := change(file); err != nil {
					t.Error(err)
				}
			}
		}})
		if err == nil || !strings.Contains(err.Error(), "changed") {
			t.Errorf("a file that %s: %v", name, err)
		}
	}
}
