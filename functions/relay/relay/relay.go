// Package relay carries what was decided to where it is done: it reads the turns from the table's stream and puts their effects' keys into the lanes.
// It also arms the clocks that are near: conversations' own, and that of each page, which is looked after a minute later.
//
// When a brand's turns have come by it moves the version of the brand's queue, so that open pages know that there is something new. That is done last and is no
// promise: what is not moved is looked at within a minute.
//
// It decides nothing and sends nothing. An effect relayed twice is claimed once; what is never relayed is found by the timer's sweep.
package relay

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
	"pronto/shared/lane"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Handler is the relay function.
type Handler struct {
	lanes *lane.Lanes
	store *store.Store
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
	return &Handler{lanes: lanes, store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), now: s.Now, log: s.Log}, nil
}

// Handle takes a batch of stream records in order. The first that could not be relayed is named: the stream goes on from there.
func (h *Handler) Handle(ctx context.Context, ev events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
	var orders []lane.Order
	var brands []string
	from := map[string]origin{} // by effect
	for _, r := range ev.Records {
		turn, t, err := h.turn(r)
		if err != nil {
			h.log.Error("relay", "record", r.Change.SequenceNumber, "error", setup.Outermost(err))
			continue // no retry makes it readable; the sweep finds its effects
		}
		if t.Ref.Brand != "" && !slices.Contains(brands, t.Ref.Brand) {
			brands = append(brands, t.Ref.Brand)
		}
		for _, o := range turn {
			orders, from[o.Key()] = append(orders, o), origin{r.Change.SequenceNumber, t.Trace}
		}
	}
	var out events.DynamoDBEventResponse
	for _, f := range h.lanes.Put(ctx, orders) {
		h.log.Error("relay", "brand", f.Brand, "conversation", f.Conversation, "effect", f.ID, "lane", f.Lane, "trace", from[f.Key()].trace.String(), "error", setup.Outermost(f.Err))
		// What no lane of this version takes must not hold up what comes behind it: the sweep keeps it.
		if len(out.BatchItemFailures) == 0 && !errors.Is(f.Err, lane.ErrUnknown) {
			out.BatchItemFailures = []events.DynamoDBBatchItemFailure{{ItemIdentifier: from[f.Key()].record}}
		}
	}
	for _, b := range brands {
		if err := h.store.Bump(ctx, b); err != nil {
			h.log.Warn("version", "brand", b, "error", setup.Outermost(err))
		}
	}
	return out, nil
}

// origin is where an order comes from: the stream's record and the messages that its turn was about.
type origin struct {
	record string
	trace  desk.Trace
}

// turn reads one inserted turn and its orders; other records are none.
func (h *Handler) turn(r events.DynamoDBEventRecord) (orders []lane.Order, t store.Ordered, err error) {
	if r.EventName != "INSERT" || !store.IsTurn(r.Change.Keys) {
		return nil, t, nil
	}
	if t, err = store.Orders(r.Change.NewImage); err != nil {
		return nil, t, err
	}
	for _, e := range t.Effects {
		ref := desk.EffectRef{Ref: t.Ref, ID: e.ID}
		orders = append(orders, lane.Order{EffectRef: ref, Lane: e.Lane})
		if e.Lane == desk.LanePage { // somebody looks whether it has left
			orders = append(orders, lane.Order{EffectRef: ref, Lane: desk.LaneWake, Delay: t.At.Add(desk.PageWatch).Sub(h.now())})
		}
	}
	if t.Wake != nil {
		orders = append(orders, lane.Order{EffectRef: desk.EffectRef{Ref: t.Ref}, Lane: desk.LaneWake, Delay: t.Wake.Sub(h.now())})
	}
	return orders, t, nil
}
