package authorizer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"refstack/lambdas/genai/internal/token"
)

const alice = "0a1b2c3d-0000-4000-8000-00000000a11c"

// pool knows one token.
type pool struct {
	left time.Duration
	err  error
	saw  string
}

func (p *pool) Verify(_ context.Context, text string) (token.Caller, error) {
	p.saw = text
	switch {
	case p.err != nil:
		return token.Caller{}, p.err
	case text != "good":
		return token.Caller{}, fmt.Errorf("%w: it is not good", token.ErrRefused)
	}
	return token.Caller{Subject: alice, Expires: time.Now().Add(p.left)}, nil
}

func event[T any](t *testing.T, file string) T {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var e T
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func captureLog(t *testing.T) *bytes.Buffer {
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &out
}

const arn = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/v1/$connect"

func TestWebSocket(t *testing.T) {
	log := captureLog(t)
	for name, c := range map[string]struct {
		header  string
		values  []string
		allowed bool
	}{
		"header":                    {"Authorization", []string{"Bearer good"}, true},
		"header in small":           {"authorization", []string{"bearer  good "}, true},
		"subprotocol":               {"Sec-WebSocket-Protocol", []string{"bearer, good"}, true},
		"subprotocol, two lines":    {"sec-websocket-protocol", []string{"bearer", "good"}, true},
		"another token":             {"Authorization", []string{"Bearer bad"}, false},
		"another scheme":            {"Authorization", []string{"Basic good"}, false},
		"no scheme":                 {"Authorization", []string{"good"}, false},
		"another subprotocol first": {"Sec-WebSocket-Protocol", []string{"good, bearer"}, false},
		"a third subprotocol":       {"Sec-WebSocket-Protocol", []string{"bearer, good, bad"}, false},
		"no token":                  {"Sec-WebSocket-Protocol", []string{"bearer"}, false},
		"a cookie":                  {"Cookie", []string{"bearer, good"}, false},
		"nothing but the query":     {"X", nil, false},
	} {
		for _, form := range []string{"both", "last alone"} {
			request := event[events.APIGatewayCustomAuthorizerRequestTypeRequest](t, "connect.json")
			request.Headers[c.header], request.MultiValueHeaders[c.header] = strings.Join(c.values, ", "), c.values
			if form == "last alone" {
				request.MultiValueHeaders = nil
			}
			got, err := WebSocket(&pool{left: time.Hour})(context.Background(), request)
			want := policy("nobody", "Deny", arn)
			if c.allowed {
				want = policy(alice, "Allow", arn)
				want.Context = map[string]any{"owner": alice}
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s, %s: %v %s", name, form, err, diff)
			}
		}
	}
	if strings.Contains(log.String(), "good ") || strings.Contains(log.String(), `"bad"`) || !strings.Contains(log.String(), "it is not good") {
		t.Errorf("logged %s", log.String())
	}
	// What nobody can tell is not the caller's fault.
	if _, err := WebSocket(&pool{err: errors.New("no keys")})(context.Background(), event[events.APIGatewayCustomAuthorizerRequestTypeRequest](t, "connect.json")); err == nil {
		t.Error("without keys it answers")
	}
}

// inLambda is a context as the runtime makes it.
func inLambda() context.Context {
	return lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{
		InvokedFunctionArn: "arn:aws-cn:lambda:cn-north-1:123456789012:function:authorize",
	})
}

func TestIoT(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pool{left: 50*time.Minute + 900*time.Millisecond}
		got, err := IoT(p, "App/jobs")(inLambda(), event[events.IoTCoreCustomAuthorizerRequest](t, "mqtt.json"))
		if err != nil || p.saw != "good" {
			t.Fatal(err, p.saw)
		}
		text, _ := json.Marshal(got)
		const core = "arn:aws-cn:iot:cn-north-1:123456789012:"
		want := `{"isAuthenticated":true,"principalId":"0a1b2c3d00004000800000000000a11c","disconnectAfterInSeconds":3000,"refreshAfterInSeconds":3000,` +
			`"policyDocuments":[{"Version":"2012-10-17","Statement":[` +
			`{"Action":["iot:Connect"],"Effect":"Allow","Resource":["` + core + `client/` + alice + `","` + core + `client/` + alice + `-*"]},` +
			`{"Action":["iot:Subscribe"],"Effect":"Allow","Resource":["` + core + `topicfilter/App/jobs/` + alice + `"]},` +
			`{"Action":["iot:Receive"],"Effect":"Allow","Resource":["` + core + `topic/App/jobs/` + alice + `"]}]}]}`
		if string(text) != want {
			t.Errorf("\ngot  %s\nwant %s", text, want)
		}
		for left, seconds := range map[time.Duration]uint32{5 * time.Minute: 300, 48 * time.Hour: 86400} {
			p.left = left
			if got, err := IoT(p, "App/jobs")(inLambda(), event[events.IoTCoreCustomAuthorizerRequest](t, "mqtt.json")); err != nil || got.DisconnectAfterInSeconds != seconds || got.RefreshAfterInSeconds != seconds {
				t.Errorf("%s before the end of the token: %+v %v", left, got, err)
			}
		}
	})
}

func TestIoTRefuses(t *testing.T) {
	for name, change := range map[string]func(*pool, *events.IoTCoreCustomAuthorizerRequest){
		"another token":            func(_ *pool, r *events.IoTCoreCustomAuthorizerRequest) { r.ProtocolData.MQTT.Password = []byte("bad") },
		"no password":              func(_ *pool, r *events.IoTCoreCustomAuthorizerRequest) { r.ProtocolData.MQTT.Password = nil },
		"no MQTT":                  func(_ *pool, r *events.IoTCoreCustomAuthorizerRequest) { r.ProtocolData.MQTT = nil },
		"nothing":                  func(_ *pool, r *events.IoTCoreCustomAuthorizerRequest) { r.ProtocolData = nil },
		"the token field":          func(_ *pool, r *events.IoTCoreCustomAuthorizerRequest) { r.Token, r.ProtocolData = "good", nil },
		"no client ID":             func(_ *pool, r *events.IoTCoreCustomAuthorizerRequest) { r.ProtocolData.MQTT.ClientID = "" },
		"another's client ID":      func(_ *pool, r *events.IoTCoreCustomAuthorizerRequest) { r.ProtocolData.MQTT.ClientID = "bob" },
		"a client ID that is like": func(_ *pool, r *events.IoTCoreCustomAuthorizerRequest) { r.ProtocolData.MQTT.ClientID = alice + "2" },
		"almost over":              func(p *pool, _ *events.IoTCoreCustomAuthorizerRequest) { p.left = 5*time.Minute - time.Second },
	} {
		log := captureLog(t)
		p := &pool{left: time.Hour}
		request := event[events.IoTCoreCustomAuthorizerRequest](t, "mqtt.json")
		change(p, &request)
		got, err := IoT(p, "App/jobs")(inLambda(), request)
		text, _ := json.Marshal(got)
		if err != nil || string(text) != `{"isAuthenticated":false,"principalId":"","disconnectAfterInSeconds":0,"refreshAfterInSeconds":0,"policyDocuments":[]}` {
			t.Errorf("%s: %s %v", name, text, err)
		}
		if !strings.Contains(log.String(), "refused") || strings.Contains(log.String(), alice) {
			t.Errorf("%s: logged %s", name, log.String())
		}
	}
	if _, err := IoT(&pool{err: errors.New("no keys")}, "App")(inLambda(), event[events.IoTCoreCustomAuthorizerRequest](t, "mqtt.json")); err == nil {
		t.Error("without keys it answers")
	}
	if _, err := IoT(&pool{left: time.Hour}, "App")(context.Background(), event[events.IoTCoreCustomAuthorizerRequest](t, "mqtt.json")); err == nil {
		t.Error("without an ARN of its own it answers")
	}
}

func TestTopicPrefix(t *testing.T) {
	for prefix, good := range map[string]bool{
		"App": true, "App/jobs": true, "app_1/a-b/c": true,
		"": false, "/App": false, "App/": false, "App//jobs": false, "+": false, "App/#": false, "App/*": false, "${x}": false, "$aws": false, "a b": false,
	} {
		got, err := TopicPrefixFromEnv(func(string) string { return prefix })
		if (err == nil) != good || good && got != prefix {
			t.Errorf("%q: %q %v", prefix, got, err)
		}
	}
}
