// Package webapi is the three-tier web application without servers: API Gateway
// where a web server stood, a function for the application server, DynamoDB for
// the database. Nothing is sized; every part scales by request, in several zones,
// from the first day.
//
//	client → API Gateway (Cognito token, throttling, validation) → items function → table
package webapi

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"refstack/constructs/alarmtopic"
	"refstack/constructs/gofunction"
	"refstack/constructs/output"
	"refstack/constructs/restapi"
	"refstack/constructs/table"
	"refstack/constructs/userpool"
)

// Props configure the WebApi stack.
type Props struct {
	awscdk.StackProps

	// Production keeps the data when the stack is deleted, asks every user for a
	// second factor, and puts a firewall before the API. Defaults to deleting
	// everything with the stack.
	Production bool
	// Architecture is the processor that runs the function. Defaults to arm64.
	Architecture awslambda.Architecture
	// AlarmEmail is told of alarms. Defaults to telling nobody.
	AlarmEmail string
	// AllowedOrigins are the web pages that may call the API, such as
	// https://app.example.com. Defaults to none: no CORS.
	AllowedOrigins []string
	// LogRole makes the account's role for API Gateway's logs; see
	// restapi.Props. Defaults to using the role that the account has.
	LogRole bool
	// UserPool issues the tokens of the callers. Defaults to a new pool.
	UserPool awscognito.IUserPool
	// Table keeps the items, under a partition key "owner" and a sort key "item",
	// both strings, with time to live on "expires". Defaults to a new table.
	Table awsdynamodb.ITableV2
	// MaxBodyBytes is the largest body that the function reads. Defaults to
	// 64 KiB; an item of DynamoDB holds 400 KB at the most.
	MaxBodyBytes int
}

// WebApi is the stack, and the parts that a user may want to tune.
type WebApi struct {
	Stack    awscdk.Stack
	Api      *restapi.RestApi
	UserPool awscognito.IUserPool
	Table    awsdynamodb.ITableV2
	Items    *gofunction.GoFunction
	Alarms   *alarmtopic.AlarmTopic
}

// New makes the WebApi stack. Props may be nil.
func New(scope constructs.Construct, id string, props *Props) *WebApi {
	p := props.withDefaults()
	stack := awscdk.NewStack(scope, jsii.String(id), &p.StackProps)

	alarms := alarmtopic.New(stack, "Alarms", &alarmtopic.Props{Email: p.AlarmEmail})
	if p.UserPool == nil {
		users := userpool.New(stack, "Users", &userpool.Props{Production: p.Production})
		p.UserPool = users.UserPool
		output.New(stack, "UserPoolClientId", users.Client.UserPoolClientId(), "Sign in with this client")
	}
	if p.Table == nil {
		p.Table = table.New(stack, "Items", &table.Props{
			PartitionKey: "owner",
			SortKey:      "item",
			TimeToLive:   "expires",
			AlarmTopic:   alarms.Topic,
			Retain:       p.Production,
		}).Table
	}
	items := gofunction.New(stack, "ItemsFunction", &gofunction.Props{
		Entry:        "lambdas/webapi/items",
		Description:  "Keeps the items of each caller",
		MemoryMiB:    512,
		Timeout:      10 * time.Second,
		Architecture: p.Architecture,
		AlarmTopic:   alarms.Topic,
		Retain:       p.Production,
		Environment: map[string]string{
			"TABLE_NAME":      *p.Table.TableName(),
			"ALLOWED_ORIGINS": strings.Join(p.AllowedOrigins, ","),
			"MAX_BODY_BYTES":  strconv.Itoa(p.MaxBodyBytes),
		},
	})
	items.Role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Query"),
		// Items are the partition of their owner; the function chooses it from
		// the token alone.
		Resources: &[]*string{p.Table.TableArn()},
	}))

	api := restapi.New(stack, "Web", &restapi.Props{
		Description:    "Items of each caller",
		UserPool:       p.UserPool,
		AllowedOrigins: p.AllowedOrigins,
		Firewall:       p.Production,
		LogRole:        p.LogRole,
		AlarmTopic:     alarms.Topic,
		Retain:         p.Production,
	})
	addMethods(api, items.Function)

	output.New(stack, "Url", api.URL(""), "The API, under /items")
	output.New(stack, "UserPoolId", p.UserPool.UserPoolId(), "Callers are users of this pool")
	output.New(stack, "TableName", p.Table.TableName(), "The items")
	output.New(stack, "AlarmTopicArn", alarms.Topic.TopicArn(), "Subscribe to this topic to be told of alarms")

	return &WebApi{Stack: stack, Api: api, UserPool: p.UserPool, Table: p.Table, Items: items, Alarms: alarms}
}

func (p *Props) withDefaults() Props {
	var out Props
	if p != nil {
		out = *p
	}
	if out.MaxBodyBytes == 0 {
		out.MaxBodyBytes = 64 << 10
	}
	if out.MaxBodyBytes < 1 || out.MaxBodyBytes > 400_000 {
		panic(fmt.Sprintf("webapi: MaxBodyBytes must be from 1 to 400000, the size of an item of DynamoDB, got %d", out.MaxBodyBytes))
	}
	return out
}
