package local_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"pronto/infra/local"
	"pronto/infra/local/clock"
)

// What is done to a queue is counted by messages and hours, is told as CloudWatch tells it, and is still there when the local AWS is opened again.
func TestCloudWatchCountsWhatIsDone(t *testing.T) {
	dir, clk := t.TempDir(), clock.Stopped(time.Date(2026, 11, 23, 22, 30, 0, 0, time.UTC))
	a := ok[*local.AWS](t)(local.Open(t.Context(), local.Options{Dir: dir, Clock: clk}))
	cfg := ok[aws.Config](t)(a.Config(t.Context()))
	queues := sqs.NewFromConfig(cfg)
	url := ok[*sqs.CreateQueueOutput](t)(queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("intake")})).QueueUrl
	send := func(n int) {
		for range n {
			ok[*sqs.SendMessageOutput](t)(queues.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("notice")}))
		}
	}
	send(2)
	clk.Turn(2 * time.Hour) // half past midnight
	send(3)
	got := ok[*sqs.ReceiveMessageOutput](t)(queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10}))
	ok[*sqs.DeleteMessageOutput](t)(queues.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: got.Messages[0].ReceiptHandle}))
	a.Logged("intake", 300)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = ok[*local.AWS](t)(local.Open(t.Context(), local.Options{Dir: dir, Clock: clk}))
	t.Cleanup(func() { _ = a.Close() })
	client := cloudwatch.NewFromConfig(ok[aws.Config](t)(a.Config(t.Context())), func(o *cloudwatch.Options) { o.Retryer = aws.NopRetryer{} })
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	in := func(change func(*cloudwatch.GetMetricDataInput)) *cloudwatch.GetMetricDataInput {
		in := &cloudwatch.GetMetricDataInput{StartTime: &monday, EndTime: aws.Time(monday.Add(48 * time.Hour)), ScanBy: types.ScanByTimestampAscending}
		for id, m := range map[string][4]string{
			"sent": {"AWS/SQS", "NumberOfMessagesSent", "QueueName", "intake"}, "received": {"AWS/SQS", "NumberOfMessagesReceived", "QueueName", "intake"},
			"deleted": {"AWS/SQS", "NumberOfMessagesDeleted", "QueueName", "intake"}, "bytes": {"AWS/Logs", "IncomingBytes", "LogGroupName", "/aws/lambda/intake"},
			"nothing": {"AWS/SQS", "NumberOfMessagesSent", "QueueName", "outcomes"},
		} {
			in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
				Metric: &types.Metric{Namespace: &m[0], MetricName: &m[1], Dimensions: []types.Dimension{{Name: &m[2], Value: &m[3]}}}, Period: aws.Int32(86400), Stat: aws.String("Sum"),
			}})
		}
		change(in)
		return in
	}
	out := ok[*cloudwatch.GetMetricDataOutput](t)(client.GetMetricData(t.Context(), in(func(*cloudwatch.GetMetricDataInput) {})))
	want := map[string][]float64{"sent": {2, 3}, "received": {5}, "deleted": {1}, "bytes": {300}, "nothing": {}}
	for _, r := range out.MetricDataResults {
		w := want[*r.Id]
		if r.StatusCode != types.StatusCodeComplete || len(r.Values) != len(w) || len(r.Timestamps) != len(w) {
			t.Errorf("%s: %v at %v, %s; want %v", *r.Id, r.Values, r.Timestamps, r.StatusCode, w)
			continue
		}
		for i := range w {
			if day := monday.AddDate(0, 0, 2-len(w)+i); r.Values[i] != w[i] || !r.Timestamps[i].Equal(day) {
				t.Errorf("%s: %v at %v, want %v at %v", *r.Id, r.Values[i], r.Timestamps[i], w[i], day)
			}
		}
	}
	if len(out.MetricDataResults) != len(want) {
		t.Errorf("%d results", len(out.MetricDataResults))
	}
	for code, change := range map[string]func(*cloudwatch.GetMetricDataInput){
		"NotImplementedByLocalAWS": func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Stat = aws.String("p95") },
		"ValidationError":          func(in *cloudwatch.GetMetricDataInput) { in.EndTime = in.StartTime },
		"ValidationError ":         func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[1].Id = in.MetricDataQueries[0].Id },
		"NotImplementedByLocalAWS ": func(in *cloudwatch.GetMetricDataInput) {
			in.MetricDataQueries[2] = types.MetricDataQuery{Id: aws.String("e"), Expression: aws.String("SUM(METRICS())")}
		},
		"NotImplementedByLocalAWS  ": func(in *cloudwatch.GetMetricDataInput) { in.MaxDatapoints = aws.Int32(7) },
	} {
		_, err := client.GetMetricData(t.Context(), in(change))
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != trimmed(code) {
			t.Errorf("want %s, and it is %v", code, err)
		}
	}
}

func trimmed(s string) string {
	for s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}
