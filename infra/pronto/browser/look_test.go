package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// morning lets an ordinary morning's mail come in, and gives the conversation of an angry customer.
func (h *house) morning() (angry string) {
	h.t.Helper()
	for _, m := range []struct{ from, name, subject, body string }{
		{"bruno@posta.example", "Bruno Salvi", "Grazie!", "Grazie mille al vostro equipaggio: un volo perfetto e persone gentilissime. Siete stati fantastici!"},
		{"elke@briefe.example", "Elke Brandt", "Rechnung", "Guten Tag,\n\nkönnten Sie mir bitte die Rechnung zu meiner Buchung noch einmal schicken?\n\nMit freundlichen Grüßen"},
		{"denis@courrier.example", "Denis Morel", "Remboursement", "J'attends mon remboursement depuis six semaines. C'est inadmissible, je suis très déçu de votre service."},
		{"hugo@lane.example", "Hugo Lane", "Locked out of check-in", urgent},
		{"carmen@correo.example", "Carmen Rios", "Equipaje de mano", "Buenos días:\n\n¿Puedo llevar una guitarra como equipaje de mano en el vuelo de mañana?\n\nUn saludo"},
		{"ada@home.example", "Ada Marsh", "Broken suitcase", "My suitcase arrived broken and nobody answers the phone. This is terrible service, I am very disappointed.\n\nI have always flown with you, like every year. Who pays for it, and what happens now, step by step?"},
	} {
		h.mail(m.from, m.name, m.from, m.subject, m.body)
	}
	for _, to := range []string{"bruno@posta.example", "elke@briefe.example", "denis@courrier.example", "hugo@lane.example", "carmen@correo.example"} {
		h.receipt(to)
	}
	h.mailTo("sales@acme.example", "eve@deals.example", "Eve Stone", "eve@deals.example", "Half price", "Everything must go. Only this week.")
	return h.receipt("ada@home.example").Conversation
}

// axe is the source of axe-core, or skips.
func axe(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("axe-core is not here: npm ci --prefix infra/pronto/browser")
	}
	return string(b)
}

// accessible runs axe-core over what is on the screen. It is put into the page by the browser itself, past the page's content policy.
func (p *person) accessible(axe, what string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](axe+";true"))
		return err
	})); err != nil {
		p.t.Fatalf("load axe-core: %v", err)
	}
	if n := p.found(ctx, what, "document"); n < 10 {
		p.t.Errorf("%s: axe-core has looked at next to nothing: %d rules", what, n)
	}
}

// found has axe-core, which is in the page, look at a part of it, and tells how many rules were met.
func (p *person) found(ctx context.Context, what, part string) int {
	p.t.Helper()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(`+part+`, {resultTypes: ["violations"]}).then(r => JSON.stringify({passed: r.passes.length, violations: r.violations.map(v => ({
		rule: v.id, help: v.help, at: v.nodes.map(n => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? "")) }))}))`, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("run axe-core: %v", err)
	}
	var all struct {
		Passed     int
		Violations []struct {
			Rule, Help string
			At         []string
		}
	}
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		p.t.Fatalf("%v: %s", err, found)
	}
	for _, v := range all.Violations {
		p.t.Errorf("%s: %s (%s): %q", what, v.Help, v.Rule, v.At)
	}
	return all.Passed
}

// within has axe-core look once more, at a part of a page that it has looked at.
func (p *person) within(what, part string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if p.found(ctx, what, part) == 0 {
		p.t.Errorf("%s: axe-core has looked at nothing", what)
	}
}

// unfolded has axe-core look at all that lies in folds which are closed, one fold after another where only one of them is open at a time, and closes them again.
func (p *person) unfolded(what string) {
	p.t.Helper()
	const open = `(() => { const shut = [...document.querySelectorAll("main details:not([open])")].filter(d => !d.dataset.looked);
		for (const d of shut) { d.open = true; if (d.open) d.dataset.looked = "now"; }
		return document.querySelectorAll('details[data-looked="now"][open]').length; })()`
	const shut = `document.querySelectorAll('details[data-looked="now"]').forEach(d => { d.open = false; d.dataset.looked = "yes"; })`
	for range 30 {
		if p.says(open) == "0" {
			return
		}
		p.fits()
		p.within(what+", unfolded", `{include: [['details[data-looked="now"][open]']]}`)
		p.says(shut)
	}
	p.t.Errorf("%s: the folds do not end", what)
}

// prepared lets the lead write a macro and a bulletin, and Oleg what he knows of a customer.
func (h *house) prepared(id string) {
	h.t.Helper()
	p := h.sits(desktop)
	p.signsIn("ana")
	p.goes("/console/macros")
	p.types("#name-new", "Baggage: we pay")
	p.types("#text-new-en", "Dear {name|customer},\n\nwe pay for it. Send us a picture of the damage, and the money is with you within five days.")
	p.types("#text-new-it", "Gentile {name|cliente},\n\npaghiamo noi.")
	p.clicks(`[name="resolve"]`)
	p.types("#tags-new", "baggage")
	p.clicks("form .go")
	p.sees("then resolve it, tag it baggage")
	p.goes("/console/bulletins")
	p.types("#text-new", "Rome: baggage belt 4 stands still since 6:00. Bags come a day late; we pay for what is needed until then, up to 100 euros.")
	p.clicks("form .go")
	p.sees("belt 4 stands still")
	p.goes("/console/conversations/" + id)
	p.clicks("#more-card summary")
	p.types("#card_say", "AY-da")
	p.types("#card_zone", "America/New_York")
	p.picks("#card_form", "formal")
	p.clicks(`[name="card_no_call"]`)
	p.clicks("#do-card")
	p.sees("Card kept.")
	p.clicks("#more-person summary")
	p.types("#person", "carmen@correo.example")
	p.types("#person_why", "She signs with the same booking.")
	p.clicks("#do-same")
	p.sees("One person from now on.")
	p.clicks("#more-relate summary")
	p.types("#other_at", h.receipt("hugo@lane.example").Conversation)
	p.types("#other_why", "The same flight.")
	p.clicks("#do-relate")
	p.sees("Each names the other now.")
	h.mail("ada@home.example", "Ada Marsh", "dog@home.example", "My dog", "And where is my dog?", "References: <ada@home.example>")
	p.sees("And where is my dog?")
}

// unfolds opens what may be open already.
func (p *person) unfolds(selector string) {
	p.t.Helper()
	p.until(selector+" is open", fmt.Sprintf(`(d => { d.open = true; return d.open; })(document.querySelector(%q))`, selector))
}

// Every page, wide and on a phone, by day and by night: nothing stands beyond the edge, and axe-core has nothing to say. Layouts do not differ by night, and colours not by
// width: that it is night on a wide screen, too, is for pictures alone.
func TestEveryPageIsForEverybody(t *testing.T) {
	h := open(t)
	source, id := axe(t), h.morning()
	h.prepared(id)
	calls, asked := h.links(id), surveyed(t)
	var seen []string // the addresses that were looked at
	screens := map[string]screen{"wide": desktop, "phone": phone, "phone-dark": {width: 390, height: 844, phone: true, dark: true}}
	if os.Getenv("PRONTO_PICTURES") != "" && os.Getenv("CI") == "" { // the gate takes pictures of what it looks at anyway
		screens["dark"] = screen{width: 1280, height: 860, dark: true}
	}
	for name, s := range screens {
		p := h.sits(s)
		for _, status := range []string{"400", "401", "403", "404"} {
			p.expects("status of " + status)
		}
		for state, address := range calls {
			p.goes(address)
			p.fits()
			p.accessible(source, "page "+state+" "+name)
			p.picture("page-" + state + "-" + name)
		}
		seen = append(seen, "/page/x")
		p.store = asked.host
		for _, state := range []string{"ask", "done", "over", "wrong"} {
			p.run(chromedp.Navigate("http://" + asked.host + asked.at[state]))
			if state == "done" {
				p.clicks("form button")
				p.until("it is taken", `document.readyState === "complete" && document.body.innerText.includes("we have your answer")`)
			}
			p.fits()
			p.accessible(source, "survey "+state+" "+name)
			p.picture("survey-" + state + "-" + name)
		}
		seen = append(seen, "/survey/x", "/console/signed-in")
		p.goes("/console/signed-in")
		p.sees("began too long ago")
		p.accessible(source, "signed-in "+name)
		p.goes("/console")
		p.sees("Who are you?")
		p.accessible(source, "choose "+name)
		p.picture("choose-" + name)
		agent := "ana" // a lead
		if name == "phone" {
			agent = "marta"
		}
		p.signsIn(agent)
		p.sees("Ada Marsh")
		look := func(what string) {
			t.Helper()
			p.fits()
			p.accessible(source, what+" "+name)
			seen = append(seen, p.says("location.pathname"))
			p.unfolded(what + " " + name)
			if name == "wide" {
				p.heard(what)
			}
			p.picture(what + "-" + name)
		}
		look("queue")
		p.says(`document.querySelectorAll("header details").forEach(d => d.open = true)`)
		p.fits()
		p.within("the menus "+name, `{include: [["header"]]}`)
		p.says(`document.querySelectorAll("header details").forEach(d => d.open = false)`)
		p.listens()
		p.keys("?")
		p.until("the keys are told", `document.querySelector("#help").open`)
		p.within("the keys "+name, `{include: [["#help"]]}`)
		p.picture("keys-" + name)
		p.keys(kb.Escape)
		p.run(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
		p.until("the palette is open", `document.querySelector("#palette").open && document.querySelector("#offers li")`)
		p.within("the palette "+name, `{include: [["#palette"]]}`)
		p.picture("palette-" + name)
		p.keys(kb.Escape)
		p.goes("/console/conversations/" + id)
		look("conversation")
		p.clicks(".which a:last-child")
		p.sees("The conversation begins, by mail.")
		p.sees("Of 2 addresses, which are one person’s.")
		look("timeline")
		p.clicks(".which a:first-child")
		p.until("the conversation is back", `!location.search && document.querySelector("#more-later")`)
		for _, more := range []string{"later", "note", "assign", "snooze", "tags", "card", "merge", "relate", "person", "split"} {
			p.clicks("#more-" + more + " summary")
		}
		p.clicks("#timeline .receipt summary")
		p.clicks("#correct summary")
		look("open")
		if name == "phone" {
			p.clicks("#more-split input")
			p.clicks("#do-split")
			p.sees("It is a conversation of its own, with its own time.")
			look("split")
			p.run(chromedp.Reload()) // right after it the same button stands above, as Undo
			p.clicks("#do-unsplit")
			p.sees("Put back: all is here again")
		}
		p.clicks("#related")
		look("ties")
		p.goes("/console/macros")
		p.clicks(".setting summary")
		look("macros")
		p.goes("/console/write")
		look("write")
		p.goes("/console/bulletins")
		look("bulletins")
		if agent == "ana" {
			p.goes("/console/rules")
			look("rules")
			p.says(`document.querySelector("#rules").value = document.querySelector("#rules").value.replace("undo: 0s", "undo: 10s")`)
			p.clicks(`[value="preview"]`)
			p.sees("What would change")
			p.sees("Why, as it stands in the audit")
			look("rules-draft")
		}
		p.goes("/console/search?q=suitcase")
		p.sees("Found for")
		look("search")
		p.goes("/console/held")
		look("held")
		p.clicks(".row .open")
		p.sees("Release into the desk")
		look("held-one")
		p.goes("/console/on-call")
		p.clicks("#more-rota summary")
		p.clicks("#feed summary")
		p.picks("#kind", "leave")
		p.setsTime("#end", time.Now().Add(26*time.Hour))
		p.types("#why", "The dentist, then the train home from Ancona.")
		look("on-call-open")
		p.clicks("form.rota .go")
		p.sees("The rota is changed.")
		for _, path := range []string{"on-call", "on-call/fairness", "handover", "day", "silence", "channels", "devices", "suppressed", "blocks", "offline", "nothing", "leaving?brand=acme-air&agent=oleg"} {
			p.goes("/console/" + path)
			what, _, _ := strings.Cut(strings.ReplaceAll(path, "/", "-"), "?")
			look(what)
		}
		if agent == "ana" {
			p.goes("/console/board")
			p.clicks("#days ~ details summary")
			look("board")
			p.goes("/console/circulars")
			p.unfolds("details.setting") // one that was prepared before folds the form
			p.types("#text-en", "Dear Bob,\n\nthe storm is over: your flight leaves tomorrow.")
			look("circulars")
			p.clicks("form .go")
			p.sees("How it reads")
			look("circular")
			p.clicks(`[formaction$="/drop"]`)
			p.sees("Prepare one")
		}
		p.goes("/console")
		p.clicks("footer form button")
		p.sees("You are signed out")
		look("signed-out")
		p.signsIn(agent) // the session ends while a page is open, and what was typed is shown
		p.forgets()
		p.clicks("footer form button")
		p.sees("Sign in again")
		look("expired")
	}
	h.goesOn(source)
	everyRoute(t, seen)
}

// goesOn looks at one answer to many on its way: twenty have it, and the page says how far it is.
func (h *house) goesOn(source string) {
	h.t.Helper()
	for n := range 22 {
		h.mail(fmt.Sprintf("guest%d@home.example", n), "A Guest", fmt.Sprintf("guest%d@home.example", n), "Delayed", "Good morning, my flight is delayed. When does it leave?")
	}
	h.receipt("guest21@home.example")
	ana := h.sits(desktop)
	ana.signsIn("ana")
	ana.goes("/console/circulars")
	ana.unfolds("details.setting")
	ana.types("#text-en", "Dear guest,\n\nyour flight leaves at noon.")
	ana.clicks("form .go")
	ana.sees("How it reads")
	ana.clicks(`[name="all"]`)
	ana.sees("of 2") // how far it is: twenty, or by now all
	at := ana.says("location.pathname + location.search")
	for name, p := range map[string]*person{"wide": ana, "phone-dark": h.sits(screen{width: 390, height: 844, phone: true, dark: true})} {
		if p != ana {
			p.signsIn("ana")
			p.goes(at)
		}
		p.fits()
		p.accessible(source, "circular going "+name)
		p.picture("circular-going-" + name)
	}
}
