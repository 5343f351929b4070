package local_test

import (
	"context"
	"fmt"
	"log"
	"net/smtp"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/infra/local"
	"pronto/infra/local/clock"
	"pronto/infra/local/faults"
	"pronto/infra/local/lambda"
	"pronto/infra/local/ses"
)

// must keeps the examples short.
func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// start opens a local AWS in a directory of its own; the func ends both.
func start(o local.Options) (*local.AWS, aws.Config, func()) {
	o.Dir = must(os.MkdirTemp("", "aws"))
	a := must(local.Open(context.Background(), o))
	return a, must(a.Config(context.Background())), func() { _ = a.Close(); _ = os.RemoveAll(o.Dir) }
}

// A local AWS is an endpoint for the ordinary clients.
func Example() {
	_, cfg, stop := start(local.Options{})
	defer stop()
	ctx := context.Background()
	client := sqs.NewFromConfig(cfg)
	q := must(client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("lane")}))
	must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: q.QueueUrl, MessageBody: aws.String("hello")}))
	got := must(client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl, WaitTimeSeconds: 5}))
	fmt.Println(*got.Messages[0].Body)
	// Output: hello
}

// Delays, visibility timeouts, schedules and expiry follow a clock that a test turns: fourteen minutes pass in no time.
func Example_clock() {
	clk := clock.Stopped(time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC))
	_, cfg, stop := start(local.Options{Clock: clk})
	defer stop()
	ctx := context.Background()
	client := sqs.NewFromConfig(cfg)
	q := must(client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("timer")}))
	must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: q.QueueUrl, MessageBody: aws.String("due"), DelaySeconds: 840}))
	receive := func() int {
		return len(must(client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl})).Messages)
	}
	clk.Turn(839 * time.Second)
	before := receive()
	clk.Turn(time.Second)
	fmt.Println(before, receive())
	// Output: 0 1
}

// A function's handler is woken by its queue, with the event that Lambda would give it. The same handler is deployed unchanged.
func Example_lambda() {
	a, cfg, stop := start(local.Options{})
	defer stop()
	ctx := context.Background()
	client := sqs.NewFromConfig(cfg)
	q := must(client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("intake")}))
	woken := make(chan string)
	handler := func(_ context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		woken <- e.Records[0].EventSource + ": " + e.Records[0].Body
		return events.SQSEventResponse{}, nil
	}
	intake := lambda.Function{Name: "intake", Invoke: lambda.Handler(handler), Timeout: 10 * time.Second}
	if err := a.Lambda.Queue(intake, lambda.QueueMapping{Queue: "intake", BatchSize: 10, ReportBatchItemFailures: true}); err != nil {
		log.Fatal(err)
	}
	must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: q.QueueUrl, MessageBody: aws.String("hello")}))
	fmt.Println(<-woken)
	// Output: aws:sqs: hello
}

// Mail sent by SMTP is stored raw in S3, and the notice of it with envelope and verdicts comes through SNS to SQS, as a receipt rule has it.
func Example_mail() {
	a, cfg, stop := start(local.Options{})
	defer stop()
	ctx := context.Background()
	must(s3.NewFromConfig(cfg).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("raw")}))
	must(sqs.NewFromConfig(cfg).CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("intake")}))
	topics := sns.NewFromConfig(cfg)
	topic := must(topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("arrivals")})).TopicArn
	must(topics.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: topic, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:us-east-1:000000000000:intake"), Attributes: map[string]string{"RawMessageDelivery": "true"},
	}))
	inbound := must(a.SES.Listen("127.0.0.1:0", ses.Rule{Recipients: []string{"acme.example"}, Bucket: "raw", Prefix: "mail/", TopicARN: *topic}))
	defer inbound.Close(ctx)

	raw := "From: giulia@customer.fail.example\r\nTo: care@acme.example\r\nSubject: Bag\r\n\r\nWhere is it?\r\n"
	if err := smtp.SendMail(inbound.Addr(), nil, "giulia@customer.fail.example", []string{"care@acme.example"}, []byte(raw)); err != nil {
		log.Fatal(err)
	}
	notice := string(must(a.SQS.Receive(ctx, "intake", 1, 5*time.Second))[0].Body)
	fmt.Println(strings.Contains(notice, `"dmarcVerdict":{"status":"FAIL"},"dmarcPolicy":"reject"`))
	// Output: true
}

// A fault that no mock shows: the message was sent, but the connection ended before the answer. The SDK tries again, and there are two.
func Example_faults() {
	a, cfg, stop := start(local.Options{Seed: 1})
	defer stop()
	ctx := context.Background()
	client := sqs.NewFromConfig(cfg)
	q := must(client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("lane")}))
	if err := a.Faults.Set(faults.Fault{Kind: faults.Torn, Service: "sqs", Operation: "SendMessage", Times: 1}); err != nil {
		log.Fatal(err)
	}
	must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: q.QueueUrl, MessageBody: aws.String("once?")}))
	fmt.Println(must(a.SQS.Stats("lane")).Visible, "messages")
	// Output: 2 messages
}
