package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
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
	turn := func(n int, edit func(desk.Switch) desk.Switch) {
		t.Helper()
		if _, err := s.EditSwitch(ctx, "acme-air", edit, desk.Change{Brand: "acme-air", ID: fmt.Sprint(n), At: noon, By: "ana", Name: desk.SilenceOn}); err != nil {
			t.Error(err)
		}
	}
	turn(1, func(desk.Switch) desk.Switch { return want })
	if is, err := s.Switch(ctx, "acme-air"); err != nil || is != want {
		t.Errorf("turned: %+v, %v", is, err)
	}
	if is, _ := s.Switch(ctx, "other"); is.On {
		t.Error("another brand's is turned, too")
	}
	// Many at once: each finds what the others did.
	var wg sync.WaitGroup
	for n := range 5 {
		wg.Go(func() {
			turn(n+2, func(was desk.Switch) desk.Switch { was.Why += "."; return was })
		})
	}
	wg.Wait()
	if is, err := s.Switch(ctx, "acme-air"); err != nil || is.Why != "wrong hours....." {
		t.Errorf("after five more: %+v, %v", is, err)
	}
}

// What waits for its contact takes no room; what is owed does, also when all of it is late.
func TestRoomIsForWhatIsOwed(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	w.policy.Brands[0].Rooms = 1
	var why []string
	take := func(n int) desk.Conversation {
		d := w.must(w.turn(s, w.mail(n, fmt.Sprintf("p%d", n), fmt.Sprintf("Where is booking %d?", n))))
		why = d.Why
		return d.Conversation
	}
	first := take(1)
	late := desk.Ticked{Subject: desk.Subject{Ref: first.Ref, Channel: first.Channel}}
	muchLater := noon.AddDate(0, 0, 90)
	d := w.must(s.Turn(ctx, late, func(f desk.Facts) desk.Decision { return desk.Decide(f, late, w.policy, muchLater) }))
	if slices.ContainsFunc(d.Conversation.Targets, func(x sla.Target) bool { return x.State == sla.Running }) {
		t.Fatalf("something is not late yet: %+v", d.Conversation.Targets)
	}
	if second := take(2); second.Assignee == first.Assignee {
		t.Errorf("%s has two", second.Assignee.ID)
	}
	answer := desk.Replied{
		Act:     desk.Act{Subject: desk.Subject{Ref: first.Ref, Channel: "agent", Keys: []string{"k"}, Delivery: "k"}, By: first.Assignee},
		Message: desk.Message{ID: "answer", Direction: "out", Kind: "reply", At: muchLater},
	}
	w.must(s.Turn(ctx, answer, func(f desk.Facts) desk.Decision { return desk.Decide(f, answer, w.policy, muchLater) }))
	if third := take(3); third.Assignee != first.Assignee || !slices.Contains(why, first.Assignee.ID+" has room: 0 of 1 conversations") {
		t.Errorf("%s has the third: %v", third.Assignee.ID, why)
	}
}
