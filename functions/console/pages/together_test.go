package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Oleg, without scripts, opens the conversation; Marta’s page tells her, and says by its questions that she is there and types. What has not changed is not sent again.
func TestTwoSeeEachOther(t *testing.T) {
	w := open(t)
	page, marta, oleg := w.complaint(), w.as("marta"), w.as("oleg")
	oleg.get(page).is(http.StatusOK)
	first := marta.get(page).is(http.StatusOK).shows("Oleg Savchuk looks at this, too")
	_, poll, _ := strings.Cut(first.Body.String(), `hx-get="`)
	poll, _, _ = strings.Cut(poll, `"`)
	poll = strings.ReplaceAll(poll, "&amp;", "&")
	asks := func(more, tag string) seen {
		return marta.send(http.MethodGet, poll+more, nil, "HX-Request", "true", "If-None-Match", tag)
	}
	w.Clock.Turn(4 * time.Second)
	fresh := asks("&typing=1", "none").is(http.StatusOK).shows("Oleg Savchuk looks at this, too")
	w.Clock.Turn(4 * time.Second)
	asks("&typing=1", fresh.Header().Get("ETag")).is(http.StatusNotModified)
	oleg.get(page).shows("Marta Lindqvist is typing")
	w.Clock.Turn(time.Minute)
	asks("", fresh.Header().Get("ETag")).is(http.StatusOK).shows("Oleg Savchuk looked at this at 10:00")
	oleg.get(page).shows("Marta Lindqvist looks at this, too")

	// She closes the page, but not the one that was opened since.
	name, _ := url.Parse(poll)
	leave := url.Values{"token": {first.fields().Get("token")}, "page": {name.Query().Get("page")}}
	second := marta.get(page).fields() // within seconds of the last look, and she goes by it all the same
	marta.send(http.MethodPost, page+"/leave", leave).is(http.StatusNoContent)
	oleg.get(page).shows("Marta Lindqvist looks at this, too")
	marta.send(http.MethodPost, page+"/leave", url.Values{"token": leave["token"], "page": {second.Get("key")}}).is(http.StatusNoContent)
	if s := oleg.get(page).text(); strings.Contains(s, "Marta Lindqvist looks") {
		t.Errorf("she has left, and is there: %s", s)
	}
	asks("&typing=1", "none").is(http.StatusOK) // what she asked before she went comes now
	if s := oleg.get(page).text(); strings.Contains(s, "Marta Lindqvist looks") || strings.Contains(s, "Marta Lindqvist is typing") {
		t.Errorf("a late question has brought her back: %s", s)
	}
	poll = strings.Replace(poll, "page=", "page=newer", 1) // as the page does that comes to the front again
	asks("", "none").is(http.StatusOK)
	marta.send(http.MethodPost, page+"/leave", url.Values{"token": leave["token"], "page": {"another"}}).is(http.StatusNoContent)
	oleg.get(page).shows("Marta Lindqvist looks at this, too")
	marta.send(http.MethodPost, page+"/leave", url.Values{"token": leave["token"]}).is(http.StatusUnprocessableEntity)
	marta.send(http.MethodPost, page+"/leave", url.Values{"page": {"newer"}}).is(http.StatusForbidden)
}

// Marta's phone dies without a word while she looks. Oleg's page shows her for as long as she asks, one lost question or not, and has seen her go 36 seconds later at the latest.
func TestWhoGoesWithoutAWordIsSeenToGo(t *testing.T) {
	w := open(t)
	page, marta, oleg := w.complaint(), w.as("marta"), w.as("oleg")
	polled := func(s seen) string {
		_, poll, _ := strings.Cut(s.is(http.StatusOK).Body.String(), `hx-get="`)
		poll, _, _ = strings.Cut(poll, `"`)
		return strings.ReplaceAll(poll, "&amp;", "&")
	}
	hers, his := polled(marta.get(page)), polled(oleg.get(page))
	tag, sees := "none", false
	for second := 4; second <= 200; second += 4 {
		w.Clock.Turn(4 * time.Second)
		if second <= 100 && second%28 != 0 {
			marta.send(http.MethodGet, hers, nil, "HX-Request", "true", "If-None-Match", "none").is(http.StatusOK)
		}
		if s := oleg.send(http.MethodGet, his, nil, "HX-Request", "true", "If-None-Match", tag); s.Code == http.StatusOK {
			tag, sees = s.Header().Get("ETag"), strings.Contains(s.text(), "Marta Lindqvist looks at this, too")
		}
		if (second <= 100) != sees && (second <= 100 || second >= 136) {
			t.Fatalf("after %d seconds Oleg sees her: %v", second, sees)
		}
	}
}

// Ada writes while Marta does. Marta is shown it once, and one press sends her answer all the same; in Italian as in English.
func TestTheCustomerWroteMeanwhile(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	form := marta.get(page).fields()
	w.Clock.Turn(5 * time.Minute)
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Re: My suitcase\nMessage-ID: <2@home.example>\nReferences: <1@home.example>\n\nIt has a red ribbon.\n", "care@acme.example")
	w.Settle()
	form.Set("text", "Which colour has it?")
	italian := marta.send(http.MethodPost, page+"/reply", form, "Accept-Language", "it").is(http.StatusConflict)
	italian.shows("Quello che non hai visto", "Ada Marsh ha scritto alle 10:05.", "It has a red ribbon.", "Invia lo stesso")
	again := marta.send(http.MethodPost, page+"/reply", form).is(http.StatusConflict).shows("Ada Marsh wrote at 10:05. It has a red ribbon.", "Which colour has it?")
	next := again.fields()
	next.Set("text", "A red ribbon: found.")
	marta.send(http.MethodPost, page+"/reply", next).is(http.StatusSeeOther)
	marta.get(page).shows("A red ribbon: found.")
}

func TestPassingOnIsOneButton(t *testing.T) {
	w := open(t)
	page, marta, oleg := w.complaint(), w.as("marta"), w.as("oleg")
	press := func(who *browser, words string) {
		t.Helper()
		form := who.get(page).is(http.StatusOK).shows("Pass on").fields()
		form.Set("now", form.Get("version"))
		to := who.send(http.MethodPost, page+"/pass_on", form).is(http.StatusSeeOther).Header().Get("Location")
		who.get(to).shows(words)
	}
	if s := oleg.get(page).text(); strings.Contains(s, "Pass on") {
		t.Error("what is another’s can be passed on")
	}
	press(marta, "Passed on. Nobody asks why.")
	oleg.get(page).shows("Has it: you", "Reassigned by the rota to Oleg Savchuk.")
	press(oleg, "Nobody else is there now: it is the team’s.")
}
