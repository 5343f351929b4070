package desk_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// book is the rule book of the repository: on_call at once, second after 5 minutes, lead and on_call after 15, three times, 15 minutes apart.
func book(t *testing.T) *policy.Policy {
	t.Helper()
	b, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := policy.Parse("policy.yaml", b)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// paging is a conversation whose ladder has been climbed up to a step.
func paging(step int) *desk.Conversation {
	c := &desk.Conversation{
		Ref: desk.Ref{Brand: "acme-air", Conversation: "c"}, Sequence: 4, Status: desk.StatusOpen, Channel: desk.Email, Priority: triage.Urgent,
		Targets: []sla.Target{{Kind: sla.FirstResponse, State: sla.Breached, Set: monday.Add(-time.Hour), Due: monday}},
		Paging:  &desk.Paging{Why: oncall.Breached, Since: monday, Step: step},
	}
	c.Paging.Next, _ = policy.DefaultEscalation().Next(step, monday)
	return c
}

func failedPage(step int) desk.PageFailed {
	return desk.NewPageFailed(desk.Effect{
		Ref: desk.Ref{Brand: "acme-air", Conversation: "c"}, ID: "000004-0", Decided: monday,
		Page: &desk.Page{Agent: "marta", Step: step, Ways: []policy.Way{{Kind: "slack", To: "https://a.example"}, {Kind: "mail", To: "marta@staff.acme.example"}, {Kind: "sms", To: "+390655501231"}}},
	})
}

func pagedAgents(d desk.Decision) (to []string) {
	for _, e := range d.Effects {
		to = append(to, e.Page.Agent)
	}
	return to
}

func TestAPageThatFailedCallsTheNextStepOfItsRun(t *testing.T) {
	p, at := book(t), monday.Add(10*time.Second)
	for _, x := range []struct {
		name    string
		reached int // the step to be called next
		failed  int
		want    []string
		next    time.Duration // after which the ladder goes on, from its beginning
	}{
		{"the first", 1, 0, []string{"oleg"}, 15 * time.Minute},
		{"the second", 2, 1, []string{"ana", "marta"}, 30 * time.Minute},
		{"the last of the first run", 3, 2, nil, 30 * time.Minute},
		{"the first of the second run", 4, 3, []string{"oleg"}, 45 * time.Minute},
		{"one that the next step has followed", 2, 0, nil, 15 * time.Minute},
		{"one that is yet to come", 1, 1, nil, 5 * time.Minute},
	} {
		f := desk.Facts{Conversation: paging(x.reached)}
		d := desk.Decide(f, failedPage(x.failed), p, at)
		if got := pagedAgents(d); !slices.Equal(got, x.want) {
			t.Errorf("%s: %v are called, want %v; why: %v", x.name, got, x.want, d.Why)
		}
		if d.Nothing != (x.want == nil) {
			t.Errorf("%s: nothing is decided: %v", x.name, d.Nothing)
		}
		if d.Nothing {
			continue
		}
		if want := monday.Add(x.next); d.Conversation.Next == nil || !d.Conversation.Next.Equal(want) || !d.Conversation.Paging.Next.Equal(want) {
			t.Errorf("%s: its clock is %v, want %v", x.name, d.Conversation.Next, want)
		}
		if again := desk.Decide(desk.Facts{Conversation: &d.Conversation}, failedPage(x.failed), p, at); !again.Nothing {
			t.Errorf("%s: the second time %v are called", x.name, pagedAgents(again))
		}
		if f.Conversation.Paging.Step != x.reached {
			t.Errorf("%s: the facts are changed", x.name)
		}
	}
}

func TestAPageThatFailedWhenSomebodyHasIt(t *testing.T) {
	p := book(t)
	had := paging(1)
	had.Paging = nil
	later := paging(1)
	later.Paging.Since = monday.Add(time.Minute)
	for name, f := range map[string]desk.Facts{"somebody has it": {Conversation: had}, "no such conversation": {}, "a page of an earlier escalation": {Conversation: later}, "taken before": {Taken: true}} {
		if d := desk.Decide(f, failedPage(0), p, monday); !d.Nothing || !slices.Contains(d.Why, name) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// What a provider gave back goes on by the ways that were not tried, beside the next step.
func TestABouncedPageGoesOnByTheWaysLeft(t *testing.T) {
	k, err := desk.NewKeys([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	e := desk.Effect{Ref: desk.Ref{Brand: "acme-air", Conversation: "c"}, ID: "000004-0", Decided: monday, Page: &desk.Page{
		Agent: "marta", Ways: []policy.Way{{Kind: "mail", To: "marta@staff.acme.example"}, {Kind: "sms", To: "+390655501231"}},
	}}
	ev := desk.NewPageBounced(e, k)
	d := desk.Decide(desk.Facts{Conversation: paging(1)}, ev, book(t), monday.Add(time.Minute))
	if got := pagedAgents(d); !slices.Equal(got, []string{"marta", "oleg"}) {
		t.Fatalf("%v are called; why: %v", got, d.Why)
	}
	if w := d.Effects[0].Page.Ways; len(w) != 1 || w[0].Kind != "sms" || d.Effects[0].ID == d.Effects[1].ID {
		t.Errorf("marta is called by %v", w)
	}
	if len(ev.Keys) != 1 || ev.Delivery == "" {
		t.Errorf("the event has no key: %+v", ev.Subject)
	}
	e.Page.Ways = e.Page.Ways[:1]
	if d := desk.Decide(desk.Facts{Conversation: paging(3)}, desk.NewPageBounced(e, k), book(t), monday.Add(time.Minute)); !d.Nothing {
		t.Errorf("%v are called although nothing is left", pagedAgents(d))
	}
}

// After an outage over several steps each agent is called once, and the ladder goes on from where it would be.
func TestAnOutageOverSeveralStepsCallsEachAgentOnce(t *testing.T) {
	d := desk.Decide(desk.Facts{Conversation: paging(0)}, desk.Ticked{Subject: desk.Subject{Ref: desk.Ref{Brand: "acme-air", Conversation: "c"}}}, book(t), monday.Add(40*time.Minute))
	if got := pagedAgents(d); !slices.Equal(got, []string{"marta", "oleg", "ana"}) {
		t.Errorf("%v are called", got)
	}
	if p := d.Conversation.Paging; p.Step != 5 || !p.Next.Equal(monday.Add(45*time.Minute)) {
		t.Errorf("the ladder stands at %+v", p)
	}
}

// A ladder at its end stays to be seen until somebody has the conversation, rings no more, and may be begun anew by a new cause.
func TestTheEndOfALadder(t *testing.T) {
	p, tick := book(t), desk.Ticked{Subject: desk.Subject{Ref: desk.Ref{Brand: "acme-air", Conversation: "c"}}}
	d := desk.Decide(desk.Facts{Conversation: paging(8)}, tick, p, monday.Add(75*time.Minute))
	c := d.Conversation
	if c.Paging == nil || !c.Paging.Next.IsZero() || c.Next != nil || len(d.Effects) == 0 {
		t.Fatalf("after the last step: %+v, clock %v", c.Paging, c.Next)
	}
	if d := desk.Decide(desk.Facts{Conversation: &c}, tick, p, monday.Add(100*time.Hour)); !d.Nothing {
		t.Errorf("it rings again: %v", d.Why)
	}
	c.Targets = append(c.Targets, sla.Target{Kind: sla.NextResponse, State: sla.Running, Warned: true, Set: monday, Due: monday.Add(3 * time.Hour)})
	if d := desk.Decide(desk.Facts{Conversation: &c}, tick, p, monday.Add(3*time.Hour)); len(d.Effects) != 1 || d.Conversation.Paging.Step != 1 {
		t.Errorf("a new breach calls %v", pagedAgents(d))
	}
}

func TestABrandThatIsNotInTheRuleBookIsLeftAlone(t *testing.T) {
	p := book(t)
	p.Brands = nil
	at := monday.Add(time.Minute)
	for _, ev := range []desk.Event{desk.Ticked{Subject: desk.Subject{Ref: paging(1).Ref}}, failedPage(0)} {
		if d := desk.Decide(desk.Facts{Conversation: paging(1)}, ev, p, at); !d.Nothing || !strings.Contains(strings.Join(d.Why, " "), "not in the rule book") {
			t.Errorf("%T: %+v", ev, d)
		}
	}
}

func TestAPromiseThatPassedIsCountedBeforeItIsRenewed(t *testing.T) {
	c := paging(1)
	c.Promise = &desk.Promise{By: monday, Given: monday.Add(-time.Hour), State: desk.PromiseGiven}
	late := desk.Late{Subject: desk.Subject{Ref: c.Ref}}
	d := desk.Decide(desk.Facts{Conversation: c}, late, book(t), monday.Add(time.Second))
	if d.Ended == nil || d.Ended.State != desk.PromiseBroken || !d.Ended.By.Equal(monday) {
		t.Errorf("how it ended: %+v", d.Ended)
	}
	if p := d.Conversation.Promise; p.State != desk.PromiseRenewed || !p.By.After(monday) {
		t.Errorf("the new one: %+v", p)
	}
	c.Promise = &desk.Promise{By: monday, State: desk.PromiseBroken} // noticed in time: counted once
	if d := desk.Decide(desk.Facts{Conversation: c}, late, book(t), monday.Add(time.Second)); d.Ended != nil {
		t.Errorf("counted twice: %+v", d.Ended)
	}
}
