package starter

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"refstack/internal/catalog"
)

// TestCutBlocks leaves out what is of others, and the blank lines that end a list or
// a table stay.
func TestCutBlocks(t *testing.T) {
	r := &rewriter{ids: []string{"WebApi"}, others: []catalog.Architecture{{Name: "genai", ID: "GenAi"}, {Name: "pipes", ID: "Pipes"}}}
	const page = "# Page\n\nA paragraph\nof two lines.\n\nOne that speaks of GenAi,\nand goes.\n\n" +
		"- first\n- of Pipes, over\n  two lines\n- EventBridge pipes stay\n- of `bin/refstack`\n\n" +
		"## Both (WebApi, GenAi)\n\n| a | b |\n|---|---|\n| x | y |\n| stacks/genai/ | GenAi |\n\n" +
		"```\nGenAi in code\n\n- goes whole\n```\n\n## Of GenAi\n\n- goes\n\nwhole\n\n## On others (Pipes, GenAi)\n\ngoes\n\n## Last\n\nend\n"
	const want = "# Page\n\nA paragraph\nof two lines.\n\n" +
		"- first\n- EventBridge pipes stay\n\n" +
		"## Both (WebApi)\n\n| a | b |\n|---|---|\n| x | y |\n\n" +
		"## Last\n\nend\n"
	if diff := cmp.Diff(want, r.cutBlocks(page)); diff != "" {
		t.Error(diff)
	}
}

func TestRename(t *testing.T) {
	r := &rewriter{module: "example.com/refstack-fork/games", app: "games"}
	for text, want := range map[string]string{
		"module refstack\n":                         "module example.com/refstack-fork/games\n",
		`import "refstack/stacks/mapreduce"`:        `import "example.com/refstack-fork/games/stacks/mapreduce"`,
		`"refstack.mapreduce"`:                      `"games.mapreduce"`,
		`"refstack: no"`:                            `"games: no"`,
		`"/refstack/logs"`:                          `"/games/logs"`,
		"go run ./bin/refstack mapreduce games.csv": "go run ./bin/mapreduce games.csv",
		"Usage: refstack mapreduce [flags]":         "Usage: mapreduce [flags]",
		"refstacks":                                 "refstacks",
	} {
		if got := r.rename(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
