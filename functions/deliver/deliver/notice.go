package deliver

import (
	"context"

	"pronto/shared/channel"
	"pronto/shared/desk"
)

// overtaken cancels a notice that is not true any more when it is about to leave: a person has answered, the time that it names is over or another one,
// the contact wants or gets no automatic pieces, or the receipt has not left: nobody was promised anything yet, and when it leaves it names the new time itself.
func (h *Handler) overtaken(ctx context.Context, e desk.Effect) (done bool, err error) {
	if e.Kind != channel.Notice || e.Receipt == nil {
		return false, nil
	}
	c, err := h.store.Conversation(ctx, e.Ref)
	if err != nil {
		return true, h.again(ctx, e, "refused_for_now")
	}
	who, err := h.store.Contact(ctx, e.Brand, h.reader(e))
	if err != nil {
		return true, h.again(ctx, e, "refused_for_now")
	}
	now := h.now()
	holds := c != nil && c.Owed() && c.Promise != nil && c.Promise.Answered.IsZero() && c.Promise.By.Equal(e.Receipt.Due) && e.Receipt.Due.After(now)
	if holds {
		if holds, err = h.told(ctx, c); err != nil {
			return true, h.again(ctx, e, "refused_for_now")
		}
	}
	if holds && who.Unwanted(now) == "" {
		return false, nil
	}
	if err := h.store.Cancel(ctx, e, desk.Overtaken); err != nil {
		return true, err
	}
	h.effect(e, desk.Cancelled, desk.Overtaken)
	return true, nil
}

// answered cancels a receipt that was held up until nobody owes the answer any more that it promises: a person has answered, or settled the matter; or until whoever wrote
// wants, or gets, none any more. What leaves in time is not asked for, and what was deleted has rules of its own; of what was merged or split off the conversation in which it stands says what is owed. Of what may have left already there is no second try: whoever was answered needs no
// receipt, and a promise that was kept must not be given again. When the provider's word on the first comes after all, it counts (store.Settle).
func (h *Handler) answered(ctx context.Context, e desk.Effect) (done bool, err error) {
	if e.Kind != channel.Receipt || h.now().Sub(e.Decided) < desk.ShareWindow {
		return false, nil
	}
	c, err := h.store.WhereIs(ctx, e.Ref, e.ID)
	if err != nil {
		return true, h.again(ctx, e, "refused_for_now")
	}
	why := desk.Answered
	if c == nil || c.Owed() || c.Withdrawn {
		who, err := h.store.Contact(ctx, e.Brand, h.reader(e))
		if err != nil {
			return true, h.again(ctx, e, "refused_for_now")
		}
		if why = who.Unwanted(h.now()); why == "" {
			return false, nil
		}
	}
	if err := h.store.Cancel(ctx, e, string(why)); err != nil {
		return true, err
	}
	h.effect(e, desk.Cancelled, string(why))
	return true, nil
}

// told tells whether the receipt has left that told of what is promised, here or where the promise came from.
func (h *Handler) told(ctx context.Context, c *desk.Conversation) (bool, error) {
	x, ok := c.ToldBy()
	if !ok {
		return false, nil
	}
	r, ok, err := h.store.Effect(ctx, x.Ref, x.ID)
	return ok && (r.State == desk.Accepted || r.State == desk.Delivered), err
}
