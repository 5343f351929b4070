package work

import (
	"context"
	"net/http"
	"slices"

	"pronto/shared/desk"
	"pronto/shared/policy"
)

// Kinds of the notes by which a rebuild relates two conversations once more, or parts them. They go with an agent's words, maybe none.
const (
	JournalRelated   = "related"
	JournalUnrelated = "unrelated"
)

// relate says that the conversation has to do with another of the brand: {"to": its id, "why": "…"}.
func relate(ctx context.Context, o *order) (desk.Event, *Problem) { return o.related(ctx, false) }

// unrelate says that it has not: the same body.
func unrelate(ctx context.Context, o *order) (desk.Event, *Problem) { return o.related(ctx, true) }

func (o *order) related(ctx context.Context, apart bool) (desk.Event, *Problem) {
	var v struct{ To, Why string }
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	if !known(v.To) {
		return nil, Refuse(http.StatusUnprocessableEntity, "to", "name the other conversation by its id")
	}
	ev := desk.Related{Act: o.act, Other: v.To, Apart: apart}
	c, err := o.store.GoesOn(ctx, desk.Ref{Brand: o.conversation.Brand, Conversation: v.To})
	switch {
	case err != nil:
		return nil, o.Unable("doing", err)
	case c == nil && !apart:
		return nil, Refuse(http.StatusUnprocessableEntity, "to", "the brand has no conversation of this id")
	case c != nil:
		ev.Beside = c.Ref
	}
	m, p := o.reasoned(ctx, v.Why)
	ev.Note = m
	return ev, p
}

// journalRelated is the note of a rebuild for one.
func journalRelated(ev desk.Related) Journal {
	j := Journal{Kind: JournalRelated, With: ev.Other}
	if ev.Apart {
		j.Kind = JournalUnrelated
	}
	if ev.Beside.Conversation != "" {
		j.With = ev.Beside.Conversation
	}
	return j
}

// stands tells whether what was taken before is still so: then its words may get the note that they lack.
func (o *order) stands(ev desk.Related) bool {
	return !o.kept.signed && slices.Contains(o.conversation.Related, journalRelated(ev).With) != ev.Apart
}

// gone are those of the conversations that one names which are no longer kept: too old by the rule book, or being forgotten just now.
func (d *Desk) gone(ctx context.Context, c Conversation) (all []string, err error) {
	named := slices.Clone(c.Related)
	if c.Follows != "" {
		named = append(named, c.Follows)
	}
	if c.Guest != nil {
		named = append(named, c.Guest.Conversation)
	}
	if len(named) == 0 {
		return nil, nil
	}
	var refs []desk.Ref
	for _, id := range named {
		refs = append(refs, desk.Ref{Brand: c.Brand, Conversation: id})
	}
	found, err := d.store.Conversations(ctx, refs)
	for _, r := range refs {
		if found[r] == nil && !slices.Contains(all, r.Conversation) {
			all = append(all, r.Conversation)
		}
	}
	return all, err
}

// Related are the conversations that one is related to, in the order in which agents said so. What is no longer kept is left out: Gone names it.
func (d *Desk) Related(ctx context.Context, by *policy.Agent, c Conversation) ([]Conversation, *Problem) {
	if p := may(by, c.Brand, SeeConversation); p != nil || len(c.Related) == 0 {
		return nil, p
	}
	var refs []desk.Ref
	for _, id := range c.Related {
		refs = append(refs, desk.Ref{Brand: c.Brand, Conversation: id})
	}
	found, err := d.store.Conversations(ctx, refs)
	if err != nil {
		return nil, d.Unable("related", err)
	}
	var all []Conversation
	for _, r := range refs {
		if x := found[r]; x != nil {
			all = append(all, d.shown(x))
		}
	}
	return all, nil
}
