package desk_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

var bruno = desk.Cc{Contact: "bruno", Party: channel.Party{Name: "Bruno Belt", Address: "desk@belts.example"}}

func forward(f desk.Facts, to desk.Cc) desk.Forwarded {
	return desk.Forwarded{Act: act(f), To: to, Message: desk.Message{ID: "f", Direction: "out", Kind: desk.KindForward, Raw: "out/f"}}
}

// mailed is a conversation that Ada has just opened by mail.
func mailed(t *testing.T, p *policy.Policy) desk.Facts {
	t.Helper()
	ev := said("1", "My suitcase arrived broken.", monday)
	ev.Channel = desk.Email
	d := desk.Decide(desk.Facts{Budget: free()}, ev, p, monday)
	if d.Message == nil || d.Conversation.Channel != desk.Email {
		t.Fatalf("%+v", d)
	}
	return after(d)
}

// owed is what a customer is owed, and how the matter stands.
func owed(c desk.Conversation) []any {
	return []any{c.Status, c.Targets, c.Promise, c.Party, c.Thread, c.Receipt, c.Sentiment, c.Priority, c.Participants, c.Next}
}

// Marta forwards it: it leaves for Bruno alone, he takes no part, and Ada is owed what she was owed. He answers, twice at once and by a machine: nobody is told but Marta, once.
func TestWhatIsForwardedAnswersNothing(t *testing.T) {
	p := book(t)
	f := mailed(t, p)
	before := owed(*f.Conversation)
	d := desk.Decide(f, forward(f, bruno), p, monday.Add(time.Minute))
	if len(d.Effects) != 1 || d.Effects[0].Kind != channel.Forward || d.Effects[0].Reply.To != bruno.Party || d.Effects[0].Reply.InReplyTo != "" || d.Effects[0].Contact != "bruno" {
		t.Fatalf("it leaves so: %+v", d.Effects)
	}
	if !reflect.DeepEqual(owed(d.Conversation), before) || !slices.Equal(d.Enters, []string{"bruno"}) || d.Message.Effect != d.Effects[0].ID || d.Contact != nil || d.Conversation.TakesPart("bruno") {
		t.Errorf("it has moved what is owed: %+v", d)
	}
	sent := d.Effects[0]
	f = after(d)

	at := monday.Add(5 * time.Minute)
	ev := said("b1", "It fell off the belt, you terrible people!", at)
	ev.Subject.Contact, ev.Third, ev.Ref, ev.Own = "bruno", true, f.Conversation.Ref, "another"
	f.Contact = nil
	d = desk.Decide(f, ev, p, at)
	if d.Message == nil || d.Message.Kind != desk.KindThird || d.Message.Outcome != (desk.Outcome{Suppressed: desk.FromThird}) || d.Contact != nil || d.Spent || !reflect.DeepEqual(owed(d.Conversation), before) {
		t.Fatalf("his answer: %+v", d)
	}
	if len(d.Effects) != 1 || d.Effects[0].Page == nil || d.Effects[0].Page.Why != string(oncall.ThirdWrote) || d.Conversation.Version == f.Conversation.Version {
		t.Errorf("who has it hears of it by %+v", d.Effects)
	}
	f = after(d)
	f.Contact = nil
	if d = desk.Decide(f, ev, p, at); len(d.Effects) != 0 {
		t.Errorf("again at once: %+v", d.Effects)
	}
	ev.Machine, ev.Silence = true, "auto_submitted"
	if d = desk.Decide(f, ev, p, at.Add(time.Hour)); len(d.Effects) != 0 || d.Message.Outcome.Suppressed != "auto_submitted" {
		t.Errorf("his machine: %+v, %+v", d.Effects, d.Message.Outcome)
	}

	keys, err := desk.NewKeys(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	d = desk.Decide(f, desk.NewReturned(sent, channel.Bounced, keys), p, at)
	if d.Conversation.Thirds[0].Returned != channel.Bounced || d.Contact == nil || d.Contact.ID != "bruno" || !reflect.DeepEqual(owed(d.Conversation), before) {
		t.Errorf("what came back: %+v", d)
	}
}

// It is forwarded to nobody who reads it anyway or is not to be written to, and his answer goes nowhere else when the conversation is over.
func TestWhatIsNotForwarded(t *testing.T) {
	p := book(t)
	f := mailed(t, p)
	ada := desk.Cc{Contact: f.Conversation.Contact, Party: f.Conversation.Party}
	merged, gone, full := *f.Conversation, *f.Conversation, *f.Conversation
	merged.Merged, gone.Withdrawn = "other", true
	for i := range desk.MaxThirds {
		full.Thirds = append(full.Thirds, desk.Third{Contact: string(rune('a' + i))})
	}
	for _, x := range []struct {
		c    *desk.Conversation
		of   *desk.Contact
		to   desk.Cc
		want desk.Refusal
	}{
		{f.Conversation, nil, ada, desk.NotOutside},
		{f.Conversation, &desk.Contact{Blocked: &desk.Block{}}, bruno, desk.NotBlocked},
		{f.Conversation, &desk.Contact{Complained: &monday}, bruno, desk.NotComplained},
		{f.Conversation, &desk.Contact{Undeliverable: &desk.Undeliverable{Until: monday.Add(time.Hour)}}, bruno, desk.NotDeliverable},
		{f.Conversation, &desk.Contact{OptedOut: &monday}, bruno, ""}, // a person's letter is no automatic answer
		{&merged, nil, bruno, desk.Moved},
		{&gone, nil, bruno, desk.Gone},
		{&full, nil, bruno, desk.TooManyThirds},
		{&full, nil, desk.Cc{Contact: "a"}, ""},
	} {
		facts := desk.Facts{Conversation: x.c, Contact: x.of}
		if d := desk.Decide(facts, forward(facts, x.to), p, monday); d.Refused != x.want || d.Nothing != (x.want != "") {
			t.Errorf("to %s: %q, want %q", x.to.Contact, d.Refused, x.want)
		}
	}
	ev := said("b1", "On belt nine.", monday)
	ev.Subject.Contact, ev.Third, ev.Ref, ev.Own = "bruno", true, f.Conversation.Ref, "another"
	for _, c := range []*desk.Conversation{nil, &merged, f.Conversation} { // forgotten, merged, and he is not known any more
		if d := desk.Decide(desk.Facts{Conversation: c}, ev, p, monday); !d.Nothing || !d.Elsewhere || len(d.Effects) != 0 {
			t.Errorf("%+v", d)
		}
	}
}

// In the night of whoever has it, and of who forwarded it, the answer of somebody outside finds who is on shift; and where all rest nobody is woken, unless it is urgent.
func TestSomebodyHearsOfAnAnswerFromOutside(t *testing.T) {
	p := book(t)
	f := mailed(t, p)
	f = after(desk.Decide(f, forward(f, bruno), p, monday.Add(time.Minute)))
	at := monday.Add(5 * time.Minute)
	ev := said("b1", "It fell off belt nine.", at)
	ev.Subject.Contact, ev.Third, ev.Ref, ev.Own = "bruno", true, f.Conversation.Ref, "another"
	f.Contact = nil
	on := p.Brand("acme-air").Schedule.At(at)
	if len(on) == 0 {
		t.Fatal("nobody is on shift: nothing would be proved")
	}
	resting := map[string]bool{}
	for i := range p.Agents {
		resting[p.Agents[i].ID] = true
	}
	called := func(resting map[string]bool, priority triage.Priority) string {
		quiet := *p
		quiet.Agents = nil
		for _, a := range p.Agents {
			one := *a
			one.Zone, one.Hours = time.UTC, policy.QuietHours{}
			if resting[a.ID] {
				one.Hours.Window = calendar.Window{Days: calendar.EveryDay, From: 0, To: calendar.Midnight}
			}
			quiet.Agents = append(quiet.Agents, &one)
		}
		c := *f.Conversation
		c.Priority = priority
		g := f
		g.Conversation = &c
		d := desk.Decide(g, ev, &quiet, at)
		if d.Message == nil || len(d.Effects) > 1 {
			t.Fatalf("%+v", d)
		}
		if len(d.Effects) == 0 {
			return "nobody"
		}
		return d.Effects[0].Page.Agent
	}
	has := f.Conversation.Assignee.ID
	if got := called(nil, triage.High); got != has {
		t.Errorf("when nobody rests %s is called, and %s has it", got, has)
	}
	resting[on[0]] = false
	if got := called(resting, triage.High); got != on[0] {
		t.Errorf("when all others rest %s is called, and %s is on shift", got, on[0])
	}
	resting[on[0]] = true
	if got := called(resting, triage.High); got != "nobody" {
		t.Errorf("when all rest %s is called", got)
	}
	if got := called(resting, triage.Urgent); !slices.Contains(on, got) {
		t.Errorf("urgent, when all rest: %s is called", got)
	}
}
