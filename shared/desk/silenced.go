package desk

import "time"

// Silenced is why a receipt waits while its brand's silence switch is on, and why a message got none when it waited too long.
const Silenced Silence = "silenced"

// Switch is a brand's silence switch: while it is on, no receipt of the brand leaves. Replies of people do.
type Switch struct {
	On  bool      `json:"on"`
	Why string    `json:"why,omitempty"` // as its agent wrote it
	By  string    `json:"by,omitempty"`  // agent id
	At  time.Time `json:"at,omitzero"`   // when it was turned last, UTC

	Incident *Incident `json:"incident,omitempty"`
}

// Incident is what receipts say of something that many write about: a person's words, told to each customer at once.
type Incident struct {
	Texts map[string]string `json:"texts"` // by language, ISO 639-1
	Until time.Time         `json:"until"` // UTC
	By    string            `json:"by"`    // agent id
	At    time.Time         `json:"at"`
}

// Tells is what a receipt in a language says of the incident, "" when there is none now or it has no words in that language.
func (s Switch) Tells(language string, now time.Time) string {
	if s.Incident == nil || !now.Before(s.Incident.Until) {
		return ""
	}
	return s.Incident.Texts[language]
}
