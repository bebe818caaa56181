package cost

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Write writes the bill for people, with its arithmetic.
func (b Bill) Write(w io.Writer) error {
	rows := [][2]string{} // What of a line comes before its amount; the amount.
	width := 0
	section := func(title string, lines []Line, total string, usd float64) {
		rows = append(rows, [2]string{title})
		what := 0
		for _, l := range lines {
			what = max(what, len(l.What))
		}
		for _, l := range lines {
			rows = append(rows, [2]string{fmt.Sprintf("  %-*s  %s", what, l.What, l.arithmetic()), dollars(l.USD)})
		}
		rows = append(rows, [2]string{total, dollars(usd)})
	}
	section("Idle", b.Idle, "Idle, together", b.IdleUSD)
	if b.Load != nil {
		section("Load", b.Load, "Together", b.TotalUSD)
	}
	for _, r := range rows {
		width = max(width, len([]rune(r[0])))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s in %s: %s a month by the list prices of %s in %s, without free tiers\n\n", b.Stack, b.Stage, b.Currency, b.Date, b.Region)
	for _, r := range rows {
		if r[1] == "" {
			fmt.Fprintln(&text, r[0])
			continue
		}
		fmt.Fprintf(&text, "%s%s  %12s\n", r[0], strings.Repeat(" ", width-len([]rune(r[0]))), r[1])
	}
	if b.Assumptions != nil {
		fmt.Fprintf(&text, "\nAssumed:\n- %s\n", strings.Join(b.Assumptions, "\n- "))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// arithmetic is how the amount comes about: "1,000,000 images × 1 kB × $0.50 a GB".
func (l Line) arithmetic() string {
	var parts []string
	for _, f := range l.Factors {
		parts = append(parts, f.String())
	}
	return strings.Join(parts, " × ") + " × $" + unitPrice(l.Price.USD) + " " + l.Price.Per
}

// String tells small fractions of a GB in kB, and one of something in the singular.
func (f Factor) String() string {
	switch {
	case f.Unit == "GB" && f.Number < 0.01:
		return number(f.Number*1e6) + " kB"
	case f.Number == 1 && len(f.Unit) > 1:
		return "1 " + strings.TrimSuffix(f.Unit, "s")
	}
	return strings.TrimSpace(number(f.Number) + " " + f.Unit)
}

// unitPrice has two decimals at least, and all that there are.
func unitPrice(usd float64) string {
	text := strconv.FormatFloat(usd, 'f', -1, 64)
	if _, decimals, _ := strings.Cut(text, "."); len(decimals) < 2 {
		return strconv.FormatFloat(usd, 'f', 2, 64)
	}
	return text
}

// dollars has two decimals, and more for less than a cent, so that nothing that
// costs looks free.
func dollars(usd float64) string {
	if usd > 0 && usd < 0.01 {
		return significant(usd, 2)
	}
	// Half a cent is rounded up, as on paper, whatever its binary form is.
	return grouped(strconv.FormatFloat(math.Floor(usd*100+0.5+1e-9)/100, 'f', 2, 64))
}

// number has four significant digits where it is no integer.
func number(n float64) string {
	if n == math.Trunc(n) {
		return grouped(strconv.FormatFloat(n, 'f', -1, 64))
	}
	text := significant(n, 4)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return grouped(text)
}

// significant has so many digits from the first that is not zero, and no exponent.
func significant(n float64, digits int) string {
	first := int(math.Floor(math.Log10(math.Abs(n))))
	return strconv.FormatFloat(n, 'f', max(0, digits-1-first), 64)
}

// grouped puts commas between thousands.
func grouped(text string) string {
	whole, rest, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		return whole + "." + rest
	}
	return whole
}
