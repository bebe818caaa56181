// Package doctor looks whether a machine has what the repository needs, and tells
// what to do about each thing that is missing.
package doctor

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// Status is what a finding comes to.
type Status string

// OK needs nothing; Missing keeps something from working; a Note is to be known.
const (
	OK      Status = "ok"
	Missing Status = "missing"
	Note    Status = "note"
)

// Finding is what is known of one thing.
type Finding struct {
	Thing    string `json:"thing"`
	Status   Status `json:"status"`
	Found    string `json:"found"`
	Do       string `json:"do,omitempty"`
	Required bool   `json:"required"` // make synth && make test need it.
}

// Machine is what the doctor looks at.
type Machine struct {
	LookPath   func(name string) (string, error)
	Getenv     func(name string) string
	Exists     func(path string) bool
	Run        func(ctx context.Context, name string, args ...string) (string, error)
	Home       string // Of the user.
	Root       string // Of the repository, which may be another one than this.
	GoWanted   string // What go.mod asks for, and "" where there is none.
	NodeWanted int
	Arch       string // GOARCH.
}

// Examine makes the findings. With account, it asks AWS.
func Examine(ctx context.Context, m Machine, account bool) []Finding {
	return []Finding{
		m.golang(ctx), m.node(ctx), m.npm(ctx), m.cdk(ctx), m.make(), m.git(),
		m.moto(), m.arch(), m.credentials(), m.bootstrap(ctx, account),
	}
}

// Healthy tells whether all is there that make synth && make test need.
func Healthy(findings []Finding) bool {
	for _, f := range findings {
		if f.Required && f.Status == Missing {
			return false
		}
	}
	return true
}

// Write writes a line for each finding, and below it what to do.
func Write(w io.Writer, findings []Finding) error {
	var text strings.Builder
	for _, f := range findings {
		// What is found, and what to do, begin in one column.
		fmt.Fprintf(&text, "%-7s  %-15s  %s\n", f.Status, f.Thing, f.Found)
		if f.Do != "" {
			fmt.Fprintf(&text, "%28s %s\n", "->", f.Do)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}
