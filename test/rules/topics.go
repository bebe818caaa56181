package rules

import (
	"slices"
)

const topicType = "AWS::SNS::Topic"

func init() {
	register(
		Rule{
			Name:  "topic-encryption",
			Doc:   "A topic is encrypted with a key of the template: the key that AWS manages for SNS lets no alarm publish (Amazon SNS, Securing Amazon SNS data with server-side encryption).",
			Types: []string{topicType},
			Check: checkTopicEncryption,
		},
		Rule{
			Name:  "topic-tls",
			Doc:   "A topic refuses what is published without TLS (Amazon SNS security best practices: enforce encryption of data in transit).",
			Types: []string{topicType, "AWS::SNS::TopicPolicy"},
			Check: checkTopicTLS,
		},
		Rule{
			Name:  "alarm-topic",
			Doc:   "The alarms of this account may publish to the topic they tell, and use its key: nobody would notice if they may not (Amazon CloudWatch, Using Amazon CloudWatch alarms: encrypted topics).",
			Types: []string{topicType},
			Check: checkAlarmTopic,
		},
		Rule{
			Name:  "subscription-dead-letters",
			Doc:   "What a topic cannot deliver to a machine goes to a dead-letter queue; people have the alarm's history (docs/design.md, async hops).",
			Types: []string{"AWS::SNS::Subscription"},
			Check: checkSubscription,
		},
	)
}

func checkTopicEncryption(t *Template, r *Resource, fault Fault) {
	if key := t.target(r.get("KmsMasterKeyId")); key == nil || key.Type != "AWS::KMS::Key" {
		fault("KmsMasterKeyId must be a key of the template")
	}
}

func checkTopicTLS(t *Template, r *Resource, fault Fault) {
	if r.Type == topicType && !t.deniesPlainHTTP(r, []string{"sns:Publish"}, "<"+r.ID+">") {
		fault("its policy does not deny sns:Publish to everyone where aws:SecureTransport is false")
	}
}

func checkAlarmTopic(t *Template, r *Resource, fault Fault) {
	told := slices.ContainsFunc(t.of(alarmType), func(a *Resource) bool {
		return slices.Contains(t.mentioned(a.get("AlarmActions")), r)
	})
	if !told {
		return
	}
	if !t.letsService(r, "cloudwatch.amazonaws.com", "sns:Publish") {
		fault("its policy must let cloudwatch.amazonaws.com of this account (aws:SourceAccount) publish")
	}
	if key := t.target(r.get("KmsMasterKeyId")); key != nil {
		t.mustUseKey(key, "cloudwatch.amazonaws.com", fault)
	}
}

// mustUseKey faults a resource whose key keeps out the service that writes to
// it.
func (t *Template) mustUseKey(key *Resource, service string, fault Fault) {
	for _, action := range []string{"kms:Decrypt", "kms:GenerateDataKey"} {
		if !t.letsService(key, service, action) {
			fault("the policy of its key %s must let %s of this account (aws:SourceAccount) %s", key.ID, service, action)
		}
	}
}

func checkSubscription(t *Template, r *Resource, fault Fault) {
	forPeople := []string{"email", "email-json", "sms"}
	if !slices.Contains(forPeople, r.text("Protocol")) && t.target(r.get("RedrivePolicy.deadLetterTargetArn")) == nil {
		fault("a subscription by %s needs a RedrivePolicy to a queue of the template", r.text("Protocol"))
	}
}
