package cost

const (
	answerSeconds = 3
	pollSeconds   = 0.01
	pollsAJob     = 3
	jobWrites     = 4
	jobReadUnits  = 1
	jobKeptGB     = 3.0 / 1e6 * 7 / 30 // 3 kB for 7 days of the month.
)

var genai = model{
	flags: []Flag{
		{Name: "prompts", Usage: "prompts in a month that are answered at once", Default: "0", amount: true},
		{Name: "jobs", Usage: "prompts in a month that go through the queue, with answers by polling", Default: "0", amount: true},
		{Name: "input-tokens", Usage: "tokens of a prompt, instructions included", Default: "500"},
		{Name: "output-tokens", Usage: "tokens of an answer", Default: "300"},
		{Name: "model", Usage: "whose prices are taken", Default: "global.amazon.nova-2-lite-v1:0", Choices: models()},
	},
	example: map[string]string{"prompts": "1000000"},
	assumptions: []string{
		"the model answers 2 kB in 3 seconds; look up the price of yours",
		"a job is polled 3 times, and its record is kept for 7 days",
		"every call is traced; API Gateway samples one a second and 5 % of the others",
		"metrics of tasks are left out, about 50 at $0.30 where all are used all the time, and users who sign in, $0.015 each above 10,000",
	},
	lines: func(m *meter) {
		prompts, jobs := times(m.number("prompts"), "prompts"), times(m.number("jobs"), "jobs")
		tokens(m, times(prompts.Number+jobs.Number, "answers"))
		m.add("API Gateway", "apigateway.request", prompts)
		m.time("Lambda time", "AnswerFunction", prompts, answerSeconds)
		m.add("Lambda requests", "lambda.request", prompts)
		m.add("traces", "xray.trace", prompts)
		m.add("logs", "logs.ingested", prompts, kB(2.5))
		m.add("answers", "transfer.out", prompts, kB(2))
		queued(m, jobs)
		m.firewall(times(prompts.Number+jobs.Number*(1+pollsAJob), "requests"))
	},
}

// tokens adds what the model costs, by the price list of models.
func tokens(m *meter, answers Factor) {
	p := list.Models[m.load.Get("model")]
	for _, side := range []struct {
		what, flag string
		usd        float64
	}{{"tokens in", "input-tokens", p.Input}, {"tokens out", "output-tokens", p.Output}} {
		l := line(side.what, Price{USD: side.usd, Units: 1e6, Per: "a million", Source: p.Source}, answers, times(m.number(side.flag), "tokens"))
		if l.USD > 0 {
			m.lines = append(m.lines, l)
		}
	}
}

// queued adds what jobs cost, and the polling for their answers.
func queued(m *meter, jobs Factor) {
	m.add("jobs: API Gateway", "apigateway.request", jobs)
	m.add("jobs: queue", "sqs.fair", jobs, times(3, "requests"))
	m.time("jobs: Lambda time", "JobsWorkFunction", jobs, answerSeconds)
	m.add("jobs: Lambda requests", "lambda.request", jobs)
	m.add("jobs: writes", "dynamodb.write", jobs, times(jobWrites, "units"))
	m.add("jobs: storage", "dynamodb.storage", jobs, times(jobKeptGB, "GB"))
	m.add("jobs: storage for recovery", "dynamodb.backup", jobs, times(jobKeptGB, "GB"))
	m.add("jobs: traces", "xray.trace", jobs)
	m.add("jobs: logs", "logs.ingested", jobs, kB(2.5))

	polls := times(jobs.Number*pollsAJob, "polls")
	m.add("polling: API Gateway", "apigateway.request", polls)
	m.time("polling: Lambda time", "PollingFunction", polls, pollSeconds)
	m.add("polling: Lambda requests", "lambda.request", polls)
	m.add("polling: reads", "dynamodb.read", polls, times(jobReadUnits, "units"))
	m.add("polling: logs", "logs.ingested", polls, kB(1.5))
}
