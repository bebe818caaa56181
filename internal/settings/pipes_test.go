package settings

import "testing"

func TestPipes(t *testing.T) {
	part := func(s Settings) Pipes { return s.Pipes }
	testRead(t, nil, part, Pipes{})
	testRead(t, map[string]any{"pipes.targets": "sqs,sns", "pipes.webhook": "https://example.com/hook"}, part,
		Pipes{Targets: []string{"sqs", "sns"}, Webhook: "https://example.com/hook"})
	testRead(t, map[string]any{"pipes.targets": "all", "pipes.logRole": "true"}, part, Pipes{Targets: []string{"all"}, LogRole: true})
	testBad(t, map[string]map[string]any{
		`context pipes.targets must be of apidestination, apigateway, batch, ecs, eventbridge, firehose, kinesis, lambda, logs, redshift, sagemaker, sns, sqs, stepfunctions, all, between commas, got "sqz"`: {"pipes.targets": "sqs,sqz"},
		`context pipes.logRole must be false or true, got "yes"`: {"pipes.logRole": "yes"},
	})
}
