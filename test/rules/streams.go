package rules

import "slices"

func init() {
	register(
		Rule{
			Name:  "stream-encryption",
			Doc:   "A stream is encrypted at rest (AWS Security Hub, Kinesis.1).",
			Types: []string{"AWS::Kinesis::Stream", firehoseType},
			Check: func(t *Template, r *Resource, fault Fault) {
				if r.text("StreamEncryption.EncryptionType") != "KMS" && r.text("DeliveryStreamEncryptionConfigurationInput.KeyType") == "" {
					fault("has no encryption at rest")
				}
			},
		},
		Rule{
			Name:  "stream-on-demand",
			Doc:   "A stream grows with what comes, rather than having shards that somebody must count (docs/design.md, streams).",
			Types: []string{"AWS::Kinesis::Stream"},
			Check: func(t *Template, r *Resource, fault Fault) {
				if mode := r.text("StreamModeDetails.StreamMode"); mode != "ON_DEMAND" {
					fault("StreamMode is %q: it must be ON_DEMAND", mode)
				}
			},
		},
		Rule{
			Name:  "firehose-delivery",
			Doc:   "Firehose delivers into a bucket of the template that its role may write to, and logs what it cannot deliver (Amazon Data Firehose, Monitor with CloudWatch Logs).",
			Types: []string{firehoseType},
			Check: checkFirehose,
		},
	)
}

const firehoseType = "AWS::KinesisFirehose::DeliveryStream"

func checkFirehose(t *Template, r *Resource, fault Fault) {
	const to = "ExtendedS3DestinationConfiguration."
	bucket, role := t.target(r.get(to+"BucketARN")), t.target(r.get(to+"RoleARN"))
	if bucket == nil || bucket.Type != bucketType {
		fault("BucketARN must be a bucket of the template")
		return
	}
	if !isServiceRole(role, "firehose.amazonaws.com") {
		fault("RoleARN must be a role of the template, for Firehose alone")
		return
	}
	writes := slices.ContainsFunc(t.allowances(role), func(s statement) bool {
		return s.effect == "Allow" && s.covers("s3:PutObject") && slices.Contains(s.resources, "<"+bucket.ID+".Arn>/*")
	})
	if !writes {
		fault("its role may not s3:PutObject in %s", bucket.ID)
	}
	group := t.target(r.get(to + "CloudWatchLoggingOptions.LogGroupName"))
	if !r.is(to+"CloudWatchLoggingOptions.Enabled") || group == nil || !t.roleMay(role, "logs:PutLogEvents", group) {
		fault("what it cannot deliver is not logged in a log group of the template")
	}
	for _, policy := range t.policiesBeside(role) {
		if !slices.Contains(r.DependsOn, policy.ID) {
			fault("does not wait for %s, so that it is made before it may write", policy.ID)
		}
	}
}
