package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"refstack/test/cdktest"
	"refstack/test/lambdatest"
)

// BenchmarkItems tells the same of a GET by id, of our function and of one in
// Node.js on the AWS SDK. Moto and HTTP are in the time; in the CPU there is the
// function's side of both.
func BenchmarkItems(b *testing.B) {
	b.Run("go", func(b *testing.B) {
		a := startItems(b, nil)
		benchmarkGet(b, a, a.start)
		template := templateOf(b, "WebApi")
		lambdatest.ReportBinary(b, bootstrap(b, template, template.ID("AWS::Lambda::Function", "ItemsFunction")))
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
