package browser

import (
	"testing"
)

// Ana and two others are at one conversation. They see each other come, type and go; of three answers the first leaves, and the others are held back until their writers
// have seen what it says.
func TestTwoSeeEachOtherAndOneAnswers(t *testing.T) {
	h := open(t)
	h.mail("ada@home.example", "Ada Marsh", "1@home.example", "Broken suitcase", "My suitcase arrived broken. This is terrible service.")
	page := "/console/conversations/" + h.receipt("ada@home.example").Conversation
	ana, oleg, marta := h.sits(desktop), h.sits(screen{width: 1280, height: 860, dark: true}), h.sits(phone)
	for who, p := range map[string]*person{"ana": ana, "oleg": oleg, "marta": marta} {
		p.signsIn(who)
	}
	ana.goes(page)
	oleg.goes(page)
	oleg.sees("Ana Ferrante looks at this, too")
	ana.sees("Oleg Savchuk looks at this, too") // by itself
	ana.types("#text", "Dear Ada, we pay for it.")
	oleg.sees("Ana Ferrante is typing")
	oleg.picture("typing-dark")
	oleg.until("she pauses, and is seen to", `document.querySelector("#strip").textContent.includes("Ana Ferrante looks at this, too")`)
	marta.goes(page)
	marta.types("#text", "Dear Ada, which colour has it?")
	oleg.types("#text", "Dear Ada, here is a voucher.")
	ana.clicks("#do-reply")
	ana.sees("Your answer is on its way.")

	for _, p := range []*person{oleg, marta} {
		p.expects("status of 409")
		p.clicks("#do-reply")
		p.sees("What you have not seen")
		p.sees("Dear Ada, we pay for it.")
		p.until("the alert has the focus", `document.activeElement.id === "alert"`)
		p.fits()
	}
	oleg.picture("crossed-dark")
	marta.picture("crossed-phone")
	if kept := oleg.says(`document.querySelector("#text").value`); kept != "Dear Ada, here is a voucher." {
		t.Errorf("what was typed is now %q", kept)
	}
	marta.clicks("#do-anyway") // it is right all the same
	marta.sees("Your answer is on its way.")
	oleg.clicks("#do-anyway") // and that is new again
	oleg.sees("Marta Lindqvist")
	oleg.sees("Dear Ada, which colour has it?")

	marta.goes("/console") // gone at once, and not three quarters of a minute later
	ana.until("Marta is seen to go", `!document.querySelector("#strip").textContent.includes("Marta Lindqvist looks")`)
	ana.picture("left-wide")
	oleg.accessible(axe(t), "an answer that is held back")
}
