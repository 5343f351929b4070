package pages_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// holds are the words in a page's field.
func (s seen) holds(id string) string {
	s.t.Helper()
	m := regexp.MustCompile(`(?s)<textarea[^>]* id="` + id + `"[^>]*>(.*?)</textarea>`).FindStringSubmatch(s.Body.String())
	if m == nil {
		s.t.Fatalf("no field %s: %s", id, s.text())
	}
	return strings.ReplaceAll(m[1], "&#34;", `"`)
}

// having is a form with more typed in it, in pairs.
func having(form url.Values, typed ...string) url.Values {
	for i := 0; i < len(typed); i += 2 {
		form[typed[i]] = []string{typed[i+1]}
	}
	return form
}

// Marta, without scripts, keeps what she has typed on her phone, and finds it at her desk; the queue says where. What she types in two places is not overwritten: she is asked.
// Sent from one it is gone in both, and Undo brings it back as a draft.
func TestADraftWithoutScripts(t *testing.T) {
	w := openUndoing(t)
	page := w.complaint()
	phone, desk, oleg := w.as("marta"), w.as("marta"), w.as("oleg")
	w.Turn(5 * time.Minute)
	first := phone.get(page).shows("Keep draft")
	p := phone.send(http.MethodPost, page+"/keep", having(first.fields(), "text", "Dear Ada,", "then", "resolve", "note", "She flies on Monday.")).is(http.StatusOK).shows("Kept as a draft: you find it on each of your devices")
	there := desk.get(page)
	if there.holds("text") != "Dear Ada," || there.holds("note") != "She flies on Monday." || !strings.Contains(there.Body.String(), `value="resolve" checked`) {
		t.Errorf("at her desk: %q, %q", there.holds("text"), there.holds("note"))
	}
	if s := oleg.get(page); s.holds("text") != "" || strings.Contains(oleg.get("/console?view=all").text(), "Draft") {
		t.Error("Oleg sees her draft")
	}
	desk.get("/console?view=all").shows("Draft")

	// At the desk it goes on by a button that does something else; on the phone she had typed on, too.
	there = desk.send(http.MethodPost, page+"/claim", having(there.fields(), "text", "Dear Ada, at the desk", "then", "resolve", "note", "She flies on Monday."))
	w.Clock.Turn(time.Minute)
	p = phone.send(http.MethodPost, page+"/keep", having(p.fields(), "text", "Dear Ada, on the phone", "note", "She flies on Monday.")).shows("Also being written elsewhere, 10:05.", "Take that", "Keep this")
	if p.holds("text") != "Dear Ada, on the phone" {
		t.Errorf("on the phone stands %q", p.holds("text"))
	}
	if s := desk.get(page).holds("text"); s != "Dear Ada, at the desk" {
		t.Errorf("it was overwritten unasked: %q", s)
	}
	taken := phone.send(http.MethodPost, page+"/keep", having(p.fields(), "text", "Dear Ada, on the phone", "note", "She flies on Monday.", "take", "reply")).is(http.StatusOK).shows("What stood here")
	if s := taken.Body.String(); taken.holds("text") != "Dear Ada, at the desk" || !strings.Contains(s, ">Dear Ada, on the phone</textarea></details>") || strings.Contains(s, "Also being written") {
		t.Errorf("what the desk had is not taken, or what stood there is lost: %q", taken.holds("text"))
	}
	over := regexp.MustCompile(`name="over" value="(reply:\d+)"`).FindAllStringSubmatch(p.Body.String(), -1)
	p = phone.send(http.MethodPost, page+"/keep", having(p.fields(), "text", "Dear Ada, on the phone", "note", "She flies on Monday.", "over", over[len(over)-1][1])).is(http.StatusOK)
	if s := p.text(); strings.Contains(s, "Also being written elsewhere") || desk.get(page).holds("text") != "Dear Ada, on the phone" {
		t.Errorf("it is not kept over what the desk had: %s", s)
	}

	phone.send(http.MethodPost, page+"/reply", having(p.fields(), "text", "Dear Ada, on the phone", "note", "She flies on Monday.")).is(http.StatusOK).shows("Your answer is on its way.")
	// What the desk says of it now comes too late.
	form := having(there.fields(), "of", "reply", "count", "1", "text", "Dear Ada, at the desk, and more")
	if s := desk.send(http.MethodPost, page+"/drafts", form).is(http.StatusConflict).Body.String(); !strings.Contains(s, "sent or taken out elsewhere") {
		t.Errorf("it is told %s", s)
	}
	now := desk.get(page)
	if now.holds("text") != "" || now.holds("note") != "She flies on Monday." {
		t.Errorf("after it was sent: %q, %q", now.holds("text"), now.holds("note"))
	}
	answer := regexp.MustCompile(`name="answer" value="([^"]+)"`).FindStringSubmatch(now.Body.String())[1]
	phone.send(http.MethodPost, page+"/take_back", having(phone.get(page).fields(), "answer", answer)).is(http.StatusOK).shows("Taken back")
	if s := desk.get(page).holds("text"); s != "Dear Ada, on the phone" {
		t.Errorf("taken back, it stands there as %q", s)
	}
	// What is more than an answer may have is not called kept.
	over20k := having(desk.get(page).fields(), "text", strings.Repeat("Dear Ada ", 3000))
	if s := desk.send(http.MethodPost, page+"/keep", over20k).is(http.StatusOK).shows("Not kept as a draft. A text has 20000 characters at most").text(); strings.Contains(s, "Kept as a draft") {
		t.Errorf("it is told %s", s)
	}
	if s := desk.send(http.MethodPost, page+"/drafts", having(over20k, "of", "reply", "count", "2")).is(http.StatusUnprocessableEntity).Body.String(); !strings.Contains(s, `"words":"Not kept as a draft. A text has`) {
		t.Errorf("its script is told %s", s)
	}
	// Who clears it and does something else, after which the page is asked for anew, does not find it there again.
	form = having(desk.get(page).fields(), "text", "", "note", "")
	desk.send(http.MethodPost, page+"/unassign", form).is(http.StatusSeeOther)
	if s := desk.get(page); s.holds("text") != "" || s.holds("note") != "" {
		t.Errorf("cleared, it came back: %q, %q", s.holds("text"), s.holds("note"))
	}
	desk.send(http.MethodPost, page+"/keep", having(desk.get(page).fields(), "text", "Dear Ada,")).is(http.StatusOK)
	// Who clears it has none any more.
	desk.send(http.MethodPost, page+"/keep", having(desk.get(page).fields(), "text", "")).is(http.StatusOK)
	if s := phone.get(page).holds("text"); s != "" {
		t.Errorf("cleared, it is %q", s)
	}
}

// A letter is kept, too, to whom and about what; the queue leads to it, and it is gone when it was sent.
func TestADraftOfALetter(t *testing.T) {
	w := open(t)
	ana := w.as("ana")
	form := having(ana.get("/console/write").fields(), "brand", "acme-air", "to", "bruno@booking.example", "name", "Bruno Marsh", "title", "Your flight", "text", "Dear Bruno,", "language", "it")
	ana.send(http.MethodPost, "/console/write/keep", form).is(http.StatusOK).shows("Kept as a draft")
	at := regexp.MustCompile(`class="begun">.*?href="([^"]+)"`).FindStringSubmatch(ana.get("/console").shows("A letter that you have begun").Body.String())[1]
	p := ana.get(strings.ReplaceAll(at, "&amp;", "&"))
	if p.field("to") != "bruno@booking.example" || p.field("title") != "Your flight" || p.holds("text") != "Dear Bruno," || !strings.Contains(p.Body.String(), `value="it" selected`) {
		t.Errorf("it stands there as %q, %q, %q", p.field("to"), p.field("title"), p.holds("text"))
	}
	ana.get("/console/write?to=carla@booking.example").shows("Also being written elsewhere")
	form = having(p.fields(), "brand", "acme-air", "to", "bruno@booking.example", "name", "Bruno Marsh", "title", "Your flight", "text", "Dear Bruno,", "language", "it")
	sent := ana.send(http.MethodPost, "/console/write", form).is(http.StatusSeeOther).Header().Get("Location")
	if s := ana.get("/console").text(); strings.Contains(s, "begun") || ana.get("/console/write").holds("text") != "" {
		t.Errorf("it was sent, and is a draft still: %s", s)
	}
	w.Settle()
	anew := regexp.MustCompile(`href="(/console/write[^"]+contact=[^"]+)"`).FindStringSubmatch(ana.get(sent).Body.String())[1]
	known := ana.get(strings.ReplaceAll(anew, "&amp;", "&")).fields()
	ana.send(http.MethodPost, "/console/write/keep", having(known, "text", "Dear Bruno, once more,")).is(http.StatusOK)
	fresh := having(ana.get("/console/write").fields(), "brand", "acme-air", "to", "carla@booking.example", "text", "Dear Carla,")
	ana.send(http.MethodPost, "/console/write/keep", fresh).is(http.StatusOK)
	ana.get("/console").shows("A letter to Bruno Marsh that you have begun", "A letter that you have begun") // two are told apart
}

// What a page of hers says while it goes overtakes what it had said before, and never the other way round; what is no agent's of the brand is kept for nobody.
func TestAPageThatGoesIsHeardLast(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	form := marta.get(page).fields()
	says := func(count, text string, status int) string {
		return marta.send(http.MethodPost, page+"/drafts", having(form, "of", "reply", "count", count, "text", text, "draft_reply", "new")).is(status).Body.String()
	}
	says("1", "Dear", http.StatusOK)
	if s := says("3", "Dear Ada", http.StatusOK); !strings.Contains(s, `"version":2`) {
		t.Errorf("it is told %s", s)
	}
	says("2", "Dear A", http.StatusOK)
	if s := marta.get(page).holds("text"); s != "Dear Ada" {
		t.Errorf("it stands there as %q", s)
	}
	if s := marta.get(page + "/drafts").Body.String(); !strings.Contains(s, `"reply":{"version":2,"words":"Also being written elsewhere, 10:00."}`) {
		t.Errorf("who looks again is told %s", s)
	}
	// It is sent while more of it is under way from the same page: nothing of that comes back.
	marta.send(http.MethodPost, page+"/reply", having(form, "text", "Dear Ada.", "draft_reply", "new")).is(http.StatusSeeOther)
	says("4", "Dear Ada.", http.StatusConflict)
	if s := marta.get(page).holds("text"); s != "" {
		t.Errorf("sent, it stands there as %q", s)
	}
	rosa := w.as("rosa")
	rosa.send(http.MethodPost, page+"/drafts", having(rosa.get("/console/write").fields(), "of", "reply", "text", "Mine.")).is(http.StatusNotFound)
	marta.send(http.MethodPost, page+"/drafts", url.Values{"of": {"reply"}, "text": {"x"}}).is(http.StatusForbidden)
}
