package test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"refstack/test/cdktest"
	"refstack/test/lambdatest"
	"refstack/test/photos"
	"refstack/test/rules"
)

// emptyApp writes, for the CLI, an assembly of one stack without resources: what
// is left is the CLI itself.
const emptyApp = `const fs = require("fs"), dir = process.env.CDK_OUTDIR;
fs.mkdirSync(dir, { recursive: true });
fs.writeFileSync(dir + "/Empty.template.json", "{}");
fs.writeFileSync(dir + "/manifest.json", JSON.stringify({ version: "36.0.0", artifacts: { Empty: {
  type: "aws:cloudformation:stack", environment: "aws://unknown-account/unknown-region",
  properties: { templateFile: "Empty.template.json" } } } }));
`

// cdkSynth runs cdk synth in dir.
func cdkSynth(b *testing.B, dir string, args ...string) {
	b.Helper()
	args = append([]string{"synth", "--quiet", "--output", filepath.Join(b.TempDir(), "out")}, args...)
	cmd := exec.Command("cdk", args...)
	cmd.Dir = dir
	if output, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, output)
	}
}

// BenchmarkSynth times cdk synth, warm: the bare CLI on an empty app, one stack,
// and all of them.
func BenchmarkSynth(b *testing.B) {
	var empty time.Duration
	b.Run("empty", func(b *testing.B) {
		dir := b.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "app.js"), []byte(emptyApp), 0o644); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			cdkSynth(b, dir, "--app", "node app.js")
		}
		empty = b.Elapsed() / time.Duration(b.N)
	})
	for _, stacks := range [][]string{{"Thumbnailer", "--exclusively"}, {"--all"}} {
		b.Run(strings.TrimLeft(stacks[0], "-"), func(b *testing.B) {
			cdkSynth(b, cdktest.Root(), stacks...)
			for b.Loop() {
				cdkSynth(b, cdktest.Root(), stacks...)
			}
			if empty > 0 {
				b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(empty), "times-empty")
			}
		})
	}
}

// BenchmarkGoldens times all templates in both stages, with cdk-nag and the
// rules, in a kernel that is warm.
func BenchmarkGoldens(b *testing.B) {
	for b.Loop() {
		for _, stage := range []string{"dev", "prod"} {
			for _, s := range synthesize(b, newApp(b, map[string]any{"stage": stage})) {
				if findings := rules.Check(s.template, rules.Env{Production: stage == "prod"}); len(findings) > 0 {
					b.Fatal(findings)
				}
			}
		}
	}
}

// BenchmarkFunction tells of the resize function: the size of its binary and of
// its zip, the time from its start to its first request for an event, and time,
// CPU and memory for a 12-megapixel photograph, S3's stand-in included in the
// time.
func BenchmarkFunction(b *testing.B) {
	b.Run("resize", func(b *testing.B) {
		var init time.Duration
		for range 10 {
			init += startResizing(b, nil).function.InitDuration() / 10
		}
		r, photo := startResizing(b, nil), photos.TwelveMegapixels()
		work := func() { r.succeed(r.put(time.Now().String(), photo).message) }
		work()
		before := r.function.CPU()
		for b.Loop() {
			work()
		}
		reportBinary(b, "Thumbnailer", "Resize")
		b.ReportMetric(float64(init.Microseconds())/1000, "init-ms")
		b.ReportMetric(float64((r.function.CPU()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		b.ReportMetric(float64(r.function.PeakRSS())/(1<<20), "peak-MiB")
	})
}

// BenchmarkItems tells the same of a GET by id, of our function and of one in
// Node.js on the AWS SDK. Moto and HTTP are in the time; in the CPU there is the
// function's side of both.
func BenchmarkItems(b *testing.B) {
	b.Run("go", func(b *testing.B) {
		a := startItems(b, nil)
		benchmarkGet(b, a, a.start)
		reportBinary(b, "WebApi", "ItemsFunction")
	})
	b.Run("node", func(b *testing.B) {
		node := nodeItems(b)
		a := startItems(b, nil)
		start := func() *lambdatest.Function {
			return lambdatest.Start(b, node.bootstrap, &lambdatest.Options{
				Env: map[string]string{
					"AWS_ENDPOINT_URL_DYNAMODB": a.proxy.URL, "TABLE_NAME": "items", "BENCH_MODULES": node.modules,
				},
				MemoryMiB: 512, Timeout: 10 * time.Second,
			})
		}
		benchmarkGet(b, a, start)
	})
}

// benchmarkGet makes an item with a, and reads it by a function of start.
func benchmarkGet(b *testing.B, a *itemsAPI, start func() *lambdatest.Function) {
	id := a.want(201, "alice", "POST", "/items", `{"name":"bread"}`).body["id"].(string)
	var init time.Duration
	const starts = 10
	a.function = start()
	for range starts {
		init += start().InitDuration() / starts
	}
	read := func() { a.want(200, "alice", "GET", "/items/"+id, "") }
	read()
	before := a.function.CPU()
	for b.Loop() {
		read()
	}
	b.ReportMetric(float64(init.Microseconds())/1000, "init-ms")
	b.ReportMetric(float64((a.function.CPU()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(a.function.PeakRSS())/(1<<20), "peak-MiB")
}

type nodeFunction struct{ bootstrap, modules string }

// nodeItems installs what bench/webapi needs and makes a bootstrap of it.
func nodeItems(b *testing.B) nodeFunction {
	b.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		b.Fatal(err)
	}
	from, to := filepath.Join(cdktest.Root(), "test", "bench", "webapi"), filepath.Join(cdktest.Root(), ".build", "bench", "webapi")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil && !os.IsExist(err) {
		b.Fatal(err)
	}
	install := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved=true")
	install.Dir = to
	if output, err := install.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, output)
	}
	bootstrap := filepath.Join(b.TempDir(), "bootstrap")
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' '%s'\n", node, filepath.Join(from, "items.mjs"))
	if err := os.WriteFile(bootstrap, []byte(script), 0o755); err != nil {
		b.Fatal(err)
	}
	return nodeFunction{bootstrap, to}
}

// reportBinary reports the size of a function's binary and of the zip that a
// deployment uploads.
func reportBinary(b *testing.B, stack, function string) {
	b.Helper()
	template := templateOf(b, stack)
	binary, err := os.ReadFile(bootstrap(b, template, template.ID("AWS::Lambda::Function", function)))
	if err != nil {
		b.Fatal(err)
	}
	var zipped bytes.Buffer
	archive := zip.NewWriter(&zipped)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	file, err := archive.Create("bootstrap")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := file.Write(binary); err != nil {
		b.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(binary))/1e6, "binary-MB")
	b.ReportMetric(float64(zipped.Len())/1e6, "zip-MB")
}
