package triage

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
	for _, a := range advice {
		if a.card == c {
			return a.said[0], a.said[1]
		}
	}
	return "", ""
}

var advice = [...]struct {
	card Card
	said [2]string
}{
	{Dogmatic, [2]string{"Listen until the problem is clear, then ask closed questions. Be direct, specific and courteous.", "An argument becomes a conflict."}},
	{Aggressive, [2]string{"Let the anger be heard first, then propose a remedy and carry it out. Stay calm and patient.", "It is not meant for you: never answer in the same tone."}},
	{Passive, [2]string{"Ask how the service is and what more would be welcome.", "Silence is not content: these customers leave without a word."}},
	{Talkative, [2]string{"Ask closed questions, answer concisely, keep the thread.", "Stay friendly, and let no hurry be seen."}},
	{Confident, [2]string{"Give answers and facts, as short as possible.", "Do not tell them what to do."}},
	{Habitual, [2]string{"Say what will happen, step by step, and stay with the conversation: the same agent throughout.", "New procedures unsettle."}},
	{Sociable, [2]string{"Show at once that you know who writes. Be personal.", "Do not seem impatient."}},
	{Perfectionist, [2]string{"Be precise, objective and punctual, and answer each question.", "Do not evade, and do not press for a decision."}},
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
	said quote
}

const (
	enoughCues = 2   // different ones that a hint needs: a missing hint is better than a wrong one
	angry      = 0.7 // probability of negative below which nobody is called aggressive
)

// card is the one that most speaks for, or "" where little does or two speak as loudly.
func (f *findings) card(negative float64) (best Card) {
	most, second := 0, 0
	for _, c := range Cards {
		switch n := f.cues(c); {
		case n < enoughCues || c == Aggressive && negative < angry:
		case n > most:
			best, most, second = c, n, most
		default:
			second = max(second, n)
		}
	}
	if most == second {
		return ""
	}
	return best
}

// cues is how many different ones there are for a card.
func (f *findings) cues(c Card) (n int) {
	for i := range f.manners {
		if f.cue(c, i) {
			n++
		}
	}
	return n
}

// cue tells whether the i-th is one for a card, and the first of its kind.
func (f *findings) cue(c Card, i int) bool {
	if f.manners[i].card != c {
		return false
	}
	for _, m := range f.manners[:i] {
		if m.card == c && m.said.same(f.manners[i].said) {
			return false
		}
	}
	return true
}

// persona is a card with the cues for it.
func (f *findings) persona(c Card) *Persona {
	if c == "" {
		return nil
	}
	p := &Persona{Card: c}
	for i, m := range f.manners {
		if len(p.Evidence) < 3 && f.cue(c, i) {
			p.Evidence = append(p.Evidence, m.said.String())
		}
	}
	return p
}
