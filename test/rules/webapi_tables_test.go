package rules

const items = "Items/Table"

var tableMutants = []mutant{
	one("table-on-demand", items, "Properties BillingMode", "PROVISIONED"),
	one("table-on-demand", items, "Properties BillingMode", gone),
	one("table-recovery", items, "Properties Replicas 0 PointInTimeRecoverySpecification", gone),
	one("table-recovery", items, "Properties Replicas 0 PointInTimeRecoverySpecification PointInTimeRecoveryEnabled", false),
	one("table-recovery", items, "Properties Replicas +", obj{"Region": "eu-west-1"}).in("dev"),
	one("table-recovery", items, "Properties Replicas", gone),
	one("table-protection", items, "Properties Replicas 0 DeletionProtectionEnabled", gone).in("prod"),
	one("table-protection", items, "Properties Replicas 0 DeletionProtectionEnabled", false).in("prod"),
	one("table-protection", items, "Properties Replicas 0 DeletionProtectionEnabled", true).in("dev"),
	one("production-retains", items, "DeletionPolicy", "Delete").in("prod"),
	one("production-retains", items, "UpdateReplacePolicy", gone).in("prod"),
	one("development-deletes", items, "DeletionPolicy", "Retain").in("dev"),
	one("no-physical-names", items, "Properties TableName", "items"),
	{
		name:  "the key of a table is deleted",
		stage: "prod",
		plant: func(m *mutable) {
			m.set(items, "Properties Replicas 0 SSESpecification", obj{"KMSMasterKeyId": m.ARN("Alarms/Key")})
		},
		want: []string{"production-retains Alarms/Key"},
	},
	{
		name: "a table of one Region, without settings",
		plant: func(m *mutable) {
			m.add("Plain", "AWS::DynamoDB::Table", obj{"DeletionProtectionEnabled": m.stage == "prod"})
			m.resources()["Plain"].(obj)["DeletionPolicy"] = m.resource(items)["DeletionPolicy"]
			m.resources()["Plain"].(obj)["UpdateReplacePolicy"] = m.resource(items)["UpdateReplacePolicy"]
		},
		want: []string{"table-on-demand Plain", "table-recovery Plain", "table-alarms Plain"},
	},

	{
		name:  "no alarm on throttles",
		plant: func(m *mutable) { delete(m.resources(), m.id("Items/Throttles")) },
		want:  []string{"table-alarms " + items},
	},
	one("table-alarms", "Items/Throttles", "Properties Threshold", 10.0).elsewhere(items),
	one("table-alarms", "Items/Throttles", "Properties Metrics query MetricStat Metric MetricName", "UserErrors").elsewhere(items),
	one("table-alarms", "Items/Throttles", "Properties Metrics query MetricStat Stat", "Average").elsewhere(items),
	one("table-alarms", "Items/Throttles", "Properties Metrics query MetricStat Metric Namespace", "AWS/Lambda").elsewhere(items),
	one("table-alarms", "Items/Throttles", "Properties Metrics query MetricStat Metric Dimensions 0 Value", "Scan").elsewhere(items),
	one("table-alarms", "Items/Throttles", "Properties Metrics query MetricStat Metric Dimensions 0 Name", "GlobalSecondaryIndexName").elsewhere(items),
	one("table-alarms", "Items/Throttles", "Properties Metrics query MetricStat Metric Dimensions 1 Value", "another").elsewhere(items),
	one("table-alarms", "Items/Throttles", "Properties Metrics query", gone).elsewhere(items),
	one("table-alarms", "Items/Throttles", "Properties Metrics expr_1 Expression", "getitem + putitem + deleteitem").elsewhere(items),
	one("table-alarms", "Items/Throttles", "Properties Metrics expr_1 ReturnData", false).elsewhere(items),
	one("table-alarms", itemsRole, "Properties PolicyDocument Statement dynamodb:DeleteItem Action +", "dynamodb:Scan").elsewhere(items),
}
