package sla

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Owing is an answer that a person owes.
type Owing struct {
	ID  string
	Due time.Time
}

// Late is an answer that will come too late.
type Late struct {
	ID       string
	Due      time.Time
	Answered time.Time // when it will be, at this pace
}

// Forecast is what becomes of the answers that are owed, if those who are on call answer them in the order in which they fall due, each of them one in every pace.
type Forecast struct {
	Late []Late // in the order in which they fall due
	By   time.Time
	Room int // of those due by By, how many will be in time; where none will be late: how many more would be
}

// Foresee makes the forecast at now. People is how many answer; with none nothing is answered, and all that is owed will be late. By is when the last of those falls due
// that will be late, or the last at all.
func Foresee(now time.Time, owing []Owing, people int, pace time.Duration) Forecast {
	owing = slices.Clone(owing)
	slices.SortFunc(owing, func(a, b Owing) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	var f Forecast
	for i, o := range owing {
		answered := time.Time{}
		if people > 0 {
			answered = now.Add(time.Duration(i/people+1) * pace)
		}
		if people == 0 || !answered.Before(o.Due) {
			f.Late, f.By = append(f.Late, Late{o.ID, o.Due, answered}), o.Due
		}
	}
	if len(f.Late) == 0 && len(owing) > 0 {
		f.By = owing[len(owing)-1].Due
	}
	switch n := count(owing, f.By); {
	case len(f.Late) > 0:
		f.Room = n - len(f.Late)
	case people > 0 && pace > 0 && f.By.After(now):
		f.Room = max(0, people*int((f.By.Sub(now)-1)/pace)-n)
	}
	return f
}

func count(owing []Owing, by time.Time) int {
	n := 0
	for _, o := range owing {
		if !o.Due.After(by) {
			n++
		}
	}
	return n
}

// Words tells the forecast by the clocks of zone: "3 will breach by 14:10, on call has room for 2".
func (f Forecast) Words(zone *time.Location) string {
	switch {
	case f.By.IsZero():
		return "nobody waits for an answer"
	case len(f.Late) == 0:
		return fmt.Sprintf("none will breach by %s, on call has room for %d more", f.By.In(zone).Format("Monday 15:04"), f.Room)
	}
	return fmt.Sprintf("%d will breach by %s, on call has room for %d", len(f.Late), f.By.In(zone).Format("Monday 15:04"), f.Room)
}
