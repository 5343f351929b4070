package deliver_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/infra/local/faults"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

var told = regexp.MustCompile(`by (\d\d:\d\d) today`)

// SES is away for longer than the time that was promised: the receipt that leaves then names a time to come, and the conversation carries the same.
func TestAReceiptHeldUpNamesATimeToCome(t *testing.T) {
	d, _ := open(t)
	strike(t, d, faults.Fault{Kind: faults.Throttle, Service: "ses"})
	d.SendMail("mira@customer.example", strings.Replace(mail, "Where do I find my booking?", "My suitcase is lost, this is unacceptable!", 1), "care@acme.example")
	d.Turn(3 * time.Hour)
	strike(t, d)
	d.Turn(20 * time.Minute)
	for _, p := range d.Outbox() {
		if p.Kind != "receipt" {
			continue
		}
		m := told.FindStringSubmatch(p.Text)
		if m == nil {
			t.Fatalf("no time today in:\n%s", p.Text)
		}
		rome := d.Policy.Brands[0].Zone
		if left := p.At.In(rome).Format("15:04"); m[1] <= left {
			t.Errorf("it left at %s and names %s", left, m[1])
		}
		return
	}
	t.Fatalf("no receipt left; the sum is %+v", d.Day(desk.Day(d.Clock.Now())))
}

// SES is away, and meanwhile somebody settles the matter: a receipt that promises an answer would not be true, and the sum says why there is none.
func TestAReceiptHeldUpUntilTheMatterIsSettledNeverLeaves(t *testing.T) {
	d, _ := open(t)
	strike(t, d, faults.Fault{Kind: faults.Throttle, Service: "ses"})
	d.SendMail("mira@customer.example", mail, "care@acme.example")
	d.Turn(time.Minute)
	h := look(t, d)
	ev := desk.Ended{Act: desk.Act{Subject: desk.Subject{Ref: h.ref, Channel: desk.Email}, By: policy.Assignee{ID: "ana", Name: "Ana Ferrante"}}}
	if _, err := h.Turn(t.Context(), ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, d.Policy, d.Clock.Now()) }); err != nil {
		t.Fatal(err)
	}
	d.Turn(2 * time.Minute)
	strike(t, d)
	d.Turn(20 * time.Minute)
	if out := d.Outbox(); len(out) > 0 {
		t.Errorf("it left: %+v", out)
	}
	if sum := d.Day(today); !sum.Balanced || sum.Suppressed[string(desk.Answered)] != 1 || sum.Receipted != 0 || sum.InFlight != 0 {
		t.Errorf("the sum is %+v", sum)
	}
	if !tells(d, "cancelled", "answered") {
		t.Error("the ledger does not say why")
	}
}

// SES is away, and meanwhile an earlier receipt is complained about: the one that waits does not leave after that, and the sum says why.
func TestAReceiptHeldUpUntilNoneIsWantedNeverLeaves(t *testing.T) {
	d, _ := open(t)
	const unhappy = "complaint@simulator.amazonses.com"
	mail := strings.ReplaceAll(mail, "mira@customer.example", unhappy)
	d.SendMail(unhappy, mail, "care@acme.example")
	d.Settle()
	strike(t, d, faults.Fault{Kind: faults.Throttle, Service: "ses"})
	d.SendMail(unhappy, strings.NewReplacer("Where do I find my booking?", "My suitcase is lost.", "Message-ID: <", "Message-ID: <again-").Replace(mail), "care@acme.example")
	d.Settle()
	d.Turn(3 * time.Minute)
	strike(t, d)
	d.Turn(20 * time.Minute)
	if out := d.Outbox(); len(out) != 1 {
		t.Errorf("%d left", len(out))
	}
	if sum := d.Day(today); !sum.Balanced || sum.Suppressed[string(desk.Complained)] != 1 || sum.Receipted != 1 || sum.InFlight != 0 {
		t.Errorf("the sum is %+v", sum)
	}
	if !tells(d, "cancelled", string(desk.Complained)) {
		t.Error("the ledger does not say why")
	}
}

// A receipt has left, and neither SES's answer nor its event came back; a person answers before it may be tried again. It is not: the promise was kept and stays so. When
// SES's word comes after all, the message is receipted.
func TestWhatMayHaveLeftIsNotTriedAgainWhenAPersonHasAnswered(t *testing.T) {
	d, _ := open(t)
	strike(t, d, faults.Fault{Kind: faults.Torn, Service: "ses", Times: 1}, faults.Fault{Kind: faults.LoseEvent, Service: "ses", Operation: "Send", Times: 1},
		faults.Fault{Kind: faults.LoseEvent, Service: "ses", Operation: "Delivery", Times: 1})
	d.SendMail("mira@customer.example", mail, "care@acme.example")
	d.Turn(time.Minute)
	h := look(t, d)
	ev := desk.Replied{
		Act:     desk.Act{Subject: desk.Subject{Ref: h.ref, Channel: desk.Email}, By: policy.Assignee{ID: "ana", Name: "Ana Ferrante"}},
		Message: desk.Message{ID: "answer", ProviderID: "answer", Direction: "out", Kind: "reply", At: d.Clock.Now(), Raw: wiring.WordsPrefix + "answer"},
	}
	if _, err := d.Setup.S3().PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(wiring.Bucket), Key: &ev.Message.Raw, Body: strings.NewReader("We have found it.")}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Turn(t.Context(), ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, d.Policy, d.Clock.Now()) }); err != nil {
		t.Fatal(err)
	}
	d.Turn(4 * time.Hour)
	receipts := 0
	for _, p := range d.Outbox() {
		if p.Kind == "receipt" {
			receipts++
		}
	}
	if receipts != 1 {
		t.Errorf("%d receipts left, want the one", receipts)
	}
	line := h.timeline()
	if p := line.Conversation.Promise; p == nil || p.State != desk.PromiseKept {
		t.Errorf("the promise is %+v, want it kept", p)
	}
	if sum := d.Day(today); !sum.Balanced || sum.Suppressed[string(desk.Answered)] != 1 {
		t.Errorf("the sum is %+v", sum)
	}
	e := line.Effects[0]
	for range 2 { // SES may say it twice
		if err := h.Settle(t.Context(), e, "late-word", "ses-1"); err != nil {
			t.Fatal(err)
		}
	}
	if sum := d.Day(today); !sum.Balanced || sum.Receipted != 1 || len(sum.Suppressed) != 0 {
		t.Errorf("after SES's word the sum is %+v", sum)
	}
}
