package intake

import (
	"context"
	"errors"
	"slices"
	"strings"

	"pronto/shared/channel/network"
	"pronto/shared/channel/networks"
	"pronto/shared/channel/ses"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// release places what was held, as a person has said. It may come twice: the message's key is taken then. What cannot be read still stays held.
func (h *Handler) release(ctx context.Context, r desk.Release) error {
	held, err := h.store.OneHeld(ctx, r.HeldKey)
	if err != nil {
		return err
	}
	b := h.policy.Brand(r.To)
	if held == nil || b == nil || !held.Placeable() {
		h.log.Info("release", "brand", r.Brand, "held", r.ID, "why", "nothing_to_place", "trace", r.ID)
		return nil
	}
	raw, err := h.raw(ctx, held.Raw)
	if errors.Is(err, errMissing) {
		h.log.Info("release", "brand", r.Brand, "held", r.ID, "why", desk.HoldMissing, "trace", r.ID)
		return nil
	}
	if err != nil {
		return err
	}
	placed := &desk.Placed{Held: *held, As: r.As}
	if networks.Mentions(held.Channel) {
		return h.releaseMention(ctx, b, placed, raw)
	}
	return h.releaseMail(ctx, b, placed, raw)
}

func (h *Handler) releaseMail(ctx context.Context, b *policy.Brand, placed *desk.Placed, raw []byte) error {
	held := placed.Held
	m, err := mail.Parse(raw, h.limits())
	var bad *mail.Unreadable
	if errors.As(err, &bad) {
		h.log.Info("release", "brand", held.Brand, "held", held.ID, "why", desk.HoldUnreadable, "detail", bad.Reason, "trace", held.ID)
		return nil
	}
	if err != nil {
		return err
	}
	n := &ses.Notice{ID: strings.TrimPrefix(held.Raw, setup.MailPrefix), At: held.At, Key: held.Raw}
	if held.Envelope != nil {
		n.Envelope = *held.Envelope // without it nobody has proved who wrote it
	}
	to := recipient{brand: b}
	if all, _ := h.brands(n.Envelope.Recipients); slices.ContainsFunc(all, func(x recipient) bool { return x.brand == b }) {
		to = all[slices.IndexFunc(all, func(x recipient) bool { return x.brand == b })]
	}
	ev, said, err := h.event(ctx, to, n, m)
	if err != nil {
		return err
	}
	ev.Placed = placed
	d, err := h.received(ctx, to, ev, said)
	if err != nil {
		return err
	}
	return h.placedAlready(ctx, placed, ev, d)
}

func (h *Handler) releaseMention(ctx context.Context, b *policy.Brand, placed *desk.Placed, raw []byte) error {
	held := placed.Held
	m, err := networks.Decode(held.Channel, raw, held.At)
	var bad *network.Problem
	switch {
	case errors.As(err, &bad):
		h.log.Info("release", "brand", held.Brand, "held", held.ID, "why", desk.HoldUnreadable, "detail", bad.Field, "trace", held.ID)
		return nil
	case err != nil:
		return err
	case m.Event != network.Created: // a change places nothing
		h.log.Info("release", "brand", held.Brand, "held", held.ID, "why", desk.HoldNoOriginal, "trace", held.ID)
		return nil
	}
	id := h.keys.Message(b.ID, held.Channel, m.ID)
	return h.created(ctx, b, network.Notice{Channel: held.Channel, ID: id, Brand: b.ID, Key: held.Raw, ReceivedAt: held.At}, m, placed)
}

// placedAlready records of what was released that it is a message, where the release found it taken: it had come once more by itself.
func (h *Handler) placedAlready(ctx context.Context, placed *desk.Placed, ev desk.Received, d desk.Decision) error {
	if placed == nil || !d.Nothing {
		return nil
	}
	return h.store.AlreadyPlaced(ctx, *placed, ev.Ref, h.now())
}
