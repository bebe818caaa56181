package distmap_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"refstack/test/distmap"
	"refstack/test/lambdatest"
)

// BenchmarkMapper tells how many rows a second the mapper's binary maps on one
// core: by its own CPU time, in which its side of HTTP is, and by the clock, in
// which S3's stand-in is as well.
func BenchmarkMapper(b *testing.B) {
	for _, megabytes := range []int{12, 48} {
		b.Run(fmt.Sprintf("%dMB", megabytes), func(b *testing.B) {
			r := start(b, nil)
			n := megabytes * 1_000_000 / 12
			var content strings.Builder
			content.WriteString("Game Number,Game Length\n")
			for i := range n {
				fmt.Fprintf(&content, "%d,%d\n", 1_000_000+i, 100+i%200)
			}
			r.s3.Put("plain", "games.csv", []byte(content.String()), nil)
			mapper := r.function("mapper", nil, map[string]string{"GOMAXPROCS": "1"})
			event := fmt.Appendf(nil, `{"BatchInput":{"run":"bench"},"Items":[{"index":0,"bucket":"plain","key":"games.csv","format":"csv","size":%d,"start":0,"end":%[1]d}]}`, content.Len())
			work := func() {
				if _, err := mapper.Invoke(b.Context(), event); err != nil {
					b.Fatal(err)
				}
			}
			work()
			before := mapper.CPU()
			for b.Loop() {
				work()
			}
			rows := float64(n) * float64(b.N) / 1e6
			b.ReportMetric(rows/(mapper.CPU()-before).Seconds(), "Mrows/cpu-s")
			b.ReportMetric(rows/b.Elapsed().Seconds(), "Mrows/s")
			b.ReportMetric(float64(mapper.PeakRSS())/(1<<20), "peak-MiB")
			reportStart(b, "mapper", mapper)
		})
	}
}

// BenchmarkReducer tells how long the reduce of 10,000 partial results takes, of
// one file and of many.
func BenchmarkReducer(b *testing.B) {
	const n = 10_000
	for _, perFile := range []int{n, 100} {
		b.Run(fmt.Sprintf("%dfiles", n/perFile), func(b *testing.B) {
			r := start(b, nil)
			state := distmap.Map{MaxItemsPerBatch: 1, MaxConcurrency: 1, Writer: distmap.Writer{S3: r.s3, Bucket: "work", Prefix: "map", PerFile: perFile}}
			var plan strings.Builder
			for i := range n {
				split := fmt.Sprintf(`{"index":%d,"bucket":"input","key":"games.csv","format":"csv","size":%d,"start":%d,"end":%d}`, i, n<<20, i<<20, (i+1)<<20)
				plan.WriteString(split + "\n")
				state.Items = append(state.Items, json.RawMessage(split))
			}
			r.s3.Put("work", "runs/bench/plan.jsonl", []byte(plan.String()), nil)
			content := "Game Number,Game Length\n" + strings.Repeat("1,30\n2,long\n3,45\n", 1000)
			r.s3.Put("plain", "games.csv", []byte(content), nil)
			output, err := r.mappers[0].Invoke(b.Context(), fmt.Appendf(nil,
				`{"BatchInput":{"run":"bench"},"Items":[{"index":0,"bucket":"plain","key":"games.csv","format":"csv","size":%d,"start":0,"end":%[1]d}]}`, len(content)))
			if err != nil {
				b.Fatal(err)
			}
			state.Task = func(_ context.Context, batch, _ int, _ []byte) ([]byte, error) {
				text := strings.Replace(string(output), `"index":0`, fmt.Sprintf(`"index":%d`, batch), 1)
				return []byte(strings.ReplaceAll(text, `"split":0`, fmt.Sprintf(`"split":%d`, batch))), nil
			}
			_, manifest, err := state.Start(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			event, err := json.Marshal(map[string]any{
				"plan":     map[string]any{"run": "bench", "splits": n, "plan": map[string]any{"bucket": "work", "key": "runs/bench/plan.jsonl"}},
				"manifest": manifest,
			})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				var summary distmap.Summary
				answer, err := r.reduce.Invoke(b.Context(), event)
				if err != nil {
					b.Fatal(err)
				}
				if err := json.Unmarshal(answer, &summary); err != nil || summary.Splits.Counted != n {
					b.Fatalf("%s, %v", answer, err)
				}
			}
			b.ReportMetric(float64(r.reduce.PeakRSS())/(1<<20), "peak-MiB")
			reportStart(b, "reducer", r.reduce)
		})
	}
}

// reportStart tells of a function's start and size.
func reportStart(b *testing.B, name string, function *lambdatest.Function) {
	binary, err := os.Stat(binaries.Path(b, name))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(function.InitDuration().Microseconds())/1000, "init-ms")
	b.ReportMetric(float64(binary.Size())/1e6, "binary-MB")
}

// python reads the same file as people do who have no such command.
const python = `
import csv, sys
count = total = 0
least, most, histogram = 10**9, 0, [0] * 25
with open(sys.argv[1], newline="") as f:
    rows = csv.reader(f)
    next(rows)
    for number, length in rows:
        int(number)
        length = int(length)
        count += 1
        total += length
        if length < least: least = length
        if length > most: most = length
        histogram[min(length // 10, 24)] += 1
print(count, total, least, most)
`

const plainAWK = `NR > 1 { n++; s += $2; if (n == 1 || $2 < least) least = $2; if ($2 > most) most = $2; h[$2 > 249 ? 24 : int($2 / 10)]++ }
END { print n, s, least, most }`

// BenchmarkLocal runs the command over 100 million rows, and cat, awk and Python
// over the same file, which is in the page cache.
func BenchmarkLocal(b *testing.B) {
	const n = 100_000_000
	dir := b.TempDir()
	file := filepath.Join(dir, "games.csv")
	out, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(out, 1<<20)
	fmt.Fprintln(w, "Game Number,Game Length")
	line := make([]byte, 0, 32)
	for i := range n {
		line = fmt.Appendf(line[:0], "%d,%d\n", i+1, 5+(i*7919)%255)
		_, _ = w.Write(line)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	out.Close()
	command := filepath.Join(dir, "mapreduce")
	if output, err := exec.Command("go", "build", "-o", command, "../../bin/mapreduce").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, output)
	}
	for _, c := range [][]string{
		{"mapreduce", command, file},
		{"mapreduce-1core", "env", "GOMAXPROCS=1", command, file},
		{"cat", "sh", "-c", "cat " + file + " | wc -c"},
		{"awk", "awk", "-F,", plainAWK, file},
		{"python", "python3", "-c", python, file},
	} {
		b.Run(c[0], func(b *testing.B) {
			if _, err := exec.LookPath(c[1]); err != nil {
				b.Skip(err)
			}
			var cpu time.Duration
			for b.Loop() {
				command := exec.Command(c[1], c[2:]...)
				if output, err := command.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, output)
				}
				cpu += command.ProcessState.UserTime() + command.ProcessState.SystemTime()
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
			b.ReportMetric(n*float64(b.N)/cpu.Seconds()/1e6, "Mrows/cpu-s")
		})
	}
}
