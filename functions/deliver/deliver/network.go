package deliver

import (
	"context"
	"errors"
	"sync"
	"time"

	"pronto/shared/channel"
	"pronto/shared/channel/network"
	"pronto/shared/channel/networks"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// late ends a receipt that has waited for longer than the policy lets one be given on a network: while that was away, or the account was not connected.
func (h *Handler) late(ctx context.Context, e desk.Effect) (done bool, err error) {
	b := h.policy.Brand(e.Brand)
	if b == nil || e.Kind != channel.Receipt || e.Unsure {
		return false, nil // what may have left already cannot be taken back
	}
	u, _ := b.Use(e.Channel)
	if u.ReceiptWithin == 0 || h.now().Sub(e.Decided) <= u.ReceiptWithin {
		return false, nil
	}
	if err := h.store.Cancel(ctx, e, string(mail.Late)); err != nil {
		return true, err
	}
	h.effect(e, desk.Cancelled, string(mail.Late))
	return true, nil
}

// unanswerable is why nothing can be said to what a piece answers: its author has deleted it, or the network takes no answer of ours; "" where that is not why.
func unanswerable(err error) desk.Silence {
	switch {
	case errors.Is(err, network.ErrGone):
		return desk.Withdrawn
	case errors.Is(err, network.ErrBarred):
		return desk.Barred
	}
	return ""
}

// moot ends what cannot be said to anybody any more. A receipt counts as suppressed; a person's answer has failed, and is owed again.
func (h *Handler) moot(ctx context.Context, e desk.Effect, why desk.Silence) error {
	known, _ := channel.Of(e.Channel)
	if e.Kind == channel.Reply || e.Unsure && known.Guarantee != channel.ExactlyOnce {
		return h.fail(ctx, e, string(why))
	}
	if err := h.store.Cancel(ctx, e, string(why)); err != nil {
		return err
	}
	h.effect(e, desk.Cancelled, string(why))
	return nil
}

// rest puts an effect back until its network takes something again. It is no try: what waits for its turn is not given up sooner for it.
func (h *Handler) rest(ctx context.Context, e desk.Effect, until time.Time) error {
	now := h.now()
	if now.Sub(e.Decided) > giveUp {
		return h.fail(ctx, e, string(network.CodeLimited))
	}
	if until.Before(now.Add(firstPause)) {
		until = now.Add(firstPause)
	}
	if err := h.store.Release(ctx, e, until); err != nil {
		return err
	}
	h.effect(e, desk.Queued, string(network.CodeLimited))
	return nil
}

// outward remembers how sending from each account goes, so that the table is written when that changes and not with every piece.
type outward struct {
	store *store.Store
	mu    sync.Mutex
	known map[store.Place]went
}

// went is how an account's last sending went in this process, and when the table was held against it: another process may have written since.
type went struct {
	code network.Code
	at   time.Time
}

const outwardLife = time.Minute

// health keeps how sending went. A piece that the network will never take says nothing of the account.
func (h *Handler) health(ctx context.Context, e desk.Effect, o channel.Outgoing, err error) {
	if _, spoken := networks.Of(e.Channel); !spoken || channel.IsPermanent(err) || o.From.Address == "" {
		return
	}
	code := network.CodeOf(err)
	if errors.Is(err, store.ErrRenewing) || code == network.CodeLimited {
		return // it passes by itself
	}
	p := store.Place{Brand: e.Brand, Channel: e.Channel, ID: o.From.Address}
	h.outward.mu.Lock()
	was, known := h.outward.known[p]
	fresh := known && was.code == code && h.now().Sub(was.at) < outwardLife
	if h.outward.known == nil {
		h.outward.known = map[store.Place]went{}
	}
	if !fresh {
		h.outward.known[p] = went{code, h.now()}
	}
	h.outward.mu.Unlock()
	if fresh {
		return
	}
	if err := h.keepHealth(ctx, p, code); err != nil {
		h.log.Error("deliver", "brand", e.Brand, "conversation", e.Conversation, "effect", e.ID, "trace", e.Traced().String(), "error", setup.Outermost(err)) // the piece has its outcome all the same
	}
}

// keepHealth writes what differs from what is kept: an instance that is new knows nothing of what its neighbours wrote.
func (h *Handler) keepHealth(ctx context.Context, p store.Place, code network.Code) error {
	all, err := h.store.Health(ctx, []store.Place{p})
	was := all[p].Outward
	if err != nil || was.Failure == "" && code == "" {
		return err
	}
	now := h.now()
	if was.Failure == string(code) && was.Fails(now) {
		was.At = now
		return h.store.SetOutward(ctx, p.Brand, p.Channel, p.ID, was)
	}
	return h.store.SetOutward(ctx, p.Brand, p.Channel, p.ID, store.Outward{Failure: string(code), Since: now, At: now})
}
