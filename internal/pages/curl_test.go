package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// curl answers for the APIs of the stacks, and for a function on this machine: with a
// job that is done when it is asked for a second time.
func curl(s session, args []string) error {
	given, err := options(args, "-s!", "-sS!", "-f!", "-N!", "--head!", "-X", "-H", "-d", "-D")
	if err != nil {
		return err
	}
	if len(given.rest) != 1 {
		return errors.New("it needs one URL")
	}
	body := given.get("-d")
	if body == "@-" {
		decoder := json.NewDecoder(os.Stdin)
		var value any
		err = decoder.Decode(&value)
	} else if body != "" && !json.Valid([]byte(body)) {
		err = errors.New("the body is not JSON")
	}
	if err != nil {
		return err
	}
	for _, header := range given.values["-H"] {
		if name, value, ok := strings.Cut(header, ": "); !ok || name == "" || value == "" {
			return fmt.Errorf("%q is no header", header)
		}
	}
	method := "GET"
	switch {
	case given.get("-X") != "":
		method = given.get("-X")
	case given.values["--head"] != nil:
		method = "HEAD"
	case body != "":
		method = "POST"
	}
	if err := takes(s, method, given.rest[0]); err != nil {
		return err
	}
	if file := given.get("-D"); file != "" {
		headers := "HTTP/2 200\r\nRetry-After: 2\r\n\r\n"
		if _, err := os.Stat(file); err == nil {
			headers = "HTTP/2 200\r\n\r\n"
		}
		if err := os.WriteFile(file, []byte(headers), 0o600); err != nil {
			return err
		}
	}
	fmt.Println(`{"id": "1"}`)
	return nil
}

// takes tells whether an API has such a method, in the templates of the stack that
// the host is called as.
func takes(s session, method, target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	stack, hosted := strings.CutSuffix(u.Hostname(), ".example.com")
	path := u.Path
	if hosted {
		path = strings.TrimPrefix(path, "/v1")
	} else if u.Hostname() == "127.0.0.1" {
		stack = "WebApi" // The one whose function serves on a laptop.
	}
	templates, err := templates(s, stack)
	if err != nil {
		return err
	}
	for _, t := range templates {
		for _, resource := range t.Resources {
			if resource.Type == "AWS::ApiGateway::Method" && resource.Properties.HTTPMethod == method &&
				matches(t.path(resource.Properties.ResourceID.Ref), path) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s has no %s %s", stack, method, path)
}

// path is that of a resource of API Gateway, such as /items/{id}.
func (t template) path(id string) string {
	resource, ok := t.Resources[id]
	if !ok {
		return ""
	}
	return t.path(resource.Properties.ParentID.Ref) + "/" + resource.Properties.PathPart
}

func matches(pattern, path string) bool {
	parts, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(parts) != len(got) {
		return false
	}
	for i, part := range parts {
		if part != got[i] && (!strings.HasPrefix(part, "{") || got[i] == "") {
			return false
		}
	}
	return true
}
