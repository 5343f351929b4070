package calendar

import (
	"fmt"
	"time"
)

// Clock is a wall time as minutes since midnight, 0 to 1440; 1440 is the end of the day.
type Clock int

// Midnight is the end of a day, 24:00.
const Midnight Clock = 24 * 60

// String writes the clock as 09:05.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// since is the reading as time on the wall since midnight.
func (c Clock) since() time.Duration { return time.Duration(c) * time.Minute }

// Date is a day on the wall, counted from 1 January 1970.
type Date int

// DateOf gives the day of a wall time.
func DateOf(wall time.Time) Date {
	s := wall.Unix()
	if s < 0 {
		s -= 86_399 // towards the past
	}
	return Date(s / 86_400)
}

// Day gives the day by its numbers.
func Day(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// ParseDate reads a day as 2026-01-05.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, err
	}
	return DateOf(t), nil
}

// Midnight is the wall time at which the day begins.
func (d Date) Midnight() time.Time { return time.Unix(int64(d)*86_400, 0).UTC() }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday(((int(d)+4)%7 + 7) % 7) }

// String writes the day as 2026-01-05.
func (d Date) String() string { return d.Midnight().Format(time.DateOnly) }

// Days is a set of weekdays.
type Days uint8

// EveryDay is the whole week.
const EveryDay Days = 1<<7 - 1

// On makes a set of weekdays.
func On(days ...time.Weekday) Days {
	var set Days
	for _, d := range days {
		set |= 1 << d
	}
	return set
}

// Has reports whether d is in the set.
func (s Days) Has(d time.Weekday) bool { return s&(1<<d) != 0 }

// Window is a span of wall time on the days on which it begins. When To is not after From it ends on the next day; From equal to
// To is a whole day.
type Window struct {
	Days     Days
	From, To Clock
}

// minutes gives the length of the window on the wall.
func (w Window) minutes() int {
	n := int(w.To - w.From)
	if n <= 0 {
		n += int(Midnight)
	}
	return n
}

// Minutes gives the length of the window on the wall.
func (w Window) Minutes() int { return w.minutes() }

// Covers reports whether the window covers t on the wall of zone, whichever way clocks go (see Bounds). The zero Window covers nothing.
func (w Window) Covers(t time.Time, zone *time.Location) bool {
	today := DateOf(Wall(t, zone))
	// Yesterday's window may reach over midnight; tomorrow's may have opened before clocks were set back over midnight.
	for d := today - 1; d <= today+1; d++ {
		if open, end, ok := w.Bounds(d, zone); ok && !t.Before(open) && t.Before(end) {
			return true
		}
	}
	return false
}

// Bounds gives the instants between which the window lies that begins on the day d; ok is false when none does. It opens when the clock first reads its
// beginning or later, and ends when it reads its end or later for good, so windows that meet on the wall leave no gap in time; where clocks are
// set back they may overlap. That is right for people on duty. Working time is counted by Calendar, where nothing overlaps.
func (w Window) Bounds(d Date, zone *time.Location) (open, end time.Time, ok bool) {
	if !w.Days.Has(d.Weekday()) {
		return open, end, false
	}
	from := d.Midnight().Add(w.From.since())
	to := from.Add(time.Duration(w.minutes()) * time.Minute)
	return First(from, zone), Last(to, zone), true
}

// Wall gives what a clock in zone reads at t.
func Wall(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.Add(time.Duration(offset) * time.Second).UTC()
}

// First gives the first instant at which a clock in zone reads wall or later: the moment of the change, where that reading is skipped.
func First(wall time.Time, zone *time.Location) time.Time {
	for t := wall.Add(-aDay); ; {
		start, end, offset := segment(t, zone)
		at := wall.Add(-offset)
		if end.IsZero() || at.Before(end) {
			if start.IsZero() {
				return at
			}
			return later(at, start)
		}
		t = end
	}
}

// Last gives the instant from which on a clock in zone reads wall or later for good; it differs from First only where wall is
// read twice or where the clock is set back past it.
func Last(wall time.Time, zone *time.Location) time.Time {
	for t := wall.Add(aDay); ; {
		start, end, offset := segment(t, zone)
		at := wall.Add(-offset)
		if start.IsZero() || at.After(start) {
			if end.IsZero() {
				return at
			}
			return earlier(at, end)
		}
		t = start.Add(-1)
	}
}

// Twice reports whether a clock in zone reads wall twice.
func Twice(wall time.Time, zone *time.Location) bool {
	first := First(wall, zone)
	return Wall(first, zone).Equal(wall) && !first.Equal(Last(wall, zone)) && Wall(Last(wall, zone), zone).Equal(wall)
}

// aDay is more than any offset from UTC, so a search that begins a day off the reading begins on the right side of it.
const aDay = 24 * time.Hour

// segment gives the stretch around t in which the offset of zone does not change; a zero time is an open end.
func segment(t time.Time, zone *time.Location) (start, end time.Time, offset time.Duration) {
	local := t.In(zone)
	start, end = local.ZoneBounds()
	_, seconds := local.Zone()
	return utc(start), utc(end), time.Duration(seconds) * time.Second
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}
