package ses

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/s3"
	"pronto/infra/local/sns"
	"pronto/infra/local/sqs"
)

var noon = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) *Service {
	t.Helper()
	db, err := disk.Open(filepath.Join(t.TempDir(), "aws.db"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clk := clock.Stopped(noon)
	queues, err := sqs.New(db, clk, nil)
	if err != nil {
		t.Fatal(err)
	}
	topics, err := sns.New(db, clk, queues)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := s3.New(db, clk, queues)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(db, clk, objects, topics, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// paths lists the keys of a JSON document as a.b.c, sorted; of a list only its first element counts.
func paths(v any, at string) []string {
	switch v := v.(type) {
	case map[string]any:
		var out []string
		for k := range maps.Keys(v) {
			out = append(out, paths(v[k], strings.TrimPrefix(at+"."+k, "."))...)
		}
		slices.Sort(out)
		return out
	case []any:
		if len(v) > 0 {
			return paths(v[0], at+"[]")
		}
	}
	return []string{at}
}

func shape(t *testing.T, doc []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	return strings.Join(paths(v, ""), "\n")
}

// The keys are those of the developer guide's tables: notificationType, mail and receipt, with the S3 action's fields.
func TestNoticeHasTheDocumentedShape(t *testing.T) {
	s := open(t)
	raw := "From: Giulia <g@bank.fail.example>\r\nReply-To: r@x.example\r\nTo: care@acme.example, x@acme.example\r\nCc: c@x.example\r\nSender: s@x.example\r\nDate: Sat, 28 Mar 2026 12:00:00 +0000\r\nMessage-ID: <1@x.example>\r\nSubject: S\r\n\r\nb"
	a, err := s.arrive(Rule{Bucket: "raw", Prefix: "acme/", TopicARN: "arn:aws:sns:us-east-1:000000000000:mail"}, envelope{From: "g@bank.fail.example", To: []string{"care@acme.example"}, Helo: "h.example", Remote: "127.0.0.1"}, []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	want := `mail.commonHeaders.cc[]
mail.commonHeaders.date
mail.commonHeaders.from[]
mail.commonHeaders.messageId
mail.commonHeaders.replyTo[]
mail.commonHeaders.returnPath
mail.commonHeaders.sender
mail.commonHeaders.subject
mail.commonHeaders.to[]
mail.destination[]
mail.headersTruncated
mail.headers[].name
mail.headers[].value
mail.messageId
mail.source
mail.timestamp
notificationType
receipt.action.bucketName
receipt.action.objectKey
receipt.action.objectKeyPrefix
receipt.action.topicArn
receipt.action.type
receipt.dkimVerdict.status
receipt.dmarcPolicy
receipt.dmarcVerdict.status
receipt.processingTimeMillis
receipt.recipients[]
receipt.spamVerdict.status
receipt.spfVerdict.status
receipt.timestamp
receipt.virusVerdict.status`
	if got := shape(t, a.notice); got != want {
		t.Errorf("the notice has\n%s", got)
	}
	for _, line := range []string{"Return-Path: <g@bank.fail.example>\r\n", "X-SES-Spam-Verdict: PASS\r\n", "Received-SPF: fail ", "\r\n dkim=fail header.i=@bank.fail.example;\r\n dmarc=fail header.from=bank.fail.example;\r\n"} {
		if !strings.Contains(string(a.stored), line) {
			t.Errorf("the stored mail lacks %q:\n%s", line, a.stored)
		}
	}
	if !strings.HasSuffix(string(a.stored), raw) {
		t.Error("the mail was changed")
	}
}

func TestEventsHaveTheDocumentedShape(t *testing.T) {
	row := Row{At: noon, MessageID: "id", From: "Acme <care@acme.example>", To: []string{"a@x.example", "bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com", "b@corp.late.example"},
		ConfigurationSet: "desk", Tags: map[string][]string{"effect": {"e"}}, Raw: []byte("From: care@acme.example\r\n\r\nb")}
	tails := map[string]string{
		"Send":          "send",
		"Delivery":      "delivery.processingTimeMillis delivery.recipients[] delivery.reportingMTA delivery.smtpResponse delivery.timestamp",
		"Bounce":        "bounce.bounceSubType bounce.bounceType bounce.bouncedRecipients[].action bounce.bouncedRecipients[].diagnosticCode bounce.bouncedRecipients[].emailAddress bounce.bouncedRecipients[].status bounce.feedbackId bounce.reportingMTA bounce.timestamp",
		"DeliveryDelay": "deliveryDelay.delayType deliveryDelay.delayedRecipients[].diagnosticCode deliveryDelay.delayedRecipients[].emailAddress deliveryDelay.delayedRecipients[].status deliveryDelay.expirationTime deliveryDelay.reportingMTA deliveryDelay.timestamp",
		"Reject":        "reject.reason",
		"Complaint":     "complaint.arrivalDate complaint.complainedRecipients[].emailAddress complaint.complaintFeedbackType complaint.feedbackId complaint.timestamp complaint.userAgent",
	}
	infected := row
	infected.Raw = []byte("From: care@acme.example\r\n\r\n" + eicar)
	var kinds []string
	for _, e := range append(events(row), events(infected)...) {
		kinds = append(kinds, e.Type)
		doc, err := marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var own []string
		for p := range strings.SplitSeq(shape(t, doc), "\n") {
			if !strings.HasPrefix(p, "mail.") && p != "eventType" {
				own = append(own, p)
			}
		}
		// an empty object has no keys: "send":{} shows in the text alone
		if e.Type == "Send" && strings.Contains(string(doc), `"send":{}`) {
			own = []string{"send"}
		}
		if got := strings.Join(own, " "); got != tails[e.Type] {
			t.Errorf("%s has %s", e.Type, got)
		}
		for _, tag := range []string{"ses:configuration-set", "ses:source-ip", "ses:from-domain", "ses:caller-identity", "effect"} {
			if len(e.Mail.Tags[tag]) != 1 {
				t.Errorf("%s lacks the tag %s", e.Type, tag)
			}
		}
	}
	if got := fmt.Sprint(kinds); got != "[Send Delivery Bounce Delivery Complaint DeliveryDelay Delivery Send Reject]" {
		t.Errorf("events %s", got)
	}
}

func TestRecipients(t *testing.T) {
	fields, _ := parseHeader([]byte("To: A <a@x.example>, b@x.example\r\nCc: A@x.example, a@x.example\r\nBcc: c@x.example\r\n\r\n"))
	var in sendInput
	if got := fmt.Sprint(in.recipients(fields)); got != "[a@x.example b@x.example A@x.example c@x.example]" {
		t.Errorf("from the headers: %s", got)
	}
	in.Destination.ToAddresses, in.Destination.BccAddresses = []string{"D <d@x.example>"}, []string{"e@x.example"}
	if got := fmt.Sprint(in.recipients(fields)); got != "[d@x.example e@x.example]" {
		t.Errorf("from the destination: %s", got)
	}
}

func TestPathsAreMatched(t *testing.T) {
	for _, c := range []struct {
		pattern, path, name string
		ok                  bool
	}{
		{"identities/*", "identities/a%2Fb", "a%2Fb", true}, {"identities/*", "identities/", "", false}, {"identities", "identities", "", true},
		{"configuration-sets/*/event-destinations", "configuration-sets/desk/event-destinations", "desk", true}, {"identities/*", "identities/a/b", "", false},
		{"configuration-sets/*/event-destinations/*", "configuration-sets/desk/event-destinations/out", "desk/out", true},
	} {
		if name, ok := match(c.pattern, c.path); ok != c.ok || ok && name != c.name {
			t.Errorf("%s on %s: %q, %v", c.pattern, c.path, name, ok)
		}
	}
}
