package work

import (
	"cmp"
	"context"
	"slices"
	"time"

	"pronto/shared/desk"
)

// KindSplit is the kind of what stands in place of a message that was split off.
const KindSplit = "split"

// SplitOff is what was split off a conversation at once.
type SplitOff struct {
	Conversation string    `json:"conversation"` // in which it stands
	Messages     []string  `json:"messages"`
	By           string    `json:"by"`
	At           time.Time `json:"at"`
}

// SplitFrom is whence a conversation has the messages with which it began.
type SplitFrom struct {
	Conversation string    `json:"conversation"`
	By           string    `json:"by"`
	At           time.Time `json:"at"`
	Undo         bool      `json:"undo,omitempty"` // nothing has come of it: merged again, the two are as before
}

func (out *Conversation) splits(c *desk.Conversation) {
	for _, s := range c.SplitOff {
		x := SplitOff{Conversation: s.To, By: s.By, At: s.At}
		for _, p := range s.Pieces {
			x.Messages = append(x.Messages, p.Message)
		}
		out.SplitOff = append(out.SplitOff, x)
	}
	if s := c.SplitFrom; s != nil {
		out.SplitFrom = &SplitFrom{Conversation: s.Of, By: s.By, At: s.At, Undo: c.Undivided() != nil}
	}
}

// splits lets each message stand where it belongs, among those of some conversations that are one, the first of them with its parts: what was split off to another leaves a
// line in its place, and what was split off into these is read by its rows.
func (d *Desk) splits(ctx context.Context, heads []*desk.Conversation, all []Message) ([]Message, error) {
	all = without(heads, all)
	here := func(id string) bool {
		return slices.ContainsFunc(heads, func(c *desk.Conversation) bool { return c.Conversation == id })
	}
	for _, c := range heads {
		if c.SplitFrom == nil {
			continue
		}
		if here(c.SplitFrom.Of) {
			all = slices.DeleteFunc(all, func(m Message) bool {
				return cmp.Or(m.Part, heads[0].Conversation) == c.Conversation && m.row != nil && m.row.TellsSplit()
			})
		}
		outside := slices.DeleteFunc(slices.Clone(c.SplitFrom.Pieces), func(p desk.Piece) bool { return here(p.In) })
		t, err := d.store.Pieces(ctx, c.Brand, outside)
		if err != nil {
			return nil, err
		}
		own := *c
		own.Scheduled = nil // its answers are numbered as those that came along may be
		t.Conversation = &own
		for _, m := range d.messages(t) {
			i := slices.IndexFunc(outside, func(p desk.Piece) bool { return m.ID == p.Message || m.ID == p.Receipt })
			if i >= 0 {
				m.Part, m.Came = outside[i].In, true
				all = append(all, m)
			}
		}
	}
	return all, nil
}

// without leaves a line in place of each message that was split off to another conversation than these. Its receipt stands there, too.
func without(heads []*desk.Conversation, all []Message) []Message {
	out := make([]Message, 0, len(all))
	for _, m := range all {
		in, to := cmp.Or(m.Part, heads[0].Conversation), ""
		for _, c := range heads {
			to = cmp.Or(to, c.SplitInto(in, m.ID))
		}
		if slices.ContainsFunc(heads, func(c *desk.Conversation) bool { return c.Conversation == to }) {
			to = ""
		}
		switch {
		case to == "":
			out = append(out, m)
		case m.row != nil:
			out = append(out, Message{ID: m.ID, Direction: m.Direction, Kind: KindSplit, At: m.At, Part: m.Part, Split: to})
		}
	}
	return out
}

// cameAlong are the messages that were split off into the order's conversation.
func (o *order) cameAlong(ctx context.Context) ([]desk.Message, error) {
	if o.conversation.SplitFrom == nil {
		return nil, nil
	}
	t, err := o.store.Pieces(ctx, o.conversation.Brand, o.conversation.SplitFrom.Pieces)
	if err != nil {
		return nil, err
	}
	return t.Messages, nil
}

// here finds a message of the order's conversation, the newest that is meant: among its own that were not split off, or those that were split off into it.
func (o *order) here(ctx context.Context, meant func(desk.Message) bool) (*desk.Message, error) {
	c := o.conversation
	m, err := o.store.Message(ctx, c.Ref, func(m desk.Message) bool { return meant(m) && c.SplitInto(c.Conversation, m.ID) == "" })
	if err != nil || m != nil {
		return m, err
	}
	came, err := o.cameAlong(ctx)
	for i := range slices.Backward(came) {
		if meant(came[i]) {
			return &came[i], err
		}
	}
	return nil, err
}

// cameAs is a message that was split off into a conversation, by its id, with the conversation in whose rows it lies.
func (d *Desk) cameAs(ctx context.Context, c *desk.Conversation, id string) (m Message, of desk.Ref, err error) {
	if c.SplitFrom == nil {
		return m, of, nil
	}
	i := slices.IndexFunc(c.SplitFrom.Pieces, func(p desk.Piece) bool { return p.Message == id })
	if i < 0 {
		return m, of, nil
	}
	t, err := d.store.Pieces(ctx, c.Brand, c.SplitFrom.Pieces[i:i+1])
	if err != nil || len(t.Messages) == 0 {
		return m, of, err
	}
	return named(&t.Messages[0]), desk.Ref{Brand: c.Brand, Conversation: c.SplitFrom.Pieces[i].In}, nil
}
