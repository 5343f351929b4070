package browser

import (
	"strings"
	"testing"

	"pronto/infra/pronto/edge"
)

// stands keeps a page as it is: somebody has marked a sentence in it, and nothing fresh takes it from under her.
func (p *person) stands() {
	p.t.Helper()
	p.says(`getSelection().selectAllChildren(document.querySelector("#timeline .text"))`)
	p.until("nothing is under way", `!document.querySelector(".htmx-request")`)
}

// A shift, from the first mail until Ana signs out. Three are at the desk: she, Oleg by night, Marta on a phone.
func TestAShift(t *testing.T) {
	h := open(t)
	ana, oleg, marta := h.sits(desktop), h.sits(screen{width: 1280, height: 860, dark: true}), h.sits(phone)
	for who, p := range map[string]*person{"ana": ana, "oleg": oleg, "marta": marta} {
		p.signsIn(who)
		p.sees("Breathe.")
	}
	ana.macro()
	h.mail("ada@home.example", "Ada Marsh", "1@home.example", "Broken suitcase", "My suitcase arrived broken. This is terrible service.")
	page := "/console/conversations/" + h.receipt("ada@home.example").Conversation
	for _, p := range []*person{ana, oleg} { // the queue shows it by itself
		p.sees("Broken suitcase")
		p.clicks(".row .open")
		p.sees("Answer Ada Marsh")
	}
	h.twoLook(ana, oleg)
	h.threeAnswer(page, ana, oleg, marta)
	h.sendsLaterOrNot(ana)
	h.passesOn(ana)
	h.goesHome(ana, oleg)
}

// macro lets the lead prepare an answer, and come back to the queue.
func (p *person) macro() {
	p.t.Helper()
	p.goes("/console/macros")
	p.types("#name-new", "Lost and found")
	p.types("#text-new-en", "We look for it, {name|customer}, and write again by tomorrow.")
	p.types("#tags-new", "bags")
	p.clicks("form .go")
	p.sees("then tag it bags")
	p.goes("/console")
}

// twoLook: each sees the other come and type; of two who claim, one is quicker, and the other is told who.
func (h *house) twoLook(ana, oleg *person) {
	h.t.Helper()
	oleg.sees("Ana Ferrante looks at this, too")
	ana.sees("Oleg Savchuk looks at this, too")
	oleg.types("#text", "Dear Ada, here is a voucher.")
	oleg.stands()
	ana.clicks("#do-claim")
	ana.sees("It is yours.")
	oleg.expects("status of 412")
	oleg.clicks("#do-claim")
	oleg.sees("Ana Ferrante was quicker and has it now.")
	oleg.until("the alert has the focus", `document.activeElement.id === "alert"`)
	if kept := oleg.says(`document.querySelector("#text").value`); kept != "Dear Ada, here is a voucher." {
		h.t.Errorf("what was typed is now %q", kept)
	}
	oleg.picture("quicker-dark")
	ana.types("#text", "Dear Ada, we pay for it.")
	oleg.sees("Ana Ferrante is typing")
	oleg.picture("typing-dark")
	oleg.until("she pauses, and is seen to", `document.querySelector("#strip").textContent.includes("Ana Ferrante looks at this, too")`)
}

// threeAnswer: the first answer leaves, and the others are held back until their writers have seen what it says.
func (h *house) threeAnswer(page string, ana, oleg, marta *person) {
	h.t.Helper()
	marta.goes(page)
	marta.types("#text", "Dear Ada, which colour has it?")
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
		h.t.Errorf("what was typed is now %q", kept)
	}
	marta.clicks("#do-anyway") // it is right all the same
	marta.sees("Your answer is on its way.")
	ana.sees("Dear Ada, which colour has it?") // by itself
	ana.sees("Marta Lindqvist answered at")
	oleg.clicks("#do-anyway") // and that is new again
	oleg.sees("Marta Lindqvist")
	oleg.sees("Dear Ada, which colour has it?")
	oleg.accessible(axe(h.t), "an answer that is held back")
	marta.goes("/console") // gone, and not only faded: who has faded has looked
	ana.until("Marta is seen to go", `!/Marta Lindqvist (looks|looked|is typing)/.test(document.querySelector("#strip").textContent)`)
	ana.picture("left-wide")
}

// sendsLaterOrNot: an answer that is to leave later is taken back, gets a macro, and leaves now.
func (h *house) sendsLaterOrNot(ana *person) {
	h.t.Helper()
	h.mail("bruno@posta.example", "Bruno Salvi", "1@posta.example", "My umbrella", "I left my umbrella in seat 3C. Can you look for it?")
	ana.goes("/console/conversations/" + h.receipt("bruno@posta.example").Conversation)
	ana.clicks("#do-claim")
	ana.sees("It is yours.")
	ana.types("#text", "Dear Bruno,")
	ana.clicks("#more-later summary")
	ana.clicks(`#more-later button[name="at"]`)
	ana.until("it is to leave later", `document.querySelector("#strip .leaving time") && !document.querySelector("#text").value`)
	ana.listens()
	ana.keys("u")
	ana.sees("Taken back")
	ana.until("it is there to be written anew", `document.querySelector("#text").value === "Dear Bruno," && !document.querySelector("#strip .leaving")`)
	ana.picks("#macro", ana.says(`document.querySelector("#macro optgroup option").value`))
	ana.clicks("#do-macro")
	ana.sees("Inserted: Lost and found.")
	ana.clicks("#do-reply")
	ana.sees("Your answer is on its way.")
	answer := h.leaves("the answer", func(e edge.Piece) bool { return e.Kind == "reply" && e.To == "bruno@posta.example" })
	if !strings.HasPrefix(answer.Text, "Dear Bruno,") || !strings.Contains(answer.Text, "We look for it, Bruno Salvi, and write again") || strings.Count(answer.Text, "Dear") != 1 {
		h.t.Errorf("it says %q", answer.Text)
	}
}

// passesOn: what is too hard for now goes to another, and nothing says why.
func (h *house) passesOn(ana *person) {
	h.t.Helper()
	h.mail("hugo@lane.example", "Hugo Lane", "1@lane.example", "Rebooked twice", "You have rebooked me twice, and I am very disappointed. This is terrible.")
	ana.goes("/console/conversations/" + h.receipt("hugo@lane.example").Conversation)
	ana.clicks("#do-claim")
	ana.sees("It is yours.")
	ana.clicks("#do-pass")
	ana.sees("Passed on. Nobody asks why.")
	ana.until("another has it", `/Has it: (Marta Lindqvist|Oleg Savchuk)/.test(document.querySelector("#strip").textContent.replace(/\s+/g, " "))`)
}

// goesHome: what Ana has and has promised is offered to Oleg with a word, stays hers until he accepts, and then she may go.
func (h *house) goesHome(ana, oleg *person) {
	h.t.Helper()
	ana.goes("/console/handover")
	ana.sees("My umbrella")
	ana.picks("#to", "oleg")
	ana.types("#note", "Look in seat 3C first.")
	ana.clicks("form .go")
	ana.sees("Offered: it stays with its agent until somebody accepts.")
	ana.sees("Until Oleg Savchuk accepts, they stay with Ana Ferrante.")
	oleg.goes("/console")
	oleg.clicks(`.said a[href="/console/handover"]`)
	oleg.sees("Look in seat 3C first.")
	oleg.accessible(axe(h.t), "a shift that is offered")
	oleg.picture("offered-dark")
	oleg.clicks("section form .go")
	oleg.sees("They are yours now.")
	oleg.sees("My umbrella")
	ana.goes("/console/handover")
	ana.sees("Nothing: you may go.")
	ana.clicks("footer form button")
	ana.sees("You are signed out")
	ana.goes("/console")
	ana.sees("Who are you?")
}
