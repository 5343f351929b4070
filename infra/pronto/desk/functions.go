package desk

import (
	"context"
	"fmt"

	"pronto/functions/console/console"
	"pronto/functions/deliver/deliver"
	"pronto/functions/forget/forget"
	"pronto/functions/intake/intake"
	"pronto/functions/learn/learn"
	"pronto/functions/listen/listen"
	"pronto/functions/poll/poll"
	"pronto/functions/receive/receive"
	"pronto/functions/reconcile/reconcile"
	"pronto/functions/relay/relay"
	"pronto/functions/timer/timer"
	"pronto/shared/gateway"
	"pronto/shared/setup"
)

// handler makes what lambda.Start is given in the main of the function of this name. The test of this package holds the list against the wiring.
func handler(ctx context.Context, function string, s *setup.Setup) (any, error) {
	switch function {
	case "intake":
		h, err := intake.New(ctx, s)
		return entry(err, h.Handle)
	case "outcome":
		h, err := intake.NewOutcomes(ctx, s)
		return entry(err, h.Handle)
	case "relay", "express":
		h, err := relay.New(ctx, s)
		return entry(err, h.Handle)
	case "deliver":
		h, err := deliver.New(ctx, s)
		return entry(err, h.Handle)
	case "timer":
		h, err := timer.New(ctx, s)
		return entry(err, h.Handle)
	case "receive":
		h, err := receive.New(ctx, s)
		return entry(err, gateway.Serve(h))
	case "poll":
		h, err := poll.New(ctx, s)
		return entry(err, h.Handle)
	case "listen":
		h, err := listen.New(ctx, s)
		return entry(err, h.Handle)
	case "reconcile":
		h, err := reconcile.New(ctx, s)
		return entry(err, h.Handle)
	case "learn":
		h, err := learn.New(ctx, s)
		return entry(err, h.Handle)
	case "forget":
		h, err := forget.New(ctx, s)
		return entry(err, h.Handle)
	case "console":
		h, err := console.New(ctx, s)
		return entry(err, gateway.Serve(h))
	}
	return nil, fmt.Errorf("the wiring names a function %s that this program does not have", function)
}

// entry is a function's entry point, if it could be made.
func entry(err error, f any) (any, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}
