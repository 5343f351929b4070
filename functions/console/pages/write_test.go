package pages_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Ana writes first, without scripts: what was wrong comes back with what she typed, what leaves leads to the conversation, and from there she writes about something else.
func TestWritingFirst(t *testing.T) {
	w := open(t)
	ana := w.as("ana")
	p := ana.get("/console/write").is(http.StatusOK).shows("To one person, by mail", "0 of 20,000 characters")
	form := p.fields()
	form.Set("brand", "acme-air")
	form.Set("to", "care@acme.example")
	form.Set("name", "Bruno Marsh")
	form.Set("title", "Your flight <b>tomorrow</b>")
	form.Set("text", "Dear Bruno,\r\nit leaves at nine.")
	form.Set("language", "it")
	p = ana.send(http.MethodPost, "/console/write", form).is(http.StatusUnprocessableEntity).shows("This is an address of the desk's own.", "it leaves at nine.")
	form = p.fields()
	form.Set("brand", "acme-air")
	form.Set("to", "bruno@booking.example")
	form.Set("name", "Bruno Marsh")
	form.Set("title", "Your flight <b>tomorrow</b>")
	form.Set("text", "Dear Bruno,\r\nit leaves at nine.")
	form.Set("language", "it")
	sent := ana.send(http.MethodPost, "/console/write", form).is(http.StatusSeeOther)
	again := ana.send(http.MethodPost, "/console/write", form).is(http.StatusSeeOther)
	at := sent.Header().Get("Location")
	if at != again.Header().Get("Location") {
		t.Error("a press too many opens another")
	}
	w.Settle()
	if out := w.Outbox(); len(out) != 1 || out[0].To != "bruno@booking.example" || out[0].Subject != "Your flight <b>tomorrow</b>" {
		t.Fatalf("%d left: %+v", len(out), out)
	}
	p = ana.get(at).is(http.StatusOK).shows("Your letter is on its way.", "it leaves at nine.", "waiting for the customer", "Write anew", "Ana Ferrante wrote first")
	if text := p.text(); !strings.Contains(text, "From Acme Air, by mail To Bruno Marsh bruno@booking.example") || strings.Contains(text, "who writes Italian") || strings.Contains(text, "Spam") {
		t.Error("a letter of one's own is shown as if its reader had written it")
	}
	ana.send(http.MethodGet, at, nil, "Accept-Language", "it").shows("Ana Ferrante ha iniziato la conversazione")
	ana.get("/console/nothing").is(http.StatusNotFound).shows("Not found", "You are Ana Ferrante.") // with the way on
	anew := regexp.MustCompile(`href="(/console/write[^"]+contact=[^"]+)"`).FindStringSubmatch(p.Body.String())
	if anew == nil {
		t.Fatal("nothing leads to writing anew")
	}
	to := strings.ReplaceAll(anew[1], "&amp;", "&")
	p = ana.get(to).is(http.StatusOK).shows("To Bruno Marsh bruno@booking.example")
	if strings.Contains(p.Body.String(), `id="to"`) {
		t.Error("a known address is typed")
	}
	w.as("rosa").get(to).is(http.StatusNotFound)
	form = p.fields()
	form.Set("title", "One thing more")
	form.Set("text", "Dear Bruno,")
	form.Set("language", "it")
	ana.send(http.MethodPost, "/console/write", form).is(http.StatusSeeOther)
}

// A letter has what an answer has: a macro in its language, a question when it greets another, a file, and some seconds in which it is taken back. Then it stands on the page of
// writing as it was, and where it opened a conversation there is none any more; sent again, to the address that was meant, it leaves once.
func TestALetterFromItsMacroToItsUndo(t *testing.T) {
	w := openUndoing(t)
	ana := w.as("ana")
	form := ana.get("/console/macros?brand=acme-air").fields()
	form.Set("name", "Gate")
	form.Set("text_en", "Dear {name},\r\nthe gate is B12.")
	form.Set("text_it", "Gentile {name},\r\nil gate è B12.")
	form.Set("tags", "gate")
	ana.send(http.MethodPost, "/console/macros", form).is(http.StatusSeeOther)

	p := ana.get("/console/write?brand=acme-air").is(http.StatusOK).shows("Macro…", "Attach files", "Send later")
	id := regexp.MustCompile(`<option value="([^"]+)">Gate`).FindStringSubmatch(p.Body.String())
	if id == nil {
		t.Fatal("no macro is offered")
	}
	typed := func(p seen, more ...string) url.Values {
		form := p.fields()
		all := append([]string{"brand", "acme-air", "to", "bruno@boking.example", "name", "Bruno Marsh", "title", "Your gate", "language", "it"}, more...)
		for i := 0; i < len(all); i += 2 {
			form.Set(all[i], all[i+1])
		}
		return form
	}
	p = ana.send(http.MethodPost, "/console/write/macro", typed(p, "text", "Subito:", "macro", id[1])).is(http.StatusOK).shows("Inserted: Gate.", "Subito:", "Gentile Bruno Marsh,", "tag it gate")
	const text = "Dear Carmen,\r\nthe gate is B12."
	p = ana.send(http.MethodPost, "/console/write", typed(p, "text", text, "then", "tag:gate")).is(http.StatusOK).shows("Look once more before it leaves.", "the customer is “Bruno Marsh”", "the gate is B12.")
	form = typed(p, "text", text, "then", "tag:gate", "sure", p.field("sure")) // it is right: she is his daughter
	at := ana.send(http.MethodPost, "/console/write", form).is(http.StatusSeeOther).Header().Get("Location")
	w.Settle()
	p = ana.get(at).is(http.StatusOK).shows("Your letter is on its way.", "Your letter leaves", "then tag it gate")
	if len(w.Outbox()) != 0 {
		t.Fatal("it has left, and could be taken back")
	}
	answer := regexp.MustCompile(`name="answer" value="([^"]+)"`).FindStringSubmatch(p.Body.String())[1]
	form = p.fields()
	form.Set("answer", answer)
	path, _, _ := strings.Cut(at, "?")
	p = ana.send(http.MethodPost, path+"/take_back", form).is(http.StatusOK).shows("Taken back: nobody was written to.", "To one person, by mail", "the gate is B12.", "tag it gate")
	if p.field("to") != "bruno@boking.example" || p.field("title") != "Your gate" || p.field("name") != "Bruno Marsh" {
		t.Errorf("it stands there as %q, %q, %q", p.field("to"), p.field("title"), p.field("name"))
	}
	ana.get(path).is(http.StatusOK).shows("closed")
	w.Turn(time.Minute)
	if len(w.Outbox()) != 0 {
		t.Fatal("what was taken back has left")
	}
	at = ana.send(http.MethodPost, "/console/write", typed(p, "to", "bruno@booking.example", "name", "Carmen Marsh", "text", text, "then", "tag:gate")).is(http.StatusSeeOther).Header().Get("Location")
	w.Turn(time.Minute)
	if out := w.Outbox(); len(out) != 1 || out[0].To != "bruno@booking.example" || out[0].Subject != "Your gate" {
		t.Fatalf("%d left: %+v", len(out), out)
	}
	ana.get(at).shows("waiting for the customer", "gate")
}
