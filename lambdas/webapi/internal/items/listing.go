package items

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"refstack/lambdas/internal/problem"
	"refstack/lambdas/internal/strictjson"
)

const (
	defaultLimit = 25
	maxLimit     = 100
)

// listing is what a request asks to see.
type listing struct {
	limit int
	after string // The ID of the last item of the page before, or "".
}

// parseListing reads the query. A parameter that it does not know is refused:
// who writes limt=5 does not want 25.
func parseListing(r *http.Request) (listing, error) {
	asked := listing{limit: defaultLimit}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return asked, problem.New(problem.InvalidParameter, "The query is malformed.")
	}
	var faults []problem.Fault
	names := slices.Sorted(maps.Keys(query))
	for _, name := range names[:min(len(names), strictjson.MaxFaults)] { // Where there are more, some are unknown.
		values := query[name]
		switch {
		case name != "limit" && name != "cursor":
			faults = append(faults, problem.Fault{Parameter: name, Detail: "is none of limit and cursor"})
		case len(values) > 1:
			faults = append(faults, problem.Fault{Parameter: name, Detail: "is there twice"})
		case name == "limit":
			asked.limit, err = strconv.Atoi(values[0])
			if err != nil || asked.limit < 1 || asked.limit > maxLimit {
				faults = append(faults, problem.Fault{Parameter: name, Detail: "must be a number from 1 to 100"})
			}
		case name == "cursor":
			if asked.after, err = decodeCursor(values[0]); err != nil {
				faults = append(faults, problem.Fault{Parameter: name, Detail: err.Error()})
			}
		}
	}
	if len(faults) > 0 {
		return asked, &problem.Problem{Kind: problem.InvalidParameter, Detail: "A parameter of the query is not valid.", Faults: faults}
	}
	return asked, nil
}
