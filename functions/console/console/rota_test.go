package console_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/console"
	"pronto/functions/console/work"
	"pronto/shared/policy"
)

// On Monday ana is first. Oleg takes over at noon; at once he has what comes in and is on call, and after the override is taken back ana is again.
func TestAnOverrideTakesEffectAtOnce(t *testing.T) {
	w := open(t)
	on := func() string {
		var now work.OnCall
		w.ask("ana", "GET", "/api/v1/oncall?brand=acme-air", "").is(200).into(&now)
		var ids []string
		for _, a := range now.Brands[0].On {
			ids = append(ids, a.ID)
		}
		return strings.Join(ids, " ")
	}
	before := on()
	first, _, _ := strings.Cut(before, " ")
	end := monday.Add(8 * 24 * time.Hour).Format(time.RFC3339)
	var o work.Overrides
	w.ask("ana", "POST", "/api/v1/oncall/overrides", `{"agent":"oleg","instead":"`+first+`","end":"`+end+`","why":"The dentist."}`).is(200).into(&o)
	if len(o.Items) != 1 || o.Items[0].Kind != "override" || o.Items[0].By != "ana" || len(o.Gaps) != 0 {
		t.Fatalf("overrides: %+v", o)
	}
	if now := on(); !strings.HasPrefix(now, "oleg") {
		t.Errorf("on call are %s, they were %s", now, before)
	}
	id := w.complaint()
	var c work.Conversation
	w.ask("ana", "GET", "/api/v1/conversations/"+id, "").is(200).into(&c)
	if c.Assignee.ID != "oleg" {
		t.Errorf("%s has the complaint", c.Assignee.ID)
	}
	w.Clock.Turn(time.Second)
	w.ask("marta", "DELETE", "/api/v1/oncall/overrides/"+o.Items[0].ID, "").is(403)
	w.ask("ana", "DELETE", "/api/v1/oncall/overrides/"+o.Items[0].ID, "").is(200)
	w.ask("ana", "DELETE", "/api/v1/oncall/overrides/"+o.Items[0].ID, "").is(404)
	if now := on(); now != before {
		t.Errorf("afterwards %s, before %s", now, before)
	}
	var a work.Audit
	w.ask("ana", "GET", "/api/v1/audit", "").is(200).into(&a)
	if len(a.Items) != 2 || a.Items[0].Event != "rota_restored" || a.Items[1].Event != "rota_changed" || a.Items[1].Why[0] != "The dentist." {
		t.Errorf("the audit is %+v", a)
	}
}

// Whoever has the complaint falls ill. At once somebody else has it, also when he had taken it himself, and Ada is told; the question that falls due after he is back
// stays his.
func TestALeaveHandsOverAtOnce(t *testing.T) {
	for _, claimed := range []bool{false, true} {
		w := open(t)
		complaint := w.complaint()
		w.mail(1, "A question", "Where do I find my booking?")
		question := w.Outbox()[1].Conversation
		has := func(id string) (c work.Conversation) {
			w.ask("ana", "GET", conv(id), "").is(200).into(&c)
			return c
		}
		ill := has(complaint).Assignee.ID
		if has(question).Assignee.ID != ill {
			t.Fatalf("%s has the question, %s the complaint", has(question).Assignee.ID, ill)
		}
		if claimed {
			w.ask(ill, "POST", conv(complaint, "claim"), "").is(200)
		}
		leave := `{"kind":"leave","agent":"` + ill + `","end":"` + monday.Add(4*time.Hour).Format(time.RFC3339) + `"}`
		for i, want := range []int{1, 0} { // a second time there is nothing left to do
			var o work.Overrides
			w.ask("ana", "POST", "/api/v1/oncall/overrides", leave, "Idempotency-Key", "leave").is(200).into(&o)
			if o.HandedOver != want || len(o.Items) != 1 {
				t.Errorf("call %d: %+v", i, o)
			}
		}
		w.Settle()
		c := has(complaint)
		if c.Assignee.ID == ill || has(question).Assignee.ID != ill {
			t.Errorf("afterwards %s has the complaint and %s the question; %s is ill", c.Assignee.ID, has(question).Assignee.ID, ill)
		}
		told := 0
		for _, p := range w.Outbox() {
			if p.Kind == "notice" && p.Conversation == complaint && strings.Contains(p.Text, c.Assignee.Name) {
				told++
			}
		}
		var a work.Audit
		w.ask("ana", "GET", "/api/v1/audit?conversation="+complaint, "").is(200).into(&a)
		if told != 1 || a.Items[0].Event != "relieved" || a.Items[0].By != "ana" || !strings.Contains(strings.Join(a.Items[0].Why, "; "), ill+" is away when the answer falls due") {
			t.Errorf("Ada was told %d times; %+v", told, a.Items[0])
		}
	}
}

// What is planned for tomorrow takes nothing from anybody today.
func TestALeaveToComeHandsNothingOver(t *testing.T) {
	w := open(t)
	id := w.complaint()
	var c work.Conversation
	w.ask("ana", "GET", conv(id), "").is(200).into(&c)
	var o work.Overrides
	body := `{"kind":"leave","agent":"` + c.Assignee.ID + `","start":"` + monday.Add(time.Minute).Format(time.RFC3339) + `","end":"` + monday.Add(4*time.Hour).Format(time.RFC3339) + `"}`
	w.ask("ana", "POST", "/api/v1/oncall/overrides", body).is(200).into(&o)
	if o.HandedOver != 0 {
		t.Errorf("%d are handed over", o.HandedOver)
	}
}

func TestWhatAnOverrideMayBe(t *testing.T) {
	w := open(t)
	end := monday.Add(time.Hour).Format(time.RFC3339)
	for _, x := range []struct {
		by, body string
		status   int
		field    string
	}{
		{"marta", `{"kind":"leave","agent":"marta","end":"` + end + `"}`, 200, ""},
		{"marta", `{"kind":"leave","agent":"oleg","end":"` + end + `"}`, 403, "agent"},
		{"marta", `{"kind":"swap","agent":"marta","instead":"marta","end":"` + end + `"}`, 422, "instead"},
		{"marta", `{"kind":"holiday","agent":"marta","end":"` + end + `"}`, 422, "kind"},
		{"marta", `{"agent":"rosa","end":"` + end + `"}`, 422, "agent"},
		{"marta", `{"agent":"marta"}`, 400, "end"},
		{"marta", `{"agent":"marta","start":"` + end + `","end":"` + end + `"}`, 422, "end"},
		{"marta", `{"agent":"marta","end":"2020-01-01T00:00:00Z"}`, 422, "end"},
		{"marta", `{"agent":"marta","end":"` + end + `","until":"x"}`, 400, "until"},
		{"rosa", `{"agent":"rosa","end":"` + end + `"}`, 200, ""},
		{"nobody", `{"agent":"marta","end":"` + end + `"}`, 401, ""},
	} {
		var p work.Problem
		w.ask(x.by, "POST", "/api/v1/oncall/overrides", x.body).is(x.status).into(&p)
		if x.status != 200 && p.Field != x.field {
			t.Errorf("%s: the field is %q, want %q: %s", x.body, p.Field, x.field, p.Detail)
		}
	}
	// All three away: the answer says when nobody is on.
	var o work.Overrides
	for _, agent := range []string{"ana", "oleg"} {
		w.ask("ana", "POST", "/api/v1/oncall/overrides", `{"kind":"leave","agent":"`+agent+`","end":"`+end+`"}`).is(200).into(&o)
	}
	if len(o.Items) != 3 || len(o.Gaps) != 1 || !strings.HasPrefix(o.Gaps[0], "nobody on Monday") {
		t.Errorf("%+v", o)
	}
}

func TestTheFeedIsASecretLink(t *testing.T) {
	w := open(t)
	var f work.Feed
	w.ask("marta", "GET", "/api/v1/oncall/feed", "").is(200).into(&f)
	get := func(path string) *httptest.ResponseRecorder {
		out := httptest.NewRecorder()
		w.api.ServeHTTP(out, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return out
	}
	if r := get(f.Path); r.Code != 200 || !strings.Contains(r.Body.String(), "SUMMARY:On call for Acme Air") || r.Header().Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	for _, path := range []string{strings.Replace(f.Path, "marta", "oleg", 1), "/oncall/marta.ics", "/oncall/x"} {
		if r := get(path); r.Code != 404 {
			t.Errorf("%s: %d", path, r.Code)
		}
	}
	first := f.Path
	w.ask("marta", "POST", "/api/v1/oncall/feed", `{}`).is(422)
	var second, third work.Feed
	for range 2 { // the answer was lost, and she asks again
		w.ask("marta", "POST", "/api/v1/oncall/feed", `{"made":0}`).is(200).into(&second)
	}
	if second.Made != 1 || second.Path == first || get(first).Code != 404 || get(second.Path).Code != 200 {
		t.Errorf("made anew: %+v, the old one %d, the new one %d", second, get(first).Code, get(second.Path).Code)
	}
	w.ask("marta", "POST", "/api/v1/oncall/feed", `{"made":1}`).is(200).into(&third)
	w.ask("marta", "GET", "/api/v1/oncall/feed", "").is(200).into(&f)
	if f != third || third.Made != 2 || get(second.Path).Code != 404 || get(third.Path).Code != 200 {
		t.Errorf("once more: %+v, %+v", f, third)
	}
	var his work.Feed
	w.ask("oleg", "GET", "/api/v1/oncall/feed", "").is(200).into(&his)
	if his.Made != 0 || get(his.Path).Code != 200 {
		t.Errorf("Oleg's is another: %+v", his)
	}
	// Marta leaves: the rule book names her no more, and her link ends with that.
	p, err := w.Setup.Policy()
	if err != nil {
		t.Fatal(err)
	}
	without, own := *p, *w.Setup
	without.Agents = slices.DeleteFunc(slices.Clone(p.Agents), func(a *policy.Agent) bool { return a.ID == "marta" })
	own.Rules = &without
	left, err := console.New(t.Context(), &own)
	if err != nil {
		t.Fatal(err)
	}
	w.api = left
	if r := get(third.Path); r.Code != 404 || get(his.Path).Code != 200 {
		t.Errorf("after she has left: %d, and Oleg's %d", r.Code, get(his.Path).Code)
	}
}
