package mail

import (
	"bytes"
	"crypto/sha256"
	"path"
	"strings"
	"unicode"

	"github.com/jhillyerd/enmime/v2"
	"github.com/jhillyerd/enmime/v2/mediatype"
)

// maxText bounds the text of a mail; what is longer is no letter, and the raw mail is kept.
const maxText = 1 << 20

// body is what readBody makes of the part tree.
type body struct {
	text, html  string
	attachments []Attachment
	report      bool
	files       *[]File // where the attachments' content goes, nil for nowhere
	rendered    int     // bytes of HTML that html2text got so far
	boxed       bool    // the HTML marks what it quotes
	hurry       func()
	derived     string // the text of the HTML of an alternative that has plain text, too
}

// readBody walks the part tree. enmime's own Envelope is not used: it returns no text for many multipart/report and
// multipart/digest mails and leaves charsets inside multipart/signed undecoded.
func readBody(root *enmime.Part, hurry func()) body {
	b := body{hurry: hurry}
	text, html := b.read(root)
	b.text = tidy(text)
	b.html = html
	return b
}

// read returns a part's text and HTML. Text is complete: where a part is HTML only, it is derived from that.
func (b *body) read(p *enmime.Part) (text, html string) {
	b.hurry()
	if reportType(p.ContentType) {
		b.report = true
	}
	switch {
	case p.FirstChild != nil && p.ContentType == "multipart/alternative":
		return b.alternative(p)
	case p.FirstChild != nil:
		return b.sequence(p)
	case b.isAttachment(p):
		a := attachment(p)
		b.attachments = append(b.attachments, a)
		if b.files != nil {
			*b.files = append(*b.files, File{Attachment: a, Content: p.Content})
		}
		return "", ""
	case p.ContentType == "text/html":
		html = content(p)
		return b.htmlText(html), html
	}
	return plainText(p), ""
}

// alternative takes the last HTML, and every plain text that says something else: some programs write a letter's parts as alternatives.
func (b *body) alternative(p *enmime.Part) (text, html string) {
	var derived string
	var plain sayings
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		if t, h := b.read(c); h != "" {
			html, derived = h, t
		} else {
			plain.add(t)
		}
	}
	if len(plain.texts) == 0 {
		return derived, html
	}
	b.derived = derived
	return strings.Join(plain.texts, "\n\n"), html
}

// sayings are texts of which each says something that the others do not. What all of them say together is kept beside them, so that a text is held against
// it once and not against all that came before, and nothing is kept of what a mail's text will not show: 36 MB of alternatives took 5 s and 600 MB.
type sayings struct {
	texts []string
	size  int
	words []byte // of all, with one space around each
}

// add takes a text that says something else, in place of all others if it has their words.
func (s *sayings) add(text string) {
	if s.size >= maxText {
		return
	}
	text = tidy(text)
	words := append(make([]byte, 0, len(text)+2), ' ')
	for w := range strings.FieldsSeq(text) {
		words = append(append(words, w...), ' ')
	}
	switch {
	case len(words) == 1:
	case bytes.Contains(words, s.words):
		s.texts, s.size, s.words = []string{text}, len(text), words
	case !bytes.Contains(s.words, words):
		s.texts, s.size, s.words = append(s.texts, text), s.size+len(text), append(s.words, words[1:]...)
	}
}

func (b *body) sequence(p *enmime.Part) (text, html string) {
	var texts, htmls []string
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		t, h := b.read(c)
		if strings.TrimSpace(t) != "" {
			texts = append(texts, t)
		}
		if h != "" {
			htmls = append(htmls, h)
		}
	}
	return strings.Join(texts, "\n\n"), strings.Join(htmls, "\n")
}

// isAttachment says whether a leaf is not body text. A lone text part that has a file name is still the letter.
func (b *body) isAttachment(p *enmime.Part) bool {
	switch p.ContentType {
	case "", "text/plain", "text/html":
		if p.ContentType == "" && p.Parent != nil && p.Parent.ContentType == "multipart/digest" {
			return true
		}
		return p.Parent != nil && (p.Disposition == "attachment" || p.FileName != "")
	}
	// A multipart without boundary is read as one part, by option of the parser.
	return !strings.HasPrefix(p.ContentType, "multipart/")
}

func attachment(p *enmime.Part) Attachment {
	mtype := p.ContentType
	if mtype == "" { // only in a digest, whose parts are mails if they do not say what they are (RFC 2046 §5.1.5)
		mtype = "message/rfc822"
	}
	return Attachment{
		Name: FileName(decodeHeader(p.FileName)), ContentType: Cut(oneLine(strings.ToLower(mtype)), 127), Size: len(p.Content), SHA256: sha256.Sum256(p.Content),
		ContentID: Cut(oneLine(strings.Trim(p.ContentID, "<> ")), 255), Inline: p.Disposition != "attachment" && p.ContentID != "",
	}
}

// FileName is a name that a file of a stranger's may have here: its last element, on one line, without what changes the direction of reading or what some
// system takes for more than a letter; "" when nothing is left. It keeps the ending, by which people know what it is.
func FileName(name string) string {
	name = oneLine(strings.ToValidUTF8(name, "\uFFFD"))
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r == 0x7f, unicode.Is(unicode.Cf, r), unicode.Is(unicode.Cc, r):
			return -1
		case strings.ContainsRune(`<>:"/|?*%`, r):
			return '_'
		}
		return r
	}, name)
	if name = strings.Trim(name, " ."); name == "" {
		return ""
	}
	end := path.Ext(name)
	if len(name) <= maxFileName || len(end) > 16 {
		return Cut(name, maxFileName)
	}
	return Cut(strings.TrimSuffix(name, end), maxFileName-len(end)) + end
}

// maxFileName is what file systems take, in bytes, with room to spare.
const maxFileName = 200

// File is an attachment with its content.
type File struct {
	Attachment
	Content []byte
}

// Files gives a mail's attachments, in the order in which Parse names them.
func Files(raw []byte, lim Limits) (files []File, err error) {
	lim = lim.orDefault()
	defer caught(&err)
	root, err := tree(raw, lim)
	if err != nil {
		return nil, err
	}
	b := body{files: &files, hurry: lim.hurry}
	b.read(root)
	return files, nil
}

// reportType says whether a media type makes its mail a report: answering one is how loops begin.
func reportType(mtype string) bool {
	switch mtype {
	case "multipart/report", "message/delivery-status", "message/global-delivery-status", "message/feedback-report",
		"message/disposition-notification", "message/global-disposition-notification":
		return true
	}
	return false
}

// content is a text part's content as valid UTF-8 without NUL.
func content(p *enmime.Part) string {
	return strings.ReplaceAll(eightBit(string(undelimited(p))), "\x00", "")
}

// undelimited is a part's content without the delimiter below it: enmime takes the last line of a mail, if LF ends it, for text whatever it says.
func undelimited(p *enmime.Part) []byte {
	b := bytes.TrimRight(p.Content, " \t\r\n")
	last := b[bytes.LastIndexByte(b, '\n')+1:]
	for up := p.Parent; up != nil; up = up.Parent {
		if mark := "--" + up.Boundary; up.Boundary != "" && (string(last) == mark || string(last) == mark+"--") {
			return b[:len(b)-len(last)]
		}
	}
	return p.Content
}

// plainText is a plain part's text, its paragraphs whole where the sender broke them softly.
func plainText(p *enmime.Part) string {
	_, params, _, err := mediatype.Parse(Cut(p.Header.Get("Content-Type"), maxValue))
	if err != nil || !strings.EqualFold(params["format"], "flowed") {
		return content(p)
	}
	return unflowed(content(p), strings.EqualFold(params["delsp"], "yes"))
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// tidy is text with LF line ends, without white space at the ends of lines and of the whole; of a long one its beginning. Line by line, as a list of the lines
// of a mail that is nothing but line ends takes 16 bytes for each.
func tidy(s string) string {
	var b strings.Builder
	for s != "" && b.Len() < maxText {
		var line string
		if line, s = cutLine(s); line != dashes { // the signature mark ends in a space
			line = strings.TrimRight(line, " \t\f\v")
		}
		if line != "" || b.Len() > 0 {
			b.WriteString(Cut(line, maxText))
			b.WriteByte('\n')
		}
	}
	return Cut(strings.TrimRight(b.String(), " \n"), maxText)
}

// cutLine cuts a text after its first line, which CR, LF or both end.
func cutLine(s string) (line, rest string) {
	i := strings.IndexAny(s, "\r\n")
	if i < 0 {
		return s, ""
	}
	end := i + 1
	if strings.HasPrefix(s[i:], "\r\n") {
		end++
	}
	return s[:i], s[end:]
}
