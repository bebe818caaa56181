// Command connect keeps the table of who is connected by WebSocket.
//
// Event: proxy event of the routes $connect and $disconnect of a WebSocket API,
// whose authorizer is the function authorize.
//
//	CONNECTIONS_TABLE  keys owner and connection, time to live expires:
//	                   dynamodb:PutItem, dynamodb:DeleteItem
package main

func main() {}
