package work

import (
	"context"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/store"
)

// Guest is who says that his conversation goes on with another, in which he takes no part.
type Guest struct {
	Conversation string          `json:"conversation"` // the other
	Way          desk.Way        `json:"way"`
	Proved       bool            `json:"proved"` // false: the sender may be forged
	State        desk.GuestState `json:"state"`
	By           string          `json:"by,omitempty"`
}

// Participant is somebody beside the contact who takes part.
type Participant struct {
	Contact
	By string    `json:"by"` // the agent who let him in
	At time.Time `json:"at"`
}

// company is what a conversation shows of guests and participants.
func (out *Conversation) company(c *desk.Conversation) {
	out.Merged, out.Follows, out.Parts = c.Merged, c.Follows, c.Parts
	out.Related = c.Related
	if g := c.Guest; g != nil {
		out.Guest = &Guest{Conversation: g.Of, Way: g.Way, Proved: g.Proved, State: g.State, By: g.By}
	}
	if a := c.Divisible(); a != nil {
		out.Unmerge = &Unmergeable{Conversation: a.With, By: a.By, At: a.At}
		if c.Merged != "" {
			out.Unmerge.Conversation = c.Conversation
		}
	}
	out.splits(c)
	for _, x := range c.Thirds {
		out.Thirds = append(out.Thirds, Third{Contact{ID: x.Contact, Name: x.Party.Name, Address: x.Party.Address}, x.By, x.At, x.Wrote, x.Returned})
	}
	for _, p := range c.Participants {
		out.Participants = append(out.Participants, Participant{Contact: Contact{ID: p.Contact, Name: p.Party.Name, Address: p.Party.Address}, By: p.By, At: p.At})
	}
}

// parts adds the messages of the conversations that were merged into one, as far as read gives them, and those that were split off into it; what was split off goes.
func (d *Desk) parts(ctx context.Context, c *desk.Conversation, all []Message, read func(context.Context, desk.Ref) (*store.Timeline, error)) ([]Message, error) {
	heads := []*desk.Conversation{c}
	for _, id := range c.Parts {
		t, err := read(ctx, desk.Ref{Brand: c.Brand, Conversation: id})
		if err != nil || t == nil {
			return all, err
		}
		more := d.messages(t)
		for i := range more {
			more[i].Part = id
		}
		all, heads = append(all, more...), append(heads, t.Conversation)
	}
	all, err := d.splits(ctx, heads, all)
	slices.SortStableFunc(all, byTime)
	return all, err
}
