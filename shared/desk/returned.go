package desk

import (
	"time"

	"pronto/shared/channel"
	"pronto/shared/mail"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// NoAnswer is why an effect failed, or waits, of which its provider has said nothing.
const NoAnswer = "no_answer_from_provider"

// Hear tells what an effect becomes by a report of its provider; news is false when it stays what it is. Reports may come late, twice and in any order: the
// weightiest stands, whichever came first.
func (e Effect) Hear(r channel.Report) (to State, report channel.Report, news bool) {
	report = e.Report.Join(r)
	if report == e.Report || !e.Gone() {
		return e.State, e.Report, false
	}
	switch {
	case report.Failed():
		to = Failed
	case report == channel.Delayed:
		to = Accepted
	default:
		to = Delivered
	}
	return to, report, true
}

// Gone tells whether a provider has accepted the effect, whatever became of it then.
func (e Effect) Gone() bool {
	return e.State == Accepted || e.State == Delivered || e.State == Failed && e.Report != ""
}

// Returned is a provider's word on what had left for a contact: it came back, or was complained about; or, of an agent's answer, it can never leave.
type Returned struct {
	Subject
	Of     string // the conversation of the effect
	Effect string
	Kind   channel.Kind
	To     channel.Party
	Report channel.Report // "" of what never left
	Why    string         // of what never left: a code
	Copied bool           // it is a copy's, and To is who had it
}

// NewReturned is the event that e came back, or was complained about. It has a key of its own: every event of the provider's may come twice.
func NewReturned(e Effect, r channel.Report, k Keys) Returned {
	ev := newReturned(e, "returned "+string(r), k)
	ev.Report = r
	return ev
}

// NewUnsent is the event that an agent's answer can never leave.
func NewUnsent(e Effect, why string, k Keys) Returned {
	ev := newReturned(e, "unsent", k)
	ev.Why = why
	return ev
}

func newReturned(e Effect, what string, k Keys) Returned {
	ev := Returned{Subject: Subject{Ref: e.Ref, Channel: e.Channel, Contact: e.Contact, Delivery: e.ID}, Of: e.Conversation, Effect: e.ID, Kind: e.Kind}
	ev.Keys = []string{k.Message(e.Brand, e.Channel, what+" "+e.Conversation+" "+e.ID)}
	switch {
	case e.Reply != nil:
		ev.To = e.Reply.To
	case e.Receipt != nil:
		ev.To = e.Receipt.To
	case e.Survey != nil:
		ev.To = e.Survey.To
	}
	if e.Kind != channel.Forward && e.Channel == Email && ev.To.Address != "" { // not always the conversation's contact: who takes part may have written last
		ev.Contact = k.Contact(e.Brand, e.Channel, mail.Mailbox(ev.To.Address))
	}
	return ev
}

// About is the event's subject.
func (e Returned) About() Subject { return e.Subject }

// In is the same event of the conversation in which that of the effect goes on.
func (e Returned) In(r Ref) Event {
	e.Ref = r
	return e
}

// returned remembers what it tells of the contact, and gives an answer that did not arrive back to whoever owes it. The conversation's version moves only
// with the latter: what became of a piece is no change of the conversation.
func returned(f Facts, ev Returned, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "returned", p, ev.Ref, now)
	if f.Taken || f.Conversation == nil || t.brand == nil {
		t.Nothing = true
		t.why("taken before, or forgotten")
		return t.Decision
	}
	t.keep()
	if t.Onto = t.Conversation.Onward(ev.Of, ev.Effect); t.Onto != "" {
		t.Nothing = true
		t.why("the conversation was merged meanwhile, or what it is about was split off")
		return t.Decision
	}
	t.why(ev.what() + ": " + ev.code())
	t.unreachable(ev)
	if ev.Copied {
		t.copyReturned(ev)
	} else if ev.Kind == channel.Forward {
		t.forwardReturned(ev)
	} else if ev.Kind == channel.Reply && ev.Report != channel.Complained {
		t.owedAgain(ev.Why != CircularHalted)
	}
	t.close()
	return t.Decision
}

func (ev Returned) what() string {
	switch {
	case ev.Copied && ev.Report == "":
		return "a copy was not sent"
	case ev.Copied:
		return "a copy came back"
	}
	return string(ev.Kind) + " came back"
}

func (ev Returned) code() string {
	if ev.Report == "" {
		return ev.Why
	}
	return string(ev.Report)
}

// unreachable writes on the contact's card that its address takes nothing, or that it wants nothing.
func (t *turn) unreachable(ev Returned) {
	if !ev.Report.Undeliverable() && ev.Report != channel.Complained {
		return
	}
	person := Contact{ID: ev.Contact, Party: ev.To}
	if t.facts.Contact != nil {
		person = *t.facts.Contact
	}
	if ev.Report == channel.Complained {
		person.Complained = &t.now
		t.why("no more receipts to this contact")
	} else {
		person.Undeliverable = &Undeliverable{Why: ev.Report, At: t.now, Until: t.now.Add(t.brand.Unreachable)}
		t.why("no receipts to this contact for a while")
	}
	t.Contact = &person
}

// owedAgain opens a conversation again whose answer did not arrive, with a time of its own. One that we wanted to arrive puts it before what waits in the queue; what is urgent then calls for somebody.
func (t *turn) owedAgain(wanted bool) {
	c := &t.Conversation
	if c.Withdrawn || c.Status == StatusClosed {
		return
	}
	c.Status, c.SnoozedUntil = StatusOpen, nil
	if wanted {
		c.Priority, c.PriorityWhy = priorities[max(rank(c.Priority), rank(triage.High))], []string{"an answer of ours did not arrive"}
	}
	t.runsAgain()
	t.target(sla.NextResponse, t.now)
	if wanted && c.Priority == triage.Urgent {
		t.startPaging(oncall.Urgent)
	}
	c.Version++
	t.why("the answer is owed again")
}
