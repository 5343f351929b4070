package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/pronto/edge"
)

// The whole story: an angry mail, a page, "I have it", an answer in the thread, and the customer's answer to it.
func TestAnAngryMailIsPagedClaimedAndAnswered(t *testing.T) {
	w := open(t)
	id := w.complaint()
	receipt := w.Outbox()[0]
	before := w.ask("ana", "GET", conv(id), "").conversation()
	if before.Assignee.ID == "" || before.Targets[0].State != "running" || before.Messages[1].Kind != "receipt" || before.Messages[1].Text != receipt.Text {
		t.Fatalf("the conversation is %+v", before)
	}
	w.Turn(time.Hour + time.Minute) // its first answer is overdue
	link := w.pageLink()
	w.ask("", "GET", link, "").is(200)
	if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Targets[0].State != "breached" {
		t.Fatalf("targets %+v", c.Targets)
	}
	if page := w.ask("", "POST", link, "").is(200).Body.String(); !strings.Contains(page, "You have it") {
		t.Fatalf("the page says %s", page)
	}
	c := w.ask("ana", "GET", conv(id), "").conversation()
	sent := w.ask(c.Assignee.ID, "POST", conv(id, "reply"), `{"text":"We found it.\n\nIt comes <today>."}`, "If-Match", w.etag(id), "Idempotency-Key", "k1").conversation()
	if last := sent.Messages[len(sent.Messages)-1]; sent.Status != "pending" || last.Kind != "reply" || last.Delivery == nil || last.Delivery.State != "queued" {
		t.Fatalf("after the reply it is %+v", sent)
	}
	w.Settle()
	answer := w.last("reply")
	w.checkReply(answer, receipt, c.Assignee.Name)
	c = w.ask("ana", "GET", conv(id), "").conversation()
	if d := c.Messages[len(c.Messages)-1].Delivery; d.State != "accepted" || c.Version != sent.Version {
		t.Errorf("the reply is %+v, version %d after %d", d, c.Version, sent.Version)
	}
	w.Turn(time.Minute)
	w.SendMail("ada@home.example", "From: ada@home.example\nTo: "+address(answer.Headers["Reply-To"])+"\nSubject: "+answer.Subject+
		"\nMessage-ID: <2@home.example>\nIn-Reply-To: "+answer.Headers["Message-ID"]+"\n\nIt is not here yet, where is it?\n", address(answer.Headers["Reply-To"]))
	w.Settle()
	c = w.ask("ana", "GET", conv(id), "").conversation()
	if last := c.Messages[len(c.Messages)-2]; c.Status != "open" || last.Direction != "in" || !strings.Contains(last.Text, "not here yet") || !running(c, "next_response") {
		t.Errorf("the customer's answer left %+v", c)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

func running(c work.Conversation, kind string) bool {
	for _, x := range c.Targets {
		if string(x.Kind) == kind && x.State == "running" {
			return true
		}
	}
	return false
}

func (w *world) checkReply(answer, receipt edge.Piece, agent string) {
	w.t.Helper()
	for name, want := range map[string]string{"In-Reply-To": "<1@home.example>", "References": "<1@home.example>", "Auto-Submitted": "", "X-Auto-Response-Suppress": "", "Reply-To": receipt.Headers["Reply-To"]} {
		if got := answer.Headers[name]; name != "Reply-To" && got != want || name == "Reply-To" && address(got) != address(want) {
			w.t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if answer.Subject != "Re: My suitcase" || answer.To != "ada@home.example" || !strings.Contains(answer.Headers["From"], agent+", Acme Air") || answer.Conversation != receipt.Conversation {
		w.t.Errorf("the reply is %+v", answer)
	}
	if want := "We found it.\n\nIt comes <today>.\n\n" + agent + "\nAcme Air\n"; strings.ReplaceAll(answer.Text, "\r\n", "\n") != want || !strings.Contains(answer.HTML, "&lt;today&gt;") {
		w.t.Errorf("it says %q and %q", answer.Text, answer.HTML)
	}
}

func address(header string) string {
	return strings.Trim(header[strings.LastIndexByte(header, '<')+1:], "<>")
}

func (w *world) etag(id string) string {
	w.t.Helper()
	return w.ask("ana", "GET", conv(id), "").is(http.StatusOK).Header().Get("ETag")
}

// last is the newest piece of a kind that left.
func (w *world) last(kind string) edge.Piece {
	w.t.Helper()
	out := w.Outbox()
	for i := len(out) - 1; i >= 0; i-- {
		if out[i].Kind == kind {
			return out[i]
		}
	}
	w.t.Fatalf("no %s left", kind)
	return edge.Piece{}
}

var pageURL = regexp.MustCompile(`/page/[A-Za-z0-9_-]+`)

// pageLink is the path of the newest page's answer link.
func (w *world) pageLink() string {
	w.t.Helper()
	link := pageURL.FindString(w.last("page").Text)
	if link == "" {
		w.t.Fatalf("no link in the page: %s", w.last("page").Text)
	}
	return link
}

// Two who answer at once: one wins, the other is told, and the customer has one answer.
func TestTwoWhoAnswerAtOnce(t *testing.T) {
	w := open(t)
	id := w.complaint()
	tag := w.etag(id)
	codes := make(chan int, 2)
	for _, who := range []string{"marta", "oleg"} {
		go func() {
			codes <- w.ask(who, "POST", conv(id, "reply"), `{"text":"Hello, it is `+who+`."}`, "If-Match", tag, "Idempotency-Key", who).Code
		}()
	}
	if a, b := <-codes, <-codes; a+b != http.StatusOK+http.StatusPreconditionFailed {
		t.Errorf("statuses %d and %d", a, b)
	}
	w.Settle()
	replies := 0
	for _, p := range w.Outbox() {
		if p.Kind == "reply" {
			replies++
		}
	}
	if replies != 1 {
		t.Errorf("%d replies left", replies)
	}
	late := w.ask("ana", "POST", conv(id, "reply"), `{"text":"Too late."}`, "If-Match", tag).is(http.StatusPreconditionFailed)
	if p := late.problem(); p.Version < 2 || p.Code != "version_changed" || late.Header().Get("ETag") != w.etag(id) {
		t.Errorf("the refusal is %+v, ETag %s", p, late.Header().Get("ETag"))
	}
}
