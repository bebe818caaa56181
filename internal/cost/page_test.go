package cost

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"refstack/internal/catalog"
)

func document(name string) string { return filepath.Join("..", "..", "docs", name+".md") }

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(document(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPageIsFresh(t *testing.T) {
	page, err := Page()
	if err != nil {
		t.Fatal(err)
	}
	if read(t, "costs") != page {
		t.Error("docs/costs.md is stale: make docs rewrites it")
	}
}

// TestPagesAgree holds the tables of the stacks' pages to the model, item by item.
func TestPagesAgree(t *testing.T) {
	for _, c := range []struct {
		name, idle string
		load       []string
	}{
		{"thumbnailer", "Idle: $1.86 a month", []string{"images", "1e6"}},
		{"webapi", "in dev $2.70 a month", []string{"reads", "8e5", "writes", "2e5"}},
		{"pipes", "costs $10.24 a month", []string{"orders", "1e6"}},
		{"mapreduce", "Idle: $2.80 a month", nil},
		{"genai", "| **dev** | | **4.93** |", []string{"prompts", "1e6"}},
		{"genai", "| **dev** | | **4.93** |", []string{"jobs", "1e6"}},
	} {
		a := architecture(t, c.name)
		bill, err := Of(a, "dev", loadOf(t, a, c.load...))
		if err != nil {
			t.Fatal(err)
		}
		page := read(t, c.name)
		if !strings.Contains(page, c.idle) || !strings.Contains(c.idle, dollars(bill.IdleUSD)) {
			t.Errorf("docs/%s.md does not say that it costs $%s idle", c.name, dollars(bill.IdleUSD))
		}
		for _, l := range bill.Load {
			// These stand in other tables of the page, together.
			what := strings.TrimPrefix(l.What, "jobs: ")
			if strings.HasPrefix(what, "tokens") || strings.HasPrefix(what, "storage") || strings.HasPrefix(what, "polling") {
				continue
			}
			row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(what) + ` \| .* \| ` + regexp.QuoteMeta(dollars(l.USD)) + ` \|$`)
			if !row.MatchString(page) {
				t.Errorf("docs/%s.md has no row for %s of $%s", c.name, l.What, dollars(l.USD))
			}
		}
	}
}

// TestPageOfGenAiAgrees compares the sums that its page tells.
func TestPageOfGenAiAgrees(t *testing.T) {
	a := architecture(t, "genai")
	bill, err := Of(a, "dev", loadOf(t, a, "jobs", "1e6"))
	if err != nil {
		t.Fatal(err)
	}
	page := read(t, "genai")
	for prefix, want := range map[string]string{
		"tokens":        "500 × $0.30 + 300 × $2.50 = $%s",
		"jobs: storage": "× 7 / 30 | %s |",
		"polling":       "a million | %s |\n| WebSocket",
	} {
		var usd float64
		for _, l := range bill.Load {
			if strings.HasPrefix(l.What, prefix) {
				usd += l.USD
			}
		}
		if sum := strings.TrimSuffix(dollars(usd), ".00"); !strings.Contains(page, strings.ReplaceAll(want, "%s", sum)) {
			t.Errorf("docs/genai.md does not say that %s cost $%s", prefix, sum)
		}
	}
}

// TestPageOfMapReduceAgrees reads its table of runs, whose amounts have two digits.
func TestPageOfMapReduceAgrees(t *testing.T) {
	a := architecture(t, "mapreduce")
	rows := regexp.MustCompile(`(?m)^\| (\d+) ([MG]) \| [^|]+ \| (\d+) \| \$([\d.]+) \| \$([\d.]+) \| \$([\d.]+) \|`).
		FindAllStringSubmatch(read(t, "mapreduce"), -1)
	if len(rows) != 3 {
		t.Fatalf("the page has %d rows", len(rows))
	}
	for _, row := range rows {
		load := loadOf(t, a, "rows", row[1]+map[string]string{"M": "000000", "G": "000000000"}[row[2]])
		for column, variant := range map[int]string{4: "dev", 5: "dev-standard"} {
			bill, err := Of(a, variant, load)
			if err != nil {
				t.Fatal(err)
			}
			near(t, row[0], Total(bill.Load), row[column])
			near(t, row[0], amount(bill.Load, "mapper"), row[6])
			if batches := bill.Load[0].Factors[0].Number; strconv.Itoa(int(batches)) != row[3] {
				t.Errorf("%s: %v batches", row[0], batches)
			}
		}
	}
}

func near(t *testing.T, row string, got float64, written string) {
	t.Helper()
	want, err := strconv.ParseFloat(written, 64)
	if err != nil || math.Abs(got-want) > 0.1*want {
		t.Errorf("%s: $%v, and the page says $%s", row, got, written)
	}
}

func TestEverythingIsThere(t *testing.T) {
	for name, variant := range everything {
		if _, err := architecture(t, name).Template(variant); err != nil {
			t.Error(err)
		}
	}
	if len(modelOf) != len(catalog.All) {
		t.Errorf("%d architectures have loads, of %d", len(modelOf), len(catalog.All))
	}
}
