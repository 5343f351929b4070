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

// Marta leaves: Ana, a lead, sees what she has, lets her go, and Marta's session, open on her screen, is of no use from then on; Oleg has her conversation, with the note.
func TestALeadLetsSomebodyGo(t *testing.T) {
	w := open(t)
	page, marta, oleg, ana := w.complaint(), w.as("marta"), w.as("oleg"), w.as("ana")
	marta.send(http.MethodPost, page+"/claim", marta.get(page).fields()).is(http.StatusSeeOther)
	w.Settle()
	if strings.Contains(marta.get("/console/handover").text(), "Somebody leaves") {
		t.Error("an agent may let others go")
	}
	at := "/console/leaving?brand=acme-air&agent=marta"
	oleg.get(at).is(http.StatusForbidden)
	ana.get("/console/handover").shows("Somebody leaves", "See what they have")
	ana.get("/console/leaving?brand=acme-air&agent=ana").is(http.StatusUnprocessableEntity).shows("Another lead lets you go")
	form := ana.get(at).is(http.StatusOK).shows("Marta Lindqvist leaves", "What Marta Lindqvist has at Acme Air", "Open conversations: 1", "Ada Marsh", "due 11:00", "Shifts in the next sixty days", "Mon 23 Nov, 10:00 – ", "Let them go now").fields()
	oleg.get("/console/on-call").shows("None: everybody is on as the rule book says.")
	ana.get("/console/leaving?brand=acme-air&agent=").is(http.StatusSeeOther) // to where one is chosen
	if form.Get("to") != "" {
		t.Errorf("%q is chosen before anybody has", form.Get("to"))
	}
	ana.send(http.MethodPost, "/console/leaving", form).is(http.StatusUnprocessableEntity).shows("Choose who has it then, or everybody")
	form.Set("note", "She is at another airline now.")
	form.Set("to", "marta")
	ana.send(http.MethodPost, "/console/leaving", form).is(http.StatusUnprocessableEntity).shows("who stays", "She is at another airline now.")
	form.Set("to", "oleg")
	for range 2 { // a double click
		ana.send(http.MethodPost, "/console/leaving", form).is(http.StatusSeeOther)
	}
	w.Settle()
	marta.get(page).is(http.StatusSeeOther) // to sign in
	ana.get(at+"&said=left").shows("Nobody is let in by that id any more", "Oleg Savchuk does the shifts.", "Open conversations: 0", "pronto agent remove marta", "Let them in again")
	oleg.get(page).shows("Handed over by Marta Lindqvist: She is at another airline now.", "Marta Lindqvist has left: Oleg Savchuk has it.")
	if on := oleg.get("/console/on-call").text(); !strings.Contains(on, "Marta Lindqvist has left now since Mon 23 Nov 2026, 10:00 Oleg Savchuk does the shifts. made by Ana Ferrante") || strings.Contains(on, "as the rule book says") {
		t.Errorf("on call is said: %s", on)
	}
	ana.send(http.MethodGet, at, nil, "Accept-Language", "it").shows("Marta Lindqvist se ne va", "I turni li fa Oleg Savchuk.")
	form = ana.get(at).fields()
	form.Set("return", "true")
	ana.send(http.MethodPost, "/console/leaving", form).is(http.StatusSeeOther)
	marta.get(page).is(http.StatusOK)
}
