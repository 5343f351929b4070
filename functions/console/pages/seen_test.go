package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// An open page that shows what there is is answered 304 by one row; what happens in the desk moves that row, and time alone is looked at once a minute.
func TestAnOpenQueueAsksForOneRow(t *testing.T) {
	w := open(t)
	w.complaint()
	marta := w.as("marta")
	tag := ""
	poll := func(status int) float64 {
		t.Helper()
		before := 0.0
		for _, u := range w.AWS.DynamoDB.Usage() {
			before += u.TableRead + u.IndexRead
		}
		got := marta.send(http.MethodGet, "/console?view=all", nil, "HX-Request", "true", "If-None-Match", tag)
		if status != 0 {
			got.is(status)
		}
		tag = got.Header().Get("ETag")
		after := 0.0
		for _, u := range w.AWS.DynamoDB.Usage() {
			after += u.TableRead + u.IndexRead
		}
		return after - before
	}
	whole := poll(http.StatusOK)
	poll(http.StatusNotModified) // the second look, for what the index may have missed
	for range 3 {
		if n := poll(http.StatusNotModified); n > 1 {
			t.Errorf("a look at nothing new reads %v units; a whole one %v", n, whole)
		}
	}
	w.SendMail("bo@home.example", "From: Bo <bo@home.example>\nTo: care@acme.example\nSubject: Hello\nMessage-ID: <b@p.example>\n\nWhere is my seat?\n", "care@acme.example")
	w.Settle()
	poll(http.StatusOK)
	poll(http.StatusNotModified)
	w.Clock.Turn(time.Minute)
	if n := poll(0); n <= 1 { // it may cost more to wait, or less
		t.Errorf("a minute later it reads %v", n)
	}
	tag = `"nonsense"`
	poll(http.StatusOK)
}

// An open conversation to which nothing happens is answered 304 by its head and by who is there. A turn, a colleague who comes, and what becomes of an answer are seen at once.
func TestAnOpenConversationAsksForItsHead(t *testing.T) {
	w := open(t)
	at, tag := w.complaint(), ""
	w.Turn(3 * time.Minute)
	marta, oleg := w.as("marta"), w.as("oleg")
	units := func() (sum float64) {
		for _, u := range w.AWS.DynamoDB.Usage() {
			sum += u.TableRead + u.IndexRead
		}
		return sum
	}
	poll := func(what string, status int) float64 {
		t.Helper()
		before := units()
		got := marta.send(http.MethodGet, at+"?page=p1", nil, "HX-Request", "true", "If-None-Match", tag)
		if got.Code != status && status != 0 {
			t.Errorf("%s: %d", what, got.Code)
		}
		tag = got.Header().Get("ETag")
		return units() - before
	}
	const least = 2 // the head, and who is there
	whole := poll("the first question", http.StatusOK)
	for range 3 {
		if n := poll("nothing new", http.StatusNotModified); n > least || whole < 3*least {
			t.Errorf("a look at nothing new reads %v units; a whole one %v", n, whole)
		}
	}
	form := oleg.get(at).is(http.StatusOK).fields()
	poll("Oleg has come", http.StatusOK)
	form.Set("text", "It comes tomorrow.")
	oleg.send(http.MethodPost, at+"/reply", form).is(http.StatusSeeOther)
	poll("Oleg has answered", http.StatusOK)
	w.Settle()
	poll("it has left", http.StatusOK)
	if n := poll("it may have arrived", http.StatusNotModified); n <= least {
		t.Errorf("what becomes of an answer is not looked at: %v units", n)
	}
	w.Turn(3 * time.Minute)
	poll("it has arrived", http.StatusOK)
	if n := poll("nothing new", http.StatusNotModified); n > least {
		t.Errorf("later a look reads %v units", n)
	}
	w.Clock.Turn(time.Minute)
	if n := poll("a minute later", 0); n <= least {
		t.Errorf("a minute later it reads %v", n)
	}
	tag = `"nonsense"`
	poll("of what is no tag", http.StatusOK)
}

// Who asks without end is told to wait, and keeps what he typed.
func TestPagesAreLimited(t *testing.T) {
	w := open(t)
	w.complaint()
	marta := w.as("marta")
	for range 2000 {
		got := marta.get("/console/macros")
		if got.Code == http.StatusTooManyRequests {
			if got.Header().Get("Retry-After") == "" || !strings.Contains(got.text(), "wait a moment") {
				t.Errorf("%v %s", got.Header(), got.text())
			}
			w.as("oleg").get("/console").is(http.StatusOK)
			return
		}
	}
	t.Error("2000 pages at once are answered")
}
