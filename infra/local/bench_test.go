package local_test

import (
	"net/smtp"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"pronto/infra/local"
	"pronto/infra/local/lambda"
	"pronto/infra/local/ses"
)

// BenchmarkMailIn is one mail of 4 KB over a kept SMTP connection: stored, told of, and handed to a function.
func BenchmarkMailIn(b *testing.B) {
	d := newDesk(b, local.Options{})
	in := ok[*ses.Inbound](b)(d.SES.Listen("127.0.0.1:0", ses.Rule{Recipients: []string{"acme.example"}, Bucket: "raw", TopicARN: d.topic}))
	f := lambda.Function{Name: "intake", Invoke: lambda.Handler(func(events.SQSEvent) error { return nil })}
	if err := d.Lambda.Queue(f, lambda.QueueMapping{Queue: "intake"}); err != nil {
		b.Fatal(err)
	}
	raw := []byte(question + strings.Repeat("Ancora nessuna notizia della mia valigia.\r\n", 90))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		c := ok[*smtp.Client](b)(smtp.Dial(in.Addr()))
		defer c.Close()
		for pb.Next() {
			if err := c.Mail("giulia@customer.example"); err != nil {
				b.Error(err)
			}
			if err := c.Rcpt("care@acme.example"); err != nil {
				b.Error(err)
			}
			w, err := c.Data()
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := w.Write(raw); err != nil {
				b.Error(err)
			}
			if err := w.Close(); err != nil {
				b.Error(err)
			}
		}
	})
	b.StopTimer()
	if err := in.Close(b.Context()); err != nil {
		b.Error(err)
	}
}

// BenchmarkMailOut is one SendEmail through the SDK with its two events.
func BenchmarkMailOut(b *testing.B) {
	d := newDesk(b, local.Options{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			send(b, d, "giulia@customer.example", answer)
		}
	})
}
