package rules

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var thumbnailerMutants = of("Thumbnailer",
	everywhereMutants, lifetimeMutants, iamMutants, functionMutants, alarmMutants, queueMutants, topicMutants, bucketMutants)

// acceptedOfThumbnailer are changes of the Thumbnailer goldens that break no rule.
var acceptedOfThumbnailer = of("Thumbnailer", []mutant{
	one("", resize, "Properties MemorySize", 128.0),
	one("", resize, "Properties MemorySize", 10240.0),
	one("", resize, "Properties ReservedConcurrentExecutions", 10.0),
	one("", "Resize/LogGroup", "Properties RetentionInDays", 1.0),
	one("", poller, "Properties ScalingConfig MaximumConcurrency", 2.0),
	one("", poller, "Properties ScalingConfig MaximumConcurrency", 1000.0),
	one("", work, "Properties RedrivePolicy maxReceiveCount", 3.0),
	one("", work, "Properties MessageRetentionPeriod", 60.0),
	one("", work, "Properties VisibilityTimeout", "360"),
	one("", uploads, "Properties LifecycleConfiguration Rules CleanUp Prefix", ""),
	one("", uploads, "Properties LifecycleConfiguration Rules CleanUp AbortIncompleteMultipartUpload DaysAfterInitiation", 1.0),
	one("", workPolicy, "Properties PolicyDocument Statement AllowNotifications Condition ArnLike", gone),
	one("", "Alarms/Topic/Policy", "Properties PolicyDocument Statement AllowAlarms Condition ArnLike", gone),
	one("", "Resize/LogGroup", "DeletionPolicy", "RetainExceptOnCreate").in("prod"),
	one("", "Alarms/Key", "DeletionPolicy", "Retain").in("prod"),
})

func TestCheckLeavesTheTemplateAlone(t *testing.T) {
	m := golden(t, "Thumbnailer", "dev")
	m.set("Work/Queue", "Properties VisibilityTimeout", obj{"Ref": "AWS::NoValue"})
	if got, want := m.found(), []string{"queue-visibility " + m.id("Work/Queue")}; !slices.Equal(got, want) {
		t.Errorf("AWS::NoValue is not taken as absence: %q", got)
	}
	untouched := golden(t, "Thumbnailer", "dev")
	untouched.set("Work/Queue", "Properties VisibilityTimeout", obj{"Ref": "AWS::NoValue"})
	if diff := cmp.Diff(untouched.template, m.template); diff != "" {
		t.Error(diff)
	}
}
