package browser

import (
	"fmt"
	"strings"
	"testing"
)

// goesOn puts a text into a field that has one, as a person does who goes on there.
func (p *person) goesOn(selector, text string) {
	p.t.Helper()
	p.says(fmt.Sprintf(`(e => { e.focus(); e.value = %q; e.dispatchEvent(new Event("input", { bubbles: true })); return ""; })(document.querySelector(%q))`, text, selector))
}

// keeps waits until the desk has all that is typed: nothing of it is the tab's alone.
func (p *person) keeps() {
	p.t.Helper()
	p.until("the desk has what is typed", `Object.keys(sessionStorage).every((k) => !k.startsWith("draft:"))`)
}

func (p *person) has(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("%s has %q", selector, text), fmt.Sprintf(`document.querySelector(%q)?.value === %q`, selector, text))
}

// Ana begins an answer and a note on her phone, goes on at her desk, and types on at both: she is asked which is right. Sent from one it goes from the other by itself. Without
// scripts it is there, too, and is kept by a press; and after signing out.
func TestADraftGoesFromThePhoneToTheDesk(t *testing.T) {
	h := open(t)
	h.mail("ada@home.example", "Ada Marsh", "1@home.example", "Broken suitcase", "My suitcase arrived broken. This is terrible service.")
	page := "/console/conversations/" + h.receipt("ada@home.example").Conversation
	plain := phone
	plain.noScripts = true
	there, here, silent := h.sits(phone), h.sits(desktop), h.sits(plain)
	for _, p := range []*person{there, here} {
		p.expects("status of 409")
		p.signsIn("ana")
	}
	there.goes(page)
	there.clicks("#more-note > summary")
	there.types("#note", "Seat 3C.")
	there.types("#text", "Dear Ada, we look for it.")
	there.sees("Draft kept, ")
	there.keeps()
	there.fits()
	there.picture("draft-phone")

	here.goes("/console?view=all")
	here.until("the queue says where", `document.querySelector(".row .tag")?.textContent === "Draft"`)
	here.picture("draft-queue")
	here.clicks(".row .open")
	here.has("#text", "Dear Ada, we look for it.")
	here.has("#note", "Seat 3C.")
	here.goesOn("#text", "Dear Ada, we look for it in Rome.")
	here.keeps()

	there.goesOn("#text", "Dear Ada, we have it.")
	there.sees("Also being written elsewhere, ")
	there.until("what was kept before is not said beside it", `document.getElementById("kept").textContent === ""`)
	there.has("#text", "Dear Ada, we have it.")
	there.fits()
	there.accessible(axe(t), "a draft that is elsewhere, too")
	there.picture("elsewhere-phone")
	there.clicks("#elsewhere-reply [name=over]") // keep this
	there.until("nothing is asked any more", `document.querySelector("#elsewhere-reply .acts").hidden`)
	there.has("#text", "Dear Ada, we have it.")

	here.says(`document.dispatchEvent(new Event("visibilitychange"))`) // she comes back to it
	here.sees("Also being written elsewhere, ")
	here.picture("elsewhere-wide")
	here.clicks("#elsewhere-reply [name=take]") // take that
	here.has("#text", "Dear Ada, we have it.")
	here.until("nothing is asked any more", `document.querySelector("#elsewhere-reply .acts").hidden`)

	silent.goes("/console")
	silent.clicks(`button[value="ana"]`)
	silent.clicks(".row .open")
	silent.has("#text", "Dear Ada, we have it.")
	silent.clicks("#do-keep")
	silent.sees("Kept as a draft: you find it on each of your devices")
	silent.fits()
	silent.picture("draft-without-scripts")

	here.clicks("#do-reply")
	here.sees("Your answer is on its way.")
	here.has("#text", "")
	there.has("#text", "") // by itself
	there.has("#note", "Seat 3C.")

	here.expects("status of 422")
	here.says(`document.querySelector("#note").closest("details").open = true, ""`)
	here.goesOn("#note", strings.Repeat("Dear Ada, ", 2001))
	here.sees("Not kept as a draft. A text has 20000 characters at most")
	here.goesOn("#note", "Seat 3C.")
	here.keeps()

	there.clicks("footer form button")
	there.sees("You are signed out")
	there.signsIn("ana")
	there.goes(page)
	there.has("#text", "")
	there.has("#note", "Seat 3C.")
	there.clicks("#do-note")
	there.sees("Note kept.")
	here.goes(page)
	here.has("#note", "")
}
