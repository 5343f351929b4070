package desk

import (
	"time"

	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/triage"
)

// PassedOn is an agent giving away a conversation that is too hard for him now. He says no reason and nobody asks: it goes to the next who is there, and the record says
// that the rota gave it to somebody else, without whom it came from.
type PassedOn struct{ Act }

// maxPassed bounds how many are remembered who have passed a conversation on.
const maxPassed = 8

func passedOn(f Facts, ev PassedOn, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "reassigned", p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	switch {
	case !c.Owed() && c.Status != StatusPending:
		d.refuse(NotOpen)
		return d.Decision
	case c.Assignee.ID != ev.By.ID:
		d.refuse(NotYours)
		return d.Decision
	}
	d.By = ""
	c.Passed = append(c.Passed, ev.By.ID)
	c.Passed = c.Passed[max(0, len(c.Passed)-maxPassed):]
	to, why := d.next()
	c.Assignee, c.Taken = to, ""
	d.why(append([]string{"reassigned by the rota"}, why...)...)
	d.note(Saying{Code: NoteReassigned, Names: []string{to.Name}})
	d.tellHandover()
	if was := f.Contact; was != nil && was.Agent == ev.By.ID {
		next := *was
		if next.Agent = to.ID; to.Team {
			next.Agent = ""
		}
		d.Contact = &next // the next of this contact's conversations is not his either
	}
	if c.Priority == triage.Urgent && c.Owed() {
		c.Paging = nil
		d.startPaging(oncall.Urgent)
	}
	return d.done()
}

// next is who has it now: of those on shift when the answer falls due, else of those on shift now, the first fitting one who has not passed it on; else the team.
func (d *doing) next() (to policy.Assignee, why []string) {
	due := d.now
	if c := &d.Conversation; c.Owed() && c.Promise != nil && c.Promise.By.After(due) {
		due = c.Promise.By
	}
	to, why = d.assign(due, "")
	if to.Team && due.After(d.now) {
		if now, because := d.assign(d.now, ""); !now.Team {
			return now, because
		}
	}
	return to, why
}

// tellHandover tells the customer that somebody else has it now, where the policy says so, once for each promise.
func (t *turn) tellHandover() {
	p := t.Conversation.Promise
	if t.brand.Promises.Tell && p.open() && !p.Told && p.By.After(t.now) && t.mayTell(reply.Handover) {
		p.Told = true
		t.tell(reply.Handover)
	}
}
