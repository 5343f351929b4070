package work

import (
	"context"
	"slices"
	"sync"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// leaverLife is for how long who has left is believed as it was read: whoever leaves is out everywhere within it.
const leaverLife = 2 * time.Second

// leavers are those who have left the brands, as read last: it is asked of everybody with every request.
type leavers struct {
	mu    sync.Mutex
	known map[string]readLeavers
}

type readLeavers struct {
	all  []desk.Leaver
	read time.Time
}

// Standing is an agent as far as he has not left: without the brands that he has. Nobody is left of who has left all of them, and nobody of nobody: neither a session nor
// a token, a page's link or a calendar's is of use to him from then on, whatever rule book stands. Where it cannot be read the last answer holds.
func (d *Desk) Standing(ctx context.Context, a *policy.Agent) *policy.Agent {
	if a == nil {
		return nil
	}
	gone := func(brand string) bool {
		return slices.ContainsFunc(d.leavers.known[brand].all, func(l desk.Leaver) bool { return l.Agent == a.ID })
	}
	d.leavers.mu.Lock()
	defer d.leavers.mu.Unlock()
	d.readLeavers(ctx, a.Brands)
	if !slices.ContainsFunc(a.Brands, gone) {
		return a
	}
	stands := *a
	stands.Brands = slices.DeleteFunc(slices.Clone(a.Brands), gone)
	if len(stands.Brands) == 0 {
		return nil
	}
	return &stands
}

// standsAt is the agent of an id who answers for a brand and has not left it; nil for none.
func (d *Desk) standsAt(ctx context.Context, brand, id string) *policy.Agent {
	a := d.Standing(ctx, d.Policy.Agent(id))
	if a == nil || !slices.Contains(a.Brands, brand) {
		return nil
	}
	return a
}

// readLeavers reads what is not known, or not any more, of some brands.
func (d *Desk) readLeavers(ctx context.Context, brands []string) {
	var ask []string
	now := d.Now()
	for _, b := range brands {
		if k, ok := d.leavers.known[b]; !ok || now.Sub(k.read).Abs() >= leaverLife {
			ask = append(ask, b)
		}
	}
	if len(ask) == 0 {
		return
	}
	all, err := d.store.Left(ctx, ask...)
	if err != nil {
		d.Log.Error("leavers", "error", setup.Outermost(err))
		return
	}
	if d.leavers.known == nil {
		d.leavers.known = map[string]readLeavers{}
	}
	for _, b := range ask {
		d.leavers.known[b] = readLeavers{all[b], now}
	}
}

// forgetLeavers has the next question read anew.
func (d *Desk) forgetLeavers(brand string) {
	d.leavers.mu.Lock()
	defer d.leavers.mu.Unlock()
	delete(d.leavers.known, brand)
}
