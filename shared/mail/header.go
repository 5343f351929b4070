package mail

import (
	"bytes"
	"cmp"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cention-sany/utf7"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

const (
	maxValue   = 64 << 10 // bytes of one header value that are looked at
	maxSubject = 1000     // bytes of a decoded subject
	maxIDs     = 100      // ids of In-Reply-To or References
	maxID      = 512      // bytes of one id: a line of "References: <id>" stays well below 998
)

// Header holds a mail's top-level fields, decoded (RFC 2047), without control characters. Keys are lower case; use the methods.
type Header map[string][]string

// Values are all values of the named field, in order; the name's case does not matter.
func (h Header) Values(name string) []string { return h[strings.ToLower(name)] }

// Get is the first value of the named field, or "".
func (h Header) Get(name string) string {
	if v := h.Values(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Has says whether the field is there, be it empty.
func (h Header) Has(name string) bool { return len(h.Values(name)) > 0 }

func newHeader(raw map[string][]string, hurry func()) Header {
	h := make(Header, len(raw))
	for k, vs := range raw {
		k = strings.ToLower(strings.TrimSpace(k))
		for _, v := range vs {
			hurry()
			h[k] = append(h[k], decodeHeader(v))
		}
	}
	return h
}

var words = mime.WordDecoder{CharsetReader: charsetReader}

// charsetReader decodes an encoded word's charset. An unknown one is read as it stands, so that one odd word does not
// leave the whole field undecoded.
func charsetReader(charset string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(charset) {
	case "utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7": // no browser knows it any more, and old mails have it
		return utf7.UTF7.NewDecoder().Reader(in), nil
	}
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return in, nil
	}
	return enc.NewDecoder().Reader(in), nil
}

// decodeHeader decodes encoded words and 8-bit bytes, then removes what could break a line: an encoded word may hide CR LF.
func decodeHeader(v string) string {
	v = Cut(v, maxValue)
	if strings.Contains(v, "=?") {
		v = brokenWord.ReplaceAllStringFunc(v, func(word string) string { return strings.Join(strings.Fields(word), "") })
		v = rawWord.ReplaceAllStringFunc(v, decodeRawWord)
	}
	v = eightBit(v)
	if strings.Contains(v, "=?") {
		if d, err := words.DecodeHeader(v); err == nil {
			v = d
		}
	}
	return oneLine(v)
}

// brokenWord is a base64 word with white space in it, where a program folded the line without looking.
var brokenWord = regexp.MustCompile(`=\?[A-Za-z0-9_:.-]+\?[Bb]\?[A-Za-z0-9+/=]+[ \t][A-Za-z0-9+/= \t]*\?=`)

// rawWord is an encoded word with 8-bit bytes in it, which RFC 2047 forbids and old programs write. The bytes are of the charset that it names.
var rawWord = regexp.MustCompile(`=\?([A-Za-z0-9_:.-]+)\?[Qq]\?([^?\s]*[^\x00-\x7f][^?\s]*)\?=`)

func decodeRawWord(word string) string {
	part := rawWord.FindStringSubmatch(word)
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(strings.ReplaceAll(part[2], "_", " "))))
	if err != nil {
		return word
	}
	if utf8.Valid(text) {
		return string(text)
	}
	r, err := charsetReader(strings.ToLower(part[1]), bytes.NewReader(text))
	if err != nil {
		return word
	}
	if text, err = io.ReadAll(r); err != nil || !utf8.Valid(text) {
		return word
	}
	return string(text)
}

// eightBit makes valid UTF-8 of bytes whose charset nobody declared, or declared wrongly: a Cyrillic charset where they read as one, windows-1252 if
// nothing in them is UTF-8, else UTF-8 with replacement characters where it is broken.
func eightBit(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	charset := cyrillic(s)
	for i := 0; i < len(s) && charset == nil; {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError && n > 1 {
			return strings.ToValidUTF8(s, "\uFFFD")
		}
		i += n
	}
	d, err := cmp.Or(charset, charmap.Windows1252).NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return d
}

// inCyrillic are the six most common letters of Russian and its neighbours (о е а и н т) in the charsets that its old programs write: they are some 45% of what is
// written, and in Greek, Hebrew or Arabic the letters at these places are less than 30%.
var inCyrillic = []struct {
	charset *charmap.Charmap
	common  string
}{
	{charmap.Windows1251, "\xee\xe5\xe0\xe8\xed\xf2"},
	{charmap.KOI8R, "\xcf\xc5\xc1\xc9\xce\xd4"},
}

// minCyrillic is how many letters tell one charset from another.
const minCyrillic = 16

// cyrillic is the charset of bytes that read as Cyrillic and as no language of Latin letters, whose accented letters stand between others; nil where they do not.
func cyrillic(s string) *charmap.Charmap {
	plain, high, other := 0, 0, 0
	var seen [256]int
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 0xc0:
			high++
			seen[b]++
		case b >= 0x80:
			other++ // a mark, or what goes on in UTF-8
		case b|0x20 >= 'a' && b|0x20 <= 'z':
			plain++
		}
	}
	if high < minCyrillic || high < plain || high < 4*other {
		return nil
	}
	for _, c := range inCyrillic {
		n := 0
		for i := range len(c.common) {
			n += seen[c.common[i]]
		}
		if 8*n >= 3*high {
			return c.charset
		}
	}
	return nil
}

// oneLine is s as valid UTF-8 with every run of white space and control characters as one space.
func oneLine(s string) string {
	s = Upright(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// Upright is a name or a subject without the characters that turn the direction of what stands after them: with one of those "gpj.exe" reads as another name, and all that
// stands behind it in a line is read from the wrong end. Letters have their direction without them.
func Upright(s string) string {
	turns := func(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }
	if !strings.ContainsFunc(s, turns) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if turns(r) {
			return -1
		}
		return r
	}, s)
}

// Cut is s within n bytes, not splitting a rune.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// bracketed finds ids. RFC 5322 §3.6.4 allows more inside the brackets than this; those are not seen in the wild.
var bracketed = regexp.MustCompile(`<\s*([^<>]+?)\s*>`)

// ids reads a list of message ids, of which it keeps the newest maxIDs that validID accepts.
func ids(values []string) []string {
	var out []string
	for _, v := range values {
		for _, m := range bracketed.FindAllStringSubmatch(Cut(v, maxValue), -1) {
			if validID(m[1]) {
				out = append(out, m[1])
			}
		}
	}
	if len(out) > maxIDs {
		out = out[len(out)-maxIDs:]
	}
	return out
}

// messageID reads one id, also without brackets, as some senders write it.
func messageID(v string) string {
	if l := ids([]string{v}); len(l) > 0 {
		return l[0]
	}
	if v = strings.TrimSpace(v); validID(v) {
		return v
	}
	return ""
}

// validID accepts what can be written into a header as it stands: printable ASCII without spaces or angle brackets.
func validID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for i := 0; i < len(id); i++ {
		if c := id[i]; c <= ' ' || c > '~' || c == '<' || c == '>' {
			return false
		}
	}
	return true
}

// Reference is an id as it stands in a header: in angle brackets.
func Reference(id string) string { return "<" + id + ">" }

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// language is the first tag of Content-Language (RFC 3282), or "".
func language(v string) string {
	tag, _, _ := strings.Cut(v, ",")
	if tag = strings.TrimSpace(tag); len(tag) <= 35 && languageTag.MatchString(tag) {
		return tag
	}
	return ""
}

var (
	weekday     = regexp.MustCompile(`^\pL{2,}[,. ]\s*`) // redundant, and the part that is written most wrongly ("Thu 29", "Thu,29")
	numericZone = regexp.MustCompile(`[+-]\d{4}\b`)
	namedZones  = map[string]bool{"GMT": true, "UT": true, "UTC": true, "Z": true} // RFC 5322 §4.3
	dateComment = regexp.MustCompile(`\([^()]*\)`)
	zoneName    = regexp.MustCompile(`[0-9]:[0-9]{2}\s+([A-Za-z]{1,5})$`)
	american    = map[string]string{ // RFC 5322 §4.3; to Go they carry no offset
		"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
	}
	lateLayouts = []string{
		time.RFC3339, "2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "Jan 2 15:04:05 2006", "Jan 2 15:04:05 MST 2006",
		"Jan 2 15:04:05 2006 -0700", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05",
	}
)

// date reads a Date header (RFC 5322 §3.3) and the forms that senders write instead. sure says that the offset is the
// sender's own: "-0000" means that the offset tells nothing of where the sender is.
func date(v string) (t time.Time, ok, sure bool) {
	v = weekday.ReplaceAllString(zoned(uncommentedDate(Cut(v, 200))), "")
	t, err := mail.ParseDate(v)
	for i := 0; err != nil && i < len(lateLayouts); i++ {
		t, err = time.Parse(lateLayouts[i], v)
	}
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, false, false
	}
	_, off := t.Zone()
	t = t.In(time.FixedZone("", off)) // Parse may return the host's own zone, which must not show
	return t, true, ownOffset(v, off)
}

// uncommentedDate is a date without what stands in brackets, also within each other.
func uncommentedDate(v string) string {
	for range 5 {
		v = dateComment.ReplaceAllString(v, " ")
	}
	return strings.TrimSpace(v)
}

// zoned is a date with an offset in place of its zone's name. A name that we do not know says nothing of the sender's offset (RFC 5322 §4.3).
func zoned(v string) string {
	at := zoneName.FindStringSubmatchIndex(v)
	if at == nil || namedZones[strings.ToUpper(v[at[2]:])] {
		return v
	}
	if offset, ok := american[strings.ToUpper(v[at[2]:])]; ok {
		return v[:at[2]] + offset
	}
	return v[:at[2]] + "-0000"
}

func ownOffset(v string, seconds int) bool {
	if z := numericZone.FindAllString(v, -1); len(z) > 0 {
		return z[len(z)-1] != "-0000" && -12*3600 <= seconds && seconds <= 14*3600
	}
	v, _, _ = strings.Cut(v, "(")
	f := strings.Fields(v)
	if len(f) == 0 {
		return false
	}
	last := f[len(f)-1]
	return namedZones[strings.ToUpper(last)] || strings.HasSuffix(last, "Z") || rfc3339Offset.MatchString(last)
}

var rfc3339Offset = regexp.MustCompile(`T.*[+-]\d{2}:\d{2}$`)
