package pages_test

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/shared/setup"
)

// A lead changes the rule book at the console: looks at what it would do, proposes it, another lead agrees, and back it goes.
func TestTheRuleBook(t *testing.T) {
	b, err := os.ReadFile(two(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	book := strings.Replace(string(b), "role: agent", "role: lead", 1)
	if err := os.WriteFile(path, []byte(book), 0o600); err != nil {
		t.Fatal(err)
	}
	o := desktest.Options{Start: monday, Policy: path}
	o.ConsoleURL = console
	w := &world{desktest.New(t, o), t}
	ana, marta := w.as("ana"), w.as("marta")
	page := ana.get("/console/rules").is(http.StatusOK).shows("Rule book", "by the deployment", "The whole", "Acme Air", "Other Air", "See what would change")
	form := page.fields()
	stands := form.Get("parent")
	form.Set("brand", "")
	form.Set("do", "preview")
	form.Set("rules", strings.Replace(book, "    rota:\n", "    rotta:\n", 1))
	ana.send(http.MethodPost, "/console/rules", form).is(http.StatusUnprocessableEntity).shows("This is no rule book yet:", "line 35", "brands[0].rotta", "did you mean rota?")

	changed := strings.Replace(book, "    team:\n", "    signature: 1 <b>Long</b> Street\n    team:\n", 1)
	form.Set("rules", strings.ReplaceAll(changed, "\n", "\r\n")) // as browsers send it
	draft := ana.send(http.MethodPost, "/console/rules", form).is(http.StatusOK).shows("another lead must agree", "brands[acme-air].signature", "1 <b>Long</b> Street", "nothing came that opened a conversation", "Propose it")
	if strings.Contains(draft.Body.String(), "<b>Long</b>") {
		t.Error("what stands in a rule book is markup")
	}
	form.Set("do", "propose")
	ana.send(http.MethodPost, "/console/rules", form).is(http.StatusUnprocessableEntity).shows("Say why")
	form.Set("why", "the law")
	if bar := marta.get("/console").text(); strings.Contains(bar, "waits for you") {
		t.Errorf("nothing waits, and the bar says %s", bar)
	}
	ana.send(http.MethodPost, "/console/rules", form).is(http.StatusSeeOther)
	ana.get("/console/rules?said=proposed").is(http.StatusOK).shows("Proposed: another lead must agree.", "waits for another lead: the law", "Withdraw it")

	w.Clock.Turn(time.Minute)
	for _, path := range []string{"/console", "/console/handover"} { // Marta, who may agree, is told wherever she is; Ana, whose it is, is not, nor Oleg, who leads nothing
		marta.get(path).shows("1 change of the rule book waits for you")
		for _, other := range []*browser{ana, w.as("oleg")} {
			if bar := other.get(path).text(); strings.Contains(bar, "waits for you") {
				t.Errorf("%s tells another: %s", path, bar)
			}
		}
	}
	mine := marta.get("/console/rules").is(http.StatusOK).shows("1 change waits for you: look at what it changes", "The block of Acme Air", "waits for another lead", "Agree: let it stand", "Refuse it")
	if strings.Contains(mine.text(), "reply.other.example") {
		t.Error("Marta reads another brand's block")
	}
	action := strings.SplitN(strings.SplitN(mine.Body.String(), `action="/console/rules/`, 2)[1], `"`, 2)[0]
	version, doing, _ := strings.Cut(action, "/")
	if doing != "approve" {
		t.Fatalf("the first button is %s", action)
	}
	marta.get("/console/rules?version="+version).is(http.StatusOK).shows("What "+version+" changes", "1 <b>Long</b> Street")
	settle := mine.fields()
	ana.send(http.MethodPost, "/console/rules/"+version+"/approve", ana.get("/console/rules").fields()).is(http.StatusForbidden).shows("another lead must")
	marta.send(http.MethodPost, "/console/rules/"+version+"/approve", settle).is(http.StatusSeeOther)
	if bar := marta.get("/console").text(); strings.Contains(bar, "waits for you") {
		t.Errorf("it is agreed to, and the bar says %s", bar)
	}
	now := ana.get("/console/rules").is(http.StatusOK).shows("it was changed since it was deployed", "decided by Marta Lindqvist", "Let it stand again").fields()
	if now.Get("parent") != version {
		t.Errorf("%s stands", now.Get("parent"))
	}
	now.Set("from", version)
	ana.send(http.MethodPost, "/console/rules/"+stands+"/back", now).is(http.StatusSeeOther)
	if got := ana.get("/console/rules").fields().Get("parent"); got != stands {
		t.Errorf("after going back %s stands", got)
	}
	ana.send(http.MethodPost, "/console/rules/"+stands+"/nothing", now).is(http.StatusNotFound)
	w.as("oleg").get("/console/rules").is(http.StatusForbidden)

	// The same from a file, without scripts.
	now = ana.get("/console/rules").fields()
	now.Set("brand", "")
	file := func(text string) seen { return ana.upload("/console/rules", now, "policy.yaml", text) }
	file("\ufeff"+strings.ReplaceAll(strings.Replace(book, "    rota:\n", "    rotta:\n", 1), "\n", "\r\n")).is(http.StatusUnprocessableEntity).shows("This is no rule book yet:", "line 35", "did you mean rota?")
	file(strings.Replace(book, "    team:\n", "    room: 30\n    team:\n", 1)).is(http.StatusOK).shows("brands[acme-air].room", "one lead is enough", "Let it stand", "Judged again are messages that opened conversations, 500 at most in all")
	for text, says := range map[string]string{
		"": "This file is empty", "a\x00b": "This file is no text", "caf\xe9": "This file is no text", strings.Repeat("# a comment\n", 100_000): "A rule book has a megabyte at most",
	} {
		if page := file(text); page.Code/100 != 4 || !strings.Contains(page.text(), says) {
			t.Errorf("%.10q: %d, %s", text, page.Code, page.text())
		}
	}
	file(strings.Repeat("# a comment\n", 400_000)).is(http.StatusRequestEntityTooLarge)
	stolen := url.Values{"token": {"another"}, "do": {"preview"}}
	ana.upload("/console/rules", stolen, "policy.yaml", book).is(http.StatusForbidden)
}

// Yesterday nothing came: Ana's change is judged by what came the day before, and the page says so.
func TestAPreviewSaysWhichDaysItJudged(t *testing.T) {
	w := open(t)
	w.complaint()
	w.Clock.Turn(48 * time.Hour)
	ana := w.as("ana")
	book, err := os.ReadFile(w.Setup.Env(setup.Policy))
	if err != nil {
		t.Fatal(err)
	}
	form := ana.get("/console/rules").is(http.StatusOK).fields()
	form.Set("brand", "")
	form.Set("do", "preview")
	form.Set("rules", strings.Replace(string(book), "high: 1h elapsed\n", "high: 30m elapsed\n", 1))
	ana.send(http.MethodPost, "/console/rules", form).is(http.StatusOK).shows("of 2026-11-23, 1 would have been treated in another way: due 1", "Yesterday had few, so days before it were read, too: 2026-11-23: 1.")
}

// upload sends a form with a file.
func (b *browser) upload(path string, form url.Values, name, text string) seen {
	b.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for field, values := range form {
		if err := m.WriteField(field, values[0]); err != nil {
			b.t.Fatal(err)
		}
	}
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(text))
	}
	if err := errors.Join(err, m.Close()); err != nil {
		b.t.Fatal(err)
	}
	return b.raw(http.MethodPost, path, &body, "Content-Type", m.FormDataContentType())
}
