package triage

// Bar is a probability of negative from which a message goes to the front of the queue, as a policy states it: by the precision that it keeps at least,
// with the share of the unhappy that it finds. Both were measured on 600 messages to airlines of which 62 % were negative; where fewer are, precision is lower.
type Bar struct {
	Precision, Bar, Recall float64
}

var bars = []Bar{
	{.85, .26, .88},
	{.89, .33, .84},
	{.92, .50, .74},
	{.95, .73, .61},
}

// DefaultPrecision is what a policy that says nothing asks for.
const DefaultPrecision = .92

// DefaultBar is its bar.
const DefaultBar = .50

// BarFor returns the lowest bar that keeps a precision; where none is known to, the highest.
func BarFor(precision float64) Bar {
	for _, b := range bars {
		if b.Precision >= precision {
			return b
		}
	}
	return bars[len(bars)-1]
}

// MostPrecise is the highest precision, in percent, for which a bar is known.
func MostPrecise() int { return int(100*bars[len(bars)-1].Precision + .5) }
