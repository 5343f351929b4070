package timer

import (
	"context"
	"sync"
	"time"

	"pronto/shared/desk"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/sla"
)

// outlooks remembers when a brand was looked ahead for last: once a minute is enough, however many warning points that minute has.
type outlooks struct {
	sync.Mutex
	last map[string]time.Time
}

func (o *outlooks) due(brand string, now time.Time) bool {
	o.Lock()
	defer o.Unlock()
	if last, ok := o.last[brand]; ok && now.Sub(last) < time.Minute {
		return false
	}
	if o.last == nil {
		o.last = map[string]time.Time{}
	}
	o.last[brand] = now
	return true
}

// forewarn looks ahead at a conversation's warning point and, when more will be late than those on shift can help, tells who would be called next, once an hour. It is a
// courtesy: when it fails, the ladder comes at its time all the same.
func (h *Handler) forewarn(ctx context.Context, c desk.Conversation, overrides []oncall.Override, now time.Time) {
	b := h.policy.Brand(c.Brand)
	if b == nil || !b.Escalation.Pages(oncall.Forecast) || !h.outlooks.due(c.Brand, now) {
		return
	}
	if err := h.lookAhead(ctx, live(b, overrides), c, now); err != nil {
		h.log.Error("forecast", "brand", c.Brand, "error", setup.Outermost(err))
	}
}

func live(b *policy.Brand, overrides []oncall.Override) *policy.Brand {
	now := *b
	now.Schedule = b.Schedule.With(overrides...)
	return &now
}

func (h *Handler) lookAhead(ctx context.Context, b *policy.Brand, c desk.Conversation, now time.Time) error {
	to, ok := h.policy.Reserve(b, c.Priority, now)
	if !ok {
		return nil
	}
	owing, pace, err := h.store.Outlook(ctx, c.Brand, now)
	if err != nil {
		return err
	}
	f := sla.Foresee(now, owing, len(b.Schedule.At(now)), pace)
	if len(f.Late) == 0 {
		return nil
	}
	_, err = h.turn(ctx, desk.NewForewarned(c.Ref, to, f.Words(b.Zone), now), now, func(desk.Facts) {})
	return err
}
