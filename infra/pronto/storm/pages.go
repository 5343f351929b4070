package storm

import (
	"context"
	"regexp"
	"time"
)

// The waiting after the last wave: past the target of an unhappy message, then past the second step of the ladder and past its third, and past everybody's target.
var waits = []time.Duration{62 * time.Minute, 6 * time.Minute, 11 * time.Minute, 24 * time.Hour}

// takers is how many conversations are taken by their pages' links; the others wait for nobody.
const takers = 3

// link is the answer link of a page.
var link = regexp.MustCompile(`/page/([A-Za-z0-9_-]+)`)

// wait lets time pass in which nobody answers but those who take what they are called to.
func (p *player) wait(ctx context.Context) error {
	for i, d := range waits {
		if err := p.overdue(ctx, d, i == 0); err != nil {
			return err
		}
		if err := p.read(ctx); err != nil {
			return err
		}
		if err := p.take(ctx); err != nil {
			return err
		}
	}
	return nil
}

// overdue turns the clock and waits for what follows; rough: while things break, and with a kill in the midst of it.
func (p *player) overdue(ctx context.Context, d time.Duration, rough bool) error {
	if rough {
		if err := p.desk.Break(ctx, p.script.seed*16+15, weather...); err != nil {
			return err
		}
	}
	if err := p.desk.Turn(ctx, d); err != nil {
		return err
	}
	if rough && p.rand.IntN(2) == 0 {
		time.Sleep(time.Duration(p.rand.IntN(200)) * time.Millisecond) // the moment is the point
		if err := p.restart(ctx); err != nil {
			return err
		}
	}
	p.lull(ctx, time.Second)
	if err := p.desk.Break(ctx, 0); err != nil || rough {
		return err
	}
	// Nothing left for a second, perhaps since the machine is slow: one more sweep, and what it brings.
	if err := p.desk.Turn(ctx, time.Minute); err != nil {
		return err
	}
	p.lull(ctx, time.Second)
	return nil
}

// take answers the first pages.
func (p *player) take(ctx context.Context) error {
	for _, piece := range p.pieces {
		m := link.FindStringSubmatch(piece.Text)
		if piece.Kind != "page" || m == nil || len(p.taken) == takers {
			continue
		}
		if _, has := p.taken[piece.Conversation]; has {
			continue
		}
		if err := p.desk.Take(ctx, m[1]); err != nil {
			return err
		}
		p.taken[piece.Conversation] = p.desk.Now()
	}
	return nil
}
