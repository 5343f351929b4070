package desk_test

import (
	"slices"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
)

// matter is a conversation of Mira's that she opened at a time.
func matter(p *policy.Policy, id, text string, at time.Time) desk.Conversation {
	ev := said(id, text, at)
	ev.Conversation = id
	return desk.Decide(desk.Facts{Budget: free()}, ev, p, at).Conversation
}

// merging is the event that b goes on in a.
func merging(a, b desk.Conversation) (desk.Facts, desk.Merged) {
	ev := desk.Merged{Act: desk.Act{Subject: desk.Subject{Ref: b.Ref, Beside: a.Ref}, By: marta}}
	return desk.Facts{Conversation: &b, Beside: &a}, ev
}

// did is a conversation after an agent's doing.
func did(t *testing.T, c desk.Conversation, ev desk.Event, p *policy.Policy, at time.Time) desk.Conversation {
	t.Helper()
	d := desk.Decide(desk.Facts{Conversation: &c}, ev, p, at)
	if d.Nothing {
		t.Fatalf("not taken: %+v", d)
	}
	return d.Conversation
}

func on(c desk.Conversation) desk.Act { return desk.Act{Subject: desk.Subject{Ref: c.Ref}, By: marta} }

// Whatever the two were, nothing that is owed is lost by merging: the more pressing status and the earlier promise stand, under the name of where it was given.
func TestTheEarlierPromiseStands(t *testing.T) {
	p := rules(t, "")
	const first, second = "Where is my bag?", "And where is my other bag?"
	now := monday.Add(15 * time.Minute)
	as := func(c desk.Conversation, what string) desk.Conversation {
		switch what {
		case "answered":
			return did(t, c, desk.Replied{Act: on(c), Message: desk.Message{ID: "a" + c.Conversation, Direction: "out", Kind: "reply"}}, p, monday.Add(12*time.Minute))
		case "resolved":
			return did(t, c, desk.Ended{Act: on(c)}, p, monday.Add(12*time.Minute))
		case "snoozed":
			return did(t, c, desk.PutOff{Act: on(c), Until: monday.Add(5 * time.Hour)}, p, monday.Add(12*time.Minute))
		}
		return c
	}
	for _, x := range []struct {
		into, goes string
		status     desk.Status
		promise    string // whose
	}{
		{"open", "open", desk.StatusOpen, "into"},
		{"answered", "open", desk.StatusOpen, "goes"},
		{"resolved", "open", desk.StatusOpen, "goes"},
		{"snoozed", "open", desk.StatusOpen, "into"},
		{"open", "answered", desk.StatusOpen, "into"},
		{"open", "resolved", desk.StatusOpen, "into"},
		{"answered", "snoozed", desk.StatusSnoozed, "goes"},
		{"answered", "answered", desk.StatusPending, "into"},
		{"resolved", "answered", desk.StatusPending, "into"},
		{"resolved", "resolved", desk.StatusResolved, "into"},
	} {
		a, b := as(matter(p, "into", first, monday), x.into), as(matter(p, "goes", second, monday.Add(10*time.Minute)), x.goes)
		f, ev := merging(a, b)
		d := desk.Decide(f, ev, p, now)
		if d.Nothing || d.Beside == nil {
			t.Fatalf("%s + %s: %+v", x.into, x.goes, d)
		}
		is, was := d.Beside.Conversation, d.Conversation
		if was.Merged != "into" || was.Status != desk.StatusResolved || was.Promise != nil || len(was.Targets) != 0 || was.Next == nil {
			t.Errorf("%s + %s: it goes on as %+v", x.into, x.goes, was)
		}
		of := map[bool]string{true: "into", false: "goes"}[is.From() == nil]
		if is.Status != x.status || of != x.promise || !slices.Equal(is.Parts, []string{"goes"}) || is.Sequence != a.Sequence+1 || is.Version != a.Version+1 {
			t.Errorf("%s + %s: %s, the promise of %s: %+v", x.into, x.goes, is.Status, of, is)
		}
		if want := map[string]*desk.Promise{"into": a.Promise, "goes": b.Promise}[x.promise]; !is.Promise.By.Equal(want.By) || !is.Promise.Given.Equal(want.Given) || is.Promise.State != want.State {
			t.Errorf("%s + %s: promised %+v, want %+v", x.into, x.goes, is.Promise, want)
		}
		if owed := is.Owed(); owed != slices.ContainsFunc(is.Targets, func(x sla.Target) bool { return x.Open() && x.Kind != sla.Resolution }) {
			t.Errorf("%s + %s: owed %v, by %+v", x.into, x.goes, owed, is.Targets)
		}
		if len(d.Effects)+len(d.Beside.Effects) > 0 {
			t.Errorf("%s + %s: something leaves: %+v %+v", x.into, x.goes, d.Effects, d.Beside.Effects)
		}
		if x.promise == "goes" && is.Thread.ID != "goes" {
			t.Errorf("%s + %s: an answer would be to %s", x.into, x.goes, is.Thread.ID)
		}
		// The answer keeps the promise, in the row of where it was given.
		if !is.Owed() {
			continue
		}
		e := desk.Decide(desk.Facts{Conversation: &is}, desk.Replied{Act: on(is), Message: desk.Message{ID: "end", Direction: "out", Kind: "reply"}}, p, now).Ended
		if e == nil || e.State != desk.PromiseKept || e.Conversation != "into" || (e.Of == "goes") != (x.promise == "goes") {
			t.Errorf("%s + %s: it ended %+v", x.into, x.goes, e)
		}
	}
}

// The later of two is merged into the other way round, too: the earlier promise is what came along.
func TestAnEarlierPromiseComesAlong(t *testing.T) {
	p := rules(t, "")
	a, b := matter(p, "into", "Where is my bag?", monday.Add(10*time.Minute)), matter(p, "goes", "My suitcase arrived broken. This is terrible!", monday)
	b.Tags, b.Participants, b.Parts = []string{"vip"}, []desk.Participant{{Contact: "paolo", Party: channel.Party{Address: "@paolo"}}}, []string{"before"}
	b.Paging = &desk.Paging{Since: monday, Next: monday.Add(time.Hour)}
	f, ev := merging(a, b)
	d := desk.Decide(f, ev, p, monday.Add(15*time.Minute))
	is := d.Beside.Conversation
	if of := is.From(); of == nil || of.Conversation != "goes" || !is.Promise.By.Equal(b.Promise.By) || is.Priority != b.Priority || is.Thread.ID != "into" || is.Paging == nil {
		t.Errorf("%+v", is)
	}
	if !is.TakesPart("paolo") || !slices.Equal(is.Tags, []string{"vip"}) || !slices.Equal(is.Parts, []string{"before", "goes"}) || !slices.Contains(is.Said, b.Said[0]) {
		t.Errorf("%+v", is)
	}
	due := slices.IndexFunc(is.Targets, func(x sla.Target) bool { return x.Kind == sla.FirstResponse })
	if due < 0 || !is.Targets[due].Due.Equal(b.Targets[0].Due) {
		t.Errorf("targets: %+v", is.Targets)
	}
	// A breach that nobody has answered comes along, too.
	late := monday.AddDate(0, 0, 3)
	b = tick(desk.Facts{Conversation: &b}, p, late).Conversation
	f, ev = merging(matter(p, "into", "Where is my bag?", late), b)
	is = desk.Decide(f, ev, p, late.Add(time.Minute)).Beside.Conversation
	if is.Promise.State != desk.PromiseBroken || is.From() == nil || is.From().Conversation != "goes" || !slices.ContainsFunc(is.Targets, func(x sla.Target) bool { return x.State == sla.Breached }) {
		t.Errorf("late: %+v", is)
	}
}

func TestWhatIsNotMerged(t *testing.T) {
	p := rules(t, "")
	for why, change := range map[desk.Refusal]func(a, b *desk.Conversation, ev *desk.Merged, f *desk.Facts){
		desk.NotFound:         func(_, _ *desk.Conversation, _ *desk.Merged, f *desk.Facts) { f.Beside = nil },
		desk.SameConversation: func(a, b *desk.Conversation, _ *desk.Merged, _ *desk.Facts) { a.Conversation = b.Conversation },
		desk.Moved:            func(a, _ *desk.Conversation, _ *desk.Merged, _ *desk.Facts) { a.Merged = "x" },
		desk.OtherChannel:     func(a, _ *desk.Conversation, _ *desk.Merged, _ *desk.Facts) { a.Channel = desk.Email },
		desk.OtherContact:     func(a, _ *desk.Conversation, _ *desk.Merged, _ *desk.Facts) { a.Contact = "zoe" },
		desk.OtherClosed:      func(a, _ *desk.Conversation, _ *desk.Merged, _ *desk.Facts) { a.Status = desk.StatusClosed },
		desk.AnswerWaits: func(_, b *desk.Conversation, _ *desk.Merged, _ *desk.Facts) {
			b.Scheduled = []desk.Scheduled{{Effect: "e"}}
		},
		desk.TooManyParts: func(a, _ *desk.Conversation, _ *desk.Merged, _ *desk.Facts) { a.Parts = make([]string, desk.MaxParts) },
		desk.NoGuest:      func(_, _ *desk.Conversation, ev *desk.Merged, _ *desk.Facts) { ev.Guest = true },
		desk.Changed:      func(_, _ *desk.Conversation, ev *desk.Merged, _ *desk.Facts) { ev.Expect = 99 },
	} {
		a, b := matter(p, "into", "Where is my bag?", monday), matter(p, "goes", "And my other bag?", monday)
		f, ev := merging(a, b)
		change(f.Beside, f.Conversation, &ev, &f)
		if d := desk.Decide(f, ev, p, monday); d.Refused != why || !d.Nothing || d.Beside != nil || why.Words() == string(why) {
			t.Errorf("%s: %+v", why, d)
		}
	}
	a, b := matter(p, "into", "Where is my bag?", monday), matter(p, "goes", "And my other bag?", monday)
	f, ev := merging(a, b)
	f.Beside.Contact, ev.Strangers = "zoe", true
	if d := desk.Decide(f, ev, p, monday); d.Beside == nil || !d.Beside.Conversation.TakesPart("mira") || d.Beside.Conversation.Contact != "zoe" {
		t.Errorf("of two contacts, and the agent knows: %+v", d)
	}
}

// Mira has a receipt for what goes on in a conversation without one, which an agent began: she is told a new time before that promise breaks all the same, and only
// who has been told.
func TestWhatCameAlongIsRenewed(t *testing.T) {
	p := rules(t, "")
	for who, told := range map[string]bool{"mira": true, "zoe": false} {
		a, b := matter(p, "into", "Where is my bag?", monday), matter(p, "goes", "And my other bag?", monday)
		a.Receipt, a.Promise, a.Targets, a.Status = nil, nil, nil, desk.StatusPending
		f, ev := merging(a, b)
		if who == "zoe" { // of two contacts: hers is the newest letter
			a.Contact, a.Party.Address, a.Status, a.Last, ev.Strangers = who, "@zoe", desk.StatusOpen, monday.Add(time.Minute), true
			f.Beside = &a
		}
		is := desk.Decide(f, ev, p, monday).Beside.Conversation
		if x, ok := is.ToldBy(); ok != told || told && (x.Conversation != "goes" || x.ID != b.Receipt.Effect) {
			t.Errorf("%s was told by %+v", who, x)
		}
		d := tick(desk.Facts{Conversation: &is}, p, b.Promise.By.Add(-10*time.Minute))
		notice := slices.IndexFunc(d.Effects, func(e desk.Effect) bool { return e.Kind == channel.Notice })
		if c := d.Conversation; (notice >= 0) != told || c.Promise.Renewed != told || told && c.From().Conversation != "goes" {
			t.Errorf("%s: %v, %+v, %+v", who, d.Why, c.Promise, d.Effects)
		}
	}
	// Another promise is given where this one was: what is kept of the first says nothing of it, whatever code has kept it.
	a, b := matter(p, "into", "Where is my bag?", monday.Add(time.Hour)), matter(p, "goes", "And my other bag?", monday)
	f, ev := merging(a, b)
	is := desk.Decide(f, ev, p, monday.Add(time.Hour)).Beside.Conversation
	of := is.PromiseOf
	is = did(t, is, desk.Replied{Act: on(is), Message: desk.Message{ID: "r", Direction: "out", Kind: "reply"}}, p, monday.Add(2*time.Hour))
	next := said("3", "Still nothing.", monday.Add(3*time.Hour))
	next.Conversation = "into"
	is = desk.Decide(desk.Facts{Conversation: &is, Budget: free()}, next, p, monday.Add(3*time.Hour)).Conversation
	if is.PromiseOf = of; is.From() != nil || is.Promise == nil {
		t.Errorf("%+v is of %+v", is.Promise, is.From())
	}
	if x, ok := is.ToldBy(); !ok || x.Conversation != "into" {
		t.Errorf("told by %+v", x)
	}
}

// What hurts in a merged conversation's words is hidden in the survivor's reasons, which quote them.
func TestWhatHurtsComesAlong(t *testing.T) {
	p := rules(t, "")
	a, b := matter(p, "into", "Where is my bag?", monday), matter(p, "goes", "And the other?", monday)
	b.Abuse = "insult"
	f, ev := merging(a, b)
	if d := desk.Decide(f, ev, p, monday.Add(time.Minute)); d.Beside == nil || d.Beside.Conversation.Abuse != "insult" {
		t.Errorf("the survivor is %+v", d.Beside)
	}
}
