package console_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/mail"
)

const start = "/api/v1/conversations?brand=acme-air"

// Ana writes first to Bruno, who has never written: he gets one mail with her subject, nobody owes anything, and his answer comes into the conversation as anybody's does.
func TestAnAgentWritesFirst(t *testing.T) {
	w := open(t)
	for body, field := range map[string]string{
		`{"subject":"x","text":"x"}`:                                                     "to",
		`{"to":"bruno","subject":"x","text":"x"}`:                                        "to",
		`{"to":"care@acme.example","subject":"x","text":"x"}`:                            "to",
		`{"to":"b@booking.example","subject":" \u202e ","text":"x"}`:                     "subject",
		`{"to":"b@booking.example","subject":"x","text":" "}`:                            "text",
		`{"to":"b@booking.example","subject":"x","text":"x","language":"eo"}`:            "language",
		`{"to":"b@booking.example","name":"WIN www.x.example","subject":"x","text":"x"}`: "name",
	} {
		if p := w.ask("ana", "POST", start, body).is(http.StatusUnprocessableEntity).problem(); p.Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
	body := `{"to":"bruno@booking.example","name":"Bruno Marsh","subject":"Your flight tomorrow","text":"Dear Bruno,\nit leaves at nine.","language":"it"}`
	c := w.ask("ana", "POST", start, body, "Idempotency-Key", "first").conversation()
	if again := w.ask("ana", "POST", start, body, "Idempotency-Key", "first"); again.conversation().ID != c.ID || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("the same letter opens another conversation")
	}
	w.ask("ana", "POST", start, strings.Replace(body, "nine", "ten", 1), "Idempotency-Key", "first").is(http.StatusUnprocessableEntity)
	out := w.newest()
	if len(w.Outbox()) != 1 || out.To != "bruno@booking.example" || out.Subject != "Your flight tomorrow" || out.Kind != "reply" || out.Headers["Auto-Submitted"] != "" || out.Headers["In-Reply-To"] != "" || !strings.Contains(out.Text, "Ana Ferrante") {
		t.Fatalf("%d left, the last to %s: %+v", len(w.Outbox()), out.To, out)
	}
	if c.Status != desk.StatusPending || len(c.Targets) != 0 || c.Promise != nil || c.Assignee.ID != "ana" || c.Language != "it" {
		t.Errorf("it stands as %+v", c)
	}
	w.Turn(48 * time.Hour)
	if c = w.ask("ana", "GET", conv(c.ID), "").conversation(); c.Status != desk.StatusPending || len(w.Outbox()) != 1 {
		t.Errorf("two days later it is %s, and %d have left", c.Status, len(w.Outbox()))
	}
	var found work.Page
	w.ask("marta", "GET", "/api/v1/search?brand=acme-air&q=flight+bruno", "").is(http.StatusOK).into(&found)
	if len(found.Items) != 1 || found.Items[0].ID != c.ID {
		t.Errorf("searched: %+v", found)
	}
	var audit work.Audit
	w.ask("ana", "GET", "/api/v1/audit?conversation="+c.ID, "").is(http.StatusOK).into(&audit)
	if s := fmt.Sprintf("%+v", audit); !strings.Contains(s, "started") || strings.Contains(s, "bruno@") {
		t.Errorf("the audit says %s", s)
	}

	w.SendMail("bruno@booking.example", "From: Bruno Marsh <bruno@booking.example>\nTo: "+out.Headers["Reply-To"]+"\nSubject: Re: Your flight tomorrow\nMessage-ID: <b1@booking.example>\nIn-Reply-To: "+out.Headers["Message-ID"]+"\n\nGrazie, a domani.\n", "care@acme.example")
	if got := w.newest(); got.Kind != "receipt" || got.Conversation != c.ID || got.To != "bruno@booking.example" {
		t.Fatalf("his answer is met with %s in %s", got.Kind, got.Conversation)
	}
	c = w.ask("ana", "GET", conv(c.ID), "").conversation()
	if c.Status != desk.StatusOpen || len(c.Targets) == 0 || c.Promise == nil || c.Assignee.ID != "ana" && c.Assignee.ID == "" {
		t.Errorf("then it stands as %+v", c)
	}
	c = w.ask("ana", "POST", start, `{"contact":"`+c.Contact.ID+`","subject":"One thing more","text":"Dear Bruno,"}`).conversation()
	if c.Contact.Address != "bruno@booking.example" {
		t.Errorf("to a contact that is known: %+v", c.Contact)
	}
	w.ask("ana", "POST", "/api/v1/contacts/"+c.Contact.ID+"/block", `{"why":"no"}`).is(http.StatusOK)
	if p := w.ask("ana", "POST", start, body).is(http.StatusUnprocessableEntity).problem(); p.Code != "contact_blocked" || p.Field != "to" {
		t.Errorf("to one who is blocked: %+v", p)
	}
}

// Who writes to a list is stopped; who was written to and demands it is forgotten.
func TestNobodyWritesToAList(t *testing.T) {
	w := open(t)
	last := ""
	for i := range 20 {
		last = w.ask("marta", "POST", start, fmt.Sprintf(`{"to":"p%d@home.example","subject":"News","text":"Dear customer,"}`, i), "Idempotency-Key", fmt.Sprint(i)).conversation().Contact.ID
	}
	if p := w.ask("marta", "POST", start, `{"to":"p20@home.example","subject":"News","text":"Dear customer,"}`).is(http.StatusTooManyRequests).problem(); p.Code != "over_budget" {
		t.Errorf("the 21st: %+v", p)
	}
	w.ask("marta", "POST", start, `{"to":"p0@home.example","subject":"News","text":"Dear customer,"}`, "Idempotency-Key", "0").conversation() // it was sent
	w.ask("ana", "POST", start, `{"to":"p20@home.example","subject":"News","text":"Dear customer,"}`).conversation()
	w.Turn(time.Hour)
	w.ask("marta", "POST", start, `{"to":"p21@home.example","subject":"News","text":"Dear customer,"}`).conversation()
	w.Settle()

	w.ask("ana", "POST", "/api/v1/contacts/"+last+"/forget", `{"brand":"acme-air","why":"asks"}`).is(http.StatusOK)
	w.Settle()
	var all work.Page
	w.ask("ana", "GET", "/api/v1/queue?brand=acme-air&view=all", "").is(http.StatusOK).into(&all)
	if slices.ContainsFunc(all.Items, func(c work.Conversation) bool { return c.Contact.ID == last }) || len(all.Items) != 21 {
		t.Errorf("%d conversations are left, his among them", len(all.Items))
	}
}

// What an agent writes first waits like an answer: for its moment, or for tomorrow. It carries files that were uploaded for letters of hers and of nobody else's; taken back it
// has written to nobody; and whoever must not be written to any more when its time comes is not.
func TestALetterWaitsAndCarriesFiles(t *testing.T) {
	w := open(t)
	ticket := []byte("%PDF-1.7\nticket")
	sum := sha256.Sum256(ticket)
	announced := fmt.Sprintf(`{"name":"ticket.pdf","type":"application/pdf","size":%d,"sha256":%q}`, len(ticket), hex.EncodeToString(sum[:]))
	uploaded := func(agent string) (up work.Upload) {
		w.ask(agent, "POST", "/api/v1/uploads?brand=acme-air", announced).is(http.StatusOK).into(&up)
		if status := put(t, up, ticket); status != http.StatusOK {
			t.Fatalf("the store takes it with %d", status)
		}
		return up
	}
	mine, other, martas := uploaded("ana"), uploaded("ana"), uploaded("marta")
	if mine.ID == other.ID {
		t.Error("two letters would share one file")
	}
	body := func(more string) string {
		return `{"to":"bruno@booking.example","name":"Bruno Marsh","subject":"Your ticket","text":"Dear Bruno,",` + more + `}`
	}
	if p := w.ask("ana", "POST", start, body(`"attachments":["`+martas.ID+`"]`)).is(http.StatusUnprocessableEntity).problem(); p.Field != "attachments" {
		t.Errorf("a colleague's file: %+v", p)
	}
	c := w.ask("ana", "POST", start, body(`"attachments":["`+mine.ID+`"],"undo":true,"then":{"tags":["ticket"]}`), "Idempotency-Key", "a").conversation()
	if len(w.Outbox()) != 0 || len(c.Scheduled) != 1 || c.Status != desk.StatusPending {
		t.Fatalf("it waits as %+v", c)
	}
	w.Turn(time.Minute)
	out := w.newest()
	files, err := mail.Files([]byte(out.Raw), mail.DefaultLimits)
	if err != nil || out.Subject != "Your ticket" || len(files) != 1 || !bytes.Equal(files[0].Content, ticket) {
		t.Fatalf("%q left with %d files, %v", out.Subject, len(files), err)
	}
	if c = w.ask("ana", "GET", conv(c.ID), "").conversation(); len(c.Scheduled) != 0 || !slices.Equal(c.Tags, []string{"ticket"}) || c.Status != desk.StatusPending {
		t.Errorf("then it stands as %+v", c)
	}

	c = w.ask("ana", "POST", start, body(`"attachments":["`+other.ID+`"],"at":"2026-11-23T09:09:00Z"`), "Idempotency-Key", "b").conversation()
	c = w.ask("ana", "POST", conv(c.ID, "take_back"), `{"answer":"`+c.Scheduled[0].ID+`"}`).conversation()
	if c.Status != desk.StatusClosed || len(c.Messages) != 0 {
		t.Errorf("taken back it stands as %+v", c)
	}
	c = w.ask("ana", "POST", start, body(`"attachments":["`+other.ID+`"],"at":"2026-11-23T09:09:00Z"`), "Idempotency-Key", "c").conversation()
	w.ask("ana", "POST", "/api/v1/contacts/"+c.Contact.ID+"/block", `{"why":"he threatens"}`).is(http.StatusOK)
	w.Turn(10 * time.Minute)
	if c = w.ask("ana", "GET", conv(c.ID), "").conversation(); len(w.Outbox()) != 1 || len(c.Scheduled) != 1 || c.Scheduled[0].Stopped != desk.NotWanted {
		t.Errorf("to one who is blocked by then: %d have left, %+v", len(w.Outbox()), c.Scheduled)
	}
}

// A letter with a file went to the wrong address, was taken back and is on its way to the right one. The wrong reader is forgotten: the file leaves with the letter all the same.
func TestALetterTakesItsFilesAlong(t *testing.T) {
	w := open(t)
	ticket := []byte("%PDF-1.7\nticket")
	sum := sha256.Sum256(ticket)
	var up work.Upload
	w.ask("ana", "POST", "/api/v1/uploads?brand=acme-air", fmt.Sprintf(`{"name":"ticket.pdf","type":"application/pdf","size":%d,"sha256":%q}`, len(ticket), hex.EncodeToString(sum[:]))).is(200).into(&up)
	put(t, up, ticket)
	body := func(to, more string) string {
		return `{"to":"` + to + `","name":"Bruno Marsh","subject":"Your ticket","text":"Dear Bruno,","attachments":["` + up.ID + `"],` + more + `}`
	}
	wrong := w.ask("ana", "POST", start, body("bruna@booking.example", `"undo":true`), "Idempotency-Key", "wrong").conversation()
	w.ask("ana", "POST", conv(wrong.ID, "take_back"), `{"answer":"`+wrong.Scheduled[0].ID+`"}`).is(200)
	at := w.Clock.Now().Add(3 * time.Hour).UTC().Format(time.RFC3339)
	w.ask("ana", "POST", start, body("bruno@booking.example", `"at":"`+at+`"`), "Idempotency-Key", "right").is(200)
	w.ask("ana", "POST", "/api/v1/contacts/"+wrong.Contact.ID+"/forget", "").is(200)
	w.Settle()
	w.Turn(4 * time.Hour)
	if out := w.Outbox(); len(out) != 1 || out[0].To != "bruno@booking.example" {
		t.Errorf("%d left: %v", len(out), w.Errors())
	}
}
