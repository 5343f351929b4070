package desk

import (
	"cmp"
	"slices"
	"time"
)

// Presence is an agent's look at a conversation: a hint for colleagues, which decides nothing. It is said again and again by whoever looks, so that who has gone without a
// word is soon not there any more.
type Presence struct {
	Agent  string    `json:"agent"`
	Page   string    `json:"page,omitempty"` // which of the agent's open pages says it; "" for a program
	At     time.Time `json:"at"`
	Typing bool      `json:"typing,omitempty"`
}

// Here is what an agent does at a conversation: a typed code.
type Here string

// What is seen of an agent.
const (
	Typing  Here = "typing"
	Looking Here = "looking"
	Looked  Here = "looked" // a while ago: he may come back, or has no scripts that would say that he has gone
	Absent  Here = ""
)

// Words is what it says of an agent, after his name.
func (h Here) Words() string {
	switch h {
	case Typing:
		return "types"
	case Looking:
		return "looks at it"
	case Looked:
		return "has looked at it"
	}
	return ""
}

// For how long what is said of an agent holds, and how often it is written again while nothing changes.
const (
	typingHolds  = 16 * time.Second
	lookingHolds = 45 * time.Second
	LookedHolds  = 10 * time.Minute // then the row expires

	typesAgain = 10 * time.Second
	looksAgain = 20 * time.Second
)

// MaxPresent is how many agents are named at a conversation.
const MaxPresent = 5

// Here is what the agent does now.
func (p Presence) Here(now time.Time) Here {
	switch age := now.Sub(p.At); {
	case p.Typing && age < typingHolds:
		return Typing
	case age < lookingHolds:
		return Looking
	case age < LookedHolds:
		return Looked
	}
	return Absent
}

// News tells whether what an agent's page says is worth a write: he was not there, begins or ends typing, or was written down some time ago. was is his row, nil for none.
func (p Presence) News(was *Presence) bool {
	if was == nil {
		return true
	}
	age := p.At.Sub(was.At)
	switch {
	case was.Here(p.At) == Typing && p.Typing:
		return age >= typesAgain
	case p.Typing || was.Here(p.At) == Typing:
		return true
	}
	return age >= looksAgain
}

// Present are the agents at a conversation beside one, who types first, then who looks; and how many more there are than are named.
func Present(all []Presence, beside string, now time.Time) (shown []Presence, more int) {
	for _, p := range all {
		if p.Agent != beside && p.Here(now) != Absent {
			shown = append(shown, p)
		}
	}
	order := []Here{Typing, Looking, Looked}
	slices.SortFunc(shown, func(a, b Presence) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Here(now)), slices.Index(order, b.Here(now))), cmp.Compare(a.Agent, b.Agent))
	})
	if more = len(shown) - MaxPresent; more > 0 {
		return shown[:MaxPresent], more
	}
	return shown, 0
}
