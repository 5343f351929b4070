package rebuild

import (
	"container/heap"
	"context"
	"time"

	"pronto/shared/desk"
)

// maxRings is how often one conversation's clock may ring at one time: a clock that does not move on must not hold up all others.
const maxRings = 100

// ring takes the turns of the clocks that rang until a time.
func (r *rebuild) ring(ctx context.Context, until time.Time) error {
	rung := map[clock]int{}
	for len(r.clocks) > 0 && !r.clocks[0].at.After(until) {
		k := heap.Pop(&r.clocks).(clock)
		c := r.heads[k.ref]
		if c.Next == nil || !c.Next.Equal(k.at) {
			continue // it was set anew since
		}
		if rung[k]++; rung[k] > maxRings {
			continue
		}
		r.at = k.at
		ev := desk.Ticked{Subject: desk.Subject{Ref: k.ref}}
		_, err := r.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, r.policy, r.at) })
		if err != nil {
			return err
		}
		r.Ticks++
	}
	return nil
}

// arm lets our clocks run: they are set for a time after the past.
func (r *rebuild) arm(ctx context.Context) error {
	for ref, c := range r.heads {
		r.Conversations++
		if c.Next == nil || !r.ours[ref] {
			continue
		}
		if err := r.store.Arm(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// clock is when a conversation must be looked at.
type clock struct {
	at  time.Time
	ref desk.Ref
}

// clocks are a heap, the next one first.
type clocks []clock

func (c clocks) Len() int           { return len(c) }
func (c clocks) Less(i, j int) bool { return c[i].at.Before(c[j].at) }
func (c clocks) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }

// Push is heap.Interface's.
func (c *clocks) Push(x any) { *c = append(*c, x.(clock)) }

// Pop is heap.Interface's.
func (c *clocks) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}
