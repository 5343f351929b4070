package console_test

import (
	"testing"
	"time"

	"pronto/functions/console/work"
)

// Ana takes a night of Oleg’s, and weeks later everybody still sees it, although the rota itself has let it go. An insult counts for who had the conversation.
func TestTheMonthIsShared(t *testing.T) {
	w := open(t)
	load := func(who, month string) map[string]work.Load {
		t.Helper()
		var f work.Fairness
		w.ask(who, "GET", "/api/v1/stats/fairness?brand=acme-air&month="+month, "").is(200).into(&f)
		all := map[string]work.Load{}
		for i, x := range f.Agents {
			if all[x.Agent.ID] = x.Load; i > 0 && f.Agents[i-1].Agent.Name > x.Agent.Name {
				t.Errorf("%s stands before %s", f.Agents[i-1].Agent.Name, x.Agent.Name)
			}
			if l := x.Load; f.Least.Any > l.Any || f.Most.Any < l.Any || f.Most.Hard < l.Hard || l.Any > l.Nights+l.Weekends+l.Holidays || l.Any > l.All {
				t.Errorf("%+v, from %+v to %+v", l, f.Least, f.Most)
			}
		}
		return all
	}
	before := load("marta", "2026-11")
	if len(before) != 3 || before["marta"].Nights == 0 || before["oleg"].Weekends == 0 {
		t.Fatalf("the month is %+v", before)
	}
	w.ask("ana", "POST", "/api/v1/oncall/overrides?brand=acme-air", `{"agent":"ana","instead":"oleg","start":"2026-11-23T21:00:00Z","end":"2026-11-24T05:00:00Z"}`).is(200)
	w.mail(1, "My suitcase", "You are an idiot, and my suitcase is lost.")
	w.mail(2, "My bill", "When is my bill due, please?")
	given := load("oleg", "")
	if less, more := before["oleg"].Nights-given["oleg"].Nights, given["ana"].Nights-before["ana"].Nights; less != 8*3600 || more != less {
		t.Errorf("the night that is given away is %d seconds, and %d", less, more)
	}
	id := ""
	for _, c := range w.view("marta", "view=all").Items {
		w.ask("marta", "POST", conv(c.ID, "reply"), `{"text":"We are looking."}`).is(200)
		if c.Abuse != "" {
			id = c.ID
		}
	}
	if given = load("ana", "2026-11"); id == "" || given["marta"].Hard != 1 || given["oleg"].Hard != 0 {
		t.Errorf("of one insult and one question %+v", given)
	}
	w.Clock.Turn(20 * 24 * time.Hour)
	w.ask("ana", "POST", "/api/v1/oncall/overrides?brand=acme-air", `{"agent":"oleg","instead":"marta","end":"2026-12-14T09:00:00Z"}`).is(200)
	var now work.Overrides
	w.ask("ana", "GET", "/api/v1/oncall/overrides?brand=acme-air", "").is(200).into(&now)
	after := load("marta", "2026-11")
	if len(now.Items) != 1 || after["oleg"] != given["oleg"] || after["marta"] != given["marta"] {
		t.Errorf("in December November is %+v, and was %+v", after, given)
	}
	if december := load("marta", "2026-12"); december["marta"].Holidays+december["oleg"].Holidays == 0 {
		t.Errorf("nobody is on at Christmas: %+v", december)
	}
	w.ask("marta", "GET", "/api/v1/stats/fairness?month=2026-09", "").is(422) // it is December
	w.ask("marta", "GET", "/api/v1/stats/fairness?month=November", "").is(400)
	w.ask("rosa", "GET", "/api/v1/stats/fairness?brand=acme-air", "").is(404)
}

// Marta is called by day, Oleg twice at night, the second night a Saturday's, and all of it is counted once, by their own clocks, from the first call on. What was before nobody
// can tell, and nobody says that it was nothing; that who had called is forgotten takes no call away.
func TestCallsAreCounted(t *testing.T) {
	w := open(t)
	of := func(month string) (f work.Fairness, calls map[string]work.Calls) {
		t.Helper()
		w.ask("marta", "GET", "/api/v1/stats/fairness?brand=acme-air&month="+month, "").is(200).into(&f)
		for _, x := range f.Agents {
			if (x.Calls == nil) != (f.CallsFrom == nil) || (f.LeastCalls == nil) != (x.Calls == nil) {
				t.Fatalf("%s: some are told, and others not: %+v", month, f)
			}
			if x.Calls == nil {
				continue
			}
			if calls == nil {
				calls = map[string]work.Calls{}
			}
			if l := *x.Calls; f.LeastCalls.All > l.All || f.MostCalls.All < l.All || f.MostCalls.Any < l.Any {
				t.Errorf("%+v, from %+v to %+v", l, f.LeastCalls, f.MostCalls)
			}
			calls[x.Agent.ID] = *x.Calls
		}
		return f, calls
	}
	urgent := func(n int) {
		t.Helper()
		w.mail(n, "Help", "I am stranded at the airport with a medical emergency, please help me now!")
	}
	if _, none := of("2026-11"); none != nil {
		t.Errorf("before anybody was called: %+v", none)
	}
	settle := func() { // before anybody else is called
		t.Helper()
		for _, c := range w.view("ana", "view=all").Items {
			w.ask("ana", "POST", conv(c.ID, "resolve"), "").is(200)
		}
	}
	urgent(1)
	first, contact := w.Clock.Now(), w.view("ana", "view=all").Items[0].Contact.ID
	settle()
	w.ask("ana", "POST", "/api/v1/oncall/overrides?brand=acme-air", `{"agent":"oleg","instead":"marta","start":"2026-11-23T20:00:00Z","end":"2026-11-29T20:00:00Z"}`).is(200)
	for n, at := range []time.Time{time.Date(2026, 11, 24, 22, 30, 0, 0, time.UTC), time.Date(2026, 11, 28, 21, 30, 0, 0, time.UTC)} {
		w.Clock.Turn(at.Sub(w.Clock.Now()))
		urgent(2 + n)
		settle()
	}
	f, calls := of("2026-11")
	if marta, oleg := calls["marta"], calls["oleg"]; marta != (work.Calls{All: 1}) || oleg != (work.Calls{All: 2, Nights: 2, Weekends: 1, Any: 2}) || !f.CallsFrom.Equal(first) {
		t.Errorf("Marta %+v, Oleg %+v, from %v", marta, oleg, f.CallsFrom)
	}
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", `{"brand":"acme-air","why":"she asks"}`).is(200)
	w.Settle()
	w.Clock.Turn(10 * 24 * time.Hour)
	if _, after := of("2026-11"); after["marta"] != calls["marta"] || after["oleg"] != calls["oleg"] {
		t.Errorf("in December %+v, and was %+v", after, calls)
	}
	if f, december := of(""); december["oleg"] != (work.Calls{}) || !f.CallsFrom.Before(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("December is counted whole: %+v from %v", december, f.CallsFrom)
	}
	for _, month := range []string{"2026-10", "2027-01"} {
		if _, none := of(month); none != nil {
			t.Errorf("%s: %+v", month, none)
		}
	}
}
