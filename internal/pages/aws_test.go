package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// operations are those of the AWS CLI that pages call, with the options that they
// may have besides --output and --query, and what the stand-in prints.
var operations = map[string]struct {
	options []string
	prints  string
}{
	"apigateway get-api-key":           {[]string{"--api-key", "--include-value!"}, "key"},
	"cloudformation describe-stacks":   {[]string{"--stack-name"}, ""},
	"cognito-idp confirm-sign-up":      {[]string{"--client-id", "--username", "--confirmation-code"}, ""},
	"cognito-idp initiate-auth":        {[]string{"--client-id", "--auth-flow", "--auth-parameters"}, jwt},
	"cognito-idp sign-up":              {[]string{"--client-id", "--username", "--password"}, ""},
	"dynamodb put-item":                {[]string{"--table-name", "--item"}, ""},
	"iot describe-endpoint":            {[]string{"--endpoint-type"}, "example-ats.iot.eu-central-1.amazonaws.com"},
	"s3 cp":                            {nil, ""},
	"s3 ls":                            {nil, ""},
	"sqs receive-message":              {[]string{"--queue-url", "--wait-time-seconds"}, ""},
	"sqs send-message":                 {[]string{"--queue-url", "--message-body"}, ""},
	"stepfunctions redrive-execution":  {[]string{"--execution-arn"}, ""},
	"stepfunctions start-execution":    {[]string{"--state-machine-arn", "--name", "--input"}, ""},
	"stepfunctions describe-execution": {[]string{"--execution-arn"}, ""},
}

// jwt is of a caller whose sub is me. Nobody checks its signature here.
const jwt = "e30.eyJzdWIiOiJtZSJ9.signature"

// documents are the options whose values are JSON.
var documents = []string{"--item", "--input"}

func aws(s session, args []string) error {
	if len(args) < 2 {
		return errors.New("it names no operation")
	}
	operation, known := operations[args[0]+" "+args[1]]
	if !known {
		return errors.New("this operation is not among those that the test knows")
	}
	given, err := options(args[2:], append(operation.options, "--output", "--query")...)
	if err != nil {
		return err
	}
	for name, values := range given.values {
		if slices.Contains(values, "") && !slices.Contains(operation.options, name+"!") {
			return fmt.Errorf("%s is empty", name)
		}
		if slices.Contains(documents, name) && !json.Valid([]byte(values[0])) {
			return fmt.Errorf("%s is not JSON: %s", name, values[0])
		}
	}
	switch args[0] + " " + args[1] {
	case "cloudformation describe-stacks":
		return output(s, given.get("--stack-name"), given.get("--query"))
	case "s3 cp", "s3 ls":
		if !slices.ContainsFunc(given.rest, func(arg string) bool { return strings.HasPrefix(arg, "s3://") }) {
			return errors.New("it names no bucket")
		}
	default:
		if len(given.rest) > 0 {
			return fmt.Errorf("%s is no option", given.rest[0])
		}
	}
	fmt.Println(operation.prints)
	return nil
}

var outputQuery = regexp.MustCompile(`^Stacks\[0\]\.Outputs\[\?OutputKey=='(\w+)'\]\.OutputValue$`)

// output prints one of a stack, which must be in one of its templates. URLs are of a
// host that is called as the stack, for curl.
func output(s session, stack, query string) error {
	match := outputQuery.FindStringSubmatch(query)
	if match == nil {
		return fmt.Errorf("%s is no query of one output", query)
	}
	templates, err := templates(s, stack)
	if err != nil {
		return err
	}
	for _, t := range templates {
		if _, ok := t.Outputs[match[1]]; ok {
			if strings.HasSuffix(match[1], "Url") {
				fmt.Printf("https://%s.example.com/v1\n", stack)
			} else {
				fmt.Println("the-" + match[1])
			}
			return nil
		}
	}
	return fmt.Errorf("%s has no output %s", stack, match[1])
}

// template is what pages speak of in a golden.
type template struct {
	Outputs   map[string]any
	Resources map[string]struct {
		Type       string
		Properties struct {
			HTTPMethod, PathPart string
			ParentID, ResourceID struct{ Ref string } // A Fn::GetAtt is the root's.
		}
	}
}

// templates are those of a stack in all of its variants.
func templates(s session, stack string) ([]template, error) {
	if !isStack(stack) {
		return nil, fmt.Errorf("%q is no stack", stack)
	}
	files, err := filepath.Glob(filepath.Join(s.Root, "test", "testdata", "golden", stack+".*.json"))
	if err != nil {
		return nil, err
	}
	var found []template
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var t template
		if err := json.Unmarshal(text, &t); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		found = append(found, t)
	}
	return found, nil
}
