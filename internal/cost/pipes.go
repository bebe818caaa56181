package cost

const enrichSeconds = 0.1 // For a batch.

var pipes = model{
	flags: []Flag{
		{Name: "orders", Usage: "orders in a month, through the outbox", Default: "0", amount: true},
	},
	example: map[string]string{"orders": "1000000"},
	assumptions: []string{
		"orders of 1 kB come fast enough to fill the pipe's batches; a slow trickle is a batch each",
		"the enrichment takes 0.1 s for a batch, and logs 0.5 kB",
		"each placed order is sent, received and deleted one by one",
		"orders are kept for a month; reading the table's stream costs a pipe nothing, as it does a function",
	},
	lines: func(m *meter) {
		orders := times(m.number("orders"), "orders")
		calls := times(batches(orders.Number, m.batchSize("OutboxPipe")), "batches")
		m.add("orders written", "dynamodb.write", orders)
		m.add("pipe", "pipes.request", calls)
		m.time("Lambda time", "EnrichFunction", calls, enrichSeconds)
		m.add("Lambda requests", "lambda.request", calls)
		m.add("events", "events.custom", orders)
		m.add("queue", "sqs.request", orders, times(3, "requests"))
		m.add("traces", "xray.trace", calls)
		m.add("logs", "logs.ingested", calls, kB(0.5))
		m.add("orders kept", "dynamodb.storage", orders, kB(1))
		m.add("orders kept for recovery", "dynamodb.backup", orders, kB(1))
	},
}

// batchSize is what the template says of a pipe from a table's stream.
func (m *meter) batchSize(id string) float64 {
	parameters, _ := m.resource("AWS::Pipes::Pipe", id).Properties["SourceParameters"].(map[string]any)
	stream, _ := parameters["DynamoDBStreamParameters"].(map[string]any)
	size, ok := stream["BatchSize"].(float64)
	if !ok || size < 1 {
		return 1
	}
	return size
}
