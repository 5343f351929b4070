package console_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
	"pronto/infra/pronto/edge"
	"pronto/shared/channel"
	"pronto/shared/desk"
)

// newest is what left last.
func (w *world) newest() edge.Piece {
	w.t.Helper()
	w.Settle()
	out := w.Outbox()
	return out[len(out)-1]
}

// Ana answers Ada, with a copy to her husband, who booked, and to an address that is none. Both see who has it; he takes part from then on; what became of a copy is not
// what became of the answer; and what he demands is forgotten of him alone.
func TestAnAnswerWithCopies(t *testing.T) {
	w := open(t)
	id := w.complaint()
	for cc, says := range map[string]string{
		`"bruno"`: "no address", `"bruno@home.example, x@home.example"`: "no address", `"Bruno <bruno@home.example>\r\nBcc: x@y.example"`: "no address", `"care@acme.example"`: "own", `"r+x@reply.acme.example"`: "own",
		strings.TrimSuffix(strings.Repeat(`"a@b.example",`, 11), ","): "10 copies",
	} {
		if p := w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Ada,","cc":[`+cc+`]}`).is(http.StatusUnprocessableEntity).problem(); p.Field != "cc" || !strings.Contains(p.Detail, says) {
			t.Errorf("a copy to %s: %+v", cc, p)
		}
	}
	body := `{"text":"Dear Ada,\nwe have found it.","cc":["Bruno Marsh <bruno@booking.example>","ada@home.example","lost@corp.gone.example","BRUNO+x@booking.example"]}`
	c := w.ask("ana", "POST", conv(id, "reply"), body, "Idempotency-Key", "cc").conversation()
	w.ask("ana", "POST", conv(id, "reply"), body, "Idempotency-Key", "cc").conversation()
	out := w.newest()
	if out.To != "ada@home.example, bruno@booking.example, lost@corp.gone.example" || out.Headers["To"] == "" || !strings.Contains(out.Headers["Cc"], "bruno@booking.example") || len(w.Outbox()) != 2 {
		t.Fatalf("it left to %q, as %q and %q", out.To, out.Headers["To"], out.Headers["Cc"])
	}
	w.Turn(3 * time.Minute)
	c = w.ask("ana", "GET", conv(id), "").conversation()
	others := map[string]work.Other{}
	for _, o := range c.Others {
		others[o.Address] = o
	}
	if len(others) != 2 || !others["bruno@booking.example"].Copied || others["lost@corp.gone.example"].Returned != "bounced" || c.Status != desk.StatusPending || c.Contact.NoReceipts != nil {
		t.Fatalf("then it stands as %s with %+v, Ada gets no receipts for %+v", c.Status, c.Others, c.Contact.NoReceipts)
	}
	reply := c.Messages[slices.IndexFunc(c.Messages, func(m work.Message) bool { return m.Kind == "reply" })]
	if len(reply.Cc) != 2 || reply.Delivery.State != desk.Delivered {
		t.Errorf("the answer shows %+v, %+v", reply.Cc, reply.Delivery)
	}
	if p := w.ask("ana", "POST", conv(id, "reply"), `{"text":"Again.","cc":["lost@corp.gone.example"]}`).is(http.StatusUnprocessableEntity).problem(); p.Code != "undeliverable" || p.Field != "cc" {
		t.Errorf("a copy to what came back: %+v", p)
	}

	w.SendMail("bruno@booking.example", "From: Bruno Marsh <bruno@booking.example>\nTo: care@acme.example\nSubject: Re: My suitcase\nMessage-ID: <b1@booking.example>\nIn-Reply-To: "+out.Headers["Message-ID"]+"\n\nI can fetch it.\n", "care@acme.example")
	if got := w.newest(); got.Conversation != id || got.Kind != "receipt" || got.To != "bruno@booking.example" {
		t.Fatalf("Bruno's mail is answered by %s to %s in %s", got.Kind, got.To, got.Conversation)
	}
	c = w.ask("ana", "GET", conv(id), "").conversation()
	if o := c.Others; len(o) != 2 || !o[0].Contact || o[0].Address != "ada@home.example" {
		t.Errorf("an answer to Bruno would leave out %+v", o)
	}
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Bruno,\nfine.","cc":["ada@home.example"]}`).conversation()
	if got := w.newest(); got.To != "bruno@booking.example, ada@home.example" {
		t.Errorf("it left to %q", got.To)
	}

	var bruno string
	for _, p := range c.Participants {
		if p.Address == "bruno@booking.example" {
			bruno = p.ID
		}
	}
	w.ask("ana", "POST", "/api/v1/contacts/"+bruno+"/forget", `{"brand":"acme-air","why":"he asks"}`).is(http.StatusOK)
	w.Settle()
	c = w.ask("ana", "GET", conv(id), "").conversation()
	if s := fmt.Sprintf("%+v", c); strings.Contains(s, "bruno") || strings.Contains(s, "I can fetch it") || c.Contact.Address != "ada@home.example" {
		t.Errorf("after he was forgotten it says %s", s)
	}
	if len(c.PriorityWhy) != 1 || !strings.Contains(c.PriorityWhy[0], "forgotten") {
		t.Errorf("its priority may quote him still: %q", c.PriorityWhy)
	}
	if n := len(slices.DeleteFunc(slices.Clone(c.Messages), func(m work.Message) bool { return m.Kind != "reply" })); n != 2 {
		t.Errorf("%d answers are left", n)
	}
}

// Who is to have a copy of an answer that waits, or had waited and was taken back, is forgotten in the table and in the bucket; nothing goes to him after that.
func TestWhoIsToHaveACopyIsForgotten(t *testing.T) {
	w := open(t)
	id := w.complaint()
	at := w.Clock.Now().Add(2 * time.Hour).Format(time.RFC3339)
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Ada,\nit is found.","at":"`+at+`","cc":["Bruno Marsh <bruno@booking.example>"]}`).conversation()
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Ada,\nit is not.","at":"`+at+`","cc":["bruno@booking.example"]}`).conversation()
	c := w.ask("ana", "GET", conv(id), "").conversation()
	w.ask("ana", "POST", conv(id, "take_back"), `{"answer":"`+c.Scheduled[1].ID+`"}`).conversation()
	keys, err := w.Setup.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bruno := keys.Contact("acme-air", desk.Email, "bruno@booking.example")
	w.ask("ana", "POST", "/api/v1/contacts/"+bruno+"/forget", `{"brand":"acme-air","why":"he asks"}`).is(http.StatusOK)
	w.Settle()
	if left := w.traces("bruno", "Bruno"); len(left) > 0 {
		t.Errorf("left of him:\n%s", strings.Join(left, "\n"))
	}
	w.Turn(3 * time.Hour)
	for _, x := range w.Outbox() {
		if strings.Contains(x.To, "bruno") {
			t.Errorf("a %s left to %s", x.Kind, x.To)
		}
	}
}

// Between writing and leaving lies a month at most: who was blocked, complained, or came back meanwhile has no copy when the answer leaves, and the conversation says so. Ada
// has her answer all the same.
func TestACopyIsLookedAtAgainWhenItLeaves(t *testing.T) {
	w := open(t)
	id := w.complaint()
	w.SendMail("bruno@booking.example", "From: Bruno Marsh <bruno@booking.example>\nTo: care@acme.example\nSubject: A seat\nMessage-ID: <s1@booking.example>\n\nMay I sit at the window?\n", "care@acme.example")
	his := w.newest().Conversation
	at := w.Clock.Now().Add(47 * time.Minute).Format(time.RFC3339) // no page leaves with it
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Ada,\nit is found.","at":"`+at+`","cc":["bruno@booking.example","carla@booking.example"]}`).conversation()
	contact := w.ask("ana", "GET", conv(his), "").conversation().Contact.ID
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/block", `{"why":"no"}`).is(http.StatusOK)
	w.Turn(48 * time.Minute)
	out := w.newest()
	if out.Kind != "reply" || out.To != "ada@home.example, carla@booking.example" {
		t.Fatalf("a %s left to %s", out.Kind, out.To)
	}
	c := w.ask("ana", "GET", conv(id), "").conversation()
	if i := slices.IndexFunc(c.Others, func(o work.Other) bool { return o.Address == "bruno@booking.example" }); i < 0 || c.Others[i].Returned != channel.Unwanted {
		t.Errorf("who else takes part: %+v", c.Others)
	}
	if notes := kinds(c, "note"); len(notes) != 1 || !strings.Contains(notes[0].Text, "blocked") || strings.Contains(notes[0].Text, "bruno") || c.Status != desk.StatusPending {
		t.Errorf("it stands as %s, with %+v", c.Status, notes)
	}
}

// An answer may have left with its copies, and neither SES's answer nor its event came back. Bruno is blocked before it is tried again: it goes to whom it went to, marked, and nobody says of
// Bruno that he has had no copy. Of another, whose sender dies when Bruno's copy was said to be left out and what it sent is unknown, that stays so.
func TestACopyThatMayHaveLeftIsNotSaidToBeLeftOut(t *testing.T) {
	for name, before := range map[string]bool{"blocked after the first try": false, "blocked before it": true} {
		w := &world{Desk: desktest.New(t, desktest.Options{Start: monday, Policy: two(t), Change: func(c *aws.Config) { c.RetryMaxAttempts = 1 }}), t: t}
		w.api = edge.AsAgent(w.API())
		id := w.complaint()
		w.SendMail("bruno@booking.example", "From: Bruno Marsh <bruno@booking.example>\nTo: care@acme.example\nSubject: A seat\nMessage-ID: <s1@booking.example>\n\nMay I sit at the window?\n", "care@acme.example")
		contact := w.ask("ana", "GET", conv(w.newest().Conversation), "").conversation().Contact.ID
		block := func() { w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/block", `{"why":"no"}`).is(http.StatusOK) }
		w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Ada,\nit is found.","at":"`+w.Clock.Now().Add(47*time.Minute).Format(time.RFC3339)+`","cc":["bruno@booking.example","carla@booking.example"]}`).conversation()
		w.Turn(46 * time.Minute) // no page leaves with it
		if before {
			block()
		}
		if err := w.AWS.Faults.Set(faults.Fault{Kind: faults.Torn, Service: "ses", Times: 1}, faults.Fault{Kind: faults.LoseEvent, Service: "ses", Operation: "Send"},
			faults.Fault{Kind: faults.LoseEvent, Service: "ses", Operation: "Delivery"}); err != nil {
			t.Fatal(err)
		}
		w.Turn(2 * time.Minute)
		if !before {
			block()
		}
		w.Turn(5 * time.Minute)
		to, notes := []string{}, 0
		for _, p := range w.Outbox() {
			if p.Kind == "reply" {
				to = append(to, p.To+p.Headers["X-Pronto-Possible-Duplicate"])
			}
		}
		all := "ada@home.example, bruno@booking.example, carla@booking.example"
		if before {
			all, notes = "ada@home.example, carla@booking.example", 1
		}
		if !slices.Equal(to, []string{all, all + "yes"}) {
			t.Errorf("%s: it left to %q", name, to)
		}
		if c := w.ask("ana", "GET", conv(id), "").conversation(); len(kinds(c, "note")) != notes {
			t.Errorf("%s: it says %+v", name, kinds(c, "note"))
		}
	}
}

// A letter that an agent writes first waits while SES is away. Whoever is blocked meanwhile does not get it, and the agent sees that.
func TestAFirstLetterIsLookedAtAgainWhenItLeaves(t *testing.T) {
	w := open(t)
	if err := w.AWS.Faults.Set(faults.Fault{Kind: faults.Throttle, Service: "ses"}); err != nil {
		t.Fatal(err)
	}
	c := w.ask("ana", "POST", start, `{"to":"bruno@booking.example","subject":"Your flight","text":"Dear Bruno,"}`).conversation()
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+c.Contact.ID+"/block", `{"why":"no"}`).is(http.StatusOK)
	if err := w.AWS.Faults.Set(); err != nil {
		t.Fatal(err)
	}
	w.Turn(20 * time.Minute)
	c = w.ask("ana", "GET", conv(c.ID), "").conversation()
	if d := kinds(c, "reply")[0].Delivery; len(w.Outbox()) != 0 || d.State != desk.Failed || d.Why != string(desk.NotBlocked) || c.Status != desk.StatusOpen {
		t.Errorf("%d left; it stands as %s, %+v", len(w.Outbox()), c.Status, d)
	}
}

// Copies to people who have never written are letters to strangers, and there are as few of them in an hour.
func TestCopiesAreNoLettersToMany(t *testing.T) {
	w := open(t)
	id := w.complaint()
	cc := func(from int) string {
		var all []string
		for n := range 10 {
			all = append(all, fmt.Sprintf(`"p%d@people.example"`, from+n))
		}
		return `{"text":"Buy.","cc":[` + strings.Join(all, ",") + `]}`
	}
	w.ask("ana", "POST", conv(id, "reply"), cc(0), "Idempotency-Key", "a").conversation()
	w.ask("ana", "POST", conv(id, "reply"), cc(0), "Idempotency-Key", "a").conversation() // once more is no more
	w.ask("ana", "POST", conv(id, "reply"), cc(10)).conversation()
	if p := w.ask("ana", "POST", conv(id, "reply"), cc(20)).is(http.StatusTooManyRequests).problem(); p.Code != "over_budget" {
		t.Errorf("the third ten: %+v", p)
	}
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Ada."}`).conversation()
}
