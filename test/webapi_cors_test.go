package test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"refstack/test/apigw"
)

// TestPreflights holds what API Gateway tells browsers to what the functions tell
// them on a laptop, so that a page which works there works in AWS. Where the API asks
// for keys, API Gateway takes a header more.
func TestPreflights(t *testing.T) {
	laptop := preflightOnALaptop(t, "https://app.example.com")
	compared := 0
	eachStack(t, func(t *testing.T, _ string, _ bool, s *synthesis) {
		preflights, keys := preflightsInAWS(s.template)
		for _, preflight := range preflights {
			compared++
			for _, name := range []string{"Allow-Methods", "Allow-Headers", "Expose-Headers"} {
				want := strings.ReplaceAll(laptop.Get("Access-Control-"+name), ", ", ",")
				if name == "Allow-Headers" && keys {
					want += ",X-Api-Key"
				}
				if got := preflight["method.response.header.Access-Control-"+name]; got != "'"+want+"'" {
					t.Errorf("Access-Control-%s is %s in AWS, and %q on a laptop", name, got, want)
				}
			}
		}
	})
	if compared == 0 {
		t.Error("no API answers a preflight")
	}
}

// preflightOnALaptop is the header of the function's answer.
func preflightOnALaptop(t *testing.T, origin string) http.Header {
	t.Helper()
	template := templateOf(t, "WebApi")
	function := startFunction(t, template, template.ID("AWS::Lambda::Function", "ItemsFunction"),
		map[string]string{template.ID("AWS::DynamoDB::GlobalTable", "Items"): "items"}, map[string]string{"ALLOWED_ORIGINS": origin})
	api := apigw.Handler(func(ctx context.Context, event []byte) ([]byte, error) { return function.Invoke(ctx, event) },
		&apigw.Options{Resources: []string{"/items"}, Claims: apigw.CallerClaims, Errorf: t.Errorf})
	question := httptest.NewRequest(http.MethodOptions, "/items", nil)
	question.Header.Set("Origin", origin)
	question.Header.Set("Access-Control-Request-Method", http.MethodPut)
	answer := httptest.NewRecorder()
	api.ServeHTTP(answer, question)
	return answer.Header()
}

// preflightsInAWS are the headers of all answers to OPTIONS, and whether the API asks
// for keys.
func preflightsInAWS(template map[string]any) (headers []map[string]any, keys bool) {
	for _, resource := range template["Resources"].(map[string]any) {
		r := resource.(map[string]any)
		properties, _ := r["Properties"].(map[string]any)
		switch {
		case r["Type"] == "AWS::ApiGateway::UsagePlan":
			keys = true
		case r["Type"] == "AWS::ApiGateway::Method" && properties["HttpMethod"] == http.MethodOptions:
			answers := properties["Integration"].(map[string]any)["IntegrationResponses"].([]any)
			headers = append(headers, answers[0].(map[string]any)["ResponseParameters"].(map[string]any))
		}
	}
	return headers, keys
}
