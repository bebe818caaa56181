package rules

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// obj keeps the mutants short.
type obj = map[string]any

// mutant is a fault planted in the goldens, and the findings that it must raise:
// these and no others, each as "RULE PATH" with the construct path of the
// resource.
type mutant struct {
	name  string
	stack string
	stage string // Another variant of the golden than dev and prod, or one of them. Defaults to both.
	plant func(m *mutable)
	want  []string
}

// one is a mutant of one value, which must raise one rule on the same resource.
func one(rule, path, keys string, value any) mutant {
	return mutant{
		name:  rule + " " + path + " " + keys,
		plant: func(m *mutable) { m.set(path, keys, value) },
		want:  []string{rule + " " + path},
	}
}

// elsewhere is a mutant that raises its finding on another resource.
func (m mutant) elsewhere(path string) mutant {
	rule, _, _ := strings.Cut(m.want[0], " ")
	m.want = []string{rule + " " + path}
	return m
}

// And is a mutant that raises more findings.
func (m mutant) And(findings ...string) mutant {
	m.want = append(m.want, findings...)
	return m
}

func (m mutant) in(stage string) mutant {
	m.stage = stage
	return m
}

// Under are mutants of one variant.
func Under(stage string, lists ...[]mutant) []mutant {
	all := slices.Concat(lists...)
	for i := range all {
		all[i] = all[i].in(stage)
	}
	return all
}

func (m mutant) stages() []string {
	if m.stage == "" {
		return []string{"dev", "prod"}
	}
	return []string{m.stage}
}

// mutants are those of all stacks, each of which has them in files of its own.
var mutants = slices.Concat[[]mutant](
	thumbnailerMutants,
	webAPIMutants,
	genAIMutants,
	mapReduceMutants,
	pipesMutants,
)

// accepted are changes of the goldens that break no rule: the rules must not ask
// for more than they say.
var accepted = slices.Concat[[]mutant](
	acceptedOfThumbnailer,
	acceptedOfWebAPI,
	acceptedOfGenAI,
	acceptedOfPipes,
)

// of are mutants of a stack's goldens.
func of(stack string, lists ...[]mutant) []mutant {
	all := slices.Concat(lists...)
	for i := range all {
		all[i].stack = stack
	}
	return all
}

func TestGoldensHaveNoFindings(t *testing.T) {
	goldens, err := filepath.Glob(filepath.Join("..", "testdata", "golden", "*.json"))
	if err != nil || len(goldens) == 0 {
		t.Fatal(goldens, err)
	}
	for _, file := range goldens {
		stack, stage, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), ".")
		for _, finding := range golden(t, stack, stage).found() {
			t.Errorf("%s in %s: %s", stack, stage, finding)
		}
	}
}

func TestMutants(t *testing.T) {
	for _, mutant := range mutants {
		for _, stage := range mutant.stages() {
			t.Run(mutant.name+" "+stage, func(t *testing.T) {
				m := golden(t, mutant.stack, stage)
				mutant.plant(m)
				var want []string
				for _, finding := range mutant.want {
					rule, path, _ := strings.Cut(finding, " ")
					want = append(want, rule+" "+m.id(path))
				}
				slices.Sort(want)
				if diff := cmp.Diff(want, m.found()); diff != "" {
					t.Errorf("findings (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestAcceptedChanges(t *testing.T) {
	for _, change := range accepted {
		for _, stage := range change.stages() {
			m := golden(t, change.stack, stage)
			change.plant(m)
			if found := m.found(); len(found) > 0 {
				t.Errorf("%s in %s: %q", change.name, stage, found)
			}
		}
	}
}
