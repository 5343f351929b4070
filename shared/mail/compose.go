package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Outgoing is a mail to be sent. SES writes Message-ID and Date itself, over any that are given.
type Outgoing struct {
	From, To Address
	ReplyTo  Address // zero: none

	Subject  string
	Text     string // required
	HTML     string // "": text only
	Language string // Content-Language; "": none

	MessageID  string    // "": none
	Date       time.Time // zero: none
	InReplyTo  string    // ids without angle brackets
	References []string

	AutoReplied bool        // Auto-Submitted: auto-replied, X-Auto-Response-Suppress: All (RFC 3834 §3.1.7, MS-OXCMAIL)
	Headers     [][2]string // further fields: names of letters, digits and '-', values of printable ASCII
}

// Compose writes a mail with CRLF line ends and lines of at most 998 bytes. It refuses what could break a header, naming
// the field.
func Compose(o Outgoing) ([]byte, error) {
	w := &writer{seen: map[string]bool{}}
	w.address("From", o.From)
	w.address("To", o.To)
	if o.ReplyTo != (Address{}) {
		w.address("Reply-To", o.ReplyTo)
	}
	w.text("Subject", o.Subject)
	w.dated(o.Date)
	w.ids("Message-ID", o.MessageID)
	w.ids("In-Reply-To", o.InReplyTo)
	w.ids("References", o.References...)
	w.language(o.Language)
	if o.AutoReplied {
		w.field("Auto-Submitted", "auto-replied")
		w.field("X-Auto-Response-Suppress", "All")
	}
	w.field("MIME-Version", "1.0")
	w.further(o.Headers)
	w.body(o.Text, o.HTML)
	if w.err != nil {
		return nil, fmt.Errorf("compose mail: %w", w.err)
	}
	return w.b.Bytes(), nil
}

// writer writes fields one by one; its first error stops it.
type writer struct {
	b    bytes.Buffer
	seen map[string]bool // SES refuses a field that appears twice
	err  error
}

func (w *writer) fail(field, why string) {
	if w.err == nil {
		w.err = fmt.Errorf("%s: %s", field, why)
	}
}

const maxLine = 998 // RFC 5322 §2.1.1, without CRLF

// field is the only function that writes a header. A value may be folded ("\r\n "), by our own hand only.
func (w *writer) field(name, value string) {
	key := strings.ToLower(name)
	if w.seen[key] {
		w.fail(name, "the field is there already")
		return
	}
	w.seen[key] = true
	for _, line := range strings.Split(name+": "+value, "\r\n ") {
		if len(line)+1 > maxLine {
			w.fail(name, fmt.Sprintf("a line is longer than %d bytes", maxLine))
		}
		if !printable(line) {
			w.fail(name, "the value has characters other than printable ASCII")
		}
	}
	w.b.WriteString(name + ": " + value + "\r\n")
}

func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func (w *writer) address(field string, a Address) {
	if !Replyable(a.Addr) {
		w.fail(field, "the address is not of the form name@host.domain in ASCII")
		return
	}
	addr := (&netmail.Address{Address: a.Addr}).String() // quotes an odd local part, and adds the brackets
	name, ok := plain(field, a.Name, w)
	switch {
	case !ok || name == "":
		w.field(field, addr)
	case len(name) <= 60 && printable(name) && !strings.Contains(name, "=?"):
		w.field(field, `"`+quote.Replace(name)+`" `+addr)
	default:
		w.field(field, encodedWords(name)+"\r\n "+addr)
	}
}

var quote = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// plain is s without white space around it; control characters and broken UTF-8 fail the field.
func plain(field, s string, w *writer) (string, bool) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		w.fail(field, "the text has control characters or is not UTF-8")
		return "", false
	}
	return strings.TrimSpace(s), true
}

func (w *writer) text(field, s string) {
	s, ok := plain(field, s, w)
	switch {
	case !ok:
	case len(s) > maxSubject:
		w.fail(field, fmt.Sprintf("the text is longer than %d bytes", maxSubject))
	case len(s) <= 70 && printable(s) && !strings.Contains(s, "=?"):
		w.field(field, s)
	default:
		w.field(field, encodedWords(s))
	}
}

// encodedWords writes s as folded base64 words of at most 75 characters (RFC 2047 §2), none of which splits a rune.
func encodedWords(s string) string {
	var out []string
	for s != "" {
		chunk := cut(s, 45)
		s = s[len(chunk):]
		out = append(out, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(chunk))+"?=")
	}
	return strings.Join(out, "\r\n ")
}

func (w *writer) dated(t time.Time) {
	if !t.IsZero() {
		w.field("Date", t.Format(time.RFC1123Z))
	}
}

func (w *writer) ids(field string, list ...string) {
	var out []string
	for _, id := range list {
		switch {
		case id == "":
		case !validID(id):
			w.fail(field, "an id is not printable ASCII without spaces and angle brackets")
		default:
			out = append(out, Reference(id))
		}
	}
	if len(out) > maxIDs {
		out = out[len(out)-maxIDs:]
	}
	if len(out) > 0 {
		w.field(field, strings.Join(out, "\r\n "))
	}
}

func (w *writer) language(tag string) {
	switch {
	case tag == "":
	case language(tag) != tag:
		w.fail("Content-Language", "not a language tag")
	default:
		w.field("Content-Language", tag)
	}
}

var fieldName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,75}$`)

func (w *writer) further(headers [][2]string) {
	for _, h := range headers {
		name, value := h[0], h[1]
		switch {
		case !fieldName.MatchString(name):
			w.fail("Headers", "a field's name has other than letters, digits and '-'")
		case reserved[strings.ToLower(name)]:
			w.fail(name, "the field is not for free use")
		case !printable(value):
			w.fail(name, "the value has characters other than printable ASCII")
		default:
			w.field(name, value)
		}
	}
}

// reserved are the fields that Outgoing has, or that would change who gets the mail or how it is read.
var reserved = set("from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "in-reply-to", "references",
	"content-language", "content-type", "content-transfer-encoding", "content-disposition", "mime-version", "return-path",
	"auto-submitted", "x-auto-response-suppress", "received", "dkim-signature")

// alternative is the boundary. It needs no luck: "=_" occurs neither in quoted-printable nor in base64.
const alternative = "=_pronto_alternative"

func (w *writer) body(text, html string) {
	if strings.TrimSpace(text) == "" {
		w.fail("Text", "is empty")
		return
	}
	if html == "" {
		w.part("text/plain", text)
		return
	}
	w.field("Content-Type", `multipart/alternative; boundary="`+alternative+`"`)
	for _, p := range [][2]string{{"text/plain", text}, {"text/html", html}} {
		w.b.WriteString("\r\n--" + alternative + "\r\n")
		w.seen = map[string]bool{}
		w.part(p[0], p[1])
	}
	w.b.WriteString("\r\n--" + alternative + "--\r\n")
}

func (w *writer) part(mtype, s string) {
	s = newlines.Replace(strings.ToValidUTF8(s, "\uFFFD"))
	if mtype == "text/plain" {
		s, mtype = flowed(s), mtype+"; format=flowed"
	}
	s = strings.ReplaceAll(s, "\n", "\r\n")
	w.field("Content-Type", mtype+"; charset=utf-8")
	if mostlyASCII(s) {
		w.field("Content-Transfer-Encoding", "quoted-printable")
		w.b.WriteString("\r\n")
		q := quotedprintable.NewWriter(&w.b)
		q.Write([]byte(s)) // a bytes.Buffer takes every write
		q.Close()
	} else {
		w.field("Content-Transfer-Encoding", "base64")
		w.b.WriteString("\r\n")
		w.base64(s)
	}
	w.b.WriteString("\r\n")
}

// mostlyASCII says whether quoted-printable is the shorter: it triples what is not ASCII.
func mostlyASCII(s string) bool {
	high := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			high++
		}
	}
	return high*6 <= len(s)
}

func (w *writer) base64(s string) {
	e := base64.StdEncoding.EncodeToString([]byte(s))
	for len(e) > 76 {
		w.b.WriteString(e[:76] + "\r\n")
		e = e[76:]
	}
	w.b.WriteString(e)
}
