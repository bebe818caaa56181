package awstest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// sqsNamespace stands before the codes of SQS's errors.
const sqsNamespace = "com.amazonaws.sqs#"

// decodeSQS reads a request of AWS JSON that is about one queue. A batch needs
// the permission for its single form.
func decodeSQS(r *request) operation {
	name, ok := strings.CutPrefix(r.Header.Get(targetHeader), "AmazonSQS.")
	if !ok || r.URL.Path != "/" {
		return operation{}
	}
	action, ok := map[string]string{
		"ChangeMessageVisibility": "ChangeMessageVisibility", "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
		"DeleteMessage": "DeleteMessage", "DeleteMessageBatch": "DeleteMessage", "GetQueueAttributes": "GetQueueAttributes",
		"ReceiveMessage": "ReceiveMessage", "SendMessage": "SendMessage", "SendMessageBatch": "SendMessage",
	}[name]
	body, err := r.body()
	if !ok || err != nil {
		return operation{}
	}
	var input struct{ QueueUrl string }
	if err := json.Unmarshal(body, &input); err != nil {
		return operation{}
	}
	account, queue, ok := queueOf(input.QueueUrl)
	if !ok {
		return operation{}
	}
	return operation{
		name: name, actions: []string{"sqs:" + action},
		resource: fmt.Sprintf("arn:aws:sqs:%s:%s:%s", r.region, account, queue),
	}
}

// queueOf reads the URL of a queue, whatever the host.
func queueOf(queueURL string) (account, name string, ok bool) {
	u, err := url.Parse(queueURL)
	if err != nil {
		return "", "", false
	}
	account, name, ok = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return account, name, ok && account != "" && name != "" && !strings.Contains(name, "/")
}
