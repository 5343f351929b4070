package forget

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// conversations removes all of the contact's own, and what he wrote in those that his were merged into.
func (w *work) conversations(ctx context.Context) error {
	refs, err := w.store.ConversationsOf(ctx, w.brand, w.contact, w.until)
	if err != nil {
		return err
	}
	merged := map[string]store.Parts{} // conversation of another → those of his that went on there
	for _, r := range refs {
		c, err := w.store.Conversation(ctx, r)
		if err != nil {
			return err
		}
		if c == nil {
			continue // its head went before its messages, and after he had left the other
		}
		way, err := w.onward(ctx, c)
		if err != nil {
			return err
		}
		if len(way) == 0 {
			continue
		}
		stay, err := w.stays(ctx, r)
		if err != nil {
			return err
		}
		for _, into := range way {
			if slices.Contains(refs, into) {
				continue
			}
			parts := merged[into.Conversation]
			if parts.Stay = append(parts.Stay, stay...); len(stay) == 0 {
				parts.Gone = append(parts.Gone, r.Conversation)
			}
			merged[into.Conversation] = parts
		}
	}
	if err := w.copied(ctx, refs, merged); err != nil {
		return err
	}
	for into, parts := range merged {
		if err := w.participation(ctx, desk.Ref{Brand: w.brand, Conversation: into}, parts); err != nil {
			return err
		}
	}
	for _, r := range refs {
		if err := w.conversation(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// stays is what of a conversation is not forgotten, since it came later: where that was merged, it is read and owed there as before.
func (w *work) stays(ctx context.Context, r desk.Ref) ([]desk.Message, error) {
	t, err := w.store.Timeline(ctx, r)
	if err != nil || t == nil {
		return nil, err
	}
	_, stay := store.Erasure{Timeline: t, Until: w.until}.Messages()
	return stay, nil
}

// onward are the conversations in which one goes on, one after the other.
func (h *Handler) onward(ctx context.Context, c *desk.Conversation) (all []desk.Ref, err error) {
	for c != nil && c.Merged != "" && len(all) <= desk.MaxParts {
		r := desk.Ref{Brand: c.Brand, Conversation: c.Merged}
		all = append(all, r)
		if c, err = h.store.Conversation(ctx, r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// loosen lets what was merged into a conversation that goes, and is of others, stand for itself again: what they wrote stays, and is owed if anything was.
func (w *work) loosen(ctx context.Context, c *desk.Conversation) error {
	for _, id := range c.Parts {
		r := desk.Ref{Brand: c.Brand, Conversation: id}
		part, err := w.store.Conversation(ctx, r)
		if err != nil {
			return err
		}
		if part == nil || part.Contact == c.Contact || part.Merged != c.Conversation {
			continue
		}
		end, err := w.store.GoesOn(ctx, r)
		if err != nil {
			return err
		}
		ev := desk.SetLoose{Subject: desk.Subject{Ref: r}, From: c.Conversation, Owed: end == nil || end.Owed()}
		if _, err := w.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, w.policy, w.now()) }); err != nil {
			return err
		}
	}
	return nil
}

// unrelate lets no conversation name one that goes, or what was merged into it. What was merged itself is named by what is related to where it goes on.
func (w *work) unrelate(ctx context.Context, c *desk.Conversation) error {
	way, err := w.onward(ctx, c)
	if err != nil {
		return err
	}
	related := slices.Clone(c.Related)
	for _, r := range way {
		into, err := w.store.Conversation(ctx, r)
		if err != nil {
			return err
		}
		if into != nil {
			related = append(related, into.Related...)
		}
	}
	for _, id := range related {
		other, err := w.store.GoesOn(ctx, desk.Ref{Brand: c.Brand, Conversation: id})
		if err != nil {
			return err
		}
		if other == nil {
			continue
		}
		for _, id := range append([]string{other.Conversation}, other.Parts...) { // what was merged remembers how it stood
			ev := desk.Parted{Subject: desk.Subject{Ref: desk.Ref{Brand: c.Brand, Conversation: id}}, From: append([]string{c.Conversation}, c.Parts...)}
			if _, err := w.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, w.policy, w.now()) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// looks is how often a conversation is read again that moves while it is being forgotten.
const looks = 10

// conversation removes one of the contact's: all of it, or what is of before where something has come in since.
func (w *work) conversation(ctx context.Context, r desk.Ref) error {
	for range looks {
		t, err := w.store.Remains(ctx, r)
		if err != nil {
			return err
		}
		e := store.Erasure{Timeline: t, Until: w.until, Thread: w.thread, Now: w.now()}
		if _, stay := e.Messages(); len(stay) == 0 {
			if err := errors.Join(w.loosen(ctx, t.Conversation), w.unrelate(ctx, t.Conversation), w.rejoin(ctx, t.Conversation)); err != nil {
				return err
			}
		}
		doomed, err := w.store.Fence(ctx, e)
		if errors.Is(err, store.ErrMoved) {
			continue
		}
		if err != nil {
			return err
		}
		return w.erase(ctx, e, doomed)
	}
	return fmt.Errorf("forget %s: %w", r.Conversation, store.ErrBusy)
}

// erase removes what a fence stands around.
func (w *work) erase(ctx context.Context, e store.Erasure, doomed *store.Doomed) error {
	r := e.Timeline.Conversation.Ref
	w.noteForwards(e)
	gone, stay := e.Messages()
	if err := w.leave(ctx, e, len(stay) == 0); err != nil {
		return err
	}
	written := []string{setup.WordsPrefix + r.Conversation + "/", setup.UploadsPrefix + r.Brand + "/" + r.Conversation + "/"}
	if len(stay) == 0 {
		if err := w.removeUnder(ctx, written); err != nil {
			return err
		}
	} else { // of what agents began and no message names goes what is of before
		for _, prefix := range written {
			if err := w.removeOf(ctx, prefix, func(key string, at time.Time) bool { return e.Meant(at) && !names(stay, key) }); err != nil {
				return err
			}
		}
	}
	until := w.until
	if len(stay) == 0 { // nobody will find there what was begun since
		until = w.now()
	}
	if err := w.drafts(ctx, r.Conversation, until); err != nil {
		return err
	}
	gone = slices.Clone(gone)
	slices.Reverse(gone) // the oldest, by which it is found, goes last
	for len(gone) > 0 {
		n := min(len(gone), erased)
		if err := w.objects(ctx, gone[:n], nil); err != nil {
			return err
		}
		count, err := w.store.EraseConversation(ctx, doomed, gone[:n], n == len(gone))
		w.count(count)
		if err := errors.Join(err, w.saved(ctx)); err != nil {
			return err
		}
		gone = gone[n:]
	}
	return nil
}

// drafts removes what agents had begun to write until a time, at a conversation or as a letter to a contact.
func (w *work) drafts(ctx context.Context, about string, until time.Time) error {
	count, err := w.store.EraseDrafts(ctx, w.brand, about, until, w.now(), w.draftFiles)
	w.count(count)
	return err
}

// draftFiles removes what was uploaded for a letter that nobody has sent: it lies with all of its agent's letters, under nothing of the contact's. What was uploaded at a conversation
// goes with that.
func (w *work) draftFiles(ctx context.Context, x store.Drafted) error {
	if _, letter := desk.LetterTo(x.About); !letter || len(x.Files) == 0 {
		return nil
	}
	under := setup.UploadsPrefix + x.Brand + "/" + w.keys.Letters(x.Brand, x.Agent) + "/"
	return w.remove(ctx, under, func(key string) bool {
		return slices.ContainsFunc(x.Files, func(f desk.DraftFile) bool { return key == under+f.Upload })
	})
}

// erased is how many messages go at once: who dies is called again, and goes on with those that are left.
const erased = 50

// names tells whether one of some messages names an object of agents'.
func names(messages []desk.Message, key string) bool {
	return slices.ContainsFunc(messages, func(m desk.Message) bool {
		return m.Raw == key || slices.ContainsFunc(m.Files, func(f desk.File) bool { return f.Key == key })
	})
}
