package reconcile

import (
	"context"
	"errors"
	"time"

	"pronto/shared/account"
	"pronto/shared/desk"
	"pronto/shared/meter"
)

// costHour is the hour (UTC) in whose run yesterday's messages are reckoned: its counts have had an hour to arrive. Once a day, since a metric is paid for by the hours in which it
// is written, and GetMetricData by what it is asked for.
const costHour = 1

// Why nothing is said of a day, beside what package meter has.
const (
	noMessages = "no_messages"
	noSum      = "no_sum"
	noSheet    = "no_sheet"
)

// cost writes what a message of a day cost, or why that is not known. Nothing of it is an error of the round: that proves promise 1, and this does not. A run that comes twice
// writes the same line twice, of which the metric is the same point (package metric).
func (h *Handler) cost(ctx context.Context, day time.Time, sum account.Day, err error) {
	switch {
	case err != nil && !errors.Is(err, ErrGap):
		h.log.Warn("cost", "day", desk.Day(day), "messages", 0, "why", noSum)
		return
	case sum.Received == 0:
		h.log.Info("cost", "day", sum.Day, "messages", 0, "why", noMessages)
		return
	case len(h.meters.Asked()) == 0:
		h.log.Warn("cost", "day", sum.Day, "messages", sum.Received, "why", noSheet)
		return
	}
	counted, err := h.counter.Day(ctx, h.meters, day)
	if err != nil {
		h.log.Warn("cost", "day", sum.Day, "messages", sum.Received, "why", meter.Why(err))
		return
	}
	s := h.meters.Spent(sum.Received, 24*time.Hour, counted)
	h.log.Info("cost", "day", sum.Day, "messages", sum.Received, "usd", s.USD, "a_message", s.AMessage, "parts", s.Parts)
}
