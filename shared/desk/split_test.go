package desk_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// thread is a conversation with what was said in it, as the table has them.
type thread struct {
	t    *testing.T
	p    *policy.Policy
	c    desk.Conversation
	said []desk.Message
}

// write lets Mira write a message.
func (x *thread) write(id, text string, at time.Time) {
	ev := said(id, text, at)
	ev.Conversation = "both"
	ev.Message.Kind, ev.Message.Direction, ev.Message.ID, ev.Message.ProviderID, ev.Digest = "message", "in", id, id, text
	f := desk.Facts{Budget: free()}
	if len(x.said) > 0 {
		f.Conversation = &x.c
	}
	x.take(desk.Decide(f, ev, x.p, at))
}

// answer is an agent's.
func (x *thread) answer(id string, at time.Time) {
	x.take(desk.Decide(desk.Facts{Conversation: &x.c}, desk.Replied{Act: on(x.c), Message: desk.Message{ID: id, Direction: "out", Kind: "reply", At: at}}, x.p, at))
}

func (x *thread) take(d desk.Decision) {
	x.t.Helper()
	if d.Nothing || d.Message == nil {
		x.t.Fatalf("not taken: %+v", d)
	}
	x.c = d.Conversation
	m := *d.Message
	m.In = "both"
	x.said = append(x.said, m)
}

// split takes messages out.
func (x *thread) split(at time.Time, ids ...string) desk.Decision {
	return desk.Decide(desk.Facts{Conversation: &x.c}, x.splitting(ids...), x.p, at)
}

func (x *thread) splitting(ids ...string) desk.Split {
	return desk.Split{
		Act:  desk.Act{Subject: desk.Subject{Ref: x.c.Ref, Beside: desk.Ref{Brand: x.c.Brand, Conversation: "own"}}, By: marta},
		Said: x.said, Goes: ids, Thread: desk.Thread{ID: "goes"}, Stays: desk.Thread{ID: "stays"},
		Judged: triage.Judgement{Priority: triage.Low, PriorityWhy: []string{"praise"}, Sentiment: triage.Sentiment{Label: triage.Positive}},
	}
}

func response(c desk.Conversation) (x sla.Target) {
	for _, y := range c.Targets {
		if y.Kind != sla.Resolution {
			x = y
		}
	}
	return x
}

const bag, dog, praise = "Where is my bag?", "And where is my dog? Nobody tells me anything.", "The crew was lovely, by the way."

// Whatever waits, waits on in exactly one of the two: its own clock goes along, what stays has one of its own, and the time that was named holds in both.
func TestASplitDividesWhatIsOwed(t *testing.T) {
	p := rules(t, "")
	now := monday.Add(17 * time.Minute)
	for name, x := range map[string]struct {
		answered         bool // before the last message
		goes             []string
		origin, own      desk.Status
		promise, its     bool   // who has one
		first            string // whose clock runs on
		originSet, ofOwn time.Duration
	}{
		"the later":         {goes: []string{"2"}, origin: desk.StatusOpen, own: desk.StatusOpen, promise: true, its: true, originSet: 0, ofOwn: 5 * time.Minute},
		"the first":         {goes: []string{"1"}, origin: desk.StatusOpen, own: desk.StatusOpen, promise: true, its: true, originSet: 5 * time.Minute, ofOwn: 0},
		"all that waits":    {answered: true, goes: []string{"3"}, origin: desk.StatusPending, own: desk.StatusOpen, its: true, ofOwn: 15 * time.Minute},
		"what was answered": {answered: true, goes: []string{"2"}, origin: desk.StatusOpen, own: desk.StatusOpen, promise: true, originSet: 15 * time.Minute, ofOwn: 17 * time.Minute},
		"with its answer":   {answered: true, goes: []string{"2", "answer"}, origin: desk.StatusOpen, own: desk.StatusPending, promise: true, originSet: 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := &thread{t: t, p: p}
			w.write("1", bag, monday)
			w.write("2", dog, monday.Add(5*time.Minute))
			if x.answered {
				w.answer("answer", monday.Add(10*time.Minute))
				w.write("3", praise, monday.Add(15*time.Minute))
			}
			was := w.c
			d := w.split(now, x.goes...)
			if d.Nothing || d.Beside == nil {
				t.Fatalf("not taken: %+v", d)
			}
			a, b := d.Conversation, d.Beside.Conversation
			if a.Status != x.origin || b.Status != x.own || (a.Promise != nil) != x.promise || (b.Promise != nil) != x.its {
				t.Errorf("the origin is %s, promised %+v; the new one %s, promised %+v", a.Status, a.Promise, b.Status, b.Promise)
			}
			for _, c := range []desk.Conversation{a, b} {
				if owed := c.Owed(); owed != response(c).Open() || owed && c.Next == nil {
					t.Errorf("owed %v in %s, by %+v, looked at %v", owed, c.Conversation, c.Targets, c.Next)
				}
				if c.Promise != nil && !c.Promise.By.Equal(was.Promise.By) {
					t.Errorf("%s is promised by %v, and the customer was told %v", c.Conversation, c.Promise.By, was.Promise.By)
				}
			}
			if a.Owed() && !response(a).Set.Equal(monday.Add(x.originSet)) || b.Owed() && !response(b).Set.Equal(monday.Add(x.ofOwn)) {
				t.Errorf("the clocks run since %v and %v", response(a).Set, response(b).Set)
			}
			if b.Priority != triage.Low || b.Sentiment.Label != triage.Positive || b.Assignee != was.Assignee || b.Contact != was.Contact || b.Thread.ID != "goes" || a.Priority != was.Priority {
				t.Errorf("it is %+v", b)
			}
			if a.SplitInto("both", x.goes[0]) != "own" || a.SplitInto("own", x.goes[0]) != "" || b.SplitFrom.Of != "both" || d.Beside.Message == nil || len(d.Effects)+len(d.Beside.Effects) > 0 {
				t.Errorf("the origin has split off %+v, the new one has %+v", a.SplitOff, b.SplitFrom)
			}
			// Each promise ends for itself, in a row of its own.
			rows := map[string]bool{}
			for _, c := range []desk.Conversation{a, b} {
				if c.Promise == nil {
					continue
				}
				e := desk.Decide(desk.Facts{Conversation: &c}, desk.Replied{Act: on(c), Message: desk.Message{ID: "end", Direction: "out", Kind: "reply"}}, p, now).Ended
				key := e.Given.String() + e.Of
				if e.Of == "" {
					key += e.Conversation
				}
				if rows[key] || e.State != desk.PromiseKept {
					t.Errorf("it ended %+v, with %v", e, rows)
				}
				rows[key] = true
				if x, told := c.ToldBy(); !told || x.Conversation != "both" {
					t.Errorf("%s was told by %+v", c.Conversation, x)
				}
			}
			// Merged again before anything has come of it, all is as it was.
			back := desk.Decide(desk.Facts{Conversation: &b, Beside: &a}, desk.Merged{Act: desk.Act{Subject: desk.Subject{Ref: b.Ref, Beside: a.Ref}, By: marta}}, p, now.Add(time.Minute))
			if back.Nothing || back.Beside == nil {
				t.Fatalf("not taken back: %+v", back)
			}
			is := back.Beside.Conversation
			if !slices.Equal(is.Parts, []string{"own"}) || back.Conversation.Merged != "both" || back.Conversation.Promise != nil {
				t.Errorf("it is %+v, and goes on as %+v", is, back.Conversation)
			}
			is.Sequence, is.Version, is.Parts, was.Before, was.Apart, was.Whole = was.Sequence, was.Version, was.Parts, nil, nil, nil
			if !reflect.DeepEqual(is, was) {
				t.Errorf("it was\n%+v\nand is\n%+v", was, is)
			}
			// After an answer it is a merge like any other, and what is owed in either is owed.
			n := desk.Decide(desk.Facts{Conversation: &b}, desk.Replied{Act: on(b), Message: desk.Message{ID: "r", Direction: "out", Kind: "reply"}}, p, now.Add(time.Minute)).Conversation
			late := desk.Decide(desk.Facts{Conversation: &n, Beside: &a}, desk.Merged{Act: desk.Act{Subject: desk.Subject{Ref: b.Ref, Beside: a.Ref}, By: marta}}, p, now.Add(2*time.Minute))
			if late.Nothing || late.Beside.Conversation.Owed() != a.Owed() || len(late.Beside.Conversation.SplitOff) > 0 {
				t.Errorf("merged later it is %+v", late.Beside.Conversation)
			}
		})
	}
}

// Where nothing of hers stays but our answer, the next one goes where that went: on a network nobody could be answered else.
func TestWhereOnlyAnAnswerStaysItIsToWhatItWas(t *testing.T) {
	w := &thread{t: t, p: rules(t, "")}
	w.write("1", bag, monday)
	w.answer("answer", monday.Add(10*time.Minute))
	ev := w.splitting("1")
	ev.Stays = desk.Thread{}
	d := desk.Decide(desk.Facts{Conversation: &w.c}, ev, w.p, monday.Add(20*time.Minute))
	if d.Nothing || d.Conversation.Thread.ID != "1" || !reflect.DeepEqual(d.Conversation.Thread, w.c.Thread) || d.Beside.Conversation.Thread.ID != "goes" {
		t.Errorf("%q: the next answer is to %+v, and there to %+v", d.Refused, d.Conversation.Thread, d.Beside)
	}
}

// A receipt goes with its message: one that is shared with a message that stays belongs to that, and what comes back of either is told where it stands.
func TestAReceiptGoesWithItsMessage(t *testing.T) {
	p := rules(t, "")
	w := &thread{t: t, p: p}
	w.write("1", bag, monday)
	w.write("2", dog, monday.Add(time.Minute)) // shares it
	w.write("3", praise, monday.Add(10*time.Minute))
	shared, own := w.said[0].Outcome.Receipt, w.said[2].Outcome.Receipt
	if shared == "" || w.said[1].Outcome.Receipt != shared || own == "" || own == shared {
		t.Fatalf("receipts: %+v", w.said)
	}
	d := w.split(monday.Add(20*time.Minute), "2", "3")
	a := d.Conversation
	if a.SplitInto("both", shared) != "" || a.SplitInto("both", own) != "own" || a.Receipt == nil || a.Receipt.Effect != shared || a.Messages != 1 || d.Beside.Conversation.Messages != 3 {
		t.Errorf("the origin is %+v", a)
	}
	for _, e := range []string{shared, own} {
		back := desk.Decide(desk.Facts{Conversation: &a}, desk.Returned{Subject: desk.Subject{Ref: a.Ref}, Of: "both", Effect: e, Kind: "receipt"}, p, monday.Add(21*time.Minute))
		late := desk.Decide(desk.Facts{Conversation: &a}, desk.Late{Subject: desk.Subject{Ref: a.Ref}, Of: "both", Effect: e}, p, monday.Add(100*time.Hour))
		if want := map[string]string{shared: "", own: "own"}[e]; back.Onto != want || late.Onto != want {
			t.Errorf("receipt %s came back in %q, is late in %q", e, back.Onto, late.Onto)
		}
	}
}

// What is split off follows its author's changes where it stands: an edit raises that one's priority, a deletion ends what is owed there, and its row stays where it is.
func TestASplitMessageIsChangedWhereItStands(t *testing.T) {
	p := rules(t, "")
	w := &thread{t: t, p: p}
	w.write("1", bag, monday)
	w.write("2", dog, monday.Add(5*time.Minute))
	d := w.split(monday.Add(10*time.Minute), "2")
	f := desk.Facts{Conversation: &d.Conversation, Beside: &d.Beside.Conversation}
	about := desk.Subject{Ref: w.c.Ref, Beside: d.Beside.Conversation.Ref}
	edit := desk.Edited{Subject: about, Was: w.said[1], Excerpt: "Now!", Raw: "new", At: monday.Add(11 * time.Minute), Judgement: triage.Judgement{Priority: triage.High}}
	e := desk.Decide(f, edit, p, monday.Add(11*time.Minute))
	if e.Beside == nil || e.Beside.Conversation.Priority != triage.High || e.Conversation.Priority != d.Conversation.Priority || e.Message.Excerpt != "Now!" {
		t.Errorf("edited: %+v", e)
	}
	e = desk.Decide(f, desk.Deleted{Subject: about, Was: w.said[1], Rows: w.said[:1], At: monday.Add(11 * time.Minute)}, p, monday.Add(11*time.Minute))
	if e.Beside == nil || e.Beside.Conversation.Owed() || !e.Beside.Conversation.Withdrawn || !e.Conversation.Owed() || e.Message.Withdrawn == nil {
		t.Errorf("deleted: %+v", e)
	}
}

// What cannot be split says why not, and changes nothing.
func TestWhatIsNotSplit(t *testing.T) {
	p := rules(t, "")
	w := &thread{t: t, p: p}
	w.write("1", bag, monday)
	if d := w.split(monday.Add(time.Minute), "1"); d.Refused != desk.NothingStays {
		t.Errorf("the only one: %q", d.Refused)
	}
	w.write("2", dog, monday.Add(5*time.Minute))
	w.said = append(w.said, desk.Message{ID: "n", In: "both", Direction: "out", Kind: "note", At: monday.Add(6 * time.Minute)}, desk.Message{ID: "s", In: "both", Direction: "out", Kind: "survey"})
	now := monday.Add(10 * time.Minute)
	waits := *w
	waits.c = did(t, w.c, desk.Replied{Act: on(w.c), Message: desk.Message{ID: "l", Direction: "out", Kind: "reply"}, At: now.Add(time.Hour)}, p, now)
	merged := *w
	merged.c.Merged = "other"
	guest := *w
	guest.c.Guest = &desk.Guest{State: desk.Unconfirmed}
	before := *w
	before.c = w.split(now, "2").Conversation
	often := before
	often.c.SplitOff = slices.Repeat(before.c.SplitOff, desk.MaxSplits)
	for _, x := range []struct {
		w    *thread
		goes []string
		want desk.Refusal
	}{
		{w, []string{"1", "2"}, desk.NothingStays}, {w, []string{"n"}, desk.NothingGoes}, {w, []string{"2", "s"}, desk.NotSplit}, {w, []string{"2", "no"}, desk.NotSplit},
		{&waits, []string{"2"}, desk.AnswerWaits}, {&merged, []string{"2"}, desk.Moved}, {&guest, []string{"2"}, desk.GuestWaits}, {&before, []string{"2"}, desk.SplitBefore},
		{&before, []string{"1"}, desk.NothingStays}, {&often, []string{"1"}, desk.TooManySplits},
	} {
		if d := x.w.split(now, x.goes...); d.Refused != x.want || !d.Nothing || d.Beside != nil || x.want.Words() == string(x.want) {
			t.Errorf("%v: %q, in words %q, want %q", x.goes, d.Refused, d.Refused.Words(), x.want)
		}
	}
	// What somebody has split meanwhile is gone by the version.
	ev := w.splitting("2")
	ev.Expect = w.c.Version + 1
	if d := desk.Decide(desk.Facts{Conversation: &w.c}, ev, p, now); d.Refused != desk.Changed {
		t.Errorf("of another version: %q", d.Refused)
	}
	// What stays when the new one is forgotten stands in the origin again, and is owed.
	done := did(t, before.c, desk.Ended{Act: on(before.c)}, p, now)
	again := desk.Decide(desk.Facts{Conversation: &done}, desk.Rejoined{Subject: desk.Subject{Ref: done.Ref}, From: "own", Owed: true}, p, now)
	if c := again.Conversation; again.Nothing || len(c.SplitOff) > 0 || !c.Owed() || !response(c).Open() {
		t.Errorf("rejoined: %+v", again)
	}
	// Where that was merged since, what it goes on in owes it.
	into := done
	into.Conversation, done.Merged = "into", "into"
	again = desk.Decide(desk.Facts{Conversation: &done, Beside: &into}, desk.Rejoined{Subject: desk.Subject{Ref: done.Ref, Beside: into.Ref}, From: "own", Owed: true}, p, now)
	if again.Beside == nil || len(again.Conversation.SplitOff) > 0 || again.Conversation.Owed() {
		t.Fatalf("rejoined: %+v", again)
	}
	if c := again.Beside.Conversation; c.Conversation != "into" || !c.Owed() || !response(c).Open() || c.Next == nil {
		t.Errorf("what it goes on in: %+v", c)
	}
}
