package desk

import "time"

// Card is what a contact prefers, as an agent has written it down: treat each as one. What is "" is not known. It outweighs what mails tell by themselves, for whoever
// is proved to be the contact.
type Card struct {
	Name     string    `json:"name,omitempty"` // exactly as the contact writes it: script, accents, title, order
	Say      string    `json:"say,omitempty"`  // how it is said
	Form     Form      `json:"form,omitempty"`
	Language string    `json:"language,omitempty"` // ISO 639-1
	Tone     string    `json:"tone,omitempty"`
	Channel  string    `json:"channel,omitempty"` // on which the contact would rather be answered
	NoCall   bool      `json:"no_call,omitempty"`
	Zone     string    `json:"zone,omitempty"` // IANA
	By       string    `json:"by"`             // who wrote it last
	At       time.Time `json:"at"`
}

// Form is how a contact is addressed.
type Form string

// The forms of address.
const (
	Formal   Form = "formal"
	Informal Form = "informal"
)

// Where is the zone in which the contact's times are told.
func (c *Contact) Where() Zone {
	if c.Card != nil && c.Card.Zone != "" {
		return Zone{Name: c.Card.Zone, Known: true, Sure: true}
	}
	return c.Zone
}

// Called is the name by which the contact is known: as the card has it, else as it stands in what came last.
func (c *Contact) Called(otherwise string) string {
	if c.Card != nil && c.Card.Name != "" {
		return c.Card.Name
	}
	return otherwise
}

// heed lets a conversation go by its contact's card.
func (t *receiving) heed() {
	c := &t.Conversation
	who := t.person()
	c.Party.Name, c.Zone = who.Called(c.Party.Name), who.Where()
}

// preferred is the language that the contact wants, "" where none is known or who wrote may be somebody else.
func (t *receiving) preferred() string {
	who := t.person()
	if who.Card == nil || !t.ev.Proved {
		return ""
	}
	return who.Card.Language
}
