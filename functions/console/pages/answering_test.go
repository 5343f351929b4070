package pages_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
)

// openUndoing is a desk where an answer can be taken back for some seconds, as the example's rule book has it.
func openUndoing(t *testing.T) *world {
	t.Helper()
	b, err := os.ReadFile(two(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), "    undo: 0s\n", "", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	o := desktest.Options{Start: monday, Policy: path}
	o.ConsoleURL = console
	return &world{desktest.New(t, o), t}
}

// field is what a field of the page holds.
func (s seen) field(name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(s.Body.String())
	if m == nil {
		return ""
	}
	return m[1]
}

// A lead writes a macro; an agent inserts it, is asked to look at the name, sends it, takes it back, sends it again and goes on to the next; what it does beside is done.
func TestAnAnswerFromItsMacroToItsUndo(t *testing.T) {
	w := openUndoing(t)
	page := w.complaint()
	ana, marta := w.as("ana"), w.as("marta")
	form := ana.get("/console/macros?brand=acme-air").is(http.StatusOK).shows("A new macro").fields()
	form.Set("name", "Refund")
	form.Set("text_en", "Dear {nmae},\r\nit is paid.")
	form.Set("resolve", "yes")
	form.Set("tags", "Refund, VIP")
	ana.send(http.MethodPost, "/console/macros", form).is(http.StatusUnprocessableEntity).shows("There is no variable {nmae}", "it is paid.")
	form.Set("text_en", "Dear {name},\r\nit is paid.")
	ana.send(http.MethodPost, "/console/macros", form).is(http.StatusSeeOther)
	ana.get("/console/macros?brand=acme-air").shows("Refund", "then resolve it, tag it refund, tag it vip")
	marta.get("/console/macros").is(http.StatusOK).shows("A lead changes them.", "it is paid.")
	marta.send(http.MethodPost, "/console/macros", url.Values{"token": {marta.get(page).fields().Get("token")}, "brand": {"acme-air"}, "name": {"x"}, "text_en": {"x"}}).is(http.StatusForbidden)

	p := marta.get(page).shows("Macro…", "their time is 10:00")
	id := regexp.MustCompile(`<option value="([^"]+)">Refund`).FindStringSubmatch(p.Body.String())[1]
	work := p.fields()
	work.Set("macro", id)
	work.Set("text", "One word before.")
	work.Set("card_name", "")
	p = marta.send(http.MethodPost, page+"/macro", work).is(http.StatusOK).shows("Inserted: Refund.", "One word before. Dear Ada Marsh, it is paid.", "tag it refund")
	if n := strings.Count(p.Body.String(), ` checked>`); n != 4 { // and the customer's mail, to be forwarded
		t.Errorf("%d boxes are ticked", n)
	}
	work = p.fields()
	work["then"] = []string{"resolve", "tag:refund"}
	work.Set("text", "Dear Adam,\r\nit is paid.")
	p = marta.send(http.MethodPost, page+"/reply", work).is(http.StatusOK).shows("greets “Adam”", "the customer is “Ada Marsh”", "it is paid.")
	if w.Settle(); len(w.Outbox()) != 1 {
		t.Fatal("it left before it was looked at")
	}
	sure := p.field("sure")
	work = p.fields()
	work["then"] = []string{"resolve", "tag:refund"}
	work.Set("sure", sure)
	work.Set("text", "Dear Adam,\r\nit is paid.")
	marta.send(http.MethodPost, page+"/reply", work).is(http.StatusSeeOther)
	p = marta.get(page+"?said=reply").shows("Your answer leaves", "Undo", "it has not left yet", "then resolve it, tag it refund")
	answer := regexp.MustCompile(`name="answer" value="([^"]+)"`).FindStringSubmatch(p.Body.String())[1]
	work = p.fields()
	work.Set("answer", answer)
	p = marta.send(http.MethodPost, page+"/take_back", work).is(http.StatusOK).shows("Taken back", "it is paid.")
	w.Turn(10 * time.Second)
	if w.Settle(); len(w.Outbox()) != 1 {
		t.Fatal("it left after it was taken back")
	}
	work = p.fields()
	work.Set("text", "Dear Ada,\r\nit is paid.")
	work.Set("next", "1")
	work["then"] = []string{"resolve", "tag:refund"}
	to := marta.send(http.MethodPost, page+"/reply", work).is(http.StatusSeeOther).Header().Get("Location")
	if !strings.HasPrefix(to, "/console?") || !strings.Contains(to, "left=") {
		t.Errorf("nobody else waits, and it leads to %s", to)
	}
	marta.get(to).is(http.StatusOK).shows("Your answer is on its way.", "To Ada Marsh:", "Undo")
	w.Turn(10 * time.Second)
	w.Settle()
	if out := w.Outbox(); len(out) != 2 || !strings.HasPrefix(out[1].Text, "Dear Ada,\nit is paid.") {
		t.Errorf("%d pieces left", len(out))
	}
	marta.get(page).shows("resolved", "Marta Lindqvist answered", "refund")
	work.Set("answer", answer)
	marta.send(http.MethodPost, page+"/take_back", work).is(http.StatusConflict).shows("has left already")
}

// What an agent knows of a customer stands on the card: it comes back when it cannot be kept, and nothing else that was typed is lost by it.
func TestTheCustomersCard(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	form := marta.get(page).fields()
	form.Set("card_name", "Áda Marsh")
	form.Set("card_zone", "Mars/Base")
	form.Set("card_no_call", "yes")
	form.Set("text", "half an answer")
	marta.send(http.MethodPost, page+"/card", form).is(http.StatusUnprocessableEntity).shows("IANA name", "half an answer")
	form.Set("card_zone", "Asia/Tokyo")
	p := marta.send(http.MethodPost, page+"/card", form).is(http.StatusOK).shows("Card kept.", "half an answer", "do not call", "Answer Áda Marsh", "their time is 18:00")
	if p.field("card_zone") != "Asia/Tokyo" || p.field("card_name") != "Áda Marsh" {
		t.Errorf("the card has %q %q", p.field("card_name"), p.field("card_zone"))
	}
	form = marta.get(page).fields()
	form.Set("card_name", "somebody else")
	form.Set("note", "x")
	marta.send(http.MethodPost, page+"/note", form).is(http.StatusOK) // the card is not kept, and stays as it was typed
	if p := marta.send(http.MethodPost, page+"/claim", form); p.Code == http.StatusSeeOther {
		t.Error("what was typed on the card is lost")
	}
	form = marta.get(page).fields()
	form.Set("tags", "VIP, lost bag")
	form.Set("card_name", "Áda Marsh")
	form.Set("card_zone", "Asia/Tokyo")
	form.Set("card_no_call", "yes")
	marta.send(http.MethodPost, page+"/tag", form).is(http.StatusSeeOther)
	marta.get(page).shows("lost-bag", "vip")
}

func TestBulletinsStandOnTop(t *testing.T) {
	w := open(t)
	page, ana, marta := w.complaint(), w.as("ana"), w.as("marta")
	form := ana.get("/console/bulletins?brand=acme-air").is(http.StatusOK).shows("A new bulletin").fields()
	form.Set("text", "Check-in at <Rome> is down.")
	form.Set("until", "2026-11-23T09:00")
	ana.send(http.MethodPost, "/console/bulletins", form).is(http.StatusUnprocessableEntity).shows("Check-in at <Rome> is down.", "at a time to come")
	form.Set("until", "2026-11-23T14:00")
	ana.send(http.MethodPost, "/console/bulletins", form).is(http.StatusSeeOther)
	for _, at := range []string{"/console", page} {
		marta.get(at).is(http.StatusOK).shows("Check-in at <Rome> is down.", "Ana Ferrante, until 14:00")
	}
	form = ana.get("/console/bulletins?brand=acme-air").shows("now").fields()
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(ana.get("/console/bulletins?brand=acme-air").Body.String())[1]
	form.Set("id", id)
	form.Set("version", "1")
	form.Set("drop", "yes")
	ana.send(http.MethodPost, "/console/bulletins", form).is(http.StatusSeeOther)
	if strings.Contains(marta.get("/console").text(), "Check-in at") {
		t.Error("it was taken off, and stands there")
	}
}
