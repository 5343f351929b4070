package work

import (
	"context"
	"net/http"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/triage"
)

// Persona is a hint of how the contact behaves in this conversation, and how to meet it.
type Persona struct {
	Card    triage.Card       `json:"card"`
	Words   []string          `json:"words"`   // that suggested it
	Message string            `json:"message"` // whose words they are
	State   desk.PersonaState `json:"state"`
	By      string            `json:"by,omitempty"` // the agent who has decided
	At      *time.Time        `json:"at,omitempty"` // when
	Helps   string            `json:"helps"`
	Mind    string            `json:"mind"`
}

// persona is what a conversation by itself shows of the hint: lists never do.
func persona(c *desk.Conversation) *Persona {
	h := c.Persona()
	if h == nil {
		return nil
	}
	out := &Persona{Card: h.Card, Words: orNone(h.Words), Message: h.Message, State: h.State, By: h.By}
	if !h.Decided.IsZero() {
		out.At = &h.Decided
	}
	out.Helps, out.Mind = h.Card.Advice()
	return out
}

// confirmPersona and dismissPersona decide on the hint that the agent saw: {"card": "habitual"}.
func confirmPersona(_ context.Context, o *order) (desk.Event, *Problem) {
	card, p := o.card()
	return desk.PersonaConfirmed{Act: o.act, Card: card}, p
}

func dismissPersona(_ context.Context, o *order) (desk.Event, *Problem) {
	card, p := o.card()
	return desk.PersonaDismissed{Act: o.act, Card: card}, p
}

func (o *order) card() (triage.Card, *Problem) {
	var v struct{ Card triage.Card }
	if p := decode(o.raw, &v); p != nil {
		return "", p
	}
	if !slices.Contains(triage.Cards, v.Card) {
		return "", Refuse(http.StatusUnprocessableEntity, "card", "name the card that the conversation shows, as in habitual")
	}
	return v.Card, nil
}
