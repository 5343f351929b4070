package pages_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// crowd lets some people complain, and gives their conversations as the queue chooses them.
func (w *world) crowd(n int) (chosen []string) {
	w.t.Helper()
	for i := range n {
		w.SendMail("x@y.example", fmt.Sprintf("From: P%d <p%d@home%d.example>\nTo: care@acme.example\nSubject: Seat %d\nMessage-ID: <%d@p.example>\n\nThis is terrible, number %d.\n", i, i, i, i, i, i), "care@acme.example")
	}
	w.Settle()
	for _, m := range regexp.MustCompile(`name="id" value="([a-z2-7]{16}:\d+)"`).FindAllStringSubmatch(w.as("marta").get("/console?view=all").is(http.StatusOK).Body.String(), -1) {
		chosen = append(chosen, m[1])
	}
	if len(chosen) != n {
		w.t.Fatalf("%d rows can be chosen, of %d", len(chosen), n)
	}
	return chosen
}

// Several are resolved at once; the one that a colleague has changed meanwhile is left, and said; all of it is undone by one button.
func TestSeveralAreResolvedAndUndone(t *testing.T) {
	w := open(t)
	chosen := w.crowd(4)
	marta := w.as("marta")
	page := marta.get("/console?view=all").shows("With the chosen", "waiting costs $", "still quick")
	oleg := w.as("oleg")
	theirs := "/console/conversations/" + strings.Split(chosen[0], ":")[0]
	form := oleg.get(theirs).fields()
	form.Set("note", "I look at it.")
	oleg.send(http.MethodPost, theirs+"/note", form).is(http.StatusSeeOther)

	bulk := url.Values{"token": {page.fields().Get("token")}, "key": {"k"}, "back": {"/console?view=all"}, "doing": {"resolve"}, "id": chosen}
	to := marta.send(http.MethodPost, "/console/bulk", bulk).is(http.StatusSeeOther).Header().Get("Location")
	w.Settle()
	if said := marta.get("/console?did=resolve&done=&left_out=call+it+at+5555:1").text(); strings.Contains(said, "call it") {
		t.Errorf("words of an address stand as the desk's own: %s", said)
	}
	after := marta.get(to).is(http.StatusOK).shows("3 conversations resolved.", "1 conversation left as it was: somebody was quicker.", "Undo", "Seat")
	if n := strings.Count(after.Body.String(), `class="row `); n != 1 {
		t.Errorf("%d are in the queue", n)
	}
	undo := url.Values{}
	block := after.Body.String()[strings.Index(after.Body.String(), `class="undo"`):]
	block = block[:strings.Index(block, "</form>")]
	for _, m := range regexp.MustCompile(`name="([a-z]+)" value="([^"]*)"`).FindAllStringSubmatch(block, -1) {
		undo.Add(m[1], html.UnescapeString(m[2]))
	}
	to = marta.send(http.MethodPost, "/console/bulk", undo).is(http.StatusSeeOther).Header().Get("Location")
	w.Settle()
	after = marta.get(to).is(http.StatusOK).shows("Undone.")
	if n := strings.Count(after.Body.String(), `class="row `); n != 4 {
		t.Errorf("%d are in the queue", n)
	}
	for doing, pairs := range map[string][]string{"assign": {"to", "oleg"}, "snooze": {"until", "2026-11-24T09:00:00+01:00"}, "tag": {"tags", "Strike, VIP"}, "claim": nil} {
		chosen = nil
		for _, m := range regexp.MustCompile(`name="id" value="([a-z2-7]{16}:\d+)"`).FindAllStringSubmatch(marta.get("/console?view=all").Body.String(), -1) {
			chosen = append(chosen, m[1])
		}
		bulk = url.Values{"token": bulk["token"], "key": {doing}, "back": {"//evil.example"}, "doing": {doing}, "id": chosen}
		if len(pairs) > 0 {
			marta.send(http.MethodPost, "/console/bulk", url.Values{"token": bulk["token"], "doing": {doing}, "id": nil, pairs[0]: {pairs[1]}}).is(http.StatusUnprocessableEntity)
			bulk.Set(pairs[0], pairs[1])
		}
		to := marta.send(http.MethodPost, "/console/bulk", bulk).is(http.StatusSeeOther).Header().Get("Location")
		if !strings.HasPrefix(to, "/console?") {
			t.Errorf("%s leads to %s", doing, to)
		}
		w.Settle()
		marta.get(to).shows("4 conversations ")
	}
	marta.get("/console?view=all&tag=strike").shows("#strike", "#vip")
	if text := marta.get("/console?view=all&tag=none").text(); !strings.Contains(text, "Nothing here with these filters.") {
		t.Errorf("no tag none: %s", text)
	}
	marta.send(http.MethodPost, "/console/bulk", url.Values{"token": bulk["token"], "doing": {"reply"}, "id": chosen}).is(http.StatusNotFound)
}

// A doing at one conversation can be undone from its page.
func TestADoingIsUndoneOnThePage(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	form := marta.get(page).fields()
	marta.send(http.MethodPost, page+"/resolve", form).is(http.StatusSeeOther)
	marta.get(page+"?said=resolve").shows("Resolved.", "Until anything else happens:", "Undo", "Resolved. · ") // the title says it, too: it is heard first
	form = url.Values{"token": form["token"], "key": {"u"}}
	marta.send(http.MethodPost, page+"/undo", form).is(http.StatusSeeOther)
	marta.get(page+"?said=undo").shows("Undone: it is as it was.", "First answer by 11:00")
	marta.send(http.MethodPost, page+"/undo", url.Values{"token": form["token"], "key": {"v"}}).is(http.StatusConflict).shows("nothing of yours to undo")
}

// A list that is looked at is kept under a name, and taken off.
func TestAListIsKept(t *testing.T) {
	w := open(t)
	w.crowd(1)
	marta := w.as("marta")
	page := marta.get("/console?view=all&language=en&tag=vip").shows("Keep this one as")
	form := page.fields()
	keep := url.Values{"token": form["token"], "key": {"k"}, "back": {"/console"}, "brand": {"acme-air"}, "view": {"all"}, "language": {"en"}, "tag": {"vip"}, "name": {"Important <English>"}}
	marta.send(http.MethodPost, "/console/views", keep).is(http.StatusSeeOther)
	after := marta.get("/console").shows("Important <English>")
	link := regexp.MustCompile(`class="kept" href="([^"]+)"`).FindStringSubmatch(after.Body.String())
	if link == nil || html.UnescapeString(link[1]) != "/console?brand=acme-air&language=en&tag=vip&view=all" {
		t.Errorf("it leads to %v", link)
	}
	drop := regexp.MustCompile(`name="drop" value="([^"]+)"`).FindStringSubmatch(after.Body.String())
	marta.send(http.MethodPost, "/console/views", url.Values{"token": form["token"], "key": {"d"}, "back": {"/console"}, "drop": {drop[1]}}).is(http.StatusSeeOther)
	if strings.Contains(marta.get("/console").text(), "Important") {
		t.Error("it was taken off, and is there")
	}
}
