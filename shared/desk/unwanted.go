package desk

import "time"

// Whoever asks whether something may be sent to a contact asks here, when it is decided and once more when it leaves: a wish may come between. A person's answer to who has
// written is another matter: nothing of this stops it.

// Unwanted is why a contact is not to be sent what it has not asked for: a receipt, a notice, a survey, one answer to many, what an agent writes first. It is "" when nothing
// is known against it, as of a contact that nobody knows.
func (c *Contact) Unwanted(now time.Time) Silence {
	switch why := c.UnwantedByHand(now); {
	case why == Blocked:
		return why
	case c != nil && c.OptedOut != nil:
		return OptedOut
	default:
		return why
	}
}

// UnwantedByHand is the same of what a person has sent by name: a copy of an answer, what is forwarded. Who wants no more automatic mail may have a person's letter.
func (c *Contact) UnwantedByHand(now time.Time) Silence {
	switch {
	case c == nil:
		return ""
	case c.Blocked != nil:
		return Blocked
	case c.Complained != nil:
		return Complained
	case c.Undeliverable != nil && now.Before(c.Undeliverable.Until):
		return Unreachable
	}
	return ""
}

// Refusal is the same reason where it stops what an agent writes; "" for none.
func (s Silence) Refusal() Refusal {
	switch s {
	case Blocked:
		return NotBlocked
	case Complained:
		return NotComplained
	case OptedOut:
		return NotOptedOut
	case Unreachable:
		return NotDeliverable
	}
	return ""
}
