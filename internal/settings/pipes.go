package settings

import "refstack/internal/contexts"

// Pipes are the settings of the stack of that name.
type Pipes struct {
	// Targets are names of the catalogue, by commas, or all. Default to those that
	// themselves cost nothing while nothing comes.
	Targets []string
	// Webhook is where the target apidestination posts to.
	Webhook string
	// LogRole has the target apigateway make the account's role for API Gateway's
	// logs.
	LogRole bool
}

// PipeTargets are the names that pipes.targets may have besides all. They are those
// of the stack, which is not asked, so that this package needs no CDK.
func PipeTargets() []string {
	return []string{
		"apidestination", "apigateway", "batch", "ecs", "eventbridge", "firehose", "kinesis", "lambda", "logs", "redshift", "sagemaker", "sns", "sqs", "stepfunctions",
	}
}

func readPipes(r *contexts.Reader) Pipes {
	return Pipes{
		Targets: r.SomeOf("pipes.targets", append(PipeTargets(), "all")...),
		Webhook: r.Text("pipes.webhook"),
		LogRole: r.Yes("pipes.logRole"),
	}
}
