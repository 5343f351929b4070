// Package faults is what goes wrong in the cloud, on demand: throttling, 500s, torn connections, conflicts, duplicate and reordered deliveries, lost events, functions that crash.
//
// A Plan is a list of faults, each with a chance and a number of times. It is seeded, so that a storm can be played again; an empty or nil Plan breaks nothing.
// The services of the local AWS ask the plan at the points where the fault belongs. For a fault table over the SDK's own calls see Walk.
package faults

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind is what goes wrong.
type Kind string

const (
	Throttle       Kind = "throttle"        // refused before doing, in the service's own words; SDKs retry it
	ServerError    Kind = "server-error"    // 500 before doing: not persisted
	Torn           Kind = "torn"            // done, but the connection ends before the answer: persisted and unanswered
	Slow           Kind = "slow"            // answered after Delay of real time
	Conflict       Kind = "conflict"        // TransactWriteItems is cancelled with TransactionConflict
	Duplicate      Kind = "duplicate"       // SQS delivers the message once more (operation: the queue's name)
	Reorder        Kind = "reorder"         // SQS hands messages out in another order (operation: the queue's name)
	LoseEvent      Kind = "lose-event"      // SES's event is never published (operation: Send, Delivery, …)
	DuplicateEvent Kind = "duplicate-event" // SES's event is published twice
	CrashBefore    Kind = "crash-before"    // the function dies before its handler runs (operation: the function's name)
	CrashAfter     Kind = "crash-after"     // the function dies after its handler ran: all done, nothing reported
)

var kinds = []Kind{Throttle, ServerError, Torn, Slow, Conflict, Duplicate, Reorder, LoseEvent, DuplicateEvent, CrashBefore, CrashAfter}

// Fault is one thing that goes wrong, where and how often.
type Fault struct {
	Kind      Kind          `json:"kind"`
	Service   string        `json:"service,omitempty"`   // dynamodb, sqs, s3, sns, ses, lambda; any when empty
	Operation string        `json:"operation,omitempty"` // the API operation, or what the Kind names; any when empty
	Chance    float64       `json:"chance,omitempty"`    // of each call, 0 < chance ≤ 1; always when zero
	Skip      int           `json:"skip,omitempty"`      // spare so many calls first
	Times     int           `json:"times,omitempty"`     // strike at most so often; without end when zero
	Delay     time.Duration `json:"delay,omitempty"`     // of Slow, in nanoseconds
	Struck    int           `json:"struck"`              // how often it has struck
	seen      int
}

// Plan is a seeded list of faults. Its methods may be called from any goroutine, and on nil.
type Plan struct {
	mu     sync.Mutex
	rand   *rand.Rand
	faults []*Fault
}

// New returns a plan without faults.
func New(seed uint64) *Plan { return &Plan{rand: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))} }

// Set replaces all faults. It refuses the whole list when one of them makes no sense.
func (p *Plan) Set(faults ...Fault) error {
	for i, f := range faults {
		if err := f.check(); err != nil {
			return fmt.Errorf("fault %d: %w", i, err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = p.faults[:0:0]
	for _, f := range faults {
		f.Struck = 0
		p.faults = append(p.faults, &f)
	}
	return nil
}

func (f Fault) check() error {
	switch {
	case !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("kind %q is unknown: use one of %v", f.Kind, kinds)
	case f.Chance < 0 || f.Chance > 1:
		return fmt.Errorf("chance %v is outside 0 to 1", f.Chance)
	case f.Skip < 0 || f.Times < 0 || f.Delay < 0:
		return fmt.Errorf("skip, times and delay cannot be negative")
	case f.Kind == Slow && f.Delay == 0:
		return fmt.Errorf("slow needs a delay")
	}
	return nil
}

// Seed starts the plan's chances anew.
func (p *Plan) Seed(seed uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rand = rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))
}

// List returns the faults and how often each has struck.
func (p *Plan) List() []Fault {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Fault, 0, len(p.faults))
	for _, f := range p.faults {
		out = append(out, *f)
	}
	return out
}

// Strike says whether a fault of this kind strikes the call now, and counts it.
func (p *Plan) Strike(kind Kind, service, operation string) bool {
	_, ok := p.StrikeDelay(kind, service, operation)
	return ok
}

// StrikeDelay is Strike with the fault's Delay.
func (p *Plan) StrikeDelay(kind Kind, service, operation string) (time.Duration, bool) {
	if p == nil {
		return 0, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		if f.Kind == kind && matches(f.Service, service) && matches(f.Operation, operation) && p.strikes(f) {
			return f.Delay, true
		}
	}
	return 0, false
}

func matches(want, got string) bool { return want == "" || strings.EqualFold(want, got) }

func (p *Plan) strikes(f *Fault) bool {
	f.seen++
	if f.seen <= f.Skip || f.Times > 0 && f.Struck >= f.Times {
		return false
	}
	if f.Chance > 0 && p.rand.Float64() >= f.Chance {
		return false
	}
	f.Struck++
	return true
}

// Shuffle puts n things in an order of the plan's own.
func (p *Plan) Shuffle(n int, swap func(i, j int)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rand.Shuffle(n, swap)
}
