package pages_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A lead prepares one answer to many, sees how it reads, sends it, and takes it back; without scripts, by forms alone.
func TestALeadAnswersMany(t *testing.T) {
	w := open(t)
	w.crowd(3)
	w.Clock.Turn(time.Minute)
	ana := w.as("ana")
	page := ana.get("/console/circulars").is(http.StatusOK).shows("One answer to many", "Prepare one", "In English", "At most 500 at a time.")
	if strings.Contains(page.text(), "whose receipt has told") {
		t.Error("receipts tell of no incident, and it can be chosen")
	}
	for name, text := range map[string]string{"its languages": page.text(), "the queue's": ana.get("/console").text()} { // by their names, as everywhere
		if english, german, italian := strings.Index(text, "English"), strings.Index(text, "German"), strings.Index(text, "Italian"); english < 0 || german < english || italian < german {
			t.Errorf("%s stand in another order: %d, %d, %d", name, english, german, italian)
		}
	}
	form := page.fields()
	empty := url.Values{"token": form["token"], "key": {"a"}, "brand": {"acme-air"}, "view": {"all"}, "resolve": {"yes"}}
	ana.send(http.MethodPost, "/console/circulars", empty).is(http.StatusUnprocessableEntity).shows("Write the answer in one language at least.")
	empty.Set("text-en", "Dear Bob,\n\nwe fly tomorrow.")
	at := ana.send(http.MethodPost, "/console/circulars", empty).is(http.StatusSeeOther).Header().Get("Location")
	one := ana.get(at).is(http.StatusOK).shows("Prepared for 3 conversations.", "3 would get it now. 3 in English.", "we fly tomorrow.", "3 texts have something to look at.", "greets", "Send it to the next 3")
	path, _, _ := strings.Cut(at, "?")
	press := url.Values{"token": form["token"], "key": {one.fields().Get("key")}, "brand": {"acme-air"}}
	ana.send(http.MethodPost, path+"/go", press).is(http.StatusSeeOther)
	ana.get(at).shows("Done: 3 of 3 got it.", "Stop, and take back what has not left")
	press.Set("key", "stop")
	ana.send(http.MethodPost, path+"/stop", press).is(http.StatusSeeOther)
	ana.get(at).shows("Stopped after 3 of 3; 3 were taken back.")
	ana.get("/console/circulars").shows("Stopped after 3 of 3", "Ana Ferrante")
	w.as("marta").get("/console/circulars").is(http.StatusForbidden)
}

// To more than twenty the desk goes on by itself, and the open page shows how far it is.
func TestAnAnswerToManyGoesOnByItself(t *testing.T) {
	w := open(t)
	w.crowd(21)
	w.Clock.Turn(time.Minute)
	ana := w.as("ana")
	form := ana.get("/console/circulars").is(http.StatusOK).fields()
	form.Set("view", "all")
	form.Set("text-en", "We fly tomorrow.")
	at := ana.send(http.MethodPost, "/console/circulars", form).is(http.StatusSeeOther).Header().Get("Location")
	one := ana.get(at).is(http.StatusOK).shows("Prepared for 21 conversations.", "Send it to all, by itself", "Send it to the next 20")
	press := one.fields()
	press.Set("all", "yes")
	path, _, _ := strings.Cut(at, "?")
	ana.send(http.MethodPost, path+"/go", press).is(http.StatusSeeOther)
	under := ana.get(at).shows("Under way: 20 of 21.", "It goes on by itself until all have it.", "Stop, and take back what has not left")
	if s := under.text(); strings.Contains(s, "Send it to") || strings.Contains(s, "Take it off") {
		t.Errorf("it goes on by itself, and can be sent: %s", s)
	}
	_, tag, _ := strings.Cut(under.Body.String(), `data-version="`)
	tag, _, _ = strings.Cut(html.UnescapeString(tag), `">`)
	asks := func() seen { return ana.send(http.MethodGet, at, nil, "HX-Request", "true", "If-None-Match", tag) }
	asks().is(http.StatusNotModified)
	w.Turn(time.Minute)
	asks().is(http.StatusOK).shows("Done: 21 of 21 got it.", "Stop, and take back what has not left")
}

// What got no receipt, and who is blocked, have pages to which the day's sum and what is held lead.
func TestEverythingOfTheSumCanBeLookedAt(t *testing.T) {
	w := open(t)
	w.complaint()
	w.SendMail("news@list.example", "From: news@list.example\nTo: care@acme.example\nSubject: Offers\nList-Id: <news.list.example>\nMessage-ID: <n@list.example>\n\nTen percent off.\n", "care@acme.example")
	w.SendMail("eve@deals.example", "From: Eve <eve@deals.example>\nTo: sales@acme.example\nSubject: Half price\nMessage-ID: <e@deals.example>\n\nEverything must go.\n", "sales@acme.example")
	w.Settle()
	ana := w.as("ana")
	body := ana.get("/console/day").is(http.StatusOK).Body.String()
	if !strings.Contains(body, "/console/suppressed?brand=acme-air&amp;day=2026-11-23&amp;reason=list") || !strings.Contains(body, "/console/held?brand=acme-air&amp;reason=unknown_address&amp;state=all") {
		t.Errorf("the sum leads nowhere: %s", body)
	}
	ana.get("/console/suppressed?brand=acme-air&day=2026-11-23&reason=list").is(http.StatusOK).shows("1 on this day.", "news@list.example", "Offers", "Quarantined", "Blocked senders")
	if s := ana.get("/console/held?brand=acme-air&reason=quarantined").is(http.StatusOK).text(); strings.Contains(s, "address of the brand") {
		t.Errorf("quarantined: %s", s)
	}
	held := ana.get("/console/held").is(http.StatusOK)
	_, rest, _ := strings.Cut(held.Body.String(), `href="/console/held/`)
	id, _, _ := strings.Cut(rest, `"`)
	form := ana.get("/console/held/"+id).shows("It is spam", "Block the sender").fields()
	form.Set("why", "offers")
	ana.send(http.MethodPost, "/console/held/"+id+"/block", form).is(http.StatusSeeOther)
	ana.send(http.MethodPost, "/console/held/"+id+"/spam", form).is(http.StatusSeeOther)
	ana.get("/console/held?state=dismissed").shows("dismissed", "spam")
	blocks := ana.get("/console/blocks").is(http.StatusOK).shows("eve@deals.example", "blocked by Ana Ferrante", "offers", "Admit again")
	admit := blocks.fields()
	ana.send(http.MethodPost, "/console/blocks", admit).is(http.StatusSeeOther)
	ana.get("/console/blocks").shows("Nobody is blocked.")
	if s := w.as("marta").get("/console/blocks").is(http.StatusOK).text(); strings.Contains(s, "Admit again") {
		t.Error("who leads nobody may admit again")
	}
}
