package console_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
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

// again lets Ada write a mail of its own, and gives its conversation with the receipt.
func (w *world) again(n int, subject, text string) edge.Piece {
	w.t.Helper()
	before := len(w.Outbox())
	w.SendMail("ada@home.example", fmt.Sprintf("From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: %s\nMessage-ID: <a%d@home.example>\n\n%s\n", subject, n, text), "care@acme.example")
	w.Settle()
	all := w.Outbox()[before:]
	if len(all) != 1 || all[0].Kind != "receipt" {
		w.t.Fatalf("left: %+v", all)
	}
	return all[0]
}

// Ada writes twice about one suitcase. Marta makes one matter of it: the earlier promise stands, both are read as one, and whatever Ada answers comes into that.
func TestTwoMattersBecomeOne(t *testing.T) {
	w := open(t)
	first := w.complaint()
	w.Turn(10 * time.Minute)
	receipt := w.again(2, "Suitcase, once more", "It is me again. Where is my suitcase?")
	second := receipt.Conversation
	due := w.ask("ana", "GET", conv(first), "").conversation().Promise.By
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"no"}`).is(422)
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"aaaaaaaaaaaaaaaa"}`).is(422)
	w.ask("rosa", "POST", conv(second, "merge"), `{"into":"`+first+`"}`).is(404)
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+second+`"}`).is(409)
	body := `{"into":"` + first + `","why":"The same suitcase."}`
	w.ask("ana", "POST", conv(second, "merge"), body, "If-Match", "99").is(412)
	c := w.ask("ana", "POST", conv(second, "merge"), body, "Idempotency-Key", "m").conversation()
	if c.Merged != first || c.Status != "resolved" || c.Promise != nil || len(c.Targets) != 0 {
		t.Fatalf("merged: %+v", c)
	}
	if again := w.ask("ana", "POST", conv(second, "merge"), body, "Idempotency-Key", "m").is(200); again.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("the same request was taken twice")
	}
	w.ask("ana", "POST", conv(first, "merge"), `{"into":"`+second+`"}`).is(409)
	w.ask("ana", "POST", conv(second, "reply"), `{"text":"Here?"}`).is(409)
	w.Settle()
	c = w.ask("ana", "GET", conv(first), "").conversation()
	if !slices.Equal(c.Parts, []string{second}) || c.Status != "open" || !c.Promise.By.Equal(due) || len(c.Messages) != 5 {
		t.Errorf("it is: %+v", c)
	}
	if i := slices.IndexFunc(c.Messages, func(m work.Message) bool { return m.Kind == "note" && m.Text == "The same suitcase." }); i < 0 {
		t.Errorf("nobody is told why: %+v", c.Messages)
	}
	var page work.Page
	w.ask("ana", "GET", "/api/v1/queue?view=all", "").is(200).into(&page)
	if len(page.Items) != 1 || page.Items[0].ID != first {
		t.Errorf("the queue: %+v", page.Items)
	}
	// By the signed address of what was merged, by its receipt's id, by her own mail's.
	for n, how := range [][2]string{{address(receipt.Headers["Reply-To"]), ""}, {"care@acme.example", "In-Reply-To: " + receipt.Headers["Message-ID"]}, {"care@acme.example", "References: <a2@home.example>"}} {
		w.Turn(21 * time.Minute) // no more than so many receipts an hour
		left := w.from(n+20, "ada@home.example", how[0], fmt.Sprintf("More of it: %d.", n), how[1:]...)
		if len(left) != 1 || left[0].Conversation != first {
			t.Errorf("%v: %+v", how, left)
		}
	}
	// The answer goes to what she wrote last, and keeps the earlier promise.
	w.ask("ana", "POST", conv(first, "reply"), `{"text":"It comes tomorrow."}`).is(200)
	w.Settle()
	if got := w.last("reply").Headers["In-Reply-To"]; got != "<g22@home.example>" {
		t.Errorf("the answer is to %s", got)
	}
	var kept work.PromiseStats
	w.ask("ida", "GET", "/api/v1/stats/promises?from=2026-11-23&to=2026-11-23", "").is(200).into(&kept)
	if kept.All.Kept != 1 || kept.All.Broken+kept.All.GivenUp != 0 {
		t.Errorf("promises: %+v", kept.All)
	}
	var lines work.Audit
	w.ask("ana", "GET", "/api/v1/audit?conversation="+first, "").is(200).into(&lines)
	if i := slices.IndexFunc(lines.Items, func(x work.AuditItem) bool { return x.Event == "took_in" && x.By == "ana" }); i < 0 {
		t.Errorf("the audit: %+v", lines.Items)
	}
	if sum := w.Day("2026-11-23"); sum.Received != 5 || sum.Receipted != 5 || !sum.Balanced {
		t.Errorf("the sum: %+v", sum)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// What is promised twice ends once for each: a promise that was kept in the survivor keeps its row when one that came along ends after it.
func TestAPromiseThatCameAlongHasItsOwnRow(t *testing.T) {
	w := open(t)
	first := w.complaint()
	second := w.again(2, "My dog", "And where is my dog? Nobody tells me.").Conversation // at the same moment
	w.ask("ana", "POST", conv(first, "reply"), `{"text":"It comes tomorrow."}`).is(200)
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+first+`"}`).is(200)
	w.ask("ana", "POST", conv(first, "reply"), `{"text":"So does the dog."}`).is(200)
	w.Settle()
	var kept work.PromiseStats
	w.ask("ida", "GET", "/api/v1/stats/promises?from=2026-11-23&to=2026-11-23", "").is(200).into(&kept)
	if kept.All.Kept != 2 {
		t.Errorf("promises: %+v", kept.All)
	}
}

// Ana has written first to Ada, who has a receipt for a matter of her own: when that goes on in Ana's conversation, which has none, she is told a new time before the one
// that she was told breaks.
func TestWhatAReceiptToldIsRenewedWhereItGoesOn(t *testing.T) {
	w := open(t)
	own := w.complaint()
	first := w.ask("ana", "POST", start, `{"to":"ada@home.example","subject":"Your flight","text":"Dear Ada, it leaves at nine."}`).conversation().ID
	w.ask("ana", "POST", conv(own, "merge"), `{"into":"`+first+`"}`).is(http.StatusOK)
	is := w.ask("ana", "GET", conv(first), "").conversation()
	if is.Promise == nil || is.Promise.Of != own {
		t.Fatalf("it goes on as %+v", is.Promise)
	}
	w.Turn(is.Promise.By.Sub(w.Clock.Now()) - time.Minute)
	if got := w.last("notice"); got.Conversation != first || got.To != "ada@home.example" {
		t.Errorf("she is told: %+v", got)
	}
	if is = w.ask("ana", "GET", conv(first), "").conversation(); is.Promise.State != desk.PromiseRenewed || is.Promise.Of != own {
		t.Errorf("it stands as %+v", is.Promise)
	}
}

// Two people's conversations become one only when the agent says that he knows; then both take part.
func TestTwoPeoplesMattersBecomeOne(t *testing.T) {
	w := open(t)
	hers := w.complaint()
	w.Turn(10 * time.Minute)
	left := w.from(1, "otto@work.example", "care@acme.example", "My wife's suitcase is broken.")
	his := left[0].Conversation
	if p := w.ask("ana", "POST", conv(his, "merge"), `{"into":"`+hers+`"}`).is(409).problem(); p.Code != "other_contact" {
		t.Errorf("without a word: %+v", p)
	}
	w.ask("ana", "POST", conv(his, "merge"), `{"into":"`+hers+`","different_contacts":true,"why":"He is her husband."}`).is(200)
	c := w.ask("ana", "GET", conv(hers), "").conversation()
	if len(c.Participants) != 1 || c.Participants[0].Address != "otto@work.example" {
		t.Errorf("takes part: %+v", c.Participants)
	}
	w.Turn(10 * time.Minute)
	if left := w.from(2, "otto@work.example", address(left[0].Headers["Reply-To"]), "It is red."); len(left) != 1 || left[0].Conversation != hers {
		t.Errorf("his next: %+v", left)
	}
}

// An answer that could not arrive after its conversation was merged is owed again where that goes on; a receipt that waits leaves once, with a time to come.
func TestWhatWasUnderWayGoesOn(t *testing.T) {
	w := open(t)
	first := w.complaint()
	w.Turn(10 * time.Minute)
	w.ask("ana", "PUT", "/api/v1/silence?brand=acme-air", `{"on":true,"why":"The words are wrong."}`).is(200)
	before := len(w.Outbox())
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Again\nMessage-ID: <a3@home.example>\n\nWhere is the other one?\n", "care@acme.example")
	w.Settle()
	var page work.Page
	w.ask("ana", "GET", "/api/v1/queue?view=all", "").is(200).into(&page)
	second := page.Items[0].ID
	if second == first {
		second = page.Items[1].ID
	}
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+first+`"}`).is(200)
	w.Settle()
	if n := len(w.Outbox()); n != before {
		t.Fatalf("%d pieces left in silence", n-before)
	}
	w.Turn(20 * time.Minute)
	w.ask("ana", "PUT", "/api/v1/silence?brand=acme-air", `{"on":false}`).is(200)
	w.Turn(20 * time.Minute)
	receipts := 0
	for _, p := range w.Outbox()[before:] {
		if p.Kind == "receipt" {
			receipts++
		}
	}
	if receipts != 1 {
		t.Errorf("%d receipts left for the mail whose conversation was merged", receipts)
	}
	if sum := w.Day("2026-11-23"); sum.Received != 2 || sum.Receipted != 2 || !sum.Balanced {
		t.Errorf("the sum: %+v", sum)
	}
}

// Whatever write fails, and however: who repeats a merge with its key until it is taken has merged once, nothing is owed in both or in none, and nothing leaves twice.
func TestAMergeSurvivesEveryFault(t *testing.T) {
	walk(t, (*world).twoMatters, func(w *world, a, b string) {
		w.until(conv(b, "merge"), `{"into":"`+a+`","why":"One matter."}`)
		w.Turn(3 * time.Minute)
	}, func(w *world, first, second string) {
		a, b := w.ask("ana", "GET", conv(first), "").conversation(), w.ask("ana", "GET", conv(second), "").conversation()
		if b.Merged != a.ID || b.Status != "resolved" || b.Promise != nil || a.Status != "open" || a.Promise == nil || !slices.Equal(a.Parts, []string{b.ID}) {
			w.t.Errorf("it is %+v and %+v", a, b)
		}
		if notes := len(slices.DeleteFunc(a.Messages, func(m work.Message) bool { return m.Kind != "note" })); notes != 1 {
			w.t.Errorf("%d notes", notes)
		}
		if sum := w.Day("2026-11-23"); sum.Received != 2 || sum.Receipted != 2 || !sum.Balanced || len(w.Outbox()) != 2 {
			w.t.Errorf("the sum is %+v, %d pieces left", sum, len(w.Outbox()))
		}
	})
}

// twoMatters are two conversations of Ada's.
func (w *world) twoMatters() (a, b string) {
	w.t.Helper()
	return w.complaint(), w.again(2, "My dog", "And where is my dog? Nobody tells me.").Conversation
}

// walk is the fault table of what is done to two: they are there, unbroken, before each.
func walk(t *testing.T, two func(*world) (a, b string), story, check func(w *world, a, b string)) {
	t.Helper()
	play := func(t *testing.T, at int, mode desktest.Mode) int {
		f := &desktest.Fault{}
		w := &world{Desk: desktest.NewBroken(t, desktest.Options{Start: monday}, f), t: t}
		a, b := two(w)
		before := len(f.Writes())
		if at > 0 {
			f.At, f.Mode = before+at, mode
		}
		story(w, a, b)
		n := len(f.Writes()) - before
		w.api = edge.AsAgent(w.API())
		check(w, a, b)
		return n
	}
	n := 0
	t.Run("unbroken", func(t *testing.T) { n = play(t, 0, "") })
	if n < 2 {
		t.Fatalf("%d writes", n)
	}
	for at := range n {
		for _, mode := range desktest.Modes() {
			t.Run(fmt.Sprint(at+1, " ", mode), func(t *testing.T) { play(t, at+1, mode) })
		}
	}
}

// until asks as Ana, with one key, until it is taken.
func (w *world) until(path, body string) {
	w.t.Helper()
	for try := 0; ; try++ {
		w.api = edge.AsAgent(w.API()) // started again after a crash
		res := w.ask("ana", "POST", path, body, "Idempotency-Key", "k")
		if res.Code == http.StatusOK {
			return
		}
		if try == 5 || res.Code < 500 {
			w.t.Fatalf("try %d is answered %d: %s", try, res.Code, res.Body)
		}
		w.Turn(time.Minute)
	}
}

// Two agents merge two conversations into each other while the customer writes into both: one of them wins, and what she wrote stands in what both have become.
func TestMergesRace(t *testing.T) {
	w := open(t)
	first := w.complaint()
	receipt := w.again(2, "My dog", "And where is my dog? Nobody tells me.")
	a, b := first, receipt.Conversation
	s := store.New(dynamodb.NewFromConfig(w.Setup.AWS), wiring.Table)
	p, err := w.Setup.Policy()
	if err != nil {
		t.Fatal(err)
	}
	now := w.Clock.Now()
	take := func(ev desk.Event) (desk.Decision, error) {
		return s.Turn(t.Context(), ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, p, now) })
	}
	ref := func(id string) desk.Ref { return desk.Ref{Brand: "acme-air", Conversation: id} }
	merge := func(key, from, to string) (desk.Decision, error) {
		ev := desk.Merged{Act: desk.Act{Subject: desk.Subject{Ref: ref(from), Beside: ref(to), Channel: "agent", Keys: []string{key}, Delivery: key}}}
		return take(ev)
	}
	var race sync.WaitGroup
	var won [2]desk.Decision
	for i, x := range [][2]string{{a, b}, {b, a}} {
		race.Go(func() {
			d, err := merge(fmt.Sprint("key", i), x[0], x[1])
			if err != nil {
				t.Error(err)
			}
			won[i] = d
		})
	}
	for i, id := range []string{a, b, a, b} {
		race.Go(func() {
			key := fmt.Sprint("note", i)
			ev := desk.Noted{Act: desk.Act{Subject: desk.Subject{Ref: ref(id), Channel: "agent", Keys: []string{key}, Delivery: key}}, Message: desk.Message{ID: key, Direction: "out", Kind: "note", At: now}}
			if _, err := take(ev); err != nil {
				t.Error(err)
			}
		})
	}
	race.Wait()
	if (won[0].Refused == "") == (won[1].Refused == "") {
		t.Fatalf("who won: %q, %q", won[0].Refused, won[1].Refused)
	}
	ca, cb := w.ask("ana", "GET", conv(a), "").conversation(), w.ask("ana", "GET", conv(b), "").conversation()
	if (ca.Merged == "") == (cb.Merged == "") || (ca.Promise == nil) == (cb.Promise == nil) {
		t.Errorf("%+v\n%+v", ca, cb)
	}
	is := ca
	if ca.Merged != "" {
		is = cb
	}
	notes := 0
	for _, m := range is.Messages {
		if m.Kind == "note" {
			notes++
		}
	}
	if notes != 4 {
		t.Errorf("%d notes of four", notes)
	}
}

// Whose conversation went on in somebody else's keeps what he wrote when that other is forgotten: it stands for itself again, and is owed. Whoever is forgotten goes from
// every conversation that his went on in.
func TestMergedAndForgotten(t *testing.T) {
	w := open(t)
	hers := w.complaint()
	w.Turn(10 * time.Minute)
	his := w.from(1, "otto@work.example", "care@acme.example", "My wife's suitcase is broken.")[0].Conversation
	theirs := w.from(2, "bo@work.example", "care@acme.example", "Their suitcase fell on mine.")[0].Conversation
	for _, x := range [][2]string{{his, hers}, {hers, theirs}} {
		w.ask("ana", "POST", conv(x[0], "merge"), `{"into":"`+x[1]+`","different_contacts":true,"why":"One accident."}`).is(200)
	}
	c := w.ask("ana", "GET", conv(theirs), "").conversation()
	if len(c.Parts) != 2 || len(c.Participants) != 2 {
		t.Fatalf("merged: %+v", c)
	}
	contact := w.ask("ana", "GET", conv(hers), "").conversation().Contact.ID
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", "").is(200)
	w.Settle()
	if left := w.traces("ada@home.example", "arrived broken", hers); len(left) > 0 {
		t.Errorf("left of her: %q", left)
	}
	c = w.ask("ana", "GET", conv(theirs), "").conversation()
	if len(c.Participants) != 1 || c.Participants[0].Address != "otto@work.example" || !slices.Equal(c.Parts, []string{his}) {
		t.Errorf("theirs: %+v", c)
	}
	if c := w.ask("ana", "GET", conv(his), "").conversation(); c.Merged != "" || c.Status != "open" || len(c.Targets) != 2 {
		t.Errorf("his: %+v", c)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}
