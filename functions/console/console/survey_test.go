package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/shared/desk"
)

// asking is the rule book of two, in which Acme Air asks how it was.
func asking(t *testing.T, after string) string {
	t.Helper()
	path := two(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	book := strings.Replace(string(b), "    name: Acme Air\n", "    name: Acme Air\n    survey: {after: "+after+"}\n", 1)
	if err := os.WriteFile(path, []byte(book), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openAsking(t *testing.T, after string) *world {
	t.Helper()
	w := &world{Desk: desktest.New(t, desktest.Options{Start: monday, Policy: asking(t, after)}), t: t}
	w.api = edge.AsAgent(w.API())
	return w
}

// settled answers and resolves a complaint of Ada's.
func (w *world) settled() string {
	w.t.Helper()
	id := w.complaint()
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"Hello Ada, we replace it.","then":{"resolve":true}}`).is(200)
	w.Settle()
	w.Turn(time.Minute)
	return id
}

var surveyLink = regexp.MustCompile(`/survey/[A-Za-z0-9_-]+\?a=\d`)

// surveys are the surveys that have left.
func surveys(d *desktest.Desk) (all []edge.Piece) {
	for _, p := range d.Outbox() {
		if p.Kind == "survey" {
			all = append(all, p)
		}
	}
	return all
}

// visits is a browser that opens a survey's link, or with a form sends it.
func (w *world) visits(method, link string, form url.Values) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://localhost"+link, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	return rec
}

func (w *world) board() (b work.Board) {
	w.t.Helper()
	w.ask("ana", "GET", "/api/v1/stats/board?brand=acme-air", "").is(200).into(&b)
	return b
}

// Two hours after: Ada is asked, her mail's scanner opens every link of it, and then she answers, twice.
func TestACustomerIsAskedAndAnswersWithOneClick(t *testing.T) {
	w := openAsking(t, "2h")
	id := w.settled()
	if got := surveys(w.Desk); len(got) != 0 {
		t.Fatalf("asked at once: %+v", got)
	}
	w.Turn(2 * time.Hour)
	got := surveys(w.Desk)
	if len(got) != 1 || got[0].To != "ada@home.example" || !strings.Contains(got[0].Text, "automatically") || !strings.Contains(got[0].Text, "STOP") {
		t.Fatalf("asked: %+v", got)
	}
	for _, never := range []string{"suitcase", "terrible", "replace"} {
		if strings.Contains(got[0].Text+got[0].HTML, never) {
			t.Errorf("the survey repeats %q", never)
		}
	}
	links := surveyLink.FindAllString(got[0].Text, -1)
	if len(links) != 5 || !strings.HasSuffix(links[0], "a=5") || !strings.HasSuffix(links[4], "a=1") {
		t.Fatalf("links: %v", links)
	}
	if n := strings.Count(got[0].HTML, `<a href="`); n != 5 {
		t.Errorf("%d links in the HTML", n)
	}
	for _, l := range links {
		for _, method := range []string{"GET", "HEAD"} {
			if rec := w.visits(method, l, nil); rec.Code != 200 || rec.Header().Get("Set-Cookie") != "" || rec.Header().Get("Referrer-Policy") != "no-referrer" {
				t.Fatalf("%s: %d %v", method, rec.Code, rec.Header())
			}
		}
	}
	if b := w.board(); b.Survey.All.Asked != 1 || b.Survey.All.Answered != 0 {
		t.Fatalf("looking was counted: %+v", b.Survey.All)
	}
	page := w.visits("GET", links[3], nil).Body.String()
	if !strings.Contains(page, `value="2" required checked`) || strings.Contains(page, "<script") || strings.Contains(page, "suitcase") || strings.Contains(page, "Ada") {
		t.Errorf("the page is %s", page)
	}
	bare, _, _ := strings.Cut(links[0], "?")
	if rec := w.visits("POST", bare, url.Values{"comment": {"x"}}); rec.Code != 422 || !strings.Contains(rec.Body.String(), "Choose one") {
		t.Errorf("no answer is answered %d %s", rec.Code, rec.Body)
	}
	if rec := w.visits("POST", bare, url.Values{"a": {"2"}, "comment": {strings.Repeat("ö", 1001)}}); rec.Code != 422 || !strings.Contains(rec.Body.String(), "ööö") {
		t.Errorf("a long comment is answered %d", rec.Code)
	}
	hostile := "<script>alert(1)</script>\u202egnihton \x00wrong"
	if rec := w.visits("POST", bare, url.Values{"a": {"2"}, "comment": {hostile}}); rec.Code != 200 || !strings.Contains(rec.Body.String(), "Thank you") || strings.Contains(rec.Body.String(), "alert") {
		t.Errorf("answered %d %s", rec.Code, rec.Body)
	}
	before := w.ask("ana", "GET", conv(id), "").conversation().Version
	w.visits("POST", bare, url.Values{"a": {"4"}})
	w.visits("POST", bare, url.Values{"a": {"4"}})
	// Whoever has the link changes his mind ten times at most, and no agent is told that the conversation has moved.
	for n := 3; n <= 12; n++ {
		w.visits("POST", bare, url.Values{"a": {string(rune('3' + n%2))}})
	}
	if is := w.ask("ana", "GET", conv(id), "").conversation(); is.Version != before {
		t.Errorf("ratings moved the version from %d to %d", before, is.Version)
	}
	var turns work.Audit
	w.ask("ana", "GET", "/api/v1/audit?conversation="+url.QueryEscape(id), "").is(200).into(&turns)
	rated := 0
	for _, i := range turns.Items {
		if i.Event == "rated" {
			rated++
		}
	}
	if rated != desk.MaxRatings {
		t.Errorf("%d answers to one survey", rated)
	}
	b := w.board()
	if a := b.Survey.All; a.Asked != 1 || a.Answered != 1 || a.Ratings != [5]int{0, 0, 0, 1, 0} || *a.Good != 1 || a.Comments != 1 || len(b.Survey.Low) != 0 || b.Survey.ByLanguage["en"].Answered != 1 {
		t.Errorf("counted: %+v", a)
	}
	c := w.ask("ana", "GET", conv(id), "").conversation()
	last := c.Messages[len(c.Messages)-1]
	if c.Status != desk.StatusResolved || last.Kind != "survey" || last.Rating == nil || last.Rating.Is != 4 || last.Rating.Comment != "<script>alert(1)</script>gnihton wrong" || !strings.Contains(last.Text, "4/5 · Satisfied") {
		t.Errorf("%s: %+v %+v", c.Status, last, last.Rating)
	}
	if sum := w.Day("2026-11-23"); sum.Received != 1 || !sum.Balanced {
		t.Errorf("the day's sum is %+v", sum)
	}
	w.Clock.Turn(14 * 24 * time.Hour)
	if rec := w.visits("GET", links[0], nil); rec.Code != 200 || strings.Contains(rec.Body.String(), "<form") || !strings.Contains(rec.Body.String(), "is over") {
		t.Errorf("later: %d %s", rec.Code, rec.Body)
	}
	w.visits("POST", bare, url.Values{"a": {"1"}})
	w.ask("ana", "GET", "/api/v1/stats/board?brand=acme-air&from=2026-11-23&to=2026-11-30", "").is(200).into(&b)
	if b.Survey.All.Ratings[3] != 1 {
		t.Errorf("counted when it was over: %+v", b.Survey.All)
	}
}

func TestSurveyLinksThatAreNotGood(t *testing.T) {
	w := openAsking(t, "0s")
	w.settled()
	good, _, _ := strings.Cut(surveyLink.FindString(surveys(w.Desk)[0].Text), "?")
	called := w.link("ana", surveys(w.Desk)[0].Conversation)
	for _, link := range []string{"/survey/x", good[:len(good)-1], good + "A", "/survey/" + strings.TrimPrefix(called, "/page/"), "/survey/" + strings.Repeat("a", 5000)} {
		for _, method := range []string{"GET", "POST"} {
			if rec := w.visits(method, link, url.Values{"a": {"5"}}); rec.Code != 404 && rec.Code != 429 {
				t.Errorf("%s %.60s: %d", method, link, rec.Code)
			}
		}
	}
	if code := w.ask("", "POST", "/page/"+strings.TrimPrefix(good, "/survey/"), "").Code; code != 404 {
		t.Errorf("a survey's link takes a conversation: %d", code)
	}
	often := 0
	for range 40 {
		if w.visits("POST", good, url.Values{"a": {"5"}}).Code == 429 {
			often++
		}
	}
	if often == 0 {
		t.Error("one link may be sent without end")
	}
	if b := w.board(); b.Survey.All.Answered != 1 {
		t.Errorf("%+v", b.Survey.All)
	}
}

// What the customer writes meanwhile comes first, in this conversation or another; and who answers the survey by mail has written a mail.
func TestNobodyIsAskedWhileSomethingElseIsOpen(t *testing.T) {
	w := openAsking(t, "0s")
	id := w.complaint()
	w.Turn(time.Minute)
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"Hello Ada, we replace it.","then":{"resolve":true}}`).is(200)
	w.ask("ana", "PUT", "/api/v1/silence", `{"on":true,"why":"wrong words"}`).is(200)
	w.Settle()
	w.Turn(time.Minute)
	w.SendMail("ada@home.example", strings.Replace(strings.Replace(angry, "<1@", "<2@", 1), "My suitcase", "My invoice", 1)+"\nAnd now the invoice is wrong as well.\n", "care@acme.example")
	w.Settle()
	w.ask("ana", "PUT", "/api/v1/silence", `{"on":false}`).is(200)
	w.Turn(10 * time.Minute)
	if got := surveys(w.Desk); len(got) != 0 {
		t.Errorf("asked while another matter is open: %+v", got)
	}
	w2 := openAsking(t, "0s")
	id = w2.settled()
	s := surveys(w2.Desk)[0]
	to := regexp.MustCompile(`[^ <]+@reply.acme.example`).FindString(s.Headers["Reply-To"])
	w2.SendMail("ada@home.example", "From: ada@home.example\nTo: "+to+"\nSubject: Re: "+s.Subject+"\nMessage-ID: <3@home.example>\n\nThe new one is broken, too.\n", to)
	w2.Settle()
	if c := w2.ask("ana", "GET", conv(id), "").conversation(); c.Status != desk.StatusOpen {
		t.Errorf("a mail to the survey left it %s", c.Status)
	}
}

// Whatever write fails on the way of a survey, and however: at most one leaves, and its answer finds it.
func TestASurveySurvivesEveryFault(t *testing.T) {
	book := asking(t, "0s")
	run := func(t *testing.T, f *desktest.Fault) (w *world, before int) {
		t.Helper()
		w = &world{Desk: desktest.NewBroken(t, desktest.Options{Start: monday, Policy: book}, f), t: t}
		w.api = edge.AsAgent(w.API())
		id := w.complaint()
		w.ask("ana", "POST", conv(id, "reply"), `{"text":"Hello Ada."}`).is(200)
		w.Settle()
		w.ask("ana", "POST", conv(id, "resolve"), "").is(200)
		before = len(f.Writes())
		w.Turn(5 * time.Minute)
		return w, before
	}
	whole := &desktest.Fault{}
	w, before := run(t, whole)
	if n := len(surveys(w.Desk)); n != 1 {
		t.Fatalf("%d surveys", n)
	}
	for i := before; i < len(whole.Writes()); i++ {
		for _, mode := range desktest.Modes() {
			t.Run(whole.Writes()[i]+" "+string(mode), func(t *testing.T) {
				w, _ := run(t, &desktest.Fault{At: i + 1, Mode: mode})
				w.Errors()
				got := surveys(w.Desk)
				if len(got) > 1 {
					t.Fatalf("%d surveys left", len(got))
				}
				w.api = edge.AsAgent(w.API())
				if b := w.board(); b.Survey.All.Asked != 1 {
					t.Errorf("counted %+v", b.Survey.All)
				}
				if len(got) == 0 {
					return // it may have left, or not: it is not tried again
				}
				link, _, _ := strings.Cut(surveyLink.FindString(got[0].Text), "?")
				if rec := w.visits("POST", link, url.Values{"a": {"5"}}); rec.Code != 200 || !strings.Contains(rec.Body.String(), "Thank you") {
					t.Errorf("its answer is answered %d %s", rec.Code, rec.Body)
				}
			})
		}
	}
}
