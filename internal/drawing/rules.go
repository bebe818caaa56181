package drawing

import (
	"fmt"
	"slices"
	"strings"
)

// queues draws where messages go that nobody can handle.
func (r *reader) queues() {
	r.template.each("AWS::SQS::Queue", func(id string, p map[string]any) {
		if dead := r.drawn(at(p, "RedrivePolicy", "deadLetterTargetArn")); dead != "" {
			r.add(id, dead, fmt.Sprintf("after %v tries", at(p, "RedrivePolicy", "maxReceiveCount")), true)
		} else if r.nodes[id] != nil && strings.Contains(r.nodes[id].title, "ead letters") {
			r.nodes[id].service = "SQS, " + days(p["MessageRetentionPeriod"])
		}
	})
}

func (r *reader) buckets() {
	r.template.each("AWS::S3::Bucket", func(id string, p map[string]any) {
		for _, way := range [][2]string{{"QueueConfigurations", "Queue"}, {"TopicConfigurations", "Topic"}, {"LambdaConfigurations", "Function"}} {
			for _, configuration := range list(at(p, "NotificationConfiguration", way[0])) {
				r.add(id, r.drawn(at(configuration, way[1])), "notifies", false)
			}
		}
	})
}

// rules draws rules of EventBridge between the bus, or the bucket whose events they
// are, and their targets.
func (r *reader) rules() {
	r.template.each("AWS::Events::Rule", func(id string, p map[string]any) {
		var types []string
		for _, detailType := range list(at(p, "EventPattern", "detail-type")) {
			types = append(types, text(detailType))
		}
		source := r.drawn(p["EventBusName"])
		if source == "" {
			source = r.drawn(p["EventPattern"])
		}
		r.add(source, id, strings.Join(types, "\n"), false)
		for _, target := range list(p["Targets"]) {
			to := r.drawn(at(target, "Arn"))
			label := "sends"
			if r.nodes[to] != nil && r.nodes[to].role == workflow {
				label = "starts"
			}
			r.add(id, to, label, false)
			// A queue's own dead letters are told by the queue.
			if dead := r.drawn(at(target, "DeadLetterConfig", "Arn")); !r.connected(to, dead) {
				r.add(id, dead, "not delivered", true)
			}
		}
	})
}

// consumers draws what invokes functions: queues, and streams of tables.
func (r *reader) consumers() {
	r.template.each("AWS::Lambda::EventSourceMapping", func(_ string, p map[string]any) {
		source, function := r.drawn(p["EventSourceArn"]), r.drawn(p["FunctionName"])
		r.add(source, function, r.batch(source, p["BatchSize"]), false)
		r.add(function, r.drawn(at(p, "DestinationConfig", "OnFailure", "Destination")), "on failure", true)
	})
}

// batch tells how many at a time leave a source.
func (r *reader) batch(source string, size any) string {
	switch n := r.nodes[source]; {
	case n != nil && n.role == data:
		return "stream"
	case size == nil:
		return ""
	default:
		return fmt.Sprintf("%v at a time", size)
	}
}

// restAPIs draws which methods lead where, and who says which callers may.
func (r *reader) restAPIs() {
	r.template.each("AWS::ApiGateway::Method", func(_ string, p map[string]any) {
		api, target := r.drawn(p["RestApiId"]), r.drawn(at(p, "Integration", "Uri"))
		r.add(api, target, fmt.Sprintf("%v %s", p["HttpMethod"], r.resourcePath(p["ResourceId"])), false)
	})
	r.foldMethods()
	r.template.each("AWS::ApiGateway::Authorizer", func(_ string, p map[string]any) {
		r.add(r.drawn(p["RestApiId"]), r.drawn([]any{p["ProviderARNs"], p["AuthorizerUri"]}), "checks tokens", true)
	})
	r.template.each("AWS::WAFv2::WebACL", func(id string, _ map[string]any) {
		if r.nodes[id] != nil {
			r.nodes[id].title = "Firewall"
		}
	})
	r.template.each("AWS::WAFv2::WebACLAssociation", func(_ string, p map[string]any) {
		r.add(r.drawn(p["WebACLArn"]), r.drawn(p["ResourceArn"]), "", false)
	})
}

func (r *reader) resourcePath(resource any) string {
	for _, id := range r.template.references(resource) {
		if found := r.template.Resources[id]; found.Type == "AWS::ApiGateway::Resource" {
			return strings.TrimSuffix(r.resourcePath(found.Properties["ParentId"]), "/") + "/" + text(found.Properties["PathPart"])
		}
	}
	return "/"
}

// maxMethods are as many lines as a label may have.
const maxMethods = 3

// foldMethods tells the methods of one path in one line, and of many paths those
// of the first ones.
func (r *reader) foldMethods() {
	for i, e := range r.edges {
		if n := r.nodes[e.from]; n == nil || n.service != kinds["AWS::ApiGateway::RestApi"].service {
			continue
		}
		methods := map[string][]string{}
		var paths []string
		for _, line := range strings.Split(e.label, "\n") {
			method, path, _ := strings.Cut(line, " ")
			if methods[path] == nil {
				paths = append(paths, path)
			}
			methods[path] = append(methods[path], method)
		}
		// HEAD is GET without the body, and needs no word beside it.
		for path := range methods {
			if slices.Contains(methods[path], "GET") {
				methods[path] = slices.DeleteFunc(methods[path], func(method string) bool { return method == "HEAD" })
			}
		}
		slices.Sort(paths)
		var lines []string
		for _, path := range paths {
			lines = append(lines, strings.Join(methods[path], ", ")+" "+path)
		}
		if len(lines) > maxMethods {
			lines = append(lines[:maxMethods-1], fmt.Sprintf("and %d more", len(lines)-maxMethods+1))
		}
		r.edges[i].label = strings.Join(lines, "\n")
	}
}

func (r *reader) webSockets() {
	r.template.each("AWS::ApiGatewayV2::Api", func(id string, p map[string]any) {
		if r.nodes[id] != nil && p["ProtocolType"] == "WEBSOCKET" {
			r.nodes[id].service = "API Gateway, WebSocket"
		}
	})
	r.template.each("AWS::ApiGatewayV2::Route", func(_ string, p map[string]any) {
		for _, integration := range r.template.references(p["Target"]) {
			r.add(r.drawn(p["ApiId"]), r.drawn(r.template.Resources[integration].Properties["IntegrationUri"]), text(p["RouteKey"]), false)
		}
	})
	r.template.each("AWS::ApiGatewayV2::Authorizer", func(_ string, p map[string]any) {
		r.add(r.drawn(p["ApiId"]), r.drawn(p["AuthorizerUri"]), "checks tokens", true)
	})
	r.template.each("AWS::IoT::Authorizer", func(id string, p map[string]any) {
		r.standIn[id] = r.service("service iot", "IoT Core", "MQTT", entry)
		r.add(r.standIn[id], r.drawn(p["AuthorizerFunctionArn"]), "checks tokens", true)
	})
}

func (r *reader) subscriptions() {
	r.template.each("AWS::SNS::Subscription", func(_ string, p map[string]any) {
		r.add(r.drawn(p["TopicArn"]), r.drawn(p["Endpoint"]), "sends", false)
	})
}

func (r *reader) deliveries() {
	r.template.each("AWS::KinesisFirehose::DeliveryStream", func(id string, p map[string]any) {
		r.add(id, r.drawn(at(p, "ExtendedS3DestinationConfiguration", "BucketARN")), "delivers", false)
	})
}

// others draws what a resource of a type that nobody has described refers to.
func (r *reader) others() {
	for _, id := range r.ids() {
		described := r.template.Resources[id]
		if _, known := kinds[described.Type]; known || described.Type == "" {
			continue
		}
		for _, reference := range r.template.references(described.Properties) {
			r.add(id, r.resolve(reference), "uses", true)
		}
	}
}
