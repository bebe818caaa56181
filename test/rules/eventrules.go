package rules

import (
	"slices"
	"strings"
)

const ruleType = "AWS::Events::Rule"

func init() {
	register(
		Rule{
			Name:  "rule-dead-letters",
			Doc:   "What a rule cannot deliver goes to a dead-letter queue that lets it in, after finite tries (Amazon EventBridge, Using dead-letter queues to process undelivered events).",
			Types: []string{ruleType},
			Check: checkRuleDeadLetters,
		},
		Rule{
			Name:  "rule-targets",
			Doc:   "A rule chooses its events by a pattern, and starts a state machine by its alias, with a role that may do that (Amazon EventBridge, Access to targets by roles).",
			Types: []string{ruleType},
			Check: checkRuleTargets,
		},
	)
}

func checkRuleDeadLetters(t *Template, r *Resource, fault Fault) {
	for _, entry := range list(r.get("Targets")) {
		target := &Resource{Properties: object(entry)}
		dead := t.target(target.get("DeadLetterConfig.Arn"))
		if dead == nil || dead.Type != queueType {
			fault("target %s has no dead-letter queue of the template", target.text("Id"))
			continue
		}
		if !t.letsRule(dead, r) {
			fault("the policy of %s does not let the rule send", dead.ID)
		}
		if target.get("RetryPolicy.MaximumRetryAttempts") == nil || target.get("RetryPolicy.MaximumEventAgeInSeconds") == nil {
			fault("target %s must say how often and for how long it is tried", target.text("Id"))
		}
	}
}

// letsRule tells whether the policy of a queue lets a rule send, and no other.
func (t *Template) letsRule(queue, rule *Resource) bool {
	return slices.ContainsFunc(t.policyOf(queue), func(s statement) bool {
		return s.effect == "Allow" && slices.Equal(s.principals["Service"], []string{"events.amazonaws.com"}) && s.covers("sqs:SendMessage") && t.reaches(s, queue) &&
			slices.ContainsFunc(s.conditions, func(c condition) bool {
				return c.key == "aws:sourcearn" && slices.Equal(c.values, []string{"<" + rule.ID + ".Arn>"})
			})
	})
}

func checkRuleTargets(t *Template, r *Resource, fault Fault) {
	if len(list(r.get("Targets"))) == 0 {
		fault("has no target")
	}
	if len(object(r.get("EventPattern"))) == 0 {
		fault("EventPattern is missing")
	}
	if state := r.text("State"); state != "ENABLED" {
		fault("State is %q", state)
	}
	for _, entry := range list(r.get("Targets")) {
		target := &Resource{Properties: object(entry)}
		started := t.target(target.get("Arn"))
		switch {
		case started == nil:
			fault("target %s is not of the template", target.text("Id"))
		case started.Type == machineType || started.Type == versionType:
			fault("target %s must be an alias: what it starts would change, or never change, under its events", started.ID)
		case started.Type == aliasType:
			role := t.target(target.get("RoleArn"))
			if role == nil || !t.roleMay(role, "states:StartExecution", started) {
				fault("the role of target %s may not start %s", target.text("Id"), started.ID)
			} else if !t.dependsOnPolicy(r, role) {
				fault("must depend on the policy of %s", role.ID)
			}
		}
	}
}

// dependsOnPolicy tells whether r comes after the policies of a role.
func (t *Template) dependsOnPolicy(r, role *Resource) bool {
	return slices.ContainsFunc(t.of("AWS::IAM::Policy"), func(policy *Resource) bool {
		return slices.Contains(t.mentioned(policy.get("Roles")), role) && slices.Contains(r.DependsOn, policy.ID)
	})
}

// listens tells whether a rule of the template chooses events of a bucket.
func (t *Template) listens(bucket *Resource) bool {
	return slices.ContainsFunc(t.of(ruleType), func(rule *Resource) bool {
		return slices.Contains(texts(rule.get("EventPattern.source")), "aws.s3") &&
			strings.Contains(strings.Join(texts(object(object(object(rule.get("EventPattern"))["detail"])["bucket"])["name"]), " "), "<"+bucket.ID+">")
	})
}
