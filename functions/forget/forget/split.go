package forget

import (
	"context"
	"slices"

	"pronto/shared/desk"
)

// rejoin gives an origin back what was split off into a conversation that goes, where some of it came since and stays: else nobody would read it any more, and nobody owe it.
func (w *work) rejoin(ctx context.Context, c *desk.Conversation) error {
	from := c.SplitFrom
	if from == nil || !slices.ContainsFunc(from.Pieces, func(p desk.Piece) bool { return p.At.After(w.until) }) {
		return nil
	}
	end, err := w.store.GoesOn(ctx, c.Ref)
	if err != nil {
		return err
	}
	of := desk.Ref{Brand: c.Brand, Conversation: from.Of}
	ev := desk.Rejoined{Subject: desk.Subject{Ref: of}, From: c.Conversation, Owed: end == nil || end.Owed()}
	into, err := w.store.GoesOn(ctx, of)
	if err != nil {
		return err
	}
	if into != nil && into.Ref != of {
		ev.Beside = into.Ref
	}
	_, err = w.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, w.policy, w.now()) })
	return err
}

// kinOver tells whether what a conversation was split off, and what was split off it, is over for too long as well: they read each other's rows.
func (k *keeping) kinOver(ctx context.Context, c *desk.Conversation) (bool, error) {
	kin := c.Kin()
	if len(kin) == 0 {
		return true, nil
	}
	for _, id := range kin {
		other, err := k.store.GoesOn(ctx, desk.Ref{Brand: c.Brand, Conversation: id})
		if err != nil || other != nil && other.Conversation != c.Conversation && !k.old(other) {
			return false, err
		}
	}
	return true, nil
}
