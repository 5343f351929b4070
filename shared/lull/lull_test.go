package lull

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var monday = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// trade is how a brand's customers write: so many a day, most of it by day, less on Sundays; burst says how uneven its days are, and on holidays a tenth comes.
type trade struct {
	perDay, burst float64
	holidays      bool
}

func (x trade) rate(at time.Time, day float64) float64 {
	r := x.perDay / 24 * day * (1 + 0.9*math.Sin(2*math.Pi*(float64(at.Hour())-9)/24))
	if at.Weekday() == time.Sunday {
		r *= 0.4
	}
	if x.holidays && at.YearDay()%40 < 2 { // eighteen days a year, two by two
		r *= 0.1
	}
	return r
}

// came draws a number of messages: Knuth's way for few, the normal curve for many.
func came(r *rand.Rand, mean float64) int {
	if mean > 50 {
		return max(0, int(mean+math.Sqrt(mean)*r.NormFloat64()+.5))
	}
	n, p, end := 0, r.Float64(), math.Exp(-mean)
	for ; p > end; n++ {
		p *= r.Float64()
	}
	return n
}

// live plays hours from monday on, and calls each with whether the lull is unusual.
func (x trade) live(r *rand.Rand, hours int, gone func(time.Time) bool, each func(at time.Time, unusual bool)) {
	var w Watch
	day := 1.0
	for h := range hours {
		at := monday.Add(time.Duration(h) * time.Hour)
		if at.Hour() == 0 && x.burst > 0 {
			day = math.Exp(x.burst*r.NormFloat64() - x.burst*x.burst/2)
		}
		n := came(r, x.rate(at, day))
		if gone != nil && gone(at) {
			n = 0
		}
		w.Hour(at, n)
		each(at, w.Unusual())
	}
}

const year = 365 * 24

// How often it cries wolf: years of channels on which nothing was wrong.
func TestFalseAlarms(t *testing.T) {
	for _, x := range []struct {
		trade
		most float64 // false alarms a year
	}{
		{trade{perDay: 1}, 0.1}, {trade{perDay: 5}, 0.1}, {trade{perDay: 50}, 0.1}, {trade{perDay: 2000}, 0.1},
		{trade{perDay: 5, burst: 0.8}, 0.5}, {trade{perDay: 50, burst: 0.8}, 0.5},
		{trade{perDay: 5, holidays: true}, 0.5}, {trade{perDay: 50, burst: 0.5, holidays: true}, 1}, {trade{perDay: 2000, burst: 0.5, holidays: true}, 0.5},
	} {
		t.Run(fmt.Sprintf("%+v", x.trade), func(t *testing.T) {
			r, alarms, rang := rand.New(rand.NewPCG(9, 9)), 0, false
			const years = 20
			x.live(r, years*year, nil, func(_ time.Time, unusual bool) {
				if unusual && !rang {
					alarms++
				}
				rang = unusual
			})
			if a := float64(alarms) / years; a > x.most {
				t.Errorf("%.2f a year, more than %v", a, x.most)
			} else {
				t.Logf("%.2f a year", a)
			}
		})
	}
}

// How soon it tells: the channel is cut off at nine on a Monday in the tenth week, of many such years.
func TestHowSoonItTells(t *testing.T) {
	for _, x := range []struct {
		trade
		hours int // half of the time at most
	}{{trade{perDay: 5}, 96}, {trade{perDay: 50}, 14}, {trade{perDay: 50, burst: 0.5, holidays: true}, 24}, {trade{perDay: 500}, 5}, {trade{perDay: 2000}, 4}} {
		t.Run(fmt.Sprintf("%+v", x.trade), func(t *testing.T) {
			cut := monday.Add(10*Hours*time.Hour + 9*time.Hour)
			var late []int
			for seed := range uint64(21) {
				told := -1
				x.live(rand.New(rand.NewPCG(seed, 2)), 16*Hours, func(at time.Time) bool { return !at.Before(cut) }, func(at time.Time, unusual bool) {
					if unusual && told < 0 && at.After(cut) {
						told = int(at.Sub(cut).Hours()) + 1
					}
				})
				if told < 0 {
					t.Fatal("it never told")
				}
				late = append(late, told)
			}
			sum := 0
			for _, l := range late {
				sum += l
			}
			if mean := sum / len(late); mean > x.hours {
				t.Errorf("told after %d hours, more than %d: %v", mean, x.hours, late)
			} else {
				t.Logf("told after %d hours: %v", mean, late)
			}
		})
	}
}

// An outage is told of until it ends, is not learned, and does not make the watch blind for the next.
func TestTheNextOutageIsToldToo(t *testing.T) {
	first, second := monday.Add(10*Hours*time.Hour), monday.Add(16*Hours*time.Hour)
	gone := func(at time.Time) bool {
		return !at.Before(first) && at.Before(first.Add(72*time.Hour)) || !at.Before(second) && at.Before(second.Add(72*time.Hour))
	}
	var told []time.Time
	rang := false
	trade{perDay: 100}.live(rand.New(rand.NewPCG(3, 3)), 30*Hours, gone, func(at time.Time, unusual bool) {
		if unusual && !rang {
			told = append(told, at)
		}
		if rang && !unusual && gone(at) {
			t.Errorf("it ceased to tell at %v", at)
		}
		rang = unusual
	})
	if len(told) != 2 || told[0].Before(first) || told[1].Before(second) || told[1].After(second.Add(48*time.Hour)) {
		t.Errorf("told at %v", told)
	}
}

// Nothing is judged in the first two weeks, of a channel that nobody uses, or over hours that nobody looked at.
func TestWhatIsNotJudged(t *testing.T) {
	var w Watch
	for h := range 4 * Hours {
		w.Hour(monday.Add(time.Duration(h)*time.Hour), 0)
		if w.Unusual() {
			t.Fatal("a channel that nobody uses is missed")
		}
	}
	w = Watch{}
	for h := range 3 * Hours {
		n := 20
		if h > Hours && h < Hours+48 {
			n = 0
		}
		w.Hour(monday.Add(time.Duration(h)*time.Hour), n)
		if w.Unusual() {
			t.Fatalf("judged after %d hours", h)
		}
	}
	for h := range 6 {
		w.Hour(monday.Add(time.Duration(3*Hours+h)*time.Hour), 0)
	}
	if !w.Unusual() {
		t.Fatalf("not missed: %+v", w.Lull)
	}
	if w.Gap(); w.Unusual() {
		t.Fatal("missed over hours that nobody looked at")
	}
}
