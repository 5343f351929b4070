package pages_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// One complaint is answered, one breaks its promise: the board shows both, in words, in bars and as tables, to who leads the brand.
func TestTheBoard(t *testing.T) {
	w := open(t)
	page, ana := w.complaint(), w.as("ana")
	w.SendMail("leo@home.example", strings.ReplaceAll(strings.ReplaceAll(angry, "ada@", "leo@"), "Message-ID: <", "Message-ID: <2-"), "care@acme.example")
	w.Settle()
	form := ana.get(page).fields()
	form.Set("text", "Dear Ada, it is found.")
	ana.send(http.MethodPost, page+"/reply", form).is(http.StatusSeeOther)
	for range 200 {
		w.Turn(time.Minute)
	}
	ana = w.as("ana") // the session was idle for too long
	marta := w.as("marta")
	board := ana.get("/console/board?brand=acme-air").is(http.StatusOK).shows(
		"Acme Air 17 November to 23 November 2026", "1 waiting for an answer", "1 late already", "50% of promises kept",
		"First answers", "By mail", "1 and 1 not yet", "By the prior these answers kept about $20 of $40; $20 were left by waiting. An estimate: Harvard Business Review, January 2018", "What came in 2 received.", "Mood 2 unhappy, 0 neutral, 0 happy", "Promises 1 kept, 1 broken")
	body := board.Body.String()
	for _, want := range []string{`<title>Mon 23 Nov: 2 receipted</title>`, `<title>Mon 23 Nov: 2 unhappy</title>`, `<title>Mon 23 Nov: 1 broken</title>`} {
		if !strings.Contains(body, want) {
			t.Errorf("the board does not draw %s", want)
		}
	}
	for _, agent := range []string{"Marta", "Oleg"} {
		if strings.Contains(board.text(), agent) {
			t.Errorf("the board names %s: it is no ranking", agent)
		}
	}
	for _, link := range regexp.MustCompile(`/console/board\.csv[^"]+`).FindAllString(body, -1) {
		got := ana.get(strings.ReplaceAll(link, "&amp;", "&")).is(http.StatusOK)
		rows, err := csv.NewReader(got.Body).ReadAll()
		if err != nil || len(rows) < 2 || !strings.HasPrefix(got.Header().Get("Content-Disposition"), `attachment; filename="acme-air-`) {
			t.Errorf("%s: %v, %v", link, rows, err)
		}
	}
	days, err := csv.NewReader(ana.get("/console/board.csv?" + url.Values{"brand": {"acme-air"}, "table": {"days"}}.Encode()).Body).ReadAll()
	if last := strings.Join(days[len(days)-1], ","); err != nil || last != "2026-11-23,2,2,0,0,0,0,true,2,0,0,1,1,1,0" {
		t.Errorf("the last day is %s, %v", last, err)
	}
	if strings.Contains(marta.get("/console").Body.String(), "/console/board") {
		t.Error("the menu leads an agent to the leads' board")
	}
	marta.get("/console/board").is(http.StatusForbidden)
	ana.get("/console").shows("Board")
}
