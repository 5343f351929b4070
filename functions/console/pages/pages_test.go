package pages_test

import (
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/session"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const console = "http://localhost"

// world is a desk with its pages, and browsers without scripts.
type world struct {
	*desktest.Desk
	t *testing.T
}

func open(t *testing.T) *world {
	t.Helper()
	o := desktest.Options{Start: monday, Policy: two(t)}
	o.ConsoleURL = console
	return &world{desktest.New(t, o), t}
}

// two is the rule book with a second brand: Rosa answers for it alone.
func two(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book := strings.Replace(string(b), "\nagents:\n", `
  - id: other-air
    name: Other Air
    language: en
    time_zone: Europe/Rome
    addresses: [care@other.example]
    domains: [other.example]
    from: {name: Other Air, address: care@other.example}
    reply_domain: reply.other.example
    team: {id: "team:other", name: Other Care}
    rota:
      layers:
        - {name: first, rotation: weekly, start: 2026-01-05, hand_over: monday 09:00, agents: [rosa]}

agents:
  - id: rosa
    brands: [other-air]
    name: Rosa Kell
    role: lead
    languages: [en]
    page: [mail: rosa@staff.other.example]
`, 1)
	book = strings.Replace(book, "    reply_domain: reply.acme.example", "    undo: 0s\n    reply_domain: reply.acme.example", 1) // an answer leaves at once, but where a test says so
	for _, id := range []string{"marta", "oleg"} {                                                                                // Ana answers for both
		book = strings.Replace(book, "  - id: "+id+"\n", "  - id: "+id+"\n    brands: [acme-air]\n", 1)
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(book), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// browser is an agent's, with the cookies of a session.
type browser struct {
	*world
	cookies []*http.Cookie
}

func (w *world) as(agent string) *browser {
	u, err := url.Parse(console)
	if err != nil {
		w.t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	session.New(w.Keys, u).Begin(rec, agent, w.Clock.Now())
	return &browser{w, rec.Result().Cookies()}
}

// seen is what a browser gets.
type seen struct {
	*httptest.ResponseRecorder
	t *testing.T
}

func (b *browser) send(method, path string, form url.Values, headers ...string) seen {
	b.t.Helper()
	if form != nil {
		headers = append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)
	}
	return b.raw(method, path, strings.NewReader(form.Encode()), headers...)
}

func (b *browser) raw(method, path string, body io.Reader, headers ...string) seen {
	b.t.Helper()
	r := httptest.NewRequest(method, console+path, body)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	b.API().ServeHTTP(rec, r)
	return seen{rec, b.t}
}

func (b *browser) get(path string) seen { return b.send(http.MethodGet, path, nil) }

// is fails the test when the status is another.
func (s seen) is(status int) seen {
	s.t.Helper()
	if s.Code != status {
		s.t.Fatalf("status %d, want %d: %s", s.Code, status, s.text())
	}
	return s
}

// text is the page as a reader has it, more or less.
func (s seen) text() string {
	body := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(s.Body.String(), " ")
	return strings.Join(strings.Fields(html.UnescapeString(body)), " ")
}

func (s seen) shows(words ...string) seen {
	s.t.Helper()
	for _, w := range words {
		if !strings.Contains(s.text(), w) {
			s.t.Errorf("the page does not show %q: %s", w, s.text())
		}
	}
	return s
}

// fields are the hidden fields of the page's work.
func (s seen) fields() url.Values {
	s.t.Helper()
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)">`).FindAllStringSubmatch(s.Body.String(), -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	if form.Get("token") == "" {
		s.t.Fatalf("no form here: %s", s.text())
	}
	return form
}

const angry = `From: Ada Marsh <ada@home.example>
To: care@acme.example
Subject: My <b>suitcase</b>
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <1@home.example>

My suitcase arrived broken and nobody answers the phone. This is terrible.
<script>alert(1)</script> {{.Token}}
`

// A very long conversation begins with its newest messages, and can be read from the first.
func TestALongConversationIsReadFromTheFirst(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	text := marta.get(page + "?from=0").is(http.StatusOK).shows("My suitcase arrived broken").text()
	if strings.Contains(text, "From the first message") || strings.Contains(text, "What came later") {
		t.Error("a short conversation is all there, and says otherwise")
	}
	marta.get(page + "?from=none").is(http.StatusBadRequest)
	id := strings.TrimPrefix(page, "/console/conversations/")
	for i := range 505 {
		w.Clock.Turn(time.Millisecond)
		raw := fmt.Sprintf(`{"text":"note %d."}`, i)
		r := httptest.NewRequest(http.MethodPost, console+"/api/v1/conversations/"+id+"/note", strings.NewReader(raw))
		r.Header.Set("Authorization", "Bearer dev:marta")
		rec := httptest.NewRecorder()
		edge.AsAgent(w.API()).ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			t.Fatalf("note %d: %d %s", i, rec.Code, rec.Body)
		}
	}
	marta.get(page).is(http.StatusOK).shows("From the first message", "note 504.")
	first := marta.get(page+"?from=0").is(http.StatusOK).shows("My suitcase arrived broken", "note 400.", "What came later")
	later := regexp.MustCompile(`href="([^"]+)">What came later`).FindStringSubmatch(first.Body.String())
	marta.get(html.UnescapeString(later[1])).is(http.StatusOK).shows("note 504.")
}

// complaint lets Ada complain, and gives the conversation's page.
func (w *world) complaint() string {
	w.t.Helper()
	w.SendMail("ada@home.example", angry, "care@acme.example")
	w.Settle()
	return "/console/conversations/" + w.Outbox()[0].Conversation
}

func TestWhoIsNotSignedInIsSentToSignIn(t *testing.T) {
	w := open(t)
	page := w.complaint()
	nobody := &browser{world: w}
	for _, path := range []string{"/console", "/console?view=mine", page, "/console/day", "/console/board", "/console/on-call", "/console/silence"} {
		got := nobody.get(path).is(http.StatusSeeOther).Header().Get("Location")
		if want := "/console/sign-in?" + (url.Values{"to": {path}}).Encode(); got != want {
			t.Errorf("%s leads to %s, want %s", path, got, want)
		}
	}
	if got := nobody.get("/").is(http.StatusSeeOther).Header().Get("Location"); got != "/console" {
		t.Errorf("/ leads to %s", got)
	}
	nobody.send(http.MethodGet, page, nil, "HX-Request", "true").is(http.StatusUnauthorized)
	nobody.send(http.MethodPost, page+"/reply", url.Values{"text": {"Dear <Ada>, at once"}}).is(http.StatusUnauthorized).shows("Sign in again", "Dear <Ada>, at once")
	w.as("gone").get("/console").is(http.StatusSeeOther)
	late := w.as("ana")
	w.Turn(session.Idle)
	late.get("/console").is(http.StatusSeeOther)
}

func TestAnAnswerLeavesOnce(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	marta.get("/console").is(http.StatusOK).shows("Ada Marsh", "My <b>suitcase</b>", "high", "'broken'", "English", "you")
	form := marta.get(page).is(http.StatusOK).shows("Answer Ada Marsh", "First answer by 11:00", "signed Marta Lindqvist").fields()
	form.Set("text", "Dear Ada,\r\nwe pay for it.")
	for range 2 { // a double click, and the back button
		if to := marta.send(http.MethodPost, page+"/reply", form).is(http.StatusSeeOther).Header().Get("Location"); to != page+"?said=reply" {
			t.Errorf("it leads to %s", to)
		}
	}
	w.Settle()
	replies := 0
	for _, p := range w.Outbox() {
		if p.Kind == "reply" {
			replies++
			if !strings.HasPrefix(p.Text, "Dear Ada,\nwe pay for it.\n") {
				t.Errorf("it says %q", p.Text)
			}
		}
	}
	if replies != 1 {
		t.Errorf("%d answers left", replies)
	}
	marta.get(page+"?said=reply").is(http.StatusOK).shows("Your answer is on its way.", "Marta Lindqvist answered", "waiting for the customer", "First answer 11:00 met")
	form.Set("text", "Other words.")
	marta.send(http.MethodPost, page+"/reply", form).is(http.StatusUnprocessableEntity).shows("This was done already, with other words", "Other words.")
}

func TestWhoWasQuickerIsSaidAndNothingTypedIsLost(t *testing.T) {
	w := open(t)
	page, marta, oleg := w.complaint(), w.as("marta"), w.as("oleg")
	mine, his := marta.get(page).fields(), oleg.get(page).fields()
	his.Set("text", "I have sent you a voucher.")
	oleg.send(http.MethodPost, page+"/reply", his).is(http.StatusSeeOther)
	mine.Set("text", "We are looking for it.")
	mine.Set("note", "He called twice.")
	again := marta.send(http.MethodPost, page+"/reply", mine).is(http.StatusConflict).
		shows("What you have not seen Oleg Savchuk answered at 10:00. I have sent you a voucher.", "Nothing of yours was sent", "Send all the same", "We are looking for it.", "He called twice.")
	next := again.fields()
	next.Set("text", "We are looking for it, too.")
	marta.send(http.MethodPost, page+"/reply", next).is(http.StatusSeeOther)

	a, b := marta.get(page).fields(), oleg.get(page).fields()
	a.Set("now", a.Get("version"))
	marta.send(http.MethodPost, page+"/resolve", a).is(http.StatusSeeOther)
	oleg.send(http.MethodPost, page+"/claim", b).is(http.StatusPreconditionFailed).shows("Somebody was quicker: it is resolved now")
}

func TestTheOtherTextsStay(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("oleg")
	form := marta.get(page).fields()
	form.Set("text", "Dear Ada, half of an ans")
	form.Set("note", "She flies on Monday.")
	after := marta.send(http.MethodPost, page+"/claim", form).is(http.StatusOK).shows("It is yours.", "half of an ans", "She flies on Monday.")
	form = after.fields()
	form.Set("text", "Dear Ada, half of an ans")
	form.Set("note", "She flies on Monday.")
	after = marta.send(http.MethodPost, page+"/note", form).is(http.StatusOK).shows("Note kept.", "half of an ans", "note, for colleagues only")
	if n := strings.Count(after.Body.String(), "She flies on Monday."); n != 1 {
		t.Errorf("the note stands %d times on the page: once, in the timeline", n)
	}
	form = marta.get(page).fields()
	form.Set("note", "@marta, and @nobody: look at this.")
	marta.send(http.MethodPost, page+"/note", form).is(http.StatusOK).shows("Note kept. Marta Lindqvist is called. Nobody here has the id nobody.")
}

func TestHandingOverSnoozingAndDoneness(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	do := func(doing string, status int, pairs ...string) seen {
		t.Helper()
		form := marta.get(page).fields()
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return marta.send(http.MethodPost, page+"/"+doing, form).is(status)
	}
	do("assign", http.StatusUnprocessableEntity, "handover", "Speaks English").shows("Choose who is to have it.", "Speaks English")
	do("assign", http.StatusSeeOther, "to", "oleg", "handover", "Speaks English")
	marta.get(page).shows("Has it: Oleg Savchuk", "Speaks English")
	do("unassign", http.StatusSeeOther)
	marta.get(page).shows("The team’s: Acme Air Care")
	do("snooze", http.StatusUnprocessableEntity).shows("Choose until when.")
	do("snooze", http.StatusUnprocessableEntity, "until_local", "2026-11-23T09:30").shows("time to come")
	do("snooze", http.StatusSeeOther, "until_local", "2026-11-24T09:30")
	marta.get(page).shows("snoozed until tomorrow 09:30")
	marta.get("/console?view=pending").shows("snoozed until tomorrow 09:30")
	preset := regexp.MustCompile(`name="until" value="([^"]+)">Tomorrow, 09:00`).FindStringSubmatch(marta.get(page).Body.String())
	if preset == nil {
		t.Fatal("there is no preset for tomorrow")
	}
	do("snooze", http.StatusSeeOther, "until", html.UnescapeString(preset[1]))
	marta.get(page).shows("snoozed until tomorrow 09:00")
	do("resolve", http.StatusSeeOther)
	do("snooze", http.StatusConflict, "text", "One more thing", "until_local", "2026-11-24T09:30").shows("reopen it first", "One more thing")
	do("reopen", http.StatusSeeOther)
	do("nonsense", http.StatusNotFound)
	for doing, says := range map[string]string{"reply": "The answer has no words yet.", "note": "The note has no words yet."} {
		s := do(doing, http.StatusUnprocessableEntity).shows(says).Body.String()
		field := map[string]string{"reply": "text", "note": "note"}[doing]
		if at := regexp.MustCompile(`<textarea [^>]*aria-invalid="true" aria-describedby="alert [^>]*>`).FindAllString(s, -1); len(at) != 1 || !strings.Contains(at[0], `name="`+field+`"`) {
			t.Errorf("%s: at fault are %q", doing, at)
		}
	}
}

// A form on another site, or one that is none of this session's, does nothing.
func TestPostsOfOthersAreRefused(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	form := marta.get(page).fields()
	form.Set("text", "Not mine")
	for name, headers := range map[string][]string{
		"cross-site": {"Sec-Fetch-Site", "cross-site"}, "same-site": {"Sec-Fetch-Site", "same-site"}, "another origin": {"Origin", "https://evil.example"},
	} {
		if got := marta.send(http.MethodPost, page+"/reply", form, headers...); got.Code != http.StatusForbidden {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
	foreign := w.as("oleg").get(page).fields().Get("token")
	for _, token := range []string{"", "x", foreign} {
		bad := url.Values{"text": {"Not mine"}, "version": form["version"], "token": {token}}
		marta.send(http.MethodPost, page+"/reply", bad).is(http.StatusForbidden).shows("Not mine")
	}
	marta.send(http.MethodPost, page+"/reply", url.Values{"text": {strings.Repeat("a", 2<<20)}}).is(http.StatusRequestEntityTooLarge)
	w.Settle()
	if n := len(w.Outbox()); n != 1 {
		t.Errorf("%d pieces have left", n)
	}
	marta.send(http.MethodPost, page+"/reply", form, "Sec-Fetch-Site", "same-origin", "Origin", console).is(http.StatusSeeOther)
}

func TestAnothersBrandDoesNotExist(t *testing.T) {
	w := open(t)
	page, rosa := w.complaint(), w.as("rosa")
	rosa.get(page).is(http.StatusNotFound).shows("Not found")
	rosa.send(http.MethodPost, page+"/claim", rosa.get("/console").fields()).is(http.StatusNotFound)
	rosa.get("/console").is(http.StatusOK).shows("Nobody waits for an answer.")
	rosa.get("/console?brand=acme-air").is(http.StatusNotFound)
	for _, path := range []string{"/console/day", "/console/on-call", "/console/silence"} {
		if text := rosa.get(path).is(http.StatusOK).shows("Other Air").text(); strings.Contains(text, "Acme") {
			t.Errorf("%s tells of another brand: %s", path, text)
		}
	}
	w.as("ana").get("/console").shows("Acme Air", "every brand")
}

func TestTheSilenceSwitchIsALeads(t *testing.T) {
	w := open(t)
	marta, ana := w.as("marta"), w.as("ana")
	marta.get("/console/silence").is(http.StatusOK).shows("Off. Receipts leave.", "A lead may turn it.")
	order := url.Values{"token": marta.get("/console").fields()["token"], "brand": {"acme-air"}, "on": {"true"}, "why": {"a wrong date in receipts"}}
	marta.send(http.MethodPost, "/console/silence", order).is(http.StatusForbidden).shows("a wrong date in receipts")
	order["token"] = ana.get("/console").fields()["token"]
	ana.send(http.MethodPost, "/console/silence", order).is(http.StatusSeeOther)
	marta.get("/console/silence").shows("by Ana Ferrante: a wrong date in receipts")
	marta.get(w.complaint2()).shows("Receipts of this brand are switched off: a wrong date in receipts", "waiting to leave")
	order.Set("on", "false")
	ana.send(http.MethodPost, "/console/silence", order).is(http.StatusSeeOther)
	ana.get("/console/silence?said=silence").shows("The silence switch is turned.", "Off. Receipts leave.")
}

// What receipts tell of an incident is a lead's to write, in the languages of the brand; what cannot be taken comes back as it was typed.
func TestAnIncident(t *testing.T) {
	w := open(t)
	marta, ana := w.as("marta"), w.as("ana")
	marta.get("/console/silence").is(http.StatusOK).shows("Receipts tell of none.")
	order := url.Values{"token": marta.get("/console").fields()["token"], "brand": {"acme-air"}, "text-en": {"Check-in <is> down."}, "until": {"2026-11-23T15:30"}}
	marta.send(http.MethodPost, "/console/incident", order).is(http.StatusForbidden)
	order["token"] = ana.get("/console").fields()["token"]
	order.Set("until", "")
	ana.send(http.MethodPost, "/console/incident", order).is(http.StatusBadRequest).shows("must not be forgotten", "Check-in <is> down.")
	order.Set("until", "2026-11-23T15:30")
	ana.send(http.MethodPost, "/console/incident", order).is(http.StatusSeeOther)
	marta.get("/console/silence").shows("Receipts tell of an incident until 15:30 , in the words of Ana Ferrante.")
	order.Set("over", "true")
	ana.send(http.MethodPost, "/console/incident", order).is(http.StatusSeeOther)
	marta.get("/console/silence").shows("Receipts tell of none.")
}

// complaint2 is one whose receipt has not left: its page is found by the queue.
func (w *world) complaint2() string {
	w.t.Helper()
	w.SendMail("ada@home.example", angry, "care@acme.example")
	w.Settle()
	m := regexp.MustCompile(`/console/conversations/[a-z2-7]{16}`).FindString(w.as("marta").get("/console").Body.String())
	if m == "" {
		w.t.Fatal("the queue is empty")
	}
	return m
}

func TestThePagesStayFresh(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	for _, path := range []string{"/console", page} {
		version := html.UnescapeString(regexp.MustCompile(`data-version="([^"]+)"`).FindStringSubmatch(marta.get(path).Body.String())[1])
		again := marta.send(http.MethodGet, path, nil, "HX-Request", "true", "If-None-Match", version)
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s, unchanged: %d %s", path, again.Code, again.text())
		}
	}
	seenUpTo := marta.get(page).fields().Get("seen")
	oleg := w.as("oleg")
	form := oleg.get(page).fields()
	form.Set("note", "She is a pilot's wife.")
	oleg.send(http.MethodPost, page+"/note", form).is(http.StatusSeeOther)
	fresh := marta.send(http.MethodGet, page+"?seen="+seenUpTo, nil, "HX-Request", "true", "If-None-Match", `"old"`).is(http.StatusOK).
		shows("Oleg Savchuk left a note at 10:00.", "She is a pilot's wife.")
	for _, never := range []string{"<textarea", `name="token"`, "<html"} {
		if strings.Contains(fresh.Body.String(), never) {
			t.Errorf("what is fresh has %s in it: what is typed would be lost", never)
		}
	}
	// Looking on is not working: a page that is left open does not keep its agent signed in.
	for range 3 {
		w.Turn(45 * time.Minute)
		marta.send(http.MethodGet, page, nil, "HX-Request", "true")
	}
	marta.get(page).is(http.StatusSeeOther)
}

func TestNoPageHasScriptOrStyleOfItsOwn(t *testing.T) {
	w := open(t)
	page, ana := w.complaint(), w.as("ana")
	for path, status := range map[string]int{
		"/console": 200, "/console?view=all": 200, page: 200, "/console/on-call": 200, "/console/on-call/fairness": 200, "/console/on-call/fairness.csv": 200, "/console/on-call/fairness?month=x": 400, "/console/held": 200, "/console/day": 200, "/console/board": 200, "/console/handover": 200, "/console/board.csv?table=days": 200, "/console/silence": 200, "/console/channels": 200, "/console/rules": 200, "/console/signed-out": 200,
		"/console/nothing": 404, "/console/conversations/x": 404, "/console/day?day=x": 400, "/console/board?from=x": 400, "/console/board?from=2026-01-01": 422, "/console/board.csv?table=x": 400, "/console?view=x": 400, "/console?cursor=x": 400,
		"/console/signed-in": 400, "/console/static/x/console.js": 404,
	} {
		got := ana.get(path).is(status)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'"} {
			if !strings.HasPrefix(got.Header().Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, got.Header().Get(name))
			}
		}
		body := got.Body.String()
		csp := got.Header().Get("Content-Security-Policy")
		if path == page { // where files are sent from, to the store and nowhere else
			bare := strings.Replace(csp, "connect-src 'self' "+w.AWS.Endpoint()+";", "connect-src 'self';", 1)
			if bare == csp {
				t.Errorf("%s: its scripts cannot reach the store: %s", path, csp)
			}
			csp = bare
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || strings.Contains(csp, "http") {
			t.Errorf("%s: %s", path, csp)
		}
		for _, bad := range []string{`<style`, ` style="`, ` on[a-z]+="`, `<script>`, `javascript:`, `alert\(1\)</script>`, `src="[^/"]`, `(src|href|action)="(https?:)?//`} {
			if m := regexp.MustCompile(bad).FindString(body); m != "" {
				t.Errorf("%s has %s in it", path, m)
			}
		}
	}
}

// A first page in all, as a browser gets it: the page, style, scripts.
func TestAFirstPageIsSmall(t *testing.T) {
	w := open(t)
	page, ana := w.complaint(), w.as("ana")
	all := 0
	first := ana.send(http.MethodGet, page, nil, "Accept-Encoding", "gzip")
	paths := regexp.MustCompile(`/console/static/[a-z0-9]+/[a-z0-9.-]+`).FindAllString(unzip(t, first), -1)
	for _, path := range paths {
		file := ana.send(http.MethodGet, path, nil, "Accept-Encoding", "br, gzip").is(http.StatusOK)
		if file.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || unzip(t, file) != ana.get(path).Body.String() {
			t.Errorf("%s: %v", path, file.Header())
		}
		all += file.Body.Len()
	}
	all += ana.get("/console/manifest.webmanifest").is(http.StatusOK).Body.Len()
	if all += first.Body.Len(); len(paths) != 6 || all > 60_000 {
		t.Errorf("%d files and the page have %d bytes", len(paths), all)
	}
	t.Logf("%d bytes in all", all)
}

func unzip(t *testing.T, s seen) string {
	t.Helper()
	if s.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("not compressed: %v", s.Header())
	}
	z, err := gzip.NewReader(strings.NewReader(s.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// htmx is version 2.0.11 as npm has it (dist/htmx.min.js), to the byte.
func TestHTMXIsTheOneThatWasChosen(t *testing.T) {
	b, err := os.ReadFile("static/htmx.min.js")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(b)); got != "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717" || !strings.Contains(string(b), `version:"2.0.11"`) {
		t.Errorf("it is another one: %s", got)
	}
}

func TestOnCallAndTheDay(t *testing.T) {
	w := open(t)
	w.complaint()
	marta := w.as("marta")
	marta.get("/console/on-call").shows("Marta Lindqvist is called first", "Oleg Savchuk is called second", "Until Monday 30 November 2026, 09:00 CET", "Then Oleg Savchuk")
	marta.get("/console/day").shows("Monday 23 November 2026", "Every message is accounted for.", "Received 1", "Receipted 1")
	marta.get("/console/day?day=2026-11-22").shows("Sunday 22 November 2026", "Received 0", "The day after")
}

func TestWhatIsHeldIsReleasedDismissedAndItsSenderBlocked(t *testing.T) {
	w := open(t)
	lost := func(from, subject string) {
		raw := fmt.Sprintf("From: %[1]s\nTo: sales@acme.example\nSubject: %[2]s\nMessage-ID: <%[2]s@p.example>\n\nWhere is my <i>bag</i>?\n", from, subject)
		w.SendMail(from, raw, "sales@acme.example")
		w.Settle()
	}
	lost("ada@home.example", "First")
	w.Turn(time.Minute)
	lost("eve@spam.example", "Second")
	marta, ana := w.as("marta"), w.as("ana")
	links := regexp.MustCompile(`/console/held/[^"?]+`).FindAllString(marta.get("/console/held").is(http.StatusOK).shows("the policy does not name").Body.String(), -1)
	if len(links) != 2 {
		t.Fatalf("the held are %v", links)
	}
	first, second := links[1], links[0] // newest first
	form := marta.get(first).is(http.StatusOK).shows("First", "ada@home.example", "Where is my <i>bag</i>?").fields()
	marta.send(http.MethodPost, first+"/release", form).is(http.StatusSeeOther)
	w.Settle()
	marta.get("/console").shows("First")
	marta.get(first).shows("released", "To the conversation")
	form = marta.get(second).fields()
	form.Set("why", "It sells something.")
	if text := marta.get(second).text(); strings.Contains(text, "Block the sender") {
		t.Error("an agent is shown what a lead may do")
	}
	marta.send(http.MethodPost, second+"/block", form).is(http.StatusForbidden).shows("Only a lead", "It sells something.")
	form["token"] = ana.get(second).shows("Block the sender").fields()["token"]
	ana.send(http.MethodPost, second+"/block", form).is(http.StatusSeeOther)
	form["token"] = marta.get(second).fields()["token"]
	marta.send(http.MethodPost, second+"/dismiss", form).is(http.StatusSeeOther)
	marta.get("/console/held?said=dismiss").shows("Dismissed.", "Nothing is held.")
	marta.get(second).shows("dismissed by Marta Lindqvist: It sells something.")
	w.as("rosa").get(first).is(http.StatusNotFound)
	w.as("rosa").get("/console/held?brand=acme-air").is(http.StatusNotFound)
	marta.get("/console/held?brand=-").is(http.StatusNotFound)
	ana.get("/console/held?brand=-").is(http.StatusOK)
}

func TestSearching(t *testing.T) {
	w := open(t)
	w.complaint()
	marta := w.as("marta")
	marta.get("/console/search?q=ada%40home.example").is(http.StatusOK).shows("Found for “ada@home.example”", "Ada Marsh", "My <b>suitcase</b>")
	marta.get("/console/search?q=nobody%40home.example").is(http.StatusOK).shows("Nothing has these words in it.")
	if page := marta.get("/console/search").is(http.StatusOK); strings.Contains(page.text(), "Say what to look for") {
		t.Errorf("a search is reproached before it is made: %s", page.text())
	}
	marta.get("/console/search?q=").is(http.StatusBadRequest).shows("Say what to look for")
	w.as("rosa").get("/console/search?q=ada%40home.example").is(http.StatusOK).shows("Nothing has these words in it.")
}

// A stranger who names Ada's conversation waits in one of his own until an agent has looked.
func TestAGuestIsLetIn(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	receipt := w.Outbox()[0]
	w.SendMail("otto@work.example", "From: Otto <otto@work.example>\nTo: care@acme.example\nSubject: Re: suitcase\nMessage-ID: <9@work.example>\nIn-Reply-To: "+receipt.Headers["Message-ID"]+"\n\nIt is mine, too. When does it come?\n", "care@acme.example")
	w.Settle()
	guest := ""
	for _, link := range regexp.MustCompile(`/console/conversations/[a-z2-7]{16}`).FindAllString(marta.get("/console").Body.String(), -1) {
		if link != page {
			guest = link
		}
	}
	form := marta.get(guest).shows("in which nobody of this address takes part", "Let in", "Keep apart").fields()
	marta.send(http.MethodPost, guest+"/confirm", form).is(http.StatusSeeOther)
	marta.get(guest + "?said=confirm").shows("It goes on in another conversation")
	if r := marta.get(guest); r.Code != http.StatusSeeOther || r.Header().Get("Location") != page {
		t.Errorf("a merged conversation is shown as %d %s", r.Code, r.Header().Get("Location"))
	}
	form = marta.get(page).shows("It is mine, too.", "With Otto", "Marta Lindqvist merged two conversations here.", "Take apart again").fields()
	marta.send(http.MethodPost, guest+"/unmerge", form).is(http.StatusSeeOther)
	marta.get(guest+"?said=unmerge").shows("They are two conversations again", "Let in", "Keep apart")
	marta.send(http.MethodPost, guest+"/unmerge", url.Values{"token": form["token"], "key": {"v"}}).is(http.StatusConflict).shows("merged into no other")
}

func TestSigningOut(t *testing.T) {
	w := open(t)
	ana := w.as("ana")
	out := ana.send(http.MethodPost, "/console/sign-out", ana.get("/console").fields()).is(http.StatusSeeOther)
	if c := out.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("the cookies are %v", c)
	}
	ana.send(http.MethodPost, "/console/sign-out", url.Values{}).is(http.StatusForbidden)
}
