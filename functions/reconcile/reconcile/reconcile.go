// Package reconcile proves promise 1 once an hour: the sums of today and yesterday hold, and every raw mail of these days that lies in S3 has become
// a message or is held. A mail that nothing knows of is put before intake again; a sum that does not hold is an alarm.
package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/shared/account"
	"pronto/shared/desk"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Handler is the reconcile function.
type Handler struct {
	accountant *account.Accountant
	now        func() time.Time
	log        *slog.Logger
}

// New wires the function.
func New(_ context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.Table, setup.Policy, setup.IntakeQueue)
	if err != nil {
		return nil, err
	}
	p, err := s.Policy()
	if err != nil {
		return nil, err
	}
	return &Handler{now: s.Now, log: s.Log, accountant: &account.Accountant{
		Store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), SQS: sqs.NewFromConfig(s.AWS), Intake: env[setup.IntakeQueue], Policy: p,
	}}, nil
}

// ErrGap is the alarm: a day whose sum does not hold.
var ErrGap = errors.New("the day's sum does not hold")

// Handle sums up yesterday and today. A gap is logged and returned, which raises the function's error alarm.
func (h *Handler) Handle(ctx context.Context, _ events.EventBridgeEvent) error {
	now := h.now()
	var errs []error
	for _, t := range []time.Time{now.AddDate(0, 0, -1), now} {
		d, err := h.accountant.Day(ctx, "", desk.Day(t), now)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		h.log.Info("reconciliation", "day", d.Day, "received", d.Received, "receipted", d.Receipted, "suppressed", d.Suppressed,
			"held", d.Held, "in_flight", d.InFlight, "failed", d.Failed, "balanced", d.Balanced)
		if !d.Balanced {
			errs = append(errs, fmt.Errorf("%s: %w", d.Day, ErrGap))
		}
	}
	return errors.Join(errs...)
}
