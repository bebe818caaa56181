package apigw_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"refstack/test/apigw"
)

func TestResponse(t *testing.T) {
	png := &apigw.Options{BinaryMediaTypes: []string{"image/png"}}
	for name, test := range map[string]struct {
		payload, accept string
		opts            *apigw.Options
		want            string
	}{
		"least":           {`{"statusCode": 204}`, "", nil, "204 No Content|Content-Type: application/json|"},
		"body":            {`{"statusCode":200,"headers":{"content-type":"text/plain"},"body":"x","isBase64Encoded":false}`, "", nil, "200 OK|Content-Type: text/plain|x"},
		"nulls":           {`{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":null}`, "", nil, "200 OK|Content-Type: application/json|"},
		"several values":  {`{"statusCode":200,"headers":{"A":"1"},"multiValueHeaders":{"a":["2","1"],"Content-Type":["text/html"]}}`, "", nil, "200 OK|A: 1,2|Content-Type: text/html|"},
		"renamed":         {`{"statusCode":401,"headers":{"WWW-Authenticate":"Bearer","Date":"now"}}`, "", nil, "401 Unauthorized|Content-Type: application/json|X-Amzn-Remapped-Date: now|X-Amzn-Remapped-Www-Authenticate: Bearer|"},
		"binary":          {`{"statusCode":200,"body":"iVBORw==","isBase64Encoded":true}`, "image/png, */*", png, "200 OK|Content-Type: application/json|\x89PNG"},
		"binary by all":   {`{"statusCode":200,"body":"iVBORw==","isBase64Encoded":true}`, "", &apigw.Options{BinaryMediaTypes: []string{"*/*"}}, "200 OK|Content-Type: application/json|\x89PNG"},
		"not binary here": {`{"statusCode":200,"body":"iVBORw==","isBase64Encoded":true}`, "text/html, image/png", png, "200 OK|Content-Type: application/json|iVBORw=="},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", test.accept)
		response, err := apigw.NewResponse(r, []byte(test.payload), test.opts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(test.want, render(response)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func render(response *http.Response) string {
	var header strings.Builder
	for _, name := range sortedKeys(response.Header) {
		fmt.Fprintf(&header, "%s: %s|", name, strings.Join(response.Header[name], ","))
	}
	body, _ := io.ReadAll(response.Body)
	return response.Status + "|" + header.String() + string(body)
}

func TestMalformedResponses(t *testing.T) {
	for payload, want := range map[string]string{
		``:                                     "not an object",
		`null`:                                 "not an object",
		`"text"`:                               "not an object",
		`[]`:                                   "not an object",
		`{"statusCode":200}{}`:                 "more than one value",
		`{"statusCode":`:                       "unexpected EOF",
		`{}`:                                   "no statusCode",
		`{"statusCode":null}`:                  "no statusCode",
		`{"statusCode":0}`:                     "statusCode 0",
		`{"statusCode":199}`:                   "statusCode 199",
		`{"statusCode":600}`:                   "statusCode 600",
		`{"statusCode":200.5}`:                 "cannot unmarshal number",
		`{"statusCode":"200"}`:                 "cannot unmarshal string",
		`{"statusCode":200,"id":"7"}`:          `unknown field "id"`,
		`{"statusCode":200,"cookies":["a=b"]}`: `unknown field "cookies"`,
		`{"statusCode":200,"body":{"a":1}}`:    "cannot unmarshal object",
		`{"statusCode":200,"headers":{"a":["b"]}}`:                                 "cannot unmarshal array",
		`{"statusCode":200,"headers":{"a":1}}`:                                     "cannot unmarshal number",
		`{"statusCode":200,"multiValueHeaders":{"a":"b"}}`:                         "cannot unmarshal string",
		`{"statusCode":200,"isBase64Encoded":"true"}`:                              "cannot unmarshal string",
		`{"statusCode":200,"isBase64Encoded":true,"body":"%"}`:                     "illegal base64",
		`{"statusCode":200,"headers":{"a b":"c"}}`:                                 `header "a b"`,
		`{"statusCode":200,"headers":{"a":"c\r\nset-cookie: x"}}`:                  `header "A"`,
		`{"statusCode":200,"headers":{"a":"` + strings.Repeat("c", 10240) + `"}}`:  "10241 bytes of headers",
		`{"statusCode":200,"body":"` + strings.Repeat("c", apigw.MaxBody+1) + `"}`: "body of 10485761 bytes",
		`{"errorMessage":"x","errorType":"errorString"}`:                           "unknown field",
	} {
		_, err := apigw.NewResponse(httptest.NewRequest("GET", "/", nil), []byte(payload), nil)
		var malformed *apigw.MalformedError
		if !errors.As(err, &malformed) || !strings.Contains(err.Error(), want) || len(err.Error()) > 600 {
			t.Errorf("%.80s: got %.300v, want %s", payload, err, want)
		}
	}
	for _, payload := range []string{
		`{"statusCode":200,"headers":{"a":"` + strings.Repeat("c", 10239) + `"}}`,
		`{"statusCode":599,"body":"` + strings.Repeat("c", apigw.MaxBody) + `"}`,
	} {
		if _, err := apigw.NewResponse(httptest.NewRequest("GET", "/", nil), []byte(payload), nil); err != nil {
			t.Errorf("at the limit: %.200v", err)
		}
	}
}

// The type that handlers in Go return is taken as it is.
func TestResponseOfTheLibrary(t *testing.T) {
	payload, err := json.Marshal(events.APIGatewayProxyResponse{StatusCode: 200, Body: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := apigw.NewResponse(httptest.NewRequest("GET", "/", nil), payload, nil); err != nil {
		t.Error(err)
	}
}
