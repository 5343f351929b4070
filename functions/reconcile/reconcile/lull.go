package reconcile

import (
	"context"
	"errors"
	"time"

	"pronto/shared/account"
	"pronto/shared/desk"
	"pronto/shared/lull"
	"pronto/shared/store"
)

// watched are the channels of which no poller tells that nothing comes: accounts at networks have one (package poll).
var watched = []string{desk.Email, "custom"}

// A round an hour is what the watch is made for. One that comes sooner is somebody's hand; before one that comes later, nobody knows what came when.
const (
	soon = 50 * time.Minute
	late = 90 * time.Minute
)

// lulls looks whether nothing comes on a channel on which something should, by what the sums of yesterday and today have counted anyway.
func (h *Handler) lulls(ctx context.Context, yesterday, today account.Day, now time.Time) error {
	var errs []error
	known, silent := 0, 0
	for _, b := range h.accountant.Policy.Brands {
		l, err := h.accountant.Store.Lulls(ctx, b.ID)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if now.Sub(l.At) >= soon {
			l = looked(l, yesterday, today, b.ID, now)
			errs = append(errs, h.accountant.Store.KeepLulls(ctx, b.ID, l))
		}
		for _, channel := range watched {
			w, ok := l.Channels[channel]
			if ok {
				known++
			}
			if w.Unusual() {
				silent++
				h.log.Warn("lull", "brand", b.ID, "channel", channel, "hours", w.Silent, "expected", int(w.Lull))
			}
		}
	}
	h.log.Info("channels", "channels", known, "silent", silent)
	return errors.Join(errs...)
}

// looked is what is known after another hour.
func looked(l store.Lulls, yesterday, today account.Day, brand string, now time.Time) store.Lulls {
	next := store.Lulls{At: now, Counted: map[string]int{}, Channels: map[string]lull.Watch{}}
	for _, channel := range watched {
		w, ever := l.Channels[channel]
		n := today.Came[brand][channel]
		next.Counted[channel] = n
		if !ever && n == 0 {
			continue // nothing has ever come
		}
		switch before := desk.Day(l.At); {
		case now.Sub(l.At) >= late:
			w.Gap()
		case before == today.Day:
			w.Hour(l.At, max(0, n-l.Counted[channel])) // fewer, where somebody was forgotten
		case before == yesterday.Day:
			w.Hour(l.At, max(0, yesterday.Came[brand][channel]-l.Counted[channel])+n)
		}
		next.Channels[channel] = w
	}
	return next
}
