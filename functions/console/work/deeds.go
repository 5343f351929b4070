package work

import (
	"cmp"
	"context"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/store"
)

// Deed is what the desk or an agent did in one turn, with why.
type Deed struct {
	At    time.Time
	Event string // as the audit names it
	Why   []string
	Calls []Called // who was called by it
	ID    string
	Of    string // the conversation: this one, or one that was merged into it
}

// Called is a page and what became of it.
type Called struct {
	Agent    string
	Delivery Delivery
}

// deedsSize is how many turns of a conversation are read beside one page of its messages: some forty read units in the longest.
const deedsSize = 300

// Deeds are what was done between the messages that a conversation shows, in their order, also in what was merged into it; cut tells that not all of them are here.
// Each of the conversations costs what is shown, however long it is.
func (d *Desk) Deeds(ctx context.Context, c Conversation) (all []Deed, cut bool, p *Problem) {
	refs := []desk.Ref{{Brand: c.Brand, Conversation: c.ID}}
	for _, part := range c.Parts {
		refs = append(refs, desk.Ref{Brand: c.Brand, Conversation: part})
	}
	for _, r := range refs {
		turns, more, err := d.turnsBeside(ctx, r, c)
		if err != nil {
			return nil, false, d.Unable("deeds", err)
		}
		cut = cut || more
		for _, t := range turns {
			all = append(all, c.deed(r.Conversation, t))
		}
	}
	slices.SortStableFunc(all, func(a, b Deed) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return all, cut, nil
}

// turnsBeside are the turns of the time of the messages: to the end, where these are the newest.
func (d *Desk) turnsBeside(ctx context.Context, r desk.Ref, c Conversation) ([]store.Turned, bool, error) {
	n := len(c.Messages)
	if !c.Later || n == 0 {
		return d.store.NewestTurns(ctx, r, c.since, deedsSize)
	}
	head := &desk.Conversation{Ref: r, Sequence: c.Seen}
	if r.Conversation != c.ID && !c.since.IsZero() {
		var err error
		if head, err = d.store.Conversation(ctx, r); err != nil || head == nil {
			return nil, false, err
		}
	}
	return d.store.TurnsFrom(ctx, head, c.since, c.Messages[n-1].At, deedsSize)
}

func (c Conversation) deed(of string, t store.Turned) Deed {
	x := Deed{At: t.At, Event: t.Event, Why: t.Why, ID: desk.EffectID(t.Sequence, 0), Of: of}
	if of != c.ID {
		x.ID = of + "-" + x.ID
	}
	for _, o := range t.Effects {
		if e, ok := c.pages[effectKey(of, o.ID)]; ok && e.Page.Signal == "" {
			x.Calls = append(x.Calls, Called{e.Page.Agent, *delivery(e)})
		}
	}
	return x
}
