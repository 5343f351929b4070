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
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

// handler makes what lambda.Start is given in the main of the function of this name. The test of this package holds the list against the wiring.
func handler(ctx context.Context, function string, s *setup.Setup) (any, error) {
	switch function {
	case "intake":
		h, err := rulebook.Follow(ctx, s, intake.New)
		return entry(err, rulebook.Serve(h, (*intake.Handler).Handle))
	case "outcome":
		h, err := rulebook.Follow(ctx, s, intake.NewOutcomes)
		return entry(err, rulebook.Serve(h, (*intake.Handler).Handle))
	case "relay", "express":
		h, err := relay.New(ctx, s)
		return entry(err, h.Handle)
	case "deliver":
		h, err := rulebook.Follow(ctx, s, deliver.New)
		return entry(err, rulebook.Serve(h, (*deliver.Handler).Handle))
	case "timer":
		h, err := rulebook.Follow(ctx, s, timer.New)
		return entry(err, rulebook.Serve(h, (*timer.Handler).Handle))
	case "receive":
		h, err := rulebook.Follow(ctx, s, receive.New)
		return entry(err, gateway.Serve(rulebook.HTTP(h)))
	case "poll":
		h, err := rulebook.Follow(ctx, s, poll.New)
		return entry(err, rulebook.Run(h, (*poll.Handler).Handle))
	case "listen":
		h, err := rulebook.Follow(ctx, s, listen.New)
		return entry(err, rulebook.Serve(h, (*listen.Handler).Handle))
	case "reconcile":
		h, err := rulebook.Follow(ctx, s, reconcile.New)
		return entry(err, rulebook.Watch(h, (*reconcile.Handler).Handle))
	case "learn":
		h, err := rulebook.Follow(ctx, s, learn.New)
		return entry(err, rulebook.Run(h, (*learn.Handler).Handle))
	case "forget":
		h, err := rulebook.Follow(ctx, s, forget.New)
		return entry(err, rulebook.Serve(h, (*forget.Handler).Handle))
	case "console":
		h, err := rulebook.Follow(ctx, s, console.New)
		return entry(err, gateway.Serve(rulebook.HTTP(h)))
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
