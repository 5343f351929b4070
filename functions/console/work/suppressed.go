package work

import (
	"context"
	"net/http"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// Suppressed is what got no receipt: it stands in its conversation, and the reason says why nobody was told so.
type Suppressed struct {
	Conversation string        `json:"conversation"`
	Message      string        `json:"message,omitempty"` // "" where the receipt was ordered and cancelled
	Reason       desk.Silence  `json:"reason"`
	Words        string        `json:"words"` // the reason in words
	Contact      channel.Party `json:"contact"`
	Subject      string        `json:"subject"`
	Abuse        triage.Abuse  `json:"abuse,omitempty"` // what hurts in something that the contact wrote: its subject may, too
	Channel      string        `json:"channel"`
	Status       desk.Status   `json:"status"`
	Opened       time.Time     `json:"opened"` // of the conversation
}

// SuppressedPage is a page of them, of one UTC day of arrival, in no order. An empty cursor is the end; a short page is not.
type SuppressedPage struct {
	Brand  string         `json:"brand"`
	Day    string         `json:"day"`
	Counts map[string]int `json:"counts"` // of the whole day, by reason: as its sum has them
	Items  []Suppressed   `json:"items"`
	Cursor string         `json:"cursor"`
}

// SuppressedQuery says what of them is asked for.
type SuppressedQuery struct{ Brand, Day, Reason, Cursor string }

// Suppressed lists the messages of a day that got no receipt, from the same index that the day's sum is counted from.
func (d *Desk) Suppressed(ctx context.Context, by *policy.Agent, q SuppressedQuery) (SuppressedPage, *Problem) {
	b, p := d.brand(by, SeeHeld, q.Brand)
	if p != nil {
		return SuppressedPage{}, p
	}
	sum, p := d.Reconciliation(ctx, b.ID, q.Day)
	if p != nil {
		return SuppressedPage{}, p
	}
	after, ok := uncursor(q.Cursor)
	if !ok || strings.ContainsFunc(after, func(r rune) bool { return r < ' ' || r > '~' }) || len(after) > 200 {
		return SuppressedPage{}, badCursor()
	}
	out := SuppressedPage{Brand: b.ID, Day: sum.Day, Counts: sum.Suppressed, Items: []Suppressed{}}
	if q.Reason != "" && strings.Contains(desk.Silence(q.Reason).Words(), q.Reason+")") {
		return out, Refuse(http.StatusBadRequest, "reason", "reason is a code of why a message got no receipt, as unauthenticated: counts has those of the day")
	}
	found, next, err := d.store.Suppressed(ctx, b.ID, sum.Day, desk.Silence(q.Reason), after, heldSize)
	if err != nil {
		return out, d.Unable("suppressed", err)
	}
	out.Cursor = toCursor(next)
	out.Items, err = d.unreceipted(ctx, b.ID, found)
	if err != nil {
		return out, d.Unable("suppressed", err)
	}
	return out, nil
}

// unreceipted completes entries by their conversations. What was cancelled and was no receipt, as a notice, is none of them.
func (d *Desk) unreceipted(ctx context.Context, brand string, found []store.Unreceipted) ([]Suppressed, error) {
	var refs []desk.Ref
	var cancelled []desk.EffectRef
	seen := map[string]bool{}
	for _, u := range found {
		r := desk.Ref{Brand: brand, Conversation: u.Conversation}
		if !seen[u.Conversation] {
			seen[u.Conversation], refs = true, append(refs, r)
		}
		if u.Effect != "" {
			cancelled = append(cancelled, desk.EffectRef{Ref: r, ID: u.Effect})
		}
	}
	conversations, err := d.store.Conversations(ctx, refs)
	if err != nil {
		return nil, err
	}
	effects, err := d.store.Effects(ctx, cancelled)
	if err != nil {
		return nil, err
	}
	of, receipts := map[string]*desk.Conversation{}, map[string]bool{}
	for _, c := range conversations {
		of[c.Conversation] = c
	}
	for _, e := range effects {
		receipts[e.Conversation+e.ID] = e.Kind == channel.Receipt
	}
	all := []Suppressed{}
	for _, u := range found {
		if u.Effect != "" && !receipts[u.Conversation+u.Effect] {
			continue
		}
		s := Suppressed{Conversation: u.Conversation, Message: u.Message, Reason: u.Why, Words: u.Why.Words()}
		if c := of[u.Conversation]; c != nil {
			s.Contact, s.Subject, s.Abuse, s.Channel, s.Status, s.Opened = c.Party, c.Subject, c.Abuse, c.Channel, c.Status, c.Opened
		}
		all = append(all, s)
	}
	return all, nil
}

// Block is a contact that is blocked, with who did it and why.
type Block struct {
	Contact string        `json:"contact"`
	Party   channel.Party `json:"party"`
	By      string        `json:"by"`
	At      time.Time     `json:"at"`
	Why     string        `json:"why,omitempty"`
}

// BlockList are all whom a brand's agents have blocked.
type BlockList struct {
	Items []Block `json:"items"`
}

// Blocks lists who is blocked: what they send is held, counted with that reason, and never sent back.
func (d *Desk) Blocks(ctx context.Context, by *policy.Agent, brand string) (BlockList, *Problem) {
	b, p := d.brand(by, SeeHeld, brand)
	if p != nil {
		return BlockList{}, p
	}
	kept, err := store.KeptOf[desk.Blocking](ctx, d.store, b.ID, store.Blocks)
	if err != nil {
		return BlockList{}, d.Unable("blocks", err)
	}
	out := BlockList{Items: []Block{}}
	for _, k := range kept {
		x := k.Value
		out.Items = append(out.Items, Block{x.Contact, x.Party, x.By, x.At, x.Why})
	}
	return out, nil
}
