package timer

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"pronto/shared/desk"
	"pronto/shared/lane"
	"pronto/shared/store"
)

const (
	// perShard bounds one round over a shard.
	perShard = 500
	// lastRound is how long before the function's deadline no other round is begun.
	lastRound = 15 * time.Second
)

// sweepAll goes over all shards until nothing is due or time runs out: the rest waits for the next minute. One shard's error does not keep the others waiting.
func (h *Handler) sweepAll(ctx context.Context) error {
	found, errs, began := 0, []error(nil), h.now()
	for {
		due, full, failed := h.due(ctx)
		n, err := h.bring(ctx, due)
		found, errs = found+n, append(errs, failed, err)
		if deadline, ok := ctx.Deadline(); !full || n == 0 || err != nil || ok && time.Until(deadline) < lastRound {
			break
		}
	}
	if found > 0 {
		h.log.Info("sweep", "found", found, "began", began)
	}
	return errors.Join(errs...)
}

// due reads all shards at once; full is whether one of them may have more. What is due comes in its order over all shards: after an outage the longest
// overdue is brought first.
func (h *Handler) due(ctx context.Context) (all []store.Overdue, full bool, err error) {
	var wg sync.WaitGroup
	var found [store.Shards][]store.Overdue
	var errs [store.Shards]error
	now := h.now()
	for shard := range store.Shards {
		wg.Go(func() { found[shard], errs[shard] = h.store.Due(ctx, shard, now, perShard) })
	}
	wg.Wait()
	for _, f := range found {
		all, full = append(all, f...), full || len(f) == perShard
	}
	slices.SortStableFunc(all, func(a, b store.Overdue) int { return a.At.Compare(b.At) })
	return all, full, errors.Join(errs[:]...)
}

// bring puts what is due on its lane and says how many got there. A page that is late calls the next step, too.
func (h *Handler) bring(ctx context.Context, due []store.Overdue) (int, error) {
	now := h.now()
	due, parts, err := h.bringParts(ctx, due, now)
	orders := make([]lane.Order, len(due))
	for i, o := range due {
		orders[i] = lane.Order{EffectRef: o.EffectRef, Lane: o.Lane}
		if o.ID == "" {
			orders[i].Delay = o.At.Sub(now)
		}
	}
	missed, errs := map[string]bool{}, []error{err}
	for _, f := range h.lanes.Put(ctx, orders) {
		errs = append(errs, f.Err)
		// What no lane of this version takes is put off like the rest, or it would stand at the head of the shard for ever.
		missed[f.Key()] = !errors.Is(f.Err, lane.ErrUnknown)
	}
	errs = append(errs, h.each(due, func(o store.Overdue) error {
		if missed[lane.Order{EffectRef: o.EffectRef}.Key()] {
			return nil
		}
		err := h.store.Postpone(ctx, o, now)
		if o.Lane == desk.LanePage {
			err = errors.Join(err, h.watch(ctx, o.EffectRef))
		}
		return err
	}))
	return parts + len(due) - count(missed), errors.Join(errs...)
}

// bringParts orders the parts of circulars that are due, and gives back the rest of what is.
func (h *Handler) bringParts(ctx context.Context, due []store.Overdue, now time.Time) (rest []store.Overdue, n int, err error) {
	for _, o := range due {
		if o.Circular == "" {
			rest = append(rest, o)
			continue
		}
		failed := h.lanes.PutPart(ctx, lane.Part{Brand: o.Brand, Circular: o.Circular}, 0)
		if failed == nil {
			failed = h.store.Postpone(ctx, o, now)
			n++
		}
		err = errors.Join(err, failed)
	}
	return rest, n, err
}

func count(missed map[string]bool) (n int) {
	for _, m := range missed {
		if m {
			n++
		}
	}
	return n
}

// each does something for all, a few at a time.
func (h *Handler) each(due []store.Overdue, do func(store.Overdue) error) error {
	next := make(chan store.Overdue)
	var wg sync.WaitGroup
	var errs [store.Shards]error
	for i := range errs {
		wg.Go(func() {
			for o := range next {
				errs[i] = errors.Join(errs[i], do(o))
			}
		})
	}
	for _, o := range due {
		next <- o
	}
	close(next)
	wg.Wait()
	return errors.Join(errs[:]...)
}
