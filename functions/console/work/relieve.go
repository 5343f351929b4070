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
	next := make(chan store.Entry)
	var wg sync.WaitGroup
	var moved [reliefs]int
	var errs [reliefs]error
	for i := range reliefs {
		wg.Go(func() {
			for e := range next {
				made, err := d.turn(ctx, desk.Relieved{Subject: desk.Subject{Ref: e.Ref, Channel: e.Channel}, By: c.By})
				errs[i] = errors.Join(errs[i], err)
				if err == nil && !made.Nothing {
					moved[i]++
				}
			}
		})
	}
	for _, e := range page {
		next <- e
	}
	close(next)
	wg.Wait()
	total := 0
	for _, n := range moved {
		total += n
	}
	return total, errors.Join(errs[:]...)
}
