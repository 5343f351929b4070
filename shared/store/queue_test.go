package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// All of these have the same priority and fall due at the same moment: the pages pass over none and repeat none.
func TestAQueueOfTies(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	for i := range 45 {
		w.must(w.turn(s, w.mail(i, fmt.Sprintf("p%d", i), fmt.Sprintf("This is terrible number %d.", i))))
	}
	l := store.List{Brands: []string{"acme-air", "nobody"}, Lots: []store.Lot{store.Open, store.Waiting}, Max: 7}
	var seen []string
	for {
		page, next, err := s.Queue(ctx, l)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			seen = append(seen, e.At)
		}
		if next == "" {
			break
		}
		if len(page) != 7 || next != page[6].At {
			t.Fatalf("a page of %d goes on at %q", len(page), next)
		}
		l.After = next
	}
	if !slices.IsSorted(seen) || len(slices.Compact(seen)) != 45 {
		t.Errorf("%d entries, sorted: %v", len(seen), slices.IsSorted(seen))
	}
	none := store.List{Brands: []string{"acme-air"}, Lots: []store.Lot{store.Open}, Max: 7, Keep: func(store.Card) bool { return false }}
	if page, next, err := s.Queue(ctx, none); err != nil || len(page) != 0 || next != "" {
		t.Errorf("of nothing: %v, %q, %v", page, next, err)
	}
}

func TestAKeyThatSaysSomethingElse(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	c := w.must(w.turn(s, w.mail(1, "ada", "Where is my booking?"))).Conversation
	note := func(delivery string) (desk.Decision, error) {
		ev := desk.Claimed{Act: desk.Act{
			Subject: desk.Subject{Ref: c.Ref, Channel: "agent", Keys: []string{"k"}, Delivery: delivery}, By: policy.Assignee{ID: "ana"},
		}}
		return s.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, w.policy, noon) })
	}
	w.must(note("one"))
	if d := w.must(note("one")); !d.Nothing || d.Refused != "" {
		t.Errorf("the repetition: %+v", d)
	}
	if _, err := note("other"); !errors.Is(err, store.ErrKeyUsed) {
		t.Errorf("another event of the same key: %v", err)
	}
	events, err := s.Happened(ctx, c.Ref, noon)
	if err != nil || !slices.Equal(events, []string{"claimed", "received"}) {
		t.Errorf("there happened %v, %v", events, err)
	}
	if events, err := s.Happened(ctx, c.Ref, noon.Add(time.Second)); err != nil || len(events) != 0 {
		t.Errorf("later there happened %v, %v", events, err)
	}
}

func TestAParkedReceiptIsInFlightAndACancelledOneSuppressed(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	d := w.must(w.turn(s, w.mail(1, "ada", "Where is my booking?")))
	ref, id := d.Conversation.Ref, d.Effects[0].ID
	claim := func(now time.Time) desk.Effect {
		t.Helper()
		e, mine, err := s.Claim(ctx, ref, id, now)
		if err != nil || !mine {
			t.Fatalf("claimed: %v, %v", mine, err)
		}
		return e
	}
	if err := s.Park(ctx, claim(noon), "silenced", noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if sum := w.sum("2026-11-23"); sum.InFlight != 1 {
		t.Errorf("parked it counts as %+v", sum)
	}
	e := claim(noon.Add(time.Minute))
	if e.Why != "silenced" {
		t.Errorf("it waited for %q", e.Why)
	}
	for range 2 { // a second time changes nothing
		if err := s.Cancel(ctx, e, "silenced"); err != nil {
			t.Fatal(err)
		}
	}
	if sum := w.sum("2026-11-23"); sum.InFlight != 0 || sum.Suppressed["silenced"] != 1 {
		t.Errorf("cancelled it counts as %+v", sum)
	}
	if _, mine, err := s.Claim(ctx, ref, id, noon.Add(time.Hour)); mine || err != nil {
		t.Errorf("it can be claimed again: %v, %v", mine, err)
	}
}

func TestSwitch(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	if is, err := s.Switch(ctx, "acme-air"); err != nil || is != (desk.Switch{}) {
		t.Errorf("at first: %+v, %v", is, err)
	}
	want := desk.Switch{On: true, Why: "wrong hours", By: "ana", At: noon}
	if err := s.SetSwitch(ctx, "acme-air", want, desk.Change{Brand: "acme-air", ID: "1", At: noon, By: "ana", Name: desk.SilenceOn}); err != nil {
		t.Fatal(err)
	}
	if is, err := s.Switch(ctx, "acme-air"); err != nil || is != want {
		t.Errorf("turned: %+v, %v", is, err)
	}
	if is, _ := s.Switch(ctx, "other"); is.On {
		t.Error("another brand's is turned, too")
	}
}
