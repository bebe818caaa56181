package cost

import (
	"strings"
	"testing"
)

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		number(1000000):                    "1,000,000",
		number(999):                        "999",
		number(1.7275390625):               "1.728",
		number(12345.678):                  "12,346",
		number(0.1):                        "0.1",
		dollars(0):                         "0.00",
		dollars(1234.5):                    "1,234.50",
		dollars(0.625):                     "0.63",
		dollars(0.0000067):                 "0.0000067",
		unitPrice(5):                       "5.00",
		unitPrice(0.0000133334):            "0.0000133334",
		Factor{1, "queues"}.String():       "1 queue",
		Factor{1, "s"}.String():            "1 s",
		Factor{2, "queues"}.String():       "2 queues",
		Factor{1.5 / 1e6, "GB"}.String():   "1.5 kB",
		Factor{0.0625, "GB"}.String():      "0.0625 GB",
		Factor{1000000, "images"}.String(): "1,000,000 images",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	bill := Bill{
		Stack: "S", Stage: "dev", Date: "2026-01-02", Region: "r", Currency: "USD", IdleUSD: 1, TotalUSD: 3,
		Idle:        []Line{line("key", Price{USD: 1, Units: 1, Per: "a key"}, Factor{1, "keys"})},
		Load:        []Line{line("requests", Price{USD: 2, Units: 1e6, Per: "a million"}, Factor{1e6, "calls"})},
		Assumptions: []string{"much"},
	}
	var text strings.Builder
	if err := bill.Write(&text); err != nil {
		t.Fatal(err)
	}
	want := `S in dev: USD a month by the list prices of 2026-01-02 in r, without free tiers

Idle
  key  1 key × $1.00 a key                             1.00
Idle, together                                         1.00
Load
  requests  1,000,000 calls × $2.00 a million          2.00
Together                                               3.00

Assumed:
- much
`
	if text.String() != want {
		t.Errorf("%s\nwant\n%s", text.String(), want)
	}
}
