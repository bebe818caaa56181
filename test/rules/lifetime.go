package rules

import "slices"

func init() {
	register(
		Rule{
			Name:  "production-retains",
			Doc:   "In production, what holds data outlives its stack (docs/design.md, Defaults: prod retains data).",
			Types: slices.Concat(holders, []string{poolType, "AWS::KMS::Key", "AWS::ECR::Repository", "AWS::Kinesis::Stream", "AWS::SecretsManager::Secret", namespaceType}),
			Check: checkRetained,
		},
		Rule{
			Name:  "development-deletes",
			Doc:   "In development, nothing outlives its stack (docs/design.md, Defaults: dev can be destroyed whole).",
			Check: checkDeleted,
		},
		Rule{
			Name:  "bucket-emptying",
			Doc:   "In development every bucket is emptied before its stack is deleted, which would fail otherwise, and in production nothing can do that (aws-cdk-lib, aws_s3.BucketProps.autoDeleteObjects).",
			Types: []string{bucketType, emptierType},
			Check: checkEmptying,
		},
	)
}

// holders are the types that hold data and may do so under a key of the
// template.
var holders = slices.Concat([]string{bucketType, "AWS::Logs::LogGroup"}, tableTypes)

// emptierType is the CDK's custom resource that deletes a bucket's objects.
const emptierType = "Custom::S3AutoDeleteObjects"

func checkRetained(t *Template, r *Resource, fault Fault) {
	if !t.Env.Production || r.Type == "AWS::KMS::Key" && !t.locksData(r) {
		return
	}
	// RetainExceptOnCreate retains what was once deployed whole.
	if r.DeletionPolicy != "Retain" && r.DeletionPolicy != "RetainExceptOnCreate" {
		fault("DeletionPolicy is %s in production: it must be Retain", r.DeletionPolicy)
	}
	if r.ReplacePolicy != "Retain" {
		fault("UpdateReplacePolicy is %s in production: it must be Retain", r.ReplacePolicy)
	}
}

// locksData tells whether data that is kept would be lost with the key. What
// lies under the keys of queues and topics is on its way.
func (t *Template) locksData(key *Resource) bool {
	for _, resourceType := range holders {
		for _, r := range t.of(resourceType) {
			if slices.Contains(t.mentioned(r.Properties), key) {
				return true
			}
		}
	}
	return false
}

func checkDeleted(t *Template, r *Resource, fault Fault) {
	if t.Env.Production || t.isOfAllAPIs(r) {
		return
	}
	if r.Type != outputsType && (r.DeletionPolicy != "Delete" || r.ReplacePolicy != "Delete") {
		fault("DeletionPolicy is %s and UpdateReplacePolicy %s in development: both must be Delete", r.DeletionPolicy, r.ReplacePolicy)
	}
}

func checkEmptying(t *Template, r *Resource, fault Fault) {
	switch {
	case r.Type == emptierType:
		if t.Env.Production {
			fault("empties %s in production", text(r.get("BucketName")))
		}
	case !t.Env.Production && !t.emptied(r):
		fault("a stack with objects in this bucket cannot be deleted: set AutoDeleteObjects")
	}
}

// emptied tells whether the CDK empties bucket: its custom resource does so for
// those with its tag alone.
func (t *Template) emptied(bucket *Resource) bool {
	tagged := slices.ContainsFunc(list(bucket.get("Tags")), func(tag any) bool {
		return text(object(tag)["Key"]) == "aws-cdk:auto-delete-objects" && text(object(tag)["Value"]) == "true"
	})
	return tagged && slices.ContainsFunc(t.of(emptierType), func(r *Resource) bool {
		return t.target(r.get("BucketName")) == bucket
	})
}
