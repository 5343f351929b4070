package console_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/shared/desk"
)

func (w *world) circular(agent, method, path, body string, headers ...string) (c work.Circular) {
	w.t.Helper()
	w.ask(agent, method, "/api/v1/circulars"+path, body, headers...).is(200).into(&c)
	return c
}

// replies are the answers that have left, by whom they went to.
func replies(d *desktest.Desk) map[string][]edge.Piece {
	all := map[string][]edge.Piece{}
	for _, p := range d.Outbox() {
		if p.Kind == "reply" {
			all[p.To] = append(all[p.To], p)
		}
	}
	return all
}

// A storm grounds the fleet: many write, and one answer goes to each in its language, signed by who has it; who is not to get it is named with the reason.
func TestOneAnswerGoesToMany(t *testing.T) {
	w := open(t)
	write := func(n int, name, text string) {
		from := fmt.Sprintf("p%d@home%d.example", n, n)
		w.SendMail(from, fmt.Sprintf("From: %s <%s>\nTo: care@acme.example\nSubject: Storm\nMessage-ID: <%d@p.example>\n\n%s\n", name, from, n, text), "care@acme.example")
		w.Settle()
	}
	write(1, "Ada Marsh", "My flight was cancelled by the storm, and nobody tells me anything. This is terrible.")
	write(2, "Bruno Salvi", "Buongiorno, il mio volo è stato cancellato per la tempesta, quando parto adesso?")
	write(3, "Carmen Rios", "Buenos días: mi vuelo está cancelado por la tormenta, ¿cuándo salgo entonces?")
	write(4, "Dora Hill", "Is my flight tomorrow cancelled as well, please?")
	write(5, "Emil Stone", "When does my flight leave after the storm, please?")
	w.Clock.Turn(time.Minute)
	var q work.Page
	w.ask("ana", "GET", "/api/v1/queue", "").is(200).into(&q)
	of := map[string]work.Conversation{}
	for _, c := range q.Items {
		of[c.Contact.Name] = c
	}
	if len(of) != 5 {
		t.Fatalf("%d wait", len(of))
	}
	w.ask("ana", "POST", conv(of["Ada Marsh"].ID, "assign"), `{"to":"oleg"}`).is(200)
	w.ask("ana", "POST", conv(of["Dora Hill"].ID, "resolve"), `{}`).is(200)
	w.ask("marta", "POST", "/api/v1/circulars", `{"texts":{"en":"x"}}`).is(403)
	w.ask("ana", "POST", "/api/v1/circulars", `{"texts":{}}`).is(422).problem()
	w.ask("ana", "POST", "/api/v1/circulars", `{"texts":{"en":"x"},"incident":true}`).is(409).problem()
	ids := `"` + of["Ada Marsh"].ID + `","` + of["Bruno Salvi"].ID + `","` + of["Carmen Rios"].ID + `","` + of["Dora Hill"].ID + `","` + of["Emil Stone"].ID + `"`
	body := `{"texts":{"en":"Dear {name|customer}, the storm is over. You fly tomorrow.","it":"Gentile {name|cliente}, si parte domani."},"conversations":[` + ids + `],"resolve":true}`
	c := w.circular("ana", "POST", "", body, "Idempotency-Key", "storm")
	if again := w.circular("ana", "POST", "", body, "Idempotency-Key", "storm"); again.ID != c.ID {
		t.Error("asked twice, prepared twice")
	}
	if c.State != "prepared" || c.Chosen != 5 || c.Foreseen[""] != 3 || c.Foreseen["no_text"] != 1 || c.Foreseen["settled"] != 1 || c.Languages["it"] != 1 || len(c.Samples) != 3 {
		t.Fatalf("foreseen: %+v", c)
	}
	i := slices.IndexFunc(c.Samples, func(s work.CircularSample) bool { return s.To.Name == "Ada Marsh" })
	if i < 0 || c.Samples[i].Agent != "Oleg Savchuk" || c.Samples[i].Text != "Dear Ada Marsh, the storm is over. You fly tomorrow." {
		t.Errorf("it would read %+v", c.Samples)
	}
	w.Clock.Turn(time.Minute)
	w.SendMail("p5@home5.example", "From: Emil Stone <p5@home5.example>\nTo: care@acme.example\nSubject: Re: Storm\nIn-Reply-To: <5@p.example>\nReferences: <5@p.example>\nMessage-ID: <51@p.example>\n\nForget it, I take the train.\n", "care@acme.example")
	w.Settle()
	c = w.circular("ana", "POST", "/"+c.ID+"/go", `{}`, "Idempotency-Key", "go 1")
	w.circular("ana", "POST", "/"+c.ID+"/go", `{}`, "Idempotency-Key", "go 1") // pressed twice
	why := map[string]desk.LeftOut{}
	for _, l := range c.LeftOut {
		why[l.Conversation] = l.Reason
	}
	if c.State != "done" || c.Sent != 2 || why[of["Carmen Rios"].ID] != desk.NoText || why[of["Dora Hill"].ID] != desk.Settled || why[of["Emil Stone"].ID] != desk.WroteSince {
		t.Fatalf("sent: %+v", c)
	}
	if n := len(replies(w.Desk)); n != 0 {
		t.Errorf("%d left at once, and cannot be taken back", n)
	}
	w.Turn(3 * time.Minute)
	got := replies(w.Desk)
	ada, bruno := got["p1@home1.example"], got["p2@home2.example"]
	if len(got) != 2 || len(ada) != 1 || len(bruno) != 1 || !strings.Contains(ada[0].Text, "Oleg Savchuk") || !strings.Contains(ada[0].From+ada[0].Headers["From"], "Oleg Savchuk") || !strings.Contains(bruno[0].Text, "si parte domani") {
		t.Fatalf("left: %+v", got)
	}
	one := w.ask("ana", "GET", conv(of["Ada Marsh"].ID), "").conversation()
	if one.Status != desk.StatusResolved || one.Promise.State != desk.PromiseKept {
		t.Errorf("Ada's is %s, %+v", one.Status, one.Promise)
	}
	var a work.Audit
	w.ask("ana", "GET", "/api/v1/audit?conversation="+url.QueryEscape(of["Ada Marsh"].ID), "").is(200).into(&a)
	if !slices.ContainsFunc(a.Items, func(i work.AuditItem) bool { return i.Event == "scheduled" && i.By == "ana" }) {
		t.Errorf("nobody is said to have sent it: %+v", a.Items)
	}
	for _, raw := range w.Ledger.Lines() { // Ada is angry, and her answer goes with the many all the same
		if s := string(raw); strings.Contains(s, `"kind":"reply"`) && strings.Contains(s, `"lane":"priority"`) {
			t.Errorf("the priority lane has one of many: %s", s)
		}
	}
}

// What has not left is taken back, and who goes on after that is told no.
func TestACircularIsStopped(t *testing.T) {
	w := open(t)
	for n := range 3 {
		w.mail(n+1, "Storm", "When does my flight leave after the storm, please?")
	}
	w.Clock.Turn(time.Minute)
	c := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves tomorrow."},"view":"all"}`)
	if c.Chosen != 3 || c.Foreseen[""] != 3 {
		t.Fatalf("%+v", c)
	}
	c = w.circular("ana", "POST", "/"+c.ID+"/go", `{}`)
	c = w.circular("ana", "POST", "/"+c.ID+"/stop", `{}`)
	if c.State != "stopped" || c.Sent != 3 || c.Taken != 3 {
		t.Errorf("%+v", c)
	}
	w.ask("ana", "POST", "/api/v1/circulars/"+c.ID+"/go", `{}`).is(409).problem()
	w.Turn(4 * time.Minute)
	if got := replies(w.Desk); len(got) != 0 {
		t.Errorf("left all the same: %+v", got)
	}
	var q work.Page
	w.ask("ana", "GET", "/api/v1/queue", "").is(200).into(&q)
	if len(q.Items) != 3 || len(q.Items[0].Scheduled) != 0 {
		t.Errorf("they are not owed any more: %+v", q.Items)
	}
	w.ask("rosa", "GET", "/api/v1/circulars/"+c.ID+"?brand=acme-air", "").is(404)
	w.ask("ana", "DELETE", "/api/v1/circulars/"+c.ID, "").is(200)
	w.ask("ana", "GET", "/api/v1/circulars/"+c.ID, "").is(404)
}
