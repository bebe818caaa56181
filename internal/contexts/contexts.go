// Package contexts reads context values of the CDK, which are text, and says in one
// sentence which of them is wrong. It refuses names that nobody reads.
package contexts

import (
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reader remembers what was asked for, and the first thing that was wrong.
type Reader struct {
	context map[string]any
	known   []string
	err     error
}

// New reads from the whole context of the app.
func New(context map[string]any) *Reader { return &Reader{context: context} }

// Err is the first thing that was wrong.
func (r *Reader) Err() error { return r.err }

// Has tells whether a value is given.
func (r *Reader) Has(name string) bool { return r.context[name] != nil && r.context[name] != "" }

// Text reads any text. Defaults to none.
func (r *Reader) Text(name string) string {
	r.known = append(r.known, name)
	switch value := r.context[name].(type) {
	case nil:
		return ""
	case string:
		return value
	default:
		r.Fail("context %s must be text, got %v", name, value)
		return ""
	}
}

// OneOf reads one of choices; the first is the default.
func (r *Reader) OneOf(name string, choices ...string) string {
	value := r.Text(name)
	if value == "" {
		return choices[0]
	}
	if !slices.Contains(choices, value) {
		r.Fail("context %s must be %s, got %q", name, strings.Join(choices, " or "), value)
	}
	return value
}

// Yes reads true or false, the default.
func (r *Reader) Yes(name string) bool { return r.OneOf(name, "false", "true") == "true" }

// Number reads a positive number. Defaults to 0.
func (r *Reader) Number(name string) int {
	value := r.Text(name)
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		r.Fail("context %s must be a positive number, got %q", name, value)
	}
	return n
}

// Percentage reads a number up to 100. Defaults to 0.
func (r *Reader) Percentage(name string) float64 {
	value := r.Text(name)
	if value == "" {
		return 0
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !(n > 0 && n <= 100) {
		r.Fail("context %s must be a number above 0, up to 100, got %q", name, value)
	}
	return n
}

// Duration reads a time such as 90s, 5m or 1h. Defaults to 0.
func (r *Reader) Duration(name string) time.Duration {
	value := r.Text(name)
	if value == "" {
		return 0
	}
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		r.Fail("context %s must be a time such as 90s, 5m or 1h, got %q", name, value)
	}
	return d
}

// SomeOf reads some of choices, between commas.
func (r *Reader) SomeOf(name string, choices ...string) []string {
	values := r.List(name)
	for _, value := range values {
		if !slices.Contains(choices, value) {
			r.Fail("context %s must be of %s, between commas, got %q", name, strings.Join(choices, ", "), value)
		}
	}
	return values
}

// List reads values between commas.
func (r *Reader) List(name string) []string {
	value := r.Text(name)
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

// Email reads an address. Defaults to none.
func (r *Reader) Email(name string) string {
	value := r.Text(name)
	if value == "" {
		return ""
	}
	if address, err := mail.ParseAddress(value); err != nil || address.Address != value {
		r.Fail("context %s must be an address such as ops@example.com, got %q", name, value)
	}
	return value
}

// RefuseOthers refuses the names that were not read. Those with a colon or an
// @ are the CDK's own: feature flags, and what it looked up in an account.
func (r *Reader) RefuseOthers() {
	var unknown []string
	for name := range r.context {
		if !strings.ContainsAny(name, ":@") && !slices.Contains(r.known, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		r.Fail("context %s is not known: there are %s", strings.Join(unknown, ", "), strings.Join(r.known, ", "))
	}
}

// Fail records what is wrong, unless something was wrong before.
func (r *Reader) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}
