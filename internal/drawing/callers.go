package drawing

import (
	"fmt"
	"maps"
	"slices"
)

// callers draws who comes from outside, and where: to APIs, to user pools, and to what
// an output names and nothing in the stack fills.
func (r *reader) callers() {
	r.nodes["caller"] = &node{title: "Caller", role: caller}
	for _, name := range slices.Sorted(maps.Keys(r.template.Outputs)) {
		for _, id := range r.template.references(r.template.Outputs[name].Value) {
			id = r.resolve(id)
			n := r.nodes[id]
			if n == nil {
				continue
			}
			if n.role == entry {
				r.calls(id)
				continue
			}
			if label := enters[n.service]; label != "" && !r.filled(id) {
				r.add("caller", id, label, false)
				if n.role == data {
					n.role = entry
				}
			}
		}
	}
	r.template.each("AWS::Cognito::UserPoolClient", func(_ string, p map[string]any) {
		r.add("caller", r.drawn(p["UserPoolId"]), "signs in", false)
	})
	if !r.touched("caller") {
		r.remove("caller")
	}
}

// calls draws the way to an entry point, which is through its firewall if it has one.
// Where a function pushes into the entry point, answers come back by that way.
func (r *reader) calls(id string) {
	e := edge{from: "caller", to: id, label: r.credentials(id)}
	if e.label == "" {
		return
	}
	for _, other := range r.edges {
		switch n := r.nodes[other.from]; {
		case other.to != id:
		case n.service == kinds["AWS::WAFv2::WebACL"].service:
			e.to = other.from
		case n.role == compute:
			e.back = true
		}
	}
	if e.back {
		e.label += "; answers"
	}
	r.put(e)
}

// enters is what callers do with that which takes what they give.
var enters = map[string]string{"S3": "puts files", "SQS": "sends", "DynamoDB": "puts items", "Kinesis": "sends", "EventBridge": "sends", "Step Functions": "starts"}

// filled tells whether something in the stack already leads to a node.
func (r *reader) filled(id string) bool {
	return slices.ContainsFunc(r.edges, func(e edge) bool { return e.to == id && (e.aside || e.label != "reads") })
}

// credentials are what callers bring to that which checks them, and "" where they
// do not go by themselves.
func (r *reader) credentials(id string) string {
	token, key := false, false
	r.template.each("AWS::ApiGateway::Method", func(_ string, p map[string]any) {
		if r.drawn(p["RestApiId"]) == id {
			token = token || p["AuthorizationType"] != "NONE"
			key = key || p["ApiKeyRequired"] == true
		}
	})
	r.template.each("AWS::ApiGatewayV2::Route", func(_ string, p map[string]any) {
		token = token || r.drawn(p["ApiId"]) == id && p["AuthorizationType"] != "NONE"
	})
	r.template.each("AWS::IoT::Authorizer", func(authorizer string, _ map[string]any) {
		token = token || r.resolve(authorizer) == id
	})
	switch {
	case token && key:
		return "token, key"
	case token:
		return "token"
	case r.leadsOn(id):
		return "calls"
	}
	return ""
}

// leadsOn tells whether requests go from a node to another.
func (r *reader) leadsOn(id string) bool {
	return slices.ContainsFunc(r.edges, func(e edge) bool { return e.from == id && !e.aside })
}

// alarms draws all of them as one, with the topic that tells of them.
func (r *reader) alarms() {
	topics, count := map[string]bool{}, 0
	r.template.each("AWS::CloudWatch::Alarm", func(_ string, p map[string]any) {
		count++
		for _, topic := range r.template.references(p["AlarmActions"]) {
			topics[topic] = true
		}
	})
	for _, id := range slices.Sorted(maps.Keys(topics)) {
		if n := r.nodes[id]; n != nil && !r.touched(id) {
			n.title, n.service, n.role = fmt.Sprintf("%d alarms", count), "notify by SNS", watching
		}
	}
}
