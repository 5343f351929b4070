package forget

import (
	"context"
	"slices"
	"strings"

	"pronto/shared/channel"
	"pronto/shared/store"
)

// noteForwards notes to which hosts the contact's words had been forwarded, before what tells it goes: nobody can have them back from there, and the receipt of the removal says so. The
// host alone: the address is somebody else's.
func (w *work) noteForwards(e store.Erasure) {
	if w.forwarded == nil {
		return
	}
	for _, x := range e.Timeline.Effects {
		if x.Kind != channel.Forward || x.Reply == nil || !e.Meant(x.Decided) {
			continue
		}
		_, host, ok := strings.Cut(x.Reply.To.Address, "@")
		if host = strings.ToLower(host); ok && !slices.Contains(*w.forwarded, host) {
			*w.forwarded = append(*w.forwarded, host)
		}
	}
	slices.Sort(*w.forwarded)
}

// leave takes out that others take part in a conversation that goes whole, and that it was forwarded to anybody: what they had is found by nothing of it any more.
func (w *work) leave(ctx context.Context, e store.Erasure, whole bool) error {
	c := e.Timeline.Conversation
	var all []string
	for _, x := range c.Thirds {
		all = append(all, x.Contact)
	}
	for _, p := range c.Participants {
		if whole && p.Copied {
			all = append(all, p.Contact)
		}
	}
	for _, contact := range all {
		if err := w.store.EraseParticipation(ctx, c.Ref, contact); err != nil {
			return err
		}
	}
	return nil
}
