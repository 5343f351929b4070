// Package lull knows how much usually comes on a channel at which hour of the week, and so when nothing has come for unusually long: the mail exchanger points
// elsewhere, a brand's system has ceased to post, a rule set was switched off. No error tells of that, for nothing happens.
//
// A lull is measured in what should have come meanwhile: the night before a quiet Sunday weighs little, an hour of Monday morning much. It is unusual when ten messages
// should have come, and twice as much as in the longest lull that ended by itself: who writes in bursts is known by his bursts. It is pure, and judges an hour at a time.
package lull

import (
	"math"
	"time"
)

// Hours of a week, from Sunday's first, in UTC.
const Hours = 7 * 24

// Bounds of the judgement.
const (
	Least   = 10.0 // messages that should have come, before a lull is unusual: by chance alone once in 22,000 lulls
	times   = 2.0  // the longest that ended by itself
	shortly = 3    // hours that every lull may last: whoever is gone for less is back before somebody looks
	learned = 2    // weeks without which nothing is judged
	memory  = 8    // weeks by which the usual follows what comes
	fades   = 0.97 // of the longest lull, a week: what was usual in summer need not be in winter
)

// Watch is what is known of one channel of a brand.
type Watch struct {
	Usual   []float64 `json:"usual"`   // messages by hour of the week
	Looked  int       `json:"looked"`  // hours that it was made of
	Lull    float64   `json:"lull"`    // what should have come since the newest message
	Silent  int       `json:"silent"`  // hours without one
	Longest float64   `json:"longest"` // the longest lull that ended by itself
}

// Hour takes what came in the hour that began at a time.
func (w *Watch) Hour(began time.Time, came int) {
	if len(w.Usual) != Hours {
		*w = Watch{Usual: make([]float64, Hours)}
	}
	h := int(began.UTC().Weekday())*24 + began.UTC().Hour()
	w.Looked++
	if w.Looked%Hours == 0 {
		w.Longest *= fades
	}
	if came > 0 {
		// A lull that was told of, if nothing was wrong, makes the next one wait for longer; if something was, it does not make the watch blind.
		w.Longest = max(w.Longest, min(w.Lull, w.bound()))
		w.Lull, w.Silent = 0, 0
	} else {
		w.Lull, w.Silent = w.Lull+w.Usual[h], w.Silent+1
	}
	if w.Unusual() {
		return // what is wrong is not learned
	}
	weight := 1 / min(math.Floor(float64(w.Looked-1)/Hours)+1, memory)
	w.Usual[h] = round(w.Usual[h] + weight*(float64(came)-w.Usual[h]))
}

// round keeps a row short.
func round(x float64) float64 { return math.Round(x*1000) / 1000 }

func (w *Watch) bound() float64 { return max(Least, times*w.Longest) }

// Unusual tells whether nothing has come for longer than it should.
func (w *Watch) Unusual() bool {
	return w.Looked >= learned*Hours && w.Silent >= shortly && w.Lull >= w.bound()
}

// Gap forgets a lull that nobody looked at: what came in hours that were missed is not known hour by hour.
func (w *Watch) Gap() { w.Lull, w.Silent = 0, 0 }
