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
}
