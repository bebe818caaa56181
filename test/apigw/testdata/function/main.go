// Command function is a Lambda function behind an API, for the tests of apigw.
package main

import (
	"context"
	"encoding/base64"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(greet) }

func greet(_ context.Context, request events.APIGatewayProxyRequest) (*events.APIGatewayProxyResponse, error) {
	body, err := base64.StdEncoding.DecodeString(request.Body)
	if err != nil {
		return nil, err
	}
	claims, _ := request.RequestContext.Authorizer["claims"].(map[string]any)
	sub, _ := claims["sub"].(string)
	text := append([]byte(sub+" greets "+request.PathParameters["name"]), body...)
	return &events.APIGatewayProxyResponse{
		StatusCode:        200,
		MultiValueHeaders: map[string][]string{"Set-Cookie": {"a=1", "b=2"}},
		Body:              base64.StdEncoding.EncodeToString(text),
		IsBase64Encoded:   true,
	}, nil
}
