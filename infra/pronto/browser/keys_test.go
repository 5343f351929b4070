package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pronto/infra/pronto/edge"
)

// calls opens the palette, names a page, and is led there.
func (p *person) calls(name, page string) {
	p.t.Helper()
	p.listens()
	p.run(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	p.until("the palette is open", `document.querySelector("#palette").open`)
	p.keys("go to " + strings.ToLower(name))
	p.until("it offers "+name, fmt.Sprintf(`document.querySelector("#offers li")?.textContent === %q`, "Go to "+name))
	p.keys(kb.Enter)
	p.until("it leads to "+page, fmt.Sprintf(`location.pathname === %q && document.activeElement === document.body`, page))
	p.listens()
}

// reaches presses Tab until the focus is where it is wanted. Each stop on the way can be seen, shows that it has the focus, and has a name.
func (p *person) reaches(selector string) {
	p.t.Helper()
	for range 60 {
		p.keys(kb.Tab)
		at := p.says(fmt.Sprintf(`(e => {
			if (e === document.body) return "nowhere";
			const style = getComputedStyle(e), label = [...(e.labels || [])].map(l => l.textContent).join(" ");
			const name = (e.getAttribute("aria-label") || label || e.textContent || e.title || e.value || "").trim();
			const ring = e.matches(".open") ? getComputedStyle(e, "::after").outlineStyle : /^date/.test(e.type) ? "of its parts" : style.outlineStyle;
			if (!e.checkVisibility() || ring === "none" || !name) return "badly: " + e.outerHTML.slice(0, 160);
			return e.matches(%q) ? "there" : "on the way";
		})(document.activeElement)`, selector))
		if at == "there" {
			return
		}
		if strings.HasPrefix(at, "badly") {
			p.t.Errorf("on the way to %s the focus stands %s", selector, at)
		}
	}
	p.t.Fatalf("Tab does not lead to %s\n%s", selector, p.looks())
}

// presses goes to a control by Tab and presses it.
func (p *person) presses(selector string) {
	p.t.Helper()
	p.reaches(selector)
	p.keys(kb.Enter)
}

// writes goes to a field by Tab and types.
func (p *person) writes(selector, text string) {
	p.t.Helper()
	p.reaches(selector)
	p.keys(text)
}

// finds unfolds by the palette what a page has under this name.
func (p *person) finds(name, selector string) {
	p.t.Helper()
	p.listens()
	p.run(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	p.until("the palette is open", `document.querySelector("#palette").open`)
	p.keys(strings.ToLower(name))
	p.until("it offers "+name, fmt.Sprintf(`document.querySelector("#offers li")?.textContent === %q`, name))
	p.keys(kb.Enter)
	p.until(name+" is unfolded, and has the focus", fmt.Sprintf(`(d => d.open && d.contains(document.activeElement))(document.querySelector(%q))`, selector))
}

// divides splits what Ada wrote last off a conversation, relates the two, and merges them again: the palette leads to the first field, what was refused is where the focus is, and after either
// the page begins anew.
func (p *person) divides(h *house, page string) {
	p.t.Helper()
	h.mail("ada@home.example", "Ada Marsh", "2@home.example", "My dog", "And where is my dog?", "References: <1@home.example>")
	p.goes(page)
	p.sees("And where is my dog?")
	p.goes(page) // what can be split is of when the page came
	p.finds("Split off", "#more-split")
	p.until("the first box has the focus", `document.activeElement.matches("#more-split [name='split_message']")`)
	p.expects("status of 422")
	p.presses("#do-split")
	p.sees("Choose what goes into a conversation of its own")
	p.until("the alert has the focus, and the form is open", `document.activeElement.id === "alert" && document.querySelector("#more-split").open`)
	p.finds("Split off", "#more-split")
	p.keys(" ")
	p.writes("#split_why", "The dog is another matter.")
	p.keys(kb.Enter)
	p.sees("It is a conversation of its own, with its own time.")
	p.until("it leads there, and the page begins anew", fmt.Sprintf(`location.pathname !== %q && document.activeElement === document.body`, page))
	p.fits()
	p.run(chromedp.Reload()) // right after it the same button stands above, as Undo
	p.listens()
	p.reaches("#do-unsplit")
	p.finds("Has to do with …", "#more-relate")
	p.writes("#other_at", page)
	p.keys(kb.Enter)
	p.sees("Each names the other now.")
	p.listens()
	p.presses(`[formaction$="/unrelate"]`)
	p.sees("Neither names the other any more.")
	p.listens()
	p.finds("Merge into …", "#more-merge")
	p.writes("#into_at", page)
	p.keys(kb.Enter)
	p.sees("Merged: all is read here as one")
	p.until("it leads back", fmt.Sprintf(`location.pathname === %q && document.activeElement === document.body`, page))
}

// No mouse, away from queue and conversation, which TestByKeysAlone is about: each page is called by its name, and what is done there is reached by Tab and pressed by Enter.
func TestOtherPagesByKeysAlone(t *testing.T) {
	h := open(t)
	h.mail("ada@home.example", "Ada Marsh", "1@home.example", "Broken suitcase", "My suitcase arrived broken. This is terrible service.")
	receipt := h.receipt("ada@home.example")
	h.mailTo("sales@acme.example", "eve@deals.example", "Eve Stone", "eve@deals.example", "Half price", "Everything must go. Only this week.")
	h.mail("bruno@posta.example", "Bruno Salvi", "1@posta.example", "Re: Broken suitcase", "It is my suitcase, too.", "In-Reply-To: "+receipt.Headers["Message-ID"])
	guest := h.receipt("bruno@posta.example").Conversation
	p := h.sits(desktop)
	p.signsIn("ana")

	p.calls("Held", "/console/held")
	p.presses(".row .open")
	p.sees("Release into the desk")
	p.presses(`[formaction$="/block"]`)
	p.sees("Blocked:")
	p.calls("Held", "/console/held")
	p.presses(`.tabs a[href^="/console/blocks"]`)
	p.sees("eve@deals.example")
	p.presses(`main form button`)
	p.sees("Admitted again.")

	p.calls("Bulletins", "/console/bulletins")
	p.writes("#text-new", "Belt 4 stands still.")
	p.presses("form .go")
	p.sees("Kept.")
	p.calls("Silence", "/console/silence")
	p.writes(`textarea[name="why"]`, "A storm of mail.")
	p.presses(`main form button`)
	p.sees("The silence switch is turned.")
	p.presses(`main form .go`)
	p.sees("Off. Receipts leave.")

	p.calls("Rule book", "/console/rules")
	p.writes("#rules", "# By keys.\n")
	p.presses(`[value="preview"]`)
	p.sees("Comments and spaces alone.")
	p.writes("#why", "To see that it can be done.")
	p.presses(`[value="propose"]`)
	p.sees("To see that it can be done.")
	p.until("it is offered to go back", `document.querySelector("main form[action$='/back'] button")`)

	p.calls("One answer to many", "/console/circulars")
	p.writes("#text-en", "Dear {name|customer}, the belt runs again.")
	p.presses("form .go")
	p.sees("How it reads")
	p.presses("form .go")
	p.until("it can be stopped", `document.querySelector("[formaction$='/stop']")`)
	p.presses(`[formaction$="/stop"]`)
	p.sees("Stopped after")

	p.calls("Write", "/console/write")
	p.writes("#to", "carmen@correo.example")
	p.writes("#title", "Your guitar")
	p.writes("#text", "Dear Carmen, it may come along.")
	p.presses("#do-reply")
	p.sees("Your letter is on its way.")
	h.leaves("the letter", func(e edge.Piece) bool { return e.To == "carmen@correo.example" })

	p.calls("Hand over", "/console/handover") // what was just written is hers
	p.writes("#note", "The guitar is in a soft case.")
	p.presses("form .go")
	p.sees("Offered: it stays")
	p.presses(`[formaction$="/decline"]`)
	p.sees("It stays as it was.")

	p.calls("Devices", "/console/devices")
	p.presses("#device-on")
	p.until("it is said what came of it", `document.querySelector("#device-said").textContent`)
	p.calls("On call", "/console/on-call")
	p.presses("#more-rota > summary")
	p.reaches("#end")
	p.presses("#feed > summary")
	p.reaches("#feed-address")

	p.calls("Macros", "/console/macros")
	p.writes("#name-new", "Baggage")
	p.writes("#text-new-en", "Dear {name}, we pay for it.")
	p.presses("form .go")
	p.sees("Kept.")
	p.calls("Board", "/console/board")
	p.presses("main details > summary")
	p.until("the numbers are unfolded", `document.querySelector("main details[open] table")`)
	p.calls("Channels", "/console/channels")
	p.calls("Day", "/console/day")
	p.presses(`.pages a`)
	p.sees("The day after")

	p.divides(h, "/console/conversations/"+receipt.Conversation)

	p.goes("/console/conversations/" + guest)
	p.presses("#do-confirm")
	p.sees("It goes on in")
	p.presses(`footer form[action$="/sign-out"] button`)
	p.sees("You are signed out")
}
