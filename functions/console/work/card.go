package work

import (
	"context"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/store"
)

// Card is what a contact prefers, as agents know it.
type Card struct {
	Name     string    `json:"name,omitempty"`
	Say      string    `json:"say,omitempty"` // how the name is said
	Form     desk.Form `json:"form,omitempty"`
	Language string    `json:"language,omitempty"`
	Tone     string    `json:"tone,omitempty"`
	Channel  string    `json:"channel,omitempty"`
	NoCall   bool      `json:"no_call,omitempty"`
	Zone     string    `json:"zone,omitempty"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// Zone is a contact's time zone, as far as it is known: a name, or the offset that its mails have.
type Zone struct {
	Name   string `json:"name,omitempty"`
	Offset int    `json:"offset"` // seconds east of UTC, now
	Sure   bool   `json:"sure"`
}

// Carded is a contact with its card.
type Carded struct {
	Brand   string `json:"brand"`
	Contact string `json:"contact"`
	Card    *Card  `json:"card"` // null: nothing is known
}

func cardOf(c *desk.Card) *Card {
	if c == nil {
		return nil
	}
	return &Card{c.Name, c.Say, c.Form, c.Language, c.Tone, c.Channel, c.NoCall, c.Zone, c.By, c.At}
}

// prefers is what a conversation shows of its contact's card.
func (out *Conversation) prefers(person *desk.Contact, c *desk.Conversation) {
	zone := c.Zone
	if person != nil {
		out.Contact.Card = cardOf(person.Card)
		out.Contact.Same = identities(person)
		if w := person.Where(); w.Known {
			zone = w
		}
	}
	if zone.Known {
		_, offset := out.Last.In(zone.Location(time.UTC)).Zone()
		out.Contact.Zone = &Zone{Name: zone.Name, Offset: offset, Sure: zone.Sure}
	}
}

// maxPreference bounds a field of a card, in runes.
const maxPreference = 120

// EditCard writes a contact's card: {"name", "say", "form", "language", "tone", "channel", "no_call", "zone"}. All of it: what is left out is not known. An empty one
// takes the card off.
func (d *Desk) EditCard(ctx context.Context, by *policy.Agent, id string, r Request) (out Carded, again bool, p *Problem) {
	brand, _, p := d.findContact(ctx, by, EditCard, id)
	if p != nil {
		return out, false, p
	}
	card, p := readCard(r.Body)
	if p != nil {
		return out, false, p
	}
	if *card == (desk.Card{}) {
		card = nil
	} else {
		card.By, card.At = by.ID, d.Now().UTC()
	}
	again, p = d.change(by, EditCard, desk.Held{Brand: brand, ID: id}, "", r, func(c desk.Change, once store.Once) (bool, error) {
		return d.store.SetCard(ctx, id, card, c, once)
	})
	if p != nil {
		return out, false, p
	}
	return Carded{brand, id, cardOf(card)}, again, nil
}

func readCard(body []byte) (*desk.Card, *Problem) {
	var v struct {
		Name, Say, Form, Language, Tone, Channel, Zone string
		NoCall                                         bool `json:"no_call"`
	}
	if p := decode(body, &v); p != nil {
		return nil, p
	}
	for field, text := range map[string]*string{"name": &v.Name, "say": &v.Say, "tone": &v.Tone} {
		if *text = oneLine(*text); utf8.RuneCountInString(*text) > maxPreference {
			return nil, Refuse(http.StatusUnprocessableEntity, field, "write 120 characters at most")
		}
	}
	c := &desk.Card{Name: v.Name, Say: v.Say, Form: desk.Form(v.Form), Language: v.Language, Tone: v.Tone, Channel: v.Channel, NoCall: v.NoCall, Zone: v.Zone}
	switch {
	case c.Form != "" && c.Form != desk.Formal && c.Form != desk.Informal:
		return nil, Refuse(http.StatusUnprocessableEntity, "form", "a form of address is formal or informal")
	case c.Language != "" && !policy.IsLanguage(c.Language):
		return nil, Refuse(http.StatusUnprocessableEntity, "language", "write its two letters (ISO 639-1), as in en")
	case c.Channel != "" && !slices.Contains(policy.Channels, c.Channel):
		return nil, Refuse(http.StatusUnprocessableEntity, "channel", "no channel has this name")
	}
	if c.Zone != "" {
		if z, err := time.LoadLocation(c.Zone); err != nil || len(c.Zone) > 64 || z == time.Local {
			return nil, Refuse(http.StatusUnprocessableEntity, "zone", "write a zone by its IANA name, as Europe/Rome")
		}
	}
	return c, nil
}

// oneLine is a text on one line.
func oneLine(s string) string { return joined(reply.Clean(s)) }
