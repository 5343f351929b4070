package pages_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// changes is what the page says below the heading of a brand's changes, up to the form.
func (s seen) changes() string {
	s.t.Helper()
	_, rest, found := strings.Cut(s.text(), "’s rota ")
	if !found {
		s.t.Fatalf("no changes here: %s", s.text())
	}
	list, _, _ := strings.Cut(rest, "Change who is on")
	return list
}

// rota is the form of the page of a brand, with what is typed in it.
func (b *browser) rota(typed ...string) url.Values {
	b.t.Helper()
	form := b.get("/console/on-call?brand=acme-air").is(http.StatusOK).fields()
	for i := 0; i+1 < len(typed); i += 2 {
		form.Set(typed[i], typed[i+1])
	}
	return form
}

// Marta is ill at noon and says so herself; a lead sends Oleg. Both count at once, both say who made them, and each may be taken back by who made it or by a lead.
func TestTheRotaIsChangedOnThePage(t *testing.T) {
	w := open(t)
	marta, oleg, ana := w.as("marta"), w.as("oleg"), w.as("ana")
	marta.get("/console/on-call").is(http.StatusOK).shows("Marta Lindqvist is called first", "None: everybody is on as the rule book says.",
		"Mon 23 Nov until 09:00", "from 09:00 Marta Lindqvist, then Oleg Savchuk", "Tue 24 Nov all day Marta Lindqvist, then Oleg Savchuk", "Thu 24 Dec")

	away := marta.rota("kind", "leave", "agent", "marta", "end", "2026-11-23T18:00", "why", "Fever.")
	marta.send(http.MethodPost, "/console/on-call/add", away).is(http.StatusSeeOther)
	marta.send(http.MethodPost, "/console/on-call/add", away).is(http.StatusSeeOther) // pressed twice
	page := marta.get("/console/on-call?brand=acme-air&said=rota").shows("The rota is changed.", "Oleg Savchuk is called first")
	if got := page.changes(); strings.Count(got, "Marta Lindqvist is away") != 1 || !strings.Contains(got, "Mon 23 Nov 2026, 10:00 to 18:00 Fever. made by Marta Lindqvist, 10:00") {
		t.Errorf("the changes are %s", got)
	}

	ana.send(http.MethodPost, "/console/on-call/add", ana.rota("kind", "override", "agent", "marta", "instead", "oleg", "start", "2026-11-24T09:00", "end", "2026-11-25T09:00")).is(http.StatusSeeOther)
	page = oleg.get("/console/on-call").shows("Marta Lindqvist is on in place of Oleg Savchuk", "Tue 24 Nov 2026, 09:00 to Wed 25 Nov 2026, 09:00", "made by Ana Ferrante")
	if strings.Contains(page.Body.String(), "Take back") {
		t.Error("Oleg may take back what others made")
	}

	id := html.UnescapeString(regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(marta.get("/console/on-call").Body.String())[1])
	back := oleg.rota("id", id)
	oleg.send(http.MethodPost, "/console/on-call/remove", back).is(http.StatusForbidden).shows("Only who made it or a lead may take it back.")
	back = marta.rota("id", id)
	marta.send(http.MethodPost, "/console/on-call/remove", back).is(http.StatusSeeOther)
	marta.get("/console/on-call?said=rota_back").shows("Taken back", "Marta Lindqvist is called first")
	back.Set("key", "another")
	marta.send(http.MethodPost, "/console/on-call/remove", back).is(http.StatusConflict).shows("It was taken back already")
}

// What is wrong is said at its field, and what was typed is still there.
func TestAWrongChangeOfTheRotaKeepsWhatWasTyped(t *testing.T) {
	w := open(t)
	marta := w.as("marta")
	for _, c := range []struct {
		field, value, wrong, words string
		status                     int
	}{
		{"end", "", "end", "Choose until when.", 422},
		{"end", "tomorrow", "end", "Write a day and a time, as 2026-11-23T09:00.", 422},
		{"end", "2026-11-22T18:00", "end", "Let it end after it begins.", 422},
		{"end", "2027-03-28T02:30", "end", "The clock of Europe/Rome skips this time: choose one before or after.", 422},
		{"start", "x", "start", "Write a day and a time", 422},
		{"agent", "ana", "agent", "Put yourself on or away; only a lead may others.", 403},
		{"agent", "rosa", "agent", "Write the id of an agent of this brand.", 422},
		{"instead", "marta", "instead", "A swap is between two: name another agent.", 422},
		{"kind", "leave", "instead", "A leave has no substitute", 422},
	} {
		form := marta.rota("kind", "swap", "agent", "marta", "instead", "oleg", "start", "2026-11-23T12:00", "end", "2026-11-24T12:00", "why", "The <dentist>.")
		form.Set(c.field, c.value)
		page := marta.send(http.MethodPost, "/console/on-call/add", form).is(c.status).shows(c.words, "The <dentist>.")
		body := page.Body.String()
		if m := regexp.MustCompile(`<[a-z]+ [^>]*name="` + c.wrong + `"[^>]* aria-invalid="true" aria-describedby="rota-alert"`).FindString(body); m == "" || strings.Count(body, "aria-invalid") != 1 {
			t.Errorf("%s %q: the field at fault is not marked", c.field, c.value)
		}
		if c.field != "start" && !strings.Contains(body, `value="2026-11-23T12:00"`) || !strings.Contains(body, `<details class="more" id="more-rota" open>`) {
			t.Errorf("%s %q: what was typed is gone", c.field, c.value)
		}
		if !strings.Contains(page.changes(), "None") {
			t.Errorf("%s %q has changed the rota: %s", c.field, c.value, page.changes())
		}
	}
	form := marta.rota("kind", "leave", "agent", "marta", "end", "2026-11-24T12:00", "brand", "other-air")
	marta.send(http.MethodPost, "/console/on-call/add", form).is(http.StatusNotFound)
	marta.get("/console/on-call?brand=other-air").is(http.StatusNotFound)
}

// When all are away the page says when nobody is on, in words, at the change and at the month.
func TestGapsAreSaidInWords(t *testing.T) {
	w := open(t)
	ana := w.as("ana")
	for _, id := range []string{"marta", "oleg"} {
		ana.send(http.MethodPost, "/console/on-call/add", ana.rota("kind", "leave", "agent", id, "start", "2026-11-24T12:00", "end", "2026-11-24T14:00")).is(http.StatusSeeOther)
	}
	page := ana.get("/console/on-call").shows("Tue 24 Nov until 12:00 Marta Lindqvist, then Oleg Savchuk 12:00–14:00 nobody from 14:00")
	if got := strings.Count(page.text(), "Nobody on Tuesday 24 November 12:00 until 14:00 (2026, Europe/Rome)."); got != 3 {
		t.Errorf("the gap is said %d times: %s", got, page.text())
	}
}

// The page names the agent's own calendar, whose link works for a program that is not signed in.
func TestThePageNamesTheCalendar(t *testing.T) {
	w := open(t)
	link := regexp.MustCompile(`readonly value="` + console + `(/oncall/[^"]+)"`)
	mine := link.FindStringSubmatch(w.as("marta").get("/console/on-call").Body.String())
	others := link.FindStringSubmatch(w.as("oleg").get("/console/on-call").Body.String())
	if mine == nil || others == nil || mine[1] == others[1] {
		t.Fatalf("the links are %q and %q", mine, others)
	}
	rec := httptest.NewRecorder()
	w.API().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, console+html.UnescapeString(mine[1]), nil))
	if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "Marta Lindqvist\\, on call") {
		t.Errorf("the calendar is %d %.200s", rec.Code, rec.Body)
	}
}

// The day's page foresees what will be late, to everybody, and tells leads how many promises were kept.
func TestTheDayHasItsPromises(t *testing.T) {
	w := open(t)
	page, marta, ana := w.complaint(), w.as("marta"), w.as("ana")
	marta.get("/console/day").shows("None will breach by Monday 11:00, on call has room for", "2 on call, each with an answer every 10 minutes: assumed")
	ana.get("/console/day").shows("Promises kept 17 November to 23 November No promise of these days has ended.")
	w.Turn(59 * time.Minute)
	if got := marta.get("/console/day").shows("Ada Marsh due 11:00 , at this pace answered 11:09", "1 will breach by Monday 11:00, on call has room for 0."); !strings.Contains(got.Body.String(), `<a href="`+page+`">`) {
		t.Error("the page does not lead to what will be late")
	}
	for range 150 {
		w.Turn(time.Minute)
	}
	marta, ana = w.as("marta"), w.as("ana") // their sessions are over
	form := marta.get(page).fields()
	form.Set("text", "We have found it.")
	marta.send(http.MethodPost, page+"/reply", form).is(http.StatusSeeOther)
	ana.get("/console/day").shows("All 0 of 1 0% 1", "By mail 0 of 1 0% 1", "In English 0 of 1 0% 1")
	ana.get("/console/day?day=2026-11-22").shows("No promise of these days has ended.")
	if strings.Contains(marta.get("/console/day").text(), "Promises kept") {
		t.Error("Marta is no lead, and sees the rate")
	}
}
