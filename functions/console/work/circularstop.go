package work

import (
	"context"
	"encoding/json"
	"net/http"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// StopCircular ends a circular, and takes back, some at a time, the answers that have not left: as whoever stops it, for its author may be gone. First it is marked: who is going on
// with it at this moment takes back what he gives.
func (d *Desk) StopCircular(ctx context.Context, by *policy.Agent, brand, id string, r Request) (out Circular, again bool, p *Problem) {
	b, k, once, again, p := d.circularStep(ctx, by, brand, id, r, desk.CircularStopped)
	switch {
	case p != nil:
		return out, false, p
	case again:
		return circular(b.ID, k), true, nil
	}
	if p := d.halt(ctx, b, &k); p != nil {
		return out, false, p
	}
	x := &k.Value
	reach := min(len(x.To), x.Next+circularPart) // a part may have been given and not be counted
	if x.Back >= reach {
		x.Back = 0 // all over again: who was going on when it was stopped may have died
	}
	// The newest first: they have most of their time left.
	var failed *Problem
	for end := min(reach, x.Back+circularPart); x.Back < end; x.Back++ {
		taken, p := d.backOfCircular(ctx, by, b, id, *x, x.To[reach-1-x.Back])
		if p != nil {
			failed = p // it is tried again
			break
		}
		if taken {
			x.Taken++
		}
	}
	if failed != nil {
		if p := d.markCircular(ctx, b, &k); p != nil {
			return out, false, p
		}
		return out, false, failed
	}
	if again, p = d.keepCircular(ctx, b, id, k.Version, *x, desk.CircularStopped, by, once); p != nil {
		return out, false, p
	}
	k.Version++
	d.circularLine(b, k, desk.CircularStopped, by)
	return circular(b.ID, k), again, nil
}

// maxHalts bounds how often who stops looks again: somebody who goes on writes twice for each part.
const maxHalts = 5

// halt marks a circular as stopped, whoever goes on with it meanwhile.
func (d *Desk) halt(ctx context.Context, b *policy.Brand, k *store.Kept[desk.Circular]) *Problem {
	for range maxHalts {
		if k.Value.Stopped != nil {
			return nil
		}
		now := d.Now().UTC()
		k.Value.Stopped = &now
		p := d.markCircular(ctx, b, k)
		if p == nil || p.Status != http.StatusPreconditionFailed {
			return p
		}
		is, err := d.readCircular(ctx, b.ID, k.ID)
		switch {
		case err != nil:
			return d.Unable("circular", err)
		case is == nil:
			return noCircular()
		}
		*k = *is
	}
	return movedCircular()
}

// backOfCircular takes back what one conversation got of a circular, and of no other; taken is false where there is nothing to take back, or no longer.
func (d *Desk) backOfCircular(ctx context.Context, by *policy.Agent, b *policy.Brand, id string, x desk.Circular, one string) (taken bool, p *Problem) {
	_, message, p := d.givenBy(b, x, id, one)
	if p != nil {
		return false, p
	}
	c, err := d.store.Conversation(ctx, desk.Ref{Brand: b.ID, Conversation: one})
	if err != nil {
		return false, d.Unable("circular", err)
	}
	if c == nil {
		return false, nil
	}
	for _, s := range c.Scheduled {
		if s.Message != message {
			continue
		}
		body, _ := json.Marshal(map[string]string{"answer": s.Effect}) // of a string: cannot fail
		_, _, p := d.Do(ctx, by, one, TakeBack, Request{Key: "circular back " + one + " " + s.Effect, Body: body})
		switch {
		case p == nil:
			return true, nil
		case p.Code == string(desk.HasLeft), p.Code == string(desk.NotFound), p.Code == string(desk.Moved), p.Code == string(desk.Gone):
			return false, nil
		}
		return false, p
	}
	return false, nil
}
