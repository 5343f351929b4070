package pages_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// Marta hands over in the pages: Oleg is told in his queue, sees what is promised, and accepts; everybody else may only look.
func TestAShiftIsHandedOver(t *testing.T) {
	w := open(t)
	page, marta, oleg, ana := w.complaint(), w.as("marta"), w.as("oleg"), w.as("ana")
	marta.send(http.MethodPost, page+"/claim", marta.get(page).fields()).is(http.StatusSeeOther)
	w.Settle()
	form := marta.get("/console/handover").is(http.StatusOK).shows("What you have at Acme Air", "Ada Marsh", "due 11:00").fields()
	if form.Has("now") {
		t.Error("an agent may give at once")
	}
	form.Set("to", "marta")
	form.Set("note", "She <b>waits</b> for a call.")
	marta.send(http.MethodPost, "/console/handover", form).is(http.StatusUnprocessableEntity).shows("Name another than whose shift it is.", "She <b>waits</b> for a call.")
	form.Set("to", "oleg")
	for range 2 { // a double click
		marta.send(http.MethodPost, "/console/handover", form).is(http.StatusSeeOther)
	}
	marta.get("/console/handover?said=offered").shows("Offered:", "Marta Lindqvist offers 1 to Oleg Savchuk", "Until Oleg Savchuk accepts", "Take it back")
	oleg.get("/console").shows("A shift is offered to you.")
	seen := oleg.get("/console/handover").is(http.StatusOK).shows("Marta Lindqvist offers 1 to Oleg Savchuk", "She <b>waits</b> for a call.", "Ada Marsh", "Accept: they are mine from now on", "Decline")
	id := regexp.MustCompile(`/console/handover/([a-z0-9]+)/accept`).FindStringSubmatch(seen.Body.String())[1]
	ana.send(http.MethodPost, "/console/handover/"+id+"/accept", ana.get("/console/handover").fields()).is(http.StatusForbidden).shows("It is offered to somebody else.")
	oleg.send(http.MethodPost, "/console/handover/"+id+"/steal", seen.fields()).is(http.StatusNotFound)
	oleg.send(http.MethodPost, "/console/handover/"+id+"/accept", seen.fields()).is(http.StatusSeeOther)
	oleg.get(page).shows("Handed over by Marta Lindqvist: She <b>waits</b> for a call.")
	form = oleg.get(page).fields() // a person's own words are nobody else's to translate, however they begin
	form.Set("note", "Handed over by Marta on the phone")
	oleg.send(http.MethodPost, page+"/note", form).is(http.StatusSeeOther)
	w.Settle()
	oleg.send(http.MethodGet, page, nil, "Accept-Language", "it").shows("Passata da Marta Lindqvist: She <b>waits</b> for a call.", "Handed over by Marta on the phone")
	if strings.Contains(oleg.get("/console").text(), "A shift is offered") {
		t.Error("what was accepted is offered still")
	}
	marta.send(http.MethodPost, "/console/handover/"+id+"/decline", marta.get("/console/handover").fields()).is(http.StatusNotFound).shows("not offered any more")
	ana.get("/console/handover").shows("Whose shift", "Give at once, without asking")
}
