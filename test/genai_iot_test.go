package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"refstack/test/awstest"
	"refstack/test/cognito"
	"refstack/test/iotcore"
	"refstack/test/modeltest"
)

// TestGenAiIoT has clients connect by MQTT, and read their own topic alone.
func TestGenAiIoT(t *testing.T) {
	q := startQueue(t, 1, modeltest.SageMaker, new(bills).by(nil)).startPolling()
	q.consume(nil)
	stream := q.moto.Stream("jobs")
	pool := cognito.Start(t)
	authorize := startGenAi(t, "authorizeiot", 5*time.Second, tokenEnv(pool), map[string]string{"TOPIC_PREFIX": "GenAi/jobs"})
	core := iotcore.Start(t, authorize.Invoke)
	proxy := awstest.StartProxy(t, core.URL)
	publish := startGenAi(t, "publish", 30*time.Second, map[string]string{
		"TOPIC_PREFIX": "GenAi/jobs", "JOBS_PATH": "/jobs", "AWS_ENDPOINT_URL_IOT_DATA_PLANE": proxy.URL, "AWS_MAX_ATTEMPTS": "1",
	})

	alice, bob := pool.Token(genaiAlice, nil), pool.Token(genaiBob, nil)
	for name, c := range map[string]struct{ client, password string }{
		"no token":            {genaiAlice, ""},
		"a forged token":      {genaiAlice, alice[:len(alice)-4] + "AAAA"},
		"another's client ID": {genaiAlice, bob},
		"any client ID":       {"phone", alice},
		"a token that ends":   {genaiAlice, pool.Token(genaiAlice, map[string]any{"exp": time.Now().Add(time.Minute).Unix()})},
	} {
		if _, err := core.Connect(c.client, alice, c.password); !errors.Is(err, iotcore.ErrRefused) {
			t.Errorf("with %s: %v", name, err)
		}
	}
	connect := func(client, password string) *iotcore.Client {
		t.Helper()
		c, err := core.Connect(client, "", password)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	phone, theirs := connect(genaiAlice+"-phone", alice), connect(genaiBob, bob)
	for _, filter := range []string{"GenAi/jobs/" + genaiBob, "GenAi/jobs/+", "GenAi/#", "#", "$aws/#", "GenAi/jobs/" + genaiAlice + "/more"} {
		if err := phone.Subscribe(filter); err == nil {
			t.Errorf("alice subscribes to %s", filter)
		}
	}
	for client, topic := range map[*iotcore.Client]string{phone: "GenAi/jobs/" + genaiAlice, theirs: "GenAi/jobs/" + genaiBob} {
		if err := client.Subscribe(topic); err != nil {
			t.Fatalf("%s: %v", topic, err)
		}
	}

	q.send(genaiAlice, "qa", "k1", question("sky"))
	q.ended(genaiAlice, "k1", "succeeded")
	event := stream.Next()
	core.Fail(429)
	if failed := deliverChanges(t, publish, event); len(failed) != 1 {
		t.Errorf("throttled, it stops at %v", failed)
	}
	core.Fail(0)
	if failed := deliverChanges(t, publish, event); len(failed) > 0 {
		t.Fatalf("%v\n%s", failed, publish.Log())
	}
	message, err := phone.Next(10 * time.Second)
	var told map[string]any
	if err == nil {
		err = json.Unmarshal([]byte(message.Payload), &told)
	}
	if err != nil || message.Topic != "GenAi/jobs/"+genaiAlice || told["answer"] != "This is about sky." || told["id"] != q.jobID(genaiAlice, "k1") {
		t.Errorf("%v: %+v", err, message)
	}
	long := strings.Replace(string(event), "This is about sky.", strings.Repeat("sky ", 40000), 1)
	if failed := deliverChanges(t, publish, []byte(long)); len(failed) > 0 {
		t.Errorf("a long answer fails: %v", failed)
	}
	message, err = phone.Next(10 * time.Second)
	if location := fmt.Sprintf(`"location":"/jobs/%s"`, q.jobID(genaiAlice, "k1")); err != nil || strings.Contains(message.Payload, "sky sky") || !strings.Contains(message.Payload, location) {
		t.Errorf("%v: a long answer comes as %.300q", err, message.Payload)
	}
	if message, err := theirs.Next(200 * time.Millisecond); err == nil {
		t.Errorf("bob receives %+v", message)
	}
	if log := publish.Log() + authorize.Log(); strings.Contains(log, "about sky") || strings.Contains(log, alice[:20]) || strings.Contains(log, genaiAlice) {
		t.Errorf("the log has what it must not: %s", log)
	}
	checkGenAiRole(t, "publish", []*awstest.Proxy{proxy}, grantedForStream)
}
