package pages_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Nobody answers Ada in time: who is called, what is late and what broke stands between the messages at its time, with why, also in Italian; what one turn did is a line, and several are folded.
func TestWhatWasDoneStandsBetweenTheMessages(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	do := func(doing string, pairs ...string) {
		t.Helper()
		marta.send(http.MethodPost, page+"/"+doing, with(marta.get(page).fields(), pairs...)).is(http.StatusSeeOther)
	}
	do("claim")
	do("assign", "to", "oleg", "handover", "Speaks English")
	do("snooze", "until_local", "2026-11-23T10:30")
	w.Turn(4 * time.Hour)
	marta = w.as("marta") // the session has ended
	do("reply", "text", "Dear Ada, it is found.", "crossed", "yes")
	w.Settle()
	do("resolve")
	w.Turn(time.Minute)
	do("note", "note", "He has called.")
	do("reopen")
	got := marta.get(page).is(http.StatusOK)
	got.shows("Marta Lindqvist took it.", "Marta Lindqvist gave it to Oleg Savchuk.", "Marta Lindqvist put it off; what was promised still holds.", "It came back: its time to rest is over.",
		"The first answer falls due soon.", "The first answer is late.", "was called: it is late", "The promise is broken.", "The promise is broken", "Marta Lindqvist resolved it.", "things happened: ")
	body := got.Body.String()
	at := []int{strings.Index(body, "gave it to Oleg"), strings.Index(body, "The first answer is late."), strings.Index(body, "Dear Ada, it is found."), strings.LastIndex(body, "resolved it.")}
	if !slices.IsSorted(at) || at[0] < strings.Index(body, `class="piece message in"`) {
		t.Errorf("they stand at %v", at)
	}
	if n := strings.Count(body, "The promise is broken."); n != 1 {
		t.Errorf("it says %d times that the promise is broken: the late answer breaks it no more", n)
	}
	got.shows("First answer: by the rule for mail, priority high.", "Resolution: by the rule for any channel, any priority.")
	if strings.Contains(body, "first_response") || regexp.MustCompile(`<p class="deed"><span>Marta Lindqvist opened it again.`).FindString(body) == "" {
		t.Errorf("what stands alone is no line of its own:\n%s", regexp.MustCompile(`(?s)<p class="deed">.*?</p>`).FindAllString(body, -1))
	}
	marta.in("it", page).shows("Marta Lindqvist l’ha assegnata a Oleg Savchuk.", "La prima risposta è in ritardo.", "La promessa non è stata mantenuta.", "Prima risposta: secondo la regola per e-mail, priorità alta.", "Sono successe ")

	// Her next matter shows what became of the promise in this one, and counts both.
	next := w.writes(2, "ada@home.example", "Suitcase again", "Where is my suitcase?")
	before := marta.get(next).is(http.StatusOK)
	before.shows("promise 13:00 broken", "2 promises: 1 broken, 1 to come")
	marta.in("it", next).shows("promessa 13:00 non mantenuta", "2 promesse: 1 non mantenuta, 1 da mantenere")
}
