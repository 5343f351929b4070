package desk

import (
	"cmp"
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// Third is somebody outside to whom an agent forwarded what the customer wrote: a partner who knows more. He takes no part: what he writes is added to the conversation for
// agents alone, the customer neither sees nor hears of him, and no answer goes to him.
type Third struct {
	Contact  string         `json:"contact"`
	Party    channel.Party  `json:"party"`
	By       string         `json:"by"` // the agent who forwarded it last
	At       time.Time      `json:"at"`
	Wrote    time.Time      `json:"wrote,omitzero"`     // when his newest answer came
	Returned channel.Report `json:"returned,omitempty"` // what became of what did not arrive
}

// Kinds of messages that a forward makes.
const (
	KindForward = "forward" // what the customer wrote, on its way to somebody outside; who that is stands in Cc
	KindThird   = "third"   // what somebody outside answered: not the customer's
)

// MaxThirds is to how many people outside one conversation may be forwarded.
const MaxThirds = 10

// Why something is not forwarded, beside what stops an agent who writes first.
const (
	NotOutside    Refusal = "takes_part" // he reads the conversation anyway
	TooManyThirds Refusal = "too_many_thirds"
)

// Forwarded is an agent passing on to somebody outside what the customer wrote. The text lies whole under Message.Raw: the agent's words and the quoted messages.
type Forwarded struct {
	Act
	Message Message
	To      Cc
}

// Third is the one outside of this contact; nil for none.
func (c *Conversation) Third(contact string) *Third {
	i := slices.IndexFunc(c.Thirds, func(x Third) bool { return x.Contact == contact })
	if i < 0 || contact == "" {
		return nil
	}
	return &c.Thirds[i]
}

// forwarded orders the mail and remembers who has it. It answers nothing: what the customer is owed, and since when, stays as it is.
func forwarded(f Facts, ev Forwarded, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "forwarded", p, now)
	if !ok {
		return d.Decision
	}
	if why := d.inside(ev); why != "" {
		d.refuse(why)
		return d.Decision
	}
	c, m := &d.Conversation, ev.Message
	m.Effect = EffectID(c.Sequence+1, 0)
	m.Cc = []Cc{ev.To}
	d.Message = &m
	c.Messages++
	x := Third{Contact: ev.To.Contact, Party: ev.To.Party, By: ev.By.ID, At: now}
	if known := c.Third(x.Contact); known != nil {
		x.Wrote, *known = known.Wrote, x
	} else {
		c.Thirds = append(c.Thirds, x)
		d.Enters = append(d.Enters, x.Contact)
	}
	d.Effects = append(d.Effects, Effect{
		Ref: c.Ref, ID: m.Effect, Contact: x.Contact, Kind: channel.Forward, Lane: d.laneOf(), Channel: c.Channel, Day: Day(now), Decided: now,
		Reply: &Reply{Message: m.ID, Raw: m.Raw, To: x.Party, By: ev.By, Language: c.Language, Subject: "Fwd: " + c.Subject, First: true, Files: m.Files},
	})
	d.why(ev.By.ID + " forwarded what the customer wrote to somebody outside; what is owed stays as it is")
	return d.done()
}

// inside is why something is not to be forwarded.
func (d *doing) inside(ev Forwarded) Refusal {
	c, why := &d.Conversation, d.facts.Contact.UnwantedByHand(d.now).Refusal()
	switch {
	case c.Status == StatusClosed:
		return NotOpen
	case c.Withdrawn:
		return Gone
	case c.Merged != "":
		return Moved
	case c.Channel != Email:
		return OtherChannel
	case c.TakesPart(ev.To.Contact):
		return NotOutside
	case why != "" && !d.facts.Past:
		return why
	case c.Third(ev.To.Contact) == nil && len(c.Thirds) >= MaxThirds:
		return TooManyThirds
	}
	return ""
}

// thirdPause is how long nobody is called again for what one outside writes.
const thirdPause = 10 * time.Minute

// thirdWrote adds what somebody outside answered. It gets no receipt, is owed no answer and moves no clock: the customer has not written. Somebody is called (callFor).
func thirdWrote(f Facts, ev Received, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "third_wrote", p, ev.Ref, now)
	if c := f.Conversation; c == nil || c.Merged != "" || c.Status == StatusClosed || t.closed(c) || c.Third(ev.Contact) == nil {
		t.Nothing, t.Elsewhere = true, true
		if c != nil {
			t.Onto = c.Merged
		}
		t.why("the conversation is closed, merged or forgotten meanwhile: this opens one of its own")
		return t.Decision
	}
	t.keep()
	c, m := &t.Conversation, ev.Message
	m.Kind, m.Mood, m.Abuse = KindThird, "", ev.Judgement.Abuse
	m.Outcome = Outcome{Suppressed: cmp.Or(ev.Silence, FromThird)}
	t.Message = &m
	c.Messages++
	c.Version++
	c.Trace = c.Trace.With(m.ID)
	x := c.Third(ev.Contact)
	quiet := m.At.Sub(x.Wrote) < thirdPause
	x.Wrote, x.Returned = m.At, ""
	t.why("somebody outside answered, to whom it was forwarded; the customer has not written", "no receipt: "+string(m.Outcome.Suppressed))
	if !ev.Machine && !quiet {
		t.callFor(*x)
	}
	if x := ev.Placed; x != nil {
		t.Placed, t.By = x, x.As.ID
		t.why(x.As.ID + " released it: it was held as " + string(x.Held.Reason))
	}
	t.close()
	return t.Decision
}

// callFor calls who has the conversation, else who forwarded it, else who is on shift: the first of them who does not rest. An answer of somebody outside must find who is there, as
// a customer's does; what is urgent wakes whoever is on shift.
func (t *turn) callFor(x Third) {
	c, on := &t.Conversation, t.brand.Schedule.At(t.now)
	for _, id := range append([]string{c.Assignee.ID, x.By}, on...) {
		to, rests, ok := t.policy.Mention(t.brand, id, c.Priority, t.now)
		if wakes := c.Priority == triage.Urgent && slices.Contains(on, id); !ok || len(to.Ways) == 0 || rests && !wakes {
			continue
		}
		t.Effects = append(t.Effects, Effect{
			Ref: c.Ref, ID: EffectID(c.Sequence+1, len(t.Effects)), Contact: c.Contact, Kind: channel.Page, Lane: LanePage, Channel: PageChannel,
			Day: Day(t.now), Decided: t.now,
			Page: &Page{Agent: to.Agent, Ways: to.Ways, Why: string(oncall.ThirdWrote), Step: noStep, Priority: c.Priority, Due: nextDue(c)},
		})
		t.why("page " + id + ": somebody outside answered")
		return
	}
	t.why("nobody is called: who has it, who forwarded it and who is on shift all rest, or there is no way to them")
}

// forwardReturned notes with the one outside that what was forwarded did not arrive.
func (t *turn) forwardReturned(ev Returned) {
	if x := t.Conversation.Third(ev.Contact); x != nil {
		x.Returned = channel.Report(ev.code())
	}
	t.Conversation.Version++
}

// thirdsOf takes over those outside to whom a merged conversation was forwarded, but who takes part here already.
func (d *doing) thirdsOf(m *Conversation) {
	s := &d.Conversation
	for _, x := range m.Thirds {
		if s.TakesPart(x.Contact) || s.Third(x.Contact) != nil || len(s.Thirds) >= MaxThirds {
			continue
		}
		s.Thirds = append(slices.Clone(s.Thirds), x)
		d.Enters = append(d.Enters, x.Contact)
	}
}
