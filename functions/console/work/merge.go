package work

import (
	"context"
	"net/http"
	"strconv"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/reply"
)

// confirm lets the guest in: his conversation is merged into the one that he named, wherever that goes on.
func confirm(ctx context.Context, o *order) (desk.Event, *Problem) {
	if p := decode(o.raw, &struct{}{}); p != nil {
		return nil, p
	}
	ev := desk.Merged{Act: o.act, Guest: true}
	g := o.conversation.Guest
	if !g.Waits() {
		return ev, nil // the decision on it says why not
	}
	p := o.into(ctx, &ev, g.Of, "")
	return ev, p
}

// merge lets a conversation go on in another of the brand: {"into": its id, "why": "…", "different_contacts": true for one of somebody else's}.
func merge(ctx context.Context, o *order) (desk.Event, *Problem) {
	var v struct {
		Into, Why string
		Strangers bool `json:"different_contacts"`
	}
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	ev := desk.Merged{Act: o.act, Strangers: v.Strangers}
	if !known(v.Into) {
		return nil, Refuse(http.StatusUnprocessableEntity, "into", "name the conversation in which it goes on by its id")
	}
	if p := o.into(ctx, &ev, v.Into, v.Why); p != nil {
		return nil, p
	}
	if ev.Beside.Conversation == "" {
		return nil, Refuse(http.StatusUnprocessableEntity, "into", "the brand has no conversation of this id")
	}
	return ev, nil
}

// into completes a merge: where the other conversation goes on, and why.
func (o *order) into(ctx context.Context, ev *desk.Merged, id, why string) *Problem {
	c, err := o.store.GoesOn(ctx, desk.Ref{Brand: o.conversation.Brand, Conversation: id})
	if err != nil {
		return o.Unable("doing", err)
	}
	if c == nil {
		return nil
	}
	ev.Beside = c.Ref
	if ev.Same, err = o.onePerson(ctx, c.Brand, o.conversation.Contact, c.Contact); err != nil {
		return o.Unable("doing", err)
	}
	m, p := o.reasoned(ctx, why)
	ev.Note = m
	return p
}

// unmerge takes a merge back, of what was merged last into where it goes on: {"why": "…"}.
func unmerge(ctx context.Context, o *order) (desk.Event, *Problem) {
	var v struct{ Why string }
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	c := o.conversation
	ev := desk.Unmerged{Act: o.act, Words: c.Loosed}
	if c.Merged != "" {
		ev.Beside = desk.Ref{Brand: c.Brand, Conversation: c.Merged}
	}
	if a := c.Divisible(); a != nil {
		ev.Words = a.Raw
	}
	if reply.Clean(v.Why) == "" {
		return ev, nil
	}
	m, p := o.written(ctx, "note", "why", v.Why)
	ev.Note = m
	return ev, p
}

// reasoned keeps an agent's words, maybe none, on what he does to two conversations: they are a note, and the note of a rebuild lies with them.
func (o *order) reasoned(ctx context.Context, why string) (desk.Message, *Problem) {
	if utf8.RuneCountInString(why) > maxRunes {
		return desk.Message{}, Refuse(http.StatusUnprocessableEntity, "why", "a text has "+strconv.Itoa(maxRunes)+" characters at most")
	}
	return o.laid(ctx, "note", reply.Clean(why))
}
