package mail

import (
	"bytes"
	"io"
	"regexp"
	"strings"

	"github.com/jhillyerd/enmime/v2"
	"github.com/jhillyerd/enmime/v2/mediatype"
)

// Parse reads a raw mail. Its error is always an *Unreadable.
func Parse(raw []byte, lim Limits) (m *Message, err error) {
	lim = lim.orDefault()
	defer caught(&err)
	root, err := tree(raw, lim)
	if err != nil {
		return nil, err
	}
	m = message(root, lim.hurry)
	// Of the mail as it came: what clean drops, SES may have read. A space before the first field is only in files: SES writes fields of its own above.
	came := bytes.TrimLeft(raw, " \t")
	m.believable = believable(came, m.From.Addr)
	m.signatures = rawFields(came, "dkim-signature")
	return m, nil
}

// hurry stops the reading when it is late, by a panic that caught turns into the reason.
func (l Limits) hurry() {
	if l.Late != nil && l.Late() {
		panic(limit(ReasonTooSlow))
	}
}

// limit is the panic by which the reading stops at one of the limits, deep in a library.
type limit string

// caught says why a mail could not be read when reading it panicked. A panic in a library is that mail's fault and must not take the queue down.
func caught(err *error) {
	switch why := recover().(type) {
	case nil:
	case limit:
		*err = &Unreadable{string(why)}
	default:
		*err = &Unreadable{ReasonMalformed}
	}
}

// tree reads the parts of a mail that may have passed through files.
func tree(raw []byte, lim Limits) (*enmime.Part, error) {
	if int64(len(raw)) > lim.Bytes {
		return nil, &Unreadable{ReasonTooLarge}
	}
	if raw = clean(raw); len(raw) == 0 {
		return nil, &Unreadable{ReasonEmpty}
	}
	if raw = skipJunk(raw); len(raw) == 0 {
		return nil, &Unreadable{ReasonNoHeader}
	}
	if headerLines(raw, lim.Headers) > lim.Headers || len(head(raw)) > maxHead {
		return nil, &Unreadable{ReasonTooManyHeaders}
	}
	return readParts(raw, lim)
}

// maxHead bounds the bytes of a mail's header, each field of which is decoded: 8 MB of encoded words with raw bytes in them took ten seconds. Mails have some 20 KB.
const maxHead = 1 << 20

func (l Limits) orDefault() Limits {
	d := DefaultLimits
	if l.Bytes > 0 {
		d.Bytes = l.Bytes
	}
	if l.Parts > 0 {
		d.Parts = l.Parts
	}
	if l.Depth > 0 {
		d.Depth = l.Depth
	}
	if l.Headers > 0 {
		d.Headers = l.Headers
	}
	d.Late = l.Late
	return d
}

var bom = []byte("\xef\xbb\xbf")

// clean strips what precedes the header in mails that passed through files: a byte order mark, blank lines, mbox "From "
// lines. A mail without any LF has CR as its line end.
func clean(raw []byte) []byte {
	if bytes.IndexByte(raw, '\n') < 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	if bytes.Contains(head(raw), []byte("\r\r\n")) { // a line end that was converted twice
		raw = bytes.ReplaceAll(raw, []byte("\r\r\n"), []byte("\r\n"))
	}
	for {
		raw = bytes.TrimLeft(bytes.TrimPrefix(raw, bom), " \t\r\n")
		if !bytes.HasPrefix(raw, []byte("From ")) && !bytes.HasPrefix(raw, []byte(">From ")) {
			return raw
		}
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
}

// skipJunk drops up to ten lines that are no header field before the first that is one; without one nothing is left.
func skipJunk(raw []byte) []byte {
	for range 10 {
		if fieldLine.Match(raw[:min(len(raw), 80)]) {
			return raw
		}
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	return nil
}

var fieldLine = regexp.MustCompile(`^[!-9;-~]{1,76}[ \t]?:`)

// headerLines counts the lines before the first blank one, up to one more than max.
func headerLines(b []byte, max int) int {
	n := 0
	for n <= max && len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		if len(bytes.TrimRight(line, "\r")) == 0 {
			return n
		}
		n++
	}
	return n
}

// gate keeps enmime's work within limits. enmime asks it to parse each part's Content-Type before it reads the part, which is
// when a boundary becomes known: the gate counts that boundary in the raw mail and, past a limit, stops the parser by a panic,
// for an early end of input is what costs most. Without the gate a few megabytes of "--b" lines take minutes
// (siblings are appended by walking the list), and so do thirty nested containers that end at once (see DefaultLimits).
type gate struct {
	raw        []byte
	lim        Limits
	boundaries map[string]bool // a container within one of the same boundary ends at once, so distinct ones bound the depth
	parts      int
	charset    string // of the multipart that began last: some programs write it there, and none at the part
}

// parted finds a multipart's type whose boundary follows without a semicolon.
var parted = regexp.MustCompile(`(?i)^(\s*multipart/[a-z-]+)\s+(boundary\s*=)`)

// maxBoundary is the longest boundary by which a mail is split: RFC 2046 allows 70 characters, and enmime loses the parts of one that is near its buffer's size.
// A multipart with a longer one is read as one text.
const maxBoundary = 1000

// mediaType parses a Content-Type or -Disposition. It hides a charset of US-ASCII: 8-bit bytes in such a part are some other charset's.
func (g *gate) mediaType(v string) (mtype string, params map[string]string, invalid []string, err error) {
	g.lim.hurry()
	mtype, params, invalid, err = mediatype.Parse(parted.ReplaceAllString(Cut(v, maxValue), "$1; $2"))
	if err != nil {
		return "text/plain", nil, nil, nil // RFC 2045 §5.2: what cannot be parsed is plain text
	}
	switch charset := strings.ToLower(params["charset"]); {
	case charset == "us-ascii" || charset == "ascii" || charset == "ansi_x3.4-1968":
		delete(params, "charset")
	case strings.HasPrefix(mtype, "multipart/"):
		g.charset = charset
	case charset == "" && g.charset != "" && params != nil && strings.HasPrefix(mtype, "text/"):
		params["charset"] = g.charset
	}
	if len(params["boundary"]) > maxBoundary {
		delete(params, "boundary")
	}
	if b := params["boundary"]; b != "" && !g.boundaries[b] {
		g.boundaries[b] = true
		if reason := g.count(b); reason != "" {
			panic(limit(reason))
		}
	}
	return
}

// count adds the parts that a boundary delimits and says which limit they exceed, or "".
func (g *gate) count(boundary string) string {
	if len(g.boundaries) > g.lim.Depth {
		return ReasonTooDeep
	}
	mark := []byte("--" + boundary)
	for rest := g.raw; ; {
		i := bytes.Index(rest, mark)
		if i < 0 {
			return ""
		}
		rest = rest[i+len(mark):]
		if bytes.HasPrefix(rest, []byte("--")) {
			continue
		}
		if g.parts++; g.parts > g.lim.Parts {
			return ReasonTooManyParts
		}
		_, part, _ := bytes.Cut(rest, []byte("\n"))
		if headerLines(part, g.lim.Headers) > g.lim.Headers {
			return ReasonTooManyHeaders
		}
	}
}

// patient is a reader with a deadline.
type patient struct {
	from  io.Reader
	hurry func()
}

func (p patient) Read(b []byte) (int, error) {
	p.hurry()
	return p.from.Read(b[:min(len(b), 64<<10)])
}

// readParts reads the parts and decodes them, unless that would cost too much.
func readParts(raw []byte, lim Limits) (*enmime.Part, error) {
	if mayBomb(raw) {
		root, err := enmimeParts(raw, lim, enmime.RawContent(true))
		if err != nil {
			return nil, err
		}
		if strays(root) > maxStrays {
			return nil, &Unreadable{ReasonMalformed}
		}
	}
	return enmimeParts(raw, lim)
}

// enmimeParts is the only place that calls the MIME parser.
func enmimeParts(raw []byte, lim Limits, more ...enmime.Option) (root *enmime.Part, err error) {
	g := &gate{raw: raw, lim: lim, boundaries: map[string]bool{}}
	defer caught(&err)
	root, perr := enmime.NewParser(append(more,
		enmime.SkipMalformedParts(true),
		enmime.MultipartWOBoundaryAsSinglePart(true),
		enmime.DisableCharacterDetection(true), // the declared charset, where there is one: detection misreads short Cyrillic
		enmime.SetCustomParseMediaType(g.mediaType),
		enmime.SetReadPartErrorPolicy(func(*enmime.Part, error) bool { return true }),
		enmime.MaxStoredPartErrors(10),
	)...).ReadParts(patient{bytes.NewReader(raw), lim.hurry})
	if perr != nil || root == nil {
		return nil, &Unreadable{ReasonMalformed}
	}
	if root.FirstChild == nil && root.Boundary != "" && strings.HasPrefix(root.ContentType, "multipart/") { // a multipart without any part, whose text would be lost as what precedes the first
		_, root.Content, _ = bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	}
	return root, nil
}

func message(root *enmime.Part, hurry func()) *Message {
	raw := root.Header
	h := newHeader(raw, hurry)
	b := readBody(root, hurry)
	addresses := func(name string) []Address { return addresses(raw[name], hurry) }
	m := &Message{
		Froms:       addresses("From"),
		Sender:      first(addresses("Sender")),
		ReplyTo:     first(addresses("Reply-To")),
		To:          addresses("To"),
		Cc:          addresses("Cc"),
		Subject:     Cut(h.Get("Subject"), maxSubject),
		MessageID:   messageID(h.Get("Message-Id")),
		InReplyTo:   ids(h.Values("In-Reply-To")),
		References:  ids(h.Values("References")),
		Language:    language(h.Get("Content-Language")),
		Text:        b.text,
		HTML:        b.html,
		Attachments: b.attachments,
		Report:      b.report,
		Header:      h,
	}
	m.Reply, m.New, m.Aside = m.reply(&b)
	if len(m.Froms) == 1 {
		m.From = m.Froms[0]
	}
	m.Date, m.DateOK, m.OffsetOK = date(h.Get("Date"))
	return m
}

// reply is what an agent reads first of the mail, and what is judged of it. What was forwarded is shown too: the desk has not seen it. Where the plain text
// does not tell what is quoted, in a language that we do not read, the HTML may.
func (m *Message) reply(b *body) (shown, judged string, aside []Part) {
	s := takeApart(m.Text, m.Subject, b.hurry)
	if b.boxed && b.derived != "" && s.Reply == m.Text {
		if h := takeApart(tidy(b.derived), m.Subject, b.hurry); !h.Forwarded && len(h.Reply) < len(b.derived) {
			s = h
		}
	}
	if s.Forwarded {
		return m.Text, s.New, nil
	}
	return s.Reply, s.New, s.Aside
}
