package apigw

import "strings"

// route finds the resource of a path, and the values of its parameters, which
// stay encoded as the caller sent them. A literal part goes before a parameter,
// and that before one that takes the rest.
func route(resources []string, method, path string) (resource string, parameters map[string]string, ok bool) {
	best := ""
	for _, candidate := range resources {
		template := candidate
		if verb, rest, found := strings.Cut(candidate, " "); found {
			if verb != method && verb != "ANY" {
				continue
			}
			template = rest
		}
		found, rank, matches := match(template, path)
		if matches && (!ok || rank < best) {
			resource, parameters, best, ok = template, found, rank, true
		}
	}
	return resource, parameters, ok
}

// match returns the parameters and a rank: the lower goes first.
func match(template, path string) (parameters map[string]string, rank string, ok bool) {
	want, have := split(template), split(path)
	for i, part := range want {
		name, isParameter := strings.CutPrefix(part, "{")
		name = strings.TrimSuffix(name, "}")
		greedy := strings.HasSuffix(name, "+")
		switch {
		case i >= len(have):
			return nil, "", false
		case !isParameter && part != have[i]:
			return nil, "", false
		case !isParameter:
			rank += "0"
			continue
		case parameters == nil:
			parameters = map[string]string{}
		}
		if greedy {
			parameters[strings.TrimSuffix(name, "+")] = strings.Join(have[i:], "/")
			return parameters, rank + "2", true
		}
		parameters[name] = have[i]
		rank += "1"
	}
	return parameters, rank, len(want) == len(have)
}

// split ignores a slash at the end, as API Gateway does.
func split(path string) []string {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}
