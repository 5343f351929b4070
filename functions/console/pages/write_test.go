package pages_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
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
	p = ana.get(at).is(http.StatusOK).shows("Your answer is on its way.", "it leaves at nine.", "waiting for the customer", "Write anew")
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
