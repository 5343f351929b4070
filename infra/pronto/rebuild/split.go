package rebuild

import (
	"context"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/triage"
)

// split is an agent taking messages out into a conversation of their own; nil where one of them was forgotten since, or is gone: what is left stays together. How it was
// judged then is not read again: the note has the priority.
func (r *rebuild) split(ctx context.Context, act desk.Act, m desk.Message, j work.Journal) desk.Event {
	ev, err := work.Splitting(ctx, r.store, r.keys, act.Ref, j.Split, r.letter)
	if err != nil {
		return nil
	}
	r.Doings++
	act.Beside = desk.Ref{Brand: j.Brand, Conversation: j.With}
	m.Kind = "note"
	ev.Act, ev.Note = act, m
	head := r.heads[act.Ref]
	ev.Words, _ = work.Findable(r.keys, j.Brand, work.SplitTitle(ev, head.Subject), "")
	if p := j.Then.Priority; p != "" {
		ev.Judged = triage.Judgement{Priority: p, PriorityWhy: head.PriorityWhy, Sentiment: triage.Sentiment{Label: desk.NewestOf(ev.Going()).Mood}}
	}
	return ev
}

// letter reads a mail, as long as a mail may take: who sent it chose what it costs.
func (r *rebuild) letter(ctx context.Context, key string) (*mail.Message, error) {
	raw, err := r.read(ctx, key, 0)
	if err != nil {
		return nil, err
	}
	return mail.Parse(raw, mail.DefaultLimits.Within(mail.Patience, time.Now))
}
