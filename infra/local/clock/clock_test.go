package clock

import (
	"context"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

func TestStoppedStandsStillUntilTurned(t *testing.T) {
	c := Stopped(noon)
	if got := c.Now(); !got.Equal(noon) {
		t.Fatalf("now = %v, want noon", got)
	}
	c.Turn(90 * time.Minute)
	c.Turn(-time.Hour)
	if got := c.Now(); !got.Equal(noon.Add(90 * time.Minute)) {
		t.Fatalf("now = %v after 90 minutes and an ignored step back", got)
	}
}

func TestWaitWakesWhenTurned(t *testing.T) {
	for name, c := range map[string]*Clock{"stopped": Stopped(noon), "running": New()} {
		done := make(chan error, 1)
		until := c.Now().Add(time.Hour)
		go func() { done <- c.Wait(context.Background(), until) }()
		c.Turn(30 * time.Minute)
		select {
		case <-done:
			t.Fatalf("%s: woke half an hour early", name)
		case <-time.After(20 * time.Millisecond):
		}
		c.Turn(30 * time.Minute)
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: still asleep after the hour", name)
		}
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Stopped(noon).Wait(ctx, noon.Add(time.Second)); err != context.Canceled {
		t.Fatalf("err = %v, want canceled", err)
	}
}

func TestRunningClockRuns(t *testing.T) {
	c := New()
	if err := c.Wait(context.Background(), c.Now().Add(5*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
}
