// Command publish sends what became of a job to its owner's topic of IoT Core.
//
// Event: as in the command push.
//
//	TOPIC_PREFIX  the topic of a caller is TOPIC_PREFIX/SUB:
//	              iot:Publish on arn:aws:iot:REGION:ACCOUNT:topic/TOPIC_PREFIX/*
//	JOBS_PATH     where jobs are polled, such as /jobs or https://api.example.com/jobs
package main

func main() {}
