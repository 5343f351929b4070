// Package timer looks after what nobody woke for: once a minute it puts every open effect whose time has come on its lane again.
// What the stream lost, what a crash left half done and what a provider put off all come back here.
package timer

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/lane"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// perShard bounds one sweep of a shard; the rest waits for the next, oldest first.
const perShard = 500

// Handler is the timer function.
type Handler struct {
	store *store.Store
	lanes *lane.Lanes
	now   func() time.Time
	log   *slog.Logger
}

// New wires the function.
func New(_ context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.Table)
	if err != nil {
		return nil, err
	}
	lanes, err := lane.New(s)
	if err != nil {
		return nil, err
	}
	return &Handler{store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), lanes: lanes, now: s.Now, log: s.Log}, nil
}

// Handle sweeps all shards at once. One shard's error does not keep the others waiting.
func (h *Handler) Handle(ctx context.Context, _ events.EventBridgeEvent) error {
	var wg sync.WaitGroup
	var swept atomic.Int64
	errs := make([]error, store.Shards)
	for shard := range store.Shards {
		wg.Go(func() {
			n, err := h.sweep(ctx, shard)
			swept.Add(int64(n))
			errs[shard] = err
		})
	}
	wg.Wait()
	if n := swept.Load(); n > 0 {
		h.log.Info("sweep", "effects", n)
	}
	return errors.Join(errs...)
}

func (h *Handler) sweep(ctx context.Context, shard int) (int, error) {
	now := h.now()
	due, err := h.store.Due(ctx, shard, now, perShard)
	if err != nil {
		return 0, err
	}
	var orders []lane.Order
	for _, o := range due {
		orders = append(orders, lane.Order{EffectRef: o.EffectRef, Lane: o.Lane})
	}
	missed := map[string]bool{}
	var errs []error
	for _, f := range h.lanes.Put(ctx, orders) {
		errs = append(errs, f.Err)
		// What no lane of this version takes is put off like the rest, or it would stand at the head of the shard for ever.
		missed[f.Key()] = !errors.Is(f.Err, lane.ErrUnknown)
	}
	for i, o := range due {
		if !missed[orders[i].Key()] {
			errs = append(errs, h.store.Postpone(ctx, o, now))
		}
	}
	return len(due), errors.Join(errs...)
}
