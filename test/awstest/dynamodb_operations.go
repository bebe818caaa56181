package awstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// The condition keys of DynamoDB that are told from a request.
const (
	dynamoDBAttributes  = "dynamodb:attributes"
	dynamoDBEnclosing   = "dynamodb:enclosingoperation"
	dynamoDBLeadingKeys = "dynamodb:leadingkeys"
)

// dynamoDBOperations splits the requests that are known into what they ask of
// each table. A batch is judged by its own action, and a transaction by those of
// its entries, as the Service Authorization Reference has it. Whatever is not
// here is unknown; for PartiQL the table is in the text of a statement.
var dynamoDBOperations = map[string]func(name string, body []byte) ([]dynamoDBPart, error){
	"BatchGetItem":       splitBatchGet,
	"BatchWriteItem":     splitBatchWrite,
	"DeleteItem":         onePart,
	"DescribeTable":      onePart,
	"GetItem":            onePart,
	"PutItem":            onePart,
	"Query":              onePart,
	"Scan":               onePart,
	"TransactGetItems":   splitTransaction,
	"TransactWriteItems": splitTransaction,
	"UpdateItem":         onePart,
}

// dynamoDBTransacted are the actions that AWS evaluates for the entries of a
// transaction, by the entry's name.
var dynamoDBTransacted = map[string]string{
	"ConditionCheck": "ConditionCheckItem",
	"Delete":         "DeleteItem",
	"Get":            "GetItem",
	"Put":            "PutItem",
	"Update":         "UpdateItem",
}

// dynamoDBItem is a key or an item: attributes by name, each a value by its type.
type dynamoDBItem map[string]map[string]any

// dynamoDBPart is what a request, or an entry of one, asks of one table.
type dynamoDBPart struct {
	action string

	TableName, IndexName string
	Key, Item            dynamoDBItem
	Keys                 []dynamoDBItem

	ConditionExpression, FilterExpression, KeyConditionExpression string
	ProjectionExpression, UpdateExpression                        string
	ExpressionAttributeNames                                      map[string]string
	ExpressionAttributeValues                                     dynamoDBItem

	AttributesToGet                                                    []string
	AttributeUpdates, Expected, KeyConditions, QueryFilter, ScanFilter map[string]any

	ReturnValues, ReturnValuesOnConditionCheckFailure, Select string
}

// decodeDynamoDB reads a request of AWS JSON 1.0, which is what the SDKs send to
// DynamoDB: RPC v2 with CBOR has no X-Amz-Target and is unknown.
func decodeDynamoDB(r *request) operation {
	name, ok := strings.CutPrefix(r.Header.Get(targetHeader), "DynamoDB_20120810.")
	split := dynamoDBOperations[name]
	if !ok || split == nil || r.Method != http.MethodPost || r.URL.Path != "/" {
		return operation{}
	}
	body, err := r.body()
	if err != nil {
		return operation{}
	}
	parts, err := split(name, body)
	if err != nil || len(parts) == 0 {
		return operation{}
	}
	op := operation{name: name, resource: parts[0].resource(r.region), context: map[string][]string{}}
	for _, part := range parts {
		if part.TableName == "" {
			return operation{}
		}
		need := Permission{"dynamodb:" + part.action, part.resource(r.region)}
		switch {
		case need.Resource != op.resource && !slices.Contains(op.others, need):
			op.others = append(op.others, need)
		case need.Resource == op.resource && !slices.Contains(op.actions, need.Action):
			op.actions = append(op.actions, need.Action)
		}
		part.addTo(op.context)
	}
	if strings.HasPrefix(name, "Transact") {
		op.context[dynamoDBEnclosing] = []string{name}
	}
	return op
}

func onePart(name string, body []byte) ([]dynamoDBPart, error) {
	part := dynamoDBPart{}
	err := json.Unmarshal(body, &part)
	part.action = name
	return []dynamoDBPart{part}, err
}

func splitBatchGet(name string, body []byte) ([]dynamoDBPart, error) {
	var request struct{ RequestItems map[string]dynamoDBPart }
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	var parts []dynamoDBPart
	for _, table := range slices.Sorted(maps.Keys(request.RequestItems)) {
		part := request.RequestItems[table]
		part.action, part.TableName = name, table
		parts = append(parts, part)
	}
	return parts, nil
}

func splitBatchWrite(name string, body []byte) ([]dynamoDBPart, error) {
	var request struct {
		RequestItems map[string][]struct{ PutRequest, DeleteRequest *dynamoDBPart }
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	var parts []dynamoDBPart
	for _, table := range slices.Sorted(maps.Keys(request.RequestItems)) {
		for _, entry := range request.RequestItems[table] {
			for _, part := range []*dynamoDBPart{entry.PutRequest, entry.DeleteRequest} {
				if part != nil {
					part.action, part.TableName = name, table
					parts = append(parts, *part)
				}
			}
		}
	}
	return parts, nil
}

func splitTransaction(_ string, body []byte) ([]dynamoDBPart, error) {
	var request struct{ TransactItems []map[string]*dynamoDBPart }
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	var parts []dynamoDBPart
	for _, entry := range request.TransactItems {
		for kind, part := range entry {
			if part == nil {
				continue
			}
			if part.action = dynamoDBTransacted[kind]; part.action == "" {
				return nil, errors.New("unknown entry of a transaction: " + kind)
			}
			parts = append(parts, *part)
		}
	}
	return parts, nil
}

// resource is the ARN of the table, or of the index where the part names one. A
// request may give a table's ARN for its name.
func (p *dynamoDBPart) resource(region string) string {
	arn := p.TableName
	if !strings.HasPrefix(arn, "arn:") {
		arn = fmt.Sprintf("arn:aws:dynamodb:%s:%s:table/%s", region, AccountID, p.TableName)
	}
	if p.IndexName != "" {
		arn += "/index/" + p.IndexName
	}
	return arn
}

// addTo adds the part's values to the condition keys. Operations that are about
// no item in particular have no leading keys, and DescribeTable has no attributes.
func (p *dynamoDBPart) addTo(context map[string][]string) {
	if p.action == "DescribeTable" {
		return
	}
	add := func(key string, values ...string) {
		for _, value := range values {
			if !slices.Contains(context[key], value) {
				context[key] = append(context[key], value)
			}
		}
	}
	add(dynamoDBAttributes, p.attributes()...)
	if p.action != "Scan" {
		add(dynamoDBLeadingKeys, p.leadingKeys()...)
	}
}

// equality finds the tests for equality in a key condition. There is one on the
// partition key, and there may be one on the sort key.
var equality = regexp.MustCompile(`[^<>=]=\s*(:\w+)`)

// leadingKeys returns the values of the partition key. The request does not say
// which attribute that is: where there are several, the values stay untold.
func (p *dynamoDBPart) leadingKeys() []string {
	items := slices.Clone(p.Keys)
	switch {
	case p.Key != nil:
		items = append(items, p.Key)
	case p.Item != nil:
		items = append(items, p.Item)
	case p.KeyConditionExpression != "":
		tests := equality.FindAllStringSubmatch(p.KeyConditionExpression, -1)
		if len(tests) != 1 {
			return []string{untold}
		}
		items = append(items, dynamoDBItem{"": p.ExpressionAttributeValues[tests[0][1]]})
	}
	if len(items) == 0 {
		return []string{untold}
	}
	var values []string
	for _, item := range items {
		value := untold
		for _, typed := range item {
			for _, v := range typed { // It has one type.
				if text, ok := v.(string); ok && len(item) == 1 {
					value = text
				}
			}
		}
		values = append(values, value)
	}
	return values
}

// expressionName finds what may be an attribute in an expression, with a dot
// before it if it is inside another, and with a parenthesis after a function.
var expressionName = regexp.MustCompile(`(\.\s*)?([:#]?)(\w+)(\s*\()?`)

// keywords are reserved: an attribute of such a name goes by a placeholder.
var keywords = []string{"ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"}

// attributes returns the names of the top-level attributes that the request has,
// and that the answer may have. They are untold where it has the whole item.
func (p *dynamoDBPart) attributes() []string {
	names := map[string]bool{}
	for _, item := range append(slices.Clone(p.Keys), p.Key, p.Item) {
		for name := range item {
			names[name] = true
		}
	}
	for _, conditions := range []map[string]any{p.AttributeUpdates, p.Expected, p.KeyConditions, p.QueryFilter, p.ScanFilter} {
		for name := range conditions {
			names[name] = true
		}
	}
	for _, name := range p.AttributesToGet {
		names[name] = true
	}
	for _, expression := range []string{
		p.ConditionExpression, p.FilterExpression, p.KeyConditionExpression, p.ProjectionExpression, p.UpdateExpression,
	} {
		for _, match := range expressionName.FindAllStringSubmatch(expression, -1) {
			inside, sigil, name, function := match[1] != "", match[2], match[3], match[4] != ""
			switch {
			case inside, sigil == ":", function:
			case sigil == "#":
				names[p.ExpressionAttributeNames["#"+name]] = true
			case name[0] >= '0' && name[0] <= '9', slices.Contains(keywords, strings.ToUpper(name)):
			default:
				names[name] = true
			}
		}
	}
	if p.returnsAll() {
		names[untold] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// returnsAll tells whether the answer may have attributes that the request does not name.
func (p *dynamoDBPart) returnsAll() bool {
	switch p.action {
	case "BatchGetItem", "GetItem", "Query", "Scan":
		return p.ProjectionExpression == "" && p.AttributesToGet == nil && p.Select != "COUNT"
	}
	return strings.HasPrefix(p.ReturnValues, "ALL_") || strings.HasPrefix(p.ReturnValuesOnConditionCheckFailure, "ALL_")
}
