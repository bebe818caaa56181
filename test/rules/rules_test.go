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
	stack string // Thumbnailer, unless it says otherwise.
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

// and is a mutant that raises more findings.
func (m mutant) and(findings ...string) mutant {
	m.want = append(m.want, findings...)
	return m
}

func (m mutant) in(stage string) mutant {
	m.stage = stage
	return m
}

// under are mutants of one variant.
func under(stage string, lists ...[]mutant) []mutant {
	all := slices.Concat(lists...)
	for i := range all {
		all[i] = all[i].in(stage)
	}
	return all
}

// withAll are mutants of the variants that have all targets of Pipes.
func withAll(lists ...[]mutant) []mutant {
	all := slices.Concat(lists...)
	for i := range all {
		if all[i].stage == "" {
			all[i].stage = "dev"
		}
		all[i].stage += "-all"
	}
	return all
}

func (m mutant) stages() []string {
	if m.stage == "" {
		return []string{"dev", "prod"}
	}
	return []string{m.stage}
}

var mutants = slices.Concat(everywhereMutants, lifetimeMutants, iamMutants, functionMutants, alarmMutants, queueMutants, topicMutants, bucketMutants,
	of("WebApi", apiMutants, methodMutants, stageMutants, firewallMutants, tableMutants, poolMutants),
	of("GenAi", under("prod-all", socketMutants, streamMutants, integrationMutants, timeoutMutants, modelMutants, iotMutants, budgetMutants),
		under("dev-http", secretMutants), under("dev-sagemaker", sageMakerMutants), globalModelMutants),
	of("MapReduce", machineMutants),
	of("Pipes", withAll(pipeMutants, grantMutants(), eventMutants, flowMutants, networkMutants, containerMutants, warehouseMutants)))

// of are mutants of another stack's goldens.
func of(stack string, lists ...[]mutant) []mutant {
	all := slices.Concat(lists...)
	for i := range all {
		all[i].stack = stack
	}
	return all
}

// original is the golden that a mutant spoils.
func (m mutant) original(t *testing.T, stage string) *mutable {
	t.Helper()
	if m.stack == "" {
		m.stack = "Thumbnailer"
	}
	return golden(t, m.stack, stage)
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
				m := mutant.original(t, stage)
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

// accepted are changes of the goldens that break no rule: the rules must not ask
// for more than they say.
var accepted = []mutant{
	one("", resize, "Properties MemorySize", 128.0),
	one("", resize, "Properties MemorySize", 10240.0),
	one("", resize, "Properties ReservedConcurrentExecutions", 10.0),
	one("", "Resize/LogGroup", "Properties RetentionInDays", 1.0),
	one("", poller, "Properties ScalingConfig MaximumConcurrency", 2.0),
	one("", poller, "Properties ScalingConfig MaximumConcurrency", 1000.0),
	one("", work, "Properties RedrivePolicy maxReceiveCount", 3.0),
	one("", work, "Properties MessageRetentionPeriod", 60.0),
	one("", work, "Properties VisibilityTimeout", "360"),
	one("", uploads, "Properties LifecycleConfiguration Rules CleanUp Prefix", ""),
	one("", uploads, "Properties LifecycleConfiguration Rules CleanUp AbortIncompleteMultipartUpload DaysAfterInitiation", 1.0),
	one("", workPolicy, "Properties PolicyDocument Statement AllowNotifications Condition ArnLike", gone),
	one("", "Alarms/Topic/Policy", "Properties PolicyDocument Statement AllowAlarms Condition ArnLike", gone),
	one("", "Resize/LogGroup", "DeletionPolicy", "RetainExceptOnCreate").in("prod"),
	one("", "Alarms/Key", "DeletionPolicy", "Retain").in("prod"),
}

func TestAcceptedChanges(t *testing.T) {
	for _, change := range slices.Concat(accepted, of("WebApi", acceptedOfApis), of("GenAi", acceptedOfGenAi), of("Pipes", withAll(acceptedOfPipes))) {
		for _, stage := range change.stages() {
			m := change.original(t, stage)
			change.plant(m)
			if found := m.found(); len(found) > 0 {
				t.Errorf("%s in %s: %q", change.name, stage, found)
			}
		}
	}
}

func TestEveryRuleHasAMutantAndAReason(t *testing.T) {
	raised := map[string]bool{}
	for _, mutant := range mutants {
		for _, finding := range mutant.want {
			rule, _, _ := strings.Cut(finding, " ")
			raised[rule] = true
		}
	}
	for _, f := range fragments {
		raised[f.rule] = true
	}
	for i, rule := range all {
		if !raised[rule.Name] {
			t.Errorf("no mutant raises %s", rule.Name)
		}
		if Doc(rule.Name) != rule.Doc {
			t.Errorf("Doc does not find %s", rule.Name)
		}
		if !strings.HasSuffix(rule.Doc, ").") || !strings.Contains(rule.Doc, "(") {
			t.Errorf("the Doc of %s must be a sentence that ends in its source: %q", rule.Name, rule.Doc)
		}
		if slices.ContainsFunc(all[:i], func(other Rule) bool { return other.Name == rule.Name }) {
			t.Errorf("two rules are named %s", rule.Name)
		}
	}
}

func TestCheckLeavesTheTemplateAlone(t *testing.T) {
	m := golden(t, "Thumbnailer", "dev")
	m.set("Work/Queue", "Properties VisibilityTimeout", obj{"Ref": "AWS::NoValue"})
	if got, want := m.found(), []string{"queue-visibility " + m.id("Work/Queue")}; !slices.Equal(got, want) {
		t.Errorf("AWS::NoValue is not taken as absence: %q", got)
	}
	untouched := golden(t, "Thumbnailer", "dev")
	untouched.set("Work/Queue", "Properties VisibilityTimeout", obj{"Ref": "AWS::NoValue"})
	if diff := cmp.Diff(untouched.template, m.template); diff != "" {
		t.Error(diff)
	}
}
