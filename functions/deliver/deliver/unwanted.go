package deliver

import (
	"context"
	"errors"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/store"
)

// unwanted looks once more whether who has not asked for it may be written to: an answer may have waited for a month, and a mail of the minute before may have been
// complained about. A copy is left out, and the conversation says so; what would go to nobody else fails, and an agent sees it. Where an earlier try may have left, with its copies,
// the copies stay as they were decided: nobody can say any more that one was not sent, unless it was said before that try.
func (h *Handler) unwanted(ctx context.Context, e *desk.Effect) (done bool, err error) {
	switch {
	case e.Reply == nil, e.Channel != desk.Email:
		return false, nil
	case e.Reply.First:
		return h.unasked(ctx, *e)
	}
	var cc []desk.Cc
	for _, x := range e.Reply.Cc {
		who, err := h.store.Contact(ctx, e.Brand, x.Contact)
		if err != nil {
			return true, h.again(ctx, *e, "refused_for_now")
		}
		why := who.UnwantedByHand(h.now()).Refusal()
		if why == "" {
			cc = append(cc, x)
			continue
		}
		unsent := desk.NewCopyUnsent(*e, x, why, h.keys)
		if e.Unsure {
			said, err := h.said(ctx, unsent)
			if err != nil {
				return true, h.again(ctx, *e, "refused_for_now")
			}
			if !said {
				cc = append(cc, x)
			}
			continue
		}
		// Before it is sent: who dies in between says so once, and leaves it out again.
		if err := h.turn(ctx, *e, unsent.In); err != nil {
			return true, err
		}
	}
	r := *e.Reply
	r.Cc, e.Reply = cc, &r
	return false, nil
}

// said tells whether the turn of an event was taken before.
func (h *Handler) said(ctx context.Context, ev desk.Returned) (bool, error) {
	done, err := h.store.Done(ctx, ev.Brand, store.Once{Channel: ev.Channel, Key: ev.Keys[0], Digest: ev.Delivery})
	if errors.Is(err, store.ErrKeyUsed) {
		return true, nil
	}
	return done, err
}

// unasked is the same of what an agent writes first, or forwards. Of what may have left there is no second try.
func (h *Handler) unasked(ctx context.Context, e desk.Effect) (done bool, err error) {
	who, err := h.store.Contact(ctx, e.Brand, h.reader(e))
	if err != nil {
		return true, h.again(ctx, e, "refused_for_now")
	}
	why := who.Unwanted(h.now())
	if e.Kind == channel.Forward {
		why = who.UnwantedByHand(h.now())
	}
	switch {
	case why == "":
		return false, nil
	case e.Unsure:
		return true, h.fail(ctx, e, desk.NoAnswer)
	}
	return true, h.fail(ctx, e, string(why.Refusal()))
}

// reader is the contact to whom an effect goes: by mail not always the conversation's own, where somebody who takes part has written last.
func (h *Handler) reader(e desk.Effect) string {
	to := ""
	switch {
	case e.Receipt != nil:
		to = e.Receipt.To.Address
	case e.Reply != nil:
		to = e.Reply.To.Address
	}
	if e.Channel != desk.Email || to == "" {
		return e.Contact
	}
	return h.keys.Contact(e.Brand, e.Channel, mail.Mailbox(to))
}
