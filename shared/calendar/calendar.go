// Package calendar is working time and wall time.
//
// A Calendar answers two questions: when has so much working time passed (Add), and how much of it lies between two instants
// (Between). Its zero value is open around the clock.
//
// A wall time is what a clock on the wall reads. It is carried as a time.Time in UTC whose fields are the reading and which is
// no instant. An instant is working time exactly when the clock on the wall reads working time then. Nothing else is said of the
// nights when clocks change, and all follows from it: an hour that happens twice is worked twice, one that is skipped is not worked;
// a window that would open in a skipped hour opens at the change; two calendars that share the wall between them share time
// between them.
//
// Laws, on every day of every zone (law_test.go):
//   - Between(a, Add(a, w)) is w, for every w that is not negative.
//   - Add(a, Between(a, b)) is not after b; it is b where b lies inside working time, or at its end.
//   - Between(a, b) + Between(b, c) is Between(a, c), for a ≤ b ≤ c.
//   - Working time around the clock is elapsed time; so a local day has 24 hours plus or minus the change of its offset.
package calendar

import (
	"errors"
	"slices"
	"time"
)

// Calendar is when a brand, a team or a channel works. Make it with New; the zero value is open around the clock. It is never changed and may be shared.
type Calendar struct {
	zone  *time.Location // nil: around the clock
	week  [7][]span      // open on the wall, by weekday: in order, apart from one another
	other map[Date]day   // days with hours of their own, or none
}

// span is open wall time of one day, from until before to.
type span struct{ from, to time.Duration }

// day is a day that is not as its weekday.
type day struct {
	name string
	open []span
}

// Holiday is a day without working hours, or with hours of its own: From until To.
type Holiday struct {
	Date     Date
	Name     string // for people
	From, To Clock  // both 0: closed all day
}

// ErrNeverOpen is New's refusal of windows on no day at all.
var ErrNeverOpen = errors.New("no window is open on any day")

// New makes a calendar of the windows on the wall of zone, without the holidays. No windows stand for every hour. A holiday is a day on the wall, from its
// midnight to the next, also for a window that began the day before; of two on one day the first counts.
func New(zone *time.Location, windows []Window, holidays []Holiday) (Calendar, error) {
	c := Calendar{zone: zone, other: make(map[Date]day, len(holidays))}
	if windows == nil {
		windows = []Window{{Days: EveryDay, To: Midnight}}
	}
	for _, w := range windows {
		c.add(w)
	}
	open := false
	for d, spans := range c.week {
		c.week[d] = join(spans)
		open = open || len(spans) > 0
	}
	if !open {
		return Calendar{}, ErrNeverOpen
	}
	for _, h := range holidays {
		if _, there := c.other[h.Date]; !there {
			c.other[h.Date] = day{h.Name, h.spans()}
		}
	}
	return c, nil
}

// add marks a window, cut at midnight, on its days.
func (c *Calendar) add(w Window) {
	for d := range time.Saturday + 1 {
		if !w.Days.Has(d) {
			continue
		}
		end := w.From + Clock(w.minutes())
		c.week[d] = append(c.week[d], span{w.From.since(), min(end, Midnight).since()})
		if end > Midnight {
			next := (d + 1) % 7
			c.week[next] = append(c.week[next], span{0, (end - Midnight).since()})
		}
	}
}

func (h Holiday) spans() []span {
	if h.To <= h.From {
		return nil
	}
	return []span{{h.From.since(), h.To.since()}}
}

// join puts spans in order and makes one of those that meet.
func join(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return int(a.from - b.from) })
	var all []span
	for _, s := range spans {
		if n := len(all); n > 0 && s.from <= all[n-1].to {
			all[n-1].to = max(all[n-1].to, s.to)
			continue
		}
		all = append(all, s)
	}
	return all
}

// on gives the open spans of a day on the wall.
func (c Calendar) on(d Date) []span {
	if o, ok := c.other[d]; ok {
		return o.open
	}
	return c.week[d.Weekday()]
}

// Add gives the first instant at which the working time d has passed since t; t itself when d is not more than 0.
func (c Calendar) Add(t time.Time, d time.Duration) time.Time {
	if c.zone == nil || d <= 0 {
		return t.Add(max(d, 0))
	}
	for at := t; ; {
		start, end := c.stretch(at)
		start = later(start, at)
		if rest := end.Sub(start); d > rest {
			d -= rest
			at = end
			continue
		}
		return start.Add(d).In(t.Location())
	}
}

// Between gives the working time from a to b; 0 when b is not after a.
func (c Calendar) Between(a, b time.Time) time.Duration {
	if c.zone == nil {
		return max(b.Sub(a), 0)
	}
	var sum time.Duration
	for a.Before(b) {
		start, end := c.stretch(a)
		start, end = later(start, a), earlier(end, b)
		sum += max(end.Sub(start), 0)
		a = end
	}
	return sum
}

// Open reports whether t lies in working time.
func (c Calendar) Open(t time.Time) bool { return c.Opens(t).Equal(t) }

// Opens gives the first instant from t on that lies in working time.
func (c Calendar) Opens(t time.Time) time.Time {
	if c.zone == nil {
		return t
	}
	start, _ := c.stretch(t)
	return later(start, t).In(t.Location())
}

// Always reports whether the calendar is open around the clock on every day.
func (c Calendar) Always() bool {
	return c.zone == nil || len(c.other) == 0 && !slices.ContainsFunc(c.week[:], func(s []span) bool {
		return len(s) != 1 || s[0] != span{0, Midnight.since()}
	})
}

// Holiday gives the name of the day that t falls on, when it has hours of its own or none.
func (c Calendar) Holiday(t time.Time) (name string, ok bool) {
	if c.zone == nil {
		return "", false
	}
	o, ok := c.other[DateOf(Wall(t, c.zone))]
	return o.name, ok
}

// Zone is the zone whose wall the hours stand on; nil around the clock.
func (c Calendar) Zone() *time.Location { return c.zone }

// stretch gives the first working time that ends after t, in one piece of one day under one offset: it may have begun before t. There always is one, since
// some weekday has hours and the days that have not are a list with an end.
func (c Calendar) stretch(t time.Time) (start, end time.Time) {
	for {
		first, last, offset := segment(t, c.zone)
		for d := DateOf(t.UTC().Add(offset)); ; d++ {
			midnight := d.Midnight().Add(-offset) // as long as this offset holds
			if !last.IsZero() && !midnight.Before(last) {
				break
			}
			for _, s := range c.on(d) {
				start, end = midnight.Add(s.from), midnight.Add(s.to)
				if !first.IsZero() {
					start = later(start, first)
				}
				if !last.IsZero() {
					end = earlier(end, last)
				}
				if end.After(t) && start.Before(end) {
					return start, end
				}
			}
		}
		t = last
	}
}
