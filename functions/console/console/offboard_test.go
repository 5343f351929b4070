package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/store"
)

// Lia answers for two brands and leaves at once, with three open conversations, a promise that falls due in five minutes, an answer that was to leave tonight and a shift
// tonight. Nothing of it is lost, nothing leaves in her name any more, and nothing that she has lets her in.
func TestAnAgentLeaves(t *testing.T) {
	w := open(t)
	ada := w.complaint()
	w.mail(2, "My invoice", "Please send me my invoice again.")
	w.SendMail("carl@home.example", "From: Carl <carl@home.example>\nTo: care@other.example\nSubject: Seats\nMessage-ID: <3@p.example>\n\nPlease change our seats.\n", "care@other.example")
	w.Settle()
	invoice, seats := "", w.ask("lia", "GET", "/api/v1/queue?brand=other-air&view=all", "").is(200)
	var other, acme work.Page
	seats.into(&other)
	w.ask("lia", "GET", "/api/v1/queue?brand=acme-air&view=all", "").is(200).into(&acme)
	for _, c := range acme.Items {
		if c.ID != ada {
			invoice = c.ID
		}
	}
	carl := other.Items[0].ID
	for _, id := range []string{ada, invoice, carl} {
		w.ask("lia", "POST", conv(id, "claim"), "").is(200)
	}
	w.ask("lia", "POST", conv(invoice, "reply"), `{"text":"Here it is.","at":"2026-11-23T20:00:00Z"}`).is(200)
	w.ask("ana", "POST", "/api/v1/oncall/overrides?brand=acme-air", `{"agent":"lia","start":"2026-11-23T18:00:00Z","end":"2026-11-23T23:00:00Z"}`).is(200)
	var feed work.Feed
	w.ask("lia", "GET", "/api/v1/oncall/feed", "").is(200).into(&feed)
	w.Settle()
	w.Turn(55 * time.Minute)
	link := w.link("lia", ada)

	w.ask("lia", "PUT", conv(ada, "drafts")+"/reply", `{"text":"Dear Ada,"}`).is(200)
	w.ask("lia", "PUT", conv(ada, "drafts")+"/note", `{"text":"She waits."}`).is(200)
	w.ask("lia", "PUT", conv(carl, "drafts")+"/note", `{"text":"Of the other brand."}`).is(200)

	at := func(verb, brand string) string { return "/api/v1/agents/lia" + verb + "?brand=" + brand }
	var has work.Offboarding
	w.ask("marta", "GET", at("", "acme-air"), "").is(403)
	w.ask("lia", "POST", at("/offboard", "other-air"), `{}`).is(422) // nobody lets himself go
	w.ask("ana", "POST", "/api/v1/agents/dora/offboard?brand=acme-air", `{}`).is(403)
	w.ask("ana", "GET", at("", "acme-air"), "").is(200).into(&has)
	if has.Open != 2 || has.Drafts != 2 || has.Left != nil || len(has.Promises) != 2 || has.Promises[0].Conversation != ada || !has.Promises[0].Due.Equal(monday.Add(time.Hour)) ||
		len(has.Scheduled) != 1 || has.Scheduled[0].Conversation != invoice || len(has.Shifts) != 1 || !has.Shifts[0].Start.Equal(monday.Add(9*time.Hour)) {
		t.Fatalf("lia has %+v", has)
	}
	w.ask("ana", "POST", at("/offboard", "acme-air"), `{"to":"lia"}`).is(422)
	w.ask("ana", "POST", at("/offboard", "acme-air"), `{"to":"rosa"}`).is(422) // of the other brand
	before := len(w.Outbox())
	w.ask("ana", "POST", at("/offboard", "acme-air"), `{"to":"marta","note":"Ada waits for a call."}`, "Idempotency-Key", "k").is(200).into(&has)
	if has.Moved != 2 || has.Open != 0 || has.Left == nil || has.To == nil || has.To.ID != "marta" || len(has.Shifts) != 0 {
		t.Errorf("after it: %+v", has)
	}
	if r := w.ask("ana", "POST", at("/offboard", "acme-air"), `{"to":"marta","note":"Ada waits for a call."}`, "Idempotency-Key", "k").is(200); r.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("again is not called so")
	}
	// She is out at this brand, and in at the other.
	w.ask("lia", "GET", conv(ada), "").is(404)
	w.ask("lia", "GET", conv(carl), "").is(200)
	w.ask("", "POST", link, "").is(404)
	if c := w.ask("", "GET", feed.Path, "").is(200).Body.String(); strings.Contains(c, "Acme Air") {
		t.Errorf("her calendar has the shift still: %s", c)
	}
	w.ask("ana", "POST", conv(ada, "assign"), `{"to":"lia"}`).is(409)
	var on work.OnCall
	w.ask("ana", "GET", "/api/v1/oncall?brand=acme-air&at=2026-11-23T19:00:00Z", "").is(200).into(&on)
	if len(on.Brands[0].On) != 1 || on.Brands[0].On[0].ID != "marta" {
		t.Errorf("tonight on is %+v", on.Brands[0].On)
	}
	has = work.Offboarding{}
	w.ask("rosa", "POST", at("/offboard", "other-air"), `{}`).is(403) // she leads there, too
	w.ask("dora", "POST", at("/offboard", "other-air"), `{}`).is(200).into(&has)
	if has.Moved != 1 || has.To != nil {
		t.Errorf("at the other brand: %+v", has)
	}
	w.ask("lia", "GET", "/api/v1/queue", "").is(401)
	w.ask("", "GET", feed.Path, "").is(404)
	w.Settle()

	// Everything is somewhere: Marta has both, with the note; the answer waits for her; everybody has Carl's.
	c := w.ask("marta", "GET", conv(ada), "").conversation()
	if last := c.Messages[len(c.Messages)-1]; c.Assignee.ID != "marta" || last.Text != "Handed over by Lia Moss: Ada waits for a call." {
		t.Errorf("Ada's: %+v %+v", c.Assignee, last)
	}
	if c := w.ask("marta", "GET", conv(invoice), "").conversation(); c.Assignee.ID != "marta" || len(c.Scheduled) != 1 || c.Scheduled[0].Stopped != desk.AuthorLeft {
		t.Errorf("the invoice: %+v %+v", c.Assignee, c.Scheduled)
	}
	if c := w.ask("rosa", "GET", conv(carl), "").conversation(); c.Assignee.ID != "team:other" {
		t.Errorf("Carl's: %+v", c.Assignee)
	}
	// The promise is kept, by who has it now; the next receipts bear her name.
	w.ask("marta", "POST", conv(ada, "reply"), `{"text":"Dear Ada, we pay for it."}`).is(200)
	w.SendMail("p2@home2.example", "From: p2@home2.example\nTo: care@acme.example\nSubject: Re: My invoice\nIn-Reply-To: <2@p.example>\nReferences: <2@p.example>\nMessage-ID: <4@p.example>\n\nIt was of October.\n", "care@acme.example")
	w.Settle()
	w.Turn(3 * time.Minute)
	w.Settle()
	if c := w.ask("marta", "GET", conv(ada), "").conversation(); c.Promise == nil || c.Promise.State != desk.PromiseKept {
		t.Errorf("the promise: %+v", c.Promise)
	}
	for _, p := range w.Outbox()[before:] {
		if strings.Contains(p.Text, "Lia") {
			t.Errorf("a %s names who has left: %s", p.Kind, p.Text)
		}
	}
	if r := w.last("reply"); !strings.Contains(r.Text, "Marta Lindqvist") {
		t.Errorf("the answer is signed: %s", r.Text)
	}
	if r := w.last("receipt"); !strings.Contains(r.Text, "Marta Lindqvist") || !strings.HasPrefix(r.Conversation, invoice) {
		t.Errorf("the receipt is signed: %s", r.Text)
	}
	w.Turn(12 * time.Hour) // tonight comes, and her answer leaves not
	w.Settle()
	for _, p := range w.Outbox() {
		if strings.Contains(p.Text, "Here it is.") {
			t.Error("the answer of who has left has left")
		}
	}
	var audit work.Audit
	w.ask("ana", "GET", "/api/v1/audit?brand=acme-air", "").is(200).into(&audit)
	if a := audit.Items[0]; a.Event != string(desk.AgentLeft) || a.By != "ana" {
		t.Errorf("the audit: %+v", a)
	}
	w.ask("ana", "POST", at("/return", "acme-air"), "").is(200)
	w.ask("ana", "POST", at("/return", "acme-air"), "").is(404)
	w.ask("lia", "GET", "/api/v1/queue", "").is(200)
	// The order of before comes once more, late: she keeps what she has since.
	w.ask("lia", "POST", conv(invoice, "claim"), "").is(200)
	has = work.Offboarding{}
	if w.ask("ana", "POST", at("/offboard", "acme-air"), `{"to":"marta","note":"Ada waits for a call."}`, "Idempotency-Key", "k").is(200).into(&has); has.Moved != 0 || has.Left != nil || has.Open != 1 {
		t.Errorf("the order of before, once more: %+v", has)
	}
	w.ask("", "GET", feed.Path, "").is(404) // who has kept her link reads nothing again
}

// What nobody has moved, since the order broke before it or a turn overtook it, goes with the next thing that happens, and nothing leaves in the old name.
func TestWhatWasNotMovedGoesByItself(t *testing.T) {
	w := open(t)
	id := w.complaint()
	w.ask("marta", "POST", conv(id, "claim"), "").is(200)
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"Soon.","at":"2026-11-23T09:10:00Z"}`).is(200)
	w.Settle()
	// A receipt is on its way in Marta's name when she is marked, and nothing is moved.
	w.SendMail("ada@home.example", strings.Replace(strings.Replace(angry, "<1@", "<2@", 1), "My suitcase arrived", "Nobody calls me! My suitcase arrived", 1), "care@acme.example")
	w.markedLeft("marta")
	w.Settle()
	w.Turn(15 * time.Minute)
	w.Settle()
	c := w.ask("ana", "GET", conv(id), "").conversation()
	if c.Assignee.ID == "marta" || c.Scheduled[0].Stopped == "" {
		t.Errorf("%+v has it, and the answer is %+v", c.Assignee, c.Scheduled)
	}
	pieces := w.Outbox()
	for _, p := range pieces[1:] {
		if strings.Contains(p.Text, "Marta") {
			t.Errorf("a %s is signed by who has left: %s", p.Kind, p.Text)
		}
	}
	if len(pieces) < 2 {
		t.Error("nothing was sent")
	}
}

// Whatever write of it fails, and however: who orders it again goes on, and everything is moved once.
func TestOffboardingSurvivesEveryFault(t *testing.T) {
	from, to := 0, 0 // the order's own writes
	play := func(f *desktest.Fault) func(t *testing.T) {
		return func(t *testing.T) {
			w := &world{Desk: desktest.NewBroken(t, desktest.Options{Start: monday}, f), t: t}
			w.SendMail("ada@home.example", angry, "care@acme.example")
			w.SendMail("bo@home.example", strings.NewReplacer("ada@", "bo@", "Ada Marsh", "Bo", "<1@", "<2@").Replace(angry), "care@acme.example")
			w.Settle()
			w.api = edge.AsAgent(w.API())
			if f.At == 0 {
				from = len(f.Writes())
			}
			w.letGo()
			if f.At == 0 {
				to = len(f.Writes())
			}
			w.ask("marta", "GET", "/api/v1/queue", "").is(401)
			for _, id := range w.ids() {
				c := w.ask("ana", "GET", conv(id), "").conversation()
				if notes := count(c, "Handed over by Marta Lindqvist: She has left."); c.Assignee.ID != "oleg" || notes != 1 {
					t.Errorf("%+v has %s, with %d notes", c.Assignee, id, notes)
				}
			}
		}
	}
	t.Run("unbroken", play(&desktest.Fault{}))
	if to-from < 5 {
		t.Fatalf("an order makes writes %d to %d", from, to)
	}
	for at := from + 1; at <= to; at++ {
		for _, m := range [][]desktest.Mode{{desktest.NotDone, desktest.After}, {desktest.Done, desktest.Before}}[at%2] {
			t.Run(fmt.Sprint(at-from, " ", m), play(&desktest.Fault{At: at, Mode: m}))
		}
	}
}

// letGo orders Marta's leaving until she has nothing any more.
func (w *world) letGo() {
	w.t.Helper()
	for try := range 6 {
		res := w.ask("ana", "POST", "/api/v1/agents/marta/offboard?brand=acme-air", `{"to":"oleg","note":"She has left."}`, "Idempotency-Key", "k")
		var has work.Offboarding
		if res.Code == http.StatusOK {
			if res.into(&has); has.Open == 0 {
				return
			}
		}
		if try == 5 || res.Code != http.StatusOK && res.Code < 500 {
			w.t.Fatalf("try %d is answered %d: %s", try, res.Code, res.Body)
		}
		w.Turn(time.Minute)
		w.api = edge.AsAgent(w.API()) // started again after a crash
	}
}

func count(c work.Conversation, text string) (n int) {
	for _, m := range c.Messages {
		if m.Text == text {
			n++
		}
	}
	return n
}

// ids are those of the conversations that something left for.
func (w *world) ids() (all []string) {
	seen := map[string]bool{}
	for _, p := range w.Outbox() {
		if !seen[p.Conversation] && p.Kind == "receipt" {
			seen[p.Conversation] = true
			all = append(all, p.Conversation)
		}
	}
	return all
}

// markedLeft marks an agent as one who has left, and moves nothing: the order broke in between.
func (w *world) markedLeft(agent string) {
	w.t.Helper()
	mark := desk.Leaver{Agent: agent, At: w.Clock.Now(), By: "ana"}
	st := store.New(dynamodb.NewFromConfig(w.Setup.AWS), wiring.Table)
	if _, err := st.ChangeRota(w.t.Context(), func(r desk.Rota) (desk.Rota, error) { return r.Leaving(mark), nil },
		desk.Change{Brand: "acme-air", ID: agent, At: w.Clock.Now(), By: "ana", Name: desk.AgentLeft, About: agent}, store.Once{Channel: "agent", Key: agent, Digest: "x"}); err != nil {
		w.t.Fatal(err)
	}
}

// Ana leaves while an answer of hers to five goes on by itself: it rests, and nobody else gets it in her name. What another lead sends is not signed by who has left and has the conversation still.
func TestACircularGoesOnInNobodysNameWhoHasLeft(t *testing.T) {
	w := &world{t: t}
	w.Desk = desktest.New(t, desktest.Options{Start: monday, Policy: sparing(t, 2)})
	w.api = edge.AsAgent(w.API())
	for n := range 5 {
		w.mail(n+1, "Storm", "When does my flight leave after the storm, please?")
	}
	w.Clock.Turn(time.Minute)
	c := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves tomorrow."}}`)
	if c = w.circular("ana", "POST", "/"+c.ID+"/go", `{"all":true}`); c.Sent != 2 {
		t.Fatalf("%+v", c)
	}
	w.Turn(5 * time.Minute)
	w.ask("dora", "POST", "/api/v1/agents/ana/offboard?brand=acme-air", `{}`).is(200)
	w.Turn(3 * time.Hour)
	if c = w.circular("dora", "GET", "/"+c.ID+"?brand=acme-air", ""); c.State != "going" || c.Next != 2 || c.Due != nil || len(replies(w.Desk)) != 2 {
		t.Errorf("it goes on: %+v", c)
	}
	c = w.circular("dora", "POST", "/"+c.ID+"/go?brand=acme-air", `{}`)
	if c.State != "done" || c.Sent != 2 || len(c.LeftOut) != 3 || c.LeftOut[0].Reason != desk.NotTaken {
		t.Errorf("who goes on with it: %+v", c)
	}
	w.ask("marta", "POST", conv(c.LeftOut[0].Conversation, "claim"), "").is(200)
	w.markedLeft("marta")
	w.Clock.Turn(3 * time.Second) // and everybody knows
	next := w.circular("dora", "POST", "?brand=acme-air", `{"texts":{"en":"It leaves at noon."}}`)
	w.circular("dora", "POST", "/"+next.ID+"/go?brand=acme-air", `{}`)
	w.Turn(3 * time.Minute)
	got := 0
	for _, all := range replies(w.Desk) {
		for _, p := range all {
			if strings.Contains(p.Text, "It leaves at noon.") && strings.Contains(p.Text, "Dora Lenz") {
				got++
			}
		}
	}
	if got != 5 { // Marta's among them
		t.Errorf("%d got it in the name of who sent it, of %d", got, len(replies(w.Desk)))
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}
