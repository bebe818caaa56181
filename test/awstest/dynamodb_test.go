package awstest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/google/go-cmp/cmp"

	"refstack/test/awstest"
)

// tables is a template as CDK writes it for TableV2, and for Table.
const tables = `{"Resources": {
	"Items1": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {
		"AttributeDefinitions": [
			{"AttributeName": "owner", "AttributeType": "S"}, {"AttributeName": "item", "AttributeType": "S"},
			{"AttributeName": "created", "AttributeType": "N"}
		],
		"BillingMode": "PAY_PER_REQUEST",
		"GlobalSecondaryIndexes": [{"IndexName": "byAge", "KeySchema": [
			{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "created", "KeyType": "RANGE"}
		], "Projection": {"ProjectionType": "ALL"}, "WriteOnDemandThroughputSettings": {"MaxWriteRequestUnits": 5}}],
		"KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
		"Replicas": [{"Region": {"Ref": "AWS::Region"}, "DeletionProtectionEnabled": false}],
		"StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
		"TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": true}
	}},
	"Keys2": {"Type": "AWS::DynamoDB::Table", "Properties": {
		"AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}],
		"KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
		"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
	}},
	"Named3": {"Type": "AWS::DynamoDB::Table", "Properties": {
		"AttributeDefinitions": [{"AttributeName": {"Ref": "KeyName"}, "AttributeType": "S"}],
		"KeySchema": [{"AttributeName": {"Ref": "KeyName"}, "KeyType": "HASH"}]
	}},
	"Queue4": {"Type": "AWS::SQS::Queue"},
	"Function5": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role6", "Arn"]}}},
	"Role6": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": STATEMENTS}}]}}
}}`

var tableNames = map[string]string{"Items1": "items", "Keys2": "keys"}

func tablesWith(t *testing.T, statements string) map[string]any {
	t.Helper()
	var decoded map[string]any
	if err := json.Unmarshal([]byte(strings.Replace(tables, "STATEMENTS", statements, 1)), &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// startDynamoDB returns a moto with the tables "items" and "keys", a proxy to
// it, and a client of the proxy that is configured as a function's is.
func startDynamoDB(t *testing.T, options ...func(*dynamodb.Options)) (*awstest.Moto, *awstest.Proxy, *dynamodb.Client) {
	t.Helper()
	moto := awstest.StartMoto(t, "dynamodb")
	for id, name := range tableNames {
		moto.CreateTable(tablesWith(t, "[]"), id, name)
	}
	proxy := awstest.StartProxy(t, moto.URL)
	return moto, proxy, dynamoDBClient(t, proxy.URL, options...)
}

func dynamoDBClient(t *testing.T, url string, options ...func(*dynamodb.Options)) *dynamodb.Client {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "ASIATEST")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_SESSION_TOKEN", "test")
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithLogger(logging.Nop{}))
	if err != nil {
		t.Fatal(err)
	}
	return dynamodb.NewFromConfig(cfg, options...)
}

func noRetryDynamoDB(o *dynamodb.Options) { o.RetryMaxAttempts = 1 }

func s(value string) types.AttributeValue { return &types.AttributeValueMemberS{Value: value} }

// attributes are "name value" pairs of strings.
func attributes(pairs ...string) map[string]types.AttributeValue {
	all := map[string]types.AttributeValue{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = s(pairs[i+1])
	}
	return all
}

func itemKey(owner, item string) map[string]types.AttributeValue {
	return attributes("owner", owner, "item", item)
}

// tableRecord is what the tests compare of a call. A value that the request
// does not tell is a question mark.
func tableRecord(call awstest.Call) string {
	text := record(call)
	text = strings.ReplaceAll(text, "(arn:aws:dynamodb:us-east-1:123456789012:table/", "(")
	for _, key := range []string{"leadingkeys", "attributes", "enclosingoperation"} {
		if values := call.Context["dynamodb:"+key]; values != nil {
			text += " " + key[:1] + "=" + strings.ReplaceAll(strings.Join(values, ","), "<unresolved values>", "?")
		}
	}
	return text
}

func TestDynamoDBOperations(t *testing.T) {
	_, proxy, client := startDynamoDB(t, noRetryDynamoDB)
	ctx := t.Context()
	items, keys := new("items"), new("keys")
	itemsARN := new("arn:aws:dynamodb:us-east-1:123456789012:table/items")

	steps := []struct {
		want string
		do   func() error
	}{
		{"200 PutItem: dynamodb:PutItem(items) l=? a=item,name,owner", func() error {
			_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: items, Item: attributes("owner", "me", "item", "1", "name", "x")})
			return err
		}},
		{"200 PutItem: dynamodb:PutItem(keys) l=k a=key", func() error {
			_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: keys, Item: attributes("key", "k"), ConditionExpression: new("attribute_not_exists(#k)"), ExpressionAttributeNames: map[string]string{"#k": "key"}})
			return err
		}},
		{"200 PutItem: dynamodb:PutItem(keys) l=k a=?,key", func() error {
			_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: keys, Item: attributes("key", "k"), ReturnValues: "ALL_OLD"})
			return err
		}},
		{"200 GetItem: dynamodb:GetItem(items) l=? a=?,item,owner", func() error {
			_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: items, Key: itemKey("me", "1")})
			return err
		}},
		{"200 GetItem: dynamodb:GetItem(keys) l=k a=a,b-c,key,list", func() error {
			_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: keys, Key: attributes("key", "k"),
				ProjectionExpression: new("a, #1.#2.x , list[0].y"), ExpressionAttributeNames: map[string]string{"#1": "b-c", "#2": "inner"}})
			return err
		}},
		{"200 GetItem: dynamodb:GetItem(items) l=? a=?,item,owner", func() error {
			_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: itemsARN, Key: itemKey("me", "1")})
			return err
		}},
		{"200 UpdateItem: dynamodb:UpdateItem(items) l=? a=amount,item,labels,name,owner,rev", func() error {
			_, err := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: items, Key: itemKey("me", "1"),
				UpdateExpression:          new("SET #n = :n, amount = if_not_exists(amount, :one) + :one REMOVE labels"),
				ConditionExpression:       new("attribute_exists(#o) AND NOT (rev BETWEEN :one AND :one)"),
				ExpressionAttributeNames:  map[string]string{"#n": "name", "#o": "owner"},
				ExpressionAttributeValues: map[string]types.AttributeValue{":n": s("y"), ":one": &types.AttributeValueMemberN{Value: "1"}}})
			return err
		}},
		{"200 Query: dynamodb:Query(items) l=me a=?,item,owner", func() error {
			_, err := client.Query(ctx, &dynamodb.QueryInput{TableName: items, KeyConditionExpression: new("#o = :o AND item >= :i"),
				ExpressionAttributeNames: map[string]string{"#o": "owner"}, ExpressionAttributeValues: attributes(":o", "me", ":i", "0")})
			return err
		}},
		{"200 Query: dynamodb:Query(items) l=? a=item,owner", func() error {
			_, err := client.Query(ctx, &dynamodb.QueryInput{TableName: items, KeyConditionExpression: new("#o=:o AND item=:i"), Select: "COUNT",
				ExpressionAttributeNames: map[string]string{"#o": "owner"}, ExpressionAttributeValues: attributes(":o", "me", ":i", "1")})
			return err
		}},
		{"200 Query: dynamodb:Query(items/index/byAge) l=me a=name,owner", func() error {
			_, err := client.Query(ctx, &dynamodb.QueryInput{TableName: items, IndexName: new("byAge"), KeyConditionExpression: new("#o = :o"),
				ProjectionExpression: new("#n"), ExpressionAttributeNames: map[string]string{"#o": "owner", "#n": "name"}, ExpressionAttributeValues: attributes(":o", "me")})
			return err
		}},
		{"200 Scan: dynamodb:Scan(keys) a=?,kind", func() error {
			_, err := client.Scan(ctx, &dynamodb.ScanInput{TableName: keys, FilterExpression: new("kind IN (:a)"), ExpressionAttributeValues: attributes(":a", "b")})
			return err
		}},
		{"200 Scan: dynamodb:Scan(items/index/byAge) a=?", func() error {
			_, err := client.Scan(ctx, &dynamodb.ScanInput{TableName: items, IndexName: new("byAge")})
			return err
		}},
		{"200 BatchGetItem: dynamodb:BatchGetItem(items) dynamodb:BatchGetItem(keys) l=?,k,l a=?,item,owner,key", func() error {
			_, err := client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
				"items": {Keys: []map[string]types.AttributeValue{itemKey("me", "1")}},
				"keys":  {Keys: []map[string]types.AttributeValue{attributes("key", "k"), attributes("key", "l")}},
			}})
			return err
		}},
		{"200 BatchWriteItem: dynamodb:BatchWriteItem(items) dynamodb:BatchWriteItem(keys) l=?,k,l a=item,owner,key", func() error {
			_, err := client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{
				"items": {{PutRequest: &types.PutRequest{Item: itemKey("me", "2")}}, {PutRequest: &types.PutRequest{Item: itemKey("me", "3")}}},
				"keys":  {{DeleteRequest: &types.DeleteRequest{Key: attributes("key", "k")}}, {PutRequest: &types.PutRequest{Item: attributes("key", "l")}}},
			}})
			return err
		}},
		{"200 TransactGetItems: dynamodb:GetItem(items) dynamodb:GetItem(keys) l=?,k a=?,item,owner,key e=TransactGetItems", func() error {
			_, err := client.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{
				{Get: &types.Get{TableName: items, Key: itemKey("me", "1")}}, {Get: &types.Get{TableName: keys, Key: attributes("key", "k")}},
			}})
			return err
		}},
		{"200 TransactWriteItems: dynamodb:PutItem(keys) dynamodb:ConditionCheckItem(keys) dynamodb:UpdateItem(items) dynamodb:DeleteItem(items) l=new,l,? a=key,item,name,owner e=TransactWriteItems", func() error {
			_, err := client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
				{Put: &types.Put{TableName: keys, Item: attributes("key", "new")}},
				{ConditionCheck: &types.ConditionCheck{TableName: keys, Key: attributes("key", "l"), ConditionExpression: new("attribute_exists(#k)"), ExpressionAttributeNames: map[string]string{"#k": "key"}}},
				{Update: &types.Update{TableName: items, Key: itemKey("me", "1"), UpdateExpression: new("SET #n = :n"), ExpressionAttributeNames: map[string]string{"#n": "name"}, ExpressionAttributeValues: attributes(":n", "z")}},
				{Delete: &types.Delete{TableName: items, Key: itemKey("me", "2")}},
			}})
			return err
		}},
		{"200 DeleteItem: dynamodb:DeleteItem(items) l=? a=item,owner", func() error {
			_, err := client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: items, Key: itemKey("me", "1")})
			return err
		}},
		{"200 DescribeTable: dynamodb:DescribeTable(items)", func() error {
			_, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: items})
			return err
		}},
		{"200 Unknown:POST / DynamoDB_20120810.ExecuteStatement:", func() error {
			_, err := client.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: new("SELECT * FROM items")})
			return err
		}},
		{"200 Unknown:POST / DynamoDB_20120810.ListTables:", func() error {
			_, err := client.ListTables(ctx, &dynamodb.ListTablesInput{})
			return err
		}},
	}
	for i, step := range steps {
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.want, err)
		}
		calls := proxy.Calls()
		if len(calls) != i+1 {
			t.Fatalf("%s: %d calls after %d steps", step.want, len(calls), i+1)
		}
		if got := tableRecord(calls[i]); got != step.want || calls[i].Service != "dynamodb" || calls[i].Unsigned {
			t.Errorf("got  %s\nwant %s", got, step.want)
		}
	}
}

// Requests that no SDK sends are not taken for others.
func TestDynamoDBRequestsThatAreUnknown(t *testing.T) {
	backend := newServer(t, func(http.ResponseWriter, *http.Request) {})
	proxy := awstest.StartProxy(t, backend)
	for _, try := range []struct{ method, path, target, body string }{
		{"POST", "/", "DynamoDB_20120810.GetItem", `{"TableName": `},
		{"POST", "/", "DynamoDB_20120810.GetItem", `{"TableName": ""}`},
		{"POST", "/", "DynamoDB_20120810.GetItem", `{"TableName": {"S": "t"}}`},
		{"POST", "/", "DynamoDB_20120810.GetItem", ``},
		{"PUT", "/", "DynamoDB_20120810.GetItem", `{"TableName": "t"}`},
		{"POST", "/x", "DynamoDB_20120810.GetItem", `{"TableName": "t"}`},
		{"POST", "/", "DynamoDB_20111205.GetItem", `{"TableName": "t"}`},
		{"POST", "/", "GetItem", `{"TableName": "t"}`},
		{"POST", "/", "DynamoDB_20120810.BatchGetItem", `{"RequestItems": {}}`},
		{"POST", "/", "DynamoDB_20120810.TransactWriteItems", `{"TransactItems": []}`},
		{"POST", "/", "DynamoDB_20120810.TransactWriteItems", `{"TransactItems": [{"Burn": {"TableName": "t"}}]}`},
		{"POST", "/", "DynamoDB_20120810.TransactWriteItems", `{"TransactItems": [{"Put": {"TableName": "t"}}, {"Put": {}}]}`},
		// RPC v2 names the operation in the path, and speaks CBOR.
		{"POST", "/service/DynamoDB_20120810/operation/GetItem", "", "\xbf\xff"},
	} {
		request := signedFor(t, "dynamodb", try.method, proxy.URL+try.path, strings.NewReader(try.body))
		if try.target != "" {
			request.Header.Set("X-Amz-Target", try.target)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		calls := proxy.Calls()
		call := calls[len(calls)-1]
		if want := strings.TrimSpace("Unknown:" + try.method + " " + try.path + " " + try.target); call.Operation != want || call.Actions != nil || call.Others != nil {
			t.Errorf("%s: got %s", try.body, record(call))
		}
	}
}

func signedFor(t *testing.T, service, method, url string, body io.Reader) *http.Request {
	t.Helper()
	request := signed(t, method, url, body)
	request.Header.Set("Authorization", strings.Replace(request.Header.Get("Authorization"), "/s3/", "/"+service+"/", 1))
	return request
}

// The SDK sorts the proxy's errors as it sorts those of AWS.
func TestDynamoDBFaults(t *testing.T) {
	_, proxy, client := startDynamoDB(t, func(o *dynamodb.Options) {
		o.Retryer = quickRetries{o.Retryer}
	})
	ctx := t.Context()
	get := func() error {
		_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: new("keys"), Key: attributes("key", "k")})
		return err
	}
	var fault awstest.Fault
	proxy.Fault(func(awstest.Call) *awstest.Fault { return &fault })
	for _, test := range []struct {
		fault awstest.Fault
		tries int
		is    func(error) bool
	}{
		{awstest.Fault{Status: 400, Code: "ProvisionedThroughputExceededException"}, 3, as[*types.ProvisionedThroughputExceededException]},
		{awstest.Fault{Status: 400, Code: "ThrottlingException"}, 3, as[*types.ThrottlingException]},
		{awstest.Fault{Status: 400, Code: "RequestLimitExceeded"}, 3, as[*types.RequestLimitExceeded]},
		{awstest.Fault{Status: 500, Code: "InternalServerError"}, 3, as[*types.InternalServerError]},
		{awstest.Fault{Status: 400, Code: "ConditionalCheckFailedException"}, 1, as[*types.ConditionalCheckFailedException]},
		{awstest.Fault{Status: 400, Code: "ResourceNotFoundException"}, 1, as[*types.ResourceNotFoundException]},
		{awstest.Fault{Status: 400, Code: "ValidationException"}, 1, func(err error) bool { return code(err) == "ValidationException" }},
	} {
		before := len(proxy.Calls())
		fault = test.fault
		if err := get(); !test.is(err) || !strings.Contains(fmt.Sprint(err), "awstest") {
			t.Errorf("%s: got %v", fault.Code, err)
		}
		calls := proxy.Calls()[before:]
		if len(calls) != test.tries || calls[0].Status != fault.Status {
			t.Errorf("%s: %d tries, the first with %d", fault.Code, len(calls), calls[0].Status)
		}
	}

	fault = awstest.Fault{Status: 400, Code: "TransactionCanceledException", Members: map[string]any{
		"CancellationReasons": []any{map[string]any{"Code": "None"}, map[string]any{"Code": "ConditionalCheckFailed"}},
	}}
	_, err := client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: new("keys"), Item: attributes("key", "t")}},
	}})
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) || len(canceled.CancellationReasons) != 2 || *canceled.CancellationReasons[1].Code != "ConditionalCheckFailed" {
		t.Errorf("got %v", err)
	}

	// The effect is there, and the answer is lost.
	fault = awstest.Fault{AfterEffect: true, Status: 500, Code: "InternalServerError"}
	if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: new("keys"), Item: attributes("key", "after")}); !as[*types.InternalServerError](err) {
		t.Errorf("got %v", err)
	}
	proxy.Fault(nil)
	out, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: new("keys"), Key: attributes("key", "after")})
	if err != nil || len(out.Item) != 1 {
		t.Errorf("got %v, %v", out, err)
	}
}

func as[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

func code(err error) string {
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		return ""
	}
	return apiErr.ErrorCode()
}

// The headers of an error are DynamoDB's, and its checksum is that of the body.
func TestDynamoDBErrorForm(t *testing.T) {
	proxy := awstest.StartProxy(t, newServer(t, func(http.ResponseWriter, *http.Request) {}))
	proxy.Fault(func(awstest.Call) *awstest.Fault { return &awstest.Fault{Status: 400, Code: "ThrottlingException"} })
	response, err := http.DefaultClient.Do(signedFor(t, "dynamodb", "POST", proxy.URL, strings.NewReader("{}")))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if diff := cmp.Diff(`{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"awstest"}`, string(body)); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"Content-Type":     "application/x-amz-json-1.0",
		"X-Amz-Crc32":      fmt.Sprint(crc32.ChecksumIEEE(body)),
		"X-Amzn-Errortype": "ThrottlingException",
		"X-Amzn-Requestid": "AWSTEST000000000",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// A client without credentials gets an answer that it understands.
func TestDynamoDBUnsigned(t *testing.T) {
	proxy := awstest.StartProxy(t, newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("it was forwarded") }))
	request, _ := http.NewRequest("POST", proxy.URL, strings.NewReader(`{"TableName":"t"}`))
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810.GetItem")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != 400 || !strings.Contains(string(body), "#MissingAuthenticationTokenException") || !proxy.Calls()[0].Unsigned {
		t.Errorf("got %d, %s", response.StatusCode, body)
	}
}

func TestDynamoDBRole(t *testing.T) {
	_, proxy, client := startDynamoDB(t, noRetryDynamoDB)
	ctx := t.Context()
	role := func(statements string) *awstest.Role {
		t.Helper()
		role, err := awstest.RoleOf(tablesWith(t, statements), "Function5", tableNames)
		if err != nil {
			t.Fatal(err)
		}
		return role
	}
	queryIndex := func() error {
		_, err := client.Query(ctx, &dynamodb.QueryInput{TableName: new("items"), IndexName: new("byAge"), KeyConditionExpression: new("#o = :o"),
			ExpressionAttributeNames: map[string]string{"#o": "owner"}, ExpressionAttributeValues: attributes(":o", "me")})
		return err
	}
	transact := func() error {
		_, err := client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{TableName: new("keys"), Item: attributes("key", "t")}},
			{Delete: &types.Delete{TableName: new("items"), Key: itemKey("me", "1")}},
		}})
		return err
	}
	getKey := func() error {
		_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: new("keys"), Key: attributes("key", "k"), ProjectionExpression: new("#n"), ExpressionAttributeNames: map[string]string{"#n": "name"}})
		return err
	}
	getItem := func() error {
		_, err := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: new("items"), Key: itemKey("me", "1")})
		return err
	}
	const (
		itemsARN = `{"Fn::GetAtt": ["Items1", "Arn"]}`
		indexes  = `{"Fn::Join": ["", [{"Fn::GetAtt": ["Items1", "Arn"]}, "/index/*"]]}`
		keysARN  = `{"Fn::GetAtt": ["Keys2", "Arn"]}`
	)
	allow := func(action, resource, condition string) string {
		return `[{"Effect": "Allow", "Action": ` + action + `, "Resource": ` + resource + `, "Condition": {` + condition + `}}]`
	}
	deny := func(condition string) string {
		return `[{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "dynamodb:GetItem", "Resource": "*", "Condition": {` + condition + `}}]`
	}
	for name, test := range map[string]struct {
		statements string
		do         func() error
		allowed    bool
	}{
		"index":                         {allow(`"dynamodb:Query"`, indexes, ""), queryIndex, true},
		"the table is not its index":    {allow(`"dynamodb:Query"`, itemsARN, ""), queryIndex, false},
		"transaction":                   {allow(`["dynamodb:PutItem", "dynamodb:DeleteItem"]`, "["+itemsARN+","+keysARN+"]", ""), transact, true},
		"transaction by its own name":   {allow(`"dynamodb:TransactWriteItems"`, "["+itemsARN+","+keysARN+"]", ""), transact, false},
		"transaction on one table":      {allow(`["dynamodb:PutItem", "dynamodb:DeleteItem"]`, keysARN, ""), transact, false},
		"enclosing operation":           {allow(`"dynamodb:*"`, `"*"`, `"StringEquals": {"dynamodb:EnclosingOperation": "TransactWriteItems"}`), transact, true},
		"no enclosing operation":        {allow(`"dynamodb:*"`, `"*"`, `"StringEquals": {"dynamodb:EnclosingOperation": "TransactWriteItems"}`), getKey, false},
		"leading key":                   {allow(`"dynamodb:GetItem"`, keysARN, `"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["j", "k"]}`), getKey, true},
		"another leading key":           {allow(`"dynamodb:GetItem"`, keysARN, `"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "j"}`), getKey, false},
		"leading key that is not told":  {allow(`"dynamodb:GetItem"`, itemsARN, `"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "*"}`), getItem, false},
		"leading key of another kind":   {deny(`"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "x*"}`), getKey, true},
		"denied leading key":            {deny(`"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "k*"}`), getKey, false},
		"denied, and not told":          {deny(`"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "x*"}`), getItem, false},
		"attributes":                    {allow(`"dynamodb:GetItem"`, keysARN, `"ForAllValues:StringEquals": {"dynamodb:Attributes": ["key", "name"]}`), getKey, true},
		"an attribute too many":         {allow(`"dynamodb:GetItem"`, keysARN, `"ForAllValues:StringEquals": {"dynamodb:Attributes": ["key"]}`), getKey, false},
		"none of the values is allowed": {allow(`"dynamodb:GetItem"`, keysARN, `"ForAnyValue:StringEquals": {"dynamodb:Attributes": ["other"]}`), getKey, false},
		"one of the values is allowed":  {allow(`"dynamodb:GetItem"`, keysARN, `"ForAnyValue:StringEquals": {"dynamodb:Attributes": ["other", "name"]}`), getKey, true},
		"all of the values are others":  {allow(`"dynamodb:GetItem"`, keysARN, `"ForAllValues:StringNotEquals": {"dynamodb:Attributes": ["secret"]}`), getKey, true},
		"one of the values is not":      {allow(`"dynamodb:GetItem"`, keysARN, `"ForAllValues:StringNotEquals": {"dynamodb:Attributes": ["name"]}`), getKey, false},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(proxy.Calls())
			proxy.Enforce(role(test.statements))
			err := test.do()
			proxy.Enforce(nil)
			if test.allowed && err != nil || !test.allowed && code(err) != "AccessDeniedException" {
				t.Errorf("got %v", err)
			}
			if call := proxy.Calls()[before]; !test.allowed && call.Status != 400 {
				t.Errorf("got %s", call)
			}
		})
	}

	for condition, want := range map[string]string{
		`"StringEquals": {"dynamodb:LeadingKeys": "k"}`:                 "a list of values",
		`"ForAllValues:StringEquals": {"aws:RequestedRegion": "k"}`:     "a list of values",
		`"ForSomeValues:StringEquals": {"dynamodb:LeadingKeys": "k"}`:   "not evaluated",
		`"ForAllValues:": {"dynamodb:LeadingKeys": "k"}`:                "not evaluated",
		`"ForAllValues:StringEquals": {"dynamodb:Select": "COUNT"}`:     "not evaluated",
		`"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "${a}"}`: "policy variables",
	} {
		if _, err := awstest.RoleOf(tablesWith(t, allow(`"*"`, `"*"`, condition)), "Function5", tableNames); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", condition, err, want)
		}
	}
}

// quickRetries are the SDK's own, without the wait.
type quickRetries struct{ aws.Retryer }

func (quickRetries) RetryDelay(int, error) (time.Duration, error) { return 0, nil }
