package cost

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"refstack/internal/catalog"
)

func resources(kind string, properties map[string]any) catalog.Template {
	return catalog.Template{Resources: map[string]catalog.Resource{
		"It":    {Type: kind, Properties: properties},
		"Queue": {Type: "AWS::SQS::Queue"},
		"Table": {Type: "AWS::DynamoDB::GlobalTable", Properties: map[string]any{"BillingMode": "PAY_PER_REQUEST"}},
	}}
}

func attribute(id string) any { return map[string]any{"Fn::GetAtt": []any{id, "Arn"}} }

func stat(period float64) any {
	return map[string]any{"MetricStat": map[string]any{"Period": period}}
}

func TestIdle(t *testing.T) {
	type m = map[string]any
	for name, c := range map[string]struct {
		kind       string
		properties m
		usd        float64
		err        string
	}{
		"a key":                     {"AWS::KMS::Key", nil, 1, ""},
		"a secret":                  {"AWS::SecretsManager::Secret", nil, 0.4, ""},
		"an alarm on a metric":      {"AWS::CloudWatch::Alarm", m{"MetricName": "Errors", "Period": 60.0}, 0.1, ""},
		"an alarm on three":         {"AWS::CloudWatch::Alarm", m{"Metrics": []any{m{"Expression": "a+b+c"}, stat(60), stat(300), stat(300)}}, 0.3, ""},
		"an alarm on nothing":       {"AWS::CloudWatch::Alarm", nil, 0, "watches no metric"},
		"an alarm every 10 seconds": {"AWS::CloudWatch::Alarm", m{"MetricName": "Errors", "Period": 10.0}, 0, "period of 10"},
		"in an expression":          {"AWS::CloudWatch::Alarm", m{"Metrics": []any{stat(10)}}, 0, "period of 10"},
		"a firewall":                {"AWS::WAFv2::WebACL", m{"Rules": []any{1, 2}}, 7, ""},
		"a function's queue":        {"AWS::Lambda::EventSourceMapping", m{"EventSourceArn": attribute("Queue")}, 0.2628, ""},
		"a function's stream":       {"AWS::Lambda::EventSourceMapping", m{"EventSourceArn": attribute("Table")}, 0, ""},
		"a function's Kafka":        {"AWS::Lambda::EventSourceMapping", m{"EventSourceArn": "arn:aws:kafka:"}, 0, "reading from arn:aws:kafka"},
		"a pipe's queue":            {"AWS::Pipes::Pipe", m{"Source": attribute("Queue")}, 0.2628, ""},
		"a pipe's stream":           {"AWS::Pipes::Pipe", m{"Source": attribute("Table")}, 0, ""},
		"an interface in two zones": {"AWS::EC2::VPCEndpoint", m{"VpcEndpointType": "Interface", "SubnetIds": []any{1, 2}}, 14.6, ""},
		"a gateway":                 {"AWS::EC2::VPCEndpoint", m{"VpcEndpointType": "Gateway"}, 0, ""},
		"another endpoint":          {"AWS::EC2::VPCEndpoint", m{"VpcEndpointType": "GatewayLoadBalancer"}, 0, "GatewayLoadBalancer"},
		"a stream on demand":        {"AWS::Kinesis::Stream", m{"StreamModeDetails": m{"StreamMode": "ON_DEMAND"}}, 29.2, ""},
		"a stream of shards":        {"AWS::Kinesis::Stream", nil, 0, "mode"},
		"a provisioned table":       {"AWS::DynamoDB::GlobalTable", m{"BillingMode": "PROVISIONED"}, 0, "PROVISIONED"},
		"an API":                    {"AWS::ApiGateway::Stage", nil, 0, ""},
		"an API with a cache":       {"AWS::ApiGateway::Stage", m{"CacheClusterEnabled": true}, 0, "CacheClusterEnabled"},
		"Fargate":                   {"AWS::Batch::ComputeEnvironment", m{"ComputeResources": m{"Type": "FARGATE_SPOT"}}, 0, ""},
		"instances":                 {"AWS::Batch::ComputeEnvironment", m{"ComputeResources": m{"Type": "EC2"}}, 0, "EC2"},
		"a topic":                   {"AWS::SNS::Topic", nil, 0, ""},
		"a type without a price":    {"AWS::EC2::NatGateway", nil, 0, "It is a AWS::EC2::NatGateway"},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := Idle(resources(c.kind, c.properties))
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Fatalf("the error is %v, want %q", err, c.err)
			}
			if usd := Total(lines); math.Abs(usd-c.usd) > 1e-9 {
				t.Errorf("$%v, want $%v", usd, c.usd)
			}
		})
	}
}

func TestIdleAddsUp(t *testing.T) {
	template := catalog.Template{Resources: map[string]catalog.Resource{
		"A": {Type: "AWS::KMS::Key"}, "B": {Type: "AWS::SecretsManager::Secret"}, "C": {Type: "AWS::KMS::Key"},
	}}
	lines, err := Idle(template)
	if err != nil || len(lines) != 2 || lines[0].USD != 2 || lines[0].Factors[0].Number != 2 {
		t.Errorf("%+v, %v", lines, err)
	}
}

// TestEveryTemplateHasPrices prices the variants, too, so that nobody adds a
// resource without saying what it costs.
func TestEveryTemplateHasPrices(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "test", "testdata", "golden", "*.json"))
	if err != nil || len(files) < 2*len(catalog.All) {
		t.Fatalf("%d templates: %v", len(files), err)
	}
	for _, file := range files {
		id, variant, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), ".")
		a, err := catalog.Find(id)
		if err != nil {
			t.Error(err)
			continue
		}
		bill, err := Of(a, variant, example(a))
		if err != nil || bill.IdleUSD < 1 || bill.TotalUSD <= bill.IdleUSD {
			t.Errorf("%s costs $%v idle and $%v: %v", file, bill.IdleUSD, bill.TotalUSD, err)
		}
	}
}

// TestPricesAreUsed keeps prices out of the list that nothing asks for, and holds
// each to a source at AWS.
func TestPricesAreUsed(t *testing.T) {
	var source strings.Builder
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			source.Write(text)
		}
	}
	for name, p := range list.Prices {
		if !strings.Contains(source.String(), `"`+name+`"`) {
			t.Errorf("nothing asks for the price %s", name)
		}
		if p.USD <= 0 || p.Units < 1 || p.Per == "" || !strings.HasPrefix(p.Source, "https://aws.amazon.com/") {
			t.Errorf("the price %s is not whole: %+v", name, p)
		}
	}
	for name, p := range list.Models {
		if p.Input <= 0 || p.Output < p.Input || p.Source == "" {
			t.Errorf("the price of %s is not whole: %+v", name, p)
		}
	}
}
