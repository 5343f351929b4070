package triage

import "slices"

// Card is one of eight ways in which customers behave. It is a hint for the agent who answers, for this conversation, and never decides anything.
type Card string

const (
	Dogmatic      Card = "dogmatic"
	Aggressive    Card = "aggressive"
	Passive       Card = "passive"
	Talkative     Card = "talkative"
	Confident     Card = "self-confident"
	Habitual      Card = "habitual"
	Sociable      Card = "sociable"
	Perfectionist Card = "perfectionist"
)

// Cards are all of them, in the order in which a tie would be decided, if ties were.
var Cards = []Card{Dogmatic, Aggressive, Passive, Talkative, Confident, Habitual, Sociable, Perfectionist}

// Advice is how to meet a customer who behaves so: what helps, and what to mind.
func (c Card) Advice() (helps, mind string) {
	a := advice[c]
	return a[0], a[1]
}

var advice = map[Card][2]string{
	Dogmatic:      {"Listen until the problem is clear, then ask closed questions. Be direct, specific and courteous.", "An argument becomes a conflict."},
	Aggressive:    {"Let the anger be heard first, then propose a remedy and carry it out. Stay calm and patient.", "It is not meant for you: never answer in the same tone."},
	Passive:       {"Ask how the service is and what more would be welcome.", "Silence is not content: these customers leave without a word."},
	Talkative:     {"Ask closed questions, answer concisely, keep the thread.", "Stay friendly, and let no hurry be seen."},
	Confident:     {"Give answers and facts, as short as possible.", "Do not tell them what to do."},
	Habitual:      {"Say what will happen, step by step, and stay with the conversation: the same agent throughout.", "New procedures unsettle."},
	Sociable:      {"Show at once that you know who writes. Be personal.", "Do not seem impatient."},
	Perfectionist: {"Be precise, objective and punctual, and answer each question.", "Do not evade, and do not press for a decision."},
}

// Persona is a hint with the words that suggested it.
type Persona struct {
	Card     Card     `json:"card"`
	Evidence []string `json:"evidence"`
}

// Words says what suggested the hint.
func (p *Persona) Words() string {
	return "writes like the " + string(p.Card) + ": " + quoted(p.Evidence)
}

// cue is a way of writing that belongs to a card.
type cue struct {
	card Card
	said string
}

const (
	enoughCues = 2   // different ones that a hint needs: a missing hint is better than a wrong one
	angry      = 0.7 // probability of negative below which nobody is called aggressive
)

// persona returns the card that most speaks for, or nil where little does or two speak as loudly.
func (f *findings) persona(negative float64) *Persona {
	var best, second int
	var p *Persona
	for _, c := range Cards {
		said := f.cuesOf(c)
		switch n := len(said); {
		case n < enoughCues || c == Aggressive && negative < angry:
		case n > best:
			best, second = n, best
			p = &Persona{c, said[:min(n, 3)]}
		default:
			second = max(second, n)
		}
	}
	if best == second {
		return nil
	}
	return p
}

// cuesOf returns the different cues for a card.
func (f *findings) cuesOf(c Card) (said []string) {
	for _, m := range f.manners {
		if m.card == c && !slices.Contains(said, m.said) {
			said = append(said, m.said)
		}
	}
	return said
}
