package ses

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/mail"
)

// arrival is a notice of a mail that came in, with every field that SES documents.
const arrival = `{
  "notificationType": "Received",
  "mail": {
    "timestamp": "2026-11-23T10:05:01.250+01:00",
    "source": "bounce-7@mailer.customer.example",
    "messageId": "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1",
    "destination": ["care@acme.example", "other@elsewhere.example"],
    "headersTruncated": false,
    "headers": [{"name": "From", "value": "Mira <mira@customer.example>"}, {"name": "Subject", "value": "My bag"}],
    "commonHeaders": {"from": ["Mira <mira@customer.example>"], "to": ["care@acme.example"], "messageId": "<1@customer.example>", "subject": "My bag"}
  },
  "receipt": {
    "timestamp": "2026-11-23T09:05:01.300Z",
    "processingTimeMillis": 574,
    "recipients": ["care@acme.example"],
    "spamVerdict": {"status": "PASS"},
    "virusVerdict": {"status": "GRAY"},
    "spfVerdict": {"status": "FAIL"},
    "dkimVerdict": {"status": "PROCESSING_FAILED"},
    "dmarcVerdict": {"status": "FAIL"},
    "dmarcPolicy": "REJECT",
    "action": {"type": "S3", "topicArn": "arn:aws:sns:us-east-1:000000000000:pronto-arrivals", "bucketName": "pronto-mail", "objectKeyPrefix": "mail/", "objectKey": "mail/o3vrnil0"}
  }
}`

func TestANoticeOfArrival(t *testing.T) {
	n, e, err := Decode(arrival)
	if err != nil || e != nil || n == nil {
		t.Fatalf("notice %v, event %v, error %v", n, e, err)
	}
	if want := time.Date(2026, 11, 23, 9, 5, 1, 250e6, time.UTC); !n.At.Equal(want) || n.At.Location() != time.UTC {
		t.Errorf("arrival %v, want %v in UTC", n.At, want)
	}
	if n.ID != "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1" || n.Bucket != "pronto-mail" || n.Key != "mail/o3vrnil0" {
		t.Errorf("id %q, bucket %q, key %q", n.ID, n.Bucket, n.Key)
	}
	v := n.Envelope
	if v.MailFrom != "bounce-7@mailer.customer.example" || !slices.Equal(v.Recipients, []string{"care@acme.example"}) {
		t.Errorf("from %q to %v: recipients are those that SES's rule took, not the header's", v.MailFrom, v.Recipients)
	}
	if v.Spam != mail.Pass || v.Virus != mail.Gray || v.SPF != mail.Fail || v.DKIM != mail.ProcessingFailed || v.DMARC != mail.Fail || v.DMARCPolicy != "reject" {
		t.Errorf("verdicts %+v", v)
	}
}

// What we write in SES's place is read as SES's own.
func TestANoticeOfOurs(t *testing.T) {
	want := Notice{ID: "abc", At: time.Date(2026, 11, 23, 9, 5, 1, 0, time.UTC), Bucket: "pronto-mail", Key: "mail/abc", Envelope: mail.Envelope{
		MailFrom: "mira@customer.example", Recipients: []string{"care@acme.example"}, Spam: mail.Disabled, Virus: mail.Disabled, SPF: mail.Pass, DKIM: mail.Fail,
		DMARC: mail.Pass, DMARCPolicy: "reject", Late: true,
	}}
	text, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, event, err := Decode(text)
	if err != nil || event != nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("%+v, %v, %v; want %+v", got, event, err, want)
	}
}

func TestTheRecipientRuleMayTellTheTime(t *testing.T) {
	n, _, err := Decode(strings.Replace(arrival, `"timestamp": "2026-11-23T10:05:01.250+01:00",`, "", 1))
	if err != nil || !n.At.Equal(time.Date(2026, 11, 23, 9, 5, 1, 300e6, time.UTC)) {
		t.Errorf("%+v, %v", n, err)
	}
}

// What a notice lacks or has in another type is said, never guessed.
func TestWhatIsNoNotice(t *testing.T) {
	without := func(cut string) string {
		if !strings.Contains(arrival, cut) {
			t.Fatalf("the notice has no %s", cut)
		}
		return strings.Replace(arrival, cut, `"x"`+cut[strings.IndexByte(cut, ':'):], 1)
	}
	noTime := strings.NewReplacer(`"timestamp": "2026-11-23T10:05:01.250+01:00",`, "", `"timestamp": "2026-11-23T09:05:01.300Z",`, "").Replace(arrival)
	for name, c := range map[string]struct{ body, says string }{
		"nothing":            {"", "decode notice"},
		"no JSON":            {"it came", "decode notice"},
		"half a notice":      {arrival[:300], "decode notice"},
		"two notices":        {arrival + arrival, "decode notice"},
		"another shape":      {`[1, 2]`, "decode notice"},
		"null":               {`null`, "messageId"},
		"no message id":      {without(`"messageId": "o3v`), "messageId"},
		"a number for an id": {strings.Replace(arrival, `"o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1"`, `7`, 1), "decode notice"},
		"one recipient":      {strings.Replace(arrival, `"recipients": ["care@acme.example"]`, `"recipients": "care@acme.example"`, 1), "decode notice"},
		"no date":            {strings.Replace(arrival, `2026-11-23T10:05:01.250+01:00`, `23 Nov 2026`, 1), "decode notice"},
		"no time at all":     {noTime, "timestamp"},
		"no object":          {without(`"objectKey": "mail`), "S3 action"},
		"no kind":            {without(`"notificationType": "R`), "neither"},
		"another kind":       {strings.Replace(arrival, `"Received"`, `"AmazonSnsSubscriptionSucceeded"`, 1), "neither"},
		"SNS's own envelope": {`{"Type": "Notification", "MessageId": "1", "Message": "{}"}`, "messageId"},
	} {
		n, e, err := Decode(c.body)
		if err == nil || n != nil || e != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v, %v; want an error that says %q", name, n, e, err, c.says)
		}
	}
}

func TestANoticeHasASize(t *testing.T) {
	pad := func(n int) string { return arrival + strings.Repeat(" ", n-len(arrival)) }
	if _, _, err := Decode(pad(MaxNotice)); err != nil {
		t.Errorf("as large as allowed: %v", err)
	}
	if _, _, err := Decode(pad(MaxNotice + 1)); err == nil || !strings.Contains(err.Error(), fmt.Sprint(MaxNotice)) {
		t.Errorf("larger: %v", err)
	}
	if _, _, err := Decode(strings.Repeat("[", MaxNotice)); err == nil {
		t.Error("a nest of a quarter of a million lists was read")
	}
}

// sent is an event of publishing, of any type, as SES documents it.
func sent(kind string, also string) string {
	return fmt.Sprintf(`{"eventType": %q, "mail": {"timestamp": "2026-11-23T09:00:01.480Z", "source": "Acme Air <care@acme.example>", "sendingAccountId": "000000000000",
		"messageId": "0100019-1f0c-000000", "destination": ["mira@customer.example"], "headersTruncated": false, "headers": [], "commonHeaders": {},
		"tags": {"ses:configuration-set": ["pronto"], "ses:caller-identity": ["deliver"], "pronto-brand": ["acme-air"], "pronto-conversation": ["mzxw6ytboi3dsnzq"],
		"pronto-effect": ["000001-0"], "pronto-kind": ["receipt"], "twice": ["a", "b"], "empty": []}}%s}`, kind, also)
}

func TestEventsOfEveryType(t *testing.T) {
	for kind, also := range map[string]string{
		"Send":             `, "send": {}`,
		"Delivery":         `, "delivery": {"timestamp": "2026-11-23T09:00:03Z", "processingTimeMillis": 1520, "recipients": ["mira@customer.example"], "smtpResponse": "250 ok"}`,
		"Bounce":           `, "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": "mira@customer.example"}], "feedbackId": "f"}`,
		"Complaint":        `, "complaint": {"complainedRecipients": [{"emailAddress": "mira@customer.example"}], "feedbackId": "f"}`,
		"Reject":           `, "reject": {"reason": "Bad content"}`,
		"Open":             `, "open": {"ipAddress": "192.0.2.7", "userAgent": "x"}`,
		"Click":            `, "click": {"link": "https://x.example", "linkTags": {"a": ["b"]}}`,
		"RenderingFailure": `, "failure": {"errorMessage": "m", "templateName": "t"}`,
		"DeliveryDelay":    `, "deliveryDelay": {"delayType": "TransientCommunicationFailure", "delayedRecipients": []}`,
		"Subscription":     `, "subscription": {"contactList": "c"}`,
	} {
		n, e, err := Decode(sent(kind, also))
		if err != nil || n != nil || e == nil {
			t.Errorf("%s: %v, %v, %v", kind, n, e, err)
			continue
		}
		want := map[string]string{"ses:configuration-set": "pronto", "ses:caller-identity": "deliver", TagBrand: "acme-air", TagConversation: "mzxw6ytboi3dsnzq",
			TagEffect: "000001-0", TagKind: "receipt", "twice": "a"}
		if e.Type != kind || e.ID != "0100019-1f0c-000000" || !maps.Equal(e.Tags, want) {
			t.Errorf("%s: %+v", kind, e)
		}
	}
}

func TestAnEventWithoutTags(t *testing.T) {
	_, e, err := Decode(`{"eventType": "Send", "mail": {"messageId": "1"}}`)
	if err != nil || e.Tags == nil || len(e.Tags) != 0 {
		t.Errorf("%+v, %v", e, err)
	}
	if _, _, err := Decode(`{"eventType": "Send", "mail": {"messageId": "1", "tags": {"a": "b"}}}`); err == nil {
		t.Error("a tag that is no list was read")
	}
}

func TestThreadID(t *testing.T) {
	for id, want := range map[string]string{
		"0100-a-000000@email.amazonses.com":           "0100-a-000000",
		"0100-a-000000@eu-west-1.amazonses.com":       "0100-a-000000",
		"0100-a-000000":                               "0100-a-000000",
		"1@customer.example":                          "1@customer.example",
		"1@amazonses.com.customer.example":            "1@amazonses.com.customer.example",
		"1@notamazonses.com":                          "1@notamazonses.com",
		"0100-a-000000@eu-west-1.amazonses.com.evil.": "0100-a-000000@eu-west-1.amazonses.com.evil.",
		"": "",
	} {
		if got := ThreadID(id); got != want {
			t.Errorf("ThreadID(%q) = %q, want %q", id, got, want)
		}
	}
}

// Whatever comes, Decode tells exactly one of three things, and what it tells is whole.
func FuzzDecode(f *testing.F) {
	f.Add(arrival)
	f.Add(sent("Send", `, "send": {}`))
	f.Add(`{"mail": {"messageId": "1", "tags": {"a": null}}, "eventType": "Bounce"}`)
	f.Add(`{"NOTIFICATIONTYPE": "Received", "mail": null}`)
	f.Add("\xff{")
	f.Fuzz(func(t *testing.T, body string) {
		n, e, err := Decode(body)
		told := 0
		for _, yes := range []bool{n != nil, e != nil, err != nil} {
			if yes {
				told++
			}
		}
		if told != 1 {
			t.Fatalf("notice %v, event %v, error %v", n, e, err)
		}
		if n != nil && (n.ID == "" || n.Key == "" || n.At.IsZero() || n.At.Location() != time.UTC) {
			t.Errorf("half a notice: %+v", n)
		}
		if e != nil && (e.ID == "" || e.Type == "" || e.Tags == nil) {
			t.Errorf("half an event: %+v", e)
		}
		if err == nil && !json.Valid([]byte(body)) {
			t.Error("no JSON, and yet it was read")
		}
	})
}
