package intake_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/setup"
	"pronto/shared/store"
)

func (w *world) store() *store.Store {
	return store.New(dynamodb.NewFromConfig(w.Setup.AWS), w.Setup.Env(setup.Table))
}

// effect is the state and the report of the only receipt or reply of a kind.
func (w *world) effect(conversation string, kind channel.Kind) desk.Effect {
	w.Helper()
	t, err := w.store().Timeline(w.Context(), desk.Ref{Brand: "acme-air", Conversation: conversation})
	if err != nil || t == nil {
		w.Fatalf("conversation %s: %v", conversation, err)
	}
	for _, e := range t.Effects {
		if e.Kind == kind {
			return e
		}
	}
	w.Fatalf("no %s in %s", kind, conversation)
	return desk.Effect{}
}

// What becomes of a receipt on its way, by what SES tells of it: the state, the day's sum, and whether the next message of the same person has one.
func TestTheTruthOfDelivery(t *testing.T) {
	for domain, c := range map[string]struct {
		state  desk.State
		report channel.Report
		next   string // why the next message gets no receipt
	}{
		"customer.example":         {desk.Delivered, channel.Delivered, ""},
		"corp.late.example":        {desk.Delivered, channel.Delivered, ""},
		"corp.away.example":        {desk.Delivered, channel.Delivered, ""},
		"corp.gone.example":        {desk.Failed, channel.Bounced, "undeliverable"},
		"corp.full.example":        {desk.Failed, channel.MailboxFull, ""},
		"corp.strict.example":      {desk.Failed, channel.ContentRefused, ""},
		"corp.lost.example":        {desk.Failed, channel.Unclear, ""},
		"simulator.amazonses.com":  {desk.Failed, channel.Listed, "undeliverable"},     // suppressionlist@
		"simulator.amazonses.com#": {desk.Delivered, channel.Complained, "complained"}, // complaint@
	} {
		t.Run(domain, func(t *testing.T) {
			w := open(t, desktest.Options{})
			from := "mira@" + domain
			switch domain {
			case "simulator.amazonses.com":
				from = "suppressionlist@" + domain
			case "simulator.amazonses.com#":
				from = "complaint@" + strings.Trim(domain, "#")
			}
			turn := w.take(from, letter(1, from, question(1)))
			before := w.conversation(turn.Conversation)
			w.Turn(4 * time.Minute)
			e := w.effect(turn.Conversation, channel.Receipt)
			if e.State != c.state || e.Report != c.report {
				t.Errorf("the receipt is %s (%s), want %s (%s)", e.State, e.Report, c.state, c.report)
			}
			sum := w.Day(today)
			if failed := sum.Failed == 1 && sum.Receipted == 0; !sum.Balanced || failed != (c.state == desk.Failed) || sum.Received != 1 {
				t.Errorf("the sum is %+v", sum)
			}
			if now := w.conversation(turn.Conversation); now.Version != before.Version || now.Status != desk.StatusOpen {
				t.Errorf("what became of a receipt moved the conversation: %d, %s", now.Version, now.Status)
			}
			if next := w.take(from, letter(2, from, question(2))); next.Suppressed != c.next || (c.next == "") != (next.Receipt != "") {
				t.Errorf("the next message: %+v, want suppressed %q", next, c.next)
			}
		})
	}
}

func (w *world) conversation(id string) *desk.Conversation {
	w.Helper()
	c, err := w.store().Conversation(w.Context(), desk.Ref{Brand: "acme-air", Conversation: id})
	if err != nil || c == nil {
		w.Fatalf("conversation %s: %v", id, err)
	}
	return c
}

// ofEffect is an event of SES's about an effect.
func ofEffect(kind, also, conversation, effect string) string {
	return fmt.Sprintf(`{"eventType": %q, "mail": {"messageId": "ses-1", "tags": {"pronto-brand": ["acme-air"], "pronto-conversation": [%q], "pronto-effect": [%q], "pronto-kind": ["receipt"]}}%s}`,
		kind, conversation, effect, also)
}

// Events come in any order, twice, in one batch or one by one: the end is the same.
func TestEventsInAnyOrder(t *testing.T) {
	w := open(t, desktest.Options{})
	strikeEvents(w)
	const permanent = `, "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"emailAddress": "x", "status": "5.1.1"}]}`
	const away = `, "bounce": {"bounceType": "Transient", "bounceSubType": "General"}`
	r := rand.New(rand.NewPCG(7, 8))
	for i, c := range []struct {
		kinds []string
		end   channel.Report
	}{
		{[]string{"Send", "DeliveryDelay", "Delivery"}, channel.Delivered},
		{[]string{"Send", "Delivery", "Bounce" + away}, channel.Delivered},
		{[]string{"Delivery", "Bounce" + permanent}, channel.Bounced},
		{[]string{"Send", "Delivery", "Complaint"}, channel.Complained},
		{[]string{"DeliveryDelay", "Bounce" + permanent, "Complaint"}, channel.Bounced},
	} {
		for j := range 4 {
			from := fmt.Sprintf("p%d-%d@d%d.example", i, j, i)
			turn := w.take(from, letter(100*i+j, from, question(100*i+j)))
			var all []events.SQSMessage
			for _, k := range append(c.kinds, c.kinds...) {
				kind, also, _ := strings.Cut(k, ",")
				if also != "" {
					also = "," + also
				}
				all = append(all, events.SQSMessage{MessageId: fmt.Sprint(len(all)), Body: ofEffect(kind, also, turn.Conversation, turn.Receipt)})
			}
			r.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
			n := 1 + r.IntN(len(all))
			for _, batch := range [][]events.SQSMessage{all[:n], all[n:]} {
				if out := w.invoke(events.SQSEvent{Records: batch}); len(out.BatchItemFailures) > 0 {
					t.Errorf("%v: failed %+v", c.kinds, out)
				}
			}
			e := w.effect(turn.Conversation, channel.Receipt)
			if want := cmp.Or(map[bool]desk.State{c.end.Failed(): desk.Failed}[true], desk.Delivered); e.Report != c.end || e.State != want {
				t.Errorf("%v: %s, %s; want %s, %s", c.kinds, e.State, e.Report, want, c.end)
			}
		}
	}
	if s := w.Day(today); !s.Balanced || s.Failed != 8 || s.Receipted != 12 {
		t.Errorf("the sum is %+v", s)
	}
	w.quiet()
}

// strikeEvents keeps SES's own events away, so that a test's are the only ones.
func strikeEvents(w *world) {
	w.Helper()
	var list []faults.Fault
	for _, kind := range []string{"Send", "Delivery"} {
		list = append(list, faults.Fault{Kind: faults.LoseEvent, Service: "ses", Operation: kind})
	}
	if err := w.AWS.Faults.Set(list...); err != nil {
		w.Fatal(err)
	}
}

// Nobody heard of a mail for so long that it was given up; then SES tells that it was delivered.
func TestWhatWasGivenUpHadArrived(t *testing.T) {
	w := open(t, desktest.Options{})
	if err := w.AWS.Faults.Set(faults.Fault{Kind: faults.Torn, Service: "ses"}, faults.Fault{Kind: faults.LoseEvent, Service: "ses", Operation: "Send"},
		faults.Fault{Kind: faults.LoseEvent, Service: "ses", Operation: "Delivery"}); err != nil {
		t.Fatal(err)
	}
	turn := w.take(mira, letter(1, mira, question(1)))
	w.Turn(time.Hour)
	if e, s := w.effect(turn.Conversation, channel.Receipt), w.Day(today); e.State != desk.Failed || e.Why != desk.NoAnswer || s.Failed != 1 {
		t.Fatalf("%s, %s; %+v", e.State, e.Why, s)
	}
	w.invoke(events.SQSEvent{Records: []events.SQSMessage{{MessageId: "1", Body: ofEffect("Delivery", "", turn.Conversation, turn.Receipt)}}})
	if e, s := w.effect(turn.Conversation, channel.Receipt), w.Day(today); e.State != desk.Delivered || s.Receipted != 1 || s.Failed != 0 || !s.Balanced {
		t.Errorf("%s, %s; %+v", e.State, e.Why, s)
	}
	answer := letter(2, mira, question(2), "In-Reply-To: <ses-1@email.amazonses.com>")
	if next := w.take(mira, answer); next.Conversation != turn.Conversation {
		t.Errorf("the answer to it opened %s", next.Conversation)
	}
}

// intake dies at every write while it takes a bounce: when the event comes again nothing is missing and nothing is done twice.
func TestABounceSurvivesEveryFault(t *testing.T) {
	from := "mira@corp.gone.example"
	desktest.Walk(t, desktest.Options{Start: monday}, func(t *testing.T, d *desktest.Desk) {
		w := &world{T: t, Desk: d}
		w.SendMail(from, letter(1, from, question(1)), "care@acme.example")
		w.Turn(8 * time.Minute)
	}, func(t *testing.T, d *desktest.Desk) {
		w := &world{T: t, Desk: d}
		if s := w.Day(today); !s.Balanced || s.Failed != 1 {
			t.Errorf("the sum is %+v", s)
		}
		person, err := w.store().Contact(t.Context(), "acme-air", w.conversation(w.Outbox()[0].Conversation).Contact)
		if err != nil || person == nil || person.Undeliverable == nil || person.Undeliverable.Why != channel.Bounced {
			t.Errorf("the contact is %+v, %v", person, err)
		}
	})
}
