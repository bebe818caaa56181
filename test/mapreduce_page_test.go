package test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/test/cdktest"
)

// mapReducePage is docs/mapreduce.md.
func mapReducePage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(cdktest.Root(), "docs", "mapreduce.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// mapReduceBlock is the first block of a language on the page.
func mapReduceBlock(t *testing.T, language string) string {
	t.Helper()
	_, rest, found := strings.Cut(mapReducePage(t), "```"+language+"\n")
	code, _, _ := strings.Cut(rest, "```")
	if !found {
		t.Fatalf("the page has no %s", language)
	}
	return code
}

// TestPageOfMapReduceShowsARealJob puts the job of the page in the place of games,
// builds what uses it, and runs it.
func TestPageOfMapReduceShowsARealJob(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	games := filepath.Join(cdktest.Root(), "lambdas", "mapreduce", "games")
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(games, "games.go"): write("games.go", mapReduceBlock(t, "go")), filepath.Join(games, "result.go"): "",
	}})
	if err != nil {
		t.Fatal(err)
	}
	goCommand(t, "build", "-overlay", write("overlay.json", string(overlay)), "-o", dir+"/",
		"./bin/mapreduce", "./lambdas/mapreduce/mapper", "./lambdas/mapreduce/reducer")
	output, err := exec.Command(filepath.Join(dir, "mapreduce"), write("numbers.csv", "a,b\n1,x\n2,y\n18,z\n")).Output()
	if err != nil {
		t.Fatal(err)
	}
	if document := decoded(t, string(output)); document["result"] != 42.0 || document["job"] != "doubled" {
		t.Errorf("the result is %v", document)
	}
}

// TestPageOfMapReduceCountsTransitions holds the number of the cost to the states that
// a run goes by, and the end of each machine.
func TestPageOfMapReduceCountsTransitions(t *testing.T) {
	r := startMapReducing(t, small)
	if _, err := r.drop("in/games.csv", "Game Number,Game Length\n1,2\n"); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(" %d transitions,", len(r.supervisor.runner.Visited())+1+len(r.job.runner.Visited())+1)
	if !strings.Contains(mapReducePage(t), want) {
		t.Errorf("the page does not say%s", want)
	}
}

// TestPageOfMapReduceShowsARealResult holds the document on the page to what the job
// makes of the file there.
func TestPageOfMapReduceShowsARealResult(t *testing.T) {
	_, rest, found := strings.Cut(mapReduceBlock(t, "sh"), "printf '")
	content, _, _ := strings.Cut(rest, "'")
	if !found {
		t.Fatal("the page makes no file")
	}
	shown, made := decoded(t, mapReduceBlock(t, "json")), onALaptop(t, strings.ReplaceAll(content, `\n`, "\n"))
	for _, document := range []map[string]any{shown, made} {
		run := document["run"].(map[string]any)
		delete(run, "id")
		delete(run, "input")
	}
	if diff := cmp.Diff(made, shown); diff != "" {
		t.Errorf("the document (-made +shown):\n%s", diff)
	}
}
