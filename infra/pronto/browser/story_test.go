package browser

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pronto/infra/pronto/edge"
)

const urgent = "This is urgent: my flight leaves in two hours and the check-in does not work. Please help me immediately!"

// link is where the page that calls an agent leads.
func link(t *testing.T, page edge.Piece) string {
	t.Helper()
	path := regexp.MustCompile(`/page/[A-Za-z0-9_-]+`).FindString(page.Text)
	if path == "" {
		t.Fatalf("the page has no link: %s", page.Text)
	}
	return path
}

// At three in the morning, on a phone: a customer is stranded, the agent is called, takes it, answers, and the customer's next words come in by themselves.
func TestAnAgentIsCalled(t *testing.T) {
	h := open(t)
	h.mail("hugo@lane.example", "Hugo Lane", "1@lane.example", "Locked out of check-in", urgent)
	call := h.leaves("a page", func(p edge.Piece) bool { return p.Kind == "page" })
	agent := ""
	for _, a := range h.Policy.Agents {
		if strings.Contains(call.To, a.ID+"@") {
			agent = a.ID
		}
	}

	p := h.sits(phone)
	p.goes(link(t, call))
	p.sees("You are called")
	p.fits()
	p.picture("call-phone")
	p.clicks("button") // into the conversation; the phone does not know the agent yet
	p.clicks(`button[value="` + agent + `"]`)
	p.sees("my flight leaves in two hours")
	p.sees("It is yours.")
	p.sees("First answer by")
	p.until("the countdown runs", `/ in \d+:\d\d$/.test(document.querySelector("#strip .due").textContent) && document.querySelector("#strip .due .left").ariaHidden === "true"`)
	p.fits()
	p.picture("called-phone")
	p.types("#text", "Dear Hugo, you are checked in: seat 14A.")
	p.clicks("#do-reply")
	p.sees("Your answer is on its way.")
	answer := h.leaves("the answer", func(p edge.Piece) bool { return p.Kind == "reply" })
	if answer.To != "hugo@lane.example" || !strings.Contains(answer.Text, "seat 14A") || answer.Headers["In-Reply-To"] != "<1@lane.example>" {
		t.Errorf("the answer is %+v", answer)
	}
	p.until("it is told that it was sent", `document.querySelector("#timeline .reply .became").textContent.startsWith("sent")`)

	p.types("#text", "half a sentence")
	p.says(`(document.querySelector("#news").dataset.same = "yes", document.querySelector("#timeline .receipt summary").focus())`)
	h.mailTo("care@acme.example", "hugo@lane.example", "Hugo Lane", "2@lane.example", "Re: Locked out of check-in", "You saved my day, thank you!", "In-Reply-To: "+answer.Headers["Message-ID"])
	p.sees("You saved my day") // without reload
	p.sees("Hugo Lane wrote at")
	p.until("what speaks is what was there before, and the focus is where it was", `document.querySelector("#news").dataset.same === "yes" && document.activeElement.matches("#timeline .receipt summary")`)
	if kept := p.says(`document.querySelector("#text").value`); kept != "half a sentence" {
		t.Errorf("what was typed is now %q", kept)
	}
	p.run(chromedp.Reload())
	p.listens()
	if kept := p.says(`document.querySelector("#text").value`); kept != "half a sentence" {
		t.Errorf("after a reload what was typed is %q", kept)
	}
}

// fits tells that nothing stands beyond the screen's edge.
func (p *person) fits() {
	p.t.Helper()
	if wide := p.says(fmt.Sprintf(`[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > %d + 1 && !e.closest(".hidden, .wide > *")).map(e => e.outerHTML.slice(0, 120)).join("\n")`, p.screen.width)); wide != "" {
		p.t.Errorf("wider than the screen: %s", wide)
	}
	if p.says(fmt.Sprintf(`document.documentElement.scrollWidth > %d`, p.screen.width)) == "true" { // and not innerWidth: a phone's window widens to what does not fit
		p.t.Errorf("the page scrolls sideways")
	}
}

// No mouse: the queue by j and Enter, claim by c, answer by r and Ctrl+Enter, note by n, resolve by e.
func TestByKeysAlone(t *testing.T) {
	h := open(t)
	h.mail("elke@briefe.example", "Elke Brandt", "1@briefe.example", "Rechnung", "Guten Tag, wo finde ich die Rechnung?")
	h.receipt("elke@briefe.example")
	h.mail("ada@home.example", "Ada Marsh", "1@home.example", "Broken suitcase", "My suitcase arrived broken. This is terrible service.")
	h.receipt("ada@home.example")
	p := h.sits(desktop)
	p.signsIn("ana")
	p.goes("/console/macros")
	p.types("#name-new", "Baggage")
	p.types("#text-new-en", "Dear {name}, we pay for it.")
	p.types("#tags-new", "bags")
	p.clicks("form .go")
	p.sees("then tag it bags")
	p.forgets()
	p.goes("/console")
	p.keys(kb.Tab)
	p.keys(kb.Enter) // the first agent
	p.sees("Broken suitcase")
	p.listens()
	p.keys(kb.Tab)
	p.until("the first stop is the skip link", `document.activeElement.className === "skip"`)
	p.keys("j")
	p.keys("j")
	p.until("the second is Elke, her subject in a German voice", `document.activeElement.textContent.includes("Elke") && document.activeElement.querySelector(".subject").lang === "de"`)
	p.keys("x")
	p.until("it is chosen", `document.querySelector("[data-chosen]").textContent === "1" && document.querySelector("#bulk-bar").open`)
	p.picture("bulk-wide")
	p.keys("e")
	p.sees("1 conversation resolved.")
	p.listens()
	p.keys("u")
	p.sees("Undone.")
	p.listens()
	p.until("it is back", `document.querySelectorAll(".row").length === 2`)
	p.keys("j")
	p.keys(kb.Enter)
	p.sees("Answer Ada Marsh")
	p.listens()
	p.keys("?")
	p.until("the keys are listed", `document.querySelector("#help").open`)
	p.picture("keys-wide")
	p.clicks("#letters")
	p.keys(kb.Escape)
	p.keys("r")
	p.until("a letter is no key where somebody wants none", `!document.querySelector("#help").open && document.activeElement.id !== "text" && localStorage.getItem("letters") === "off"`)
	p.clicks("[data-help]")
	p.clicks("#letters")
	p.keys(kb.Escape)
	p.run(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	p.until("the palette offers what the page has", `document.querySelector("#palette").open && document.querySelectorAll("#offers li").length > 5`)
	p.until("the field is what is heard: nothing is chosen", `document.activeElement.role === "combobox" && !document.activeElement.hasAttribute("aria-activedescendant")`)
	p.keys("snoo")
	p.until("it narrows", `document.querySelector("#offers li").textContent.startsWith("Snooze") && document.activeElement.getAttribute("aria-activedescendant") === document.querySelector("#offers li[aria-selected=true]").id`)
	p.picture("palette-wide")
	p.keys(kb.Enter)
	p.until("snoozing is unfolded", `!document.querySelector("#palette").open && document.querySelector("#more-snooze").open`)
	p.keys(kb.Escape)
	p.keys("c")
	p.until("it is claimed", `document.querySelector("#do-resolve") && (document.body.innerText.includes("It is yours.") || document.body.innerText.includes("Has it: you"))`)
	p.listens()
	p.keys("n")
	p.until("the note has the focus", `document.activeElement.id === "note"`)
	p.keys("She is a pilot.")
	p.run(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	p.sees("note, for colleagues only")
	p.listens()
	p.keys("m")
	p.keys(kb.ArrowDown)
	p.keys(kb.Enter)
	p.sees("Inserted: Baggage.")
	p.until("it is in the field, and its box is ticked", `document.activeElement.id === "text" && document.querySelector("#text").value === "Dear Ada Marsh, we pay for it." && document.querySelector("[value='tag:bags']").checked`)
	p.run(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	p.sees("Your answer is on its way.")
	h.leaves("the answer", func(p edge.Piece) bool { return p.Kind == "reply" && strings.Contains(p.Text, "we pay for it") })
	p.until("it is tagged", `document.querySelector("#facts .tag")?.textContent === "bags"`)
	p.listens()
	p.keys("a")
	p.sees("The conversation begins, by mail.")
	p.listens()
	p.keys("a")
	p.until("the conversation is back", `!location.search`)
	p.listens()
	p.keys("e")
	p.sees("Resolved.")
	p.listens()
	p.keys("q")
	p.until("the queue is back", `location.pathname === "/console" && document.querySelectorAll(".row").length > 0`)
	p.listens()
	p.says(`document.querySelector("#rows .row").stayed = true`)
	h.mail("bruno@posta.example", "Bruno Salvi", "1@posta.example", "Grazie!", "Grazie mille, siete stati gentilissimi.")
	p.until("who is new in the queue is told, and nobody else", `document.querySelector("#news").textContent === "New in the queue: Bruno Salvi Grazie!, low"`)
	p.until("who was there stays: a screen reader does not lose its place", `document.querySelectorAll("#rows .row").length === 2 && [...document.querySelectorAll("#rows .row")].some(r => r.stayed)`)
}

// listens waits until the page's scripts are there: a key that is pressed before does nothing.
func (p *person) listens() {
	p.t.Helper()
	p.until("the page listens to keys", `document.querySelector("[data-help]")?.hidden === false && document.readyState === "complete"`)
}

// With scripts off, everything can be read and answered.
func TestWithoutScripts(t *testing.T) {
	h := open(t)
	h.mail("ada@home.example", "Ada Marsh", "1@home.example", "Broken suitcase", "My suitcase arrived broken. This is terrible service.")
	h.receipt("ada@home.example")
	plain := phone
	plain.noScripts = true
	p := h.sits(plain)
	p.goes("/console")
	p.clicks(`button[value="oleg"]`)
	p.clicks(".row .open")
	p.sees("My suitcase arrived broken.")
	p.fits()
	p.picture("without-scripts")
	p.types("#text", "half an answer")
	p.clicks("#do-claim")
	p.sees("It is yours.")
	p.until("what was typed is there", `document.querySelector("#text").value === "half an answer"`)
	p.clicks("#correct summary")
	p.clicks(`#correct [formaction$="label=neutral"]`)
	p.sees("as Oleg Savchuk says")
	p.clicks("#more-assign summary")
	p.clicks("#more-note summary")
	p.types("#note", "Called twice.")
	p.clicks("#do-note")
	p.sees("Note kept.")
	p.run(chromedp.Focus(chromedp.CSS("#text")))
	p.keys(kb.End)
	p.keys(", and its end.")
	p.clicks("#do-reply")
	p.sees("Your answer is on its way.")
	answer := h.leaves("the answer", func(p edge.Piece) bool { return p.Kind == "reply" })
	if !strings.HasPrefix(answer.Text, "half an answer, and its end.") {
		t.Errorf("it says %q", answer.Text)
	}
	p.until("nothing is counted down", `!document.querySelector(".left")`)
	p.clicks(".which a:last-child")
	p.sees("The conversation begins, by mail.")
	p.sees("half an answer, and its end.")
}

// picks chooses in a list, as somebody does.
func (p *person) picks(selector, value string) {
	p.t.Helper()
	p.until("the list has "+value, `(() => { const s = document.querySelector("`+selector+`"); s.value = "`+value+`"; return s.value === "`+value+`"; })()`)
}

// setsTime fills in a field for a day and a time, in Rome, where all agents of the rule book are.
func (p *person) setsTime(selector string, t time.Time) {
	p.t.Helper()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		p.t.Fatal(err)
	}
	p.picks(selector, t.In(rome).Format("2006-01-02T15:04"))
}

// Who is ill says so on a phone without scripts. What was wrong comes back with the field, what was right takes effect at once, and is taken back.
func TestAnAgentIsIll(t *testing.T) {
	h := open(t)
	plain := phone
	plain.noScripts = true
	p := h.sits(plain)
	p.expects("status of 422")
	p.goes("/console")
	p.clicks(`button[value="oleg"]`)
	p.sees("Nobody waits for an answer.")
	p.clicks(`nav a[href="/console/on-call"]`)
	p.clicks("#more-rota summary")
	p.picks("#kind", "leave")
	p.picks("#instead", "ana")
	p.setsTime("#end", time.Now().Add(26*time.Hour))
	p.types("#why", "Fever.")
	p.clicks("form.rota .go")
	p.sees("A leave has no substitute")
	p.until("the field is marked, and the reason is kept", `document.querySelector("#instead").getAttribute("aria-invalid") && document.querySelector("#why").value === "Fever."`)
	p.fits()
	p.picture("on-call-wrong")
	p.picks("#instead", "")
	p.clicks("form.rota .go")
	p.sees("Oleg Savchuk is away")
	p.sees("Fever.")
	p.clicks(".change button")
	p.sees("None: everybody is on as the rule book says.")
}

// A session that ends while somebody types loses nothing.
func TestSignedOutWhileTyping(t *testing.T) {
	h := openUndoing(t, "50s")
	h.mail("ada@home.example", "Ada Marsh", "1@home.example", "Broken suitcase", "My suitcase arrived broken. This is terrible service.")
	page := "/console/conversations/" + h.receipt("ada@home.example").Conversation
	p := h.sits(desktop)
	p.expects("status of 401")
	p.signsIn("marta")
	p.goes(page)
	p.types("#text", "Dear Ada, a long answer")
	p.forgets()
	p.sees("You are signed out. What you typed is kept")
	p.clicks("#do-reply")
	p.sees("Sign in again")
	p.until("it is there to copy", `document.querySelector("textarea").value === "Dear Ada, a long answer"`)
	p.clicks("a.go")
	p.clicks(`button[value="marta"]`)
	p.sees("Answer Ada Marsh")
	p.listens()
	if kept := p.says(`document.querySelector("#text").value`); kept != "Dear Ada, a long answer" {
		t.Errorf("after signing in what was typed is %q", kept)
	}
	p.run(chromedp.Focus(chromedp.CSS("#text")))
	p.run(chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	p.sees("Your answer leaves")
	p.listens()
	p.picture("undo-wide")
	p.keys("u") // it was too long
	p.sees("Taken back")
	p.until("it is there to be written anew", `document.querySelector("#text").value === "Dear Ada, a long answer" && document.activeElement.id === "text"`)
	p.clicks("footer form button")
	p.sees("You are signed out")
	p.until("nothing of it stays in the browser", `sessionStorage.length === 0`)
}

// What customers write is shown, and does nothing.
func TestHostileWords(t *testing.T) {
	h := open(t)
	for i, body := range []string{
		`<script>document.title = "hacked"</script><img src="http://tracker.example/x.png" onerror="document.title='hacked'">`,
		`<form action="//evil.example"><input name=token></form><svg onload="document.title='hacked'"><a href="javascript:alert(1)">x</a>`,
		`<div hx-get="/console/sign-out" hx-trigger="load" hx-swap-oob="true" id="strip" data-key="c">x</div>{{.Token}}`,
		strings.Repeat("LOOOOOOONG", 400), "\u202eevil\u202c שלום ערב \u2066", "a\x00b\x1b[31m",
	} {
		from := fmt.Sprintf("eve%d@evil.example", i)
		h.mail(from, `"Eve <script>alert(1)</script>"`, from, "<script>alert(1)</script> "+strings.Repeat("W", 150), "I am very angry, this is terrible. "+body)
	}
	conversations := map[string]bool{}
	for i := range 6 {
		at := h.receipt(fmt.Sprintf("eve%d@evil.example", i)).Conversation
		conversations[at], conversations[at+"?history=all"] = true, true
	}
	p := h.sits(phone)
	p.signsIn("ana")
	p.sees("<script>alert(1)</script>")
	p.fits()
	for at := range conversations {
		p.goes("/console/conversations/" + at)
		p.sees("I am very angry")
		p.fits()
		if title := p.says("document.title"); strings.Contains(title, "hacked") {
			t.Error("a customer's script has run")
		}
		if n := p.says(`document.querySelectorAll("#timeline img, #timeline form, #timeline svg, #timeline [hx-get], #timeline script").length`); n != "0" {
			t.Errorf("%s elements are the customer's", n)
		}
	}
}
