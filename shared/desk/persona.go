package desk

import (
	"slices"
	"time"

	"pronto/shared/policy"
	"pronto/shared/triage"
)

// Persona is a hint of how the contact behaves in this conversation: a card, and the words that suggested it. It is for the agent who answers and decides nothing: no
// priority, target, assignment or page asks for it, and it leaves with nothing that is listed, counted, logged or told to other systems. Tests hold both.
type Persona struct {
	Card    triage.Card  `json:"card"`
	Words   []string     `json:"words,omitempty"` // as the contact wrote them; none when the message that had them was changed or deleted
	Message string       `json:"message"`         // whose words they are
	At      time.Time    `json:"at"`              // its arrival
	State   PersonaState `json:"state"`
	By      string       `json:"by,omitempty"` // the agent who has decided
	Decided time.Time    `json:"decided,omitzero"`
}

// PersonaState is what has become of a hint.
type PersonaState string

// States of a hint.
const (
	Hinted        PersonaState = "hinted"
	HintConfirmed PersonaState = "confirmed"
	HintDismissed PersonaState = "dismissed"
)

// PersonaConfirmed is an agent saying that the hint of a card is right.
type PersonaConfirmed struct {
	Act
	Card triage.Card
}

// PersonaDismissed is an agent saying that it is not.
type PersonaDismissed struct {
	Act
	Card triage.Card
}

// maxPersonas bounds what a conversation remembers of them. One that was dismissed so often gets no more hints.
const maxPersonas = 8

// enoughWords is how many words that nobody has dismissed a hint needs.
const enoughWords = 2

// Persona is the newest hint of a conversation, nil when there is none. What a person has confirmed stays the newest.
func (c *Conversation) Persona() *Persona {
	if len(c.Personas) == 0 {
		return nil
	}
	return &c.Personas[len(c.Personas)-1]
}

// hint takes over what a message suggests of the contact. A person's word outweighs it: what is confirmed stays, and what was dismissed does not come back for the same
// words. An open hint gives way to one that rests on as much.
func (t *turn) hint(p *triage.Persona, m Message) {
	if p == nil {
		return
	}
	c := &t.Conversation
	words := slices.Clone(p.Evidence)
	for _, x := range c.Personas {
		switch {
		case x.State == HintConfirmed, x.State == HintDismissed && x.Card == p.Card && len(x.Words) == 0:
			return
		case x.State == HintDismissed && x.Card == p.Card:
			words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(x.Words, w) })
		}
	}
	if len(words) < enoughWords {
		return
	}
	made := Persona{Card: p.Card, Words: words, Message: m.ID, At: m.At, State: Hinted}
	switch h := c.Persona(); {
	case h != nil && h.State == Hinted && len(h.Words) > len(words):
	case h != nil && h.State == Hinted:
		c.Personas = append(slices.Clone(c.Personas[:len(c.Personas)-1]), made)
	case len(c.Personas) < maxPersonas:
		c.Personas = append(slices.Clip(c.Personas), made)
	}
}

// unsaid takes back what a message has suggested, since it was changed or deleted. What a person has said of it stays, without the words.
func (t *turn) unsaid(message string) {
	var left []Persona
	for _, p := range t.Conversation.Personas {
		if p.Message == message {
			if p.State == Hinted {
				continue
			}
			p.Words = nil
		}
		left = append(left, p)
	}
	t.Conversation.Personas = left
}

func personaDecided(f Facts, a Act, card triage.Card, is PersonaState, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, a, "persona_"+string(is), p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	switch h := c.Persona(); {
	case h == nil || h.Card != card:
		d.refuse(NoHint)
		return d.Decision
	case h.State == is:
		d.Nothing = true
		d.why("that was said already")
		return d.Decision
	}
	c.Personas = slices.Clone(c.Personas)
	h := c.Persona()
	h.State, h.By, h.Decided = is, a.By.ID, now
	d.why(a.By.ID + " " + string(is) + " what triage had suggested of its contact") // and not which card: this goes into the ledger
	return d.done()
}
