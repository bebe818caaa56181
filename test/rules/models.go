package rules

import (
	"regexp"
	"slices"
	"strings"
)

func init() {
	register(
		Rule{
			Name:  "model-resources",
			Doc:   "A role calls the models that it names and no others, and in any Region only through an inference profile that it names (Amazon Bedrock, Prerequisites for inference profiles; docs/design.md, models).",
			Types: identities,
			Check: checkModelResources,
		},
		Rule{
			Name:  "model-reach",
			Doc:   "A function may call the model in its environment: otherwise every call is refused, and only when somebody calls (docs/design.md, models).",
			Types: []string{functionType},
			Check: checkModelReach,
		},
		Rule{
			Name:  "model-guardrail",
			Doc:   "A guardrail that a function is given cannot be left out: its role calls the model with that guardrail only (Amazon Bedrock, Set up permissions to use guardrails: enforce a guardrail).",
			Types: []string{functionType},
			Check: checkGuardrail,
		},
		Rule{
			Name:  "model-usage-plan",
			Doc:   "Whoever makes a model work, at once or by a queue, has a key whose usage plan bounds it: every call costs (OWASP Top 10 for LLM Applications, LLM10 Unbounded Consumption; docs/design.md, models).",
			Types: []string{methodType},
			Check: checkModelPlan,
		},
	)
}

// isModelAction tells of the actions of the services that have models.
func isModelAction(action string) bool {
	action = strings.ToLower(action)
	return strings.HasPrefix(action, "bedrock:") || strings.HasPrefix(action, "sagemaker:")
}

// anywhere is a foundation model in all Regions, or in none that is named.
var anywhere = regexp.MustCompile(`^arn:(?:<AWS::Partition>|[a-z-]+):bedrock:\*?::foundation-model/([^*?]+)$`)

func checkModelResources(t *Template, r *Resource, fault Fault) {
	for _, s := range r.identityPolicy() {
		if s.effect != "Allow" || !slices.ContainsFunc(s.actions, isModelAction) {
			continue
		}
		for _, resource := range s.resources {
			match := anywhere.FindStringSubmatch(resource)
			switch {
			case match != nil && !strings.HasSuffix(s.asks("bedrock:inferenceprofilearn"), "."+match[1]):
				fault("allows %s on %s without asking for an inference profile of it", strings.Join(s.actions, ", "), resource)
			case match == nil && strings.ContainsAny(resource, "*?"):
				fault("allows %s on %s", strings.Join(s.actions, ", "), resource)
			}
		}
	}
}

// asks is the one value that a statement wants a key to have, or "".
func (s statement) asks(key string) string {
	for _, c := range s.conditions {
		if c.operator == "StringEquals" && c.key == key && len(c.values) == 1 && !strings.ContainsAny(c.values[0], "*?") {
			return c.values[0]
		}
	}
	return ""
}

// variable is one of a function's environment, or "".
func (r *Resource) variable(name string) string { return r.text("Environment.Variables." + name) }

// modelCalls are the statements by which the role of a function may call models.
func (t *Template) modelCalls(function *Resource) []statement {
	role := t.target(function.get("Role"))
	if role == nil {
		return nil
	}
	return slices.DeleteFunc(t.allowances(role), func(s statement) bool {
		return !slices.ContainsFunc(s.actions, func(action string) bool {
			return isModelAction(action) && strings.Contains(action, ":Invoke")
		})
	})
}

func checkModelReach(t *Template, r *Resource, fault Fault) {
	wanted := map[string]string{
		"bedrock":   "/" + r.variable("MODEL_ID"),
		"sagemaker": ":endpoint/" + strings.ToLower(r.variable("MODEL_SAGEMAKER_ENDPOINT")),
	}[r.variable("MODEL_ENDPOINT")]
	if wanted == "" {
		return
	}
	reached := slices.ContainsFunc(t.modelCalls(r), func(s statement) bool {
		return slices.ContainsFunc(s.resources, func(resource string) bool { return strings.HasSuffix(resource, wanted) })
	})
	if !reached {
		fault("its role may not call %s", strings.TrimLeft(wanted, ":/"))
	}
}

func checkGuardrail(t *Template, r *Resource, fault Fault) {
	guardrail, version := r.variable("MODEL_GUARDRAIL"), r.variable("MODEL_GUARDRAIL_VERSION")
	for _, s := range t.modelCalls(r) {
		asked := s.asks("bedrock:guardrailidentifier")
		switch {
		case guardrail == "" && asked != "":
			fault("its role asks for %s, and its environment has no MODEL_GUARDRAIL", asked)
		case guardrail != "" && !strings.HasSuffix(asked, ":guardrail/"+guardrail+":"+version):
			fault("its role may call %s without version %q of its guardrail %s", strings.Join(s.resources, ", "), version, guardrail)
		}
	}
	role := t.target(r.get("Role"))
	applies := role != nil && slices.ContainsFunc(t.allowed(role, "bedrock:ApplyGuardrail"), func(resource string) bool {
		return strings.HasSuffix(resource, ":guardrail/"+guardrail)
	})
	if guardrail != "" && !applies {
		fault("its role may not bedrock:ApplyGuardrail on %s", guardrail)
	}
}

func checkModelPlan(t *Template, r *Resource, fault Fault) {
	if r.is("ApiKeyRequired") {
		return // The rule usage-plans asks for the plan.
	}
	for _, called := range t.mentioned(r.get("Integration.Uri")) {
		workers := []*Resource{called}
		for _, consumer := range t.consumersOf(called) {
			workers = append(workers, t.target(consumer.get("FunctionName")))
		}
		for _, worker := range workers {
			if worker != nil && (worker.variable("MODEL_ENDPOINT") != "" || len(t.modelCalls(worker)) > 0) {
				fault("has %s call a model for anybody with a token: set ApiKeyRequired", worker.ID)
			}
		}
	}
}
