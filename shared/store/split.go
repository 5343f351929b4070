package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"pronto/shared/desk"
)

// What was split off a conversation keeps its rows: the heads of the two say which they are, and they are read by their keys, as few as there are.

// hops bounds the way to where something stands: over redirects, each of which is a part of the next, and over splits.
const hops = 2*desk.MaxParts + 2

// Pieces reads the messages that were split off into a conversation, and what of ours went along, in the order of time. What is gone is left out.
func (s *Store) Pieces(ctx context.Context, brand string, pieces []desk.Piece) (*Timeline, error) {
	t := &Timeline{}
	if len(pieces) == 0 {
		return t, nil
	}
	var ask []item
	asked := map[string]bool{}
	want := func(in, sort string) {
		if at := conversationKey(desk.Ref{Brand: brand, Conversation: in}); !asked[at+sort] {
			asked[at+sort] = true
			ask = append(ask, row(at, sort))
		}
	}
	in := map[string]string{}
	for _, p := range pieces {
		want(p.In, messageKey(&desk.Message{ID: p.Message, At: p.At}))
		in[p.Message] = p.In
		for _, id := range []string{p.Receipt, p.Effect} {
			if id != "" {
				want(p.In, effectKey(id))
			}
		}
	}
	rows, err := s.get(ctx, ask...)
	if err != nil {
		return nil, fmt.Errorf("read what was split off: %w", err)
	}
	for _, i := range rows {
		if err := t.add(i, desk.Ref{}); err != nil {
			return nil, err
		}
	}
	for n := range t.Messages {
		t.Messages[n].In = in[t.Messages[n].ID]
	}
	slices.SortFunc(t.Messages, func(a, b desk.Message) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(t.Effects, func(a, b desk.Effect) int { return cmp.Or(a.Decided.Compare(b.Decided), cmp.Compare(a.ID, b.ID)) })
	return t, nil
}

// WhereIs reads the conversation in which something stands that lies in r's rows, by the id of its message or effect: r itself, where it was split to, or where either goes
// on; nil when that is gone.
func (s *Store) WhereIs(ctx context.Context, r desk.Ref, id string) (*desk.Conversation, error) {
	in := r.Conversation
	for range hops {
		c, err := s.Conversation(ctx, r)
		if err != nil || c == nil {
			return c, err
		}
		if r.Conversation = c.Onward(in, id); r.Conversation == "" {
			return c, nil
		}
	}
	return nil, fmt.Errorf("conversation %s: its redirects do not end", in)
}

// WherePaged reads the conversation in which the escalation goes on of which one of r's pages was decided, or linked, at a time: r itself, or where that was split to; nil when
// that is gone.
func (s *Store) WherePaged(ctx context.Context, r desk.Ref, at time.Time) (*desk.Conversation, error) {
	in := r.Conversation
	for range hops {
		c, err := s.Conversation(ctx, r)
		if err != nil || c == nil {
			return c, err
		}
		if r.Conversation = c.PagedInto(at); r.Conversation == "" {
			return c, nil
		}
	}
	return nil, fmt.Errorf("conversation %s: its escalation's way does not end", in)
}

// unsplit takes out of a head what was split of the time that is forgotten.
func (e Erasure) unsplit(c *desk.Conversation) {
	stay := func(all []desk.Piece) []desk.Piece {
		return slices.DeleteFunc(slices.Clone(all), func(p desk.Piece) bool { return e.Meant(p.At) })
	}
	var off []desk.SplitOff
	for _, s := range c.SplitOff {
		if s.Pieces = stay(s.Pieces); len(s.Pieces) > 0 {
			off = append(off, s)
		}
	}
	c.SplitOff = off
	if f := c.SplitFrom; f != nil {
		from := *f
		if from.Pieces, c.SplitFrom = stay(f.Pieces), &from; len(from.Pieces) == 0 {
			c.SplitFrom = nil
		}
	}
}
