package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Card is a conversation as lists show it, at most 700 bytes, and its tags.
type Card struct {
	Contact  string          `json:"contact"`
	Name     string          `json:"name,omitempty"`
	Subject  string          `json:"subject,omitempty"`
	Channel  string          `json:"channel"`
	Language string          `json:"language"`
	Mood     triage.Mood     `json:"mood"`
	Priority triage.Priority `json:"priority"`
	Agent    string          `json:"agent"`
	Due      *time.Time      `json:"due,omitempty"`
	Breached bool            `json:"breached,omitempty"` // a person owes what was due already
	Last     time.Time       `json:"last"`
	Tags     []string        `json:"tags,omitempty"`
}

// headRow is a conversation with its place in the queue and among its agent's.
func headRow(c desk.Conversation, now time.Time) (item, error) {
	i, err := withMore(row(conversationKey(c.Ref), head), c, c.Unknown)
	if err != nil {
		return nil, err
	}
	i[seq] = num(int64(c.Sequence))
	if c.Next != nil {
		i[g3pk], i[g3sk] = str("D#"+shard(c.Conversation)), str(clockEntry(armed(*c.Next, now), *c.Next))
	}
	if c.Status == desk.StatusClosed || c.Status == desk.StatusResolved {
		return i, nil
	}
	due := nextDue(c)
	b, err := json.Marshal(Card{
		Contact: c.Contact, Name: mail.Cut(c.Party.Name, 80), Subject: mail.Cut(c.Subject, 120), Channel: c.Channel, Language: c.Language,
		Mood: c.Sentiment.Label, Priority: c.Priority, Agent: c.Assignee.ID, Due: due, Last: c.Last, Tags: c.Tags, Breached: c.Owed() && slices.ContainsFunc(c.Targets, func(t sla.Target) bool { return t.State == sla.Breached }),
	})
	if err != nil {
		return nil, fmt.Errorf("encode card: %w", err)
	}
	lot, order := lotOf(&c), place(c, due)
	i[card] = str(string(b))
	i[g1pk], i[g1sk] = str("Q#"+c.Brand+"#"+string(lot)+"#"+shard(c.Conversation)), str(order)
	if lot != Unawaited {
		i[g2pk], i[g2sk] = str("W#"+c.Brand+"#"+c.Assignee.ID), str(order)
	}
	return i, nil
}

// lotOf is the part of what is not done to which a conversation belongs.
func lotOf(c *desk.Conversation) Lot {
	switch {
	case c.Idle():
		return Unawaited
	case c.Status == desk.StatusOpen:
		return Open
	}
	return Waiting
}

// Ahead is how long before its time a clock is armed as a delayed message: relay arms what a turn sets nearer than that, the sweep arms the rest.
const Ahead = 2 * time.Minute

// rearm is how long after its time a clock that was armed is looked at again, should its message have been lost.
const rearm = time.Minute

// armed is when the sweep has to look at a clock: in time to arm it, or, when relay arms it now, only if that was lost.
func armed(next, now time.Time) time.Time {
	if next.Before(now.Add(Ahead)) {
		return later(next, now).Add(rearm)
	}
	return next.Add(-Ahead)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func nextDue(c desk.Conversation) *time.Time {
	var due *time.Time
	for _, t := range c.Targets {
		if t.State == sla.Running && (due == nil || t.Due.Before(*due)) {
			due = &t.Due
		}
	}
	return due
}

// rankDue sorts the most urgent first, then what falls due first; what has no target comes after all that has, oldest first.
func rankDue(p triage.Priority, due *time.Time, opened time.Time) string {
	rank := slices.Index([]triage.Priority{triage.Urgent, triage.High, triage.Normal, triage.Low}, p)
	if due == nil {
		return fmt.Sprintf("%d#~%s", rank, stamp(opened))
	}
	return fmt.Sprintf("%d#%s", rank, stamp(*due))
}
