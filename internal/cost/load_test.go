package cost

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"refstack/internal/catalog"
)

func architecture(t *testing.T, name string) catalog.Architecture {
	t.Helper()
	a, err := catalog.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func loadOf(t *testing.T, a catalog.Architecture, values ...string) Load {
	t.Helper()
	l := NewLoad(a)
	for i := 0; i < len(values); i += 2 {
		if err := l.Set(values[i], values[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestSet(t *testing.T) {
	l := NewLoad(architecture(t, "genai"))
	for _, value := range []string{"-1", "NaN", "Inf", "1e16", "many", ""} {
		if l.Set("prompts", value) == nil {
			t.Errorf("%q is taken for a number", value)
		}
	}
	if err := l.Set("model", "gpt"); err == nil || !strings.Contains(err.Error(), "nova-2-lite") {
		t.Errorf("a model without a price: %v", err)
	}
	if l.any() {
		t.Error("there is a load before one was set")
	}
	if err := l.Set("prompts", "2e6"); err != nil || l.number("prompts") != 2e6 || !l.any() {
		t.Errorf("2e6 is %v: %v", l.number("prompts"), err)
	}
}

func TestNoLoadIsIdle(t *testing.T) {
	for _, a := range catalog.All {
		bill, err := Of(a, "dev", NewLoad(a))
		if err != nil || bill.Load != nil || bill.Assumptions != nil || bill.TotalUSD != bill.IdleUSD {
			t.Errorf("%s: %+v, %v", a.Name, bill, err)
		}
	}
}

// TestTemplateDecides changes what a load's price depends on in the template.
func TestTemplateDecides(t *testing.T) {
	thumbnailer, pipes, mapreduce := architecture(t, "thumbnailer"), architecture(t, "pipes"), architecture(t, "mapreduce")
	for name, c := range map[string]struct {
		a            catalog.Architecture
		load         Load
		old, changed string
		line         string
		before, want float64
	}{
		"memory":    {thumbnailer, loadOf(t, thumbnailer, "images", "1e6"), `"MemorySize":1769`, `"MemorySize":1024`, "Lambda time", 11.52, 6.67},
		"processor": {thumbnailer, loadOf(t, thumbnailer, "images", "1e6"), `"arm64"`, `"x86_64"`, "Lambda time", 11.52, 14.40},
		"batches":   {pipes, loadOf(t, pipes, "orders", "1e6"), `"BatchSize":10,"DeadLetterConfig"`, `"BatchSize":1,"DeadLetterConfig"`, "pipe", 0.04, 0.40},
		"no batch":  {pipes, loadOf(t, pipes, "orders", "1e6"), `"BatchSize":10,"DeadLetterConfig"`, `"DeadLetterConfig"`, "pipe", 0.04, 0.40},
		"children":  {mapreduce, loadOf(t, mapreduce, "rows", "1e12"), "EXPRESS", "STANDARD", "Standard children", 0, 2.24},
	} {
		t.Run(name, func(t *testing.T) {
			template, err := c.a.Template("dev")
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(template)
			if err != nil || !strings.Contains(string(text), c.old) {
				t.Fatalf("the template has no %s: %v", c.old, err)
			}
			var other catalog.Template
			if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), c.old, c.changed)), &other); err != nil {
				t.Fatal(err)
			}
			for _, side := range []struct {
				template catalog.Template
				want     float64
			}{{template, c.before}, {other, c.want}} {
				bill, err := billOf(c.a, "dev", side.template, c.load)
				if err != nil {
					t.Fatal(err)
				}
				if got := amount(bill.Load, c.line); math.Abs(got-side.want) > 0.006 {
					t.Errorf("%s costs $%v, want $%v", c.line, got, side.want)
				}
			}
		})
	}
}

func amount(lines []Line, what string) float64 {
	for _, l := range lines {
		if l.What == what {
			return l.USD
		}
	}
	return 0
}

func TestFunctionThatIsMissing(t *testing.T) {
	a := architecture(t, "thumbnailer")
	_, err := billOf(a, "dev", catalog.Template{}, example(a))
	if err == nil || !strings.Contains(err.Error(), "Thumbnailer in dev: the template has no AWS::Lambda::Function ResizeFunction") {
		t.Errorf("the error is %v", err)
	}
}

func TestLoadsGrow(t *testing.T) {
	for name, c := range map[string]struct{ name, flag, less, more string }{
		"larger uploads":  {"thumbnailer", "mb", "3", "6"},
		"wider rows":      {"mapreduce", "bytes-per-row", "12", "120"},
		"more runs":       {"mapreduce", "runs", "1", "100"},
		"longer prompts":  {"genai", "input-tokens", "500", "501"},
		"longer answers":  {"genai", "output-tokens", "300", "301"},
		"a dearer model":  {"genai", "model", "us.amazon.nova-micro-v1:0", "us.amazon.nova-pro-v1:0"},
		"jobs as well":    {"genai", "jobs", "0", "1000"},
		"writes for read": {"webapi", "writes", "200000", "200001"},
	} {
		a := architecture(t, c.name)
		total := func(value string) float64 {
			l := NewLoad(a)
			for flag, example := range l.model.example {
				l.values[flag] = example
			}
			if err := l.Set(c.flag, value); err != nil {
				t.Fatal(err)
			}
			bill, err := Of(a, "prod", l)
			if err != nil {
				t.Fatal(err)
			}
			return bill.TotalUSD
		}
		if less, more := total(c.less), total(c.more); less >= more {
			t.Errorf("%s cost $%v and not more than $%v", name, more, less)
		}
	}
}

func TestFirewallSeesRequestsInProd(t *testing.T) {
	a := architecture(t, "genai")
	load := loadOf(t, a, "prompts", "1e6", "jobs", "1e6")
	for stage, want := range map[string]float64{"dev": 0, "prod": 3} {
		bill, err := Of(a, stage, load)
		if got := amount(bill.Load, "firewall, requests"); err != nil || math.Abs(got-want) > 1e-9 {
			t.Errorf("in %s the firewall costs $%v, want $%v: %v", stage, got, want, err)
		}
	}
}
