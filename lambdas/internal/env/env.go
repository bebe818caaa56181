// Package env reads the variables that a stack sets for its functions.
package env

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Reader reads variables, and keeps the first error, so that a function can name
// all that it reads and look once whether that is there.
type Reader struct {
	getenv func(string) string
	err    error
}

// Read makes a Reader; getenv is os.Getenv.
func Read(getenv func(string) string) *Reader { return &Reader{getenv: getenv} }

// Err is what was wrong first.
func (r *Reader) Err() error { return r.err }

func (r *Reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// Text is the value of a variable that must be set.
func (r *Reader) Text(name string) string {
	value := r.getenv(name)
	if value == "" {
		r.fail("%s is not set", name)
	}
	return value
}

// Number is the value of a variable that must be a whole number, and at least least.
func (r *Reader) Number(name string, least int64) int64 {
	n, err := strconv.ParseInt(r.getenv(name), 10, 64)
	if err != nil || n < least {
		r.fail("%s must be a whole number of at least %d, got %q", name, least, r.getenv(name))
	}
	return n
}

// Duration is the value of a variable such as 1h30m.
func (r *Reader) Duration(name string) time.Duration {
	d, err := time.ParseDuration(r.getenv(name))
	if err != nil || d <= 0 {
		r.fail("%s must be a duration such as 1h30m, got %q", name, r.getenv(name))
	}
	return d
}

// URL is the value of a variable that must be the URL of a service.
func (r *Reader) URL(name string) string {
	value := r.getenv(name)
	if u, err := url.Parse(value); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		r.fail("%s must be a URL, got %q", name, value)
	}
	return strings.TrimSuffix(value, "/")
}

// List is the value of a variable with commas between its parts; there may be none.
func (r *Reader) List(name string) []string {
	var list []string
	for part := range strings.SplitSeq(r.getenv(name), ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
