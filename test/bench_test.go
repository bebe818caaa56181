package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"refstack/test/cdktest"
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
	one := *stacksOf(newApp(b, nil))[0].Node().Id()
	for _, stacks := range [][]string{{one, "--exclusively"}, {"--all"}} {
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
