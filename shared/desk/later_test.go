package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

var marta = policy.Assignee{ID: "marta", Name: "Marta Lindqvist"}

// opened is a conversation that Ada has just opened.
func opened(t *testing.T, p *policy.Policy) desk.Facts {
	t.Helper()
	d := desk.Decide(desk.Facts{Budget: free()}, said("1", "My suitcase arrived broken.", monday), p, monday)
	if d.Message == nil || d.Conversation.Targets[0].State != sla.Running {
		t.Fatalf("%+v", d)
	}
	return after(d)
}

func act(f desk.Facts) desk.Act {
	return desk.Act{Subject: desk.Subject{Ref: f.Conversation.Ref}, By: marta}
}

func later(f desk.Facts, at time.Time, then desk.Then) desk.Replied {
	return desk.Replied{Act: act(f), Message: desk.Message{ID: "a", Direction: "out", Kind: "reply", Raw: "out/a"}, At: at, Then: then}
}

func tick(f desk.Facts, p *policy.Policy, now time.Time) desk.Decision {
	return desk.Decide(f, desk.Ticked{Subject: desk.Subject{Ref: f.Conversation.Ref}}, p, now)
}

// An answer that leaves tomorrow answers nothing today: the first response is met when it leaves, and not by the clock's coming early.
func TestAnAnswerIsMetWhenItLeaves(t *testing.T) {
	p := rules(t, "")
	f := opened(t, p)
	at := monday.Add(15 * time.Minute)
	d := desk.Decide(f, later(f, at, desk.Then{Resolve: true, Tags: []string{"luggage"}}), p, monday.Add(time.Minute))
	c := d.Conversation
	if len(d.Effects) != 0 || c.Status != desk.StatusOpen || c.Targets[0].State != sla.Running || len(c.Scheduled) != 1 || d.Event != "scheduled" || d.Message.Effect != c.Scheduled[0].Effect {
		t.Fatalf("scheduled: %+v", d)
	}
	if c.Next == nil || c.Next.After(at) {
		t.Errorf("nobody looks at %v: the clock is at %v", at, c.Next)
	}
	f = after(d)
	if early := tick(f, p, at.Add(-time.Second)); len(early.Effects) != 0 {
		t.Errorf("it left early: %+v", early.Effects)
	}
	d = tick(f, p, at)
	c = d.Conversation
	if len(d.Effects) != 1 || d.Effects[0].Kind != channel.Reply || d.Effects[0].ID != f.Conversation.Scheduled[0].Effect || d.Effects[0].Reply.Raw != "out/a" || d.Event != "replied" || d.By != "marta" {
		t.Fatalf("when its time has come: %+v", d)
	}
	if c.Status != desk.StatusResolved || c.Targets[0].State != sla.Met || !slices.Equal(c.Tags, []string{"luggage"}) || len(c.Scheduled) != 0 {
		t.Errorf("after it left: %+v", c)
	}
	if again := tick(after(d), p, at.Add(time.Second)); len(again.Effects) != 0 {
		t.Errorf("it left twice: %+v", again.Effects)
	}
}

// One of many never takes the priority lane, which is for who writes now, whatever is urgent: neither when its time comes nor when it is decided too late to wait.
func TestOneOfManyLeavesByItsChannelsLane(t *testing.T) {
	p := rules(t, "")
	f := opened(t, p)
	f.Conversation.Priority = triage.Urgent
	at := monday.Add(2 * time.Minute)
	alone, many := later(f, at, desk.Then{}), later(f, at, desk.Then{})
	many.Circular = "c1"
	for name, c := range map[string]struct {
		of   desk.Replied
		lane string
	}{"alone": {alone, desk.LanePriority}, "one of many": {many, desk.LaneCustom}} {
		waits := after(desk.Decide(f, c.of, p, monday.Add(time.Minute)))
		waits.Leaving = &desk.Leaving{Circular: c.of.Circular, Message: c.of.Message.ID} // not stopped
		waited := tick(waits, p, at)
		late := desk.Decide(f, c.of, p, at)
		for when, d := range map[string]desk.Decision{"waited": waited, "late": late} {
			if len(d.Effects) != 1 || d.Effects[0].Kind != channel.Reply || d.Effects[0].Lane != c.lane || d.Effects[0].Reply.Circular != c.of.Circular {
				t.Errorf("%s, %s: %+v", name, when, d.Effects)
			}
		}
	}
}

// What is taken back never leaves; what has left cannot be taken back.
func TestAnAnswerIsTakenBack(t *testing.T) {
	p := rules(t, "")
	f := opened(t, p)
	d := desk.Decide(f, later(f, monday.Add(5*time.Second), desk.Then{}), p, monday)
	kept := *d.Message
	back := desk.TakenBack{Act: act(f), Answer: kept.Effect, Was: kept}
	f = after(d)
	d = desk.Decide(f, back, p, monday.Add(4*time.Second))
	if d.Refused != "" || d.Message.Withdrawn == nil || !d.Again || len(d.Conversation.Scheduled) != 0 || d.Conversation.Messages != 1 {
		t.Fatalf("taken back: %+v", d)
	}
	if x := tick(after(d), p, monday.Add(6*time.Second)); len(x.Effects) != 0 {
		t.Errorf("it left all the same: %+v", x.Effects)
	}
	left := tick(f, p, monday.Add(5*time.Second))
	if d := desk.Decide(after(left), back, p, monday.Add(6*time.Second)); d.Refused != desk.HasLeft {
		t.Errorf("after it left: %+v", d)
	}
}

// What the customer writes stops what was to leave tomorrow, and not what leaves this very second.
func TestTheCustomersWordsStopWhatWasToLeaveLater(t *testing.T) {
	p := rules(t, "")
	for at, want := range map[time.Duration]desk.Stop{5 * time.Second: "", 15 * time.Minute: desk.ContactWrote} {
		f := opened(t, p)
		d := desk.Decide(f, later(f, monday.Add(at), desk.Then{}), p, monday)
		f = after(d)
		d = desk.Decide(f, said("2", "Never mind, I have it.", monday.Add(2*time.Second)), p, monday.Add(2*time.Second))
		if got := d.Conversation.Scheduled[0].Stopped; got != want {
			t.Errorf("after %v: stopped %q", at, got)
		}
		x := tick(after(d), p, monday.Add(at))
		left := slices.ContainsFunc(x.Effects, func(e desk.Effect) bool { return e.Kind == channel.Reply })
		if left != (want == "") {
			t.Errorf("after %v: it left: %v", at, left)
		}
		if want != "" && want.Words() == string(want) {
			t.Error("the stop has no words")
		}
	}
}

// Nobody is warned or called because of an answer that is on its way and will be in time; one that comes too late keeps nobody from being called.
func TestWhoHasAnsweredIsNotWarned(t *testing.T) {
	p := rules(t, "")
	due := opened(t, p).Conversation.Targets[0].Due
	for _, x := range []struct {
		at     time.Time
		warned bool
	}{{due.Add(-time.Second), false}, {due.Add(time.Hour), true}} {
		f := opened(t, p)
		d := desk.Decide(f, later(f, x.at, desk.Then{}), p, monday)
		f = after(d)
		d = tick(f, p, due.Add(-2*time.Second))
		if warned := !d.Nothing && d.Conversation.Targets[0].Warned; warned != x.warned {
			t.Errorf("leaving at %v: warned %v", x.at, warned)
		}
	}
}

func TestSnoozeAndPriorityWithAnAnswer(t *testing.T) {
	p := rules(t, "")
	f := opened(t, p)
	d := desk.Decide(f, later(f, time.Time{}, desk.Then{Snooze: 72 * time.Hour, Priority: triage.Low}), p, monday)
	c := d.Conversation
	if c.Status != desk.StatusSnoozed || !c.SnoozedUntil.Equal(monday.Add(72*time.Hour)) || c.Priority != triage.Low || c.Targets[0].State != sla.Met || len(d.Effects) != 1 {
		t.Errorf("%+v", d)
	}
}

func TestTags(t *testing.T) {
	for in, want := range map[string]string{"Lost Luggage": "lost-luggage", "vip": "vip", " a - b ": "a-b", "perché": "perché", "a,b": "", "": "", "<b>": "", strings.Repeat("x", 33): ""} {
		if got, ok := desk.Tag(in); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
	p := rules(t, "")
	f := opened(t, p)
	d := desk.Decide(f, desk.Tagged{Act: act(f), Add: []string{"vip", "luggage"}}, p, monday)
	if !slices.Equal(d.Conversation.Tags, []string{"luggage", "vip"}) {
		t.Errorf("%v", d.Conversation.Tags)
	}
	f = after(d)
	d = desk.Decide(f, desk.Tagged{Act: act(f), Add: []string{"1", "2", "3", "4", "5", "6", "7"}}, p, monday)
	if d.Refused != desk.TooManyTags || d.Refused.Words() == string(d.Refused) {
		t.Errorf("nine tags: %+v", d.Refused)
	}
	d = desk.Decide(f, desk.Tagged{Act: act(f), Add: []string{"1"}, Remove: []string{"vip"}}, p, monday)
	if !slices.Equal(d.Conversation.Tags, []string{"1", "luggage"}) {
		t.Errorf("%v", d.Conversation.Tags)
	}
}

// A note calls whom it names, once, not its author, and nobody in quiet hours; it climbs no ladder.
func TestANoteCallsWhomItNames(t *testing.T) {
	p := book(t)
	for _, a := range p.Agents {
		if a.ID == "ana" {
			a.Hours = policy.QuietHours{}
		}
	}
	f := desk.Facts{Conversation: &desk.Conversation{Ref: desk.Ref{Brand: "acme-air", Conversation: "c"}, Status: desk.StatusOpen, Channel: desk.Email, Priority: triage.Normal}}
	d := desk.Decide(f, desk.Noted{Act: act(f), Message: desk.Message{ID: "n", Kind: "note"}, Mentions: []string{"ana", "marta", "nobody"}}, p, monday)
	if got := pagedAgents(d); !slices.Equal(got, []string{"ana"}) || d.Effects[0].Page.Why != "mentioned" || d.Effects[0].Page.By != "Marta Lindqvist" || d.Conversation.Paging != nil {
		t.Errorf("called %v: %+v", got, d.Why)
	}
	if failed := desk.Decide(after(d), desk.NewPageFailed(d.Effects[0]), p, monday.Add(time.Minute)); !failed.Nothing {
		t.Errorf("the ladder is climbed: %+v", failed)
	}
}
