package desk_test

import (
	"reflect"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

// together are two conversations after one was merged into the other, as the table has them.
func together(t *testing.T, p *policy.Policy, a, b desk.Conversation, at time.Time) (into, goes desk.Conversation) {
	t.Helper()
	f, ev := merging(a, b)
	d := desk.Decide(f, ev, p, at)
	if d.Beside == nil {
		t.Fatalf("not merged: %+v", d)
	}
	return d.Beside.Conversation, d.Conversation
}

// unmerging is the event that b, which goes on in a, does so no more.
func unmerging(a, b desk.Conversation) (desk.Facts, desk.Unmerged) {
	return desk.Facts{Conversation: &b, Beside: &a}, desk.Unmerged{Act: desk.Act{Subject: desk.Subject{Ref: b.Ref, Beside: a.Ref}, By: marta}}
}

// Whatever the two were before they were merged, they are again: what is owed, until when, by whom, and who takes part.
func TestAMergeIsTakenBackWhole(t *testing.T) {
	p := rules(t, "")
	states := map[string]func(desk.Conversation) desk.Conversation{
		"open": func(c desk.Conversation) desk.Conversation { return c },
		"answered": func(c desk.Conversation) desk.Conversation {
			return did(t, c, desk.Replied{Act: on(c), Message: desk.Message{ID: "a" + c.Conversation, Direction: "out", Kind: "reply"}}, p, monday.Add(12*time.Minute))
		},
		"resolved": func(c desk.Conversation) desk.Conversation {
			return did(t, c, desk.Ended{Act: on(c)}, p, monday.Add(12*time.Minute))
		},
		"snoozed": func(c desk.Conversation) desk.Conversation {
			return did(t, c, desk.PutOff{Act: on(c), Until: monday.Add(5 * time.Hour)}, p, monday.Add(12*time.Minute))
		},
	}
	for x, as := range states {
		for y, be := range states {
			a, b := as(matter(p, "into", "Where is my bag?", monday.Add(10*time.Minute))), be(matter(p, "goes", "My suitcase arrived broken. This is terrible!", monday))
			b.Tags, b.Participants = []string{"vip"}, []desk.Participant{{Contact: "paolo", Party: channel.Party{Address: "@paolo"}, Copied: true}}
			a.Passed = []string{"oleg"}
			into, goes := together(t, p, a, b, monday.Add(15*time.Minute))
			f, ev := unmerging(into, goes)
			d := desk.Decide(f, ev, p, monday.Add(16*time.Minute))
			if d.Nothing || d.Beside == nil {
				t.Fatalf("%s + %s: %+v", x, y, d)
			}
			for _, z := range []struct{ was, is desk.Conversation }{{a, d.Beside.Conversation}, {b, d.Conversation}} {
				if z.is.Sequence != z.was.Sequence+2 || z.is.Version != z.was.Version+2 {
					t.Errorf("%s + %s: turn %d of %d, version %d of %d", x, y, z.is.Sequence, z.was.Sequence, z.is.Version, z.was.Version)
				}
				z.is.Sequence, z.is.Version, z.was.Before = z.was.Sequence, z.was.Version, nil
				if !reflect.DeepEqual(z.is, z.was) {
					t.Errorf("%s + %s: it was\n%+v\nis\n%+v", x, y, z.was, z.is)
				}
			}
			if len(d.Effects)+len(d.Beside.Effects) > 0 {
				t.Errorf("%s + %s: something leaves: %+v %+v", x, y, d.Effects, d.Beside.Effects)
			}
		}
	}
}

// A note, and that somebody takes it, stand in the way of nothing and stay; whatever else happens to either of the two belongs to both.
func TestWhatCannotBeTakenApart(t *testing.T) {
	p := rules(t, "")
	now := monday.Add(15 * time.Minute)
	two := func() (into, goes desk.Conversation) {
		return together(t, p, matter(p, "into", "Where is my bag?", monday), matter(p, "goes", "And my other bag?", monday), now)
	}
	into, goes := two()
	into = did(t, into, desk.Noted{Act: on(into), Message: desk.Message{ID: "n", Direction: "out", Kind: "note"}}, p, now)
	into = did(t, into, desk.Claimed{Act: on(into)}, p, now)
	goes = did(t, goes, desk.Noted{Act: on(goes), Message: desk.Message{ID: "m", Direction: "out", Kind: "note"}}, p, now)
	f, ev := unmerging(into, goes)
	if d := desk.Decide(f, ev, p, now); d.Beside == nil || d.Beside.Conversation.Taken != marta.ID || d.Beside.Conversation.Messages != 2 || d.Conversation.Messages != 2 || d.Conversation.Divisible() != nil {
		t.Errorf("after notes and a claim: %+v", d)
	}
	for what, happens := range map[string]func(a, b *desk.Conversation){
		"she writes": func(a, _ *desk.Conversation) {
			ev := said("more", "It is red.", now)
			ev.Conversation = a.Conversation
			*a = desk.Decide(desk.Facts{Conversation: a, Budget: free()}, ev, p, now).Conversation
		},
		"it is answered": func(a, _ *desk.Conversation) {
			*a = did(t, *a, desk.Replied{Act: on(*a), Message: desk.Message{ID: "r", Direction: "out", Kind: "reply"}}, p, now)
		},
		"it is tagged": func(a, _ *desk.Conversation) { *a = did(t, *a, desk.Tagged{Act: on(*a), Add: []string{"bag"}}, p, now) },
		"it falls due": func(a, _ *desk.Conversation) {
			*a = tick(desk.Facts{Conversation: a}, p, monday.AddDate(0, 0, 3)).Conversation
		},
		"an older desk":    func(a, _ *desk.Conversation) { a.Sequence++ },
		"of what is in it": func(_, b *desk.Conversation) { b.Sequence++ },
		"a third": func(a, _ *desk.Conversation) {
			*a, _ = together(t, p, *a, matter(p, "third", "And my dog?", monday), now)
		},
		"it goes on": func(a, _ *desk.Conversation) {
			_, *a = together(t, p, matter(p, "third", "And my dog?", monday), *a, now)
		},
	} {
		a, b := two()
		happens(&a, &b)
		f, ev := unmerging(a, b)
		if d := desk.Decide(f, ev, p, now); d.Refused != desk.MovedOn || d.Beside != nil {
			t.Errorf("%s: %+v", what, d)
		}
	}
	c := matter(p, "alone", "Where is my bag?", monday)
	if d := desk.Decide(desk.Facts{Conversation: &c}, desk.Unmerged{Act: on(c)}, p, now); d.Refused != desk.NotMerged || d.Refused.Words() == string(d.Refused) {
		t.Errorf("what was not merged: %+v", d)
	}
}
