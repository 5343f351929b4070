package pages_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pronto/infra/local/desktest"
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
	ana.send(http.MethodPost, "/console/rules", form).is(http.StatusSeeOther)
	ana.get("/console/rules?said=proposed").is(http.StatusOK).shows("Proposed: another lead must agree.", "waits for another lead: the law", "Withdraw it")

	mine := marta.get("/console/rules").is(http.StatusOK).shows("The block of Acme Air", "waits for another lead", "Agree: let it stand", "Refuse it")
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
}
