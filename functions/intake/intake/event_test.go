package intake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
)

const mira = "mira@customer.example"

// once fails unless exactly one receipt left, unmarked, and the day's only message is receipted.
func (w *world) once() {
	w.Helper()
	out := w.Outbox()
	if len(out) != 1 || out[0].Headers["X-Pronto-Possible-Duplicate"] != "" {
		w.Errorf("%d pieces left, want one that is no duplicate", len(out))
	}
	if s := w.Day(today); !s.Balanced || s.Received != 1 || s.Receipted != 1 {
		w.Errorf("the sum is %+v", s)
	}
}

// at is the number of the first write of a kind in the life of one mail.
func at(t *testing.T, operation string, skip int) int {
	t.Helper()
	f := &desktest.Fault{}
	d := desktest.NewBroken(t, desktest.Options{Start: monday}, f)
	d.SendMail(mira, letter(1, mira, question(1)), "care@acme.example")
	d.Settle()
	for i, op := range f.Writes() {
		if op == operation {
			if skip == 0 {
				return i + 1
			}
			skip--
		}
	}
	t.Fatalf("a mail makes no such write: %v", f.Writes())
	return 0
}

// The sender dies between the call and the record: SES's event settles the effect, no second mail leaves, and the customer's answer finds the conversation.
func TestTheEventSettlesWhatADeadSenderCouldNot(t *testing.T) {
	send := at(t, "SESv2.SendEmail", 0)
	for name, f := range map[string]*desktest.Fault{
		"died after sending":         {At: send, Mode: desktest.After},
		"never heard SES's answer":   {At: send, Mode: desktest.Done},
		"died before recording":      {At: send + 1, Mode: desktest.Before},
		"died after recording":       {At: send + 1, Mode: desktest.After},
		"could not record":           {At: send + 1, Mode: desktest.NotDone},
		"recorded, and did not know": {At: send + 1, Mode: desktest.Done},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{T: t, Desk: desktest.NewBroken(t, desktest.Options{Start: monday}, f)}
			turn := w.take(mira, letter(1, mira, question(1)))
			w.Turn(time.Minute)
			w.once()
			w.Turn(10 * time.Minute)
			w.once()
			answer := letter(2, mira, question(2), "In-Reply-To: "+w.Outbox()[0].Headers["Message-ID"])
			if next := w.take(mira, answer); next.Conversation != turn.Conversation {
				t.Errorf("the answer went to %s, want %s", next.Conversation, turn.Conversation)
			}
		})
	}
}

// SES tells of the sending before the sender itself has recorded it.
func TestTheEventComesBeforeTheRecord(t *testing.T) {
	var w *world
	early := 0
	o := desktest.Options{Change: func(c *aws.Config) {
		c.APIOptions = append(c.APIOptions, func(s *middleware.Stack) error {
			return s.Initialize.Add(middleware.InitializeMiddlewareFunc("Early", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				out, meta, err := next.HandleInitialize(ctx, in)
				if err == nil && awsmiddleware.GetOperationName(ctx) == "SendEmail" {
					early += w.outcomes()
				}
				return out, meta, err
			}), middleware.After)
		})
	}}
	w = open(t, o)
	w.take(mira, letter(1, mira, question(1)))
	if early != 2 {
		t.Fatalf("%d events came early, want two", early)
	}
	settled := 0
	for _, raw := range w.Ledger.Lines() {
		settled += strings.Count(string(raw), `"why":"provider_event"`)
	}
	if settled != 1 {
		t.Errorf("the event settled %d effects, want one", settled)
	}
	w.once()
	w.Turn(10 * time.Minute)
	w.once()
	w.quiet()
}

// outcomes hands SES's events to intake at once, whatever their delay; it returns how many there were.
func (w *world) outcomes() int {
	w.Clock.Turn(15 * time.Second)
	got, err := w.AWS.SQS.Receive(context.Background(), "outcomes", 10, 0)
	if err != nil {
		w.Fatal(err)
	}
	var ev events.SQSEvent
	for _, m := range got {
		ev.Records = append(ev.Records, events.SQSMessage{MessageId: m.ID, Body: string(m.Body), Attributes: m.SystemAttributes()})
	}
	if out := w.invoke(ev); len(out.BatchItemFailures) > 0 {
		w.Errorf("events failed: %+v", out)
	}
	return len(got)
}

// invoke calls intake with a batch, or who hears of what left with SES's events.
func (w *world) invoke(ev events.SQSEvent) (out events.SQSEventResponse) {
	payload, err := json.Marshal(ev)
	if err != nil {
		w.Fatal(err)
	}
	function := "intake"
	if len(ev.Records) > 0 && strings.Contains(ev.Records[0].Body, "eventType") {
		function = "outcome"
	}
	answer, err := w.AWS.Lambda.Call(context.Background(), w.Functions[function], payload)
	if err == nil {
		err = json.Unmarshal(answer, &out)
	}
	if err != nil {
		w.Errorf("intake: %v", err)
	}
	return out
}

// Events that say nothing of ours: without tags, of an effect that is not there, of another type, twice in a batch.
func TestEventsThatChangeNothing(t *testing.T) {
	w := open(t, desktest.Options{})
	turn := w.take(mira, letter(1, mira, question(1)))
	event := func(kind, conversation, effect string) string {
		return fmt.Sprintf(`{"eventType": %q, "mail": {"messageId": "other", "tags": {"pronto-brand": ["acme-air"], "pronto-conversation": [%q], "pronto-effect": [%q]}}}`, kind, conversation, effect)
	}
	var ev events.SQSEvent
	for i, body := range []string{
		`{"eventType": "Send", "mail": {"messageId": "other"}}`, event("Send", "never", "000001-0"), event("Send", turn.Conversation, turn.Receipt),
		event("Send", turn.Conversation, turn.Receipt), event("Open", turn.Conversation, turn.Receipt), event("Delivery", turn.Conversation, "000009-9"),
	} {
		ev.Records = append(ev.Records, events.SQSMessage{MessageId: fmt.Sprint(i), Body: body})
	}
	if out := w.invoke(ev); len(out.BatchItemFailures) > 0 {
		t.Errorf("%+v", out)
	}
	w.once()
	w.Turn(10 * time.Minute)
	w.once()
	w.quiet()
}

// While the table cannot be read, the events of a batch come again, and the notices beside them are not lost either.
func TestEventsComeAgain(t *testing.T) {
	w := open(t, desktest.Options{Change: impatient})
	turn := w.take(mira, letter(1, mira, question(1)))
	if err := w.AWS.Faults.Set(faults.Fault{Kind: faults.ServerError, Service: "dynamodb", Operation: "BatchGetItem"}); err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"eventType": "Send", "mail": {"messageId": "m", "tags": {"pronto-brand": ["acme-air"], "pronto-conversation": [%q], "pronto-effect": [%q]}}}`, turn.Conversation, turn.Receipt)
	out := w.invoke(events.SQSEvent{Records: []events.SQSMessage{{MessageId: "event", Body: body}, {MessageId: "nonsense", Body: "?"}}})
	if len(out.BatchItemFailures) != 1 || out.BatchItemFailures[0].ItemIdentifier != "event" {
		t.Errorf("%+v, want the event alone", out)
	}
}

// crowd is the letters of n people: every third is angry, every fourth writes twice.
func crowd(n int) (from, raw []string) {
	for i := range n {
		p := fmt.Sprintf("p%d@d%d.example", i, i)
		text := question(i)
		if i%3 == 0 {
			text = fmt.Sprintf("My suitcase %d is broken. This is terrible and unacceptable!", i)
		}
		from, raw = append(from, p), append(raw, letter(i, p, text))
		if i%4 == 0 {
			from, raw = append(from, p), append(raw, letter(1000+i, p, "And another matter: "+question(i)))
		}
	}
	return from, raw
}

// each fails unless every mail has exactly one receipt that answers it, none of them twice.
func (w *world) each(from []string) {
	w.Helper()
	want, got := map[string]int{}, map[string]int{}
	for _, p := range from {
		want[p]++
	}
	answered := map[string]bool{}
	for _, p := range w.Outbox() {
		got[p.To]++
		if id := p.Headers["In-Reply-To"]; answered[id] {
			w.Errorf("%s was answered twice", id)
		} else {
			answered[id] = true
		}
	}
	for p, n := range want {
		if got[p] != n {
			w.Errorf("%s has %d receipts, want %d", p, got[p], n)
		}
	}
	if s := w.Day(today); !s.Balanced || s.Received != len(from) || s.Receipted != len(from) {
		w.Errorf("the sum is %+v, want %d received and receipted", s, len(from))
	}
}

// Every second message of every queue comes again, and in another order, every event of SES is published twice: one receipt each.
func TestEverythingTwiceAndOutOfOrder(t *testing.T) {
	for seed := range uint64(3) {
		w := open(t, desktest.Options{})
		w.AWS.Faults.Seed(seed)
		err := w.AWS.Faults.Set(
			faults.Fault{Kind: faults.Duplicate, Service: "sqs", Chance: 0.5}, faults.Fault{Kind: faults.Reorder, Service: "sqs"},
			faults.Fault{Kind: faults.DuplicateEvent, Service: "ses"}, faults.Fault{Kind: faults.Conflict, Service: "dynamodb", Chance: 0.1},
		)
		if err != nil {
			t.Fatal(err)
		}
		from, raw := crowd(12)
		for i := range raw {
			w.SendMail(from[i], raw[i], "care@acme.example")
		}
		w.Turn(10 * time.Minute)
		if err := w.AWS.Faults.Set(); err != nil {
			t.Fatal(err)
		}
		w.Turn(10 * time.Minute)
		w.each(from)
	}
}

// Two workers at every step at once, each handed the same events: one receipt each.
func TestTwoWorkersAtOnce(t *testing.T) {
	w := open(t, desktest.Options{})
	from, raw := crowd(8)
	for i := range raw {
		w.SendMail(from[i], raw[i], "care@acme.example")
	}
	w.both("intake", w.batch("intake"))
	w.both("relay", w.stream())
	for _, name := range []string{"priority", "email"} {
		w.both("deliver", w.batch(name))
	}
	w.Turn(10 * time.Minute) // what nobody deleted from the queues comes again
	w.each(from)
}

// batch takes all that lies on a queue, without deleting it.
func (w *world) batch(queue string) any {
	w.Helper()
	var ev events.SQSEvent
	for {
		got, err := w.AWS.SQS.Receive(w.Context(), queue, 10, 0)
		if err != nil {
			w.Fatal(err)
		}
		if len(got) == 0 {
			break
		}
		for _, m := range got {
			ev.Records = append(ev.Records, events.SQSMessage{MessageId: m.ID, Body: string(m.Body), Attributes: m.SystemAttributes()})
		}
	}
	if len(ev.Records) == 0 {
		w.Fatalf("nothing lies on %s", queue)
	}
	return ev
}

// stream is all that the table's stream has.
func (w *world) stream() any {
	w.Helper()
	records, err := w.AWS.Stream("pronto").Read(0, 1000)
	if err != nil {
		w.Fatal(err)
	}
	var ev struct{ Records []json.RawMessage }
	for _, r := range records {
		ev.Records = append(ev.Records, r.JSON)
	}
	return ev
}

// both has two workers do the same work at the same time.
func (w *world) both(function string, event any) {
	w.Helper()
	payload, err := json.Marshal(event)
	if err != nil {
		w.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if out, err := w.AWS.Lambda.Call(w.Context(), w.Functions[function], payload); err != nil || strings.Contains(string(out), "itemIdentifier") {
				w.Errorf("%s: %s, %v", function, out, err)
			}
		})
	}
	wg.Wait()
}
