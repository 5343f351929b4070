package desk

import (
	"cmp"
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Event is something that happened to a conversation.
type Event interface{ About() Subject }

// Subject is what the store must load and guard for an event.
type Subject struct {
	Ref
	Beside   Ref // another conversation, on which is decided together with it; the zero Ref for none
	Channel  string
	Contact  string   // whose card the decision needs and changes; "" for none
	Keys     []string // natural keys of the event, best first; the last is the delivery's own and always free for a new one; none where the conversation's own state tells a repetition
	Delivery string   // the provider's id of this delivery: a key that it holds already means that the event was taken
	Seen     int      // the newest turn that whoever made the event had seen: the decision is told of those since; 0 for none that he had to see
}

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

// Late is a receipt that is about to leave after the time that it names: an outage held it up.
type Late struct{ Subject }

// About is the event's subject.
func (e Late) About() Subject { return e.Subject }

// late renews a promise that has passed, so that the receipt can name a time to come. The decision carries the conversation also when there was nothing to do.
func late(f Facts, ev Late, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "late", p, ev.Ref, now)
	t.Nothing = true
	if f.Conversation == nil {
		return t.Decision
	}
	t.keep()
	t.Onto = t.Conversation.Merged
	if c := t.Conversation; !c.Owed() || c.Promise != nil && c.Promise.By.After(now) {
		return t.Decision // a promise that a person has kept stays kept
	}
	t.Nothing = false
	t.renew()
	t.close()
	return t.Decision
}

// Facts are what the store knows when the event comes.
type Facts struct {
	Taken        bool          // this event was taken before
	Conversation *Conversation // nil: none yet
	Beside       *Conversation // the other one that the event is about; nil: none
	Contact      *Contact      // nil: never met
	Same         []Contact     // the others that are the same person as the contact
	Budget       Budget
	Overrides    []oncall.Override // of the rota, made while the desk runs
	Load         policy.Load       // what agents have; nil until a decision has asked for it (Decision.Count)
	Since        []Since           // the turns after what the event's maker had seen (Subject.Seen), oldest first
	Whose        string            // whose card Contact is, or would be; "" when none was asked for
	Past         bool              // the event is taken once more, into a table that was lost
}

// Budget tells what is left of the shared budgets. What is exempt is left.
type Budget struct {
	Domain, Brand bool
}

// Decision is what was judged of one event: the new state and the orders that follow. The store commits it whole or not at all.
type Decision struct {
	Event        string    // the event's name, for the record
	At           time.Time // when it was decided, UTC
	Policy       string    // version of the policy that it was decided by
	Nothing      bool      // taken before, or no matter: nothing is committed
	Refused      Refusal   // why an agent's doing was not taken
	Crossed      []Since   // what who answers must see first, when it was refused for that
	Hold         Hold      // why the message is to be held instead; nothing is committed
	By           string    // the agent whose doing it is, "" for none
	Words        []string  // keys of the words by which a new conversation is found
	Placed       *Placed   // what was held until now: the commit takes it out of what is held
	Elsewhere    bool      // the conversation is closed: the message opens one of its own, that follows it
	Onto         string    // the conversation was merged meanwhile: what happened is to be decided on this one
	Conversation Conversation
	Beside       *Decision // on the other conversation, committed together with this; nil: none
	Contact      *Contact  // nil: unchanged
	Message      *Message  // nil: none
	Again        bool      // the message was kept before, and takes no key: of its row only the content is written anew
	Enters       []string  // contacts who take part from now on, beside the conversation's own
	Labels       []Label   // what was said of a message, for triage to learn from
	Effects      []Effect
	Recalls      []string // queued effects that must not leave any more: the commit is refused when one has been claimed
	Recount      bool     // the outcome of a message that was kept before is another now: so is its entry in the day's sum
	Why          []string
	Ended        *Ending     // a promise that was kept, broken or given up, or answered after all; one that runs again: a row of the statistics
	Count        policy.Load // agents whose open conversations are to be counted, and how far: then it is to be decided again, with Facts.Load
	Whose        string      // the contact whose card the decision needs: nothing is decided yet, and it is to be decided again with Facts.Contact
	Asked        *Asked      // a survey that was sent, or answered: a row of the statistics
	Spent        bool        // a receipt was ordered: the leased budget is used
}

// ShareWindow is how long after an acknowledged message another one shares its receipt.
const ShareWindow = 2 * time.Minute

// Decide says what follows from ev. It is pure; now is UTC.
func Decide(f Facts, ev Event, p *policy.Policy, now time.Time) Decision {
	d := tell(f, remembered(f, decide(f, ev, p, now)), p)
	if d.Beside != nil {
		b := tell(Facts{Conversation: f.Beside}, *d.Beside, p)
		d.Beside = &b
	}
	return d
}

func decide(f Facts, ev Event, p *policy.Policy, now time.Time) Decision {
	switch ev := ev.(type) {
	case Received:
		return received(f, ev, p, now)
	case Ticked:
		return ticked(f, ev, p, now)
	case PageFailed:
		return pageFailed(f, ev, p, now)
	case Edited:
		return edited(f, ev, p, now)
	case Deleted:
		return deleted(f, ev, p, now)
	case OptedIn:
		return optedIn(f, ev, p, now)
	case Returned:
		return returned(f, ev, p, now)
	case Late:
		return late(f, ev, p, now)
	case Forewarned:
		return forewarned(f, ev, p, now)
	case Relieved:
		return relieved(f, ev, p, now)
	case SetLoose:
		return setLoose(f, ev, p, now)
	case Parted:
		return parted(f, ev, p, now)
	case Rated:
		return rated(f, ev, p, now)
	}
	return acted(f, ev, p, now)
}

// turn is one decision in the making.
type turn struct {
	Decision
	facts  Facts
	policy *policy.Policy
	brand  *policy.Brand
	now    time.Time
}

func begin(f Facts, event string, p *policy.Policy, r Ref, now time.Time) turn {
	b := p.Brand(r.Brand)
	if b != nil && len(f.Overrides) > 0 {
		changed := *b
		changed.Schedule = b.Schedule.With(f.Overrides...)
		b = &changed
	}
	return turn{facts: f, policy: p, brand: b, now: now, Decision: Decision{Event: event, At: now, Policy: p.Version}}
}

// keep takes over the conversation that there is, as a copy of its own.
func (t *turn) keep() {
	t.Conversation = *t.facts.Conversation
	c := &t.Conversation
	c.Before = nil // what comes now comes after it
	if !c.Apart.lasts(c, t.Event) {
		c.Apart = nil
	}
	c.Said, c.Targets, c.Scheduled, c.Passed = slices.Clone(c.Said), slices.Clone(c.Targets), slices.Clone(c.Scheduled), slices.Clone(c.Passed)
	c.Thirds = slices.Clone(c.Thirds)
	if c.Promise != nil {
		p := *c.Promise
		c.Promise = &p
	}
	if c.Paging != nil {
		p := *c.Paging
		c.Paging = &p
	}
	if c.Survey != nil {
		s := *c.Survey
		c.Survey = &s
	}
}

// close counts the targets again where something that they follow from has changed, sets the clock and numbers the turn.
func (t *turn) close() {
	t.recount()
	t.signal()
	t.plan()
	t.Conversation.Next = t.clock()
	t.Conversation.Sequence++
	if a := t.Conversation.Apart; a != nil {
		is := *a
		is.Sequence = t.Conversation.Sequence
		t.Conversation.Apart = &is
	}
}

func (t *turn) why(w ...string) { t.Why = append(t.Why, w...) }

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
			t.holdBack()
		}
	} else {
		t.Conversation = Conversation{
			Ref: t.ev.Ref, Channel: t.ev.Channel, Contact: t.ev.Contact, Subject: m.Subject, Opened: m.At, Priority: triage.Low,
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

// promise sets the target of a message that opens or reopens, and gives the conversation to whoever is on when it falls due.
func (t *receiving) promise() {
	c := &t.Conversation
	if t.fresh && !t.ev.Machine {
		kind := sla.FirstResponse
		if slices.ContainsFunc(t.Conversation.Targets, func(x sla.Target) bool { return x.Kind == sla.FirstResponse }) {
			kind = sla.NextResponse
		}
		t.due(kind)
	}
	if c.Assignee.ID == "" || t.fresh {
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

// assign chooses who has the conversation whose answer falls due at due. Where room is limited and nobody has counted, the decision asks for it.
func (t *turn) assign(due time.Time, last string) (policy.Assignee, []string) {
	if t.facts.Load == nil {
		t.Count = policy.Asked(t.policy, t.brand, due, t.Conversation.Language, t.Conversation.Passed...)
	}
	return policy.Assign(t.policy, t.brand, due, t.Conversation.Language, last, t.facts.Load, t.Conversation.Passed...)
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

// acknowledge decides the message's outcome: a full receipt, a short one, a shared one, or silence with its reason.
func (t *receiving) acknowledge() {
	m := t.ev.Message
	switch silence := t.silence(); {
	case silence != "":
		m.Outcome.Suppressed = silence
		t.why("no receipt: " + string(silence))
	case t.shares():
		m.Outcome.Receipt = t.Conversation.Receipt.Effect
		t.why("shares the receipt of a message less than two minutes older")
	case !t.fresh && t.rules().One:
		m.Outcome.Suppressed = OneReceipt
		t.why("no receipt: " + string(OneReceipt))
	default:
		if over := t.overBudget(); over != "" {
			m.Outcome.Suppressed = over
			t.why("no receipt: " + string(over))
			break
		}
		m.Outcome.Receipt = t.order()
	}
	t.Message = &m
}

// silence is the reason against any receipt, shared or not.
func (t *receiving) silence() Silence {
	if t.ev.Silence != "" {
		return t.ev.Silence
	}
	switch c := t.Contact; {
	case c.Blocked != nil:
		return Blocked
	case c.OptedOut != nil:
		return OptedOut
	case c.Complained != nil:
		return Complained
	case c.Undeliverable != nil && t.now.Before(c.Undeliverable.Until):
		return Unreachable
	}
	if slices.Contains(t.Conversation.Said, t.ev.Digest) {
		return Repeated
	}
	if t.ev.Answers != "" && t.ev.Pattern != "" && slices.Contains(t.Conversation.Said, t.ev.Pattern) {
		t.why("the same text but for its numbers, in answer to a receipt")
		return Repeated
	}
	for _, s := range t.Contact.Said {
		if s.Digest == t.ev.Digest && t.now.Unix()-s.At < int64((24*time.Hour).Seconds()) {
			return Repeated
		}
	}
	return ""
}

// shares tells whether the newest receipt covers this message too. Who answers the opening receipt itself has read it, and is told that the answer arrived.
func (t *receiving) shares() bool {
	r := t.Conversation.Receipt
	if r == nil || t.ev.Message.At.Sub(r.At).Abs() >= ShareWindow || (r.Full && t.ev.Answers == r.Effect) {
		return false
	}
	return !t.fresh
}

func (t *receiving) overBudget() Silence {
	hour, day := 0, 0
	for _, at := range t.Contact.Receipts {
		age := t.now.Sub(time.Unix(at, 0))
		if age < time.Hour {
			hour++
		}
		if age < 24*time.Hour {
			day++
		}
	}
	perHour, perDay := t.brand.Budgets.Author(t.Conversation.Channel)
	switch {
	case hour >= perHour:
		return OverSenderHour
	case day >= perDay:
		return OverSenderDay
	case !t.facts.Budget.Domain:
		return OverDomainBudget
	case !t.facts.Budget.Brand:
		return OverBrandBudget
	}
	return ""
}

// order adds the receipt to the effects and remembers it for those that will share it.
func (t *receiving) order() string {
	c, m := &t.Conversation, t.ev.Message
	short := !t.fresh
	t.renew()
	id := EffectID(c.Sequence+1, len(t.Effects))
	t.Effects = append(t.Effects, Effect{
		Ref: c.Ref, ID: id, Contact: c.Contact, Kind: channel.Receipt, Lane: t.lane(), Channel: c.Channel, Day: Day(m.At), Decided: t.now,
		Receipt: &Receipt{
			Message: m.ID, To: c.Party, Language: c.Language, Mood: t.ev.Judgement.Sentiment.Label, Short: short,
			Assignee: t.signer(), Due: c.Promise.By, Zone: c.Zone, InReplyTo: t.ev.InReplyTo, References: t.ev.References, Account: m.Account,
		},
	})
	c.Receipt = &ReceiptMark{Effect: id, At: m.At, Full: !short}
	t.Contact.Receipts = append(recent(t.Contact.Receipts, t.now), t.now.Unix())
	t.Spent = true
	if short {
		t.why("short receipt: a person still owes the answer")
	} else {
		t.why("full receipt")
	}
	return id
}

// rules are the channel's own, narrowed by the brand.
func (t *receiving) rules() channel.Rules {
	u, _ := t.brand.Use(t.Conversation.Channel)
	return u.Rules
}

// signer is who signs the receipt: the assignee, or the team where the channel lets no person sign what a machine writes.
func (t *receiving) signer() policy.Assignee {
	if t.rules().TeamSigns() {
		return policy.Assignee{ID: t.brand.Team.ID, Name: t.brand.Team.Name, Team: true}
	}
	return t.Conversation.Assignee
}

// renew gives a new promise where the old one has passed unkept: a receipt never names a time that is over.
func (t *turn) renew() {
	c := &t.Conversation
	if c.Promise != nil && c.Promise.By.After(t.now) {
		return
	}
	if c.Promise.open() && c.Owed() { // the clock, which notices it else, has not looked yet
		c.Promise.State = PromiseBroken
		t.why("the promise is broken")
		t.ended()
	}
	term, _ := t.brand.Targets.Term(sla.NextResponse, t.matter())
	c.Promise = &Promise{By: sla.New(sla.NextResponse, t.now, term, t.hours()).Due, State: PromiseRenewed, Given: t.now, Renewed: true}
	t.why("promise renewed: the former one had passed")
}

// lane puts what is negative or urgent on the priority lane, by this message's own judgement.
func (t *receiving) lane() string {
	j := t.ev.Judgement
	if j.Urgent || j.Sentiment.Label == triage.Negative || rank(t.Conversation.Priority) >= rank(triage.High) {
		return LanePriority
	}
	return Lane(t.Conversation.Channel)
}

// Caps of what is remembered for telling repetitions.
const (
	maxSaidConversation = 32
	maxSaidContact      = 8
)

// remember keeps what was acknowledged: words that had no receipt are not said already when they come again.
func (t *receiving) remember() {
	c := &t.Conversation
	if t.Message.Outcome.Receipt != "" {
		c.Said = append(c.Said, t.ev.Digest)
		if t.ev.Pattern != "" {
			c.Said = append(c.Said, t.ev.Pattern)
		}
		c.Said = last(c.Said, maxSaidConversation)
		t.Contact.Said = last(append(t.Contact.Said, Said{t.ev.Digest, t.now.Unix()}), maxSaidContact)
	}
	if !c.Assignee.Team {
		t.Contact.Agent, t.Contact.Served = c.Assignee.ID, t.now
	}
}

var priorities = []triage.Priority{triage.Low, triage.Normal, triage.High, triage.Urgent}

func rank(p triage.Priority) int {
	return slices.Index(priorities, p)
}

// recent drops receipts that no budget counts any more.
func recent(at []int64, now time.Time) []int64 {
	return slices.DeleteFunc(at, func(x int64) bool { return now.Sub(time.Unix(x, 0)) >= 24*time.Hour })
}

func last[T any](s []T, n int) []T {
	if len(s) > n {
		return s[len(s)-n:]
	}
	return s
}

// Day is the UTC day of t, the unit of the sum of promise 1.
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
