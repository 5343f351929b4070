package pages_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"pronto/shared/mail/show"
)

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// rich is a mail with an HTML form, a picture of its own, one from elsewhere, and three attachments.
const rich = `From: Ada Marsh <ada@home.example>
To: care@acme.example
Subject: My suitcase
Message-ID: <rich@home.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<p onclick="x()">My <b>suitcase</b> is broken. <img src="cid:photo@home.example" alt="photo"><img src="https://elsewhere.example/logo.png" alt="logo">
<a href="https://evil.example/x">our bank</a></p><script>x()</script>
--r
Content-Type: image/png
Content-ID: <photo@home.example>
Content-Transfer-Encoding: base64

` + pixel + `
--r--
--m
Content-Type: image/png; name="damage.png"
Content-Disposition: attachment; filename="damage.png"
Content-Transfer-Encoding: base64

` + pixel + `
--m
Content-Type: image/svg+xml
Content-Disposition: attachment; filename="drawing.svg"

<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>
--m
Content-Type: image/png
Content-Disposition: attachment; filename="C:\\evil\\page.html"

<html><script>x()</script></html>
--m--
`

func TestAMailAsItWasSent(t *testing.T) {
	w := open(t)
	w.SendMail("ada@home.example", rich, "care@acme.example")
	w.Settle()
	id := w.Outbox()[0].Conversation
	ana := w.as("ana")
	page := ana.get("/console/conversations/" + id).is(http.StatusOK).Body.String()
	at := between(t, page, `src="/mail/`, `"`)
	if !strings.Contains(page, `sandbox="allow-popups allow-popups-to-escape-sandbox"`) || !strings.Contains(page, "damage.png") || strings.Contains(page, "<script>") {
		t.Errorf("the conversation's page is %s", page)
	}
	letter := "/mail/" + strings.ReplaceAll(at, "&amp;", "&")
	shown := ana.get(letter).is(http.StatusOK)
	body := shown.Body.String()
	for _, want := range []string{"My <b>suitcase</b> is broken.", "data:image/png;base64," + pixel, `<span class="off">[logo]</span>`, "A picture from elsewhere is not shown.", "[evil.example]"} {
		if !strings.Contains(body, want) {
			t.Errorf("the letter has no %q:\n%s", want, body)
		}
	}
	for _, never := range []string{"<script", "onclick", "cid:", "elsewhere.example"} {
		if strings.Contains(body, never) {
			t.Errorf("the letter has %q:\n%s", never, body)
		}
	}
	if in := ana.in("it", letter).Body.String(); !strings.Contains(in, `lang="it">Un’immagine presa da altrove non viene mostrata.</p>`) {
		t.Errorf("its note is not Italian: %s", in)
	}
	h := shown.Header()
	if h.Get("Content-Security-Policy") != show.Policy || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("its headers are %v", h)
	}
	w.as("rosa").get(letter).is(http.StatusNotFound)
	w.as("rosa").get(strings.Replace(letter, "?", "/attachments/1?", 1)).is(http.StatusNotFound)
	(&browser{w, nil}).get(letter).is(http.StatusSeeOther)
	ana.get("/mail/aaaaaaaaaaaaaaaa?conversation=" + id).is(http.StatusNotFound)
	ana.get(strings.Replace(letter, id, "aaaaaaaaaaaaaaaa", 1)).is(http.StatusNotFound)
}

// A picture may be looked at; a drawing, and a page that calls itself a picture, are only saved. All come from the store, not from the console.
func TestAttachments(t *testing.T) {
	w := open(t)
	w.SendMail("ada@home.example", rich, "care@acme.example")
	w.Settle()
	id := w.Outbox()[0].Conversation
	ana := w.as("ana")
	at := "/mail/" + between(t, ana.get("/console/conversations/"+id).Body.String(), `src="/mail/`, `?`)
	for number, want := range map[string]struct{ kind, disposition, content string }{
		"1": {"image/png", `inline; filename="damage.png"; filename*=UTF-8''damage.png`, "\x89PNG"},
		"2": {"application/octet-stream", `attachment; filename="drawing.svg"; filename*=UTF-8''drawing.svg`, "<svg"},
		"3": {"application/octet-stream", `attachment; filename="page.html"; filename*=UTF-8''page.html`, "<html>"},
	} {
		address := ana.get(at + "/attachments/" + number + "?conversation=" + id).is(http.StatusSeeOther).Header().Get("Location")
		if !strings.Contains(address, "X-Amz-Signature=") || !strings.Contains(address, "X-Amz-Expires=60") || strings.HasPrefix(address, console+"/") {
			t.Errorf("%s is at %s", number, address)
		}
		resp, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(string(b), want.content) || resp.Header.Get("Content-Type") != want.kind || resp.Header.Get("Content-Disposition") != want.disposition {
			t.Errorf("%s: %d, %s, %s, %.20q (%v)", number, resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("Content-Disposition"), b, err)
		}
	}
	laid := w.AWS.Usage()["s3"]["PutObject"]
	for _, number := range []string{"1", "2", "3"} { // the bucket keeps every version of what is written: a click writes once
		ana.get(at + "/attachments/" + number + "?conversation=" + id).is(http.StatusSeeOther)
	}
	if n := w.AWS.Usage()["s3"]["PutObject"]; n != laid {
		t.Errorf("clicking again wrote %d times", n-laid)
	}
	for _, number := range []string{"4", "-1", "01", "x"} {
		ana.get(at + "/attachments/" + number + "?conversation=" + id).is(http.StatusNotFound)
	}
}

func between(t *testing.T, s, before, after string) string {
	t.Helper()
	_, s, ok := strings.Cut(s, before)
	s, _, more := strings.Cut(s, after)
	if !ok || !more {
		t.Fatalf("nothing between %q and %q", before, after)
	}
	return s
}

// A provider asks whether mail may be forwarded here: a lead sees the way there, an agent does not.
func TestAForwardingConfirmationIsALeads(t *testing.T) {
	w := open(t)
	w.SendMail("forwarding-noreply@google.com", "From: forwarding-noreply@google.com\nTo: care@acme.example\nDKIM-Signature: v=1; d=google.com; b=y\nSubject: Forwarding\n"+
		"Message-ID: <1@google.com>\n\nhttps://mail-settings.google.com/mail/vf-abc\n", "care@acme.example")
	w.Settle()
	const link = `href="https://mail-settings.google.com/mail/vf-abc"`
	at := "/console/held/" + between(t, w.as("ana").get("/console/held?brand=acme-air").is(http.StatusOK).Body.String(), `href="/console/held/`, `"`)
	if page := w.as("ana").get(at).is(http.StatusOK).Body.String(); !strings.Contains(page, link) || strings.Contains(page, "/release") {
		t.Errorf("a lead sees %s", page)
	}
	if page := w.as("marta").get(at).is(http.StatusOK).Body.String(); strings.Contains(page, "vf-abc") {
		t.Errorf("an agent sees %s", page)
	}
}
