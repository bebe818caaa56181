// Package table makes DynamoDB tables that cost nothing while nobody calls, that
// can be set back to any second of the last 35 days, and that are not deleted by
// accident.
package table

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
)

// Props configure a Table.
type Props struct {
	// PartitionKey is the name of the attribute, a string, that spreads items
	// over partitions. Required.
	PartitionKey string
	// SortKey is the name of the attribute, a string, that orders the items of a
	// partition. Defaults to none: one item a partition.
	SortKey string
	// TimeToLive is the name of the attribute, in seconds since 1970, after
	// which DynamoDB deletes an item, within some days. Defaults to none.
	TimeToLive string
	// Stream keeps the items that change, as they then are, for a day, so that
	// Consume can tell a function of them. Defaults to no stream.
	Stream bool
	// AlarmTopic is told when requests are throttled or fail inside DynamoDB.
	// Defaults to alarms that tell nobody.
	AlarmTopic awssns.ITopic
	// Retain keeps the table when the stack is deleted, and protects it from
	// deletion otherwise. Defaults to deleting it with the stack.
	Retain bool
}

// Table is a DynamoDB table with the defaults of this repository.
type Table struct {
	Construct constructs.Construct
	Table     awsdynamodb.TableV2

	streams    bool
	alarmTopic awssns.ITopic
}

// New makes a Table.
func New(scope constructs.Construct, id string, props *Props) *Table {
	if props == nil || props.PartitionKey == "" {
		panic(`table: PartitionKey is required, such as "owner"`)
	}
	p := *props
	if p.SortKey == p.PartitionKey {
		panic("table: SortKey must be another attribute than PartitionKey, got " + p.SortKey + " for both")
	}

	this := constructs.NewConstruct(scope, jsii.String(id))
	tableProps := &awsdynamodb.TablePropsV2{
		PartitionKey: text(p.PartitionKey),
		Billing:      awsdynamodb.Billing_OnDemand(nil),
		// A key that DynamoDB owns costs nothing; the others are billed by call.
		Encryption: awsdynamodb.TableEncryptionV2_DynamoOwnedKey(),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
		DeletionProtection: jsii.Bool(p.Retain),
		RemovalPolicy:      awscdk.RemovalPolicy_DESTROY,
	}
	if p.SortKey != "" {
		tableProps.SortKey = text(p.SortKey)
	}
	if p.TimeToLive != "" {
		tableProps.TimeToLiveAttribute = jsii.String(p.TimeToLive)
	}
	if p.Stream {
		tableProps.DynamoStream = awsdynamodb.StreamViewType_NEW_IMAGE
	}
	if p.Retain {
		tableProps.RemovalPolicy = awscdk.RemovalPolicy_RETAIN
	}
	table := awsdynamodb.NewTableV2(this, jsii.String("Table"), tableProps)
	addAlarms(this, table, p.AlarmTopic)
	return &Table{Construct: this, Table: table, streams: p.Stream, alarmTopic: p.AlarmTopic}
}

// addAlarms watches what callers feel: requests that are throttled, and requests
// that fail on DynamoDB's side. Both metrics of a table are told apart by
// operation, and are summed up here over those that applications use.
func addAlarms(scope constructs.Construct, table awsdynamodb.TableV2, topic awssns.ITopic) {
	operations := &[]awsdynamodb.Operation{
		awsdynamodb.Operation_GET_ITEM, awsdynamodb.Operation_PUT_ITEM, awsdynamodb.Operation_UPDATE_ITEM,
		awsdynamodb.Operation_DELETE_ITEM, awsdynamodb.Operation_QUERY, awsdynamodb.Operation_TRANSACT_WRITE_ITEMS,
	}
	window := &awsdynamodb.OperationsMetricOptions{
		Operations: operations,
		Period:     awscdk.Duration_Minutes(jsii.Number(5)),
	}
	alarmtopic.NewAlarm(scope, "Throttles", topic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("DynamoDB throttled requests: a partition is hot, or traffic doubled within minutes."),
		Metric:           table.MetricThrottledRequestsForOperations(window),
		Threshold:        jsii.Number(1),
	})
	alarmtopic.NewAlarm(scope, "SystemErrors", topic, &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("DynamoDB failed requests on its side, which the SDK could not retry away."),
		Metric:           table.MetricSystemErrorsForOperations(&awsdynamodb.SystemErrorsForOperationsMetricOptions{Operations: operations, Period: window.Period}),
		Threshold:        jsii.Number(1),
	})
}

func text(name string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: jsii.String(name), Type: awsdynamodb.AttributeType_STRING}
}
