// Command work takes jobs from the queue, one at a time, and has the model do
// them.
//
// Event: SQS, batch size 1, ReportBatchItemFailures, MaximumConcurrency (it is
// the throttle before the model), maxReceiveCount at least 3. Only crashes and
// faults of AWS use up receives: what must wait goes back as a delayed copy. The
// message has the attributes owner, task, id and accepted (epoch milliseconds),
// which API Gateway sets, and the request's body as its body.
//
//	JOBS_TABLE      the table of jobs: dynamodb:UpdateItem
//	JOBS_QUEUE_URL  the queue that the jobs come from: sqs:SendMessage
//	JOB_DEADLINE    how long after it was accepted a job may begin, such as 6h
//	JOB_RETENTION   how long a job is kept, such as 168h; longer than the deadline
//	MODEL_…         the model, as in lambdas/internal/model, with its permissions
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"refstack/lambdas/genai/internal/jobs"
	"refstack/lambdas/genai/internal/worker"
	"refstack/lambdas/genai/tasks"
	"refstack/lambdas/internal/dynamo"
	"refstack/lambdas/internal/model"
	"refstack/lambdas/internal/sqsbatch"
	"refstack/lambdas/internal/start"
)

func main() {
	aws := start.Up()
	settings := start.Must(worker.ConfigFromEnv(os.Getenv))
	w := &worker.Worker{
		Store:    jobs.New(dynamo.NewClient(aws), settings.Table, settings.Retention),
		Queue:    worker.NewSQSQueue(aws, settings.Queue),
		Model:    start.Must(model.Open(settings.Model, aws)),
		Tasks:    start.Must(tasks.Load()),
		Deadline: settings.Deadline,
	}
	lambda.Start(sqsbatch.New(w.Handle))
}
