package mail

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func receipt() Outgoing {
	return Outgoing{
		From:       Address{"Ana at Acme Air", "care@acme.example"},
		To:         Address{"Жанна Дубова", "zhanna@customer.example"},
		ReplyTo:    Address{"Acme Air", "c.mfzwiytb@reply.acme.example"},
		Subject:    "Acme Air: сообщение получено",
		Text:       "Здравствуйте!\n\nОтвечу до 14:35.\n\n-- \nAna\n",
		HTML:       "<p>Здравствуйте!</p><p>Отвечу до 14:35.</p><p>Ana</p>",
		Language:   "ru",
		InReplyTo:  "m1@customer.example",
		References: []string{"m0@customer.example", "m1@customer.example"},
		Headers:    [][2]string{{LoopHeader, "1"}},

		AutoReplied: true,
	}
}

func TestComposedReceiptIsReadBack(t *testing.T) {
	o := receipt()
	raw, err := Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	checkLines(t, raw)
	m, err := Parse(raw, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"From", m.From, o.From},
		{"To", m.To, []Address{o.To}},
		{"Reply-To", m.ReplyTo, o.ReplyTo},
		{"Subject", m.Subject, o.Subject},
		{"text", m.Text, "Здравствуйте!\n\nОтвечу до 14:35.\n\n-- \nAna"},
		{"HTML", strings.TrimSpace(m.HTML), o.HTML},
		{"language", m.Language, "ru"},
		{"In-Reply-To", m.InReplyTo, []string{o.InReplyTo}},
		{"References", m.References, o.References},
		{"Auto-Submitted", m.Header.Get("auto-submitted"), "auto-replied"},
		{"suppression", m.Header.Get("X-Auto-Response-Suppress"), "All"},
		{"loop header", m.Header.Get(LoopHeader), "1"},
	} {
		if d := cmp.Diff(c.want, c.got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, d)
		}
	}
	if s := Machine(m, Envelope{MailFrom: "bounce@acme.example", DMARC: Pass}, nil); s != AutoSubmitted {
		t.Errorf("a desk that gets our receipt would not fall silent: %q", s)
	}
}

// Attachments come back byte for byte, under their names, beside a letter that is what it was without them.
func TestComposedAttachmentsAreReadBack(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	want := []Outfile{
		{"Rückerstattung für Жанна (2).pdf", "application/pdf", bytes.Repeat(all, 9)},
		{"plain name.txt", "text/plain", []byte("--=_pronto_mixed--\r\n\n.\n")},
		{strings.Repeat("ж", 98) + ".png", "image/png", all[:57]},
		{"empty.csv", "text/csv", nil},
	}
	for _, html := range []string{receipt().HTML, ""} {
		o := receipt()
		o.HTML, o.Files = html, want
		raw, err := Compose(o)
		if err != nil {
			t.Fatal(err)
		}
		checkLines(t, raw)
		m, err := Parse(raw, DefaultLimits)
		if err != nil || m.Text != "Здравствуйте!\n\nОтвечу до 14:35.\n\n-- \nAna" || strings.TrimSpace(m.HTML) != html {
			t.Errorf("the letter is %q, %q, %v", m.Text, m.HTML, err)
		}
		files, err := Files(raw, DefaultLimits)
		if err != nil || len(files) != len(want) {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for i, f := range files {
			if f.Name != want[i].Name || f.ContentType != want[i].Type || !bytes.Equal(f.Content, want[i].Content) || f.Inline {
				t.Errorf("%s: came back as %s, %s, %d bytes, inline %v", want[i].Name, f.Name, f.ContentType, len(f.Content), f.Inline)
			}
		}
	}
}

func TestComposeKeepsDateAndMessageID(t *testing.T) {
	o := receipt()
	o.MessageID = "e1@acme.example"
	o.Date = time.Date(2026, 3, 29, 1, 30, 0, 0, time.FixedZone("", 3600))
	raw, err := Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(raw, DefaultLimits)
	if err != nil || m.MessageID != o.MessageID || !m.Date.Equal(o.Date) || !m.OffsetOK {
		t.Errorf("got %q %v %v, %v", m.MessageID, m.Date, m.OffsetOK, err)
	}
}

func TestComposeTextOnlyWritesNoMultipart(t *testing.T) {
	o := receipt()
	o.HTML, o.Text = "", "Thank you.\n. a dot\nFrom here\n"+strings.Repeat("long ", 400)
	raw, err := Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	checkLines(t, raw)
	if bytes.Contains(raw, []byte("multipart")) {
		t.Error("one part is enough")
	}
	m, err := Parse(raw, DefaultLimits)
	if err != nil || m.Text != strings.TrimSpace(o.Text) || m.HTML != "" {
		t.Errorf("got %q, %v", m.Text, err)
	}
}

func TestComposeRefusesWhatBreaksAHeader(t *testing.T) {
	const evil = "x\r\nBcc: all@victim.example"
	for _, c := range []struct {
		field string
		spoil func(*Outgoing)
	}{
		{"From", func(o *Outgoing) { o.From.Name = evil }},
		{"From", func(o *Outgoing) { o.From.Addr = "care@acme.example\r\nBcc: all@victim.example" }},
		{"From", func(o *Outgoing) { o.From.Addr = "care@acme.example, all@victim.example" }},
		{"From", func(o *Outgoing) { o.From = Address{} }},
		{"To", func(o *Outgoing) { o.To.Addr = "nobody" }},
		{"To", func(o *Outgoing) { o.To.Addr = "root@localhost" }},
		{"To", func(o *Outgoing) { o.To.Addr = "жанна@customer.example" }},
		{"To", func(o *Outgoing) { o.To.Addr = strings.Repeat("a", 65) + "@customer.example" }},
		{"To", func(o *Outgoing) { o.To.Name = "a\x00b" }},
		{"To", func(o *Outgoing) { o.To.Name = "a\xffb" }},
		{"Reply-To", func(o *Outgoing) { o.ReplyTo.Addr = "<c@acme.example>" }},
		{"Subject", func(o *Outgoing) { o.Subject = evil }},
		{"Subject", func(o *Outgoing) { o.Subject = "a\nb" }},
		{"Subject", func(o *Outgoing) { o.Subject = strings.Repeat("a", maxSubject+1) }},
		{"Text", func(o *Outgoing) { o.Text = " \n" }},
		{"Files", func(o *Outgoing) { o.Files = []Outfile{{"", "text/plain", nil}} }},
		{"Files", func(o *Outgoing) { o.Files = []Outfile{{"a\r\nBcc: all@victim.example.txt", "text/plain", nil}} }},
		{"Files", func(o *Outgoing) { o.Files = []Outfile{{"../a.txt", "text/plain", nil}} }},
		{"Files", func(o *Outgoing) { o.Files = []Outfile{{"a.txt", "text/plain\r\nBcc: all@victim.example", nil}} }},
		{"Files", func(o *Outgoing) { o.Files = []Outfile{{"a.eml", "message/rfc822", nil}} }},
		{"Files", func(o *Outgoing) { o.Files = []Outfile{{"a.txt", "multipart/mixed", nil}} }},
		{"Content-Language", func(o *Outgoing) { o.Language = "en\r\nBcc: a@b.example" }},
		{"Message-ID", func(o *Outgoing) { o.MessageID = "a b@c.example" }},
		{"In-Reply-To", func(o *Outgoing) { o.InReplyTo = "a>\r\nBcc: <a@b.example" }},
		{"References", func(o *Outgoing) { o.References = []string{"ok@a.example", "né@a.example"} }},
		{"X-Case", func(o *Outgoing) { o.Headers = [][2]string{{"X-Case", evil}} }},
		{"X-Case", func(o *Outgoing) { o.Headers = [][2]string{{"X-Case", "caffè"}} }},
		{"x-case", func(o *Outgoing) { o.Headers = [][2]string{{"X-Case", "1"}, {"x-case", "2"}} }},
		{"X-Case", func(o *Outgoing) { o.Headers = [][2]string{{"X-Case", strings.Repeat("a", 1000)}} }},
		{"Headers", func(o *Outgoing) { o.Headers = [][2]string{{"X-Case: 1\r\nBcc", "a@b.example"}} }},
		{"Headers", func(o *Outgoing) { o.Headers = [][2]string{{"", "1"}} }},
		{"BCC", func(o *Outgoing) { o.Headers = [][2]string{{"BCC", "a@b.example"}} }},
		{"Sender", func(o *Outgoing) { o.Headers = [][2]string{{"Sender", "a@b.example"}} }},
	} {
		o := receipt()
		c.spoil(&o)
		raw, err := Compose(o)
		if err == nil || !strings.HasPrefix(err.Error(), "compose mail: "+c.field+": ") {
			t.Errorf("%s: got error %v and %d bytes", c.field, err, len(raw))
		}
	}
}

// checkLines holds what SMTP demands: CRLF only, lines of at most 998 bytes, ASCII.
func checkLines(t *testing.T, raw []byte) {
	t.Helper()
	for i, l := range bytes.Split(raw, []byte("\r\n")) {
		if len(l) > maxLine || bytes.ContainsAny(l, "\r\n\x00") || bytes.ContainsFunc(l, func(r rune) bool { return r > '~' }) {
			t.Fatalf("line %d is not fit for SMTP: %q", i+1, l)
		}
	}
}

// FuzzCompose: what Compose accepts, Parse reads back the same, and no header appears that was not asked for.
func FuzzCompose(f *testing.F) {
	o := receipt()
	f.Add(o.From.Name, "care@acme.example", "zhanna@customer.example", o.Subject, o.Text, o.HTML, "X-Case", "1", o.InReplyTo)
	f.Add(`"Ana" <x@y.example>`, "care@acme.example", "jo..e@customer.example", "=?utf-8?q?a?=", "=20\r.\n--=_pronto_alternative\n", "", "X-A", "b", "")
	f.Add("a, b; c:\\", "care@acme.example", "z@c.example", " lead", strings.Repeat("ü", 2000), "<b>x", "Bcc", "x@y.example", "<>")
	f.Fuzz(func(t *testing.T, name, from, to, subject, text, html, hname, hvalue, ref string) {
		o := Outgoing{
			From: Address{name, from}, To: Address{name, to}, Subject: subject, Text: text, HTML: html,
			Headers: [][2]string{{hname, hvalue}}, InReplyTo: ref, AutoReplied: true,
		}
		raw, err := Compose(o)
		if err != nil {
			return
		}
		checkLines(t, raw)
		m, err := Parse(raw, DefaultLimits)
		if err != nil {
			t.Fatalf("%v of\n%s", err, raw)
		}
		if len(m.Froms) != 1 || m.From.Addr != from || len(m.To) != 1 || m.To[0].Addr != to {
			t.Errorf("addresses: %v → %v of\n%s", m.Froms, m.To, raw)
		}
		if want := oneLine(subject); m.Subject != want {
			t.Errorf("subject %q, want %q", m.Subject, want)
		}
		if want := tidy(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")); m.Text != want {
			t.Errorf("text %q, want %q", m.Text, want)
		}
		if m.Header.Has("Bcc") || m.Header.Has("Cc") || len(m.Header) > 10 {
			t.Errorf("headers: %v", m.Header)
		}
		if !utf8.ValidString(m.From.Name) || strings.ContainsFunc(m.From.Name, unicode.IsControl) {
			t.Errorf("name %q", m.From.Name)
		}
	})
}

// FuzzComposeFiles: whatever a stranger's file is called, what FileName leaves of it comes back, and no header with it.
func FuzzComposeFiles(f *testing.F) {
	f.Add("a\"; filename*=x''y\r\nBcc: x@y.example.txt", "text/plain", []byte("x"))
	f.Add("=?utf-8?q?a?=.pdf", "application/pdf", []byte("--=_pronto_mixed--\r\n"))
	f.Add("%2e%2e/Rück\u202egpj.exe", "message/rfc822", []byte{0, 13, 10, 255})
	f.Fuzz(func(t *testing.T, name, kind string, content []byte) {
		o := receipt()
		o.Files = []Outfile{{FileName(name), kind, content}}
		raw, err := Compose(o)
		if err != nil {
			return
		}
		checkLines(t, raw)
		m, err := Parse(raw, DefaultLimits)
		files, bad := Files(raw, DefaultLimits)
		if err != nil || bad != nil || len(files) != 1 {
			t.Fatalf("%d files, %v, %v of\n%s", len(files), err, bad, raw)
		}
		if !bytes.Equal(files[0].Content, content) {
			t.Errorf("%q came back as %q", content, files[0].Content)
		}
		if m.Header.Has("Bcc") || strings.TrimSpace(m.HTML) != o.HTML {
			t.Errorf("the letter changed:\n%s", raw)
		}
	})
}

// Copies stand in the header that everybody reads, each on a line; an address that could break it refuses the mail.
func TestComposeCopies(t *testing.T) {
	o := Outgoing{From: Address{"Ana", "care@acme.example"}, To: Address{"", "ada@home.example"}, Subject: "Re: Bag", Text: "We have it."}
	for i := range 10 {
		o.Cc = append(o.Cc, Address{[]string{"Bruno \"B\" Marsh", "Žofie Nováková", ""}[i%3], string(rune('a'+i)) + "@booking.example"})
	}
	raw, err := Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(raw, DefaultLimits)
	if err != nil || len(m.Cc) != 10 || m.Cc[0] != o.Cc[0] || m.Cc[1] != o.Cc[1] || m.Cc[9] != o.Cc[9] || len(m.To) != 1 {
		t.Errorf("read again: %+v, %v", m.Cc, err)
	}
	o.Cc = append(o.Cc, Address{"x", "x@y.example\r\nBcc: z@y.example"})
	if _, err := Compose(o); err == nil {
		t.Error("a header was broken")
	}
	for s, ok := range map[string]bool{"bruno@home.example": true, "Bruno <Bruno@HOME.example>": true, "\"B, M\" <b@home.example>": true, "a@b.example, c@d.example": false, "a@b": false, "": false, "a@b.example\n": true, "a\nb@c.example": false, "ü@b.example": false} {
		if _, is := OneAddress(s); is != ok {
			t.Errorf("%q is an address: %v", s, is)
		}
	}
}
