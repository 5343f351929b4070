package store_test

import (
	"errors"
	"testing"
	"time"

	"pronto/infra/local/faults"
	"pronto/shared/desk"
	"pronto/shared/store"
)

// mention is the event of a message whose only key is its id.
func (w *world) mention(text string) desk.Received {
	ev := w.mail(1, "mira", text)
	ev.Keys = []string{ev.Message.ID}
	return ev
}

// withdraw decides that the author deleted what was received, with its receipt still queued.
func (w *world) withdraw(s *store.Store, d desk.Decision) (desk.Decision, error) {
	ev := desk.Deleted{Subject: desk.Subject{Ref: d.Conversation.Ref, Channel: desk.Email}, Was: *d.Message, Unsent: true, At: noon}
	return s.Turn(ctx, ev, func(f desk.Facts) desk.Decision {
		if f.Conversation.Withdrawn {
			return desk.Decision{Nothing: true}
		}
		return desk.Decide(f, ev, w.policy, noon)
	})
}

func TestAQueuedEffectIsRecalled(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	d := w.must(w.turn(s, w.mention("Where is my bag?")))
	w.must(w.withdraw(s, d))
	if _, mine, err := s.Claim(ctx, d.Conversation.Ref, d.Effects[0].ID, noon); mine || err != nil {
		t.Errorf("a recalled effect was claimed: %v", err)
	}
	if e, ok, err := s.Effect(ctx, d.Conversation.Ref, d.Effects[0].ID); !ok || err != nil || e.State != desk.Recalled {
		t.Errorf("%+v, %v", e, err)
	}
	if due := w.due(noon.Add(time.Hour)); len(due) != 0 {
		t.Errorf("the sweep finds %+v", due)
	}
	if sum := w.sum("2026-11-23"); sum.Received != 1 || sum.Suppressed["withdrawn"] != 1 || !sum.Balanced() {
		t.Errorf("the sum is %+v", sum)
	}
	if again := w.must(w.turn(s, w.mention("Where is my bag?"))); !again.Nothing {
		t.Error("the same delivery was taken again")
	}
}

func TestWhatIsClaimedIsNotRecalled(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	d := w.must(w.turn(s, w.mention("Where is my bag?")))
	e, mine, err := s.Claim(ctx, d.Conversation.Ref, d.Effects[0].ID, noon)
	if !mine || err != nil {
		t.Fatal(err)
	}
	if _, err := w.withdraw(s, d); !errors.Is(err, store.ErrBusy) {
		t.Errorf("recalled under its sender's hand: %v", err)
	}
	if err := s.Settle(ctx, e, "thread", "provider"); err != nil {
		t.Fatal(err)
	}
	if sum := w.sum("2026-11-23"); sum.Receipted != 1 || !sum.Balanced() {
		t.Errorf("the sum is %+v", sum)
	}
}

func TestARecallSurvivesEveryBrokenWrite(t *testing.T) {
	for _, persisted := range []bool{false, true} {
		w := fresh(t)
		d := w.must(w.turn(w.store(nil), w.mention("Where is my bag?")))
		walk := &faults.Walk{FailAt: 1, Persisted: persisted}
		if _, err := w.withdraw(w.store(walk), d); err != nil {
			t.Errorf("persisted %v: %v", persisted, err)
		}
		if sum := w.sum("2026-11-23"); sum.Suppressed["withdrawn"] != 1 || !sum.Balanced() {
			t.Errorf("persisted %v: the sum is %+v", persisted, sum)
		}
	}
}

func TestBury(t *testing.T) {
	w := fresh(t)
	s := w.store(nil)
	for _, want := range []bool{false, true, true} {
		if before, err := s.Bury(ctx, "acme-air", "custom", "tomb", noon); before != want || err != nil {
			t.Errorf("%v, %v; want %v", before, err, want)
		}
	}
	if found, err := s.Find(ctx, "acme-air", "custom", []string{"tomb"}); len(found) != 1 || err != nil {
		t.Errorf("%+v, %v", found, err)
	}
	if found, err := s.Find(ctx, "other-air", "custom", []string{"tomb"}); len(found) != 0 || err != nil {
		t.Errorf("another brand's: %+v, %v", found, err)
	}
}
