package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pronto/infra/local/faults"
	"pronto/shared/store"
)

var morning = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// network gives a new session each time, and counts.
type network struct{ given atomic.Int64 }

func (n *network) renew(context.Context) ([]byte, error) {
	return fmt.Appendf(nil, "session %d", n.given.Add(1)), nil
}

func renewed(t *testing.T, s *store.Store, n *network, was []byte, at time.Time) ([]byte, error) {
	t.Helper()
	return s.RenewSession(t.Context(), "acme-air", "bluesky", "acme.example", was, at, n.renew)
}

// Many find the session over at the same time: one renews it, all others go on with what he got.
func TestASessionIsRenewedByOne(t *testing.T) {
	rows, n := fresh(t).store(nil), &network{}
	first, err := renewed(t, rows, n, nil, morning)
	if err != nil || string(first) != "session 1" {
		t.Fatalf("%q, %v", first, err)
	}
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			for {
				got, err := renewed(t, rows, n, first, morning)
				if err == nil && string(got) != "session 2" {
					t.Errorf("got %q", got)
				}
				if !errors.Is(err, store.ErrRenewing) {
					if err != nil {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	wg.Wait()
	if got, err := rows.Session(t.Context(), "acme-air", "bluesky", "acme.example"); err != nil || string(got) != "session 2" || n.given.Load() != 2 {
		t.Errorf("%q, %v after %d sessions", got, err, n.given.Load())
	}
	if got, err := rows.Session(t.Context(), "acme-air", "bluesky", "help.acme.example"); err != nil || got != nil {
		t.Errorf("another account has %q, %v", got, err)
	}
}

// Who dies while he renews holds it up for a quarter of a minute; what the network refuses holds up nobody.
func TestARenewalThatDies(t *testing.T) {
	for _, persisted := range []bool{false, true} {
		for at := 1; at <= 2; at++ {
			w, n := fresh(t), &network{}
			if _, err := renewed(t, w.store(&faults.Walk{FailAt: at, Persisted: persisted}), n, nil, morning); !errors.Is(err, faults.ErrInjected) {
				t.Fatalf("write %d: %v", at, err)
			}
			rows, later := w.store(nil), morning.Add(16*time.Second)
			got, err := renewed(t, rows, n, nil, later)
			kept, _ := rows.Session(t.Context(), "acme-air", "bluesky", "acme.example")
			if err != nil || string(got) != string(kept) || n.given.Load() > 2 {
				t.Errorf("write %d, persisted %v: %q, %v; kept %q after %d", at, persisted, got, err, kept, n.given.Load())
			}
		}
	}
	rows, no := fresh(t).store(nil), errors.New("no")
	for range 2 {
		_, err := rows.RenewSession(t.Context(), "acme-air", "bluesky", "acme.example", nil, morning, func(context.Context) ([]byte, error) { return nil, no })
		if !errors.Is(err, no) {
			t.Errorf("refused: %v", err)
		}
	}
}

// What is read of an account and what is sent from it have rows of their own, and are seen together.
func TestHealth(t *testing.T) {
	rows := fresh(t).store(nil)
	here, there := store.Place{Brand: "acme-air", Channel: "bluesky", ID: "acme.example"}, store.Place{Brand: "acme-air", Channel: "mastodon", ID: "care@social.example"}
	c := store.Cursor{Polled: morning, Connected: morning.Add(-time.Hour)}
	if err := errors.Join(rows.SaveCursor(t.Context(), here.Brand, here.Channel, here.ID, &c),
		rows.SetOutward(t.Context(), here.Brand, here.Channel, here.ID, store.Outward{Failure: "credentials_refused", Since: morning, At: morning.Add(5 * time.Minute)})); err != nil {
		t.Fatal(err)
	}
	all, err := rows.Health(t.Context(), []store.Place{here, there})
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	if h := all[here]; !h.Polled.Equal(morning) || h.Outward.Failure != "credentials_refused" || h.Troubled(morning.Add(time.Minute), 10*time.Minute) || !h.Troubled(morning.Add(11*time.Minute), 10*time.Minute) {
		t.Errorf("the health is %+v", h)
	}
	if h := all[here]; h.Outward.Fails(morning.Add(40 * time.Minute)) {
		t.Error("nobody has repeated it, and it is believed")
	}
	if h := all[there]; h.Troubled(morning, 0) {
		t.Errorf("of one that was never polled: %+v", h)
	}
	many := make([]store.Place, 120)
	for i := range many {
		many[i] = store.Place{Brand: "acme-air", Channel: "bluesky", ID: fmt.Sprint(i)}
	}
	if all, err := rows.Health(t.Context(), many); err != nil || len(all) != 120 {
		t.Errorf("%d of 120 accounts, %v", len(all), err)
	}
}

// Silence is told from quiet by what was usual: nights and week-ends are.
func TestQuiet(t *testing.T) {
	c := store.Cursor{Newest: morning, Gaps: []int{5, 5, 700, 5, 5, 5, 5, 5, 5}}
	if c.Quiet(morning.AddDate(0, 0, 9)) {
		t.Error("with so few gaps nothing is usual")
	}
	c.Gaps = append(c.Gaps, 5)
	if c.Quiet(morning.Add(35*time.Hour)) || !c.Quiet(morning.Add(36*time.Hour)) {
		t.Error("three times the longest is 35 hours")
	}
	c.Gaps = make([]int, 20)
	if c.Quiet(morning.Add(6*time.Hour)) || !c.Quiet(morning.Add(7*time.Hour)) {
		t.Error("six hours are nothing")
	}
}
