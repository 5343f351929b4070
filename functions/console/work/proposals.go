package work

import (
	"context"
	"sync"
	"time"

	"pronto/shared/policy"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

// How long what waits for a lead is told without asking again: it waits for days, and every page of a lead's tells it. Where it could not be found out, no page asks again at once.
const (
	proposalsFor   = time.Minute
	proposalsRetry = 10 * time.Second
)

// proposals remembers what waits.
type proposals struct {
	mu    sync.Mutex
	known rulebook.Proposals
	until time.Time
	told  int // how often it was forgotten: what was read before that is not kept
}

// at is what waits, as it is remembered or as read has it. The table is read without the lock: pages beside this one are not held up by it.
func (p *proposals) at(now time.Time, read func() (rulebook.Proposals, error)) (rulebook.Proposals, error) {
	p.mu.Lock()
	known, until, told := p.known, p.until, p.told
	p.mu.Unlock()
	if now.Before(until) {
		return known, nil
	}
	is, err := read()
	again := proposalsFor
	if err != nil {
		is, again = rulebook.Proposals{}, proposalsRetry
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.told == told {
		p.known, p.until = is, now.Add(again)
	}
	return is, err
}

// forget has what waits read anew.
func (p *proposals) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = time.Time{}
	p.told++
}

// WaitingRules tells how many proposed changes of the rule book wait for this agent to agree; 0 for who leads no brand, and where it cannot be found out now.
func (d *Desk) WaitingRules(ctx context.Context, by *policy.Agent) int {
	if _, p := d.brands(by, ChangeRules, ""); p != nil {
		return 0
	}
	now := d.Now()
	wait, err := d.proposals.at(now, func() (rulebook.Proposals, error) { return d.rules.Proposals(ctx) })
	if err != nil {
		d.Log.Warn("rulebook", "why", "not_counted", "error", setup.Outermost(err)) // a page is worth more than its count
	}
	return wait.For(who(by), d.Policy, now)
}
