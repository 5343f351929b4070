package pages_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What hurts is hidden wherever it would stand by itself, and one press away; an agent who wants to see all says so once. An angry complaint beside it is shown.
func TestWhatHurtsIsShownToWhoAsksForIt(t *testing.T) {
	w := open(t)
	w.complaint()
	w.SendMail("rob@home.example", "From: Rob Stone <rob@home.example>\nTo: care@acme.example\nSubject: You are idiots\nMessage-ID: <r@home.example>\n\nFuck you all, I know where you live. This is terrible.\n", "care@acme.example")
	w.Settle()
	marta := w.as("marta")
	queue := marta.get("/console").is(http.StatusOK).shows("hidden: may hurt", "Hidden, for it may hurt: a threat. Show it", "My <b>suitcase</b>")
	row := queue.Body.String()
	i := strings.Index(row, `<bdi class="who">Rob Stone`)
	if i < 0 {
		t.Fatal(row)
	}
	id := row[:i][strings.LastIndex(row[:i], "/conversations/")+len("/conversations/"):][:16]
	row = row[i:]
	link, rest, _ := strings.Cut(row, "</a>")
	if strings.Contains(link, "idiots") || !strings.Contains(rest, `<details class="hurt" id="h-`) || strings.Index(rest, "idiots") < strings.Index(rest, "<details") {
		t.Errorf("the row is not hidden: %.900s", row)
	}
	page := "/console/conversations/" + id
	shown := marta.get(page).is(http.StatusOK).shows("Hidden: may hurt", "Hidden, for it may hurt: a threat. Show it", "Why: its words may hurt. Show them")
	body := shown.Body.String()
	title, _, _ := strings.Cut(body, "</title>")
	_, piece, _ := strings.Cut(body, `<article class="piece message in"`)
	before, _, _ := strings.Cut(piece, "Fuck you all")
	if strings.Contains(title, "idiots") || !strings.Contains(before, `<details class="hurt"`) || strings.Contains(before, "</details>") {
		t.Errorf("the message is not hidden: %.300s … %.600s", title, piece)
	}
	marta.send(http.MethodGet, page, nil, "Accept-Language", "it").shows("Nascosto, perché può ferire: una minaccia. Mostra")

	token := shown.fields().Get("token")
	wants := marta.send(http.MethodPost, "/console/plain", url.Values{"token": {token}, "plain": {"yes"}, "back": {page}}).is(http.StatusSeeOther)
	if at := wants.Header().Get("Location"); at != page {
		t.Errorf("back to %s", at)
	}
	without := marta.cookies
	marta.cookies = append(slices.Clone(without), wants.Result().Cookies()...)
	if s := marta.get(page).shows("You are idiots", "Hide what may hurt").Body.String(); strings.Contains(s, `class="hurt"`) {
		t.Error("it is hidden from who wants to see all")
	}
	oleg := w.as("oleg")
	oleg.cookies = append(oleg.cookies, wants.Result().Cookies()...) // the same browser, another agent
	oleg.get(page).shows("Hidden: may hurt")
	dropped := marta.send(http.MethodPost, "/console/plain", url.Values{"token": {token}, "back": {"https://elsewhere.example/"}}).is(http.StatusSeeOther)
	if c := dropped.Result().Cookies(); !slices.ContainsFunc(c, func(c *http.Cookie) bool { return strings.HasSuffix(c.Name, "plain") && c.MaxAge < 0 }) || dropped.Header().Get("Location") != "/console" {
		t.Errorf("%v, and on to %s", c, dropped.Header().Get("Location"))
	}
	marta.cookies = without
	marta.get(page).shows("Never hide what may hurt", "Hidden: may hurt")
}

// Nor does it stand by itself in lists: of a shift that is handed over, of what got no receipt; nor in what is held, whose words nobody has judged yet.
func TestWhatHurtsIsHiddenInListsToo(t *testing.T) {
	w := open(t)
	send := func(from, to, header string) {
		w.SendMail(from, "From: Rob Stone <"+from+">\nTo: "+to+"\nSubject: You are idiots\nMessage-ID: <"+to+from+">\n"+header+"\nFuck you all, I know where you live.\n", to)
		w.Settle()
	}
	send("rob@home.example", "care@acme.example", "")
	send("rob@bank.fail.example", "care@acme.example", "")
	send("rob@home.example", "nobody@acme.example", "")
	marta := w.as("marta")
	hides := func(s seen, also ...string) {
		t.Helper()
		if text := s.is(http.StatusOK).shows(also...).Body.String(); strings.Contains(strings.Split(text, `<details class="hurt"`)[0], "idiots") {
			t.Errorf("it is not hidden: %s", s.text())
		}
	}
	hides(marta.get("/console/handover"), "Rob Stone", "hidden: may hurt")
	hides(marta.get("/console/suppressed"), "Rob Stone", "hidden: may hurt")
	held := regexp.MustCompile(`href="(/console/held/[^"]+)"`).FindStringSubmatch(marta.get("/console/held").Body.String())
	if held == nil {
		t.Fatal("nothing is held")
	}
	hides(marta.get(held[1]), "Hidden: may hurt", "Hidden, for it may hurt: a threat. Show it")
}
