package model

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A decoder may say what it could not read.
func TestFailureQuotesNothing(t *testing.T) {
	err := failure(t.Context(), errors.New(`cannot read "My name is Ada"`), true)
	if strings.Contains(err.Error(), "Ada") || !err.MaybeBilled || err.Kind != Unavailable {
		t.Errorf("got %v, maybe billed %t", err, err.MaybeBilled)
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
		cut   bool
	}{
		{"", 0, "", false},
		{"abc", 3, "abc", false},
		{"abc", 2, "ab", true},
		{"abc", 0, "", true},
		{"aé", 2, "a", true},
		{"日本", 5, "日", true},
		{"a\xff\xfeb", 9, "a\uFFFDb", false},
		{"a\xff", 3, "a", true},
	} {
		if got, cut := fit(c.text, c.limit); got != c.want || cut != c.cut {
			t.Errorf("fit(%q, %d): got %q, %t, want %q, %t", c.text, c.limit, got, cut, c.want, c.cut)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	soon := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	for _, c := range []struct {
		name, value string
		least, most time.Duration
	}{
		{"Retry-After", "7", 7 * time.Second, 7 * time.Second},
		{"Retry-After", "0.5", time.Second / 2, time.Second / 2},
		{"Retry-After-Ms", "250", 250 * time.Millisecond, 250 * time.Millisecond},
		{"Retry-After", soon, 58 * time.Minute, time.Hour},
		{"Retry-After", "Mon, 02 Jan 2006 15:04:05 GMT", 0, 0},
		{"Retry-After", "soon", 0, 0},
		{"Retry-After", "-5", 0, 0},
		{"Retry-After", "NaN", 0, 0},
		{"Retry-After", "Inf", 24 * time.Hour, 24 * time.Hour},
		{"Retry-After", "1e300", 24 * time.Hour, 24 * time.Hour},
	} {
		header := http.Header{c.name: {c.value}}
		if got := retryAfter(header); got < c.least || got > c.most {
			t.Errorf("%s: %s: got %s", c.name, c.value, got)
		}
	}
}
