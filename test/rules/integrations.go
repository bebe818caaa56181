package rules

import (
	"regexp"
	"slices"
	"strings"
)

func init() {
	register(
		Rule{
			Name:  "integration-queue",
			Doc:   "A method that sends to a queue without a function does so with a role that may do nothing else, and takes what its templates are for alone (Amazon API Gateway, Integration passthrough behaviors; docs/design.md, everywhere).",
			Types: []string{methodType},
			Check: checkIntegration,
		},
		Rule{
			Name:  "integration-template",
			Doc:   "What a caller wrote is escaped where a request of AWS is made of it: otherwise a body with & in it adds parameters to the request (CWE-88; Amazon API Gateway, $util variables).",
			Types: []string{methodType},
			Check: checkRequestTemplates,
		},
		Rule{
			Name:  "integration-responses",
			Doc:   "A success is the answer to a success alone, and all else that AWS may answer is an error: what matches no pattern gets the response without one (Amazon API Gateway, Setting up an integration response).",
			Types: []string{methodType},
			Check: checkIntegrationResponses,
		},
	)
}

// callsAWS tells of a method that calls a service of AWS itself.
func callsAWS(method *Resource) bool { return method.text("Integration.Type") == "AWS" }

func checkIntegration(t *Template, r *Resource, fault Fault) {
	if !callsAWS(r) {
		return
	}
	called := t.mentioned(r.get("Integration.Uri"))
	if !strings.Contains(r.text("Integration.Uri"), ":sqs:path/") || len(called) != 1 || called[0].Type != queueType {
		fault("calls %s: only queues of the template have rules yet", r.text("Integration.Uri"))
		return
	}
	if behavior := r.text("Integration.PassthroughBehavior"); behavior != "NEVER" {
		fault("PassthroughBehavior is %q: it must be NEVER, or other types of content reach the queue as they are", behavior)
	}
	role := t.target(r.get("Integration.Credentials"))
	if role == nil || role.Type != "AWS::IAM::Role" {
		fault("Credentials must be a role of the template")
		return
	}
	for _, s := range role.doors() {
		if !slices.Equal(s.principals["Service"], []string{"apigateway.amazonaws.com"}) || len(s.principals) != 1 {
			fault("others than apigateway.amazonaws.com may assume its role %s", role.ID)
		}
	}
	if !t.roleMay(role, "sqs:SendMessage", called[0]) {
		fault("its role %s may not sqs:SendMessage on %s", role.ID, called[0].ID)
	}
	for _, s := range t.allowances(role) {
		if !slices.Equal(s.actions, []string{"sqs:SendMessage"}) || !slices.Equal(s.resources, []string{"<" + called[0].ID + ".Arn>"}) {
			fault("its role %s may %s on %s", role.ID, strings.Join(s.actions, ", "), strings.Join(s.resources, ", "))
		}
	}
}

func checkRequestTemplates(t *Template, r *Resource, fault Fault) {
	if !callsAWS(r) {
		return
	}
	templates := object(r.get("Integration.RequestTemplates"))
	if len(templates) == 0 {
		fault("has no RequestTemplates")
	}
	for kind, template := range templates {
		parsed, err := parseVelocity(text(template))
		if err != nil {
			fault("the template for %s cannot be judged: %v", kind, err)
			continue
		}
		for _, reference := range parsed.unescaped() {
			fault("the template for %s writes %s without $util.urlEncode", kind, reference)
		}
	}
	for name, value := range object(r.get("Integration.RequestParameters")) {
		if value := text(value); !strings.HasPrefix(value, "'") {
			fault("RequestParameters sets %s to %s: it must be a text of ours, in single quotes", name, value)
		}
	}
}

// statuses are some of those that services of AWS answer with.
var statuses = []string{"200", "201", "204", "301", "307", "400", "403", "404", "413", "429", "500", "502", "503", "504"}

func isSuccess(status string) bool { return strings.HasPrefix(status, "2") }

func checkIntegrationResponses(t *Template, r *Resource, fault Fault) {
	if !callsAWS(r) {
		return
	}
	declared := map[string]bool{}
	for _, response := range list(r.get("MethodResponses")) {
		declared[text(object(response)["StatusCode"])] = true
	}
	others := 0
	for _, entry := range list(r.get("Integration.IntegrationResponses")) {
		response := &Resource{Properties: object(entry)}
		status, pattern := response.text("StatusCode"), response.text("SelectionPattern")
		if !declared[status] {
			fault("MethodResponses lacks %s", status)
		}
		if pattern == "" {
			others++
			if isSuccess(status) {
				fault("answers %s to all that matches no SelectionPattern", status)
			}
			continue
		}
		selects, err := regexp.Compile("^(?:" + pattern + ")$")
		if err != nil {
			fault("SelectionPattern %q is no regular expression: %v", pattern, err)
			continue
		}
		for _, answered := range statuses {
			if selects.MatchString(answered) && isSuccess(status) != isSuccess(answered) {
				fault("answers %s to %s", status, answered)
			}
		}
	}
	if others != 1 {
		fault("has %d responses without a SelectionPattern: there must be one, for all other answers", others)
	}
}
