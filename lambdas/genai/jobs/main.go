// Command jobs tells a caller what became of a job: GET /jobs/{id}.
//
// Event: proxy event of a REST API with a Cognito authorizer.
//
//	JOBS_TABLE       the table of jobs: dynamodb:GetItem
//	JOB_DEADLINE     how long after it was accepted a job may begin, as work has it
//	ALLOWED_ORIGINS  origins whose scripts may read the answers, with commas between
package main

func main() {}
