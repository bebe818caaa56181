package iotcore_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"refstack/test/iotcore"
)

// authorizer lets in whoever has the password, to read the topic a/CLIENT.
func authorizer(_ context.Context, text []byte) ([]byte, error) {
	var event struct {
		ProtocolData struct {
			MQTT struct {
				Password []byte
				ClientID string `json:"clientId"`
			}
		}
	}
	if err := json.Unmarshal(text, &event); err != nil {
		return nil, err
	}
	const arn = "arn:aws:iot:us-east-1:123456789012:"
	topic := "topic/a/" + event.ProtocolData.MQTT.ClientID
	return json.Marshal(map[string]any{
		"isAuthenticated": string(event.ProtocolData.MQTT.Password) == "password", "principalId": "p",
		"disconnectAfterInSeconds": 300, "refreshAfterInSeconds": 300,
		"policyDocuments": []any{map[string]any{"Version": "2012-10-17", "Statement": []any{
			map[string]any{"Effect": "Allow", "Action": []string{"iot:Connect"}, "Resource": []string{arn + "client/c*"}},
			map[string]any{"Effect": "Allow", "Action": []string{"iot:Subscribe"}, "Resource": []string{arn + "topicfilter/a/*"}},
			map[string]any{"Effect": "Allow", "Action": []string{"iot:Receive"}, "Resource": []string{arn + topic}},
		}}},
	})
}

func publish(t *testing.T, core *iotcore.Core, topic, payload string) int {
	t.Helper()
	response, err := http.Post(core.URL+"/topics/"+topic+"?qos=1", "", bytes.NewBufferString(payload))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestClientsAreHeldToTheirPolicies(t *testing.T) {
	core := iotcore.Start(t, authorizer)
	for client, password := range map[string]string{"c1": "wrong", "c2": "", "d1": "password"} {
		if _, err := core.Connect(client, "user", password); !errors.Is(err, iotcore.ErrRefused) {
			t.Errorf("%s with %q: %v", client, password, err)
		}
	}
	c, err := core.Connect("c3", "user", "password")
	if err != nil {
		t.Fatal(err)
	}
	for filter, allowed := range map[string]bool{"a/c3": true, "a/other": true, "b/c3": false, "#": false} {
		if err := c.Subscribe(filter); (err == nil) != allowed {
			t.Errorf("subscribing to %s: %v", filter, err)
		}
	}
	if err := c.Publish("a/c3", "forged"); err != nil {
		t.Fatal(err)
	}
	for topic, payload := range map[string]string{"a%2Fother": "not for it", "a%2Fc3": "for it"} {
		if status := publish(t, core, topic, payload); status != 200 {
			t.Errorf("publishing: %d", status)
		}
	}
	if got, err := c.Next(10 * time.Second); err != nil || got != (iotcore.Message{Topic: "a/c3", Payload: "for it"}) {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := c.Next(100 * time.Millisecond); err == nil {
		t.Errorf("it gets %+v, too", got)
	}
	if status := publish(t, core, "a", string(make([]byte, 128<<10+1))); status != 413 {
		t.Errorf("too much is answered with %d", status)
	}
	core.Fail(429)
	if status := publish(t, core, "a", "x"); status != 429 {
		t.Errorf("throttled is answered with %d", status)
	}
}
