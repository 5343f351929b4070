package local

import (
	"time"

	"pronto/infra/local/sqs"
)

// tally lets CloudWatch count what the services do, under the names that it has for it.
func (a *AWS) tally() {
	count := a.CloudWatch.Count
	a.DynamoDB.Tally(func(table, index string, read, write float64) {
		of := []string{"TableName", table}
		if index != "" {
			of = append(of, "GlobalSecondaryIndexName", index)
		}
		count(read, "AWS/DynamoDB", "ConsumedReadCapacityUnits", of...)
		count(write, "AWS/DynamoDB", "ConsumedWriteCapacityUnits", of...)
	})
	a.SQS.Tally(func(queue string, what sqs.Done, n int) {
		count(float64(n), "AWS/SQS", string(what), "QueueName", queue)
	})
	a.SNS.Tally(func(topic string) { count(1, "AWS/SNS", "NumberOfMessagesPublished", "TopicName", topic) })
	a.Lambda.Tally(func(function string, took time.Duration) {
		count(1, "AWS/Lambda", "Invocations", "FunctionName", function)
		count(float64(took)/float64(time.Millisecond), "AWS/Lambda", "Duration", "FunctionName", function)
	})
}

// Logged counts bytes that a function has written to its log.
func (a *AWS) Logged(function string, bytes int) {
	a.CloudWatch.Count(float64(bytes), "AWS/Logs", "IncomingBytes", "LogGroupName", "/aws/lambda/"+function)
}
