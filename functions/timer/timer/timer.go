// Package timer keeps the clocks. Woken by a delayed message it takes the turn of the one conversation whose time has come, looks whether a page has left, or gives a circular's next part;
// woken once a minute it arms the clocks of the next two minutes as delayed messages, and puts on its lane again every open effect whose time has come.
//
// A message is only a hint: the turn looks at the conversation, so a lost, late, early or double one decides nothing wrong. What the stream lost, what a
// crash left half done, what a provider put off and what an outage slept over come back with the sweep, in the order in which they were due.
package timer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/lane"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Handler is the timer function.
type Handler struct {
	store  *store.Store
	lanes  *lane.Lanes
	policy *policy.Policy
	now    func() time.Time
	log    *slog.Logger

	outlooks  outlooks
	circulars circulars
}

// circulars is the desk that goes on with them. It is opened when the first does: conversations' clocks need no more than the table.
type circulars struct {
	sync.Mutex
	setup *setup.Setup
	desk  *work.Circulars
}

func (c *circulars) open(ctx context.Context) (*work.Circulars, error) {
	c.Lock()
	defer c.Unlock()
	if c.desk == nil {
		d, err := work.ForCirculars(ctx, c.setup)
		if err != nil {
			return nil, err
		}
		c.desk = d
	}
	return c.desk, nil
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
	return &Handler{
		store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), lanes: lanes, policy: p, now: s.Now, log: s.Log,
		circulars: circulars{setup: s},
	}, nil
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

// tick looks at what a message names. SQS knows whole seconds only: who is woken a part of one too early waits for it.
func (h *Handler) tick(ctx context.Context, body string) error {
	if p, ok := lane.DecodePart(body); ok {
		return h.goOn(ctx, p)
	}
	ref, err := lane.Decode(body)
	if err != nil {
		return err // the dead-letter queue keeps it, with an alarm
	}
	if ref.ID != "" {
		return h.watch(ctx, ref)
	}
	next, err := h.look(ctx, ref.Ref, h.now())
	if err != nil || next == nil {
		return err
	}
	if now, ok := h.wait(ctx, *next); ok {
		_, err = h.look(ctx, ref.Ref, now)
	}
	return err
}

// goOn gives a circular's next part, and orders the one after it. Where it cannot be ordered the sweep finds that it is due.
func (h *Handler) goOn(ctx context.Context, p lane.Part) error {
	d, err := h.circulars.open(ctx)
	if err != nil {
		return err
	}
	next, err := d.NextPart(ctx, p.Brand, p.Circular)
	if err != nil || next == nil {
		return err
	}
	if err := h.lanes.PutPart(ctx, p, next.Sub(h.now())); err != nil {
		h.log.Error("circular", "brand", p.Brand, "circular", p.Circular, "error", setup.Outermost(err))
	}
	return nil
}

// look takes a conversation's turn. When nothing is due yet it says what will be.
func (h *Handler) look(ctx context.Context, r desk.Ref, now time.Time) (next *time.Time, err error) {
	ev := desk.Ticked{Subject: desk.Subject{Ref: r}}
	var before desk.Facts
	d, err := h.turn(ctx, ev, now, func(f desk.Facts) {
		before = f
		if next = nil; f.Conversation != nil {
			next = f.Conversation.Next
		}
	})
	if err != nil || !d.Nothing {
		if err == nil && desk.WarnedBy(before, d) {
			h.forewarn(ctx, d.Conversation, before.Overrides, now)
		}
		return nil, err
	}
	return next, nil
}

// wait waits for at, if that is less than a second away or has come since somebody looked, and returns the time that it is then: at itself, where the clock of
// a test stands still.
func (h *Handler) wait(ctx context.Context, at time.Time) (now time.Time, ok bool) {
	left := at.Sub(h.now())
	if left >= time.Second {
		return now, false
	}
	t := time.NewTimer(left)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return now, false // the sweep comes back to it
	case <-t.C:
	}
	if now = h.now(); now.Before(at) {
		now = at
	}
	return now, true
}

// watch looks at a page a minute after it was decided. One that no provider has by then goes on its lane again, and the next step is called in its place.
func (h *Handler) watch(ctx context.Context, ref desk.EffectRef) error {
	e, ok, err := h.store.Effect(ctx, ref.Ref, ref.ID)
	if err != nil || !ok || e.Page == nil || e.Page.Signal != "" {
		return err // the sweep brings back what only tells what became of a page
	}
	now := h.now()
	if at := e.Decided.Add(desk.PageWatch); now.Before(at) {
		if now, ok = h.wait(ctx, at); !ok {
			return nil
		}
		if e, ok, err = h.store.Effect(ctx, ref.Ref, ref.ID); err != nil || !ok {
			return err
		}
	}
	if e.State != desk.Queued && e.State != desk.Sending {
		return nil
	}
	var errs []error
	for _, f := range h.lanes.Put(ctx, []lane.Order{{EffectRef: ref, Lane: e.Lane}}) {
		errs = append(errs, f.Err)
	}
	_, err = h.turn(ctx, desk.NewPageFailed(e), now, func(desk.Facts) {})
	return errors.Join(append(errs, err)...)
}

// turn takes an event's turn, wherever what it is about goes on, and writes its line; seen is shown the facts at each look.
func (h *Handler) turn(ctx context.Context, ev desk.Event, now time.Time, seen func(desk.Facts)) (desk.Decision, error) {
	var due *time.Time
	var promise string
	event := func(desk.Ref) desk.Event { return ev }
	if moves, ok := ev.(desk.PageFailed); ok {
		event = moves.In
	}
	d, err := h.store.TurnOn(ctx, ev.About().Ref, event, func(ev desk.Event, f desk.Facts) desk.Decision {
		seen(f)
		d := desk.Decide(f, ev, h.policy, now)
		if due = nil; f.Conversation != nil {
			due = f.Conversation.Next
		}
		promise = desk.Turned(f, d)
		return d
	})
	if c := d.Conversation; err == nil && !d.Nothing {
		h.log.Info("turn", "brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", d.Event, "status", c.Status,
			"priority", c.Priority, "assignee", c.Assignee.ID, "effects", len(d.Effects), "due", due, "promise", promise, "trace", d.Trace().String(), "why", d.Why, "policy", d.Policy)
	}
	return d, err
}
