package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// suppressed are what a day's index says got no receipt.
func (w *world) suppressed(query string) (all []work.Suppressed, counts map[string]int) {
	w.t.Helper()
	for cursor := ""; ; {
		var p work.SuppressedPage
		w.ask("marta", "GET", "/api/v1/suppressed?"+query+"&cursor="+cursor, "").is(200).into(&p)
		all, counts = append(all, p.Items...), p.Counts
		if cursor = p.Cursor; cursor == "" {
			return all, counts
		}
	}
}

// Every message that the sum calls suppressed can be looked at, with its reason, and nothing else.
func TestWhatGotNoReceiptCanBeLookedAt(t *testing.T) {
	w := open(t)
	w.complaint()
	w.SendMail("news@list.example", "From: news@list.example\nTo: care@acme.example\nSubject: Offers\nList-Id: <news.list.example>\nPrecedence: list\nMessage-ID: <n@list.example>\n\nTen percent off.\n", "care@acme.example")
	w.SendMail("", "From: MAILER-DAEMON@list.example\nTo: care@acme.example\nSubject: Undelivered\nAuto-Submitted: auto-replied\nMessage-ID: <b@list.example>\n\nIt came back.\n", "care@acme.example")
	w.SendMail("ada@home.example", strings.Replace(angry, "<1@", "<2@", 1), "care@acme.example") // the same words
	w.Settle()
	all, counts := w.suppressed("brand=acme-air")
	n := 0
	for reason, x := range counts {
		n += x
		some, _ := w.suppressed("brand=acme-air&reason=" + reason)
		if len(some) != x || slices.ContainsFunc(some, func(s work.Suppressed) bool { return string(s.Reason) != reason || s.Words == "" || s.Words == reason }) {
			t.Errorf("%s: %d are counted, and listed: %+v", reason, x, some)
		}
	}
	if n != 3 || len(all) != n || counts[string(desk.Repeated)] != 1 {
		t.Errorf("counted %v, listed %+v", counts, all)
	}
	for _, s := range all {
		if s.Contact.Address == "" || s.Subject == "" || s.Message == "" || s.Opened.IsZero() {
			t.Errorf("it is not told what it is: %+v", s)
		}
	}
	w.ask("marta", "GET", "/api/v1/suppressed?reason=nonsense", "").is(400).problem()
	w.ask("marta", "GET", "/api/v1/suppressed?cursor=%00", "").is(400).problem()
	w.ask("rosa", "GET", "/api/v1/suppressed?brand=acme-air", "").is(404).problem()
	if none, _ := w.suppressed("brand=acme-air&day=2026-11-22"); len(none) != 0 {
		t.Errorf("of another day: %+v", none)
	}
}

// A lead blocks a sender and admits it again: the list says whom, by whom and why.
func TestWhoIsBlockedIsListed(t *testing.T) {
	w := open(t)
	w.stray(1)
	piece := w.held("marta", "")[0]
	blocks := func() (l work.BlockList) {
		w.ask("marta", "GET", "/api/v1/blocks", "").is(200).into(&l)
		return l
	}
	if l := blocks(); len(l.Items) != 0 {
		t.Fatalf("%+v", l)
	}
	var b work.Blocked
	w.ask("ana", "POST", "/api/v1/held/"+piece.ID+"/block", `{"why":"threats"}`).is(200).into(&b)
	l := blocks()
	if len(l.Items) != 1 || l.Items[0].Contact != b.Contact || l.Items[0].Party.Address != "p1@home1.example" || l.Items[0].By != "ana" || l.Items[0].Why != "threats" {
		t.Fatalf("%+v", l)
	}
	w.SendMail("p1@home1.example", "From: p1@home1.example\nTo: care@acme.example\nSubject: Again\nMessage-ID: <again@p.example>\n\nAnd again.\n", "care@acme.example")
	w.Settle()
	if got := w.held("marta", "reason=blocked"); len(got) != 1 || got[0].Reason != desk.HoldBlocked {
		t.Errorf("held as blocked: %+v", got)
	}
	if got := w.held("marta", "reason=quarantined"); len(got) != 0 {
		t.Errorf("quarantined: %+v", got)
	}
	w.ask("marta", "GET", "/api/v1/held?reason=nonsense", "").is(400).problem()
	w.ask("marta", "POST", "/api/v1/contacts/"+b.Contact+"/unblock", `{}`).is(403)
	w.ask("ana", "POST", "/api/v1/contacts/"+b.Contact+"/unblock", `{"why":"a mistake"}`).is(200)
	if l := blocks(); len(l.Items) != 0 {
		t.Errorf("admitted again: %+v", l)
	}
	if d := w.balanced(); d.Held["blocked"] != 1 || d.Received != 2 {
		t.Errorf("the sum is %+v", d)
	}
}

// What is called spam is done with: nobody owes an answer, nobody is paged, and it can be taken back.
func TestSpamIsDoneWithAndCanBeTakenBack(t *testing.T) {
	w := open(t)
	id := w.complaint()
	c := w.ask("marta", "POST", conv(id, "spam"), `{}`).conversation()
	if c.Status != desk.StatusResolved || !slices.Contains(c.Tags, desk.SpamTag) || c.Undo == nil || c.Promise.State != desk.PromiseGivenUp {
		t.Fatalf("%s %v %+v", c.Status, c.Tags, c.Promise)
	}
	if r := w.ask("marta", "POST", conv(id, "spam"), `{}`).is(200); r.Header().Get("Idempotency-Replayed") == "" {
		t.Error("it was called spam twice")
	}
	c = w.ask("marta", "POST", conv(id, "undo"), `{}`).conversation()
	if c.Status != desk.StatusOpen || len(c.Tags) != 0 || c.Promise.State != desk.PromiseGiven {
		t.Errorf("taken back it is %s %v %+v", c.Status, c.Tags, c.Promise)
	}
	w.stray(1)
	piece := w.held("marta", "")[0]
	var h work.Held
	w.ask("marta", "POST", "/api/v1/held/"+piece.ID+"/dismiss", `{"spam":true}`).is(200).into(&h)
	if !h.Spam || h.State != "dismissed" {
		t.Errorf("%+v", h)
	}
	w.Turn(time.Minute)
	if d := w.balanced(); d.Held["unknown_address"] != 1 {
		t.Errorf("the sum is %+v", d)
	}
}
