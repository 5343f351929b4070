package desk_test

import (
	"reflect"
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// until lets a conversation's clock strike up to a time, and gives the pages that were ordered meanwhile.
func until(c *desk.Conversation, p *policy.Policy, at time.Time) (pages []desk.Effect) {
	for c.Next != nil && !c.Next.After(at) {
		d := desk.Decide(desk.Facts{Conversation: c}, desk.Ticked{Subject: desk.Subject{Ref: c.Ref}}, p, *c.Next)
		if d.Nothing {
			break
		}
		*c = d.Conversation
		for _, e := range d.Effects {
			if e.Page != nil {
				pages = append(pages, e)
			}
		}
	}
	return pages
}

// Who was called for a thread is not called from the beginning again because it is split: what is late in either is late already, and the ladder goes on where it stands, or
// is over in both.
func TestASplitCallsNobodyFromTheBeginning(t *testing.T) {
	p := rules(t, "")
	for _, goes := range []string{"1", "2"} {
		w := &thread{t: t, p: p}
		w.write("1", bag, monday)
		w.write("2", dog, monday.Add(5*time.Minute))
		now := monday.Add(9 * time.Hour)
		if pages := until(&w.c, p, now); len(pages) == 0 || w.c.Paging == nil || !w.c.Paging.Next.IsZero() || response(w.c).State != sla.Breached {
			t.Fatalf("%d pages, and it is %+v by %+v", len(pages), w.c.Paging, w.c.Targets)
		}
		d := w.split(now, goes)
		if d.Beside == nil {
			t.Fatalf("not taken: %+v", d)
		}
		for _, c := range []desk.Conversation{d.Conversation, d.Beside.Conversation} {
			if c.Priority != w.c.Priority || response(c).State != sla.Breached || !c.Owed() || !reflect.DeepEqual(c.Paging, w.c.Paging) {
				t.Errorf("%s goes, and %s is %s, called for by %+v, owed by %+v", goes, c.Conversation, c.Priority, c.Paging, c.Targets)
			}
			if pages := until(&c, p, now.Add(12*time.Hour)); len(pages) > 0 {
				t.Errorf("%s goes, and %d more pages call for %s", goes, len(pages), c.Conversation)
			}
		}
	}
}

// A page under way when what it is about is split off is of the new one: failed, it brings the next step forward there, and the services' alerts are that one's. Where what it
// is about waits in both it is the origin's.
func TestAPageUnderWayIsOfWhatWaits(t *testing.T) {
	p := rules(t, "")
	for _, all := range []bool{true, false} {
		w := &thread{t: t, p: p}
		w.write("1", bag, monday)
		w.write("2", dog, monday.Add(time.Minute))
		goes := "2"
		if all {
			w.answer("answer", monday.Add(2*time.Minute))
			w.write("3", praise, monday.Add(3*time.Minute))
			goes = "3"
		}
		var pages []desk.Effect
		for w.c.Next != nil && len(pages) == 0 {
			pages = until(&w.c, p, *w.c.Next)
		}
		if len(pages) == 0 || w.c.Paging.Next.IsZero() {
			t.Fatalf("nobody is called: %+v", w.c)
		}
		now := pages[0].Decided.Add(4 * time.Minute)
		until(&w.c, p, now)
		w.c.Alerted = []desk.Alert{{Agent: "ops", Way: policy.Way{Kind: desk.WayPagerDuty, To: "key"}}}
		ev := w.splitting(goes)
		ev.Judged = triage.Judgement{} // as pressing as the origin
		d := desk.Decide(desk.Facts{Conversation: &w.c}, ev, p, now)
		if d.Beside == nil {
			t.Fatalf("not taken: %+v", d)
		}
		a, b := d.Conversation, d.Beside.Conversation
		failed := desk.NewPageFailed(pages[0])
		first := desk.Decide(desk.Facts{Conversation: &a}, failed, p, now.Add(time.Second))
		if !all {
			if a.Paging == nil || b.Paging == nil || len(first.Effects) == 0 || first.Onto != "" || a.PagedInto(pages[0].Decided) != "" || len(a.Alerted) != 1 || len(b.Alerted) != 0 {
				t.Errorf("what is owed in both is called for by %+v and %+v, and failed is %+v", a.Paging, b.Paging, first)
			}
			continue
		}
		if !first.Nothing || first.Onto != "own" || a.PagedInto(now.Add(time.Second)) != "" || a.PagedInto(pages[0].Decided.Add(-time.Minute)) != "" {
			t.Errorf("failed, it is decided on %q: %v", first.Onto, first.Why)
		}
		next := desk.Decide(desk.Facts{Conversation: &b}, failed.In(b.Ref), p, now.Add(time.Second))
		if next.Nothing || len(next.Effects) == 0 || next.Effects[0].Conversation != "own" || next.Conversation.Paging.Step != w.c.Paging.Step+1 {
			t.Errorf("the next step: %+v", next)
		}
		signals := func(d desk.Decision) (all []desk.Signal) {
			for _, e := range d.Effects {
				all = append(all, e.Page.Signal)
			}
			return all
		}
		if len(a.Alerted) > 0 || len(b.Alerted) != 1 || !reflect.DeepEqual(signals(d), []desk.Signal{desk.Resolve}) || !reflect.DeepEqual(signals(*d.Beside), []desk.Signal{""}) {
			t.Errorf("the alerts are %+v, %v, and %+v, %v", a.Alerted, signals(d), b.Alerted, signals(*d.Beside))
		}
	}
}
