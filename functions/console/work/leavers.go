package work

import (
	"context"
	"net/http"
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
// a token, a page's link or a calendar's is of use to him from then on, whatever rule book stands. Where it cannot be read the last answer holds; where there is none, nobody
// is let in for now.
func (d *Desk) Standing(ctx context.Context, a *policy.Agent) (*policy.Agent, *Problem) {
	if a == nil {
		return nil, nil
	}
	gone := func(brand string) bool {
		return slices.ContainsFunc(d.leavers.known[brand].all, func(l desk.Leaver) bool { return l.Agent == a.ID })
	}
	d.leavers.mu.Lock()
	defer d.leavers.mu.Unlock()
	if err := d.readLeavers(ctx, a.Brands); err != nil {
		d.Log.Error("leavers", "error", setup.Outermost(err))
		return nil, Refuse(http.StatusServiceUnavailable, "", "who has left cannot be read now, so nobody is let in: try again in a moment")
	}
	if !slices.ContainsFunc(a.Brands, gone) {
		return a, nil
	}
	stands := *a
	stands.Brands = slices.DeleteFunc(slices.Clone(a.Brands), gone)
	if len(stands.Brands) == 0 {
		return nil, nil
	}
	return &stands, nil
}

// standsAt is the agent of an id who answers for a brand and has not left it; nil for none.
func (d *Desk) standsAt(ctx context.Context, brand, id string) (*policy.Agent, *Problem) {
	a, p := d.Standing(ctx, d.Policy.Agent(id))
	if a == nil || !slices.Contains(a.Brands, brand) {
		return nil, p
	}
	return a, nil
}

// readLeavers reads what is not known, or not any more, of some brands. It fails where of one nothing was ever read.
func (d *Desk) readLeavers(ctx context.Context, brands []string) error {
	var ask []string
	now, blind := d.Now(), false
	for _, b := range brands {
		if k, ok := d.leavers.known[b]; !ok || now.Sub(k.read).Abs() >= leaverLife {
			ask, blind = append(ask, b), blind || !ok
		}
	}
	if len(ask) == 0 {
		return nil
	}
	all, err := d.store.Left(ctx, ask...)
	switch {
	case err != nil && blind:
		return err
	case err != nil:
		d.Log.Error("leavers", "error", setup.Outermost(err))
		return nil
	}
	if d.leavers.known == nil {
		d.leavers.known = map[string]readLeavers{}
	}
	for _, b := range ask {
		d.leavers.known[b] = readLeavers{all[b], now}
	}
	return nil
}

// forgetLeavers has the next question read anew.
func (d *Desk) forgetLeavers(brand string) {
	d.leavers.mu.Lock()
	defer d.leavers.mu.Unlock()
	delete(d.leavers.known, brand)
}
