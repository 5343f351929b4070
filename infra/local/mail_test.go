package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"pronto/infra/local"
	"pronto/infra/local/clock"
	"pronto/infra/local/ses"
)

// desk is a local AWS with what a mail desk makes first: a queue that hears both SES's notices and its sending events.
type desk struct {
	*local.AWS
	cfg   aws.Config
	sqs   *sqs.Client
	s3    *s3.Client
	ses   *sesv2.Client
	url   string
	topic string
}

func open(t testing.TB, o local.Options) *local.AWS {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	a, err := local.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func ok[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newDesk(t testing.TB, o local.Options) *desk {
	t.Helper()
	a := open(t, o)
	ctx := t.Context()
	cfg := ok[aws.Config](t)(a.Config(ctx))
	d := &desk{AWS: a, cfg: cfg, sqs: sqs.NewFromConfig(cfg), s3: s3.NewFromConfig(cfg), ses: sesv2.NewFromConfig(cfg)}
	topics := sns.NewFromConfig(cfg)
	d.url = *ok[*sqs.CreateQueueOutput](t)(d.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("intake")})).QueueUrl
	d.topic = *ok[*sns.CreateTopicOutput](t)(topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("mail")})).TopicArn
	ok[*sns.SubscribeOutput](t)(topics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: &d.topic, Protocol: aws.String("sqs"), Endpoint: aws.String("arn:aws:sqs:us-east-1:000000000000:intake")}))
	ok[*s3.CreateBucketOutput](t)(d.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("raw")}))
	ok[*sesv2.CreateEmailIdentityOutput](t)(d.ses.CreateEmailIdentity(ctx, &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("acme.example")}))
	ok[*sesv2.CreateConfigurationSetOutput](t)(d.ses.CreateConfigurationSet(ctx, &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("desk")}))
	ok[*sesv2.CreateConfigurationSetEventDestinationOutput](t)(d.ses.CreateConfigurationSetEventDestination(ctx, &sesv2.CreateConfigurationSetEventDestinationInput{
		ConfigurationSetName: aws.String("desk"), EventDestinationName: aws.String("intake"),
		EventDestination: &sestypes.EventDestinationDefinition{
			Enabled: true, SnsDestination: &sestypes.SnsDestination{TopicArn: &d.topic},
			MatchingEventTypes: []sestypes.EventType{"SEND", "DELIVERY", "BOUNCE", "COMPLAINT"},
		},
	}))
	return d
}

func (d *desk) listen(t testing.TB) *ses.Inbound {
	t.Helper()
	in := ok[*ses.Inbound](t)(d.SES.Listen("127.0.0.1:0", ses.Rule{Recipients: []string{"acme.example"}, Bucket: "raw", Prefix: "acme/", TopicARN: d.topic}))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := in.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return in
}

// messages takes what the queue has, without SNS's envelope.
func (d *desk) messages(t testing.TB) (out []map[string]any) {
	t.Helper()
	for {
		got := ok[*sqs.ReceiveMessageOutput](t)(d.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &d.url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"}}))
		if len(got.Messages) == 0 {
			return out
		}
		for _, m := range got.Messages {
			var envelope struct{ Type, TopicArn, Message string }
			var inner map[string]any
			if err := json.Unmarshal([]byte(*m.Body), &envelope); err != nil || envelope.Type != "Notification" {
				t.Fatalf("no notification: %v %s", err, *m.Body)
			}
			if err := json.Unmarshal([]byte(envelope.Message), &inner); err != nil {
				t.Fatal(err)
			}
			out = append(out, inner)
			ok[*sqs.DeleteMessageOutput](t)(d.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &d.url, ReceiptHandle: m.ReceiptHandle}))
		}
	}
}

func at(v any, path ...string) any {
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	return v
}

const question = "From: Giulia <giulia@customer.example>\r\nTo: care@acme.example\r\nSubject: =?utf-8?q?Dov=27=C3=A8_la_valigia=3F?=\r\nMessage-ID: <1@customer.example>\r\n\r\nMia valigia manca.\r\n"

func TestMailInIsStoredAndToldOf(t *testing.T) {
	d := newDesk(t, local.Options{})
	in := d.listen(t)
	if err := smtp.SendMail(in.Addr(), nil, "giulia@customer.example", []string{"care@acme.example"}, []byte(question)); err != nil {
		t.Fatal(err)
	}
	got := d.messages(t)
	if len(got) != 1 {
		t.Fatalf("%d notices, want 1", len(got))
	}
	n := got[0]
	for path, want := range map[string]any{
		"notificationType": "Received", "receipt.action.type": "S3", "receipt.action.bucketName": "raw", "receipt.spfVerdict.status": "PASS", "receipt.dmarcVerdict.status": "PASS",
		"mail.source": "giulia@customer.example", "mail.commonHeaders.subject": "Dov'è la valigia?", "mail.commonHeaders.messageId": "<1@customer.example>", "mail.headersTruncated": false,
	} {
		if v := at(n, strings.Split(path, ".")...); v != want {
			t.Errorf("%s = %v, want %v", path, v, want)
		}
	}
	key := at(n, "receipt", "action", "objectKey").(string)
	if want := "acme/" + at(n, "mail", "messageId").(string); key != want {
		t.Errorf("object key %q, want %q", key, want)
	}
	raw := ok[*s3.GetObjectOutput](t)(d.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("raw"), Key: &key}))
	var stored bytes.Buffer
	if _, err := stored.ReadFrom(raw.Body); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stored.String(), "Return-Path: <giulia@customer.example>\r\nReceived: from ") || !strings.HasSuffix(stored.String(), question) {
		t.Errorf("stored:\n%s", stored.String())
	}
}

func send(t testing.TB, d *desk, to string, raw string) string {
	t.Helper()
	out := ok[*sesv2.SendEmailOutput](t)(d.ses.SendEmail(t.Context(), &sesv2.SendEmailInput{
		ConfigurationSetName: aws.String("desk"), Destination: &sestypes.Destination{ToAddresses: []string{to}},
		Content:   &sestypes.EmailContent{Raw: &sestypes.RawMessage{Data: []byte(raw)}},
		EmailTags: []sestypes.MessageTag{{Name: aws.String("effect"), Value: aws.String("conv-1.E.2")}},
	}))
	return *out.MessageId
}

const answer = "From: Acme Air <care@acme.example>\r\nTo: giulia@customer.example\r\nBcc: hidden@acme.example\r\nMessage-ID: <ours@acme.example>\r\nDate: Mon, 1 Jan 2001 00:00:00 +0000\r\nSubject: Received\r\n\r\nThank you.\r\n"

func TestMailOutHasItsRowAndItsEvents(t *testing.T) {
	noon := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	d := newDesk(t, local.Options{Clock: clock.Stopped(noon)})
	id := send(t, d, "giulia@customer.example", answer)
	rows := ok[[]ses.Row](t)(d.SES.Outbox(0, 10))
	if len(rows) != 1 || rows[0].Seq != 1 || rows[0].MessageID != id || !rows[0].At.Equal(noon) {
		t.Fatalf("rows = %+v", rows)
	}
	raw := string(rows[0].Raw)
	for _, want := range []string{"Message-ID: <" + id + "@email.amazonses.com>\r\n", "Date: Sat, 28 Mar 2026 12:00:00 +0000\r\n", "\r\n\r\nThank you.\r\n"} {
		if !strings.Contains(raw, want) {
			t.Errorf("the mail lacks %q:\n%s", want, raw)
		}
	}
	for _, gone := range []string{"ours@", "2001", "hidden@"} {
		if strings.Contains(raw, gone) {
			t.Errorf("the mail still has %q", gone)
		}
	}
	got := d.messages(t)
	if len(got) != 2 || got[0]["eventType"] != "Send" || got[1]["eventType"] != "Delivery" {
		t.Fatalf("events = %v", got)
	}
	if tag := at(got[0], "mail", "tags", "effect").([]any); len(tag) != 1 || tag[0] != "conv-1.E.2" {
		t.Errorf("tag = %v", tag)
	}
	if at(got[0], "mail", "messageId") != id {
		t.Errorf("message id of the event = %v", at(got[0], "mail", "messageId"))
	}
	if more := ok[[]ses.Row](t)(d.SES.Outbox(1, 10)); len(more) != 0 {
		t.Errorf("rows after 1 = %v", more)
	}
}

func TestSimulatorRaisesItsEvents(t *testing.T) {
	d := newDesk(t, local.Options{})
	d.listen(t)
	for to, want := range map[string][]string{
		"success@simulator.amazonses.com": {"Send", "Delivery"}, "bounce+7@simulator.amazonses.com": {"Send", "Bounce"},
		"complaint@simulator.amazonses.com": {"Send", "Delivery", "Complaint"}, "ooto@simulator.amazonses.com": {"Send", "Delivery", "Received"},
	} {
		send(t, d, to, answer)
		var got []string
		for _, m := range d.messages(t) {
			kind, isEvent := m["eventType"].(string)
			if !isEvent {
				kind = m["notificationType"].(string)
			}
			got = append(got, kind)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, want %v", to, got, want)
		}
	}
}
