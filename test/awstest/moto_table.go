package awstest

import (
	"encoding/json"
	"errors"
	"fmt"
)

// tableRequest is a call that CloudFormation would make for a table.
type tableRequest struct {
	operation string
	body      []byte
}

// tableRequests follows from a table's resource: its properties have the names
// that the API has, too. Capacity is left out, as moto has it without end.
func tableRequests(template map[string]any, logicalID, name string) ([]tableRequest, error) {
	resources, _ := template["Resources"].(map[string]any)
	c := &collector{resolver: &resolver{resources: resources}}
	switch c.typeOf(logicalID) {
	case "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable":
	default:
		return nil, errors.New("the template has no table of this logical ID")
	}
	properties := c.properties(logicalID)
	create := map[string]any{"TableName": name, "BillingMode": "PAY_PER_REQUEST"}
	copyKeys(create, properties, "KeySchema", "AttributeDefinitions")
	for _, kind := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
		declared, err := list(properties[kind])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		var indexes []any
		for _, item := range declared {
			index := map[string]any{}
			source, _ := item.(map[string]any)
			copyKeys(index, source, "IndexName", "KeySchema", "Projection")
			indexes = append(indexes, index)
		}
		if indexes != nil {
			create[kind] = indexes
		}
	}
	if stream, ok := properties["StreamSpecification"].(map[string]any); ok {
		create["StreamSpecification"] = map[string]any{"StreamEnabled": true, "StreamViewType": stream["StreamViewType"]}
	}
	calls := []map[string]any{create}
	operations := []string{"CreateTable"}
	if ttl, ok := properties["TimeToLiveSpecification"].(map[string]any); ok && ttl["Enabled"] == true {
		update := map[string]any{"TableName": name}
		copyKeys(update, properties, "TimeToLiveSpecification")
		calls, operations = append(calls, update), append(operations, "UpdateTimeToLive")
	}
	var requests []tableRequest
	for i, call := range calls {
		if function := intrinsic(call); function != "" {
			return nil, fmt.Errorf("%s has a %s, and not a literal", operations[i], function)
		}
		body, err := json.Marshal(call)
		if err != nil {
			return nil, err
		}
		requests = append(requests, tableRequest{operations[i], body})
	}
	return requests, nil
}

func copyKeys(to, from map[string]any, keys ...string) {
	for _, key := range keys {
		if value, ok := from[key]; ok {
			to[key] = value
		}
	}
}

// intrinsic returns the name of a function that is somewhere in the value.
func intrinsic(value any) string {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			if name := intrinsic(item); name != "" {
				return name
			}
		}
	case map[string]any:
		for key, item := range v {
			if key == "Ref" || len(key) > 4 && key[:4] == "Fn::" {
				return key
			}
			if name := intrinsic(item); name != "" {
				return name
			}
		}
	}
	return ""
}
