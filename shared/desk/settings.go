package desk

import (
	"maps"
	"slices"
	"time"
)

// Macro is a prepared answer, in one or more languages, with what is done beside when it is sent.
type Macro struct {
	Name  string            `json:"name"`
	Texts map[string]string `json:"texts"` // by language
	Then  Then              `json:"then,omitzero"`
	By    string            `json:"by"`
	At    time.Time         `json:"at"`
}

// In gives the text in a language, else in the brand's, else in the first that there is, and which language it is in.
func (m Macro) In(language, brands string) (text, in string) {
	for _, l := range append([]string{language, brands}, slices.Sorted(maps.Keys(m.Texts))...) {
		if t := m.Texts[l]; t != "" {
			return t, l
		}
	}
	return "", ""
}

// Bulletin is what a brand's agents are told before they need it: an incident, an offer, what is known of it.
type Bulletin struct {
	Text  string     `json:"text"`
	From  time.Time  `json:"from"`
	Until *time.Time `json:"until,omitempty"` // nil: until it is taken off
	By    string     `json:"by"`
	At    time.Time  `json:"at"`
}

// Holds tells whether it is to be shown.
func (b Bulletin) Holds(now time.Time) bool {
	return !now.Before(b.From) && (b.Until == nil || now.Before(*b.Until))
}

// View is a list of the queue that an agent keeps under a name.
type View struct {
	Name     string    `json:"name"`
	Of       string    `json:"of"` // the view that it narrows
	Channel  string    `json:"channel,omitempty"`
	Language string    `json:"language,omitempty"`
	Tag      string    `json:"tag,omitempty"`
	Shared   bool      `json:"shared,omitempty"` // all agents of the brand have it
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}
