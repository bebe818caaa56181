package cost

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"refstack/internal/catalog"
)

// Flag is a number of a load that a user can name, or a choice.
type Flag struct {
	Name, Usage string
	Default     string
	Choices     []string // Nil for a number.
	amount      bool     // Without any amount, there is no load.
}

// model is how an architecture's load becomes lines of a bill.
type model struct {
	flags       []Flag
	example     map[string]string
	assumptions []string
	lines       func(m *meter)
}

var modelOf = map[string]*model{
	"thumbnailer": &thumbnailer,
	"webapi":      &webapi,
	"pipes":       &pipes,
	"mapreduce":   &mapreduce,
	"genai":       &genai,
}

// Load is how much an architecture has to do in a month.
type Load struct {
	model  *model
	values map[string]string
}

// NewLoad returns the load of an architecture that has nothing to do.
func NewLoad(a catalog.Architecture) Load {
	return Load{model: modelOf[a.Name], values: map[string]string{}}
}

// example is a month that a page can show.
func example(a catalog.Architecture) Load {
	l := NewLoad(a)
	l.values = l.model.example
	return l
}

// Flags are what a load of the architecture can be told by.
func (l Load) Flags() []Flag { return l.model.flags }

// Get returns the value of a flag.
func (l Load) Get(name string) string {
	if v, ok := l.values[name]; ok {
		return v
	}
	return l.flag(name).Default
}

// Set gives a flag a value, or tells why it cannot have it.
func (l Load) Set(name, value string) error {
	f := l.flag(name)
	if f.Choices != nil {
		if !slices.Contains(f.Choices, value) {
			return fmt.Errorf("must be one of %s", strings.Join(f.Choices, ", "))
		}
	} else if n, err := strconv.ParseFloat(value, 64); err != nil || !(n >= 0 && n <= 1e15) {
		return fmt.Errorf("must be a number from 0 to 1e15")
	}
	l.values[name] = value
	return nil
}

func (l Load) flag(name string) Flag {
	for _, f := range l.model.flags {
		if f.Name == name {
			return f
		}
	}
	panic("cost: a load has no " + name)
}

func (l Load) number(name string) float64 {
	n, err := strconv.ParseFloat(l.Get(name), 64)
	if err != nil {
		panic("cost: " + name + ": " + err.Error())
	}
	return n
}

// any tells whether there is anything to do.
func (l Load) any() bool {
	return slices.ContainsFunc(l.model.flags, func(f Flag) bool { return f.amount && l.number(f.Name) > 0 })
}

// meter collects the lines of a load on a template. What the template lacks is
// its error.
type meter struct {
	template catalog.Template
	load     Load
	lines    []Line
	err      error
}

func (m *meter) number(name string) float64 { return m.load.number(name) }

// add adds a line, unless there is nothing to pay for.
func (m *meter) add(what, priceName string, factors ...Factor) {
	if l := line(what, price(priceName), factors...); l.USD > 0 {
		m.lines = append(m.lines, l)
	}
}

// resource finds the one resource of a type whose logical ID begins with id, which
// a hash follows.
func (m *meter) resource(kind, id string) catalog.Resource {
	for key, r := range m.template.Resources {
		rest, found := strings.CutPrefix(key, id)
		if found && len(rest) == 8 && r.Type == kind {
			return r
		}
	}
	m.err = fmt.Errorf("the template has no %s %s", kind, id)
	return catalog.Resource{}
}

// time adds the time of a function, with the memory and the processor that the
// template gives it.
func (m *meter) time(what, function string, calls Factor, seconds float64) {
	properties := m.resource("AWS::Lambda::Function", function).Properties
	memory, _ := properties["MemorySize"].(float64)
	name := "lambda.x86_64"
	if architectures, _ := properties["Architectures"].([]any); slices.Contains(architectures, "arm64") {
		name = "lambda.arm64"
	}
	m.add(what, name, calls, Factor{seconds, "s"}, Factor{memory / 1024, "GB"})
}

// firewall adds the requests that a firewall sees, where the template has one.
func (m *meter) firewall(requests Factor) {
	for _, r := range m.template.Resources {
		if r.Type == "AWS::WAFv2::WebACL" {
			m.add("firewall, requests", "waf.request", requests)
			return
		}
	}
}

// kB is a number of kilobytes in GB, the unit of prices.
func kB(n float64) Factor { return Factor{n / 1e6, "GB"} }

func times(n float64, unit string) Factor { return Factor{n, unit} }

// batches is how many batches of size a number of things fills.
func batches(n, size float64) float64 { return math.Ceil(n / size) }
