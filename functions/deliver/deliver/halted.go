package deliver

import (
	"context"

	"pronto/shared/desk"
)

// halted keeps an answer of a circular from leaving that was stopped since its turn: on a lane it may have waited for a provider for hours. It is owed again, and says why. Of what may have left
// there is no second try.
func (h *Handler) halted(ctx context.Context, e desk.Effect) (done bool, err error) {
	if e.Reply == nil || e.Reply.Circular == "" {
		return false, nil
	}
	stopped, err := h.store.Halted(ctx, e.Brand, e.Reply.Circular)
	switch {
	case err != nil:
		return true, h.again(ctx, e, "refused_for_now") // nobody knows: certainly unsent
	case !stopped:
		return false, nil
	case e.Unsure:
		return true, h.fail(ctx, e, desk.NoAnswer)
	}
	return true, h.fail(ctx, e, desk.CircularHalted)
}
