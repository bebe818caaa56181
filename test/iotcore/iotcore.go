// Package iotcore stands in for AWS IoT Core: an MQTT broker on loopback whose
// clients a custom authorizer lets in, and may do what its policy says, and the
// HTTP endpoint through which functions publish.
package iotcore

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"refstack/test/awstest"
)

// maxPayload is the most bytes that are published at once.
const maxPayload = 128 << 10

// Core is the broker.
type Core struct {
	// URL is the endpoint of the data plane, for functions that publish.
	URL string

	t       testing.TB
	invoke  func(ctx context.Context, event []byte) ([]byte, error)
	broker  *mqtt.Server
	address string

	mu     sync.Mutex
	fault  int
	grants map[string]*grant // by client ID
}

// grant is what the authorizer has said of a client.
type grant struct {
	documents  []map[string]any
	subscribes map[string]bool // What it subscribes to at this moment.
}

// Start starts a broker on free ports of 127.0.0.1, with a custom authorizer that
// is invoked as by lambdatest's Function.Invoke. It ends with the test.
func Start(t testing.TB, invoke func(ctx context.Context, event []byte) ([]byte, error)) *Core {
	t.Helper()
	c := &Core{t: t, invoke: invoke, grants: map[string]*grant{}}
	c.broker = mqtt.New(&mqtt.Options{InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	tcp := listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:0"})
	for _, err := range []error{c.broker.AddHook(&hook{core: c}, nil), c.broker.AddListener(tcp), c.broker.Serve()} {
		if err != nil {
			t.Fatalf("iotcore: %v", err)
		}
	}
	c.address = tcp.Address()
	server := httptest.NewServer(http.HandlerFunc(c.publish))
	c.URL = server.URL
	t.Cleanup(func() {
		server.Close()
		_ = c.broker.Close()
	})
	return c
}

// Fail answers what is published with a status, or no longer with 0.
func (c *Core) Fail(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = status
}

func (c *Core) publish(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, code string) {
		w.Header().Set("X-Amzn-Errortype", code)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"message":"iotcore"}`)
	}
	c.mu.Lock()
	fault := c.fault
	c.mu.Unlock()
	topic, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/topics/"))
	payload, failed := io.ReadAll(r.Body)
	switch {
	case fault != 0:
		refuse(fault, "ThrottlingException")
	case err != nil || failed != nil || topic == "" || r.URL.Query().Get("qos") != "1":
		refuse(http.StatusBadRequest, "InvalidRequestException")
	case len(payload) > maxPayload:
		refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException")
	default:
		if err := c.broker.Publish(topic, payload, false, 1); err != nil {
			c.t.Errorf("iotcore: %v", err)
		}
		_, _ = io.WriteString(w, `{"message":"OK","traceId":"1"}`)
	}
}

// principal is what IoT Core takes for the name of who connects.
var principal = regexp.MustCompile(`^[a-zA-Z0-9]{1,128}$`)

// authorize asks the authorizer of a client.
func (c *Core) authorize(connect packets.ConnectParams) bool {
	event, err := json.Marshal(map[string]any{
		"protocols": []string{"tls", "mqtt"}, "signatureVerified": false,
		"protocolData": map[string]any{
			"tls":  map[string]any{"serverName": "example-ats.iot.us-east-1.amazonaws.com"},
			"mqtt": map[string]any{"username": string(connect.Username), "password": connect.Password, "clientId": connect.ClientIdentifier},
		},
		"connectionMetadata": map[string]any{"id": "c0ffee00-1111-4222-8333-444455556666"},
	})
	if err != nil {
		c.t.Errorf("iotcore: %v", err)
		return false
	}
	text, err := c.invoke(context.Background(), event)
	if err != nil {
		return false
	}
	var answer struct {
		IsAuthenticated                                 bool
		PrincipalID                                     string `json:"principalId"`
		DisconnectAfterInSeconds, RefreshAfterInSeconds int
		PolicyDocuments                                 []map[string]any
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		c.t.Errorf("iotcore: the authorizer answers %s: %v", text, err)
		return false
	}
	if !answer.IsAuthenticated {
		return false
	}
	if err := answerable(answer.PrincipalID, answer.DisconnectAfterInSeconds, answer.RefreshAfterInSeconds, answer.PolicyDocuments); err != nil {
		c.t.Errorf("iotcore: the authorizer answers %s: %v", text, err)
		return false
	}
	g := &grant{documents: answer.PolicyDocuments, subscribes: map[string]bool{}}
	if !c.allows(g, "iot:Connect", "client/"+connect.ClientIdentifier) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.grants[connect.ClientIdentifier] = g
	return true
}

// answerable checks an answer by the limits of IoT Core.
func answerable(name string, disconnect, refresh int, documents []map[string]any) error {
	switch {
	case !principal.MatchString(name):
		return fmt.Errorf("principalId must be 1 to 128 letters and digits")
	case disconnect < 300 || disconnect > 86400 || refresh < 300 || refresh > 86400:
		return fmt.Errorf("disconnectAfterInSeconds and refreshAfterInSeconds must be from 300 to 86400")
	case len(documents) > 10:
		return fmt.Errorf("there are more than 10 policies")
	}
	for _, document := range documents {
		if text, err := json.Marshal(document); err != nil || len(text) > 2048 {
			return fmt.Errorf("a policy has more than 2048 characters")
		}
	}
	return nil
}

func (c *Core) allows(g *grant, action, resource string) bool {
	ok, err := awstest.Allows(g.documents, action, fmt.Sprintf("arn:aws:iot:%s:%s:%s", awstest.Region, awstest.AccountID, resource))
	if err != nil {
		c.t.Errorf("iotcore: %v", err)
	}
	return ok && err == nil
}

// hook holds the clients to their policies.
type hook struct {
	mqtt.HookBase
	core *Core
}

func (h *hook) ID() string { return "policies" }

func (h *hook) Provides(b byte) bool {
	switch b {
	case mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnSubscribe, mqtt.OnSubscribed:
		return true
	}
	return false
}

func (h *hook) OnConnectAuthenticate(_ *mqtt.Client, packet packets.Packet) bool {
	return h.core.authorize(packet.Connect)
}

func (h *hook) grant(client *mqtt.Client) *grant {
	h.core.mu.Lock()
	defer h.core.mu.Unlock()
	return h.core.grants[client.ID]
}

// OnSubscribe and OnSubscribed tell OnACLCheck what of its questions is about a
// subscription.
func (h *hook) OnSubscribe(client *mqtt.Client, packet packets.Packet) packets.Packet {
	h.mark(client, packet, true)
	return packet
}

func (h *hook) OnSubscribed(client *mqtt.Client, packet packets.Packet, _ []byte) {
	h.mark(client, packet, false)
}

func (h *hook) mark(client *mqtt.Client, packet packets.Packet, subscribes bool) {
	g := h.grant(client)
	h.core.mu.Lock()
	defer h.core.mu.Unlock()
	for _, filter := range packet.Filters {
		g.subscribes[filter.Filter] = subscribes
	}
}

func (h *hook) OnACLCheck(client *mqtt.Client, topic string, write bool) bool {
	g := h.grant(client)
	if g == nil {
		return false
	}
	h.core.mu.Lock()
	subscribes := g.subscribes[topic]
	h.core.mu.Unlock()
	switch {
	case write:
		return h.core.allows(g, "iot:Publish", "topic/"+topic)
	case subscribes:
		return h.core.allows(g, "iot:Subscribe", "topicfilter/"+topic)
	default:
		return h.core.allows(g, "iot:Receive", "topic/"+topic)
	}
}
