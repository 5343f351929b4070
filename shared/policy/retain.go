package policy

import "time"

// Retention is how long a brand's data is kept once it is over; 0: nothing goes by its age.
type Retention struct {
	Conversations time.Duration // since a closed conversation was last written in, and resolved
	Held          time.Duration // since a piece that is held came
}

var retainKeys = []string{"conversations", "held"}

// maxRetained is ten years, in days.
const maxRetained = 3650

// retain reads for how many days what is kept.
func (p *parser) retain(o object) (r Retention) {
	v, ok := o.get("retain")
	if !ok {
		return r
	}
	f, ok := p.object(v, retainKeys)
	if !ok {
		return r
	}
	for key, into := range map[string]*time.Duration{"conversations": &r.Conversations, "held": &r.Held} {
		if v, ok := f.get(key); ok {
			*into = time.Duration(p.number(v, 1, maxRetained, "a number of whole days")) * 24 * time.Hour
		}
	}
	return r
}
