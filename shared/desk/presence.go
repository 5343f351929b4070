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
	At     time.Time `json:"at"`             // zero for an agent who has gone
	Typing bool      `json:"typing,omitempty"`
	Opened bool      `json:"opened,omitempty"` // the page was made, and has said nothing itself yet: it may never have arrived, or have no scripts
	Left   []Left    `json:"left,omitempty"`   // which pages were closed lately, the newest last
}

// Left is a page that was closed, "" for what is said by a program. It does not speak again: who turns back to it gives it another name. So what it asked before it was closed, and what comes only now, does
// not bring its agent back.
type Left struct {
	Page string    `json:"page"`
	At   time.Time `json:"at"`
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
	lookingHolds = 32 * time.Second // a page that asks every four seconds is written down every twenty: one question may be lost
	openedHolds  = 15 * time.Second // until the page says something itself
	LookedHolds  = 10 * time.Minute // then the row expires
	leftHolds    = 2 * time.Minute  // no question is under way for longer

	typesAgain = 10 * time.Second
	looksAgain = 20 * time.Second
)

// maxLeft is how many closed pages of an agent's are known at once.
const maxLeft = 8

// MaxPresent is how many agents are named at a conversation.
const MaxPresent = 5

// Here is what the agent does now.
func (p Presence) Here(now time.Time) Here {
	switch age := now.Sub(p.At); {
	case p.Typing && age < typingHolds:
		return Typing
	case age < openedHolds, age < lookingHolds && !p.Opened:
		return Looking
	case age < LookedHolds:
		return Looked
	}
	return Absent
}

// Look is what stands of an agent after a page of his has said that he is there, and whether that is worth a write: a page was opened or speaks for the first time, he was not
// there, begins or ends typing, or was written down some time ago. What a page says that was closed is nothing new.
func (p Presence) Look(is Presence) (Presence, bool) {
	if is.Left = p.left(is.At); is.Page != "" && slices.ContainsFunc(is.Left, func(l Left) bool { return l.Page == is.Page }) {
		return p, false
	}
	return is, is.Opened || p.Opened || is.news(p)
}

func (p Presence) news(was Presence) bool {
	age, typed := p.At.Sub(was.At), was.Here(p.At) == Typing
	switch {
	case typed && p.Typing:
		return age >= typesAgain
	case typed && was.Page != p.Page:
		return false // he types on another page, and only looks on this one
	case p.Typing || typed:
		return true
	}
	return age >= looksAgain
}

// Leave is what stands of an agent after a page of his was closed, or all of them for "". It takes him off only if he was there by this page: another may have been opened
// since, and where an older one is open still, it says so with its next question.
func (p Presence) Leave(page string, at time.Time) (is Presence, news bool) {
	there := !p.At.IsZero() && (page == "" || page == p.Page)
	is = p
	if is.Left = p.left(at); there {
		is = Presence{Agent: p.Agent, Left: is.Left}
	}
	if known := slices.ContainsFunc(is.Left, func(l Left) bool { return l.Page == page }); known || page == "" && !there {
		return is, there
	}
	is.Left = append(is.Left, Left{page, at})
	is.Left = is.Left[max(0, len(is.Left)-maxLeft):]
	return is, true
}

// Until is when nothing of it matters any more.
func (p Presence) Until() time.Time {
	until := p.At.Add(LookedHolds)
	for _, l := range p.Left {
		if at := l.At.Add(leftHolds); at.After(until) {
			until = at
		}
	}
	return until
}

// left are the closed pages of which something may still be under way.
func (p Presence) left(now time.Time) []Left {
	return slices.DeleteFunc(slices.Clone(p.Left), func(l Left) bool { return now.Sub(l.At) >= leftHolds })
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
