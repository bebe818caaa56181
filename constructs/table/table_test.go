package table_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/table"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func TestDefaults(t *testing.T) {
	stack := cdktest.NewStack(t)
	table.New(stack, "Items", &table.Props{PartitionKey: "owner"})
	template := cdktest.TemplateOf(t, stack)
	template.HasResource("AWS::DynamoDB::GlobalTable", map[string]any{
		"DeletionPolicy": "Delete",
		"Properties": map[string]any{
			"BillingMode":             "PAY_PER_REQUEST",
			"KeySchema":               []any{map[string]any{"AttributeName": "owner", "KeyType": "HASH"}},
			"AttributeDefinitions":    []any{map[string]any{"AttributeName": "owner", "AttributeType": "S"}},
			"TimeToLiveSpecification": assertions.Match_Absent(),
			"Replicas": []any{assertions.Match_ObjectLike(&map[string]any{
				"PointInTimeRecoverySpecification": map[string]any{"PointInTimeRecoveryEnabled": true},
				"DeletionProtectionEnabled":        false,
			})},
		},
	})
}

func TestKeysTimeToLiveAndRetention(t *testing.T) {
	stack := cdktest.NewStack(t)
	table.New(stack, "Items", &table.Props{PartitionKey: "owner", SortKey: "item", TimeToLive: "expires", Retain: true})
	cdktest.TemplateOf(t, stack).HasResource("AWS::DynamoDB::GlobalTable", map[string]any{
		"DeletionPolicy":      "Retain",
		"UpdateReplacePolicy": "Retain",
		"Properties": map[string]any{
			"KeySchema": []any{
				map[string]any{"AttributeName": "owner", "KeyType": "HASH"}, map[string]any{"AttributeName": "item", "KeyType": "RANGE"},
			},
			"TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": true},
			"Replicas":                []any{assertions.Match_ObjectLike(&map[string]any{"DeletionProtectionEnabled": true})},
		},
	})
}

func TestAlarms(t *testing.T) {
	stack := cdktest.NewStack(t)
	topic := alarmtopic.New(stack, "Alarms", nil).Topic
	table.New(stack, "Items", &table.Props{PartitionKey: "owner", AlarmTopic: topic})
	template := cdktest.TemplateOf(t, stack)
	actions := []any{map[string]any{"Ref": template.ID("AWS::SNS::Topic", "Alarms")}}
	for _, metric := range []string{"ThrottledRequests", "SystemErrors"} {
		for _, operation := range []string{"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "TransactWriteItems"} {
			template.Has("AWS::CloudWatch::Alarm", map[string]any{
				"Threshold": 1, "AlarmActions": actions,
				"Metrics": assertions.Match_ArrayWith(&[]any{assertions.Match_ObjectLike(&map[string]any{
					"MetricStat": map[string]any{
						"Stat": "Sum",
						"Metric": map[string]any{
							"Namespace": "AWS/DynamoDB", "MetricName": metric,
							"Dimensions": assertions.Match_ArrayWith(&[]any{map[string]any{"Name": "Operation", "Value": operation}}),
						},
					},
				})}),
			})
		}
	}
}

func TestBadProps(t *testing.T) {
	stack := cdktest.NewStack(t)
	for want, props := range map[string]*table.Props{
		`table: PartitionKey is required, such as "owner"`:                               nil,
		"table: SortKey must be another attribute than PartitionKey, got owner for both": {PartitionKey: "owner", SortKey: "owner"},
	} {
		cdktest.Panics(t, want, func() { table.New(stack, "Items", props) })
	}
	cdktest.Panics(t, "PartitionKey is required", func() { table.New(stack, "Items", &table.Props{SortKey: "item"}) })
}
