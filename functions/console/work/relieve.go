package work

import (
	"context"
	"errors"
	"sync"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// One change of the rota hands over so much at once, by so many turns at a time: the rest is handed over at its warning points.
const (
	maxRelief = 400
	reliefs   = 8
)

// relieve has the desk look at what an agent has whom a change takes off now, and tells how many conversations went to somebody else. Who repeats the order after a crash
// repeats the look, too: nothing is handed over twice.
func (d *Desk) relieve(ctx context.Context, b *policy.Brand, c desk.RotaChange) (int, error) {
	if now := d.Now(); c.Instead == "" || c.Swap || c.Start.After(now) || !c.End.After(now) || !b.Promises.HandOver {
		return 0, nil
	}
	due := func(card store.Card) bool { return card.Breached || card.Due != nil && card.Due.Before(c.End) }
	page, _, err := d.store.Queue(ctx, store.List{Brands: []string{b.ID}, Agent: c.Instead, Keep: due, Max: maxRelief})
	if err != nil {
		return 0, err
	}
	return each(page, func(e store.Entry) (bool, error) {
		made, err := d.turn(ctx, desk.Relieved{Subject: desk.Subject{Ref: e.Ref, Channel: e.Channel}, By: c.By})
		return err == nil && !made.Nothing, err
	})
}

// each does something to all of them, so many at a time, and tells for how many it made a difference. One that fails keeps nobody else's from being done.
func each[T any](all []T, do func(T) (bool, error)) (int, error) {
	next := make(chan T)
	var wg sync.WaitGroup
	var made [reliefs]int
	var errs [reliefs]error
	for i := range reliefs {
		wg.Go(func() {
			for x := range next {
				done, err := do(x)
				errs[i] = errors.Join(errs[i], err)
				if done {
					made[i]++
				}
			}
		})
	}
	for _, x := range all {
		next <- x
	}
	close(next)
	wg.Wait()
	total := 0
	for _, n := range made {
		total += n
	}
	return total, errors.Join(errs[:]...)
}
