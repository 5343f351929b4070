package desk

import (
	"slices"
	"time"

	"pronto/shared/oncall"
	"pronto/shared/policy"
)

// Event is something that happened to a conversation.
type Event interface{ About() Subject }

// Subject is what the store must load and guard for an event.
type Subject struct {
	Ref
	Beside   Ref // another conversation, on which is decided together with it; the zero Ref for none
	Channel  string
	Contact  string    // whose card the decision needs and changes; "" for none
	Keys     []string  // natural keys of the event, best first; the last is the delivery's own and always free for a new one; none where the conversation's own state tells a repetition
	Delivery string    // the provider's id of this delivery: a key that it holds already means that the event was taken
	Seen     int       // the newest turn that whoever made the event had seen: the decision is told of those since; 0 for none that he had to see
	Draft    SentDraft // that whoever made the event has sent with it: the commit takes it away
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
	Gone         []string          // agents who have left the brand
	Load         policy.Load       // what agents have; nil until a decision has asked for it (Decision.Count)
	Since        []Since           // the turns after what the event's maker had seen (Subject.Seen), oldest first
	Whose        string            // whose card Contact is, or would be; "" when none was asked for
	Leaving      *Leaving          // what became of the circular whose answer is to leave; nil until a decision has asked for it (Decision.Leaving)
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
	Leaving      *Leaving    // the circular's answer that would leave: nothing is decided yet, and it is to be decided again with Facts.Leaving
	Asked        *Asked      // a survey that was sent, or answered: a row of the statistics
	Spent        bool        // a receipt was ordered: the leased budget is used
}

// Decide says what follows from ev. It is pure; now is UTC.
func Decide(f Facts, ev Event, p *policy.Policy, now time.Time) Decision {
	d := traced(tell(f, remembered(f, decide(f, ev, p, now)), p))
	if d.Beside != nil {
		b := traced(tell(Facts{Conversation: f.Beside}, *d.Beside, p))
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
	case Rejoined:
		return rejoined(f, ev, p, now)
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
	if !c.Whole.lasts(c, t.Event) {
		c.Whole = nil
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
	c := &t.Conversation
	c.Apart, c.Whole = c.Apart.outlasting(c.Sequence), c.Whole.outlasting(c.Sequence)
}

func (t *turn) why(w ...string) { t.Why = append(t.Why, w...) }
