package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pronto/shared/desk"
)

// ErrKeyUsed is what Turn answers when another event has all the natural keys that this one could take: an agent's repetition that says something else.
var ErrKeyUsed = errors.New("the key belongs to another event")

// ErrBusy is what Turn answers when others kept winning: the event was not taken; its lane delivers it again.
var ErrBusy = errors.New("the conversation is busy")

// looks is how often Turn decides before it gives the event back.
const looks = 10

// Record is a turn as it is kept: the audit, and what relay reads.
type Record struct {
	Event   string        `json:"event"`
	By      string        `json:"by,omitempty"` // the agent whose doing it was
	Message string        `json:"message,omitempty"`
	At      time.Time     `json:"at"`
	Policy  string        `json:"policy"`
	Outcome *desk.Outcome `json:"outcome,omitempty"`
	Why     []string      `json:"why,omitempty"`
	Effects []Order       `json:"effects,omitempty"`
	Wake    *time.Time    `json:"wake,omitempty"`    // the conversation's clock, when it is near: relay arms it
	Trace   desk.Trace    `json:"trace,omitempty"`   // what it was about, where that is not its message
	Rebuilt bool          `json:"rebuilt,omitempty"` // it was taken again from what had come: nothing of it is done again
}

// Order is an effect as the turn's record names it.
type Order struct {
	ID   string `json:"id"`
	Lane string `json:"lane"`
}

// Turn loads what ev is about, lets decide judge it, and commits the decision in one transaction. When the commit is refused or unanswered it looks again:
// decide is pure and the commit is guarded by natural keys, so a second look either finds the event taken or decides on what is true now.
func (s *Store) Turn(ctx context.Context, ev desk.Event, decide func(desk.Facts) desk.Decision) (desk.Decision, error) {
	about, spent := ev.About(), false
	if s.rebuild.leavesOut(ev) {
		return desk.Decision{Nothing: true}, nil
	}
	var last error
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return desk.Decision{}, errors.Join(err, last)
		}
		facts, key, err := s.load(ctx, about)
		if errors.Is(err, ErrKeyUsed) {
			return desk.Decision{Spent: spent}, err
		}
		if err != nil {
			last = err
			continue
		}
		d := decide(facts)
		if d.Whose != "" && about.Contact == "" {
			about.Contact = d.Whose // its card is loaded with all the rest, and guarded by the commit
			continue
		}
		if d.Leaving != nil {
			if facts.Leaving, err = s.leaving(ctx, about.Ref, *d.Leaving); err != nil {
				last = err
				continue
			}
			d = decide(facts)
		}
		if len(d.Count) > 0 {
			facts.Load = s.count(ctx, about.Brand, d.Count)
			d = decide(facts)
		}
		if d.Nothing {
			d.Spent = spent
			return d, nil
		}
		spent = spent || d.Spent
		if last = s.commit(ctx, about, key, facts, d); last == nil {
			return d, nil
		}
		if errors.Is(last, errDraftStays) {
			about.Draft = desk.SentDraft{}
		}
	}
	return desk.Decision{Spent: spent}, fmt.Errorf("take an event of %s: %w", about.Conversation, errors.Join(ErrBusy, last))
}

// pause before another look: longer each time, up to a second in all, so that two workers on one conversation part.
func pause(ctx context.Context, look int) error {
	if look == 0 {
		return ctx.Err()
	}
	t := time.NewTimer(time.Duration(look*look) * 3 * time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// taken is the content of a key row.
type taken struct {
	Provider     string    `json:"provider"` // the provider's id of the delivery that took it
	Conversation string    `json:"conversation"`
	Contact      string    `json:"contact,omitempty"`
	Effect       string    `json:"effect,omitempty"` // of a thread key of ours: what was sent
	At           time.Time `json:"at,omitzero"`      // of a message: when it came, by which its row is found
}

// load reads conversation, contact and the event's keys in one call, and chooses the key that the event will take.
func (s *Store) load(ctx context.Context, about desk.Subject) (f desk.Facts, key string, err error) {
	conv, person := row(conversationKey(about.Ref), head), row(contactKey(about.Brand, about.Contact), head)
	shifts := rotaKey(about.Brand)
	ask := []item{conv, shifts}
	if about.Beside.Conversation != "" && about.Beside != about.Ref {
		ask = append(ask, row(conversationKey(about.Beside), head))
	}
	if about.Contact != "" {
		ask = append(ask, person)
	}
	for _, k := range about.Keys {
		ask = append(ask, row(naturalKey(about.Brand, about.Channel, k), head))
	}
	found, err := s.get(ctx, ask...)
	if err != nil {
		return f, "", err
	}
	f.Whose, f.Past = about.Contact, s.rebuild != nil
	if key, f.Taken, err = choose(found, about); err != nil {
		return f, "", err
	}
	if i, ok := found[text(conv, pk)+head]; ok {
		if f.Conversation, err = conversationOf(i, about.Ref); err != nil {
			return f, "", err
		}
	}
	if i, ok := found[conversationKey(about.Beside)+head]; ok {
		if f.Beside, err = conversationOf(i, about.Beside); err != nil {
			return f, "", err
		}
	}
	if i, ok := found[text(shifts, pk)+head]; ok {
		var r desk.Rota
		if err := content(i, &r); err != nil {
			return f, "", err
		}
		f.Overrides = r.Overrides()
		for _, l := range r.Left {
			f.Gone = append(f.Gone, l.Agent)
		}
	}
	if i, ok := found[text(person, pk)+head]; ok {
		f.Contact = &desk.Contact{}
		if f.Contact.Unknown, err = contentAndMore(i, f.Contact); err != nil {
			return f, "", err
		}
		f.Contact.Version = int(number(i, seq))
		if f.Same, err = s.contacts(ctx, about.Brand, f.Contact.Others()); err != nil {
			return f, "", err
		}
	}
	if c := f.Conversation; c != nil && !f.Taken && about.Seen > 0 && about.Seen < c.Sequence {
		f.Since, err = s.since(ctx, about.Ref, about.Seen)
	}
	return f, key, err
}

// choose returns the first of the event's keys that is free, and whether this very delivery has taken one already. A key that another delivery holds
// (a Message-ID sent twice, or a stranger's) is passed over: the event is kept under the next.
func choose(found map[string]item, about desk.Subject) (free string, held bool, err error) {
	for _, k := range slices.Backward(about.Keys) {
		i, ok := found[naturalKey(about.Brand, about.Channel, k)+head]
		if !ok {
			free = k
			continue
		}
		var t taken
		if err := content(i, &t); err != nil {
			return "", false, err
		}
		if t.Provider == about.Delivery {
			return "", true, nil
		}
	}
	if free == "" && len(about.Keys) > 0 {
		return "", false, ErrKeyUsed
	}
	return free, false, nil
}

// Hurry tells whether a turn orders something that cannot wait: for the lanes priority and page, or a clock that is near.
func (r Record) Hurry() bool {
	return !r.Rebuilt && (r.Wake != nil || slices.ContainsFunc(r.Effects, func(o Order) bool { return o.Lane == desk.LanePriority || o.Lane == desk.LanePage }))
}

func record(d desk.Decision) Record {
	r := Record{Event: d.Event, By: d.By, At: d.At, Policy: d.Policy, Why: d.Why}
	if d.Message != nil {
		r.Message, r.Outcome = d.Message.ID, &d.Message.Outcome
	}
	if d.Message == nil || d.Message.Direction != "in" {
		r.Trace = d.Trace()
	}
	for _, e := range d.Effects {
		r.Effects = append(r.Effects, Order{ID: e.ID, Lane: e.Lane})
	}
	if next := d.Conversation.Next; next != nil && next.Before(d.At.Add(Ahead)) {
		r.Wake = next
	}
	return r
}
