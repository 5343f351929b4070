package work

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/triage"
)

// Happened is what was said or done in a conversation while somebody wrote an answer.
type Happened struct {
	Event   string       `json:"event"`        // as the audit names it
	By      string       `json:"by,omitempty"` // the agent whose doing it was; none: the customer's
	Name    string       `json:"name"`
	At      time.Time    `json:"at"`
	Message string       `json:"message,omitempty"` // what was said
	Text    string       `json:"text,omitempty"`
	Abuse   triage.Abuse `json:"abuse,omitempty"`  // what hurts in it
	Leaves  *time.Time   `json:"leaves,omitempty"` // of an answer that has not left
}

// crossed says what the writer of an answer has not seen, in full, so that nobody has to look for it.
func (d *Desk) crossed(ctx context.Context, made desk.Decision) *Problem {
	p := coded(http.StatusConflict, string(made.Refused), "seen", made.Refused.Words())
	c := made.Conversation
	p.Version, p.Seen = c.Version, c.Sequence
	t, _, err := d.store.Newest(ctx, c.Ref, messageSize) // what he has not seen is the newest
	switch {
	case err != nil:
		return d.Unable("conversation", err)
	case t == nil:
		return d.Unable("conversation", errGone)
	}
	said := slices.DeleteFunc(d.messages(t), func(m Message) bool {
		return !slices.ContainsFunc(made.Crossed, func(s desk.Since) bool { return s.Message == m.ID })
	})
	if err := d.texts(ctx, said); err != nil {
		return d.Unable("conversation", err)
	}
	for _, s := range made.Crossed {
		h := Happened{Event: s.Event, By: s.By, Name: d.person(s.By).Name, At: s.At, Message: s.Message}
		if s.By == "" {
			h.Name = cmp.Or(c.Party.Name, c.Party.Address)
		}
		if i := slices.IndexFunc(said, func(m Message) bool { return m.ID == s.Message }); i >= 0 {
			h.Name, h.Text, h.Abuse = cmp.Or(said[i].Author, h.Name), said[i].Text, said[i].Abuse
		}
		for _, x := range t.Conversation.Scheduled {
			if x.Message == s.Message && x.Stopped == "" {
				h.Leaves = &x.At
			}
		}
		p.Since = append(p.Since, h)
	}
	return p
}
