package poll

import (
	"context"
	"errors"
	"time"

	"pronto/shared/line"
	"pronto/shared/store"
)

// rhythm is the time between two polls of an account.
const rhythm = 15 * time.Second

// order orders the polls of the brands' accounts for this minute: each is a delayed message, since waiting in a queue costs nothing and waiting in a function does.
// Two rounds that come for one minute order twice, which listen's lease bears.
func (h *Handler) order(ctx context.Context) error {
	now := h.now()
	var orders []line.Order
	for delay := time.Duration(0); delay < time.Minute; delay += rhythm {
		for _, a := range line.Accounts(h.policy) {
			orders = append(orders, line.Order{Brand: a.Brand, Channel: a.Channel, Handle: a.Handle, At: now.Add(delay)})
		}
	}
	return errors.Join(line.Put(ctx, h.sqs, h.accounts, now, orders...), h.tell(ctx))
}

// cutOff is how long an account may be cut off before somebody must look: a server's restart is nobody's business.
const cutOff = 10 * time.Minute

// tell writes the minute's line of the ledger on how the accounts are, of which metrics and alarms are made.
func (h *Handler) tell(ctx context.Context) error {
	var places []store.Place
	for _, a := range line.Accounts(h.policy) {
		places = append(places, store.Place{Brand: a.Brand, Channel: a.Channel, ID: a.Handle})
	}
	if len(places) == 0 {
		return nil
	}
	all, err := h.store.Health(ctx, places)
	if err != nil {
		return err
	}
	now, failing, silent, behind := h.now(), 0, 0, 0
	for _, one := range all {
		if one.Troubled(now, cutOff) {
			failing++
		}
		if one.Quiet(now) {
			silent++
		}
		if !one.Behind.IsZero() {
			behind++
		}
	}
	h.log.Info("accounts", "accounts", len(all), "failing", failing, "silent", silent, "behind", behind)
	return nil
}
