package work

import (
	"context"
	"sync"
	"time"

	"pronto/shared/policy"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

// proposalsFor is how long what waits for a lead is told without asking again: it waits for days, and every page of a lead's tells it.
const proposalsFor = time.Minute

// proposals remembers what waits.
type proposals struct {
	mu    sync.Mutex
	known rulebook.Proposals
	until time.Time
}

// WaitingRules tells how many proposed changes of the rule book wait for this agent to agree; 0 for who leads no brand, and where it cannot be found out now.
func (d *Desk) WaitingRules(ctx context.Context, by *policy.Agent) int {
	if _, p := d.brands(by, ChangeRules, ""); p != nil {
		return 0
	}
	d.proposals.mu.Lock()
	defer d.proposals.mu.Unlock()
	now := d.Now()
	if !now.Before(d.proposals.until) {
		is, err := d.rules.Proposals(ctx)
		if err != nil {
			d.Log.Warn("rulebook", "why", "not_asked", "error", setup.Outermost(err)) // a page is worth more than its count
			return 0
		}
		d.proposals.known, d.proposals.until = is, now.Add(proposalsFor)
	}
	return d.proposals.known.For(who(by), d.Policy, now)
}

// forgetProposals has what waits read anew.
func (d *Desk) forgetProposals() {
	d.proposals.mu.Lock()
	defer d.proposals.mu.Unlock()
	d.proposals.until = time.Time{}
}
