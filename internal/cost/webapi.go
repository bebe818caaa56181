package cost

// A page of 25 small items takes two units, and a transaction costs two for each
// of its two items.
const (
	readUnits  = 2
	writeUnits = 4
	apiSeconds = 0.01
)

var webapi = model{
	flags: []Flag{
		{Name: "reads", Usage: "requests in a month that read", Default: "0", amount: true},
		{Name: "writes", Usage: "requests in a month that create or change", Default: "0", amount: true},
	},
	example: map[string]string{"reads": "800000", "writes": "200000"},
	assumptions: []string{
		"a request takes 10 ms, answers 1 kB and logs 1.5 kB",
		"a read takes 2 units, a write 4",
		"every request is traced; API Gateway samples one a second and 5 % of the others",
		"users who sign in and what the table keeps are left out",
	},
	lines: func(m *meter) {
		reads, writes := m.number("reads"), m.number("writes")
		requests := times(reads+writes, "requests")
		m.add("API Gateway", "apigateway.request", requests)
		m.time("Lambda time", "ItemsFunction", requests, apiSeconds)
		m.add("Lambda requests", "lambda.request", requests)
		m.add("reads", "dynamodb.read", times(reads, "reads"), times(readUnits, "units"))
		m.add("writes", "dynamodb.write", times(writes, "writes"), times(writeUnits, "units"))
		m.add("traces", "xray.trace", requests)
		m.add("logs", "logs.ingested", requests, kB(1.5))
		m.add("answers", "transfer.out", requests, kB(1))
		m.firewall(requests)
	},
}
