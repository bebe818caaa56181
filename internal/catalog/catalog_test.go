package catalog

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAllStacksAreListed compares the list with the folders of the stacks.
func TestAllStacksAreListed(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join("..", "..", "stacks", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var stacks []string
	for _, folder := range folders {
		stacks = append(stacks, filepath.Base(folder))
	}
	if names := Names(); !slices.Equal(slices.Sorted(slices.Values(names)), stacks) {
		t.Errorf("the catalog has %v, the folder stacks %v", names, stacks)
	}
	for _, a := range All {
		if a.Name != strings.ToLower(a.ID) || a.Slide == "" {
			t.Errorf("%+v is not complete, or the name is not the ID in lower case", a)
		}
	}
}

func TestFind(t *testing.T) {
	for _, name := range []string{"mapreduce", "MapReduce"} {
		if a, err := Find(name); err != nil || a.ID != "MapReduce" {
			t.Errorf("%s is %v, %v", name, a, err)
		}
	}
	if _, err := Find("reduce"); err == nil || !strings.Contains(err.Error(), `"reduce"; there are thumbnailer, webapi`) {
		t.Errorf("the error does not name those that there are: %v", err)
	}
}

// TestTemplates reads the embedded templates, which are the files of the tests.
func TestTemplates(t *testing.T) {
	for _, a := range All {
		for _, stage := range []string{"dev", "prod"} {
			template, err := a.Template(stage)
			if err != nil {
				t.Error(err)
				continue
			}
			file, err := os.ReadFile(filepath.Join("..", "..", "test", "testdata", "golden", a.ID+"."+stage+".json"))
			if err != nil || !strings.Contains(string(file), template.Description) || template.Description == "" {
				t.Errorf("%s in %s is described as %q: %v", a.ID, stage, template.Description, err)
			}
		}
	}
	if _, err := All[0].Template("none"); err == nil || !strings.Contains(err.Error(), "Thumbnailer in none") {
		t.Errorf("a variant that there is not: %v", err)
	}
}

func TestParts(t *testing.T) {
	template := Template{Resources: map[string]Resource{
		"A": {Type: "AWS::SQS::Queue"}, "B": {Type: "AWS::SQS::Queue"}, "C": {Type: "AWS::Lambda::Function"},
		"D": {Type: "AWS::IAM::Role"}, "CustomS3AutoDeleteObjectsHandler": {Type: "AWS::Lambda::Function"},
	}}
	if got, want := template.Parts(), "1 function, 2 queues"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
