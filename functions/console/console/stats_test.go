package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// One complaint is answered in time, one is not; a third waits. The numbers say so, by channel, language and hour.
func TestPromisesAreCounted(t *testing.T) {
	w := open(t)
	for n := 1; n <= 3; n++ {
		w.mail(n, "My suitcase", "My suitcase is lost and nobody answers. This is unacceptable! "+strings.Repeat("!", n))
	}
	page := w.view("marta", "view=all")
	if len(page.Items) != 3 {
		t.Fatalf("%d conversations", len(page.Items))
	}
	var f work.Forecast
	w.ask("marta", "GET", "/api/v1/forecast", "").is(200).into(&f)
	if f.Open != 3 || f.OnCall != 2 || f.Measured != 0 || len(f.Late) != 0 || !strings.HasPrefix(f.Words, "none will breach by Monday 11:00") {
		t.Errorf("the forecast is %+v", f)
	}
	w.ask("marta", "POST", conv(page.Items[0].ID, "reply"), `{"text":"We have found it."}`).is(200)
	w.Turn(50 * time.Minute)
	w.ask("marta", "GET", "/api/v1/forecast", "").is(200).into(&f)
	if len(f.Late) != 2 || !strings.HasPrefix(f.Words, "2 will breach by Monday 11:00, on call has room for 0") {
		t.Errorf("ten minutes before, the forecast is %+v", f)
	}
	for range 150 {
		w.Turn(time.Minute)
	}
	w.ask("marta", "POST", conv(page.Items[1].ID, "reply"), `{"text":"We have found it, too."}`).is(200)
	var s work.PromiseStats
	w.ask("ana", "GET", "/api/v1/stats/promises?brand=acme-air&items=true", "").is(200).into(&s)
	if s.All.Kept != 1 || s.All.Broken != 2 || s.All.Renewed != 2 || *s.All.Rate < 0.33 || *s.All.Rate > 0.34 || s.ByChannel["email"].Broken != 2 || s.ByLanguage["en"].Kept != 1 || s.ByHour["10"].Broken != 2 {
		t.Errorf("promises: %+v", s)
	}
	answered := 0
	for _, e := range s.Items {
		if e.State == desk.PromiseBroken && !e.Answered.IsZero() {
			answered++
		}
	}
	if len(s.Items) != 3 || answered != 1 {
		t.Errorf("items: %+v", s.Items)
	}
	var b work.Board
	w.ask("ana", "GET", "/api/v1/stats/board?brand=acme-air", "").is(200).into(&b)
	if n := b.Now; n.Open != 1 || n.Breached != 1 || n.Hour != 0 || n.Oldest == nil || n.More {
		t.Errorf("the board says that now it is %+v", n)
	}
	today := b.Days[len(b.Days)-1]
	if len(b.Days) != 7 || today.Sum.Received != 3 || today.Sum.Receipted != 3 || !today.Sum.Balanced || today.Mood["negative"] != 3 || today.Kept.Kept != 1 || today.Kept.Broken != 2 || b.Promises.All.Broken != 2 {
		t.Errorf("the board's day is %+v of %d", today, len(b.Days))
	}
	for of, r := range map[string]*work.Spread{"all": b.Response.All, "email": b.Response.ByChannel["email"], "en": b.Response.ByLanguage["en"], "negative": b.Response.ByMood["negative"]} {
		if r.Answered != 2 || r.Unanswered != 1 || *r.P50 > 60 || *r.P90 < 3*3600 {
			t.Errorf("first answers of %s: %+v", of, r)
		}
	}
	n := s.All.Broken
	w.mail(4, "My bag", "My bag is lost, too, and nobody helps me.")
	page = w.view("marta", "view=all")
	i := slices.IndexFunc(page.Items, func(c work.Conversation) bool { return c.Subject == "My bag" })
	id := page.Items[i].ID
	promises := func(kept, givenUp int) {
		t.Helper()
		var s work.PromiseStats
		w.ask("ana", "GET", "/api/v1/stats/promises?brand=acme-air", "").is(200).into(&s)
		if s.All.Kept != kept || s.All.Broken != n || s.All.GivenUp != givenUp {
			t.Errorf("%d kept, %d given up: %+v", kept, givenUp, s.All)
		}
	}
	w.ask("marta", "POST", conv(id, "resolve"), "").is(200)
	promises(1, 1)
	w.ask("marta", "POST", conv(id, "undo"), "").is(200)
	promises(1, 0)
	w.ask("marta", "POST", conv(id, "resolve"), "").is(200)
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"Here it is."}`).is(200)
	promises(2, 0)
	w.ask("ana", "GET", "/api/v1/stats/promises?from=2026-01-01", "").is(422)
	w.ask("ana", "GET", "/api/v1/stats/promises?to=yesterday", "").is(400)
}
