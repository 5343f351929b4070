package rebuild_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/pronto/edge"
	"pronto/infra/pronto/rebuild"
	"pronto/shared/policy"
)

// does is a request of Ana's, a lead, that must be taken.
func (w *world) does(method, path, body string) {
	w.t.Helper()
	w.doesAs("ana", method, path, body)
}

// doesAs is an agent's.
func (w *world) doesAs(agent, method, path, body string) {
	w.t.Helper()
	r := httptest.NewRequest(method, "http://localhost/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer dev:"+agent)
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	if edge.AsAgent(w.API()).ServeHTTP(rec, r); rec.Code != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
	w.Settle()
	w.Turn(time.Minute)
}

// What an agent did to two conversations is done again in the rebuilt table, with his words and without.
func TestWhatWasDoneToTwoIsRebuilt(t *testing.T) {
	w := open(t)
	w.mail(1, "ada@home.example", "care@acme.example", "My suitcase", "My suitcase arrived broken and nobody answers the phone. This is terrible.")
	w.mail(2, "bo@work.example", "care@acme.example", "A suitcase", "I broke somebody's suitcase.")
	w.mail(3, "cy@work.example", "care@acme.example", "Suitcase", "I saw it.")
	ada, bo, cy := w.conversationOf("ada@home.example"), w.conversationOf("bo@work.example"), w.conversationOf("cy@work.example")
	w.does("POST", "/conversations/"+bo+"/merge", `{"into":"`+ada+`","different_contacts":true,"why":"One suitcase."}`)
	w.does("POST", "/conversations/"+cy+"/merge", `{"into":"`+ada+`","different_contacts":true,"why":"A slip."}`)
	w.does("POST", "/conversations/"+cy+"/unmerge", `{"why":"It was a slip."}`)
	w.mail(4, "dot@home.example", "care@acme.example", "Wheel", "A wheel came off my suitcase.")
	w.mail(5, "eve@home.example", "care@acme.example", "Train", "Which train goes to the airport?")
	dot, eve := w.conversationOf("dot@home.example"), w.conversationOf("eve@home.example")
	w.does("POST", "/conversations/"+dot+"/relate", `{"to":"`+bo+`","why":"The same belt."}`)
	w.does("POST", "/conversations/"+eve+"/relate", `{"to":"`+dot+`"}`)
	w.does("POST", "/conversations/"+dot+"/unrelate", `{"to":"`+eve+`","why":"It is not."}`)
	w.does("POST", "/conversations/"+cy+"/merge", `{"into":"`+bo+`","different_contacts":true}`)
	contact := func(id string) string {
		var c work.Conversation
		w.ask("GET", "/conversations/"+id, "", &c)
		return c.Contact.ID
	}
	w.does("POST", "/contacts/"+contact(ada)+"/link", `{"contact":"`+contact(bo)+`","why":"It is one person.","consent":true}`)
	w.does("POST", "/contacts/"+contact(ada)+"/link", `{"contact":"`+contact(cy)+`","why":"So is this."}`)
	w.does("POST", "/contacts/"+contact(bo)+"/unlink", `{"why":"It is not."}`)
	var c work.Conversation
	w.ask("GET", "/conversations/"+ada, "", &c)
	w.does("POST", "/conversations/"+ada+"/split", `{"messages":["`+c.Messages[0].ID+`"],"why":"Hers is another."}`)
	w.ask("GET", "/conversations/"+ada, "", &c)
	own := c.SplitOff[0].Conversation
	before, wheel, hers := w.shown(ada), w.shown(dot), w.shown(own)
	w.lose()
	report, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: w.Clock.Now()})
	if err != nil || report.Doings != 9 || report.Notes != 2 || report.Unsigned+report.Troubled != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if after := w.shown(ada); after != before || !strings.Contains(after, "One suitcase.") {
		t.Errorf("it was\n%s\nis\n%s", before, after)
	}
	if after := w.shown(dot); after != wheel || !strings.Contains(after, "The same belt.") {
		t.Errorf("what is related was\n%s\nis\n%s", wheel, after)
	}
	if after := w.shown(own); after != hers || !strings.Contains(after, "Hers is another.") || !strings.Contains(after, "arrived broken") {
		t.Errorf("what was split off was\n%s\nis\n%s", hers, after)
	}
	if w.ask("GET", "/conversations/"+dot, "", &c); len(c.Related) != 1 || c.Related[0] != ada {
		t.Errorf("related to %v", c.Related)
	}
	w.ask("GET", "/conversations/"+ada, "", &c)
	if len(c.Contact.Same) != 1 || c.Contact.Same[0].Contact != contact(cy) || c.Contact.Same[0].By != "ana" {
		t.Errorf("she is the same as %+v", c.Contact.Same)
	}
}

// Who wrote it is in no rule book any more when the table is made anew: what had left has left, answers what it answered, and does not leave again.
func TestTheAnswerOfWhoIsThereNoMoreIsRebuilt(t *testing.T) {
	w := open(t)
	w.mail(1, "ada@home.example", "care@acme.example", "My suitcase", "Where is my suitcase?")
	ada := w.conversationOf("ada@home.example")
	w.doesAs("oleg", "POST", "/conversations/"+ada+"/claim", `{}`)
	w.doesAs("oleg", "POST", "/conversations/"+ada+"/reply", `{"text":"It is found.","undo":true}`)
	w.Turn(5 * time.Minute)
	before := w.shown(ada)
	if w.sentTo("ada@home.example", "reply") != 1 || !strings.Contains(before, "promise kept") {
		t.Fatalf("before the loss: %s", before)
	}
	book, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := policy.Parse("policy.yaml", []byte(strings.ReplaceAll(string(book), "oleg", "olga")))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.lose()
	without := *w.Setup
	without.Rules = p
	if report, err := rebuild.Run(t.Context(), &without, rebuild.Options{Until: w.Clock.Now()}); err != nil || report.Answers != 1 || report.Troubled > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	w.Settle()
	w.Turn(5 * time.Minute)
	if after := w.shown(ada); after != before {
		t.Errorf("it was\n%s\nis\n%s", before, after)
	}
	if n := w.sentTo("ada@home.example", "reply"); n != 1 {
		t.Errorf("it left %d times", n)
	}
}
