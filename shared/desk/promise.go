package desk

import (
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Ending is how a promise ended: kept, broken or given up, and when a person answered after all. It is a row of its own, so what is counted of it was committed with it.
// One that was given up and runs again has its row written anew, with the state that it is in: see Runs.
type Ending struct {
	Ref
	Of       string          `json:"of,omitempty"` // where it was given, if that was merged into this conversation: each promise has one row, wherever it ends
	Given    time.Time       `json:"given"`        // since when the target ran that it repeated
	By       time.Time       `json:"by"`
	State    string          `json:"state"` // PromiseKept, PromiseBroken or PromiseGivenUp
	Renewed  bool            `json:"renewed,omitempty"`
	Answered time.Time       `json:"answered,omitzero"` // zero: nobody has yet
	Kind     sla.Kind        `json:"kind"`
	Channel  string          `json:"channel"`
	Language string          `json:"language"`
	Mood     triage.Mood     `json:"mood,omitempty"` // of the newest of the contact's messages; "" in rows of before it was kept
	Priority triage.Priority `json:"priority"`
	Segment  string          `json:"segment,omitempty"`
	Agent    string          `json:"agent"`
	Hard     bool            `json:"hard,omitempty"` // it was a hard conversation for who had it; false in rows of before it was kept
}

// Runs tells that the promise has not ended after all: giving it up was taken back.
func (e Ending) Runs() bool { return e.State == PromiseGiven || e.State == PromiseRenewed }

// Overtaken is why a notice was not sent: it was not true any more when its turn came.
const Overtaken = "overtaken"

// PromiseOf is where a promise was given that came along with a conversation which was merged into this one. It is a member of its own, beside the promise: code of before
// it keeps it, and may give another promise meanwhile, which it is not about.
type PromiseOf struct {
	Conversation string    `json:"conversation"`
	Given        time.Time `json:"given"`             // of the promise that is meant
	Receipt      string    `json:"receipt,omitempty"` // the effect that told it to whom is answered here
}

// From is where the conversation's promise was given, if that was elsewhere; else nil.
func (c *Conversation) From() *PromiseOf {
	if c.Promise == nil || c.PromiseOf == nil || !c.PromiseOf.Given.Equal(c.Promise.Given) {
		return nil
	}
	return c.PromiseOf
}

// ToldBy is the receipt that told who is answered here what is promised; ok is false where none did, and then nothing follows by itself.
func (c *Conversation) ToldBy() (x EffectRef, ok bool) {
	if of := c.From(); of != nil && of.Receipt != "" {
		return EffectRef{Ref{c.Brand, of.Conversation}, of.Receipt}, true
	}
	if c.Receipt == nil {
		return c.SplitFrom.receipted(c.Brand)
	}
	return EffectRef{c.Ref, c.Receipt.Effect}, true
}

// open tells whether the promise can still be kept or broken.
func (p *Promise) open() bool {
	return p != nil && (p.State == PromiseGiven || p.State == PromiseRenewed)
}

// lookAtPromise renews a promise that is about to break, and notices one that has; it tells whether there was anything to do.
func (t *turn) lookAtPromise() bool {
	c := &t.Conversation
	switch at, ok := t.promiseClock(); {
	case !ok || at.After(t.now):
		return false
	case !c.Promise.By.After(t.now):
		c.Promise.State = PromiseBroken
		t.why("the promise is broken")
		t.ended()
		return true
	}
	t.promiseAnew()
	return true
}

// promiseClock is when the promise must be looked at next: some time before it breaks, if it may be renewed then; else when it does.
func (t *turn) promiseClock() (time.Time, bool) {
	c := &t.Conversation
	if t.brand == nil || !c.Promise.open() || !c.Owed() {
		return time.Time{}, false
	}
	if t.renewable() && !t.leavesBefore(c.Promise.By) {
		before := min(t.brand.Promises.RenewBefore, c.Promise.By.Sub(c.Promise.Given)/5)
		if at := c.Promise.By.Add(-before).Truncate(time.Second); at.Before(c.Promise.By) {
			return at, true
		}
	}
	return c.Promise.By, true
}

// renewable tells whether the customer may be told a new time: the policy says so, none was told before, a receipt named the first one, the channel lets an automatic
// piece follow, and there are words for it.
func (t *turn) renewable() bool {
	c := &t.Conversation
	return t.brand.Promises.RenewBefore > 0 && !c.Promise.Renewed && c.Promise.State == PromiseGiven && !c.Promise.Given.IsZero() && t.mayTell(reply.Renewed)
}

func (t *turn) mayTell(n reply.Notice) bool {
	c := &t.Conversation
	_, language := t.brand.Receipt(c.Language)
	u, ok := t.brand.Use(c.Channel)
	_, told := c.ToldBy()
	return ok && !u.Rules.One && told && !c.Withdrawn && n.Says(language)
}

// promiseAnew names a time that holds, before the one that was named breaks, and gives the conversation to who is there then.
func (t *turn) promiseAnew() {
	c := &t.Conversation
	term, _ := t.brand.Targets.Term(sla.NextResponse, t.matter())
	c.Promise.By = sla.New(sla.NextResponse, c.Promise.By, term, t.hours()).Due
	c.Promise.State, c.Promise.Renewed = PromiseRenewed, true
	if t.brand.Promises.HandOver && !slices.Contains(t.brand.Schedule.At(c.Promise.By), c.Assignee.ID) && c.Taken != c.Assignee.ID {
		t.give("the answer is promised for a time at which " + c.Assignee.ID + " is not on shift")
	}
	c.Promise.Told = true // this notice names who has it
	t.why("promise renewed, before it breaks")
	t.tell(reply.Renewed)
}

// handOver gives a conversation whose answer is in danger to somebody who is there, if who has it is not: not on shift, neither now nor when the answer falls due. Who
// took it himself keeps it, unless he is away. The customer is told once for each promise, if the policy says so.
func (t *turn) handOver() {
	c := &t.Conversation
	if t.brand == nil || !t.brand.Promises.HandOver || c.Assignee.Team || !c.Owed() {
		return
	}
	s := t.brand.Schedule
	due := nextDue(c)
	there := slices.Contains(s.At(t.now), c.Assignee.ID) || due.After(t.now) && slices.Contains(s.At(due), c.Assignee.ID)
	if there || c.Taken == c.Assignee.ID && !s.Away(c.Assignee.ID, t.now) {
		return
	}
	t.giveAndTell(c.Assignee.ID + " is not on shift, and the answer is in danger")
}

// giveAndTell hands over and, where the policy says so, tells the customer, once for each promise.
func (t *turn) giveAndTell(because string) {
	if t.give(because) {
		t.tellHandover()
	}
}

// give assigns the conversation to who is there when the promise falls due, with a note of why; it tells whether that is somebody else.
func (t *turn) give(because string) bool {
	c := &t.Conversation
	at := t.now
	if c.Promise != nil && c.Promise.By.After(at) {
		at = c.Promise.By
	}
	to, why := t.assign(at, "")
	if to.ID == c.Assignee.ID {
		return false
	}
	note := Saying{Code: NoteHandedOver, Names: []string{c.Assignee.Name, to.Name}, Why: because}
	c.Assignee, c.Taken = to, ""
	c.Version++
	t.note(note)
	t.why(append([]string{"handed over: " + because}, why...)...)
	return true
}

// tell orders a notice to the customer. It is no receipt: no message counts as acknowledged by it.
func (t *turn) tell(n reply.Notice) {
	c := &t.Conversation
	signer := c.Assignee
	if u, _ := t.brand.Use(c.Channel); u.Rules.TeamSigns() {
		signer = policy.Assignee{ID: t.brand.Team.ID, Name: t.brand.Team.Name, Team: true}
	}
	t.Effects = append(t.Effects, Effect{
		Ref: c.Ref, ID: EffectID(c.Sequence+1, len(t.Effects)), Contact: c.Contact, Kind: channel.Notice, Lane: t.laneOf(), Channel: c.Channel, Day: Day(t.now), Decided: t.now,
		Receipt: &Receipt{
			To: c.Party, Language: c.Language, Mood: c.Sentiment.Label, Notice: n, Assignee: signer, Due: c.Promise.By, Zone: c.Zone,
			InReplyTo: c.Thread.ID, References: c.Thread.References, Account: c.Thread.Account,
		},
	})
	t.why("notice to the customer: " + string(n))
}

// answeredPromise ends the promise by a person's answer: in time or not.
func (t *turn) answeredPromise() {
	p := t.Conversation.Promise
	if p == nil || !p.Answered.IsZero() || p.State == PromiseKept {
		return
	}
	if p.Answered = t.now; p.open() || p.State == PromiseGivenUp && t.now.Before(p.By) {
		p.State = PromiseKept
		if !t.now.Before(p.By) { // as a target is
			p.State = PromiseBroken
		}
	}
	t.why("the promise is " + p.State)
	t.ended()
}

// giveUp ends an open promise of a conversation that is settled without an answer: given up, or broken where its time is over and the clock has not looked yet.
func (t *turn) giveUp() {
	c := &t.Conversation
	if !c.Promise.open() {
		return
	}
	c.Promise.State = PromiseGivenUp
	words := "the promise is given up: settled without an answer"
	if !c.Promise.By.After(t.now) {
		c.Promise.State, words = PromiseBroken, "the promise is broken"
	}
	t.why(words)
	t.ended()
}

// runsAgain takes up again a promise that was given up, where its time is still to come.
func (t *turn) runsAgain() {
	p := t.Conversation.Promise
	if p == nil || p.State != PromiseGivenUp || !p.By.After(t.now) {
		return
	}
	if p.State = PromiseGiven; p.Renewed {
		p.State = PromiseRenewed
	}
	t.why("the promise runs again")
	t.ended()
}

// veryNegative is the score of the mood from which a conversation is a hard one. The score says how surely its contact is unhappy, and most complaints are below -0.9.
const veryNegative = -0.97

// hard tells that a conversation weighs on who has it: something in it hurts, or its contact is most surely unhappy.
func (c *Conversation) hard() bool {
	return c.Abuse != "" || c.Sentiment.Label == triage.Negative && c.Sentiment.Score <= veryNegative
}

// ended writes down how the promise ended.
func (t *turn) ended() {
	c := &t.Conversation
	p := c.Promise
	e := &Ending{
		Ref: c.Ref, Given: p.Given, By: p.By, State: p.State, Renewed: p.Renewed, Answered: p.Answered, Kind: sla.FirstResponse,
		Channel: c.Channel, Language: c.Language, Mood: c.Sentiment.Label, Priority: c.Priority, Segment: c.Segment, Agent: c.Assignee.ID, Hard: c.hard(),
	}
	if e.Given.IsZero() {
		e.Given = c.Opened
	}
	if of := c.From(); of != nil {
		e.Of = of.Conversation
	}
	if slices.ContainsFunc(c.Targets, func(x sla.Target) bool { return x.Kind == sla.NextResponse && x.Set.Equal(p.Given) }) {
		e.Kind = sla.NextResponse
	}
	t.Ended = e
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
