package intake

import (
	"context"
	"slices"

	"pronto/shared/desk"
)

// stands is the conversation in which a mention stands, and that owes its answer: the one that keeps it, where it was split to, or where either goes on.
func (h *Handler) stands(ctx context.Context, o *original) (*desk.Conversation, error) {
	if o.conversation.Onward(o.conversation.Conversation, o.message.ID) == "" {
		return o.conversation, nil
	}
	c, err := h.store.WhereIs(ctx, o.conversation.Ref, o.message.ID)
	if err == nil && c == nil {
		c = o.conversation // that one is gone
	}
	return c, err
}

// rest are of the other messages those that a deletion asks for: who shares its receipt (rows), and what tells whether anything waits for an answer still where it stands, in c. That are the
// newest, back to one of the contact's that stands; so, too, of the conversations that were merged into it, and what was split off into any of them, for they wait for its answer.
func (h *Handler) rest(ctx context.Context, o *original, c *desk.Conversation) (all, rows []desk.Message, err error) {
	other := func(m desk.Message) bool { return m.ID != o.message.ID }
	if rows, err = h.sharers(ctx, o); err != nil {
		return nil, nil, err
	}
	rows = slices.DeleteFunc(rows, func(m desk.Message) bool { return !other(m) })
	add := func(in string, some []desk.Message) {
		for _, m := range some {
			if in != o.conversation.Conversation {
				m.Outcome.Receipt = "" // it is numbered there
			}
			if other(m) && !slices.ContainsFunc(all, func(x desk.Message) bool { return x.ID == m.ID }) {
				all = append(all, m)
			}
		}
	}
	var refs []desk.Ref
	for _, id := range append([]string{c.Conversation}, c.Parts...) {
		refs = append(refs, desk.Ref{Brand: c.Brand, Conversation: id})
	}
	heads, err := h.store.Conversations(ctx, refs)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range refs {
		went := func(m desk.Message) bool { return c.SplitInto(r.Conversation, m.ID) != "" }
		some, err := h.store.Back(ctx, r, func(m desk.Message) bool { return other(m) && m.Stands() && !went(m) })
		if err != nil {
			return nil, nil, err
		}
		add(r.Conversation, slices.DeleteFunc(some, went))
		if x := heads[r]; x != nil && x.SplitFrom != nil {
			t, err := h.store.Pieces(ctx, c.Brand, x.SplitFrom.Pieces)
			if err != nil {
				return nil, nil, err
			}
			add("", t.Messages)
		}
	}
	slices.SortStableFunc(all, func(a, b desk.Message) int { return a.At.Compare(b.At) })
	return all, rows, nil
}
