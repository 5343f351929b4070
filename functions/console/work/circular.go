package work

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Circular is one answer that goes to many, as it stands.
type Circular struct {
	ID        string            `json:"id"`
	Version   int               `json:"version"`
	Brand     string            `json:"brand"`
	State     string            `json:"state"` // prepared, going, done, stopped
	By        string            `json:"by"`
	At        time.Time         `json:"at"`
	Texts     map[string]string `json:"texts"`
	Anyhow    bool              `json:"anyhow"`
	Resolve   bool              `json:"resolve"`
	Chosen    int               `json:"chosen"`
	Next      int               `json:"next"`           // how many were come to
	Part      int               `json:"part,omitempty"` // how many of the next are being given it: their giver is at work, or died
	Sent      int               `json:"sent"`
	Due       *time.Time        `json:"due,omitempty"` // the desk goes on with it by itself, or with taking it back: when next
	Taken     int               `json:"taken_back"`
	LeftOut   []CircularLeft    `json:"left_out"`
	Foreseen  map[string]int    `json:"foreseen,omitempty"` // of one alone, of those not come to: by reason how many would be left out, "" for who would get it
	Languages map[string]int    `json:"languages,omitempty"`
	Warned    int               `json:"warned,omitempty"` // texts with something to look at
	Samples   []CircularSample  `json:"samples,omitempty"`
}

// CircularLeft is a conversation that did not get it.
type CircularLeft struct {
	Conversation string       `json:"conversation"`
	Reason       desk.LeftOut `json:"reason"`
	Words        string       `json:"words"`
}

// CircularSample is how it reads in one conversation.
type CircularSample struct {
	Conversation string        `json:"conversation"`
	To           channel.Party `json:"to"`
	Agent        string        `json:"agent"` // who signs
	Language     string        `json:"language"`
	Text         string        `json:"text"`
	Warnings     []Warning     `json:"warnings"`
}

// CircularList are a brand's, newest first.
type CircularList struct {
	Items []Circular `json:"items"`
}

// Bounds: what one request does must fit into a function's time.
const (
	maxCirculars    = 50 // kept of a brand
	CircularPart    = 20 // conversations of one request
	circularSamples = 5
	maxCircularText = 20_000 // runes, of all languages together
)

// Circulars lists them.
func (d *Desk) Circulars(ctx context.Context, by *policy.Agent, brand string) (CircularList, *Problem) {
	b, p := d.brand(by, SendMany, brand)
	if p != nil {
		return CircularList{}, p
	}
	all, err := store.KeptOf[desk.Circular](ctx, d.store, b.ID, store.Circulars)
	if err != nil {
		return CircularList{}, d.Unable("circulars", err)
	}
	out := CircularList{Items: []Circular{}}
	for _, k := range all {
		out.Items = append(out.Items, circular(b.ID, k))
	}
	slices.SortFunc(out.Items, func(a, b Circular) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

func circular(brand string, k store.Kept[desk.Circular]) Circular {
	x := k.Value
	c := Circular{
		ID: k.ID, Version: k.Version, Brand: brand, State: "prepared", By: x.By, At: x.At, Texts: x.Texts, Anyhow: x.Anyhow, Resolve: x.Resolve, Chosen: len(x.To), Next: x.Next, Part: x.Part,
		Sent: x.Sent(), Taken: x.Taken, Due: x.Due, LeftOut: []CircularLeft{},
	}
	switch {
	case x.Stopped != nil:
		c.State = "stopped"
	case x.Next >= len(x.To):
		c.State = "done"
	case x.Next+x.Part > 0:
		c.State = "going"
	}
	for _, id := range x.To[:x.Next] {
		if why := x.LeftOut[id]; why != "" {
			c.LeftOut = append(c.LeftOut, CircularLeft{id, why, why.Words()})
		}
	}
	return c
}

// Circular is one, with what it would do to those that it has not come to: how many would get it in which language, how many would not and why, and how it reads.
func (d *Desk) Circular(ctx context.Context, by *policy.Agent, brand, id string) (Circular, *Problem) {
	b, k, p := d.findCircular(ctx, by, brand, id)
	if p != nil {
		return Circular{}, p
	}
	return d.foreseen(ctx, b, k)
}

// CircularState is one by itself: how far it is, without what it would do.
func (d *Desk) CircularState(ctx context.Context, by *policy.Agent, brand, id string) (Circular, *Problem) {
	b, k, p := d.findCircular(ctx, by, brand, id)
	if p != nil {
		return Circular{}, p
	}
	return circular(b.ID, k), nil
}

func (d *Desk) findCircular(ctx context.Context, by *policy.Agent, brand, id string) (*policy.Brand, store.Kept[desk.Circular], *Problem) {
	b, p := d.brand(by, SendMany, brand)
	if p != nil {
		return nil, store.Kept[desk.Circular]{}, p
	}
	k, err := d.readCircular(ctx, b.ID, id)
	if err != nil {
		return nil, store.Kept[desk.Circular]{}, d.Unable("circular", err)
	}
	if k == nil {
		return nil, store.Kept[desk.Circular]{}, noCircular()
	}
	return b, *k, nil
}

func (d *Desk) readCircular(ctx context.Context, brand, id string) (*store.Kept[desk.Circular], error) {
	if !known(id) {
		return nil, nil
	}
	return store.KeptBy[desk.Circular](ctx, d.store, brand, store.Circulars, id)
}

func noCircular() *Problem {
	return coded(http.StatusNotFound, string(desk.NotFound), "", "there is no such circular")
}

// DropCircular takes one off that is not under way.
func (d *Desk) DropCircular(ctx context.Context, by *policy.Agent, brand, id string, r Request) (CircularList, bool, *Problem) {
	b, k, p := d.findCircular(ctx, by, brand, id)
	if p != nil {
		return CircularList{}, false, p
	}
	if s := circular(b.ID, k).State; s == "going" || k.Value.Due != nil {
		return CircularList{}, false, coded(http.StatusConflict, "going", "", "it is under way: let it end, or stop it first")
	}
	once, p := d.once(b.ID, by, SendMany, "drop "+id, r)
	if p != nil {
		return CircularList{}, false, p
	}
	_, err := d.store.Drop(ctx, store.Circulars, id, k.Version, desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: desk.CircularStopped, About: id}, once)
	switch {
	case errors.Is(err, store.ErrMoved):
		return CircularList{}, false, movedCircular()
	case err != nil:
		return CircularList{}, false, d.Unable("circular", err)
	}
	out, p := d.Circulars(ctx, by, b.ID)
	return out, false, p
}
