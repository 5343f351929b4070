package desk

import (
	"time"

	"pronto/shared/policy"
)

// Late is a receipt that is about to leave after the time that it names: an outage held it up.
type Late struct {
	Subject
	Of, Effect string // the receipt's own conversation, and its id
}

// About is the event's subject.
func (e Late) About() Subject { return e.Subject }

// late renews a promise that has passed, so that the receipt can name a time to come. The decision carries the conversation also when there was nothing to do.
func late(f Facts, ev Late, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "late", p, ev.Ref, now)
	t.Nothing = true
	if f.Conversation == nil {
		return t.Decision
	}
	t.keep()
	if t.Onto = t.Conversation.Onward(ev.Of, ev.Effect); t.Onto != "" {
		return t.Decision
	}
	if c := t.Conversation; !c.Owed() || c.Promise != nil && c.Promise.By.After(now) {
		return t.Decision // a promise that a person has kept stays kept
	}
	t.Nothing = false
	t.renew()
	t.close()
	return t.Decision
}
