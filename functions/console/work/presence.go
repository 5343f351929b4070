package work

import (
	"context"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Presence is who else is at a conversation.
type Presence struct {
	Items []Present `json:"items"`
	More  int       `json:"more"` // than are named
}

// Present is a colleague at a conversation.
type Present struct {
	Agent Assignee  `json:"agent"`
	Here  desk.Here `json:"here"`
	At    time.Time `json:"at"` // when it was last said
}

// Present tells who else is at a conversation.
func (d *Desk) Present(ctx context.Context, by *policy.Agent, id string) (Presence, *Problem) {
	c, p := d.find(ctx, by, SeeConversation, id)
	if p != nil {
		return Presence{}, p
	}
	all, err := d.store.Presence(ctx, c.Ref)
	if err != nil {
		return Presence{}, d.Unable("presence", err)
	}
	return d.present(all, by), nil
}

func (d *Desk) present(seen []store.Seen, by *policy.Agent) Presence {
	out := Presence{Items: []Present{}}
	now := d.Now()
	var all []desk.Presence
	for _, s := range seen {
		all = append(all, s.Presence)
	}
	shown, more := desk.Present(all, by.ID, now)
	for _, p := range shown {
		out.Items = append(out.Items, Present{d.person(p.Agent), p.Here(now), p.At})
	}
	out.More = more
	return out
}

// Look says that an agent is at a conversation: {"typing": true}. It tells who else is. Said again while nothing has changed, it writes nothing.
func (d *Desk) Look(ctx context.Context, by *policy.Agent, id string, r Request) (Presence, *Problem) {
	c, p := d.find(ctx, by, SeeConversation, id)
	if p != nil {
		return Presence{}, p
	}
	var v struct{ Typing bool }
	if p := decode(r.Body, &v); p != nil {
		return Presence{}, p
	}
	out, err := d.look(ctx, by, c.Ref, "", false, v.Typing)
	if err != nil {
		return Presence{}, d.Unable("presence", err)
	}
	return out, nil
}

// Leave says that an agent has gone from a conversation.
func (d *Desk) Leave(ctx context.Context, by *policy.Agent, id string) (Presence, *Problem) {
	c, p := d.find(ctx, by, SeeConversation, id)
	if p != nil {
		return Presence{}, p
	}
	if err := d.leave(ctx, by, c.Ref, ""); err != nil {
		return Presence{}, d.Unable("presence", err)
	}
	return d.Present(ctx, by, id)
}

// PageOpen says that a page of an agent's shows a conversation that he has just read, and tells who else is there. The page is worth more than this: what fails is logged.
func (d *Desk) PageOpen(ctx context.Context, by *policy.Agent, c Conversation, page string, opened, typing bool) Presence {
	out, err := d.look(ctx, by, desk.Ref{Brand: c.Brand, Conversation: c.ID}, page, opened, typing)
	if err != nil {
		d.Log.Error("presence", "conversation", c.ID, "error", setup.Outermost(err))
	}
	return out
}

// PageClosed says that this page is open no more.
func (d *Desk) PageClosed(ctx context.Context, by *policy.Agent, id, page string) *Problem {
	c, p := d.find(ctx, by, SeeConversation, id)
	if p != nil {
		return p
	}
	if err := d.leave(ctx, by, c.Ref, page); err != nil {
		return d.Unable("presence", err)
	}
	return nil
}

// look writes what is news: also that a page was just opened, for it is by the newest page that its agent goes.
func (d *Desk) look(ctx context.Context, by *policy.Agent, r desk.Ref, page string, opened, typing bool) (Presence, error) {
	all, err := d.store.Presence(ctx, r)
	if err != nil {
		return Presence{}, err
	}
	is := desk.Presence{Agent: by.ID, Page: page, At: d.Now().UTC(), Typing: typing, Opened: opened}
	seen := &store.Seen{Presence: desk.Presence{Agent: by.ID}}
	if i := slices.IndexFunc(all, func(s store.Seen) bool { return s.Agent == by.ID }); i >= 0 {
		seen = &all[i]
	}
	err = d.store.Say(ctx, r, by.ID, seen, func(was desk.Presence) (desk.Presence, bool) { return was.Look(is) })
	return d.present(all, by), err
}

// leave says that a page of an agent's is closed, or that he has gone whatever is open.
func (d *Desk) leave(ctx context.Context, by *policy.Agent, r desk.Ref, page string) error {
	now := d.Now().UTC()
	return d.store.Say(ctx, r, by.ID, nil, func(was desk.Presence) (desk.Presence, bool) { return was.Leave(page, now) })
}
