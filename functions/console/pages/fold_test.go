package pages_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// A mail that answers between quotes, signs, and quotes fourteen lines below; and one that is long. All of it is on the page or one press away, without scripts.
func TestWhatIsFoldedOfAMessage(t *testing.T) {
	w := open(t)
	page := w.complaint()
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Re: My suitcase\nMessage-ID: <2@home.example>\nReferences: <1@home.example>\nContent-Type: text/plain; charset=utf-8\n\n"+
		"> one\n> two\n> three\n> four\n> five <script>alert(2)</script>\nIt is the red one.\n> short\nYes.\n-- \nAda <b>Marsh</b>\n\nOn Mon, 23 Nov 2026 at 10:00, Acme Air <care@acme.example> wrote:\n"+strings.Repeat("> We have <i>your</i> message.\n", 13), "care@acme.example")
	w.Settle()
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Re: My suitcase\nMessage-ID: <3@home.example>\nReferences: <1@home.example>\n\n"+strings.Repeat("A line of a long letter.\n", 100)+"The end.\n", "care@acme.example")
	w.Settle()
	ana := w.as("ana")
	p := ana.get(page).is(http.StatusOK).shows("… 5 lines quoted", "It is the red one.", "… 14 lines quoted, and a signature", "… 71 more lines", "The end.")
	body := p.Body.String()
	if i, j := strings.Index(body, "It is the red one."), strings.Index(body, "… 5 lines quoted"); i < j {
		t.Error("the answer stands before what it answers")
	}
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "<i>your") || strings.Contains(body, "We have") && strings.Contains(body, "your&lt;/i&gt; message") {
		t.Error("what is quoted stands in the page, or is markup there")
	}
	at := regexp.MustCompile(`src="(/mail/[^"]+/aside[^"]+)"`).FindStringSubmatch(body)
	if at == nil {
		t.Fatal("nothing leads to what stands aside")
	}
	aside := ana.get(strings.ReplaceAll(at[1], "&amp;", "&")).is(http.StatusOK)
	if s := aside.Body.String(); !strings.Contains(s, "&lt;i&gt;your&lt;/i&gt; message.") || !strings.Contains(s, "&lt;b&gt;Marsh") || strings.Contains(s, "red one") {
		t.Errorf("aside stands %s", s)
	}
	if csp := aside.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || strings.Contains(csp, "allow-scripts") {
		t.Errorf("behind %q", csp)
	}
	w.as("rosa").get(strings.ReplaceAll(at[1], "&amp;", "&")).is(http.StatusNotFound)
}

// A mail may be nothing but a line, a quote, a line, a quote, and somebody may send several: the conversation opens still, and its page is hardly more than its text.
func TestAMailOfManyPartsIsOne(t *testing.T) {
	w := open(t)
	page := w.complaint()
	for _, id := range []string{"2", "3", "4"} {
		w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Re: My suitcase\nMessage-ID: <"+id+"@home.example>\nReferences: <1@home.example>\n\n"+strings.Repeat("a"+id+"\n> b\n", 20000), "care@acme.example")
		w.Settle()
	}
	if n := w.as("ana").get(page).is(http.StatusOK).Body.Len(); n > 1_000_000 {
		t.Errorf("the page has %d bytes", n)
	}
}

// While Ana types, her page asks; she has a copy sent to Ada's husband, and his answer does not leave Ada out.
func TestWhatIsTypedIsMeasuredAndCopied(t *testing.T) {
	w := open(t)
	page := w.complaint()
	ana := w.as("ana")
	form := ana.get(page).shows("0 of 20,000 characters", "Copy to somebody else").fields()
	asked := url.Values{"token": {form.Get("token")}, "text": {"Dear Ada"}, "of_brand": {"acme-air"}, "of_channel": {"email"}, "attachment": {"x/9000000/a.pdf", "y/2000000/b.pdf"}}
	ana.send(http.MethodPost, "/console/measure", asked).is(http.StatusOK).shows("8 of 20,000 characters", "files: 11 MB of 10 MB", "The files are too large together.")
	asked.Set("of_brand", "nobody-air")
	ana.send(http.MethodPost, "/console/measure", asked).is(http.StatusUnprocessableEntity)
	asked.Del("token")
	ana.send(http.MethodPost, "/console/measure", asked).is(http.StatusForbidden)

	form.Set("text", "Dear Ada,\r\nwe have it.")
	form.Set("cc_more", "bruno@booking.example, nobody")
	p := ana.send(http.MethodPost, page+"/reply", form).is(http.StatusUnprocessableEntity).shows("is no address that can be written to", "we have it.")
	if !strings.Contains(p.Body.String(), `value="bruno@booking.example, nobody"`) {
		t.Error("what was typed is lost")
	}
	form = p.fields()
	form.Set("text", "Dear Ada,\r\nwe have it.")
	form.Set("cc_more", "Bruno Marsh <bruno@booking.example>")
	ana.send(http.MethodPost, page+"/reply", form).is(http.StatusSeeOther)
	w.Settle()
	out := w.Outbox()[1]
	w.SendMail("bruno@booking.example", "From: Bruno Marsh <bruno@booking.example>\nTo: care@acme.example\nSubject: Re: My suitcase\nMessage-ID: <b@booking.example>\nIn-Reply-To: "+out.Headers["Message-ID"]+"\n\nThank you.\n", "care@acme.example")
	w.Settle()
	p = ana.get(page).shows("with a copy to Bruno Marsh", "Ada Marsh the customer", "Answer Bruno Marsh")
	if !strings.Contains(p.Body.String(), `value="ada@home.example" checked`) {
		t.Error("an answer to Bruno leaves Ada out")
	}
}
