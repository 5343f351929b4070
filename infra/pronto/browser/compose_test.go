package browser

import (
	"strings"
	"testing"

	"pronto/infra/pronto/edge"
)

// What is read and what is written: quotes folded and opened, mails from right to left that turn nothing around them, the count that follows what is typed, and a copy; wide, at
// night, and on a phone, where whom one answers stays in view.
func TestReadingAndWriting(t *testing.T) {
	h := open(t)
	h.mail("dana@home.example", "\u202eדנה לוי", "rtl@home.example", "המזוודה שלי \u202egpj.exe", "שלום, המזוודה שלי לא הגיעה.\nThe number is AC-1234.\nمرحبا، أين حقيبتي؟")
	id := h.receipt("dana@home.example").Conversation
	quoted := "> one\n> two\n> three\n> four\nIt is the red one.\n> short\nYes.\n" + strings.Repeat("A line of a long letter.\n", 80) + "The end.\n-- \nDana\n\nOn Mon, 23 Nov 2026 at 10:00, Acme Air <care@acme.example> wrote:\n" + strings.Repeat("> We have your message.\n", 13)
	h.mail("dana@home.example", "דנה לוי", "rtl2@home.example", "Re: x", quoted, "References: <rtl@home.example>")
	who := map[string]string{"wide": "ana", "dark": "marta", "phone": "oleg"} // one begun by the same person would be a draft on each
	for name, s := range map[string]screen{"wide": desktop, "dark": {width: 1280, height: 860, dark: true}, "phone": phone} {
		p := h.sits(s)
		p.signsIn(who[name])
		p.goes("/console/conversations/" + id)
		p.sees("It is the red one.")
		p.sees("… 4 lines quoted")
		p.sees("… 14 lines quoted, and a signature")
		if dirs := p.says(`[...document.querySelectorAll(".piece.in .text")].slice(0, 1).map(e => getComputedStyle(e).direction).join() + " " + getComputedStyle(document.querySelector(".piece.in .text")).unicodeBidi`); dirs != "rtl plaintext" {
			t.Errorf("%s: a Hebrew mail is read %s", name, dirs)
		}
		if p.says(`/[\u202a-\u202e\u2066-\u2069]/.test(document.title + document.querySelector("h1").textContent + document.querySelector(".title p").textContent)`) == "true" {
			t.Errorf("%s: names and subjects turn what stands around them", name)
		}
		if p.says(`document.querySelector(".fold blockquote").checkVisibility()`) == "true" {
			t.Errorf("%s: a quote is not folded", name)
		}
		p.clicks(".piece.in details.fold > summary")
		p.until("the quote is open", `document.querySelector(".fold blockquote").checkVisibility()`)
		p.until("its fold outlives what is fresh", `document.querySelector(".piece.in details.fold").open`)
		p.clicks("details.letter.fold > summary")
		p.until("what stands aside is there", `document.querySelector("details.letter.fold iframe").checkVisibility()`)
		if p.says(`getComputedStyle(document.querySelector("#text")).direction`) != "ltr" {
			t.Errorf("%s: an empty field is written from the right", name)
		}
		p.types("#text", "שלום דנה")
		p.until("what is typed is counted", `document.querySelector("#measured").textContent.startsWith("8 of")`)
		if p.says(`getComputedStyle(document.querySelector("#text")).direction`) != "rtl" {
			t.Errorf("%s: Hebrew is written from the left", name)
		}
		p.clicks("#more-cc > summary")
		p.types("#cc_more", "bruno@booking.example")
		if p.says(`document.documentElement.scrollWidth > innerWidth`) == "true" {
			t.Errorf("%s: something stands beyond the edge", name)
		}
		if name == "phone" { // a long answer on a small screen
			p.says(`(document.querySelector("#text").value = "A long answer.\n".repeat(60), document.querySelector("#text").scrollIntoView({block: "end"}), "")`)
			if p.says(`(r => r.top >= -1 && r.bottom < innerHeight)(document.querySelector("#answer > label").getBoundingClientRect())`) != "true" {
				t.Error("on a phone one does not see whom one answers")
			}
			p.picture("compose-phone-long")
		}
		p.picture("compose-" + name)
		p.goes("/console/write")
		p.types("#to", "bruno@booking.example")
		p.types("#title", "Your flight tomorrow")
		p.types("#text", "Dear Bruno,")
		p.until("a letter is counted, too", `document.querySelector("#measured").textContent.startsWith("11 of")`)
		p.picture("write-" + name)
		if name == "wide" {
			p.clicks("#do-reply")
			p.sees("Your letter is on its way.")
			h.leaves("the letter", func(e edge.Piece) bool { return e.To == "bruno@booking.example" && e.Subject == "Your flight tomorrow" })
		}
	}
}
