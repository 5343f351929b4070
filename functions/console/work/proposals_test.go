package work

import (
	"errors"
	"testing"
	"time"

	"pronto/shared/rulebook"
)

// The table is asked once a minute, and where it does not answer once in ten seconds, whatever pages are asked for. What a lead changes while it is read is not hidden by what was read before.
func TestWhatWaitsIsNotAskedForWithEveryPage(t *testing.T) {
	var p proposals
	now, asked := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), 0
	var away error
	ask := func(after time.Duration, want int) {
		t.Helper()
		now = now.Add(after)
		before := asked
		_, err := p.at(now, func() (rulebook.Proposals, error) { asked++; return rulebook.Proposals{}, away })
		if asked-before != want || want == 1 && !errors.Is(err, away) || want == 0 && err != nil {
			t.Errorf("at %s it was asked %d times, want %d: %v", now.Format(time.TimeOnly), asked-before, want, err)
		}
	}
	ask(0, 1)
	ask(59*time.Second, 0)
	away = errors.New("away")
	ask(time.Second, 1)
	ask(9*time.Second, 0)
	ask(time.Second, 1)
	away = nil
	ask(10*time.Second, 1)
	p.forget()
	if _, err := p.at(now, func() (rulebook.Proposals, error) { p.forget(); return rulebook.Proposals{}, nil }); err != nil {
		t.Error(err)
	}
	ask(0, 1)
	ask(0, 0)
}
