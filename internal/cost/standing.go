package cost

import (
	"fmt"
	"slices"
	"strings"

	"refstack/internal/catalog"
)

func one(c charge) func(catalog.Template, map[string]any) ([]charge, error) {
	return func(catalog.Template, map[string]any) ([]charge, error) { return []charge{c}, nil }
}

// onlyIf is for types that are free as long as a property is one of the values.
func onlyIf(property string, values ...any) func(catalog.Template, map[string]any) ([]charge, error) {
	return func(_ catalog.Template, properties map[string]any) ([]charge, error) {
		if got := properties[property]; !slices.Contains(values, got) {
			return nil, fmt.Errorf("no price is known for %s %v", property, got)
		}
		return nil, nil
	}
}

// alarm counts metrics, as CloudWatch bills each that an alarm watches.
func alarm(_ catalog.Template, properties map[string]any) ([]charge, error) {
	watched := 0
	if _, ok := properties["MetricName"]; ok {
		watched = 1
	}
	metrics, _ := properties["Metrics"].([]any)
	for _, m := range metrics {
		metric, _ := m.(map[string]any)
		stat, ok := metric["MetricStat"].(map[string]any)
		if !ok {
			continue
		}
		watched++
		if seconds, _ := stat["Period"].(float64); seconds < 60 {
			return nil, fmt.Errorf("no price is known for a period of %v seconds", seconds)
		}
	}
	if seconds, ok := properties["Period"].(float64); ok && seconds < 60 {
		return nil, fmt.Errorf("no price is known for a period of %v seconds", seconds)
	}
	if watched == 0 {
		return nil, fmt.Errorf("it watches no metric")
	}
	return []charge{{what: "alarms", price: "alarm.metric", number: float64(watched), unit: "metrics"}}, nil
}

func firewall(_ catalog.Template, properties map[string]any) ([]charge, error) {
	rules, _ := properties["Rules"].([]any)
	return []charge{
		{what: "firewall", price: "waf.acl", number: 1, unit: "web ACLs"},
		{what: "firewall rules", price: "waf.rule", number: float64(len(rules)), unit: "rules"},
	}, nil
}

func polling() []charge {
	return []charge{{
		what: "polling of empty queues", price: "sqs.request",
		number: 1, unit: "queues", each: pollsAMonth, eachUnit: "requests",
	}}
}

// eventSource charges a function's polling of a queue. That of a table's stream
// is free.
func eventSource(t catalog.Template, properties map[string]any) ([]charge, error) {
	return polled(t, properties["EventSourceArn"])
}

// pipe charges what polls a pipe's source, as for a function.
func pipe(t catalog.Template, properties map[string]any) ([]charge, error) {
	return polled(t, properties["Source"])
}

func polled(t catalog.Template, arn any) ([]charge, error) {
	get, _ := arn.(map[string]any)
	parts, _ := get["Fn::GetAtt"].([]any)
	if len(parts) == 2 {
		id, _ := parts[0].(string)
		switch t.Resources[id].Type {
		case "AWS::SQS::Queue":
			return polling(), nil
		case "AWS::DynamoDB::GlobalTable":
			return nil, nil
		}
	}
	return nil, fmt.Errorf("no price is known for reading from %v", arn)
}

// endpoint charges by the hour for each zone that an interface is in; gateways
// are free.
func endpoint(_ catalog.Template, properties map[string]any) ([]charge, error) {
	switch kind := properties["VpcEndpointType"]; kind {
	case "Gateway":
		return nil, nil
	case "Interface":
		subnets, _ := properties["SubnetIds"].([]any)
		return []charge{{
			what: "endpoints of the network", price: "vpcendpoint.hour",
			number: float64(len(subnets)), unit: "interfaces", each: hoursAMonth, eachUnit: "hours",
		}}, nil
	default:
		return nil, fmt.Errorf("no price is known for the kind %v", kind)
	}
}

func stream(_ catalog.Template, properties map[string]any) ([]charge, error) {
	mode, _ := properties["StreamModeDetails"].(map[string]any)
	if mode["StreamMode"] != "ON_DEMAND" {
		return nil, fmt.Errorf("no price is known for its mode %v", mode["StreamMode"])
	}
	return []charge{{
		what: "Kinesis streams on demand", price: "kinesis.ondemand",
		number: 1, unit: "streams", each: hoursAMonth, eachUnit: "hours",
	}}, nil
}

// serverless is a compute environment that has no instances to be paid for.
func serverless(_ catalog.Template, properties map[string]any) ([]charge, error) {
	resources, _ := properties["ComputeResources"].(map[string]any)
	if kind, _ := resources["Type"].(string); !strings.HasPrefix(kind, "FARGATE") {
		return nil, fmt.Errorf("no price is known for %q", kind)
	}
	return nil, nil
}
