package desk

import (
	"cmp"
	"slices"
	"time"

	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Edited is a message that its author has changed. The conversation's state tells a repetition: the event has no key of its own.
type Edited struct {
	Subject
	Was       Message // as it is kept
	Excerpt   string
	Raw       string // S3 key of the new body
	Digest    string
	Judgement triage.Judgement
	At        time.Time // of the edit, by the network's clock: an older one changes nothing
}

// Deleted is a message that its author has withdrawn: it is not answered any more.
type Deleted struct {
	Subject
	Was    Message   // as it is kept
	Rest   []Message // of the others in and out, oldest first, all from the newest of the contact's on that stands: in the conversation in which it stands, this one, or Beside, to which it was split or which goes on with it
	Rows   []Message // those that are kept with it and may share its receipt
	Unsent bool      // its receipt is queued: it can be recalled
	At     time.Time // of the deletion, by the network's clock
}

// OptedIn is an agent lifting why a contact gets no receipts: its wish, a complaint, mail that came back. The subject names the contact.
type OptedIn struct{ Act }

// About is the event's subject.
func (e Edited) About() Subject { return e.Subject }

// About is the event's subject.
func (e Deleted) About() Subject { return e.Subject }

// edited takes over the new text. A priority is only raised, as by a message that follows; nothing is acknowledged or promised anew.
func edited(f Facts, ev Edited, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "edited", p, ev.Ref, now)
	if why := ev.stale(f); why != "" {
		t.Nothing = true
		t.why(why)
		return t.Decision
	}
	t.keep()
	m, at := ev.Was, ev.At.UTC()
	m.Excerpt, m.Raw, m.Edited, m.Mood, m.Abuse = ev.Excerpt, ev.Raw, &at, ev.Judgement.Sentiment.Label, ev.Judgement.Abuse
	t.Message = &m
	if x := m.Corrected; x != nil {
		m.Corrected = nil // what was said of the old text is not said of the new one
		t.unlabel(ev.Was, "")
	}
	t.why("its author changed it")
	if s := ev.Judgement.Second; s != "" {
		t.why(s)
	}
	o := t.standsIn(f.Beside)
	o.Conversation.Abuse = cmp.Or(m.Abuse, o.Conversation.Abuse)
	o.judgeAgain(ev)
	t.closeWith(o)
	return t.Decision
}

// stale is why an edit changes nothing; "" when it does.
func (ev Edited) stale(f Facts) string {
	switch m := ev.Was; {
	case f.Conversation == nil:
		return "no such conversation"
	case m.Withdrawn != nil:
		return "its author has deleted it"
	case ev.Raw == m.Raw:
		return "taken before"
	case m.Edited != nil && !ev.At.After(*m.Edited):
		return "a later change was taken before"
	}
	return ""
}

func (t *turn) judgeAgain(ev Edited) {
	c, j := &t.Conversation, ev.Judgement
	t.unsaid(ev.Was.ID)
	if !machine(ev.Was) {
		t.hint(j.Persona, ev.Was)
	}
	if !slices.Contains(c.Said, ev.Digest) {
		c.Said = last(append(c.Said, ev.Digest), maxSaidConversation)
	}
	if c.Thread.ID == ev.Was.ProviderID {
		c.Sentiment = j.Sentiment // the newest of the contact's messages is the mood of the conversation
	}
	if !c.Owed() || machine(ev.Was) || rank(j.Priority) <= rank(c.Priority) {
		return
	}
	c.Priority, c.PriorityWhy = j.Priority, j.PriorityWhy
	t.why("priority raised")
	if c.Priority == triage.Urgent {
		t.startPaging(oncall.Urgent)
	}
}

// deleted forgets the text, recalls the receipt if it has not left, and ends what was owed to this message alone.
func deleted(f Facts, ev Deleted, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "deleted", p, ev.Ref, now)
	if f.Conversation == nil || ev.Was.Withdrawn != nil {
		t.Nothing = true
		t.why("taken before")
		return t.Decision
	}
	t.keep()
	m, at := ev.Was, ev.At.UTC()
	m.Excerpt, m.Subject, m.Withdrawn, m.Corrected = "", "", &at, nil
	t.unlabel(ev.Was, "")
	t.Message = &m
	t.why("its author deleted it")
	t.recall(ev)
	o := t.standsIn(f.Beside)
	o.unsaid(ev.Was.ID)
	o.disown(ev)
	t.closeWith(o)
	return t.Decision
}

// recall takes the receipt back if it is still queued. One that other messages share leaves for them.
func (t *turn) recall(ev Deleted) {
	effect := ev.Was.Outcome.Receipt
	if effect == "" || !ev.Unsent {
		return
	}
	t.Message.Outcome, t.Recount = Outcome{Suppressed: Withdrawn}, true
	shared := func(m Message) bool { return m.Withdrawn == nil && m.Outcome.Receipt == effect }
	if slices.ContainsFunc(ev.Rest, shared) || slices.ContainsFunc(ev.Rows, shared) {
		t.why("its receipt is shared, and leaves for the others")
		return
	}
	t.Recalls = []string{effect}
	if r := t.Conversation.Receipt; r != nil && r.Effect == effect {
		t.Conversation.Receipt = nil // nothing may share it
	}
	t.why("its receipt is recalled")
}

// disown ends what is owed when nothing of the contact's is left unanswered.
func (t *turn) disown(ev Deleted) {
	c := &t.Conversation
	left, owed := remaining(ev.Rest)
	switch {
	case left == nil:
		c.Thread, c.Withdrawn = Thread{}, true
	case c.Thread.ID == ev.Was.ProviderID:
		c.Thread = Thread{ID: left.ProviderID, Account: left.Account}
	}
	if owed || !c.Owed() {
		return
	}
	c.Targets = slices.DeleteFunc(c.Targets, sla.Target.Open)
	c.Status, c.SnoozedUntil, c.Paging, c.Promise = StatusResolved, nil, nil, nil
	t.why("nothing is left to answer")
}

// remaining finds the newest message of the contact's that still stands, and whether one of them waits for an answer.
func remaining(rest []Message) (newest *Message, owed bool) {
	for i, m := range rest {
		switch {
		case m.Direction == "out":
			owed = owed && m.Kind != "reply"
		case m.Stands():
			newest, owed = &rest[i], true
		}
	}
	return newest, owed
}

// Stands tells whether a message is a person's of the contact's, and has not been withdrawn: it can be answered.
func (m Message) Stands() bool { return m.Direction != "out" && m.Withdrawn == nil && !machine(m) }

// machine tells of a message that is kept that no person wrote it, by the codes of channels beside mail.
func machine(m Message) bool {
	return m.Outcome.Suppressed == Bot || m.Outcome.Suppressed == ownAddress
}

// ownAddress is the code of package mail, which stands beside this one and not below.
const ownAddress Silence = "own_address"

func optedIn(f Facts, ev OptedIn, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "opted_in", p, now)
	if !ok {
		return d.Decision
	}
	if c := f.Contact; c == nil || c.OptedOut == nil && c.Complained == nil && c.Undeliverable == nil {
		d.Nothing = true
		d.why("the contact gets receipts already")
		return d.Decision
	}
	person := *f.Contact
	person.OptedOut, person.Complained, person.Undeliverable = nil, nil, nil
	d.Contact = &person
	d.why(ev.By.ID + " lifted why the contact got no receipts")
	return d.done()
}
