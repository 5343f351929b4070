package desk

import (
	"time"

	"pronto/shared/policy"
	"pronto/shared/sla"
)

// Relieved is a look at a conversation whose agent a change of the rota has just taken off. It needs no key: once handed over, there is nothing left to do.
type Relieved struct {
	Subject
	By string // whose change of the rota it was: an agent's id
}

// About is the event's subject.
func (e Relieved) About() Subject { return e.Subject }

// relieved hands over now what would be handed over at its warning point: an answer that falls due, or is late, while who has it is away. What falls due after he is
// back stays his.
func relieved(f Facts, ev Relieved, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "relieved", p, ev.Ref, now)
	t.Nothing = true
	if f.Conversation == nil || t.brand == nil || !t.brand.Promises.HandOver {
		return t.Decision
	}
	t.keep()
	c, s := &t.Conversation, t.brand.Schedule
	if c.Assignee.Team || !c.Owed() || !s.Away(c.Assignee.ID, now) || !s.Away(c.Assignee.ID, t.answerDue()) {
		return t.Decision
	}
	t.By = ev.By
	t.giveAndTell(c.Assignee.ID + " is away when the answer falls due")
	if t.Nothing = len(t.Why) == 0; t.Nothing {
		return t.Decision
	}
	t.close()
	return t.Decision
}

// answerDue is when the answer falls due that is owed; now, when it is late.
func (t *turn) answerDue() time.Time {
	due := t.now
	for _, x := range t.Conversation.Targets {
		if x.State == sla.Running && x.Kind != sla.Resolution && x.Due.After(t.now) {
			due = x.Due
		}
	}
	return due
}
