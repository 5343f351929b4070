// Package clock is the time of the local AWS: the real one, or one that a story turns.
//
// Everything under infra/local that waits (delays, visibility, schedules, TTL) waits on a Clock, so that turning it wakes whoever is due.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells UTC time. The zero value is not usable; see New and Stopped.
type Clock struct {
	mu      sync.Mutex
	offset  time.Duration // added to real time
	stopped *time.Time    // stands still here when not nil
	turned  chan struct{} // closed and replaced at each turn
}

// New returns a clock that runs with real time.
func New() *Clock { return &Clock{turned: make(chan struct{})} }

// Stopped returns a clock that stands still at t until it is turned.
func Stopped(t time.Time) *Clock {
	t = t.UTC()
	return &Clock{stopped: &t, turned: make(chan struct{})}
}

// Now is the clock's time, in UTC, without a monotonic reading.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.stopped != nil {
		return *c.stopped
	}
	return time.Now().Add(c.offset).UTC().Round(0)
}

// Turn moves the clock forward by d and wakes whoever waits for a time that has come. It never goes back: a negative d is ignored.
func (c *Clock) Turn(d time.Duration) {
	if d <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped != nil {
		t := c.stopped.Add(d)
		c.stopped = &t
	} else {
		c.offset += d
	}
	close(c.turned)
	c.turned = make(chan struct{})
}

// Wait returns nil once the clock has reached t, or ctx's error.
func (c *Clock) Wait(ctx context.Context, t time.Time) error {
	for {
		c.mu.Lock()
		left, turned, stopped := t.Sub(c.now()), c.turned, c.stopped != nil
		c.mu.Unlock()
		if left <= 0 {
			return ctx.Err()
		}
		if err := pause(ctx, left, turned, stopped); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, left time.Duration, turned <-chan struct{}, stopped bool) error {
	var tick <-chan time.Time
	if !stopped {
		timer := time.NewTimer(left)
		defer timer.Stop()
		tick = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-turned:
	case <-tick:
	}
	return nil
}
