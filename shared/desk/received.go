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

// Received is a message that came in, decoded by its channel's adapter and judged by triage.
type Received struct {
	Subject    // the conversation that it belongs to, or opens; the sender's contact
	Message    Message
	Digest     string // of the new text, for telling a repetition
	Pattern    string // the same without its numbers, of a text of some length: by it a responder is known that counts its answers
	Judgement  triage.Judgement
	Zone       Zone     // from the Date header; the zero Zone when it does not tell
	Silence    Silence  // why the channel's rules forbid a receipt; "" when they allow it
	Machine    bool     // no person wrote it: nobody is promised an answer
	Proved     bool     // the sender is who it says: only then is anything remembered of the contact
	Answers    string   // the effect of ours that it replies to, "" when none is known
	InReplyTo  string   // the id that our receipt answers (RFC 5322 Message-ID)
	References []string // oldest first
	Stop       bool     // the sender asks for no more receipts
	Words      []string // keys of the words by which the conversation that it opens is found
	Names      []string // keys of the words of the sender's name
	Guest      *Guest   // of the conversation that it opens, as Join says
	Placed     *Placed  // a person released it from what was held; nil: it came by itself
	Third      bool     // its sender is one outside, to whom the conversation was forwarded
	Own        string   // the conversation that it would open by itself, where it joins another
	Follows    string   // the closed conversation that it would have joined
}

// About is the event's subject.
func (e Received) About() Subject { return e.Subject }

// receiving is the decision on a message that came in.
type receiving struct {
	turn
	ev      Received
	fresh   bool      // the message opens or reopens: a person owes from here on
	started time.Time // since when the target that was set runs
}

func received(f Facts, ev Received, p *policy.Policy, now time.Time) Decision {
	t := &receiving{turn: begin(f, "received", p, ev.Ref, now), ev: ev}
	if f.Taken {
		t.Nothing = true
		t.why("taken before")
		return t.Decision
	}
	if c := f.Contact; c != nil && c.Blocked != nil && ev.Placed == nil {
		t.Nothing, t.Hold = true, HoldBlocked
		t.why("its sender is blocked")
		return t.Decision
	}
	if ev.Third {
		return thirdWrote(f, ev, p, now)
	}
	if c := f.Conversation; c != nil && !ev.Machine && (t.closed(c) || c.Merged != "") && ev.Own != "" && ev.Own != c.Conversation {
		t.Nothing, t.Elsewhere, t.Onto = true, true, c.Merged
		t.why("the conversation is closed, or was merged meanwhile: this opens one that follows it")
		return t.Decision
	}
	t.meet()
	t.place()
	t.judge()
	t.promise()
	t.acknowledge()
	t.remember()
	if !ev.Proved {
		t.Contact = nil // whoever wrote in this name changes nothing that we know of its owner
	}
	if t.Conversation.Priority == triage.Urgent && !t.ev.Machine {
		t.startPaging(oncall.Urgent)
	}
	if x := ev.Placed; x != nil {
		t.Placed, t.By = x, x.As.ID
		t.why(x.As.ID + " released it: it was held as " + string(x.Held.Reason))
	}
	t.Conversation.Version++
	t.close()
	return t.Decision
}

// meet brings the sender's card up to date: the name as written last, the language, the zone.
func (t *receiving) meet() {
	t.Contact = &Contact{}
	if t.facts.Contact != nil {
		*t.Contact = *t.facts.Contact
		t.Contact.Receipts = slices.Clone(t.Contact.Receipts)
		t.Contact.Said = slices.Clone(t.Contact.Said)
	}
	t.Contact.ID = t.ev.Contact
	if !t.ev.Proved {
		return
	}
	t.Contact.Party.Address = t.ev.Message.Author.Address
	if n := t.ev.Message.Author.Name; n != "" {
		t.Contact.Party.Name, t.Contact.Names = n, t.ev.Names
	}
	if l := t.ev.Judgement.Language; l != "" {
		t.Contact.Language = l
	}
	if t.ev.Zone.Known || t.Contact.Zone == (Zone{}) {
		t.Contact.Zone = t.ev.Zone
	}
	if t.ev.Stop && t.ev.Proved && t.Contact.OptedOut == nil {
		at := t.now
		t.Contact.OptedOut = &at
		t.why("asks for no more receipts")
	}
}

// place opens the conversation or goes on with it.
func (t *receiving) place() {
	m := t.ev.Message
	if c := t.facts.Conversation; c != nil {
		t.keep()
		t.fresh = !t.ev.Machine && (!c.Owed() || c.Promise == nil) // a machine opened it, and now a person writes
		if !t.ev.Machine {
			t.Conversation.Unawaited = false
			t.holdBack()
		}
	} else {
		t.Conversation = Conversation{
			Ref: t.ev.Ref, Channel: t.ev.Channel, Contact: t.ev.Contact, Subject: m.Subject, Opened: m.At, Priority: triage.Low, Unawaited: t.ev.asksNothing(),
		}
		t.fresh, t.Words = true, t.ev.Words
		t.why("opened by this message")
		if t.Conversation.Follows = t.ev.Follows; t.ev.Follows != "" {
			t.why("it follows one that is closed")
		}
		t.guest()
	}
	c := &t.Conversation
	if t.facts.Conversation == nil || t.ev.Proved {
		c.Party, c.Zone = m.Author, t.Contact.Zone
	}
	if t.ev.Proved {
		t.heed()
	}
	if t.ev.Proved {
		c.Segment = t.brand.Segment(m.Author.Address)
	}
	c.Last, c.Messages = m.At, c.Messages+1
	if t.fresh && !t.ev.Machine {
		c.Trace = nil // another matter: what was answered is not about it
	}
	if x := t.ev.Placed; x != nil {
		c.Trace = c.Trace.With(x.Held.ID) // its lines of before bear this id, which is another where no brand was found
	}
	c.Trace = c.Trace.With(m.ID)
	if !t.ev.Machine {
		c.Thread, c.Withdrawn = Thread{ID: t.ev.InReplyTo, References: t.ev.References, Account: m.Account}, false
	}
	if t.fresh || c.Status == StatusSnoozed && !t.ev.Machine {
		t.goOn()
		c.Status, c.SnoozedUntil, c.Resolved = StatusOpen, nil, nil
	}
	if m.Withdrawn != nil && t.facts.Conversation == nil {
		c.Status, c.Withdrawn = StatusResolved, true // it was deleted before it came
	}
}

// guest notes what a message names that it does not go on with.
func (t *receiving) guest() {
	g := t.ev.Guest
	switch t.Conversation.Guest = g; {
	case g != nil && g.Proved:
		t.why("names conversation " + g.Of + ", in which its sender takes no part: to be confirmed")
	case g != nil:
		t.why("names conversation " + g.Of + ", and its sender is not proved: to be confirmed")
	}
}

// judge takes over what triage says. A priority is only raised by a message that follows; a new matter starts afresh.
func (t *receiving) judge() {
	c, j := &t.Conversation, t.ev.Judgement
	t.ev.Message.Abuse, c.Abuse = j.Abuse, cmp.Or(j.Abuse, c.Abuse)
	if j.Second != "" {
		t.why(j.Second)
	}
	if l := t.language(); c.Language == "" || j.Language != "" {
		c.Language = l
	}
	if t.ev.Machine {
		if t.facts.Conversation == nil {
			c.Sentiment, c.Priority = j.Sentiment, triage.Low
			c.PriorityWhy = []string{"nobody waits for an answer: " + t.ev.Silence.Words()}
		}
		return
	}
	c.Sentiment = j.Sentiment
	if t.ev.Contact == c.Contact {
		t.hint(j.Persona, t.ev.Message)
	}
	if t.fresh || rank(j.Priority) > rank(c.Priority) {
		if t.facts.Conversation != nil && rank(j.Priority) > rank(c.Priority) {
			t.why("priority raised to " + string(j.Priority)) // and not for which words: this goes into the ledger
		}
		c.Priority, c.PriorityWhy = j.Priority, j.PriorityWhy
	}
}

// language is the one to answer in: of the message, else of the contact, else the brand's on this channel. The receipt's template may still fall back to the brand's.
func (t *receiving) language() string {
	otherwise := t.brand.Language
	if u, ok := t.brand.Use(t.ev.Channel); ok {
		otherwise = u.Language
	}
	for _, l := range []string{t.preferred(), t.ev.Judgement.Language, t.Contact.Language} {
		if _, ok := t.brand.Receipts[l]; ok {
			return l
		}
	}
	return otherwise
}

// promise sets the target of a message that opens or reopens, and gives the conversation to whoever is on when it falls due. What nobody waits for is nobody's: the team has it.
func (t *receiving) promise() {
	c := &t.Conversation
	if t.fresh && !t.ev.Machine {
		kind := sla.FirstResponse
		if slices.ContainsFunc(t.Conversation.Targets, func(x sla.Target) bool { return x.Kind == sla.FirstResponse }) {
			kind = sla.NextResponse
		}
		t.due(kind)
	}
	gone := t.gone(c.Assignee)
	if gone {
		t.why(Offboarded + ": " + c.Assignee.ID + " has left")
		c.Taken = ""
	}
	switch {
	case t.ev.Machine && c.Unawaited && (c.Assignee.ID == "" || t.fresh || gone):
		c.Assignee = policy.Assignee{ID: t.brand.Team.ID, Name: t.brand.Team.Name, Team: true}
		t.why("assigned to nobody: nobody waits for an answer")
	case c.Assignee.ID == "" || t.fresh || gone:
		due := t.now
		if c.Promise != nil {
			due = c.Promise.By
		}
		var why []string
		c.Assignee, why = t.assign(due, t.person().Agent)
		t.why(why...)
		t.promiseOf(c.Assignee)
	}
}

// promiseOf counts what was just set by the hours of who has it: those of the team may be others than the brand's.
func (t *receiving) promiseOf(a policy.Assignee) {
	if !a.Team || t.brand.OfTeam == nil || !t.fresh || t.ev.Machine {
		return
	}
	t.recount()
	c := &t.Conversation
	for _, x := range c.Targets {
		if c.Promise != nil && x.State == sla.Running && x.Kind != sla.Resolution && x.Set.Equal(t.started) {
			c.Promise.By = x.Due
		}
	}
}

// due sets a target from the message's arrival, and the promise that repeats it to the customer. A mail that was long on its way is promised from now.
func (t *receiving) due(kind sla.Kind) {
	c := &t.Conversation
	x := t.target(kind, t.ev.Message.At)
	t.started = x.Set
	c.Promise = &Promise{By: x.Due, State: PromiseGiven, Given: x.Set}
	if !t.running(sla.Resolution) {
		t.target(sla.Resolution, t.ev.Message.At)
	}
}

// lane puts what is negative or urgent on the priority lane, by this message's own judgement.
func (t *receiving) lane() string {
	j := t.ev.Judgement
	if j.Urgent || j.Sentiment.Label == triage.Negative || rank(t.Conversation.Priority) >= rank(triage.High) {
		return LanePriority
	}
	return Lane(t.Conversation.Channel)
}

var priorities = []triage.Priority{triage.Low, triage.Normal, triage.High, triage.Urgent}

func rank(p triage.Priority) int {
	return slices.Index(priorities, p)
}
