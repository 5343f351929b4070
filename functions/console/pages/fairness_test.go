package pages_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
)

// Everybody of the brand sees how a month is shared, and how that is counted; who changes the rota is told who has had least of what weighs and is free.
func TestEverybodySeesHowTheMonthIsShared(t *testing.T) {
	w := open(t)
	marta, ana := w.as("marta"), w.as("ana")
	rows, err := csv.NewReader(marta.get("/console/on-call/fairness.csv?month=2026-11").is(http.StatusOK).Body).ReadAll()
	if err != nil || len(rows) < 3 || strings.Join(rows[0], ",") != "agent,name,night_hours,weekend_hours,holiday_hours,any_hours,all_hours,hard_conversations,night_calls,weekend_calls,holiday_calls,any_calls,all_calls" {
		t.Fatalf("%v %v", rows, err)
	}
	page := marta.get("/console/on-call/fairness").is(http.StatusOK).shows("How it is shared Acme Air, November 2026", "It is no ranking", "Night is from 22:00 to 06:00", "on which Acme Air is closed", "The team, from least to most")
	at := 0
	for _, row := range rows[1:] {
		i := strings.Index(page.text(), row[1]+" "+strings.TrimSuffix(row[2], ".00"))
		if i <= at {
			t.Errorf("%v is not on the page, or not in its place: %s", row, page.text())
		}
		at = i
	}
	if body := page.Body.String(); !strings.Contains(body, "month=2026-12") || !strings.Contains(body, "month=2026-10") {
		t.Error("there is no way to other months")
	}
	if body := marta.get("/console/on-call/fairness?month=2026-09").is(http.StatusOK).Body.String(); strings.Contains(body, "month=2026-08") {
		t.Error("there is a way to a month that is known no more")
	}
	if row := rows[1]; strings.Join(row[8:], "") != "" {
		t.Errorf("calls that nobody counted are %v", row)
	}
	page.shows("Nobody has been called since calls are counted.")
	marta.get("/console/on-call/fairness?month=2026-10").is(http.StatusOK).shows("How often somebody was called is not known: it was not counted yet.")
	if text := marta.get("/console/on-call/fairness?month=2026-12").text(); strings.Contains(text, "called") && strings.Contains(text, "Calls ") {
		t.Errorf("of December nobody knows calls yet: %s", text)
	}
	w.SendMail("mira@home.example", "From: mira@home.example\nTo: care@acme.example\nSubject: Help\nMessage-ID: <u@home.example>\n\nI am stranded at the airport with a medical emergency, please help me now!\n", "care@acme.example")
	w.Settle()
	marta.get("/console/on-call/fairness").is(http.StatusOK).shows("Calls of the month, by person Who at night on weekends on holidays any of these all calls Ana Ferrante 0 0 0 0 0 Marta Lindqvist 0 0 0 0 1", "Oleg Savchuk 0 0 0 0 0 The team, from least to most 0 0 0 0 0–1 Calls are counted from 23 November on.")
	marta.send(http.MethodGet, "/console/on-call/fairness", nil, "Accept-Language", "it").shows("Chiamate", "Le chiamate si contano dal 23 novembre in poi.")
	ana.get("/console/on-call").shows("How nights, weekends and hard conversations are shared", "Of those who are free now, Ana Ferrante has the fewest hours at night, on weekends and on holidays in November:")
	ana.send(http.MethodPost, "/console/on-call/add", ana.rota("kind", "leave", "agent", "ana", "end", "2026-11-24T09:00")).is(http.StatusSeeOther)
	if text := ana.get("/console/on-call").text(); strings.Contains(text, "Of those who are free") {
		t.Errorf("all of the rota are on or away, and somebody is free: %s", text)
	}
}
