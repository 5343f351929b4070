// Package timer keeps the clocks. Woken by a delayed message it takes the turn of the one conversation whose time has come; woken once a minute it
// arms the clocks of the next two minutes as delayed messages, and puts on its lane again every open effect whose time has come.
//
// A message is only a hint: the turn looks at the conversation, so a lost, late, early or double one decides nothing wrong. What the stream lost, what a
// crash left half done, what a provider put off and what an outage slept over come back with the sweep, oldest first.
package timer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
	"pronto/shared/lane"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// perShard bounds one sweep of a shard; the rest waits for the next, oldest first.
const perShard = 500

// Handler is the timer function.
type Handler struct {
	store  *store.Store
	lanes  *lane.Lanes
	policy *policy.Policy
	now    func() time.Time
	log    *slog.Logger
}

// New wires the function.
func New(_ context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.Table, setup.Policy)
	if err != nil {
		return nil, err
	}
	p, err := s.Policy()
	if err != nil {
		return nil, err
	}
	lanes, err := lane.New(s)
	if err != nil {
		return nil, err
	}
	return &Handler{store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), lanes: lanes, policy: p, now: s.Now, log: s.Log}, nil
}

// Handle takes what wakes the function: a batch of the wake queue, or the minute's schedule.
func (h *Handler) Handle(ctx context.Context, payload json.RawMessage) (events.SQSEventResponse, error) {
	var ev events.SQSEvent
	if err := json.Unmarshal(payload, &ev); err != nil {
		return events.SQSEventResponse{}, fmt.Errorf("decode event: %w", err)
	}
	if len(ev.Records) == 0 {
		return events.SQSEventResponse{}, h.sweepAll(ctx)
	}
	var out events.SQSEventResponse
	for _, m := range ev.Records {
		if err := h.tick(ctx, m.Body); err != nil {
			h.log.Error("timer", "queued", m.MessageId, "error", setup.Outermost(err))
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return out, nil
}

func (h *Handler) tick(ctx context.Context, body string) error {
	ref, err := lane.Decode(body)
	if err != nil {
		return err // the dead-letter queue keeps it, with an alarm
	}
	now := h.now()
	ev := desk.Ticked{Subject: desk.Subject{Ref: ref.Ref}}
	d, err := h.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, h.policy, now) })
	if err != nil {
		return err
	}
	if !d.Nothing {
		c := d.Conversation
		h.log.Info("turn", "brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", d.Event, "status", c.Status,
			"priority", c.Priority, "assignee", c.Assignee.ID, "effects", len(d.Effects), "why", d.Why, "policy", d.Policy)
	}
	return nil
}

// sweepAll sweeps all shards at once. One shard's error does not keep the others waiting.
func (h *Handler) sweepAll(ctx context.Context) error {
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
		h.log.Info("sweep", "found", n)
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
		order := lane.Order{EffectRef: o.EffectRef, Lane: o.Lane}
		if o.ID == "" {
			order.Delay = o.At.Sub(now)
		}
		orders = append(orders, order)
	}
	missed := map[string]bool{}
	var errs []error
	for _, f := range h.lanes.Put(ctx, orders) {
		missed[f.Key()] = true
		errs = append(errs, f.Err)
	}
	for i, o := range due {
		if !missed[orders[i].Key()] {
			errs = append(errs, h.store.Postpone(ctx, o, now))
		}
	}
	return len(due) - len(missed), errors.Join(errs...)
}
