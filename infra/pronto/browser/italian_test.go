package browser

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pronto/functions/console/words"
	"pronto/infra/pronto/edge"
)

// english are the console's English texts that read otherwise in Italian, as JavaScript's regular expressions of a whole text.
func english(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../../../functions/console/words/it/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogue: %v", err)
	}
	var all []string
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := words.Read(string(b))
		if err != nil {
			t.Fatal(err)
		}
		for key, italian := range entries {
			if len(regexp.MustCompile(`%(\[\d\])?[sd]|[^a-z]`).ReplaceAllString(key, "")) < 3 {
				continue // what is left of it is no words
			}
			for _, form := range strings.Split(key, " | ") {
				if form, _, _ := strings.Cut(form, " ‹"); form != italian {
					all = append(all, regexp.MustCompile(`%(\\\[\d\\\])?[sd]`).ReplaceAllString(regexp.QuoteMeta(form), ".+"))
				}
			}
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// italian fails where the page says something of the catalogue's English. What people wrote is theirs: it stands in bdi, and in texts and fields.
func (p *person) italian(english, what string) {
	p.t.Helper()
	left := p.says(`(() => {
		const known = new RegExp("^(?:" + ` + english + `.join("|") + ")$", "s"), said = [];
		const look = (text, e) => { const t = text.replace(/\s+/g, " ").trim(); if (t && known.test(t)) said.push(t + " <" + e.tagName + ">"); };
		const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		for (let n; (n = walk.nextNode()); ) if (!n.parentElement.closest("bdi, .text, textarea, script, code, [lang=en], .me, option")) look(n.data, n.parentElement);
		for (const e of document.querySelectorAll("[aria-label], [title], [placeholder]")) for (const a of ["aria-label", "title", "placeholder"]) look(e.getAttribute(a) || "", e);
		return document.documentElement.lang + (said.length ? ": " + said.join(" · ") : "");
	})()`)
	if left != "it" {
		p.t.Errorf("%s is not wholly Italian: %s", what, left)
	}
}

// Marta reads Italian: she chooses it once, and queue, answer, counts, keys and palette are in it, with what scripts add; axe-core finds as little to say as in English.
func TestTheConsoleInItalian(t *testing.T) {
	h := open(t)
	english := english(t)
	id := h.morning()
	p := h.sits(desktop)
	p.signsIn("marta")
	p.sees("Queue")
	p.clicks(`footer button[value="it"]`)
	p.sees("Sei Marta Lindqvist.")
	p.sees("Da rispondere")
	p.until("the countdown counts in Italian", `[...document.querySelectorAll(".due .left")].some(e => / fra \d+/.test(e.textContent))`)
	p.italian(english, "the queue")
	p.picture("italian-queue")
	p.goes("/console/conversations/" + id)
	p.sees("Rispondi a Ada Marsh")
	p.sees("negativo:")
	p.italian(english, "the conversation")
	p.keys("?")
	p.until("the list of keys is open", `document.querySelector("#help").open`)
	p.sees("conversazione successiva, precedente")
	p.clicks("#help form button")
	p.says(`document.querySelector("#palette").offer()`)
	p.until("the palette offers in Italian", `[...document.querySelectorAll("#offers li")].some(e => e.textContent === "Risolvi")`)
	p.keys("vai a cod")
	p.until("and leads in Italian", `document.querySelector("#offers li")?.textContent === "Vai a Coda"`)
	p.says(`document.querySelector("#palette").close()`)
	p.types("#text", "Dear Ada, we pay for it.")
	p.picture("italian-conversation")
	p.clicks("#do-reply")
	p.sees("La tua risposta è in partenza.")
	h.leaves("the answer", func(e edge.Piece) bool { return e.Kind == "reply" })
	p.until("it is told that it was sent", `document.querySelector("#timeline .reply .became").textContent.startsWith("inviata")`)
	p.sees("in attesa del cliente")
	p.italian(english, "the answered conversation")
	if b, err := os.ReadFile("node_modules/axe-core/axe.min.js"); err == nil { // TestEveryPageIsForEverybody says what is missing without it
		p.accessible(string(b), "an Italian conversation")
		p.goes("/console")
		p.sees("Da rispondere")
		p.accessible(string(b), "the Italian queue")
	}
	p.clicks(`footer button[value="en"]`)
	p.sees("You are Marta Lindqvist.")
}
