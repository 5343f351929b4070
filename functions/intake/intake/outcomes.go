package intake

import (
	"context"

	"pronto/shared/channel"
	"pronto/shared/channel/ses"
	"pronto/shared/desk"
	"pronto/shared/setup"
)

// outcome is SES's word about a mail that left.
type outcome struct {
	ses.Event
	queued string // the SQS message that brought it
	again  bool   // it was put off once already
}

func (o outcome) effect() desk.EffectRef {
	return desk.EffectRef{Ref: desk.Ref{Brand: o.Tags[ses.TagBrand], Conversation: o.Tags[ses.TagConversation]}, ID: o.Tags[ses.TagEffect]}
}

// outcomes makes the state of effects true to what SES says, with one read for the batch, and returns the SQS messages that must come again. Any event is
// proof that SES had accepted the mail, for the effects whose sender died before it could record that.
func (h *Handler) outcomes(ctx context.Context, told []outcome) (again []string) {
	byRef := map[desk.EffectRef][]outcome{}
	var refs []desk.EffectRef
	for _, o := range told {
		r := o.effect()
		if r.ID == "" || r.Brand == "" || r.Conversation == "" {
			h.tell(r, "", o)
			continue // sent by somebody else with our configuration set
		}
		if byRef[r] == nil {
			refs = append(refs, r)
		}
		byRef[r] = append(byRef[r], o)
	}
	effects, err := h.store.Effects(ctx, refs)
	if err != nil {
		h.log.Error("outcomes", "events", len(told), "error", setup.Outermost(err))
		for _, o := range told {
			again = append(again, o.queued)
		}
		return again
	}
	for _, e := range effects {
		again = append(again, h.told(ctx, e, byRef[desk.EffectRef{Ref: e.Ref, ID: e.ID}])...)
	}
	return again
}

// tell writes the line of an event that no effect's own line tells.
func (h *Handler) tell(r desk.EffectRef, trace string, o outcome) {
	if o.Type != "Send" && o.Type != "Delivery" {
		h.log.Info("outcome", "brand", r.Brand, "conversation", r.Conversation, "effect", r.ID, "provider_event", o.Type, "report", o.Report, "trace", trace)
	}
}

// told takes all that the batch tells of one effect.
func (h *Handler) told(ctx context.Context, e desk.Effect, all []outcome) (again []string) {
	for _, o := range all {
		h.tell(o.effect(), e.Traced().String(), o)
		wait, err := false, h.settle(ctx, &e, o)
		if err == nil && o.Report != "" {
			wait, err = h.report(ctx, &e, o)
		}
		if err != nil {
			h.log.Error("outcome", "brand", e.Brand, "conversation", e.Conversation, "effect", e.ID, "provider_event", o.Type, "trace", e.Traced().String(), "error", setup.Outermost(err))
		}
		if wait || err != nil {
			again = append(again, o.queued)
		}
	}
	return again
}

// settle records an acceptance that its sender could not.
func (h *Handler) settle(ctx context.Context, e *desk.Effect, o outcome) error {
	if e.State != desk.Sending && !(e.State == desk.Queued && e.Unsure) && !(e.State == desk.Failed && e.Why == desk.NoAnswer && e.Report == "") {
		return nil
	}
	if err := h.store.Settle(ctx, *e, h.keys.Message(e.Brand, e.Channel, o.ID), o.ID); err != nil {
		return err
	}
	e.State = desk.Accepted
	h.effect(*e, "provider_event")
	return nil
}

// report records what became of the mail, and has the desk decide what follows where it did not arrive. wait asks for the event once more: a bounce that
// says nothing clear is an out-of-office note if the mail was delivered, and the event of that may be behind it.
func (h *Handler) report(ctx context.Context, e *desk.Effect, o outcome) (wait bool, err error) {
	if to := e.Copy(o.About); to != nil {
		if o.Report.Failed() && o.Report != channel.Unclear || o.Report == channel.Complained {
			return false, h.turn(ctx, *e, desk.NewCopyReturned(*e, *to, o.Report, h.keys).In)
		}
		return false, nil // what became of a copy is not what became of the answer
	}
	if o.Report == channel.Unclear && !o.again && e.Report != channel.Delivered && e.Page == nil {
		return true, nil
	}
	before := e.Report
	if *e, err = h.store.Report(ctx, *e, o.Report); err != nil {
		return false, err
	}
	if e.Report != before {
		h.effect(*e, string(e.Report))
	}
	switch {
	case e.Page != nil && o.Type == "Bounce":
		return false, h.pageBounced(ctx, *e)
	case e.Page == nil && e.Report == o.Report && (o.Report.Failed() || o.Report == channel.Complained):
		// Also where the state had it already: who recorded it may have died before this turn.
		return false, h.turn(ctx, *e, desk.NewReturned(*e, o.Report, h.keys).In)
	}
	return false, nil
}

// effect writes the effect's line in the ledger.
func (h *Handler) effect(e desk.Effect, why string) {
	h.log.Info("effect", "brand", e.Brand, "conversation", e.Conversation, "effect", e.ID, "kind", e.Kind, "state", e.State, "why", why, "trace", e.Traced().String())
}

// pageBounced takes SES's word that an agent did not get a page by mail: the agent's other ways and the next step are called.
func (h *Handler) pageBounced(ctx context.Context, e desk.Effect) error {
	return h.turn(ctx, e, desk.NewPageBounced(e, h.keys).In)
}

// turn takes the turn of an event about what had left, wherever its conversation goes on.
func (h *Handler) turn(ctx context.Context, e desk.Effect, event func(desk.Ref) desk.Event) error {
	now := h.now()
	d, err := h.store.TurnOn(ctx, e.Ref, event, func(ev desk.Event, f desk.Facts) desk.Decision { return desk.Decide(f, ev, h.policy, now) })
	if c := d.Conversation; err == nil && !d.Nothing {
		h.log.Info("turn", "brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", d.Event, "effects", len(d.Effects),
			"trace", e.Traced().With(d.Trace()...).String(), "why", d.Why, "policy", d.Policy)
	}
	return err
}
