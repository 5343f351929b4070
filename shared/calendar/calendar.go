// Package calendar is working time and wall time.
//
// A Calendar answers two questions: when has so much working time passed, and how much of it lies between two instants. In this
// version every hour of every day is working time, so working time is elapsed time; working hours and holidays will be fields of
// Calendar, and the zero value will stay "always open".
//
// A wall time is what a clock on the wall reads. It is carried as a time.Time in UTC whose fields are the reading and which is
// no instant. When clocks change a reading may happen twice or never; First and Last turn it into instants such that
// later readings never give earlier instants, so intervals that cover the wall cover time too.
package calendar

import "time"

// Calendar is when a brand works. The zero value is open around the clock.
type Calendar struct{}

// Add gives the instant at which the working time d has passed since t; never before t.
func (Calendar) Add(t time.Time, d time.Duration) time.Time { return t.Add(max(d, 0)) }

// Between gives the working time from a to b; 0 when b is not after a.
func (Calendar) Between(a, b time.Time) time.Duration { return max(b.Sub(a), 0) }

// Open reports whether t lies in working time.
func (Calendar) Open(time.Time) bool { return true }

// Wall gives what a clock in zone reads at t.
func Wall(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.Add(time.Duration(offset) * time.Second).UTC()
}

// First gives the first instant at which a clock in zone reads wall or later: the moment of the change, where that reading is skipped.
func First(wall time.Time, zone *time.Location) time.Time {
	for t := wall.Add(-day); ; {
		start, end, offset := segment(t, zone)
		at := wall.Add(-offset)
		if end.IsZero() || at.Before(end) {
			return later(at, start)
		}
		t = end
	}
}

// Last gives the instant from which on a clock in zone reads wall or later for good; it differs from First only where wall is
// read twice or where the clock is set back past it.
func Last(wall time.Time, zone *time.Location) time.Time {
	for t := wall.Add(day); ; {
		start, end, offset := segment(t, zone)
		at := wall.Add(-offset)
		if start.IsZero() || at.After(start) {
			return earlier(at, end)
		}
		t = start.Add(-1)
	}
}

// day is more than any offset from UTC, so a search that begins a day off the reading begins on the right side of it.
const day = 24 * time.Hour

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

func later(t, bound time.Time) time.Time {
	if !bound.IsZero() && t.Before(bound) {
		return bound
	}
	return t
}

func earlier(t, bound time.Time) time.Time {
	if !bound.IsZero() && t.After(bound) {
		return bound
	}
	return t
}
