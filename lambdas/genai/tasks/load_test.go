package tasks

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

// What is wrong in a file that a team edits stops the function, or rather the
// test of whoever edited it, with a message that names it.
func TestRefusedFiles(t *testing.T) {
	for name, c := range map[string]struct{ file, old, new, want string }{
		"text in the instructions":  {"instructions.md", "{{.tone}}", "{{.letter}}", "instructions.md: .letter is not among what it can have: count, polite, tone"},
		"text where none gets":      {"instructions.md", "{{.tone}}", "{{.tone}}{{if .polite}}{{else}}{{.note}}{{end}}", ".note is not among"},
		"text in a then":            {"instructions.md", "{{.tone}}", "{{.tone}}{{if .polite}}{{.note}}{{end}}", ".note is not among"},
		"text in a condition":       {"instructions.md", "{{.tone}}", "{{.tone}}{{if .note}}x{{end}}", ".note is not among"},
		"text in a negation":        {"instructions.md", "{{.tone}}", "{{.tone}}{{if not .note}}x{{end}}", ".note is not among"},
		"text in a comparison":      {"instructions.md", "{{.tone}}", `{{.tone}}{{if eq .note "x"}}x{{end}}`, ".note is not among"},
		"text by the root":          {"instructions.md", "{{.tone}}", "{{.tone}}{{$.letter}}", "$.letter is no field"},
		"all":                       {"instructions.md", "{{.tone}}", "{{.tone}}{{.}}", ". is no field"},
		"unknown field":             {"prompt.md", "{{.letter}}", "{{.letter}}{{.mood}}", "prompt.md: .mood is not among"},
		"field of a field":          {"prompt.md", "{{.letter}}", "{{.letter}}{{.tone.x}}", ".tone.x is no field"},
		"pipe":                      {"prompt.md", "{{.letter}}", "{{.letter}}{{.tone | not}}", "is no field"},
		"function":                  {"prompt.md", "{{.letter}}", "{{.letter}}{{not .tone}}", "is no field"},
		"unknown function":          {"prompt.md", "{{.letter}}", "{{.letter}}{{printf .tone}}", `function "printf" not defined`},
		"variable":                  {"prompt.md", "{{.letter}}", "{{.letter}}{{$x := .tone}}", "is no field"},
		"word":                      {"prompt.md", "{{.letter}}", `{{.letter}}{{"x"}}`, "is no field"},
		"loop":                      {"prompt.md", "{{.letter}}", `{{range .letter}}{{end}}`, "neither a field nor a condition"},
		"with":                      {"prompt.md", "{{.letter}}", `{{with .letter}}{{end}}`, "neither a field nor a condition"},
		"definition":                {"prompt.md", "{{.letter}}", `{{.letter}}{{define "x"}}y{{end}}`, "define other templates"},
		"template":                  {"prompt.md", "{{.letter}}", `{{.letter}}{{template "x"}}`, "neither a field nor a condition"},
		"condition of nothing":      {"prompt.md", "{{.letter}}", `{{.letter}}{{if eq}}{{end}}`, "no condition"},
		"condition of two":          {"prompt.md", "{{.letter}}", `{{.letter}}{{if not .tone .count}}{{end}}`, "no condition"},
		"condition of a word":       {"prompt.md", "{{.letter}}", `{{.letter}}{{if "x"}}{{end}}`, "is no field"},
		"condition of a pipe":       {"prompt.md", "{{.letter}}", `{{.letter}}{{if .tone | not}}{{end}}`, "no condition"},
		"eq of one":                 {"prompt.md", "{{.letter}}", `{{.letter}}{{if eq .tone}}{{end}}`, "no condition"},
		"ne of two":                 {"prompt.md", "{{.letter}}", `{{.letter}}{{if ne .tone "warm" "cold"}}{{end}}`, "no condition"},
		"eq of fields":              {"prompt.md", "{{.letter}}", `{{.letter}}{{if eq .tone .tone}}{{end}}`, ".tone is never .tone"},
		"no such choice":            {"prompt.md", "{{.letter}}", `{{.letter}}{{if eq .tone "warm" "hot"}}{{end}}`, `.tone is never "hot"`},
		"number of a choice":        {"prompt.md", "{{.letter}}", `{{.letter}}{{if eq .tone 1}}{{end}}`, `.tone is never 1`},
		"word of an integer":        {"prompt.md", "{{.letter}}", `{{.letter}}{{if eq .count "1"}}{{end}}`, `.count is never "1"`},
		"integer above":             {"prompt.md", "{{.letter}}", `{{.letter}}{{if eq .count 10}}{{end}}`, `.count is never 10`},
		"integer below":             {"prompt.md", "{{.letter}}", `{{.letter}}{{if eq .count -3}}{{end}}`, `.count is never -3`},
		"fraction":                  {"prompt.md", "{{.letter}}", `{{.letter}}{{if eq .count 1.5}}{{end}}`, `.count is never 1.5`},
		"boolean by name":           {"prompt.md", "{{.letter}}", `{{.letter}}{{if eq .polite true}}{{end}}`, `.polite is never true`},
		"no end":                    {"prompt.md", "{{end}}", "", "unexpected EOF"},
		"unused property":           {"prompt.md", "{{.letter}}", "", "letter is in neither template"},
		"no description":            {"task.json", "Replies to letters.", "", "description is missing"},
		"unknown key":               {"task.json", `"personal"`, `"public"`, "public"},
		"unknown key of the input":  {"task.json", `"required"`, `"optional"`, "optional"},
		"unknown key of a property": {"task.json", `"maxLength": 10`, `"maxLength": 10, "pattern": "x"`, "pattern"},
		"something behind": {"task.json", `"personal": true
		}`, `"personal": true}{}`, "behind its end"},
		"not JSON":    {"task.json", `"maxTokens": 100,`, `"maxTokens": 100`, "invalid character"},
		"no tokens":   {"task.json", `"maxTokens": 100,`, ``, "maxTokens must be from 1 to 16384, got 0"},
		"many tokens": {"task.json", `100`, `16385`, "maxTokens must be from 1 to 16384"},
		"hot":         {"task.json", `0.5`, `1.1`, "temperature must be"},
		"cold":        {"task.json", `0.5`, `-0.1`, "temperature must be"},
		"personal or not": {"task.json", `,
			"personal": true`, ``, "personal is missing"},
		"array":                 {"task.json", `"type": "object"`, `"type": "array"`, "type must be object"},
		"additional properties": {"task.json", `"additionalProperties": false`, `"additionalProperties": true`, "additionalProperties must be false"},
		"others not refused": {"task.json", `,
				"additionalProperties": false`, ``, "additionalProperties must be false"},
		"required but unknown":     {"task.json", `["letter"]`, `["letter", "mood"]`, "mood, which is no property"},
		"required twice":           {"task.json", `["letter"]`, `["letter", "letter"]`, "there twice"},
		"required with a default":  {"task.json", `["letter"]`, `["letter", "tone"]`, "tone must either be required or have a default"},
		"neither":                  {"task.json", `["letter"]`, `[]`, "letter must either be required or have a default"},
		"name with a hyphen":       {"task.json", `"note"`, `"my-note"`, "my-note is no name"},
		"number":                   {"task.json", `"type": "boolean"`, `"type": "number"`, "type must be string, integer or boolean"},
		"choice of none":           {"task.json", `["warm", "cold"]`, `[]`, "enum lists"},
		"choice of booleans":       {"task.json", `"type": "boolean"`, `"type": "boolean", "enum": ["true"]`, "enum lists"},
		"choice twice":             {"task.json", `["warm", "cold"]`, `["warm", "warm"]`, "there twice"},
		"empty choice":             {"task.json", `["warm", "cold"]`, `["warm", ""]`, "is empty"},
		"length of a choice":       {"task.json", `["warm", "cold"]`, `["warm", "cold"], "maxLength": 4`, "for strings without enum"},
		"unbounded text":           {"task.json", `, "maxLength": 10`, ``, "a text needs minLength and maxLength"},
		"text without a least":     {"task.json", `"minLength": 2, `, ``, "a text needs minLength and maxLength"},
		"text of nothing":          {"task.json", `"maxLength": 5`, `"maxLength": 0`, "maxLength must be no less"},
		"text of less":             {"task.json", `"minLength": 2`, `"minLength": 11`, "maxLength must be no less"},
		"text of less than 0":      {"task.json", `"minLength": 2`, `"minLength": -1`, "maxLength must be no less"},
		"too much text":            {"task.json", `"maxLength": 10`, `"maxLength": 249996`, "may have 250001 characters"},
		"bounds of a boolean":      {"task.json", `"type": "boolean"`, `"type": "boolean", "minimum": 0`, "for integers"},
		"unbounded integer":        {"task.json", `"minimum": -2, `, ``, "an integer needs minimum and maximum"},
		"integer without a most":   {"task.json", `"maximum": 9, `, ``, "an integer needs minimum and maximum"},
		"integer of nothing":       {"task.json", `"minimum": -2`, `"minimum": 10`, "maximum must be no less"},
		"default that is too long": {"task.json", `"default": ""`, `"default": "123456"`, "note: default "},
		"default of no choice":     {"task.json", `"default": "warm"`, `"default": "hot"`, "tone: default "},
		"default out of bounds":    {"task.json", `"default": 3`, `"default": 10`, "count: default "},
		"default of a word":        {"task.json", `"default": false`, `"default": "no"`, "polite: default "},
		"default of null":          {"task.json", `"default": ""`, `"default": null`, "note: default "},
	} {
		files := good()
		path := "reply/" + c.file
		text := string(files[path].Data)
		edited := strings.Replace(text, c.old, c.new, 1)
		if edited == text {
			t.Fatalf("%s: nothing was edited", name)
		}
		files[path] = &fstest.MapFile{Data: []byte(edited)}
		_, err := load(files)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "reply") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefusedFolders(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(fstest.MapFS)
		want string
	}{
		"no boundary":     {func(f fstest.MapFS) { delete(f, "boundary.md") }, "boundary.md"},
		"no task.json":    {func(f fstest.MapFS) { delete(f, "reply/task.json") }, "reply/task.json"},
		"no prompt":       {func(f fstest.MapFS) { delete(f, "reply/prompt.md") }, "reply/prompt.md"},
		"no instructions": {func(f fstest.MapFS) { delete(f, "reply/instructions.md") }, "reply/instructions.md"},
		"another file":    {func(f fstest.MapFS) { f["reply/examples.md"] = f["reply/prompt.md"] }, "other files"},
		"no input": {func(f fstest.MapFS) {
			f["reply/task.json"] = &fstest.MapFile{Data: []byte(`{"description":"x","maxTokens":1,"temperature":0,"personal":true}`)}
		}, "input is missing"},
		"no properties": {func(f fstest.MapFS) {
			f["reply/task.json"] = &fstest.MapFile{Data: []byte(`{"description":"x","input":{"type":"object","additionalProperties":false},"maxTokens":1,"temperature":0,"personal":true}`)}
		}, "properties are missing"},
		"no task at all": {func(f fstest.MapFS) {
			maps.DeleteFunc(f, func(name string, _ *fstest.MapFile) bool { return name != "boundary.md" })
		}, "there are none"},
		"jobs": {func(f fstest.MapFS) {
			for _, file := range []string{"task.json", "instructions.md", "prompt.md"} {
				f["jobs/"+file] = f["reply/"+file]
			}
		}, "is not jobs"},
		"capitals": {func(f fstest.MapFS) { f["Reply/task.json"] = f["reply/task.json"] }, "small letters"},
	} {
		files := good()
		c.edit(files)
		if _, err := load(files); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
