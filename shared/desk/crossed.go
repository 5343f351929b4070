package desk

import (
	"slices"
	"time"
)

// Since is a turn that was taken after what somebody had seen when he wrote: what the turn's record has of it.
type Since struct {
	Event   string
	By      string // the agent whose doing it was, "" for the contact's and the clock's
	Message string // the id of what was said; "" for nothing
	At      time.Time
}

// Crosses tells whether a turn of this name can keep an answer from leaving; all others need not be read.
func Crosses(event string) bool {
	switch event {
	case "received", "edited", "deleted", "replied", "scheduled", "taken_back", "noted", "claimed", "assigned", "resolved":
		return true
	}
	return false
}

// crossed are, of the turns since what the writer of an answer had seen, those that he must have seen before it leaves: what the contact wrote, what colleagues answered
// or noted, and that somebody else has it now or has resolved it. What is tagged, corrected or timed meanwhile changes no answer.
func crossed(c *Conversation, since []Since, by string) (all []Since) {
	for _, s := range since {
		own := s.By == by
		switch s.Event {
		case "received", "edited", "deleted":
			all = append(all, s)
		case "replied", "scheduled":
			if s.Message != "" && !own { // without one it is an answer that leaves now: it was told of when it was written
				all = append(all, s)
			}
		case "taken_back":
			all = slices.DeleteFunc(all, func(x Since) bool { return x.Message != "" && x.Message == s.Message })
		case "noted":
			if !own {
				all = append(all, s)
			}
		case "claimed", "assigned":
			if !own && !c.Assignee.Team && c.Assignee.ID != by {
				all = append(all, s)
			}
		case "resolved":
			if !own && c.Status == StatusResolved {
				all = append(all, s)
			}
		}
	}
	return all
}

// unseen refuses an answer whose writer has not seen what was said meanwhile. Whoever wants to send it all the same has seen it then, and says so by the newer Seen: what
// comes between is told again.
func (d *doing) unseen(seen int) bool {
	c := &d.Conversation
	switch {
	case seen == 0:
		return false
	case seen > c.Sequence: // the table was restored to before what he had seen
		d.refuse(Changed)
		return true
	}
	if d.Crossed = crossed(c, d.facts.Since, d.By); len(d.Crossed) == 0 {
		return false
	}
	d.refuse(Crossing)
	return true
}
