package work

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pronto/shared/policy"
)

// Audit is a page of what happened and who did it, newest first. An empty cursor is the end.
type Audit struct {
	Items  []AuditItem `json:"items"`
	Cursor string      `json:"cursor"`
}

// AuditItem is one turn of a conversation, or one change outside of any.
type AuditItem struct {
	At       time.Time `json:"at"`
	Event    string    `json:"event"`              // in the past tense: received, claimed, silenced, held_released
	By       string    `json:"by,omitempty"`       // the agent; none: the desk itself
	About    string    `json:"about,omitempty"`    // what was changed, where it is no conversation
	Why      []string  `json:"why"`                // in words
	Sequence int       `json:"sequence,omitempty"` // of a turn
	Message  string    `json:"message,omitempty"`  // that came or was written
	Effects  []string  `json:"effects,omitempty"`  // ordered by it
	Policy   string    `json:"policy,omitempty"`   // the rule book's version that it was decided by
}

// auditSize is how many lines a page has at most.
const auditSize = 100

// Audit lists a conversation's turns for who may see it; or, without a conversation, what a lead's brand had changed outside of any.
func (d *Desk) Audit(ctx context.Context, by *policy.Agent, brand, conversation, cursor string) (Audit, *Problem) {
	after, ok := uncursor(cursor)
	if !ok {
		return Audit{}, badCursor()
	}
	if conversation != "" {
		return d.turns(ctx, by, conversation, after)
	}
	brands, p := d.holders(by, SeeAudit, brand)
	switch {
	case p != nil:
		return Audit{}, p
	case len(brands) > 1:
		return Audit{}, Refuse(http.StatusBadRequest, "brand", "name one of your brands: "+strings.Join(brands, ", "))
	}
	if after != "" && !isPlace(after) {
		return Audit{}, badCursor()
	}
	changes, next, err := d.store.Changes(ctx, brands[0], after, d.Now(), auditSize)
	if err != nil {
		return Audit{}, d.Unable("audit", err)
	}
	out := Audit{Items: []AuditItem{}, Cursor: toCursor(next)}
	for _, c := range changes {
		i := AuditItem{At: c.At, Event: string(c.Name), By: c.By, About: c.About, Why: []string{}}
		if c.Why != "" {
			i.Why = append(i.Why, c.Why)
		}
		out.Items = append(out.Items, i)
	}
	return out, nil
}

func (d *Desk) turns(ctx context.Context, by *policy.Agent, id, after string) (Audit, *Problem) {
	c, p := d.find(ctx, by, SeeConversation, id)
	if p != nil {
		return Audit{}, p
	}
	before, err := strconv.Atoi(after)
	if after != "" && (err != nil || before < 1) {
		return Audit{}, badCursor()
	}
	turns, err := d.store.Turns(ctx, c.Ref, before, auditSize)
	if err != nil {
		return Audit{}, d.Unable("audit", err)
	}
	out := Audit{Items: []AuditItem{}}
	for _, t := range turns {
		i := AuditItem{At: t.At, Event: t.Event, By: t.By, Why: orNone(t.Why), Sequence: t.Sequence, Message: t.Message, Policy: t.Policy}
		for _, e := range t.Effects {
			i.Effects = append(i.Effects, e.ID)
		}
		out.Items = append(out.Items, i)
	}
	if n := len(turns); n > 0 && turns[n-1].Sequence > 1 {
		out.Cursor = toCursor(strconv.Itoa(turns[n-1].Sequence))
	}
	return out, nil
}

func badCursor() *Problem {
	return Refuse(http.StatusBadRequest, "cursor", "this cursor is none of ours: begin without one")
}
