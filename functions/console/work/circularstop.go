package work

import (
	"context"
	"encoding/json"
	"net/http"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// StopCircular ends a circular, and takes back the answers that have not left, some at once and the others by itself: as whoever stops it, for its author may be gone. First it is marked: who is
// going on with it at this moment takes back what he gives.
func (d *Desk) StopCircular(ctx context.Context, by *policy.Agent, brand, id string, r Request) (out Circular, again bool, p *Problem) {
	b, k, once, again, p := d.circularStep(ctx, by, brand, id, r, desk.CircularStopped)
	switch {
	case p != nil:
		return out, false, p
	case again:
		return circular(b.ID, k), true, nil
	}
	if p := d.halt(ctx, by, b, &k); p != nil {
		return out, false, p
	}
	x := &k.Value
	if x.Back >= x.Reach(CircularPart) {
		x.Back = 0 // all over again: who was going on when it was stopped may have died
	}
	if failed := d.backPart(ctx, by, b, &k); failed != nil {
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
	d.orderPart(ctx, b, k)
	return circular(b.ID, k), again, nil
}

// backPart takes back what the next of those that were come to have got, the newest first: they have most of their time left. What fails is tried again.
func (d *Desk) backPart(ctx context.Context, by *policy.Agent, b *policy.Brand, k *store.Kept[desk.Circular]) *Problem {
	x := &k.Value
	reach := x.Reach(CircularPart)
	for end := min(reach, x.Back+CircularPart); x.Back < end; x.Back++ {
		taken, p := d.backOfCircular(ctx, by, b, k.ID, *x, x.To[reach-1-x.Back])
		if p != nil {
			return p
		}
		if taken {
			x.TookBack(x.To[reach-1-x.Back])
		}
	}
	if x.GoesOn(by.ID, d.Now()); x.Back >= reach {
		x.Rests()
	}
	return nil
}

// maxHalts bounds how often who stops looks again: somebody who goes on writes twice for each part.
const maxHalts = 5

// halt marks a circular as stopped, whoever goes on with it meanwhile.
func (d *Desk) halt(ctx context.Context, by *policy.Agent, b *policy.Brand, k *store.Kept[desk.Circular]) *Problem {
	for range maxHalts {
		if k.Value.Stopped != nil {
			return nil
		}
		now := d.Now().UTC()
		k.Value.Stopped = &now
		k.Value.GoesOn(by.ID, now.Add(desk.CircularPatience)) // who stops it may die before all is taken back
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

// backOfCircular takes back what one conversation got of a circular, and of no other; taken is false where there is nothing to take back, or no longer. What was taken back since the circular
// was stopped is taken, too: who did it may have died before he could count it.
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
	m, err := d.store.Message(ctx, c.Ref, func(m desk.Message) bool { return m.ID == message })
	if err != nil {
		return false, d.Unable("circular", err)
	}
	return m != nil && m.Withdrawn != nil && x.Stopped != nil && !m.Withdrawn.Before(*x.Stopped), nil
}
