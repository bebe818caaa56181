package pipe_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/pipe"
	"refstack/test/cdktest"
)

// TestBadProps changes one thing of props that are good.
func TestBadProps(t *testing.T) {
	s := services{cdktest.NewStack(t)}
	in, out, dead, fifo := s.queue("In"), s.queue("Out"), s.queue("Dead"), s.fifo("Fifo")
	table := s.table("Table", awsdynamodb.StreamViewType_NEW_IMAGE, nil)
	stream := s.stream("Stream")
	fromStream := pipe.FromKinesisStream(stream, &pipe.StreamProps{DeadLetterQueue: dead})
	fromTable := pipe.FromTableStream(table, &pipe.StreamProps{DeadLetterQueue: dead})
	function, bus, destination := s.function("Function"), s.bus("Bus"), s.destination("Destination")
	machine := s.machine("Machine", awsstepfunctions.StateMachineType_STANDARD)
	for want, change := range map[string]func(p *pipe.Props){
		"pipe: Source is required, such as FromQueue(queue)":                    func(p *pipe.Props) { p.Source = pipe.Source{} },
		"pipe: Target is required, such as ToEventBus(bus, nil)":                func(p *pipe.Props) { p.Target = pipe.Target{} },
		"pipe: LogLevel must be ERROR, INFO or TRACE, got OFF":                  func(p *pipe.Props) { p.LogLevel = "OFF" },
		"pipe: BatchSize must be from 1 to 10, the most of ToQueue, got 11":     func(p *pipe.Props) { p.BatchSize = 11 },
		"pipe: BatchSize must be from 1 to 10, the most of ToQueue, got -1":     func(p *pipe.Props) { p.BatchSize = -1 },
		"pipe: BatchSize must be from 1 to 10, the most of ToEventBus, got 100": func(p *pipe.Props) { p.Source, p.Target, p.BatchSize = fromStream, pipe.ToEventBus(bus, nil), 100 },
		"pipe: BatchSize must be from 1 to 500, the most of ToKinesisStream, got 501": func(p *pipe.Props) {
			p.Source, p.Target, p.BatchSize = fromStream, pipe.ToKinesisStream(stream, "x"), 501
		},
		"pipe: BatchSize must be from 1 to 10000, the most of FromKinesisStream, got 10001": func(p *pipe.Props) {
			p.Source, p.Target, p.BatchSize = fromStream, pipe.ToFunction(function, nil), 10001
		},
		"pipe: BatchSize must be from 1 to 10, the most of FromQueue, got 11": func(p *pipe.Props) {
			p.Source, p.Target, p.BatchSize = pipe.FromQueue(fifo), pipe.ToFunction(function, nil), 11
		},
		"pipe: BatchSize must be 1, since ToAPIDestination takes one record at a time, got 2": func(p *pipe.Props) {
			p.Target, p.Transform, p.BatchSize = pipe.ToAPIDestination(destination, nil), `{}`, 2
		},
		"pipe: BatchSize must be 1, since EnrichWithAPIDestination takes one record at a time, got 10": func(p *pipe.Props) {
			p.Enrichment, p.BatchSize = pipe.EnrichWithAPIDestination(destination, nil), 10
		},
		"pipe: BatchSize 11 of a queue needs a BatchingWindow of at least 1s": func(p *pipe.Props) { p.Target, p.BatchSize = pipe.ToFunction(function, nil), 11 },
		"pipe: BatchingWindow must be whole seconds up to 5m, got 5m1s":       func(p *pipe.Props) { p.BatchingWindow = 301 * time.Second },
		"pipe: BatchingWindow must be whole seconds up to 5m, got 1.5s":       func(p *pipe.Props) { p.BatchingWindow = 1500 * time.Millisecond },
		"pipe: BatchingWindow must be whole seconds up to 5m, got -1s":        func(p *pipe.Props) { p.BatchingWindow = -time.Second },
		"pipe: BatchingWindow must be 0, since a FIFO queue does not wait":    func(p *pipe.Props) { p.Source, p.BatchingWindow = pipe.FromQueue(fifo), time.Second },

		"pipe: Filter must have at most 5 patterns, got 6": func(p *pipe.Props) {
			p.Filter = []any{`{"a":[1]}`, `{"a":[1]}`, `{"a":[1]}`, `{"a":[1]}`, `{"a":[1]}`, `{"a":[1]}`}
		},
		"pipe: Filter[1]: pattern: body.type: the value must be in a list":                       func(p *pipe.Props) { p.Filter = []any{`{"a":[1]}`, obj{"body": obj{"type": "order"}}} },
		"pipe: Filter[0] must have at most 4096 characters, got 4106":                            func(p *pipe.Props) { p.Filter = []any{`{"a":["` + strings.Repeat("é", 4096) + `"]}`} }, // 10 more around it.
		"pipe: Filter[0] uses wildcard at body.path, which rules of an event bus know":           func(p *pipe.Props) { p.Filter = []any{`{"body": {"path": [{"wildcard": "*.png"}]}}`} },
		"pipe: Filter[0] uses anything-but with prefix at body.path":                             func(p *pipe.Props) { p.Filter = []any{`{"body": {"path": [{"anything-but": {"prefix": "a"}}]}}`} },
		"pipe: Filter[0] cannot use eventSource, which is added after the filter":                func(p *pipe.Props) { p.Filter = []any{`{"$or": [{"eventSource": ["aws:sqs"]}, {"body": ["x"]}]}`} },
		"pipe: Filter[0] must name fields of data, which FromKinesisStream filters as JSON only": func(p *pipe.Props) { p.Source, p.Filter = fromStream, []any{`{"data": ["hello"]}`} },
		"pipe: Filter[0] must name fields of dynamodb, which FromTableStream filters as JSON":    func(p *pipe.Props) { p.Source, p.Filter = fromTable, []any{`{"dynamodb": ["hello"]}`} },

		"pipe: Transform: template: <$.a b> is no path":                          func(p *pipe.Props) { p.Transform = `{"a": <$.a b>}` },
		"pipe: Transform: template: it must have 1 to 8192 characters, got 8193": func(p *pipe.Props) { p.Transform = strings.Repeat("x", 8193) },
		"pipe: EnrichmentTransform: template: not valid JSON": func(p *pipe.Props) {
			p.Enrichment, p.EnrichmentTransform = pipe.EnrichWithFunction(function), `{"a": }`
		},
		"pipe: EnrichmentTransform needs an Enrichment":                      func(p *pipe.Props) { p.EnrichmentTransform = `{"a": 1}` },
		"pipe: Transform is required for ToAPIDestination":                   func(p *pipe.Props) { p.Target = pipe.ToAPIDestination(destination, nil) },
		"pipe: Transform is required for ToAPI: the template makes the body": func(p *pipe.Props) { p.Target = pipe.ToAPI(s.api("Api"), nil) },

		"pipe: EnrichWithStateMachine needs an EXPRESS state machine, got a STANDARD one": func(*pipe.Props) { pipe.EnrichWithStateMachine(machine) },
		"pipe: Invocation of ToStateMachine must be FIRE_AND_FORGET for a STANDARD state machine": func(*pipe.Props) {
			pipe.ToStateMachine(machine, &pipe.InvocationProps{Invocation: pipe.RequestResponse})
		},
		"pipe: Invocation of ToStateMachine must be REQUEST_RESPONSE or FIRE_AND_FORGET, got SYNC": func(*pipe.Props) { pipe.ToStateMachine(machine, &pipe.InvocationProps{Invocation: "SYNC"}) },
		"pipe: Invocation of ToFunction must be REQUEST_RESPONSE or FIRE_AND_FORGET, got SYNC":     func(*pipe.Props) { pipe.ToFunction(function, &pipe.InvocationProps{Invocation: "SYNC"}) },
		"pipe: ToTopic needs a standard topic, got a FIFO topic": func(*pipe.Props) {
			pipe.ToTopic(awssns.NewTopic(s.stack, jsii.String("T"), &awssns.TopicProps{Fifo: jsii.Bool(true)}))
		},
		"pipe: MessageGroup of ToQueue for a FIFO queue is required, such as $.body.customer":                    func(*pipe.Props) { pipe.ToQueue(fifo, nil) },
		"pipe: MessageGroup and MessageDeduplication of ToQueue must not be set for a standard queue":            func(*pipe.Props) { pipe.ToQueue(out, &pipe.QueueProps{MessageGroup: "x"}) },
		"pipe: MessageGroup of ToQueue: <$.a b> is no path":                                                      func(*pipe.Props) { pipe.ToQueue(fifo, &pipe.QueueProps{MessageGroup: "$.a b"}) },
		"pipe: partitionKey of ToKinesisStream is required, such as $.body.customer":                             func(*pipe.Props) { pipe.ToKinesisStream(stream, "") },
		"pipe: partitionKey of ToKinesisStream must have at most 256 characters, got 257":                        func(*pipe.Props) { pipe.ToKinesisStream(stream, strings.Repeat("k", 257)) },
		`pipe: DetailType of ToEventBus must be a path as a whole, such as $.body.id, or hold none, got "A $.b"`: func(*pipe.Props) { pipe.ToEventBus(bus, &pipe.EventBusProps{DetailType: "A $.b"}) },
		"pipe: Stream of ToLogGroup: <$.> is no path":                                                            func(*pipe.Props) { pipe.ToLogGroup(s.logGroup("Logs"), &pipe.LogGroupProps{Stream: "$."}) },
		`pipe: Timestamp of ToLogGroup must be a path such as $.body.time, got "1763900000000"`: func(*pipe.Props) {
			pipe.ToLogGroup(s.logGroup("Timed"), &pipe.LogGroupProps{Timestamp: "1763900000000"})
		},
		`pipe: Source of ToEventBus must not begin with aws., which is for AWS alone, got "aws.orders"`: func(*pipe.Props) {
			pipe.ToEventBus(bus, &pipe.EventBusProps{Source: "aws.orders"})
		},
		"pipe: MessageDeduplication of ToQueue is required, such as $.messageId": func(*pipe.Props) { pipe.ToQueue(fifo, &pipe.QueueProps{MessageGroup: "g"}) },
		"pipe: MessageGroup of ToQueue must have at most 100 characters, got 101": func(*pipe.Props) {
			pipe.ToQueue(fifo, &pipe.QueueProps{MessageGroup: strings.Repeat("g", 101), MessageDeduplication: "d"})
		},
		"pipe: MessageDeduplication of ToQueue must have at most 100 characters, got 101": func(*pipe.Props) {
			pipe.ToQueue(fifo, &pipe.QueueProps{MessageGroup: "g", MessageDeduplication: strings.Repeat("d", 101)})
		},
		"pipe: DetailType of ToEventBus must have at most 128 characters, got 129": func(*pipe.Props) {
			pipe.ToEventBus(bus, &pipe.EventBusProps{DetailType: strings.Repeat("d", 129)})
		},
		"pipe: Source of ToEventBus must have at most 256 characters, got 257": func(*pipe.Props) {
			pipe.ToEventBus(bus, &pipe.EventBusProps{Source: strings.Repeat("s", 257)})
		},
		"pipe: Description of Props must have at most 512 characters, got 513": func(p *pipe.Props) { p.Description = strings.Repeat("d", 513) },
		"pipe: Headers of ToAPIDestination must have at most 512 characters, got 513": func(*pipe.Props) {
			pipe.ToAPIDestination(destination, &pipe.HTTPProps{Headers: map[string]string{"x": strings.Repeat("h", 513)}})
		},
		"pipe: Query of ToAPIDestination must have at most 512 characters, got 513": func(*pipe.Props) {
			pipe.ToAPIDestination(destination, &pipe.HTTPProps{Query: map[string]string{"x": strings.Repeat("q", 513)}})
		},
		"pipe: Stream of ToLogGroup must have at most 256 characters, got 257": func(*pipe.Props) {
			pipe.ToLogGroup(s.logGroup("Long"), &pipe.LogGroupProps{Stream: strings.Repeat("s", 257)})
		},
		`pipe: Method of ToAPI must be one of [DELETE GET HEAD OPTIONS PATCH POST PUT], got "FETCH"`: func(*pipe.Props) {
			pipe.ToAPI(s.api("A0"), &pipe.APIProps{Method: "FETCH"})
		},
		"pipe: ToInspector has no target any more: AWS ended Inspector Classic on 2026-05-20": func(*pipe.Props) {
			pipe.ToInspector("arn:aws:inspector:us-east-1:123456789012:target/0-x/template/0-y")
		},

		"pipe: Path of ToAPI must begin with /, got \"orders\"":                            func(*pipe.Props) { pipe.ToAPI(s.api("A1"), &pipe.APIProps{Path: "orders"}) },
		"pipe: PathParameters of ToAPI must be one for each * in Path, got 0 for \"/a/*\"": func(*pipe.Props) { pipe.ToAPI(s.api("A2"), &pipe.APIProps{Path: "/a/*"}) },
		"pipe: Stage of EnrichWithAPI is required: an API from elsewhere does not tell its own": func(*pipe.Props) {
			pipe.EnrichWithAPI(awsapigateway.RestApi_FromRestApiId(s.stack, jsii.String("A3"), jsii.String("id")), nil)
		},
		`pipe: Headers["x"] of ToAPIDestination: <$x> is no path`: func(*pipe.Props) {
			pipe.ToAPIDestination(destination, &pipe.HTTPProps{Headers: map[string]string{"x": "$x"}})
		},
		`pipe: Query["q"] of EnrichWithAPIDestination must be a path as a whole`: func(*pipe.Props) {
			pipe.EnrichWithAPIDestination(destination, &pipe.HTTPProps{Query: map[string]string{"q": "a$.b"}})
		},
		`pipe: PathParameters of ToAPIDestination: <$..a> is no path`: func(*pipe.Props) {
			pipe.ToAPIDestination(destination, &pipe.HTTPProps{PathParameters: []string{"$..a"}})
		},
	} {
		cdktest.Panics(t, want, func() {
			p := &pipe.Props{Source: pipe.FromQueue(in), Target: pipe.ToQueue(out, nil)}
			change(p)
			pipe.New(s.stack, "Bad", p)
		})
	}
	cdktest.Panics(t, "pipe: Source is required", func() { pipe.New(s.stack, "Bad", nil) })
}

func TestBadStreams(t *testing.T) {
	s := services{cdktest.NewStack(t)}
	dead, fifo, stream := s.queue("Dead"), s.fifo("Fifo"), s.stream("Stream")
	table := s.table("Table", awsdynamodb.StreamViewType_NEW_IMAGE, nil)
	for want, props := range map[string]*pipe.StreamProps{
		"pipe: DeadLetterQueue of FromKinesisStream is required":                                      {},
		"pipe: DeadLetterQueue of FromKinesisStream must be a standard queue, got a FIFO queue":       {DeadLetterQueue: fifo},
		"pipe: StartingPosition of FromKinesisStream must be TRIM_HORIZON or LATEST, got AT":          {DeadLetterQueue: dead, StartingPosition: "AT"},
		"pipe: ParallelizationFactor of FromKinesisStream must be from 1 to 10, got 11":               {DeadLetterQueue: dead, ParallelizationFactor: 11},
		"pipe: MaxRetries of FromKinesisStream must be from 1 to 10000, got -1":                       {DeadLetterQueue: dead, MaxRetries: -1},
		"pipe: MaxRetries of FromKinesisStream must be from 1 to 10000, got 10001":                    {DeadLetterQueue: dead, MaxRetries: 10001},
		"pipe: MaxRecordAge of FromKinesisStream must be whole seconds from 1m to 168h, got 59s":      {DeadLetterQueue: dead, MaxRecordAge: 59 * time.Second},
		"pipe: MaxRecordAge of FromKinesisStream must be whole seconds from 1m to 168h, got 168h0m1s": {DeadLetterQueue: dead, MaxRecordAge: 7*24*time.Hour + time.Second},
		"pipe: MaxRecordAge of FromKinesisStream must be whole seconds from 1m to 168h, got -1ns":     {DeadLetterQueue: dead, MaxRecordAge: -1},
	} {
		cdktest.Panics(t, want, func() { pipe.FromKinesisStream(stream, props) })
	}
	cdktest.Panics(t, "pipe: StartingPosition of FromKinesisStream must not be set beside StartingTime, got LATEST", func() {
		pipe.FromKinesisStream(stream, &pipe.StreamProps{DeadLetterQueue: dead, StartingTime: time.Now(), StartingPosition: pipe.Latest})
	})
	cdktest.Panics(t, "pipe: DeadLetterQueue of FromKinesisStream is required", func() { pipe.FromKinesisStream(stream, nil) })
	cdktest.Panics(t, "pipe: DeadLetterQueue of FromTableStream is required", func() { pipe.FromTableStream(table, nil) })
	cdktest.Panics(t, "pipe: StartingTime of FromTableStream must not be set", func() {
		pipe.FromTableStream(table, &pipe.StreamProps{DeadLetterQueue: dead, StartingTime: time.Now()})
	})
	cdktest.Panics(t, "pipe: FromTableStream needs a table with a stream", func() {
		pipe.FromTableStream(s.table("Still", "", nil), &pipe.StreamProps{DeadLetterQueue: dead})
	})
}

func TestBadBrokers(t *testing.T) {
	s := services{cdktest.NewStack(t)}
	secret, vpc := s.secret("Secret"), s.vpc("Vpc")
	broker := s.broker("Broker", "ACTIVEMQ")
	for want, props := range map[string]*pipe.BrokerProps{
		`pipe: Queue of FromActiveMQ is required, such as "orders"`: {Secret: secret},
		"pipe: Secret of FromActiveMQ is required":                  {Queue: "q"},
		"pipe: VirtualHost of FromActiveMQ must not be set":         {Queue: "q", Secret: secret, VirtualHost: "/"},
	} {
		cdktest.Panics(t, want, func() { pipe.FromActiveMQ(broker, props) })
	}
	cdktest.Panics(t, "pipe: Queue of FromRabbitMQ is required", func() { pipe.FromRabbitMQ(broker, nil) })

	cdktest.Panics(t, "pipe: Queue of FromRabbitMQ must have at most 1000 characters, got 1001", func() {
		pipe.FromRabbitMQ(broker, &pipe.BrokerProps{Queue: strings.Repeat("q", 1001), Secret: secret})
	})
	cdktest.Panics(t, "pipe: VirtualHost of FromRabbitMQ must have at most 200 characters, got 201", func() {
		pipe.FromRabbitMQ(broker, &pipe.BrokerProps{Queue: "q", Secret: secret, VirtualHost: strings.Repeat("v", 201)})
	})
	cluster := s.msk("Cluster")
	cdktest.Panics(t, "pipe: Topic of FromMSK must have at most 249 characters, got 250", func() {
		pipe.FromMSK(cluster, &pipe.KafkaProps{Topic: strings.Repeat("t", 250), ConsumerGroup: "g"})
	})
	cdktest.Panics(t, "pipe: ConsumerGroup of FromMSK must have at most 200 characters, got 201", func() {
		pipe.FromMSK(cluster, &pipe.KafkaProps{Topic: "t", ConsumerGroup: strings.Repeat("g", 201)})
	})
	for want, props := range map[string]*pipe.KafkaProps{
		`pipe: Topic of FromMSK is required, such as "orders"`:                                                   nil,
		"pipe: ConsumerGroup of FromMSK for IAM is required":                                                     {Topic: "t"},
		"pipe: Authentication of FromMSK must be one of [IAM SASL_SCRAM_512 CLIENT_CERTIFICATE], got SASL_PLAIN": {Topic: "t", Authentication: pipe.KafkaPlain},
		"pipe: Secret of FromMSK is required for all Authentication but IAM, got IAM":                            {Topic: "t", Secret: secret},
		"pipe: BootstrapServers, RootCertificate, Subnets and SecurityGroups of FromMSK must not be set":         {Topic: "t", ConsumerGroup: "g", BootstrapServers: []string{"a:1"}},
		"pipe: StartingPosition of FromMSK must be TRIM_HORIZON or LATEST, got AT":                               {Topic: "t", StartingPosition: "AT"},
	} {
		cdktest.Panics(t, want, func() { pipe.FromMSK(cluster, props) })
	}
	servers := []string{"a:1"}
	for want, props := range map[string]*pipe.KafkaProps{
		"pipe: BootstrapServers of FromKafka is required":                                          {Topic: "t", Secret: secret},
		`pipe: BootstrapServers of FromKafka must be host:port each, got "a"`:                      {Topic: "t", Secret: secret, BootstrapServers: []string{"b:1", "a"}},
		`pipe: BootstrapServers of FromKafka must be host:port each, got "smk://a:1"`:              {Topic: "t", Secret: secret, BootstrapServers: []string{"smk://a:1"}},
		"pipe: Secret of FromKafka is required for all Authentication but IAM, got SASL_SCRAM_512": {Topic: "t", BootstrapServers: servers},
		"pipe: Authentication of FromKafka must be one of":                                         {Topic: "t", BootstrapServers: servers, Secret: secret, Authentication: pipe.KafkaIAM},
		"pipe: BootstrapServers of FromKafka must be at most 3, got 4":                             {Topic: "t", Secret: secret, BootstrapServers: []string{"a:1", "b:1", "c:1", "d:1"}},
		"pipe: Subnets of FromKafka must be at most 16, got 17": {
			Topic: "t", BootstrapServers: servers, Secret: secret,
			Subnets: slices.Repeat((*vpc.IsolatedSubnets())[:1], 17), SecurityGroups: make([]awsec2.ISecurityGroup, 1),
		},
		"pipe: SecurityGroups of FromKafka must be at most 5, got 6": {
			Topic: "t", BootstrapServers: servers, Secret: secret,
			Subnets: (*vpc.IsolatedSubnets())[:1], SecurityGroups: make([]awsec2.ISecurityGroup, 6),
		},
		"pipe: Subnets and SecurityGroups of FromKafka go together": {Topic: "t", BootstrapServers: servers, Secret: secret, Subnets: *vpc.IsolatedSubnets()},
	} {
		cdktest.Panics(t, want, func() { pipe.FromKafka(props) })
	}
}

func TestBadJobs(t *testing.T) {
	s := services{cdktest.NewStack(t)}
	queue, definition := s.jobs()
	cluster, task, workgroup, secret := s.cluster("Cluster"), s.task("Task", false), s.workgroup("Workgroup"), s.secret("Secret")
	for want, do := range map[string]func(){
		"pipe: Attempts of ToBatchJob must be from 1 to 10, got 11": func() { pipe.ToBatchJob(queue, definition, &pipe.BatchJobProps{Attempts: 11}) },
		`pipe: Parameters["id"] of ToBatchJob must not be empty`: func() {
			pipe.ToBatchJob(queue, definition, &pipe.BatchJobProps{Parameters: map[string]string{"id": " "}})
		},
		`pipe: Parameters["id"] of ToBatchJob must be a path as a whole`: func() {
			pipe.ToBatchJob(queue, definition, &pipe.BatchJobProps{Parameters: map[string]string{"id": "x-$.body.id"}})
		},
		"pipe: Name of ToBatchJob: <$.a[> is no path": func() { pipe.ToBatchJob(queue, definition, &pipe.BatchJobProps{Name: "$.a["}) },
		"pipe: Container of ToECSTask is required":    func() { pipe.ToECSTask(cluster, task, &pipe.ECSTaskProps{Command: []string{"x"}}) },
		"pipe: Command of ToECSTask must be a path as a whole": func() {
			pipe.ToECSTask(cluster, task, &pipe.ECSTaskProps{Container: "main", Command: []string{"--id=$.body.id"}})
		},
		`pipe: Environment["A"] of ToECSTask must be a path as a whole`: func() {
			pipe.ToECSTask(cluster, task, &pipe.ECSTaskProps{Container: "main", Environment: map[string]string{"A": "x$.b"}})
		},
		`pipe: Database of ToRedshift is required, such as "analytics"`:     func() { pipe.ToRedshift(workgroup, nil) },
		`pipe: SQL of ToRedshift is required, such as "CALL load_orders()"`: func() { pipe.ToRedshift(workgroup, &pipe.RedshiftProps{Database: "d"}) },
		"pipe: Secret of ToRedshift is required":                            func() { pipe.ToRedshift(workgroup, &pipe.RedshiftProps{Database: "d", SQL: []string{"x"}}) },
		"pipe: SQL of ToRedshift must be a path as a whole": func() {
			pipe.ToRedshift(workgroup, &pipe.RedshiftProps{Database: "d", SQL: []string{"SELECT $.body.id"}, Secret: secret})
		},
		"pipe: SQL of ToRedshift must be at most 40 statements, got 41": func() {
			pipe.ToRedshift(workgroup, &pipe.RedshiftProps{Database: "d", SQL: slices.Repeat([]string{"CALL p()"}, 41), Secret: secret})
		},
		"pipe: SQL of ToRedshift must have at most 100000 characters, got 100001": func() {
			pipe.ToRedshift(workgroup, &pipe.RedshiftProps{Database: "d", SQL: []string{strings.Repeat("s", 100001)}, Secret: secret})
		},
		"pipe: parameters of ToSageMakerPipeline must have at most 1024 characters, got 1025": func() {
			pipe.ToSageMakerPipeline(s.pipeline("Long"), map[string]string{"a": strings.Repeat("x", 1025)})
		},
		"pipe: Database of ToRedshift must have at most 64 characters, got 65": func() {
			pipe.ToRedshift(workgroup, &pipe.RedshiftProps{Database: strings.Repeat("d", 65)})
		},
		"pipe: StatementName of ToRedshift must have at most 500 characters, got 501": func() {
			pipe.ToRedshift(workgroup, &pipe.RedshiftProps{Database: "d", StatementName: strings.Repeat("s", 501)})
		},
		"pipe: SecurityGroups of ToECSTask must be at most 5, got 6": func() {
			pipe.ToECSTask(cluster, task, &pipe.ECSTaskProps{SecurityGroups: make([]awsec2.ISecurityGroup, 6)})
		},
		"pipe: parameters of ToSageMakerPipeline must be at most 200, got 201": func() {
			many := map[string]string{}
			for i := range 201 {
				many[fmt.Sprint(i)] = "x"
			}
			pipe.ToSageMakerPipeline(s.pipeline("Many"), many)
		},
		"pipe: SQL of ToRedshiftCluster is required":                     func() { pipe.ToRedshiftCluster(s.redshift("R"), &pipe.RedshiftProps{Database: "d"}) },
		`pipe: parameters["p"] of ToSageMakerPipeline must not be empty`: func() { pipe.ToSageMakerPipeline(s.pipeline("P"), map[string]string{"p": ""}) },
	} {
		cdktest.Panics(t, want, do)
	}
}
