package webapi_test

import (
	"encoding/json"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"refstack/stacks/webapi"
	"refstack/test/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func synth(t *testing.T, props *webapi.Props) *cdktest.Template {
	t.Helper()
	return cdktest.TemplateOf(t, webapi.New(cdktest.NewApp(t, nil), "WebApi", props).Stack)
}

func TestFunctionIsToldOfTheTable(t *testing.T) {
	template := synth(t, &webapi.Props{AllowedOrigins: []string{"https://a.example.com", "https://b.example.com"}, MaxBodyBytes: 1000})
	table := template.ID("AWS::DynamoDB::GlobalTable", "Items")
	template.Has("AWS::Lambda::Function", map[string]any{
		"MemorySize": 512,
		"Timeout":    10,
		"Environment": map[string]any{"Variables": map[string]any{
			"TABLE_NAME":      map[string]any{"Ref": table},
			"ALLOWED_ORIGINS": "https://a.example.com,https://b.example.com",
			"MAX_BODY_BYTES":  "1000",
		}},
	})
	template.Has("AWS::IAM::Policy", map[string]any{
		"Roles": []any{map[string]any{"Ref": template.ID("AWS::IAM::Role", "ItemsFunction")}},
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{map[string]any{
			"Effect":   "Allow",
			"Action":   []any{"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
			"Resource": map[string]any{"Fn::GetAtt": []any{table, "Arn"}},
		}})},
	})
	template.Has("AWS::DynamoDB::GlobalTable", map[string]any{
		"KeySchema": []any{
			map[string]any{"AttributeName": "owner", "KeyType": "HASH"}, map[string]any{"AttributeName": "item", "KeyType": "RANGE"},
		},
		"TimeToLiveSpecification": map[string]any{"AttributeName": "expires", "Enabled": true},
	})
}

// TestMethodsAreThoseOfTheDescription reads the description on its own.
func TestMethodsAreThoseOfTheDescription(t *testing.T) {
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var description struct {
		OpenAPI    string
		Paths      map[string]map[string]any
		Components struct{ Schemas map[string]map[string]any }
	}
	if err := json.Unmarshal(text, &description); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(description.OpenAPI, "3.1.") {
		t.Errorf("the description is of OpenAPI %s", description.OpenAPI)
	}
	var want []string
	for path, operations := range description.Paths {
		for method := range operations {
			if method != "parameters" {
				want = append(want, strings.ToUpper(method)+" "+path)
			}
		}
	}
	sort.Strings(want)

	template := synth(t, nil)
	resources := template.JSON["Resources"].(map[string]any)
	var path func(id any) string
	path = func(id any) string {
		reference, ok := id.(map[string]any)["Ref"].(string)
		if !ok {
			return "" // Fn::GetAtt of the API's root.
		}
		properties := resources[reference].(map[string]any)["Properties"].(map[string]any)
		return path(properties["ParentId"]) + "/" + properties["PathPart"].(string)
	}
	var got []string
	for _, resource := range resources {
		if resource := resource.(map[string]any); resource["Type"] == "AWS::ApiGateway::Method" {
			properties := resource["Properties"].(map[string]any)
			got = append(got, properties["HttpMethod"].(string)+" "+path(properties["ResourceId"]))
		}
	}
	sort.Strings(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("methods (-description +template):\n%s", diff)
	}

	input := description.Components.Schemas["ItemInput"]
	input["$schema"] = "http://json-schema.org/draft-04/schema#"
	models := 0
	for _, resource := range resources {
		if resource := resource.(map[string]any); resource["Type"] == "AWS::ApiGateway::Model" {
			models++
			if diff := cmp.Diff(input, resource["Properties"].(map[string]any)["Schema"]); diff != "" {
				t.Errorf("model (-description +template):\n%s", diff)
			}
		}
	}
	if models != 2 {
		t.Errorf("there are %d models, want those of POST and PUT", models)
	}
	template.Has("AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "POST", "RequestParameters": map[string]any{"method.request.header.Idempotency-Key": false},
	})
	template.Has("AWS::ApiGateway::Method", map[string]any{
		"HttpMethod": "GET", "RequestParameters": map[string]any{"method.request.querystring.cursor": false, "method.request.querystring.limit": false},
	})
}

func TestProductionKeepsDataAndIsGuarded(t *testing.T) {
	template := synth(t, &webapi.Props{Production: true})
	template.HasResource("AWS::DynamoDB::GlobalTable", map[string]any{"DeletionPolicy": "Retain"})
	template.Has("AWS::Cognito::UserPool", map[string]any{"MfaConfiguration": "ON", "DeletionProtection": "ACTIVE"})
	template.Count("AWS::WAFv2::WebACLAssociation", 1)

	template = synth(t, nil)
	template.HasResource("AWS::DynamoDB::GlobalTable", map[string]any{"DeletionPolicy": "Delete"})
	template.Has("AWS::Cognito::UserPool", map[string]any{"MfaConfiguration": "OPTIONAL"})
	template.Count("AWS::WAFv2::WebACLAssociation", 0)
	template.Count("AWS::ApiGateway::Account", 0)
}

func TestBringYourOwn(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	mine := awscdk.NewStack(app, jsii.String("Mine"), nil)
	s := webapi.New(app, "WebApi", &webapi.Props{
		LogRole:  true,
		UserPool: awscognito.UserPool_FromUserPoolArn(mine, jsii.String("Users"), jsii.String("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc")),
		Table:    awsdynamodb.TableV2_FromTableArn(mine, jsii.String("Table"), jsii.String("arn:aws:dynamodb:us-east-1:123456789012:table/mine")),
	})
	template := cdktest.TemplateOf(t, s.Stack)
	template.Count("AWS::Cognito::UserPool", 0)
	template.Count("AWS::DynamoDB::GlobalTable", 0)
	template.Count("AWS::ApiGateway::Account", 1)
	template.Has("AWS::ApiGateway::Authorizer", map[string]any{
		"ProviderARNs": []any{"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"},
	})
	template.Has("AWS::Lambda::Function", map[string]any{
		"Environment": map[string]any{"Variables": assertions.Match_ObjectLike(&map[string]any{"TABLE_NAME": "mine"})},
	})
	if outputs := template.JSON["Outputs"].(map[string]any); outputs["UserPoolClientId"] != nil || outputs["Url"] == nil || outputs["TableName"] == nil || outputs["UserPoolId"] == nil {
		t.Errorf("outputs: %v", outputs)
	}
}

// A page that asks for the paths below URL must not find two slashes.
func TestUrlHasNoSlashBehind(t *testing.T) {
	parts := synth(t, nil).JSON["Outputs"].(map[string]any)["Url"].(map[string]any)["Value"].(map[string]any)["Fn::Join"].([]any)[1].([]any)
	if last, ok := parts[len(parts)-1].(map[string]any); !ok || last["Ref"] == nil {
		t.Errorf("the URL ends in %v, want the stage", parts[len(parts)-1])
	}
}

func TestBadProps(t *testing.T) {
	for want, props := range map[string]*webapi.Props{
		"webapi: MaxBodyBytes must be from 1 to 400000, the size of an item of DynamoDB, got 400001": {MaxBodyBytes: 400_001},
		"webapi: MaxBodyBytes must be from 1 to 400000, the size of an item of DynamoDB, got -1":     {MaxBodyBytes: -1},
		`restapi: AllowedOrigins must be such as https://app.example.com, got "*"`:                   {AllowedOrigins: []string{"*"}},
	} {
		cdktest.Panics(t, want, func() { webapi.New(cdktest.NewApp(t, nil), "WebApi", props) })
	}
}
