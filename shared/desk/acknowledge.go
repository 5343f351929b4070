package desk

import (
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/policy"
)

// ShareWindow is how long after an acknowledged message another one shares its receipt.
const ShareWindow = 2 * time.Minute

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
	if why := t.Contact.Unwanted(t.now); why != "" {
		return why
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
