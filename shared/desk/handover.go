package desk

import "time"

// Handover is an agent's shift as it is offered to who comes after: the conversations that he has, with what he wants said about them. They stay his until somebody
// accepts: a promise is never nobody's.
type Handover struct {
	From          string    `json:"from"`           // agent id; of one whom the policy names no more, too
	To            string    `json:"to,omitempty"`   // agent id; "" for whoever accepts first
	By            string    `json:"by"`             // who offers it: From, or a lead
	Note          string    `json:"note,omitempty"` // as its agent wrote it
	At            time.Time `json:"at"`             // UTC
	Conversations []string  `json:"conversations"`  // ids, in the order of the queue
}

// Bounds of handovers: how many conversations one has, and how many a brand offers at once.
const (
	MaxHandover = 100
	MaxOffered  = 50
)
