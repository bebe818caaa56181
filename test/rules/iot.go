package rules

import (
	"regexp"
	"slices"
	"strings"
)

const iotAuthorizerType = "AWS::IoT::Authorizer"

func init() {
	register(
		Rule{
			Name:  "iot-authorizer",
			Doc:   "A custom authorizer of IoT Core is active, its function answers within the 5 seconds that it is given, and IoT Core may call the function for authorizers of the template that have it alone (AWS IoT Core, Creating and managing custom authorizers).",
			Types: []string{iotAuthorizerType, functionType},
			Check: checkIotAuthorizer,
		},
		Rule{
			Name:  "iot-topics",
			Doc:   "A role publishes below one prefix of topics that is the stack's own, and reads none: that is for the clients, by the policy of their authorizer (AWS IoT Core, Publish/Subscribe policy examples).",
			Types: identities,
			Check: checkIotTopics,
		},
		Rule{
			Name:  "iot-topic-prefix",
			Doc:   "The prefix of topics in the environment of a function is what its role may publish below, and the same for all functions: clients would wait at a topic that nobody writes to (docs/design.md, everywhere).",
			Types: []string{functionType},
			Check: checkIotPrefix,
		},
	)
}

// iotPatience is how long IoT Core waits for an authorizer, in seconds.
const iotPatience = 5

func checkIotAuthorizer(t *Template, r *Resource, fault Fault) {
	if r.Type == functionType {
		for _, permission := range t.iotPermissions(r) {
			asks := t.target(permission.get("SourceArn"))
			if asks == nil || asks.Type != iotAuthorizerType || t.target(asks.get("AuthorizerFunctionArn")) != r {
				fault("%s lets iot.amazonaws.com call it for another than an authorizer that has it", permission.ID)
			}
		}
		return
	}
	if status := r.text("Status"); status != "ACTIVE" {
		fault("Status is %q: it must be ACTIVE", status)
	}
	function := t.target(r.get("AuthorizerFunctionArn"))
	if function == nil || function.Type != functionType {
		fault("AuthorizerFunctionArn must be a function of the template")
		return
	}
	if timeout := function.number("Timeout", 3); timeout > iotPatience {
		fault("the timeout of %s is %v s: IoT Core waits for %d s", function.ID, timeout, iotPatience)
	}
	called := slices.ContainsFunc(t.iotPermissions(function), func(permission *Resource) bool {
		return permission.text("Action") == "lambda:InvokeFunction" && t.target(permission.get("SourceArn")) == r
	})
	if !called {
		fault("no permission lets iot.amazonaws.com call %s for it", function.ID)
	}
}

// iotPermissions are those by which IoT Core may call a function.
func (t *Template) iotPermissions(function *Resource) []*Resource {
	return slices.DeleteFunc(t.of("AWS::Lambda::Permission"), func(permission *Resource) bool {
		return permission.text("Principal") != "iot.amazonaws.com" || t.target(permission.get("FunctionName")) != function
	})
}

// ownTopics are the ARN of all topics below a prefix, which holds no wildcard. The
// names that begin with $ are AWS's.
var ownTopics = regexp.MustCompile(`^arn:.+:iot:.+:topic/([^*?$/][^*?]*)/\*$`)

func checkIotTopics(t *Template, r *Resource, fault Fault) {
	prefixes := map[string]bool{}
	for _, s := range r.identityPolicy() {
		if s.effect != "Allow" {
			continue
		}
		for _, action := range []string{"iot:Connect", "iot:Subscribe", "iot:Receive"} {
			if s.covers(action) {
				fault("allows %s", action)
			}
		}
		for _, resource := range s.resources {
			if !s.covers("iot:Publish") {
				continue
			}
			if match := ownTopics.FindStringSubmatch(resource); match != nil {
				prefixes[match[1]] = true
			} else {
				fault("allows iot:Publish on %s, which is not all below a prefix", resource)
			}
		}
	}
	if len(prefixes) > 1 {
		fault("allows iot:Publish below %d prefixes", len(prefixes))
	}
}

func checkIotPrefix(t *Template, r *Resource, fault Fault) {
	const variable = "Environment.Variables.TOPIC_PREFIX"
	prefix := r.text(variable)
	if prefix == "" {
		return
	}
	for _, other := range t.of(functionType) {
		if got := other.text(variable); got != "" && got != prefix {
			fault("TOPIC_PREFIX is %s, and %s in %s", prefix, got, other.ID)
		}
	}
	role := t.target(r.get("Role"))
	if role == nil {
		return // That is a fault of another rule.
	}
	for _, resource := range t.allowed(role, "iot:Publish") {
		if !strings.HasSuffix(resource, ":topic/"+prefix+"/*") {
			fault("TOPIC_PREFIX is %s, and its role may publish on %s", prefix, resource)
		}
	}
}
