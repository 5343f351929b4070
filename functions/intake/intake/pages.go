package intake

import (
	"context"

	"pronto/shared/desk"
)

// pageBounced takes SES's word that an agent did not get a page by mail: the agent's other ways and the next step are called.
func (h *Handler) pageBounced(ctx context.Context, r desk.EffectRef) error {
	e, ok, err := h.store.Effect(ctx, r.Ref, r.ID)
	if err != nil || !ok || e.Page == nil {
		return err
	}
	ev, now := desk.NewPageBounced(e, h.keys), h.now()
	d, err := h.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, h.policy, now) })
	if c := d.Conversation; err == nil && !d.Nothing {
		h.log.Info("turn", "brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", d.Event, "effects", len(d.Effects),
			"why", d.Why, "policy", d.Policy)
	}
	return err
}
