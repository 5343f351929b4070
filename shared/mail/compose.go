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
	Cc       []Address
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
	Files       []Outfile   // attached
	Headers     [][2]string // further fields: names of letters, digits and '-', values of printable ASCII
}

// Outfile is an attachment of a mail to be sent. Its name is one that FileName leaves as it is.
type Outfile struct {
	Name, Type string
	Content    []byte
}

// Compose writes a mail with CRLF line ends and lines of at most 998 bytes. It refuses what could break a header, naming
// the field.
func Compose(o Outgoing) ([]byte, error) {
	w := &writer{seen: map[string]bool{}}
	w.address("From", o.From)
	w.address("To", o.To)
	w.addresses("Cc", o.Cc)
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
	w.mixed(o)
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
	if s, ok := w.mailbox(field, a); ok {
		w.field(field, s)
	}
}

// addresses writes several, each on a line of its own; none writes nothing.
func (w *writer) addresses(field string, list []Address) {
	var all []string
	for _, a := range list {
		s, ok := w.mailbox(field, a)
		if !ok {
			return
		}
		all = append(all, s)
	}
	if len(all) > 0 {
		w.field(field, strings.Join(all, ",\r\n "))
	}
}

// mailbox is an address with its name as a field has it.
func (w *writer) mailbox(field string, a Address) (string, bool) {
	if !Replyable(a.Addr) {
		w.fail(field, "the address is not of the form name@host.domain in ASCII")
		return "", false
	}
	addr := (&netmail.Address{Address: a.Addr}).String() // quotes an odd local part, and adds the brackets
	name, ok := plain(field, a.Name, w)
	switch {
	case !ok:
		return "", false
	case name == "":
		return addr, true
	case len(name) <= 60 && printable(name) && !strings.Contains(name, "=?"):
		return `"` + quote.Replace(name) + `" ` + addr, true
	}
	return encodedWords(name) + "\r\n " + addr, true
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
		chunk := Cut(s, 45)
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

// The boundaries. They need no luck: "=_" occurs neither in quoted-printable nor in base64.
const (
	alternative = "=_pronto_alternative"
	withFiles   = "=_pronto_mixed"
)

// mixed writes the body, and the attachments behind it.
func (w *writer) mixed(o Outgoing) {
	if len(o.Files) == 0 {
		w.body(o.Text, o.HTML)
		return
	}
	w.field("Content-Type", `multipart/mixed; boundary="`+withFiles+`"`)
	w.next(withFiles)
	w.body(o.Text, o.HTML)
	for _, f := range o.Files {
		w.next(withFiles)
		w.file(f)
	}
	w.b.WriteString("\r\n--" + withFiles + "--\r\n")
}

// next begins another part.
func (w *writer) next(boundary string) {
	w.b.WriteString("\r\n--" + boundary + "\r\n")
	w.seen = map[string]bool{}
}

var mediaType = regexp.MustCompile(`^[a-z]+/[a-z0-9][a-z0-9.+-]{0,100}$`)

// file writes an attachment. Its bytes are base64 whatever they are: a type that would be read as part of the mail (message/rfc822, multipart) is refused.
func (w *writer) file(f Outfile) {
	switch {
	case f.Name == "" || f.Name != FileName(f.Name):
		w.fail("Files", "a name is none that a file may have")
	case !mediaType.MatchString(f.Type) || strings.HasPrefix(f.Type, "multipart/") || strings.HasPrefix(f.Type, "message/"):
		w.fail("Files", "a type is not that of a file")
	case w.err == nil:
		w.field("Content-Type", f.Type)
		w.field("Content-Transfer-Encoding", "base64")
		w.field("Content-Disposition", "attachment;\r\n "+strings.ReplaceAll(FileNames(f.Name), "; ", ";\r\n "))
		w.b.WriteString("\r\n")
		w.b.Grow(len(f.Content)/57*78 + 80)
		w.base64(f.Content)
		w.b.WriteString("\r\n")
	}
}

// FileNames are the parameters that name a file twice: in ASCII, and as it is called (RFC 2231, 6266).
func FileNames(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;`, r) {
			return '_'
		}
		return r
	}, name)
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return `filename="` + ascii + `"; filename*=UTF-8''` + b.String()
}

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
		w.next(alternative)
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
		w.base64([]byte(s))
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

// base64 writes lines of 76 characters, without a copy of the whole: attachments are large, and a function's memory is not.
func (w *writer) base64(s []byte) {
	const line = 57 // bytes that are 76 characters
	for len(s) > line {
		w.b.Write(base64.StdEncoding.AppendEncode(w.b.AvailableBuffer(), s[:line]))
		w.b.WriteString("\r\n")
		s = s[line:]
	}
	w.b.Write(base64.StdEncoding.AppendEncode(w.b.AvailableBuffer(), s))
}

// FewReferences keeps of a thread's ids what an answer's References needs: the first and the newest, so that an effect's row stays small.
func FewReferences(ids []string) []string {
	if len(ids) <= 4 {
		return ids
	}
	return append([]string{ids[0]}, ids[len(ids)-3:]...)
}
