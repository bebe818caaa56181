package cost

import (
	"encoding/json"
	"fmt"
	"strings"
)

const (
	batchBytes     = 128 << 20
	bytesASecond   = 60e6
	transitions    = 12 // Of both machines, besides the children's.
	getsABatch     = 8
	putsARun       = 20
	childGB        = 0.0625 // Express bills memory in steps of 64 MB.
	overhead       = 0.1    // Seconds of a child, besides the mapper's.
	plannerSeconds = 1
	reducerSeconds = 1
)

var mapreduce = model{
	flags: []Flag{
		{Name: "rows", Usage: "rows in a month", Default: "0", amount: true},
		{Name: "bytes-per-row", Usage: "bytes of a row", Default: "12"},
		{Name: "runs", Usage: "runs that the rows are spread over", Default: "1"},
	},
	example: map[string]string{"rows": "10000000000"},
	assumptions: []string{
		"a mapper reads 60 MB/s from S3; batches have 128 MiB",
		"planner and reducer take a second each; 12 transitions and 20 PUT a run",
		"storage of the files, logs and traces are left out",
	},
	lines: func(m *meter) {
		runs := times(max(1, m.number("runs")), "runs")
		bytes := m.number("rows") * m.number("bytes-per-row")
		n := times(runs.Number*batches(bytes/runs.Number, batchBytes), "batches")
		seconds := bytes / bytesASecond / max(1, n.Number)
		m.time("mapper", "MapFunction", n, seconds)
		m.time("planner", "PlanFunction", runs, plannerSeconds)
		m.time("reducer", "ReduceFunction", runs, reducerSeconds)
		m.add("Lambda requests", "lambda.request", times(n.Number+2*runs.Number, "calls"))
		m.add("reading", "s3.get", n, times(getsABatch, "GET"))
		m.add("writing", "s3.put", runs, times(putsARun, "PUT"))
		m.add("states of a run", "states.transition", runs, times(transitions, "transitions"))
		if m.express() {
			m.add("Express children", "states.express", n)
			m.add("their time", "states.expresstime", n, times(seconds+overhead, "s"), times(childGB, "GB"))
		} else {
			m.add("Standard children", "states.transition", n)
		}
	},
}

// express tells whether the map's children are, as the job's definition says.
func (m *meter) express() bool {
	definition, err := json.Marshal(m.template.Resources)
	if err != nil {
		panic(fmt.Sprintf("cost: a template: %v", err))
	}
	// The definition is a text inside the template, whose quotes are escaped.
	return strings.Contains(strings.ReplaceAll(string(definition), `\`, ""), `"ExecutionType":"EXPRESS"`)
}
