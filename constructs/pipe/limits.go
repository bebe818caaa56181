package pipe

import (
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// longest are the most characters that Pipes takes in a field.
var longest = map[string]int{
	"ConsumerGroup":        200,
	"Database":             64,
	"Description":          512,
	"DetailType":           128,
	"Headers":              512,
	"MessageDeduplication": 100,
	"MessageGroup":         100,
	"Query":                512,
	"Queue":                1000,
	"SQL":                  100000,
	"Source":               256,
	"StatementName":        500,
	"Stream":               256,
	"Topic":                249,
	"VirtualHost":          200,
	"parameters":           1024,
	"partitionKey":         256,
}

// most are the most entries that a list of Pipes has.
var most = map[string]int{"SecurityGroups": 5, "Subnets": 16, "parameters": 200}

// methods are those that an API can be called by.
var methods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// checkLength holds the value of a field of the function of to the field's limit.
func checkLength(field, of, value string) {
	if n := len([]rune(value)); n > longest[field] && !isToken(value) {
		panic(fmt.Sprintf("pipe: %s of %s must have at most %d characters, got %d", field, of, longest[field], n))
	}
}

// checkCount holds the length of a list to its limit.
func checkCount(field, of string, n int) {
	if n > most[field] {
		panic(fmt.Sprintf("pipe: %s of %s must be at most %d, got %d", field, of, most[field], n))
	}
}

func checkMethod(of, method string) {
	if !slices.Contains(methods, method) && !isToken(method) {
		panic(fmt.Sprintf("pipe: Method of %s must be one of %s, got %q", of, methods, method))
	}
}

// isToken tells whether CloudFormation fills in the value, which is not known
// before.
func isToken(value string) bool { return *awscdk.Token_IsUnresolved(jsii.String(value)) }
