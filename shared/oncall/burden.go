package oncall

import (
	"time"

	"pronto/shared/calendar"
)

// Burden is how long somebody is on at times at which others sleep, rest or celebrate. An hour may be all three: Any counts it once, and All every hour on.
type Burden struct {
	All, Nights, Weekends, Holidays, Any time.Duration
}

// Hard says which times weigh more: a night from From until To on the wall (over midnight where To is earlier), Saturdays and Sundays, and the days off of Holiday.
type Hard struct {
	Zone     *time.Location
	From, To calendar.Clock
	Holiday  func(time.Time) bool // whether the day of a time is one; nil for none
}

// Burdens counts who is on from from until to, overrides and swaps counted, each agent by each hour in which At names him: the second in line is on, too. What falls on
// two sides of a night, a day or a change of clocks is parted there, so that the sum is true to the second.
func (s Schedule) Burdens(from, to time.Time, h Hard) map[string]Burden {
	all := map[string]Burden{}
	for _, shift := range s.Shifts(from, to) {
		for t := shift.Start; t.Before(shift.End); {
			end := h.next(t)
			if end.After(shift.End) {
				end = shift.End
			}
			for _, agent := range shift.Agents {
				all[agent] = all[agent].add(end.Sub(t), h, t)
			}
			t = end
		}
	}
	return all
}

func (b Burden) add(d time.Duration, h Hard, t time.Time) Burden {
	b.All += d
	night, weekend, holiday := h.Of(t)
	if night {
		b.Nights += d
	}
	if weekend {
		b.Weekends += d
	}
	if holiday {
		b.Holidays += d
	}
	if night || weekend || holiday {
		b.Any += d
	}
	return b
}

// Of tells which of the times that weigh more t is in.
func (h Hard) Of(t time.Time) (night, weekend, holiday bool) {
	day := t.In(h.Zone).Weekday()
	return h.Night(t), day == time.Saturday || day == time.Sunday, h.Holiday != nil && h.Holiday(t)
}

// Night tells whether t is at night.
func (h Hard) Night(t time.Time) bool {
	local := t.In(h.Zone)
	at := calendar.Clock(local.Hour()*60 + local.Minute())
	if h.From <= h.To {
		return at >= h.From && at < h.To
	}
	return at >= h.From || at < h.To
}

// next is the first time after t at which a night or a day may begin or end: no later than that, and sooner where the clocks are changed.
func (h Hard) next(t time.Time) time.Time {
	end := t.Add(24 * time.Hour)
	day := calendar.DateOf(calendar.Wall(t, h.Zone))
	for _, d := range []calendar.Date{day, day + 1} {
		for _, c := range []calendar.Clock{0, h.From, h.To} {
			wall := d.Midnight().Add(time.Duration(c) * time.Minute)
			for _, at := range []time.Time{calendar.First(wall, h.Zone), calendar.Last(wall, h.Zone)} {
				if at.After(t) && at.Before(end) {
					end = at
				}
			}
		}
	}
	// Where clocks are set back over midnight or into a night the reading is the same twice: hours are looked at one by one there.
	if _, a := t.In(h.Zone).Zone(); a != offset(end, h.Zone) {
		if hour := t.Truncate(15 * time.Minute).Add(15 * time.Minute); hour.Before(end) {
			return hour
		}
	}
	return end
}

func offset(t time.Time, zone *time.Location) int {
	_, o := t.In(zone).Zone()
	return o
}
