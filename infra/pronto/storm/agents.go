package storm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"pronto/infra/pronto/storm/check"
	"pronto/infra/pronto/storm/child"
)

// What agents do in a storm, now and then: they merge two conversations of one person, take that back at once or not, and split one; each with a key, until it is taken. Afterwards the person
// answers what went elsewhere.

// twoMatters opens two conversations. An agent lets one go on in the other, sometimes by mistake; then the person answers the receipt of the one that went.
func (w *writer) twoMatters() sender {
	p := w.person()
	from := p.mail("has two matters", 0, nil, nil)
	p.mood = pick(w, moods)
	into := p.mail("the other matter", 0, nil, nil)
	if w.rand.IntN(2) == 0 {
		from, into = into, from
	}
	mistake := w.rand.IntN(3) == 0
	p.mail("answers what was merged", 1+w.rand.IntN(waves-1), from, reply).agent = func(ctx context.Context, pl *player) { pl.merge(ctx, from.Mail, into.Mail, mistake) }
	return p.letters
}

// twoInOne has a conversation with two matters in it. An agent splits the second off; then the person answers the receipt of each.
func (w *writer) twoInOne() sender {
	p := w.person()
	first := p.mail("has two matters in one", 0, nil, nil)
	second := p.mail("adds another matter", 1, first, reply)
	p.mail("answers what was split off", 2, second, reply).agent = func(ctx context.Context, pl *player) { pl.split(ctx, second.Mail, first.Mail) }
	p.mail("answers what stayed", 2, first, reply)
	return p.letters
}

// deeds counts what agents did to a mail's conversation.
func (v *Verdict) deeds(m *check.Mail) {
	switch {
	case m.Into != nil:
		v.Merged++
	case m.Undone:
		v.Apart++
	case m.Off != "":
		v.Split++
	}
}

// merge lets the conversation of one mail go on in that of another; by mistake: and takes it back.
func (p *player) merge(ctx context.Context, from, into *check.Mail, mistake bool) {
	a, b := p.receipt(from), p.receipt(into)
	if a == nil || b == nil {
		return // the agent has not seen both
	}
	if !p.does(ctx, from, a.Conversation, "merge", map[string]any{"into": b.Conversation, "why": "One matter."}, nil) {
		return
	}
	if mistake && p.does(ctx, from, a.Conversation, "unmerge", map[string]any{}, nil) {
		from.Undone = true
		return
	}
	from.Into = into
}

// split takes a mail out of the conversation of another into one of its own.
func (p *player) split(ctx context.Context, m, of *check.Mail) {
	origin, mine := p.receipt(of), p.receipt(m)
	if origin == nil || mine == nil || !m.Seen {
		return // it may stand elsewhere
	}
	id := ""
	until(ctx, func() bool {
		var c struct {
			Messages []struct{ ID, Text string }
		}
		if p.desk.Read(ctx, origin.Conversation, &c) != nil {
			return false
		}
		for _, x := range c.Messages {
			if strings.Contains(x.Text, m.Canaries[0]) {
				id = x.ID
			}
		}
		return true
	})
	var c struct {
		SplitOff []struct{ Conversation string } `json:"split_off"`
	}
	if id != "" && p.does(ctx, m, origin.Conversation, "split", map[string]any{"messages": []string{id}, "why": "Two matters."}, &c) && len(c.SplitOff) > 0 {
		m.Off = c.SplitOff[len(c.SplitOff)-1].Conversation
	}
}

// does has the lead do something to a conversation, again and again with one key until it is taken, and notes when; refused is what the desk does not take as it stands.
func (p *player) does(ctx context.Context, m *check.Mail, conversation, doing string, body map[string]any, into any) (done bool) {
	from, key := p.desk.Now(), fmt.Sprintf("%s of %s", doing, m.MessageID)
	until(ctx, func() bool {
		err := p.desk.Do(ctx, conversation, doing, key, body, into)
		var no *child.Answer
		switch {
		case err == nil:
			done = true
		case !errors.As(err, &no), no.Code >= http.StatusInternalServerError, no.Code == http.StatusPreconditionFailed, no.Code == http.StatusTooManyRequests:
			return false
		case doing == "unmerge" && no.Code == http.StatusConflict: // something has come, or fallen due, since
		default:
			m.Refused = append(m.Refused, no.Error())
		}
		return true
	})
	m.Done = check.Trouble{From: from, To: p.desk.Now()}
	return done
}
