package rules

import (
	"slices"
	"strings"
)

const bucketType = "AWS::S3::Bucket"

func init() {
	register(
		Rule{
			Name:  "bucket-private",
			Doc:   "A bucket blocks public access in all four ways and knows no ACLs (AWS Security Hub, S3.8, S3.12).",
			Types: []string{bucketType},
			Check: checkPrivate,
		},
		Rule{
			Name:  "bucket-encryption",
			Doc:   "A bucket says how it is encrypted at rest (Amazon S3, Protecting data with server-side encryption).",
			Types: []string{bucketType},
			Check: checkBucketEncryption,
		},
		Rule{
			Name:  "bucket-tls",
			Doc:   "A bucket refuses whoever comes without TLS (AWS Security Hub, S3.5).",
			Types: []string{bucketType, "AWS::S3::BucketPolicy"},
			Check: checkBucketTLS,
		},
		Rule{
			Name:  "bucket-versioning",
			Doc:   "What is overwritten or deleted in a bucket can be brought back (AWS Security Hub, S3.14).",
			Types: []string{bucketType},
			Check: checkVersioning,
		},
		Rule{
			Name:  "bucket-lifecycle",
			Doc:   "In all of a bucket, old versions expire and unfinished uploads are aborted, which cost as much as objects and are not listed (AWS Security Hub, S3.10; Amazon S3, Aborting a multipart upload).",
			Types: []string{bucketType},
			Check: checkLifecycle,
		},
		Rule{
			Name:  "bucket-access-logs",
			Doc:   "A bucket logs who reached it, into a bucket of the template that S3 may write to, or has a reason not to (AWS Security Hub, S3.9).",
			Types: []string{bucketType},
			Check: checkAccessLogs,
		},
		Rule{
			Name:  "bucket-notifications",
			Doc:   "A bucket notifies queues, where a notification waits until it is worked on, and S3 of this account may send there; or EventBridge, where a rule of the template listens (Amazon S3, Granting permissions to publish event notification messages).",
			Types: []string{bucketType},
			Check: checkNotifications,
		},
	)
}

func checkPrivate(t *Template, r *Resource, fault Fault) {
	for _, block := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
		if !r.is("PublicAccessBlockConfiguration." + block) {
			fault("PublicAccessBlockConfiguration.%s must be true", block)
		}
	}
	rules := list(r.get("OwnershipControls.Rules"))
	if len(rules) != 1 || text(object(rules[0])["ObjectOwnership"]) != "BucketOwnerEnforced" {
		fault("ObjectOwnership must be BucketOwnerEnforced")
	}
}

func checkBucketEncryption(t *Template, r *Resource, fault Fault) {
	rules := list(r.get("BucketEncryption.ServerSideEncryptionConfiguration"))
	if len(rules) == 0 {
		fault("BucketEncryption is not set")
	}
	for _, rule := range rules {
		byDefault := object(object(rule)["ServerSideEncryptionByDefault"])
		algorithm := text(byDefault["SSEAlgorithm"])
		if algorithm != "AES256" && (!strings.HasPrefix(algorithm, "aws:kms") || t.target(byDefault["KMSMasterKeyID"]) == nil) {
			fault("SSEAlgorithm must be AES256, or aws:kms with a key of the template")
		}
	}
}

func checkBucketTLS(t *Template, r *Resource, fault Fault) {
	if r.Type == bucketType && !t.deniesPlainHTTP(r, []string{"s3:*"}, "<"+r.ID+".Arn>", "<"+r.ID+".Arn>/*") {
		fault("its policy does not deny s3:* on it and its objects to everyone where aws:SecureTransport is false")
	}
}

func checkVersioning(t *Template, r *Resource, fault Fault) {
	if r.text("VersioningConfiguration.Status") != "Enabled" {
		fault("VersioningConfiguration.Status must be Enabled")
	}
}

func checkLifecycle(t *Template, r *Resource, fault Fault) {
	var aborts, expires bool
	for _, entry := range list(r.get("LifecycleConfiguration.Rules")) {
		rule := &Resource{Properties: object(entry)}
		if rule.text("Status") != "Enabled" || isPartial(rule) {
			continue
		}
		aborts = aborts || rule.number("AbortIncompleteMultipartUpload.DaysAfterInitiation", 0) >= 1
		expires = expires || rule.number("NoncurrentVersionExpiration.NoncurrentDays", 0) >= 1
	}
	if !aborts {
		fault("no lifecycle rule for all of it aborts incomplete multipart uploads")
	}
	if !expires {
		fault("no lifecycle rule for all of it expires noncurrent versions")
	}
}

// isPartial tells whether a lifecycle rule is for some objects only.
func isPartial(rule *Resource) bool {
	for _, filter := range []string{"Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"} {
		if value := rule.get(filter); value != nil && text(value) != "" {
			return true
		}
	}
	return false
}

func checkAccessLogs(t *Template, r *Resource, fault Fault) {
	logs := t.target(r.get("LoggingConfiguration.DestinationBucketName"))
	switch {
	case logs == nil || logs.Type != bucketType:
		if !t.receivesLogs(r) && !hasReason(r, "AwsSolutions-S1") {
			fault("LoggingConfiguration must name a bucket of the template, or cdk-nag's metadata a reason why not (AwsSolutions-S1)")
		}
	case logs == r:
		fault("logs into itself, and each log makes another")
	case !t.takesLogs(logs, r):
		fault("the policy of %s must let logging.s3.amazonaws.com of this account (aws:SourceAccount) put its logs under %q",
			logs.ID, r.text("LoggingConfiguration.LogFilePrefix"))
	}
}

// receivesLogs tells of the bucket that others log into, which cannot log
// without end.
func (t *Template) receivesLogs(r *Resource) bool {
	return slices.ContainsFunc(t.of(bucketType), func(other *Resource) bool {
		return t.target(other.get("LoggingConfiguration.DestinationBucketName")) == r
	})
}

// hasReason tells whether the metadata of a resource say why a rule of cdk-nag
// does not apply.
func hasReason(r *Resource, rule string) bool {
	return slices.ContainsFunc(list(object(r.Metadata["cdk_nag"])["rules_to_suppress"]), func(s any) bool {
		return text(object(s)["id"]) == rule && len(text(object(s)["reason"])) >= 10
	})
}

func (t *Template) takesLogs(logs, of *Resource) bool {
	objects := "<" + logs.ID + ".Arn>/" + of.text("LoggingConfiguration.LogFilePrefix") + "*"
	return slices.ContainsFunc(t.policyOf(logs), func(s statement) bool {
		return s.effect == "Allow" && slices.Contains(s.principals["Service"], "logging.s3.amazonaws.com") &&
			s.covers("s3:PutObject") && s.thisAccount() &&
			slices.ContainsFunc(s.resources, func(pattern string) bool { return matches(pattern, objects) })
	})
}

func checkNotifications(t *Template, r *Resource, fault Fault) {
	for _, other := range []string{"LambdaConfigurations", "TopicConfigurations"} {
		if r.get("NotificationConfiguration."+other) != nil {
			fault("notifies by %s: only queues keep a notification until it is worked on", other)
		}
	}
	if r.get("NotificationConfiguration.EventBridgeConfiguration") != nil && !t.listens(r) {
		fault("sends events to EventBridge, and no rule of the template listens")
	}
	told := map[*Resource]bool{}
	for _, entry := range list(r.get("NotificationConfiguration.QueueConfigurations")) {
		q := t.target(object(entry)["Queue"])
		if q == nil || q.Type != queueType {
			fault("notifies %s, which is no queue of the template", text(object(entry)["Queue"]))
			continue
		}
		if told[q] {
			continue
		}
		told[q] = true
		if !t.letsService(q, "s3.amazonaws.com", "sqs:SendMessage") {
			fault("the policy of %s must let s3.amazonaws.com of this account (aws:SourceAccount) send", q.ID)
		} else if !slices.ContainsFunc(t.policiesOf(q), func(policy *Resource) bool { return slices.Contains(r.DependsOn, policy.ID) }) {
			fault("must depend on the policy of %s: S3 sends a test when the bucket is made", q.ID)
		}
		if key := t.target(q.get("KmsMasterKeyId")); key != nil {
			t.mustUseKey(key, "s3.amazonaws.com", fault)
		}
	}
}
