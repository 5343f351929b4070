package work

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Hook is one thing that a brand's own system is told.
type Hook struct {
	ID           string     `json:"id"` // also the header webhook-id
	Webhook      string     `json:"webhook"`
	Event        string     `json:"event"`
	Brand        string     `json:"brand"`
	Conversation string     `json:"conversation"`
	At           time.Time  `json:"at"` // when it happened
	State        desk.State `json:"state"`
	Why          string     `json:"why,omitempty"`
	Attempts     int        `json:"attempts"`
	Answer       string     `json:"answer,omitempty"` // the status of the answer that took it
	Replayed     *time.Time `json:"replayed,omitempty"`
}

// Hooks is a page of them, newest first. An empty cursor is the end; a short page is not.
type Hooks struct {
	Items  []Hook `json:"items"`
	Cursor string `json:"cursor"`
}

// HookQuery says which of them are asked for.
type HookQuery struct {
	Brand, Webhook, State, Cursor string
}

// hookSize is how many of them are looked at for a page.
const hookSize = 100

// hookStates are those by which a list may be narrowed.
var hookStates = []string{"", string(desk.Queued), string(desk.Sending), string(desk.Accepted), string(desk.Failed)}

// Hooks lists what a brand's own systems are told.
func (d *Desk) Hooks(ctx context.Context, by *policy.Agent, q HookQuery) (Hooks, *Problem) {
	b, p := d.brand(by, SeeHooks, q.Brand)
	if p != nil {
		return Hooks{}, p
	}
	before, ok := uncursor(q.Cursor)
	switch {
	case !ok || before != "" && !isPlace(before):
		return Hooks{}, badCursor()
	case !slices.Contains(hookStates, q.State):
		return Hooks{}, Refuse(http.StatusBadRequest, "state", "state is one of queued, sending, accepted, failed")
	}
	found, next, err := d.store.Hooks(ctx, b.ID, before, time.Time{}, hookSize)
	if err != nil {
		return Hooks{}, d.Unable("webhooks", err)
	}
	page := Hooks{Items: []Hook{}, Cursor: toCursor(next)}
	for _, e := range found {
		if (q.State == "" || string(e.State) == q.State) && (q.Webhook == "" || e.Hook.To == q.Webhook) {
			page.Items = append(page.Items, hookOf(e))
		}
	}
	return page, nil
}

func hookOf(e desk.Effect) Hook {
	h := Hook{
		ID: e.Conversation + "-" + e.ID, Webhook: e.Hook.To, Event: e.Hook.Event, Brand: e.Brand, Conversation: e.Conversation, At: e.Decided, State: e.State,
		Attempts: e.Attempts, Why: e.Why, Answer: e.Provider,
	}
	if !e.Replayed.IsZero() {
		h.Replayed = &e.Replayed
	}
	return h
}

// Replay has one thing told again, under its old id, by the next sweep. What is under way anyway stays as it is.
func (d *Desk) Replay(ctx context.Context, by *policy.Agent, id string, r Request) (out Hook, replayed bool, p *Problem) {
	conversation, effect, _ := strings.Cut(id, "-")
	c, p := d.find(ctx, by, ReplayHooks, conversation)
	if p != nil {
		return out, false, p
	}
	if p := decode(r.Body, &struct{}{}); p != nil {
		return out, false, p
	}
	e, ok, err := d.store.Effect(ctx, c.Ref, effect)
	if err != nil {
		return out, false, d.Unable("webhooks", err)
	}
	if !ok || e.Hook == nil {
		return out, false, coded(http.StatusNotFound, string(desk.NotFound), "", "nothing of this id was told")
	}
	_, replayed, p = d.again(ctx, by, c.Brand, id, r, func(now time.Time) (int, error) {
		_, err := d.store.Replay(ctx, e, now)
		return 1, err
	})
	if p != nil {
		return out, false, p
	}
	if e, _, err = d.store.Effect(ctx, c.Ref, effect); err != nil || e.Hook == nil {
		return out, false, d.Unable("webhooks", errors.Join(err, errGone))
	}
	return hookOf(e), replayed, nil
}

// Replayed tells how much is told again. A cursor that is not empty says that there is more: ask again with it.
type Replayed struct {
	Count  int    `json:"count"`
	Cursor string `json:"cursor"`
}

// maxReplay bounds one request.
const maxReplay = 500

// ReplaySince has everything told again that happened since a time: {"since": a time with its zone, "webhook": "…", "cursor": "…"}.
func (d *Desk) ReplaySince(ctx context.Context, by *policy.Agent, brand string, r Request) (out Replayed, replayed bool, p *Problem) {
	b, p := d.brand(by, ReplayHooks, brand)
	if p != nil {
		return out, false, p
	}
	var v struct{ Since, Webhook, Cursor string }
	if p := decode(r.Body, &v); p != nil {
		return out, false, p
	}
	since, err := time.Parse(time.RFC3339, v.Since)
	if err != nil {
		return out, false, Refuse(http.StatusBadRequest, "since", "write a time with its zone, as 2026-11-23T09:00:00+01:00")
	}
	before, ok := uncursor(v.Cursor)
	if !ok || before != "" && !isPlace(before) {
		return out, false, badCursor()
	}
	out.Count, replayed, p = d.again(ctx, by, b.ID, v.Since, r, func(now time.Time) (int, error) {
		n, next, err := d.replayFrom(ctx, b.ID, v.Webhook, before, since, now)
		out.Cursor = toCursor(next)
		return n, err
	})
	return out, replayed, p
}

// replayFrom replays what was told from a place back to a time.
func (d *Desk) replayFrom(ctx context.Context, brand, webhook, before string, since, now time.Time) (n int, next string, err error) {
	found, next, err := d.store.Hooks(ctx, brand, before, since, maxReplay)
	if err != nil {
		return 0, "", err
	}
	for _, e := range found {
		if webhook != "" && e.Hook.To != webhook {
			continue
		}
		done, err := d.store.Replay(ctx, e, now)
		if err != nil {
			return n, "", err
		}
		if done {
			n++
		}
	}
	return n, next, nil
}

// again does a replay and then says so in the audit, under the request's key: who dies in between replays more than once, which the ids make good. A request
// that was done already does nothing.
func (d *Desk) again(ctx context.Context, by *policy.Agent, brand, about string, r Request, do func(time.Time) (int, error)) (n int, done bool, p *Problem) {
	once, p := d.once(brand, by, ReplayHooks, about, r)
	if p != nil {
		return 0, false, p
	}
	done, err := d.store.Done(ctx, brand, once)
	if err == nil && !done {
		now := d.Now()
		if n, err = do(now); err == nil {
			_, err = d.store.Change(ctx, desk.Change{Brand: brand, ID: once.Key, At: now, By: by.ID, Name: desk.HookReplayed, About: about}, once)
		}
	}
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return 0, false, keyUsed()
	case err != nil:
		return 0, false, d.Unable("replay", err)
	}
	return n, done, nil
}
