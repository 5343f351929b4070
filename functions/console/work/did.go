package work

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// JournalDid is the kind of the note of what an agent did to a conversation without words, or with a note of his beside. It lies with his words, under a key of its own, and has no text.
const JournalDid = "did"

// did writes the note of a doing that a rebuild does again, once it was taken. Who dies before it leaves none: a rebuild does not know of it, and a person looks.
func (o *order) did(ctx context.Context, ev desk.Event) {
	j, ok := doingOf(ev)
	if !ok {
		return
	}
	if a, _ := ev.(desk.Assigned); a.Note != nil {
		o.sign(ctx, *a.Note, j)
		return
	}
	m := o.message("note", "")
	j.Brand, j.By, j.Name, j.At, j.Key, j.Delivery = o.brand.ID, o.by.ID, o.by.Name, m.At, o.act.Keys[0], o.act.Delivery
	metadata, err := j.metadata()
	if err == nil {
		_, err = o.s3.PutObject(ctx, o.plain(setup.WordsPrefix+o.conversation.Conversation+"/"+m.ID, "", func(in *s3.PutObjectInput) { in.IfNoneMatch, in.Metadata = aws.String("*"), metadata }))
	}
	if err != nil && !unmet(err) { // where it lies it was written before
		o.noted(m.ID, fmt.Errorf("note a doing: %w", err))
	}
}

// doingOf is what a doing's note says of it; ok is false for what no rebuild does again: what has notes of its own, and what depends on rows that a rebuild does not have.
func doingOf(ev desk.Event) (j Journal, ok bool) {
	j.Kind = JournalDid
	switch ev := ev.(type) {
	case desk.Claimed:
		j.Verb = Claim
	case desk.Unassigned:
		j.Verb = Unassign
	case desk.Assigned:
		if j.Verb, j.With = Assign, ev.To.ID; ev.Note != nil {
			j.Shift = ev.Note.Shift
		}
	case desk.PassedOn:
		j.Verb = PassOn
	case desk.PutOff:
		j.Verb, j.Leaves = Snooze, ev.Until
	case desk.Ended:
		j.Verb = Resolve
	case desk.Reopened:
		j.Verb = Reopen
	case desk.CalledSpam:
		j.Verb = CallSpam
	case desk.Tagged:
		j.Verb, j.Add, j.Remove = TagIt, ev.Add, ev.Remove
	case desk.GuestRefused:
		j.Verb = RefuseGuest
	case desk.Undone:
		j.Verb = Undo
	default:
		return Journal{}, false
	}
	return j, true
}

// Did makes of a doing's note the event once more, for whom has the conversation's contact; note is what was written beside, nil for nothing. It is nil where who was given it is not in the rule
// book any more.
func Did(p *policy.Policy, act desk.Act, contact string, j Journal, note *desk.Message) desk.Event {
	switch j.Verb {
	case Claim:
		return desk.Claimed{Act: act}
	case Unassign:
		return desk.Unassigned{Act: act}
	case Assign:
		b, a := p.Brand(j.Brand), p.Agent(j.With)
		switch {
		case b != nil && b.Team.ID == j.With:
			return desk.Assigned{Act: act, To: policy.Assignee{ID: b.Team.ID, Name: b.Team.Name, Team: true}, Note: note}
		case a != nil:
			return desk.Assigned{Act: act, To: policy.Assignee{ID: a.ID, Name: a.Name}, Note: note}
		case note != nil:
			return desk.Noted{Act: act, Message: *note}
		}
	case PassOn:
		act.Contact = contact
		return desk.PassedOn{Act: act}
	case Snooze:
		return desk.PutOff{Act: act, Until: j.Leaves}
	case Resolve:
		return desk.Ended{Act: act}
	case Reopen:
		return desk.Reopened{Act: act}
	case CallSpam:
		return desk.CalledSpam{Act: act}
	case TagIt:
		return desk.Tagged{Act: act, Add: j.Add, Remove: j.Remove}
	case RefuseGuest:
		return desk.GuestRefused{Act: act}
	case Undo:
		return desk.Undone{Act: act}
	}
	return nil
}
