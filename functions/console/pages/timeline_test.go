package pages_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Ada has written about fourteen things. Over one of them Marta reads all that she ever wrote: in the order of time, the page's own marked, what was before one press away; her words are text; the
// answer can be written where it always is. The page stays fresh, and what is merged leads to the timeline where it goes on.
func TestAllOfACustomersOnThePage(t *testing.T) {
	w := open(t)
	page := w.complaint()
	var others []string
	for n := range 13 {
		w.Clock.Turn(10 * time.Minute)
		if text := fmt.Sprintf("Question number %d, <b>bold</b>.", n); n < 2 {
			others = append(others, w.writes(n+2, "ada@home.example", fmt.Sprintf("Matter %d", n), text))
		} else { // and soon without a receipt
			w.SendMail("ada@home.example", fmt.Sprintf("From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Matter %d\nMessage-ID: <t%d@home.example>\n\n%s\n", n, n+2, text), "care@acme.example")
			w.Settle()
		}
	}
	marta := w.as("marta")
	marta.send(http.MethodPost, page+"/reply", func() url.Values {
		form := marta.get(page).is(http.StatusOK).fields()
		form["text"], form["then"] = []string{"We have found it."}, []string{"resolve"}
		return form
	}()).is(http.StatusSeeOther)
	w.Settle()

	// What is done in the timeline leads back to it, and so does taking it back; what was refused comes again in it, with what was typed.
	here := func(with url.Values) url.Values {
		form := marta.get(page + "?history=all").is(http.StatusOK).fields()
		for name, values := range with {
			form[name] = values
		}
		return form
	}
	marta.send(http.MethodPost, page+"/assign", here(url.Values{"handover": {"Mine."}})).is(http.StatusUnprocessableEntity).shows("Matter 12", "Mine.")
	marta.send(http.MethodPost, page+"/keep", here(nil)).shows("Matter 12")
	at := marta.send(http.MethodPost, page+"/tag", here(url.Values{"tags": {"suitcase"}})).is(http.StatusSeeOther).Header().Get("Location")
	undo := marta.get(at).is(http.StatusOK).shows("Matter 12", "Until anything else happens:")
	if at != page+"?said=tag&history=all" || strings.Count(undo.Body.String(), `name="history" value="all"`) != 2 {
		t.Errorf("tagged in the timeline it leads to %s, of which only %d forms know it", at, strings.Count(undo.Body.String(), `name="history" value="all"`))
	}
	at = marta.send(http.MethodPost, page+"/undo", url.Values{"token": undo.fields()["token"], "key": {"undo"}, "history": {"all"}}).is(http.StatusSeeOther).Header().Get("Location")
	marta.get(at).is(http.StatusOK).shows("Matter 12")

	marta.get(page).shows("This conversation All of Ada Marsh’s", "All in one timeline")
	all := marta.get(page + "?history=all").is(http.StatusOK)
	all.shows("What was before", "Matter 12", "Question number 12, <b>bold</b>.", "The conversation begins, by mail.", "this conversation", "We have found it.", "The promise is broken.", "Marta Lindqvist resolved it.", "Answer Ada Marsh")
	if strings.Contains(all.text(), "by mail, open, too") || !strings.Contains(all.text(), "by mail, open ·") {
		t.Errorf("how a conversation stands: %s", all.text())
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(all.Body.String(), -1) {
		if ids[m[1]] {
			t.Errorf("two things are called %s", m[1])
		}
		ids[m[1]] = true
	}
	if s := all.text(); strings.Index(s, "Question number 11") > strings.Index(s, "Question number 12") || strings.Index(s, "Question number 12") > strings.Index(s, "We have found it.") {
		t.Errorf("it is in another order: %s", s)
	}
	before := regexp.MustCompile(`href="([^"]+before=[^"]+)"`).FindStringSubmatch(all.Body.String())
	if before == nil {
		t.Fatalf("nothing leads to what was before: %s", all.text())
	}
	older, _, _ := strings.Cut(html.UnescapeString(before[1]), "#")
	marta.get(older).is(http.StatusOK).shows("Nothing was before.", "My suitcase arrived broken", "Question number 0", "The newest", "Answer Ada Marsh")
	if s := marta.get(older).text(); strings.Contains(s, "Question number 12") || strings.Contains(s, "Marta Lindqvist resolved it.") {
		t.Errorf("what was before has what is on the page after it: %s", s)
	}
	marta.get(page + "?history=all&before=x").is(http.StatusBadRequest)
	w.as("rosa").get(page + "?history=all").is(http.StatusNotFound)
	marta.send(http.MethodGet, page+"?history=all", nil, "Accept-Language", "it").shows("Questa conversazione", "La conversazione comincia, via e-mail.", "Quel che c’era prima")

	// An open page asks as it is shown.
	poll := html.UnescapeString(regexp.MustCompile(`hx-get="([^"]+)"`).FindStringSubmatch(all.Body.String())[1])
	w.Clock.Turn(time.Hour)
	tag := marta.send(http.MethodGet, poll, nil, "HX-Request", "true").is(http.StatusOK).Header().Get("ETag")
	marta.send(http.MethodGet, poll, nil, "HX-Request", "true", "If-None-Match", tag).is(http.StatusNotModified)
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Re\nMessage-ID: <x@home.example>\nReferences: <1@home.example>\n\nThank you, I have it.\n", "care@acme.example")
	w.Settle()
	marta.send(http.MethodGet, poll, nil, "HX-Request", "true", "If-None-Match", tag).is(http.StatusOK).shows("Thank you, I have it.", "Question number 12", "Ada Marsh wrote at")

	marta.send(http.MethodPost, others[0]+"/merge", func() url.Values {
		form := marta.get(others[0]).is(http.StatusOK).fields()
		form["into"] = []string{others[1][strings.LastIndexByte(others[1], '/')+1:]}
		return form
	}())
	w.Settle()
	if got := marta.get(others[0] + "?history=all").is(http.StatusSeeOther).Header().Get("Location"); got != others[1]+"?history=all" {
		t.Errorf("what was merged leads to %s", got)
	}
	marta.get("/console/search?q=ada@home.example").is(http.StatusOK).shows("All of Ada Marsh’s")
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}
