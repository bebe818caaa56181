package pages

import (
	"regexp"
	"strings"
	"testing"

	"refstack/internal/settings"
)

// spans are the pieces of code inside the lines of a page, tables among them.
func spans(p page) []string {
	var found []string
	for _, s := range p.sections {
		for _, span := range code.FindAllString(s.heading+"\n"+s.prose+strings.Join(s.rows, ""), -1) {
			found = append(found, strings.Trim(span, "`"))
		}
	}
	return found
}

// TestCommandsInSentences runs them as those in blocks. Of a command that is only
// named, such as refstack cost, the help must be there.
func TestCommandsInSentences(t *testing.T) {
	var script strings.Builder
	script.WriteString("# Commands\n```sh\ngo install ./bin/refstack\n")
	for _, name := range append(pageNames(t), "README.ja.md", "CONTRIBUTING.md") {
		for _, span := range spans(read(t, name)) {
			words := strings.Fields(span)
			switch {
			case len(words) < 2 || words[0] != "make" && words[0] != "refstack":
			case len(words) == 2 && words[0] == "refstack":
				script.WriteString("refstack help " + words[1] + "\n")
			default:
				script.WriteString(span + "\n")
			}
		}
	}
	script.WriteString("```\n")
	for _, fault := range runPage(t, parse("sentences.md", script.String())) {
		t.Error(fault)
	}
}

// setting finds the name of one, as -c takes it or as the pages of stacks speak of it.
var setting = regexp.MustCompile(`^(?:-c (\w[\w.]*)=|((?:webapi|pipes|genai|mapreduce)\.\w+)(?:=.*)?$)`)

// TestSettingsAreKnown holds the settings on the pages to those that the app reads,
// and the other way round.
func TestSettingsAreKnown(t *testing.T) {
	_, err := settings.Read(map[string]any{"nobody": "reads this"})
	if err == nil {
		t.Fatal("settings that nobody reads are taken")
	}
	_, list, _ := strings.Cut(err.Error(), "there are ")
	shown := map[string]bool{}
	for _, name := range strings.Split(list, ", ") {
		shown[name] = false
	}
	for _, page := range append(pageNames(t), "README.ja.md") {
		for _, span := range spans(read(t, page)) {
			match := setting.FindStringSubmatch(span)
			if match == nil || span == "-c stge=prod" { // A mistake, shown as one.
				continue
			}
			name := match[1] + match[2]
			if _, known := shown[name]; !known {
				t.Errorf("%s speaks of the setting %s, which nobody reads", page, name)
			}
			shown[name] = true
		}
	}
	for name, ok := range shown {
		if !ok {
			t.Errorf("no page tells of the setting %s", name)
		}
	}
}
