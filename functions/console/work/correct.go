package work

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// correct takes an agent's word over triage's: {"message": of the customer's, "label": a mood, "language": "it", "priority": "high"}.
func correct(ctx context.Context, o *order) (desk.Event, *Problem) {
	var v struct {
		Message, Language string
		Label             triage.Mood
		Priority          triage.Priority
	}
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	switch {
	case v.Label == "" && v.Language == "" && v.Priority == "":
		return nil, Refuse(http.StatusUnprocessableEntity, "", "say what is wrong: label, language or priority")
	case v.Label != "" && !v.Label.Known():
		return nil, Refuse(http.StatusUnprocessableEntity, "label", "a label is negative, neutral or positive")
	case v.Language != "" && !policy.IsLanguage(v.Language):
		return nil, Refuse(http.StatusUnprocessableEntity, "language", "write its two letters (ISO 639-1), as in en")
	case v.Priority != "" && !v.Priority.Known():
		return nil, Refuse(http.StatusUnprocessableEntity, "priority", "a priority is low, normal, high or urgent")
	}
	t, said, err := o.said(ctx, v.Message)
	switch {
	case err != nil:
		return nil, o.Unable("conversation", err)
	case t == nil:
		return nil, o.Unable("conversation", errGone)
	}
	ev, beside, ok := desk.NewCorrected(o.act, said, v.Message)
	if !ok {
		return nil, Refuse(http.StatusUnprocessableEntity, "message", "no message of the customer's in this conversation has this id")
	}
	ev.Mood, ev.Language, ev.Priority = v.Label, v.Language, v.Priority
	// What follows from the correction depends on what the conversation is now: with a message more it would be another.
	ev.Expect = cmp.Or(ev.Expect, t.Conversation.Version)
	if v.Language != "" {
		ev.Contact = o.conversation.Contact
	}
	if v.Label == "" && v.Language == "" {
		return ev, nil // the priority alone: nothing is read
	}
	r := &reading{Desk: o.Desk}
	r.left.Store(maxRaws)
	ev.Judgement = o.judge(ctx, r, ev.Was, ev.Told)
	for _, m := range beside[max(0, len(beside)-maxBeside):] {
		if j := o.judge(ctx, r, m, desk.Corrected{Was: m}.Told); j.Priority.Above(ev.Beside.Priority) {
			ev.Beside = j
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, o.Unable("doing", err)
	}
	return ev, nil
}

// said is what a correction looks at: the newest messages, with the one that is meant before them where it is an older one.
func (o *order) said(ctx context.Context, message string) (t *store.Timeline, all []desk.Message, err error) {
	t, more, err := o.store.Newest(ctx, o.conversation.Ref, messageSize)
	if err != nil || t == nil {
		return nil, nil, err
	}
	came, err := o.cameAlong(ctx)
	if err != nil {
		return nil, nil, err
	}
	c := t.Conversation
	t.Messages = slices.DeleteFunc(append(came, t.Messages...), func(m desk.Message) bool { return m.In == "" && c.SplitInto(c.Conversation, m.ID) != "" })
	slices.SortStableFunc(t.Messages, func(a, b desk.Message) int { return a.At.Compare(b.At) })
	is := func(m desk.Message) bool { return m.ID == message }
	if message == "" || !more || slices.ContainsFunc(t.Messages, is) {
		return t, t.Messages, nil
	}
	m, err := o.store.Message(ctx, o.conversation.Ref, is)
	if m != nil {
		all = append(all, *m)
	}
	return t, append(all, t.Messages...), err
}

// maxBeside bounds how many messages are read again for one correction, newest first.
const maxBeside = 20

// judge lets triage read a message again, told what people have said of it. Whose raw message cannot be had is judged by what its row has.
func (o *order) judge(ctx context.Context, r *reading, m desk.Message, told func() (triage.Mood, string)) triage.Judgement {
	text := m.Excerpt
	if m.Raw != "" {
		if t, err := r.open(ctx, m); err == nil {
			text = t.judged
		} else {
			o.Log.Error("text", "message", m.ID, "error", setup.Outermost(err))
		}
	}
	mood, language := told()
	return o.brand.Judge(triage.Input{Subject: m.Subject, Text: text, Told: language, Hint: o.conversation.Language, Mood: mood})
}
