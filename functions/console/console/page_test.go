package console_test

import (
	"strings"
	"testing"
	"time"

	"pronto/shared/desk"
)

// link is the answer link of an agent's page about a conversation.
func (w *world) link(agent, id string) string {
	return "/page/" + w.Keys.PageToken(desk.Paged{Ref: desk.Ref{Brand: "acme-air", Conversation: id}, Agent: agent, Expires: w.Clock.Now().Add(desk.PageLife)})
}

func TestLookingAtAPageChangesNothing(t *testing.T) {
	w := open(t)
	id := w.complaint()
	link := w.link("oleg", id)
	for range 3 {
		page := w.ask("", "GET", link, "").is(200)
		if !strings.Contains(page.Body.String(), "I have it</button>") {
			t.Errorf("the page is %s", page.Body)
		}
		w.ask("", "HEAD", link, "").is(200)
	}
	page := w.ask("", "GET", link, "")
	for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'; style-src 'sha256-", "Content-Type": "text/html", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
		if got := page.Header().Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, never := range []string{"<script", "suitcase", "Ada", "home.example", "http"} {
		if strings.Contains(page.Body.String(), never) {
			t.Errorf("the page has %q in it", never)
		}
	}
	if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Version != 1 || c.Assignee.ID != "marta" {
		t.Errorf("a look changed it: %+v", c)
	}
}

func TestWhoPressesFirstHasIt(t *testing.T) {
	w := open(t)
	id := w.complaint() // the rota has given it to Marta, who does not know yet
	oleg, ana := w.link("oleg", id), w.link("ana", id)
	says := func(method, link, want string) {
		t.Helper()
		if body := w.ask("", method, link, "").is(200).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s says %s, want %q", method, body, want)
		}
	}
	says("POST", oleg, "You have it")
	says("POST", oleg, "yours already")
	if led := w.ask("", "POST", oleg, "open=yes", "Content-Type", "application/x-www-form-urlencoded"); led.Code != 303 || led.Header().Get("Location") != "/console/conversations/"+id+"?said=claim" {
		t.Errorf("who wants to see it is answered %d, led to %q", led.Code, led.Header().Get("Location"))
	}
	if taken := w.ask("", "POST", ana, "open=yes", "Content-Type", "application/x-www-form-urlencoded"); taken.Code != 200 || !strings.Contains(taken.Body.String(), "Oleg Savchuk has it") {
		t.Errorf("who came second is answered %d: %s", taken.Code, taken.Body)
	}
	says("POST", ana, "Oleg Savchuk has it")
	says("GET", ana, "Oleg Savchuk has it")
	if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Assignee.ID != "oleg" || c.Version != 2 {
		t.Errorf("it is %s's at version %d", c.Assignee.ID, c.Version)
	}
	w.ask("oleg", "POST", conv(id, "unassign"), "").is(200)
	says("POST", ana, "You have it") // given back, it is free again
	w.ask("ana", "POST", conv(id, "resolve"), "").is(200)
	says("POST", oleg, "It is done")
}

func TestManyPressAtOnce(t *testing.T) {
	w := open(t)
	id := w.complaint()
	said := make(chan string, 6)
	for _, who := range []string{"oleg", "ana", "marta", "oleg", "ana", "marta"} {
		link := w.link(who, id)
		go func() { said <- w.ask("", "POST", link, "").Body.String() }()
	}
	winners := 0
	for range 6 {
		if strings.Contains(<-said, "nobody else is called") {
			winners++
		}
	}
	if c := w.ask("ana", "GET", conv(id), "").conversation(); winners != 1 || c.Version != 2 {
		t.Errorf("%d were told that they have it, version %d", winners, c.Version)
	}
}

func TestLinksThatAreNotGood(t *testing.T) {
	w := open(t)
	id := w.complaint()
	good, foreign, nobody, none := w.link("oleg", id), w.link("rosa", id), w.link("gone", id), w.link("oleg", "aaaaaaaaaaaaaaaa")
	for _, link := range []string{foreign, nobody, none, "/page/x", good[:len(good)-1], good + "A", "/page/" + strings.Repeat("a", 5000)} {
		for _, method := range []string{"GET", "POST"} {
			if code := w.ask("", method, link, "").Code; code != 404 {
				t.Errorf("%s %.60s: %d", method, link, code)
			}
		}
	}
	w.Turn(desk.PageLife + time.Minute)
	w.ask("", "POST", good, "").is(404)
	if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Assignee.ID != "marta" {
		t.Errorf("%s has it", c.Assignee.ID)
	}
}
