package storm

import (
	"context"
	"regexp"
	"slices"
	"time"

	"pronto/infra/pronto/storm/check"
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

// armed is how long before its target the clock is stopped turning for a sweep to arm it, and runs how long it is then let run as it is.
const (
	armed = 100 * time.Second
	runs  = 1500 * time.Millisecond
)

// promptly lets one unhappy mail fall due by a clock that runs as it is.
func (p *player) promptly(ctx context.Context) error {
	if err := p.settle(ctx); err != nil {
		return err
	}
	l := p.script.prompt[0]
	p.letter(ctx, l)
	p.awhile(ctx, func() bool { return p.read(ctx) == nil && p.receipt(l.Mail) != nil })
	due := l.Tries[len(l.Tries)-1].Before.Add(brand(p.script.house).Negative)
	if err := p.desk.Turn(ctx, due.Add(-armed).Sub(p.desk.Now())); err != nil {
		return err
	}
	p.swept(ctx, due.Add(-armed))
	if err := p.desk.Turn(ctx, due.Add(-runs).Sub(p.desk.Now())); err != nil {
		return err
	}
	p.awhile(ctx, func() bool { return p.read(ctx) == nil && p.paged(l.Mail) })
	return ctx.Err() // who was not called is the checker's to say
}

// paged tells whether a page was seen of what m opened.
func (p *player) paged(m *check.Mail) bool {
	r := p.receipt(m)
	p.mu.Lock()
	defer p.mu.Unlock()
	return r != nil && slices.ContainsFunc(p.pieces, func(x *check.Piece) bool { return x.Kind == "page" && x.Conversation == r.Conversation })
}

// swept waits for the end of a sweep that began after a time: a clock that is turned in the midst of one would delay what it arms.
func (p *player) swept(ctx context.Context, after time.Time) {
	p.awhile(ctx, func() bool {
		var lines []line
		err := p.desk.Ledger(ctx, &lines)
		return err == nil && slices.ContainsFunc(lines, func(l line) bool { return l.Msg == "sweep" && !l.Began.Before(after) })
	})
}

// awhile waits in real time until something is done, half a minute at most.
func (p *player) awhile(ctx context.Context, done func() bool) {
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until) && ctx.Err() == nil && !done(); time.Sleep(20 * time.Millisecond) {
	}
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
	p.lull(ctx, 500*time.Millisecond)
	return p.desk.Break(ctx, 0)
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
