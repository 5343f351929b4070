package desk

import "time"

// Over tells since when a conversation is over: closed, with nothing promised, scheduled or to be looked at, since it was last written in, answered or resolved. What was
// merged is not over: it goes on elsewhere.
func (c *Conversation) Over() (since time.Time, ok bool) {
	if c.Status != StatusClosed || c.Merged != "" || len(c.Scheduled) > 0 || c.Promise.open() || c.Next != nil {
		return since, false
	}
	since = c.Last
	for _, t := range []*time.Time{&c.Answered, c.Resolved} {
		if t != nil && t.After(since) {
			since = *t
		}
	}
	return since, true
}

// UnderWay tells whether an effect may still leave, or may just be leaving.
func (e Effect) UnderWay() bool { return e.State == Queued || e.State == Sending }
