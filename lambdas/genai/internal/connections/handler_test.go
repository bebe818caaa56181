package connections

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// table notes what is done to it.
type table struct {
	did string
	err error
}

func (s *table) Add(_ context.Context, owner, connection string, at time.Time) error {
	s.did += fmt.Sprintf("add %s %s;", owner, connection)
	if time.Since(at) > time.Minute {
		s.did += " long ago"
	}
	return s.err
}

func (s *table) Remove(_ context.Context, owner, connection string) error {
	s.did += fmt.Sprintf("remove %s %s;", owner, connection)
	return s.err
}

func event(t *testing.T, file string) events.APIGatewayWebsocketProxyRequest {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var e events.APIGatewayWebsocketProxyRequest
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

const connection = "0a1b2c3d-0000-4000-8000-00000000a11c Z0hJ2cOFvHcCIhw=;"

func TestConnectAndDisconnect(t *testing.T) {
	s := &table{}
	got, err := (&Handler{s}).Handle(context.Background(), event(t, "connect.json"))
	if err != nil || got.StatusCode != 200 || got.Headers["Sec-WebSocket-Protocol"] != "bearer" || s.did != "add "+connection {
		t.Errorf("connect: %+v %v after %s", got, err, s.did)
	}
	s = &table{}
	got, err = (&Handler{s}).Handle(context.Background(), event(t, "disconnect.json"))
	if err != nil || got.StatusCode != 200 || s.did != "remove "+connection {
		t.Errorf("disconnect: %+v %v after %s", got, err, s.did)
	}
}

func TestClientThatOffersNoSubprotocol(t *testing.T) {
	for _, offer := range []string{"", "chat", "Bearer", "bearers, x"} {
		e := event(t, "connect.json")
		e.Headers["Sec-WebSocket-Protocol"], e.MultiValueHeaders["Sec-WebSocket-Protocol"] = offer, []string{offer}
		got, err := (&Handler{&table{}}).Handle(context.Background(), e)
		if err != nil || got.StatusCode != 200 || len(got.Headers) != 0 {
			t.Errorf("%q: %+v %v", offer, got, err)
		}
	}
}

func TestNobody(t *testing.T) {
	for _, authorizer := range []any{nil, "alice", map[string]any{}, map[string]any{"owner": 7}} {
		for file, status := range map[string]int{"connect.json": 401, "disconnect.json": 200} {
			e := event(t, file)
			e.RequestContext.Authorizer = authorizer
			s := &table{}
			if got, err := (&Handler{s}).Handle(context.Background(), e); err != nil || got.StatusCode != status || s.did != "" {
				t.Errorf("%v: %+v %v after %s", authorizer, got, err, s.did)
			}
		}
	}
}

func TestFaultsOfTheTable(t *testing.T) {
	for _, file := range []string{"connect.json", "disconnect.json"} {
		if _, err := (&Handler{&table{err: errors.New("no")}}).Handle(context.Background(), event(t, file)); err == nil {
			t.Errorf("%s does not fail", file)
		}
	}
	s := &table{}
	e := event(t, "connect.json")
	e.RequestContext.EventType = "MESSAGE"
	if got, err := (&Handler{s}).Handle(context.Background(), e); err != nil || got.StatusCode != 200 || s.did != "" {
		t.Errorf("a message: %+v %v after %s", got, err, s.did)
	}
}

func TestConfigFromEnv(t *testing.T) {
	if got, err := ConfigFromEnv(func(name string) string { return name }); err != nil || got.Table != "CONNECTIONS_TABLE" {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := ConfigFromEnv(func(string) string { return "" }); err == nil {
		t.Error("without a table it starts")
	}
}
