package store

import (
	"context"
	"fmt"
	"strings"

	"pronto/shared/desk"
)

// Found is what a thread key leads to.
type Found struct {
	Conversation string
	Contact      string // whose conversation it is: only that contact may join by this key
	Effect       string // what of ours it names, "" for a message of the contact's
	Delivery     string // the provider's id of the delivery that took the key

	when string // of a message's own key: how the key of the message's row begins, its moment or, of those of before, its day
}

// Find looks up the conversations that a message refers to, by thread keys in the order of preference; absent ones are left out.
func (s *Store) Find(ctx context.Context, brand, channel string, keys []string) ([]Found, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var ask []item
	for _, k := range keys {
		ask = append(ask, row(naturalKey(brand, channel, k), head))
	}
	rows, err := s.get(ctx, ask...)
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, k := range keys {
		i, ok := rows[naturalKey(brand, channel, k)+head]
		if !ok {
			continue
		}
		var t taken
		if err := content(i, &t); err != nil {
			return nil, err
		}
		found = append(found, Found{Conversation: t.Conversation, Contact: t.Contact, Effect: t.Effect, Delivery: t.Provider, when: whenOf(t, i)})
	}
	return found, nil
}

func whenOf(t taken, i item) string {
	if !t.At.IsZero() {
		return stamp(t.At)
	}
	if day := strings.Split(text(i, g1pk), "#"); len(day) == 4 && day[0] == "R" {
		return day[2]
	}
	return ""
}

// Conversation reads a conversation's head; nil when there is none.
func (s *Store) Conversation(ctx context.Context, r desk.Ref) (*desk.Conversation, error) {
	rows, err := s.get(ctx, row(conversationKey(r), head))
	if err != nil {
		return nil, err
	}
	i, ok := rows[conversationKey(r)+head]
	if !ok {
		return nil, nil
	}
	return conversationOf(i, r)
}

// GoesOn reads the conversation in which another goes on: that itself, or what is at the end of its redirects; nil when there is none.
func (s *Store) GoesOn(ctx context.Context, r desk.Ref) (*desk.Conversation, error) {
	for range desk.MaxParts + 1 {
		c, err := s.Conversation(ctx, r)
		if err != nil || c == nil || c.Merged == "" {
			return c, err
		}
		r.Conversation = c.Merged
	}
	return nil, fmt.Errorf("conversation %s: its redirects do not end", r.Conversation)
}

// TurnOn is Turn for what happens to a conversation wherever it goes on, or where it was split to: event makes it of where that is.
func (s *Store) TurnOn(ctx context.Context, r desk.Ref, event func(desk.Ref) desk.Event, decide func(desk.Event, desk.Facts) desk.Decision) (d desk.Decision, err error) {
	for range hops {
		ev := event(r)
		d, err = s.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return decide(ev, f) })
		if err != nil || d.Onto == "" {
			return d, err
		}
		r.Conversation = d.Onto
	}
	return d, fmt.Errorf("conversation %s: its redirects do not end", r.Conversation)
}

func conversationOf(i item, r desk.Ref) (*desk.Conversation, error) {
	c := &desk.Conversation{}
	more, err := contentAndMore(i, c)
	if err != nil {
		return nil, err
	}
	c.Unknown = more
	c.Ref, c.Sequence = r, int(number(i, seq))
	return c, nil
}
