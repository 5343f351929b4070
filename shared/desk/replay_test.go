package desk_test

import (
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Of two mails of the past, answered after 50 minutes and never, the example's rule book keeps one and breaks the other.
func TestReplay(t *testing.T) {
	p := book(t)
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	past := []desk.Ending{
		{Ref: desk.Ref{Brand: "acme-air", Conversation: "a"}, Given: at, By: at.Add(30 * time.Minute), State: desk.PromiseBroken, Answered: at.Add(50 * time.Minute), Kind: sla.FirstResponse, Channel: "email", Language: "en", Priority: triage.High},
		{Ref: desk.Ref{Brand: "acme-air", Conversation: "b"}, Given: at, By: at.Add(30 * time.Minute), State: desk.PromiseBroken, Kind: sla.FirstResponse, Channel: "email", Language: "en", Priority: triage.High},
		{Ref: desk.Ref{Brand: "acme-air", Conversation: "c"}, Given: at, By: at.Add(30 * time.Minute), State: desk.PromiseBroken, Kind: sla.FirstResponse, Channel: "email", Language: "en", Priority: triage.Normal},
		{Ref: desk.Ref{Brand: "gone-air", Conversation: "d"}, Given: at},
	}
	got := desk.Replay(p, past, at.Add(2*time.Hour))
	if len(got) != 3 || !got[0].Kept || got[1].Kept || got[1].Open || !got[2].Open || !got[0].Due.Equal(at.Add(time.Hour)) || got[0].Assignee == "" {
		t.Errorf("%+v", got)
	}
}
