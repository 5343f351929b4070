package forget

import (
	"context"
	"errors"
	"slices"

	"pronto/shared/desk"
	"pronto/shared/store"
)

// copied removes what the contact wrote in conversations of others, in which he takes part since he had a copy of an answer there, and that he had it.
func (w *work) copied(ctx context.Context, own []desk.Ref, merged map[string]store.Parts) error {
	all, err := w.store.Participations(ctx, w.brand, w.contact, w.until)
	if err != nil {
		return err
	}
	for _, r := range all {
		if !slices.Contains(own, r) {
			if err := w.participation(ctx, r, merged[r.Conversation]); err != nil {
				return err
			}
			t, err := w.store.Timeline(ctx, r)
			if err != nil {
				return err
			}
			if t != nil {
				if err := w.store.EraseCopies(ctx, t, w.contact, w.until); err != nil {
					return err
				}
			}
		}
		if err := w.store.EraseParticipation(ctx, r, w.contact); err != nil {
			return err
		}
	}
	return nil
}

// participation removes what the contact wrote in a conversation of somebody else's.
func (w *work) participation(ctx context.Context, r desk.Ref, parts store.Parts) error {
	t, err := w.store.Timeline(ctx, r)
	if err != nil || t == nil {
		return err
	}
	e := store.Erasure{Timeline: t, Until: w.until, Thread: w.thread, Now: w.now()}
	var his []desk.Message
	for _, m := range t.Messages {
		if w.wrote(t.Conversation.Channel, m) && e.Meant(m.At) {
			his = append(his, m)
		}
	}
	if err := w.objects(ctx, his, nil); err != nil {
		return err
	}
	gone, err := w.store.EraseParticipant(ctx, e, w.contact, parts, func(m desk.Message) bool {
		return w.wrote(t.Conversation.Channel, m)
	}, w.sent)
	w.count(gone)
	return errors.Join(err, w.saved(ctx))
}

// wrote tells whether a message is the contact's own.
func (w *work) wrote(channel string, m desk.Message) bool {
	return m.Direction == "in" && w.is(channel, m.Author.Address)
}

// sent tells whether an effect goes to the contact, whoever may answer it.
func (w *work) sent(e desk.Effect) bool {
	switch {
	case e.Receipt != nil:
		return w.is(e.Channel, e.Receipt.To.Address)
	case e.Reply != nil:
		return w.is(e.Channel, e.Reply.To.Address)
	case e.Survey != nil:
		return w.is(e.Channel, e.Survey.To.Address)
	}
	return false
}
