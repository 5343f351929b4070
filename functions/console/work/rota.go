package work

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Override is a change of a brand's rota, as agents see it.
type Override struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"` // override, swap, leave
	Agent   string    `json:"agent,omitempty"`
	Instead string    `json:"instead,omitempty"`
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Why     string    `json:"why,omitempty"`
}

// Overrides are the changes of a brand's rota that were made while the desk runs; those of the rule book are not among them.
type Overrides struct {
	Brand string     `json:"brand"`
	Items []Override `json:"items"`
	Gaps  []string   `json:"gaps,omitempty"` // after a change: when nobody is on within its time, in words

	HandedOver int `json:"handed_over,omitempty"` // after a change: conversations that went to somebody else at once
}

// Kinds of changes.
const (
	KindOverride = "override"
	KindSwap     = "swap"
	KindLeave    = "leave"
)

func override(c desk.RotaChange) Override {
	return kinded(Override{ID: c.ID, Agent: c.Agent, Instead: c.Instead, Start: c.Start.UTC(), End: c.End.UTC(), By: c.By, At: c.At.UTC(), Why: c.Why}, c.Swap)
}

// kinded names the kind of an override; who is on leave is its agent.
func kinded(o Override, swap bool) Override {
	o.Kind = KindOverride
	switch {
	case swap:
		o.Kind = KindSwap
	case o.Agent == "":
		o.Kind, o.Agent, o.Instead = KindLeave, o.Instead, ""
	}
	return o
}

func overrides(brand string, r desk.Rota) Overrides {
	out := Overrides{Brand: brand, Items: []Override{}}
	for _, c := range r.Changes {
		out.Items = append(out.Items, override(c))
	}
	return out
}

// live is the brand with its rota as it is now.
func (d *Desk) live(ctx context.Context, b *policy.Brand) (*policy.Brand, error) {
	r, err := d.store.Rota(ctx, b.ID)
	if err != nil || len(r.Changes)+len(r.Left) == 0 {
		return b, err
	}
	now := *b
	now.Schedule = b.Schedule.With(r.Overrides()...)
	return &now, nil
}

// Overrides lists the changes of a brand's rota, of the agent's only one for "".
func (d *Desk) Overrides(ctx context.Context, by *policy.Agent, brand string) (Overrides, *Problem) {
	b, p := d.brand(by, SeeOnCall, brand)
	if p != nil {
		return Overrides{}, p
	}
	r, err := d.store.Rota(ctx, b.ID)
	if err != nil {
		return Overrides{}, d.Unable("overrides", err)
	}
	return overrides(b.ID, r), nil
}

// Bounds of a change: a year ahead, and as long.
const maxOverride = 366 * 24 * time.Hour

var errFull = errors.New("the rota has all the changes that it may have")

// AddOverride changes the rota: {"kind":"override|swap|leave","agent":"…","instead":"…","start":"…","end":"…","why":"…"}. It takes effect with the next event. Whom
// one may put on is oneself; a lead may everybody.
func (d *Desk) AddOverride(ctx context.Context, by *policy.Agent, brand string, r Request) (Overrides, bool, *Problem) {
	b, p := d.brand(by, ChangeRota, brand)
	if p != nil {
		return Overrides{}, false, p
	}
	c, p := d.rotaChange(by, b, r.Body)
	if p != nil {
		return Overrides{}, false, p
	}
	once, p := d.once(b.ID, by, ChangeRota, "", r)
	if p != nil {
		return Overrides{}, false, p
	}
	c.ID = once.Key
	return d.editRota(ctx, b, c, desk.RotaChanged, once, func(was desk.Rota) (desk.Rota, error) {
		is := was.With(c, d.Now())
		if len(is.Changes) > desk.MaxRotaChanges {
			return was, errFull
		}
		return is, nil
	})
}

// RemoveOverride takes a change back: who made it may, and a lead.
func (d *Desk) RemoveOverride(ctx context.Context, by *policy.Agent, brand, id string, r Request) (Overrides, bool, *Problem) {
	b, p := d.brand(by, ChangeRota, brand)
	if p != nil {
		return Overrides{}, false, p
	}
	was, err := d.store.Rota(ctx, b.ID)
	if err != nil {
		return Overrides{}, false, d.Unable("overrides", err)
	}
	for _, c := range was.Changes {
		if c.ID == id && c.By != by.ID && !by.RoleAt(b.ID).Includes(policy.RoleLead) {
			return Overrides{}, false, Refuse(http.StatusForbidden, "", "only who made it or a lead may take it back")
		}
	}
	once, p := d.once(b.ID, by, ChangeRota, id, r)
	if p != nil {
		return Overrides{}, false, p
	}
	return d.editRota(ctx, b, desk.RotaChange{ID: id, By: by.ID, At: d.Now()}, desk.RotaRestored, once, func(was desk.Rota) (desk.Rota, error) {
		is, ok := was.Without(id, d.Now())
		if !ok {
			return was, store.ErrNoChange
		}
		return is, nil
	})
}

func (d *Desk) editRota(ctx context.Context, b *policy.Brand, c desk.RotaChange, name desk.ChangeName, once store.Once, edit func(desk.Rota) (desk.Rota, error)) (Overrides, bool, *Problem) {
	change := desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: c.By, Name: name, About: c.ID, Why: c.Why}
	again, err := d.store.ChangeRota(ctx, edit, change, once)
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return Overrides{}, false, keyUsed()
	case errors.Is(err, store.ErrNoChange):
		return Overrides{}, false, Refuse(http.StatusNotFound, "", "the rota has no change of this id")
	case errors.Is(err, errFull):
		return Overrides{}, false, Refuse(http.StatusUnprocessableEntity, "", fmt.Sprintf("the rota has %d changes already: take one back, or write what is known for long into the rule book", desk.MaxRotaChanges))
	case err != nil:
		return Overrides{}, false, d.Unable("overrides", err)
	case !again:
		d.Log.Info("change", "brand", b.ID, "change", name, "about", c.ID, "by", c.By)
	}
	is, err := d.store.Rota(ctx, b.ID)
	if err != nil {
		return Overrides{}, again, d.Unable("overrides", err)
	}
	out := overrides(b.ID, is)
	if out.HandedOver, err = d.relieve(ctx, b, c); err != nil {
		return Overrides{}, again, d.Unable("overrides", err)
	}
	if !c.Start.IsZero() {
		for _, g := range b.Schedule.With(is.Overrides()...).Gaps(c.Start, c.End) {
			out.Gaps = append(out.Gaps, g.Words(b.Schedule.Zone))
		}
	}
	return out, again, nil
}

// rotaChange reads and checks an order.
func (d *Desk) rotaChange(by *policy.Agent, b *policy.Brand, body []byte) (c desk.RotaChange, p *Problem) {
	var o struct{ Kind, Agent, Instead, Start, End, Why string }
	if p := decode(body, &o); p != nil {
		return c, p
	}
	c = desk.RotaChange{Agent: o.Agent, Instead: o.Instead, By: by.ID, At: d.Now()}
	if c.Why, p = cleanReason(o.Why); p != nil {
		return c, p
	}
	if p := d.onRota(b, "agent", o.Agent, true); p != nil {
		return c, p
	}
	if p := d.onRota(b, "instead", o.Instead, o.Kind == KindSwap); p != nil {
		return c, p
	}
	switch o.Kind {
	case "", KindOverride:
	case KindSwap:
		c.Swap = true
		if o.Agent == o.Instead {
			return c, Refuse(http.StatusUnprocessableEntity, "instead", "a swap is between two: name another agent")
		}
	case KindLeave:
		if o.Instead != "" {
			return c, Refuse(http.StatusUnprocessableEntity, "instead", "a leave has no substitute: make an override instead, or leave the field out")
		}
		c.Agent, c.Instead = "", o.Agent
	default:
		return c, Refuse(http.StatusUnprocessableEntity, "kind", "write override, swap or leave")
	}
	if o.Agent != by.ID && !by.RoleAt(b.ID).Includes(policy.RoleLead) {
		return c, Refuse(http.StatusForbidden, "agent", "put yourself on or away; only a lead may others")
	}
	c.Start, c.End, p = d.stretch(o.Start, o.End)
	return c, p
}

func (d *Desk) onRota(b *policy.Brand, field, id string, needed bool) *Problem {
	if id == "" && !needed {
		return nil
	}
	a := d.Policy.Agent(id)
	if a == nil || !d.answers(a, b) {
		return Refuse(http.StatusUnprocessableEntity, field, "write the id of an agent of this brand")
	}
	return nil
}

func (d *Desk) answers(a *policy.Agent, b *policy.Brand) bool {
	for _, id := range a.Brands {
		if id == b.ID {
			return true
		}
	}
	return false
}

func (d *Desk) stretch(start, end string) (from, to time.Time, p *Problem) {
	from = d.Now()
	var err error
	if start != "" {
		if from, err = time.Parse(time.RFC3339, start); err != nil {
			return from, to, Refuse(http.StatusBadRequest, "start", "write a time with its zone, as 2026-11-23T09:00:00+01:00; without one it begins now")
		}
	}
	if to, err = time.Parse(time.RFC3339, end); err != nil {
		return from, to, Refuse(http.StatusBadRequest, "end", "write a time with its zone, as 2026-11-23T18:00:00+01:00")
	}
	switch now := d.Now(); {
	case !to.After(from):
		return from, to, Refuse(http.StatusUnprocessableEntity, "end", "let it end after it begins")
	case !to.After(now):
		return from, to, Refuse(http.StatusUnprocessableEntity, "end", "it is over already: name a time to come")
	case to.Sub(now) > maxOverride || now.Sub(from) > maxOverride:
		return from, to, Refuse(http.StatusUnprocessableEntity, "end", "name a time within a year from now")
	}
	return from.UTC(), to.UTC(), nil
}
