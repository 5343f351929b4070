package store_test

import (
	"testing"

	"pronto/shared/desk"
	"pronto/shared/store"
)

// An answer is about to be committed, and its draft was looked at, when more is kept of it. What the very page has kept that sends it goes with it; what was typed on the phone
// meanwhile stays where it is, with its version, and the answer is taken all the same.
func TestWhatIsTypedElsewhereWhileItIsSentStays(t *testing.T) {
	for _, x := range []struct {
		what, page, by string
		known          int
		stays          bool
	}{
		{"as its sender knew it", "desk", "desk", 2, false},
		{"the sender's page has kept it since", "desk", "desk", 1, false},
		{"the phone has kept it since", "desk", "phone", 1, true},
		{"a program sends, and a page has kept it since", "", "phone", 1, true},
	} {
		w := fresh(t)
		s := w.store(nil)
		k := desk.DraftKey{Brand: w.policy.Brands[0].ID, Agent: "ana", About: "c", Of: desk.DraftReply}
		keep := func(version int, page, text string) {
			t.Helper()
			if _, err := s.KeepDraft(ctx, store.Drafted{DraftKey: k, Draft: desk.Draft{At: noon, Text: text}, Version: version, Page: page, Count: version + 1}); err != nil {
				t.Fatal(err)
			}
		}
		keep(0, "desk", "Dear Ada,")
		ev := w.mention("Where is my bag?")
		ev.Draft = desk.SentDraft{DraftKey: k, Version: x.known, Page: x.page}
		keep(1, x.by, "Dear Ada, on the way")
		if d := w.must(w.turn(s, ev)); d.Nothing {
			t.Errorf("%s: nothing was taken", x.what)
		}
		got, err := s.Draft(ctx, k)
		if err != nil || got.Gone == x.stays || x.stays && (got.Version != 2 || got.Text != "Dear Ada, on the way") {
			t.Errorf("%s: it is %+v, %v", x.what, got, err)
		}
		if keys, err := s.Begun(ctx, k.Brand, k.Agent); err != nil || len(keys) == 1 != x.stays {
			t.Errorf("%s: he has begun %v, %v", x.what, keys, err)
		}
	}
}
