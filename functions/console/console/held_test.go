package console_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/setup"
)

// held are the pieces of a list.
func (w *world) held(agent, query string) []work.Held {
	w.t.Helper()
	var all []work.Held
	for cursor := ""; ; {
		var p work.HeldPage
		w.ask(agent, "GET", "/api/v1/held?"+query+"&cursor="+url.QueryEscape(cursor), "").is(200).into(&p)
		all = append(all, p.Items...)
		if cursor = p.Cursor; cursor == "" {
			return all
		}
	}
}

// stray lets somebody write to an address of the brand's domain that nobody has.
func (w *world) stray(n int) {
	w.t.Helper()
	from := fmt.Sprintf("p%d@home%d.example", n, n)
	w.SendMail(from, fmt.Sprintf("From: P %d <%s>\nTo: luggage@acme.example\nSubject: Lost %d\nMessage-ID: <%d@p.example>\n\nWhere is my suitcase, number %d?\n", n, from, n, n, n), "luggage@acme.example")
	w.Settle()
}

// arrive puts a raw mail and its notice where SES would: also one to nobody of ours, which SMTP here does not take.
func (w *world) arrive(id, raw string, recipients string) {
	w.t.Helper()
	ctx := context.Background()
	key, bucket := "mail/"+id, wiring.Bucket
	clients := w.Setup.AWS
	if _, err := s3.NewFromConfig(clients, func(o *s3.Options) { o.UsePathStyle = true }).PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(string(desktest.CRLF(raw)))}); err != nil {
		w.t.Fatal(err)
	}
	q := sqs.NewFromConfig(clients)
	queue := w.Setup.Env(setup.IntakeQueue)
	notice := `{"notificationType":"Received","mail":{"timestamp":"2026-11-23T09:00:00.000Z","source":"mira@customer.example","messageId":"` + id + `"},
		"receipt":{"recipients":["` + recipients + `"],"virusVerdict":{"status":"PASS"},"spfVerdict":{"status":"PASS"},"dkimVerdict":{"status":"PASS"},"dmarcVerdict":{"status":"PASS"},
		"action":{"type":"S3","bucketName":"` + bucket + `","objectKey":"` + key + `"}}}`
	if _, err := q.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: &notice}); err != nil {
		w.t.Fatal(err)
	}
	w.Settle()
}

// What was held is released into the desk by a person: it is receipted like any other, and the day counts it once.
func TestAHeldMailIsReleased(t *testing.T) {
	w := open(t)
	w.stray(1)
	all := w.held("marta", "")
	if len(all) != 1 || all[0].Reason != "unknown_address" || all[0].State != "waiting" || !all[0].Placeable || all[0].Words == "" || all[0].Text != "" {
		t.Fatalf("held: %+v", all)
	}
	var one work.Held
	w.ask("marta", "GET", "/api/v1/held/"+all[0].ID, "").is(200).into(&one)
	if one.Sender == nil || one.Sender.Address != "p1@home1.example" || one.Subject != "Lost 1" || !strings.Contains(one.Text, "number 1") || one.Contact == "" {
		t.Errorf("opened it shows %+v", one)
	}
	if d := w.balanced(); d.Received != 1 || d.Held["unknown_address"] != 1 {
		t.Errorf("the sum is %+v", d)
	}
	w.Clock.Turn(time.Hour)
	path := "/api/v1/held/" + one.ID + "/release"
	w.ask("marta", "POST", path, "", "Idempotency-Key", "r1").is(200)
	if again := w.ask("marta", "POST", path, "", "Idempotency-Key", "r1").is(200); again.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("a repetition is not told")
	}
	w.Settle()
	if d := w.balanced(); d.Received != 1 || d.Receipted != 1 || len(d.Held) != 0 {
		t.Errorf("released, the sum is %+v", d)
	}
	if all := w.held("marta", ""); len(all) != 0 {
		t.Errorf("still held: %+v", all)
	}
	all = w.held("marta", "state=released")
	if len(all) != 1 || all[0].By != "marta" || all[0].Conversation != w.Outbox()[0].Conversation {
		t.Fatalf("released: %+v", all)
	}
	w.ask("ana", "POST", path, "").is(200) // and again, by another: nothing comes of it
	w.Settle()
	if len(w.Outbox()) != 1 || w.receipts() != 1 {
		t.Errorf("%d pieces left", len(w.Outbox()))
	}
	if p := w.ask("ana", "POST", "/api/v1/held/"+one.ID+"/dismiss", "").is(409).problem(); p.Code != "released" {
		t.Errorf("dismissed after all: %+v", p)
	}
	var a work.Audit
	w.ask("marta", "GET", "/api/v1/audit?conversation="+all[0].Conversation, "").is(200).into(&a)
	if first := a.Items[len(a.Items)-1]; first.By != "marta" || !strings.Contains(strings.Join(first.Why, "\n"), "marta released it") {
		t.Errorf("the audit begins with %+v", first)
	}
}

// What was sent to no brand is seen by who answers for all of them, and goes where he says. The two brands' days still balance.
func TestWhatIsNobodysIsPlaced(t *testing.T) {
	w := open(t)
	w.arrive("m1", "From: Mira <mira@customer.example>\nSubject: Booking\nMessage-ID: <m1@customer.example>\n\nWhere is my booking?\n", "info@elsewhere.example")
	if all := w.held("marta", ""); len(all) != 0 {
		t.Errorf("Marta sees %+v", all)
	}
	w.ask("ana", "GET", "/api/v1/held?brand=-", "").is(404)
	all := w.held("dora", "brand=-")
	if len(all) != 1 || all[0].Brand != "-" || all[0].Reason != "unknown_brand" {
		t.Fatalf("held: %+v", all)
	}
	path := "/api/v1/held/" + all[0].ID
	for _, who := range []string{"marta", "ana", "ida", "rosa"} {
		w.ask(who, "GET", path, "").is(404)
		w.ask(who, "POST", path+"/release", `{"brand":"acme-air"}`).is(404)
	}
	if p := w.ask("dora", "POST", path+"/release", "").is(400).problem(); p.Field != "brand" {
		t.Errorf("where to is not asked: %+v", p)
	}
	w.ask("dora", "POST", path+"/release", `{"brand":"acme-air"}`).is(200)
	w.Settle()
	if d := w.balanced(); d.Received != 1 || d.Receipted != 1 || len(d.Held) != 0 || w.receipts() != 1 {
		t.Errorf("the sum is %+v", d)
	}
}

func TestWhatIsDismissedStaysHeldInTheSum(t *testing.T) {
	w := open(t)
	for n := range 3 {
		w.stray(n)
		w.Clock.Turn(time.Second)
	}
	all := w.held("marta", "")
	if len(all) != 3 || !all[0].At.After(all[2].At) {
		t.Fatalf("held: %+v", all)
	}
	var gone work.Held
	w.ask("marta", "POST", "/api/v1/held/"+all[1].ID+"/dismiss", `{"why":"Spam."}`, "Idempotency-Key", "k").is(200).into(&gone)
	if gone.State != "dismissed" || gone.By != "marta" || gone.Why != "Spam." || gone.Reason != "unknown_address" {
		t.Errorf("dismissed: %+v", gone)
	}
	w.ask("marta", "POST", "/api/v1/held/"+all[2].ID+"/dismiss", `{"why":"Spam."}`, "Idempotency-Key", "k").is(422) // the key is used
	if d := w.balanced(); d.Received != 3 || d.Held["unknown_address"] != 3 || len(w.held("marta", "")) != 2 || len(w.held("marta", "state=all")) != 3 {
		t.Errorf("the sum is %+v, held %+v", d, w.held("marta", "state=all"))
	}
	w.Clock.Turn(time.Second)
	w.ask("marta", "POST", "/api/v1/held/"+all[1].ID+"/release", "").is(200) // a mistake is put right
	w.Settle()
	if d := w.balanced(); d.Received != 3 || d.Held["unknown_address"] != 2 || d.Receipted != 1 {
		t.Errorf("released after all: %+v", d)
	}
	var a work.Audit
	w.ask("ana", "GET", "/api/v1/audit", "").is(200).into(&a)
	if len(a.Items) != 2 || a.Items[0].Event != "held_released" || a.Items[1].Event != "held_dismissed" || a.Items[1].By != "marta" || a.Items[1].Why[0] != "Spam." {
		t.Errorf("the audit is %+v", a)
	}
}

// Who is blocked gets no receipt, and what comes from there is held, until a lead thinks again.
func TestABlockedSender(t *testing.T) {
	w := open(t)
	id := w.complaint()
	c := w.ask("ana", "GET", conv(id), "").conversation()
	w.ask("marta", "POST", "/api/v1/contacts/"+c.Contact.ID+"/block", "").is(403)
	var b work.Blocked
	w.ask("ana", "POST", "/api/v1/contacts/"+c.Contact.ID+"/block", `{"why":"Threats."}`).is(200).into(&b)
	if b.Blocked == nil || b.Blocked.By != "ana" {
		t.Errorf("blocked: %+v", b)
	}
	w.Clock.Turn(time.Hour)
	again := func(n int) {
		t.Helper()
		w.SendMail("ada@home.example", fmt.Sprintf("From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Again\nMessage-ID: <again%d@home.example>\n\nIt is still broken, %d.\n", n, n), "care@acme.example")
		w.Settle()
	}
	again(1)
	held := w.held("marta", "")
	if len(held) != 1 || held[0].Reason != "blocked" || held[0].Contact != c.Contact.ID || w.receipts() != 1 {
		t.Fatalf("held %+v, %d receipts", held, w.receipts())
	}
	w.ask("marta", "POST", "/api/v1/held/"+held[0].ID+"/release", "").is(200)
	w.Settle()
	if d := w.balanced(); d.Received != 2 || d.Suppressed["blocked"] != 1 || len(d.Held) != 0 || w.receipts() != 1 {
		t.Errorf("released, the sum is %+v", d)
	}
	w.ask("ana", "POST", "/api/v1/contacts/"+c.Contact.ID+"/unblock", "").is(200)
	w.ask("marta", "GET", "/api/v1/contacts/"+c.Contact.ID, "").is(200).into(&b)
	again(2)
	if b.Blocked != nil || w.receipts() != 2 {
		t.Errorf("admitted again: %+v, %d receipts", b, w.receipts())
	}
	w.stray(7)
	w.ask("ana", "POST", "/api/v1/held/"+w.held("ana", "")[0].ID+"/block", "").is(200).into(&b) // whom the desk has never met
	w.mail(7, "Lost", "Where is my suitcase?")
	if held := w.held("ana", ""); len(held) != 2 || held[0].Reason != "blocked" && held[1].Reason != "blocked" {
		t.Errorf("held %+v", held)
	}
	w.balanced()
}

// A virus is never opened and never released.
func TestWhatIsInfectedStays(t *testing.T) {
	w := open(t)
	w.SendMail("x@a.virus.example", "From: x@a.virus.example\nSubject: Open\nMessage-ID: <v@a.virus.example>\n\nOpen this.\n", "care@acme.example")
	w.Settle()
	held := w.held("ida", "")
	if len(held) != 1 || held[0].Placeable {
		t.Fatalf("held: %+v", held)
	}
	var one work.Held
	w.ask("ida", "GET", "/api/v1/held/"+held[0].ID, "").is(200).into(&one)
	if one.Text != "" || one.Subject != "" || one.Sender != nil {
		t.Errorf("it was opened: %+v", one)
	}
	if p := w.ask("ida", "POST", "/api/v1/held/"+held[0].ID+"/release", "").is(409).problem(); p.Code != "not_releasable" {
		t.Errorf("released: %+v", p)
	}
}

// Whatever write fails, and however: what was released with one key until it was taken is one message with one receipt.
func TestAReleaseSurvivesEveryFault(t *testing.T) {
	story := func(t *testing.T, d *desktest.Desk) {
		w := &world{Desk: d, t: t, api: edge.AsAgent(d.API())}
		w.stray(1)
		d.Turn(5 * time.Minute)
		id := w.held("marta", "")[0].ID
		for try := 0; ; try++ {
			w.api = edge.AsAgent(d.API()) // started again after a crash
			res := w.ask("marta", "POST", "/api/v1/held/"+id+"/release", "", "Idempotency-Key", "k")
			if res.Code == 200 {
				break
			}
			if try == 5 || res.Code < 500 {
				t.Fatalf("try %d is answered %d: %s", try, res.Code, res.Body)
			}
			d.Turn(time.Minute)
		}
		d.Settle()
		d.Turn(10 * time.Minute)
	}
	check := func(t *testing.T, d *desktest.Desk) {
		w := &world{Desk: d, t: t, api: edge.AsAgent(d.API())}
		if sum := w.balanced(); sum.Received != 1 || sum.Receipted != 1 || len(sum.Held) != 0 {
			t.Errorf("the day's sum is %+v", sum)
		}
		if all := w.held("marta", "state=released"); len(all) != 1 {
			t.Errorf("released: %+v", all)
		}
	}
	desktest.Walk(t, desktest.Options{Start: monday}, story, check)
}

// A provider asks whether mail may be forwarded here: a lead sees its link, an agent that there is one, and nobody releases it.
func TestAForwardingConfirmation(t *testing.T) {
	w := open(t)
	w.SendMail("forwarding-noreply@google.com", "From: forwarding-noreply@google.com\nTo: care@acme.example\nDKIM-Signature: v=1; d=google.com; b=y\nSubject: (#537414962) Forwarding Confirmation\n"+
		"Message-ID: <1@google.com>\n\nhttps://evil.example/mail/vf-x\nhttps://mail-settings.google.com/mail/vf-abc\n", "care@acme.example")
	w.Settle()
	held := w.held("ana", "")[0]
	var lead, agent work.Held
	w.ask("ana", "GET", "/api/v1/held/"+held.ID, "").is(200).into(&lead)
	w.ask("marta", "GET", "/api/v1/held/"+held.ID, "").is(200).into(&agent)
	if lead.Reason != "forwarding_confirmation" || lead.Link != "https://mail-settings.google.com/mail/vf-abc" || lead.Placeable || agent.Link != "" || agent.Text != "" || lead.Text != "" ||
		agent.Subject != "" || lead.Subject == "" {
		t.Errorf("a lead sees %+v, an agent %+v", lead, agent)
	}
	w.ask("ana", "POST", "/api/v1/held/"+held.ID+"/release", "").is(409)
}
