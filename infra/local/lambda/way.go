package lambda

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// In the cloud every invocation has a machine of its own. Here all share the processors and the one writer of the disk, so a burst of what can wait would hold up
// what cannot. Mappings that are First have the right of way: while one of their invocations runs, the others take no events, and those under way pause at their
// next call.

// longestWay is how long anybody makes way at a time, so that a burst of what is first slows the others down and stops none.
const longestWay = 20 * time.Millisecond

// way counts the invocations that have the right of way.
type way struct {
	mu    sync.Mutex
	first int
	clear chan struct{} // closed when there is none any more
}

func (w *way) enter() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first == 0 {
		w.clear = make(chan struct{})
	}
	w.first++
}

func (w *way) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first--; w.first == 0 {
		close(w.clear)
	}
}

// taken is what closes when the way is clear; nil when it is.
func (w *way) taken() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first == 0 {
		return nil
	}
	return w.clear
}

// MakeWay waits while an invocation that is first runs, but not for long, and not beyond ctx.
func (r *Runtime) MakeWay(ctx context.Context) {
	clear := r.way.taken()
	if clear == nil {
		return
	}
	t := time.NewTimer(longestWay)
	defer t.Stop()
	select {
	case <-clear:
	case <-t.C:
	case <-ctx.Done():
	}
}

type yields struct{}

// Transport makes way before each call that an invocation of a mapping makes which is not First; all others pass.
func (r *Runtime) Transport(t http.RoundTripper) http.RoundTripper { return courteous{r, t} }

type courteous struct {
	r *Runtime
	http.RoundTripper
}

func (c courteous) RoundTrip(q *http.Request) (*http.Response, error) {
	if ctx := q.Context(); ctx.Value(yields{}) != nil {
		c.r.MakeWay(ctx)
	}
	return c.RoundTripper.RoundTrip(q)
}

// begin returns the context of a mapping's invocations, and what is to be called when they have ended. What is first takes the way, the others make it.
func (r *Runtime) begin(ctx context.Context, first bool) (context.Context, func()) {
	if first {
		r.way.enter()
		return ctx, r.way.leave
	}
	r.MakeWay(ctx)
	return context.WithValue(ctx, yields{}, true), func() {}
}
