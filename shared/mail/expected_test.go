package mail

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2"
)

// agreement counts on how many mails we read one thing as a suite expects it. Where we differ we mean to, and say why: anything else fails.
type agreement struct {
	t         *testing.T
	what      string
	differ    map[string]string // why, by the mail's name, with or without the line ends that the suite tells apart
	all, good int
	differs   map[string]bool
}

func (a *agreement) count(name string, got, want any, same bool) {
	a.t.Helper()
	a.all++
	mail := name
	why, listed := a.differ[mail]
	if !listed {
		mail = strings.TrimSuffix(name, ".crlf")
		why, listed = a.differ[mail]
	}
	switch {
	case same && listed:
		a.t.Errorf("%s: %s is as the suite wants it: it is no difference any more", a.what, name)
	case same:
		a.good++
	case listed:
		if a.differs == nil {
			a.differs = map[string]bool{}
		}
		a.differs[mail] = true
		a.t.Logf("%s: %s differs: %s", a.what, name, why)
	default:
		a.t.Errorf("%s: %s: %.300q, the suite has %.300q", a.what, name, got, want)
	}
}

// report says how many agree, and holds the list of those that do not to what there is.
func (a *agreement) report() {
	a.t.Helper()
	a.t.Logf("%s: %d of %d (%.1f %%)", a.what, a.good, a.all, 100*float64(a.good)/float64(max(a.all, 1)))
	if a.all == 0 {
		a.t.Errorf("%s: nothing was compared", a.what)
	}
	for mail := range a.differ {
		if !a.differs[mail] {
			a.t.Errorf("%s: %s is listed, and was not seen to differ", a.what, mail)
		}
	}
}

// agrees compares what is read with what a suite expects, by their words: white space is the layout's, NUL is left out of all we read, and a replacement
// character in the suite's text says that it could not read a letter there, so that any one letter agrees with it.
func agrees(got, want string) bool {
	g, w := []rune(words1(got)), []rune(words1(strings.ReplaceAll(want, "\x00", "")))
	if len(g) != len(w) {
		return false
	}
	for i := range w {
		if w[i] != '\uFFFD' && w[i] != g[i] {
			return false
		}
	}
	return true
}

// stalwartMail is what that suite expects of a mail.
type stalwartMail struct {
	TextBody    []int          `json:"text_body"`
	HTMLBody    []int          `json:"html_body"`
	Attachments []int          `json:"attachments"`
	Parts       []stalwartPart `json:"parts"`
}

type stalwartPart struct {
	Headers []struct {
		Name  json.RawMessage `json:"name"`
		Value json.RawMessage `json:"value"`
	} `json:"headers"`
	Body map[string]json.RawMessage `json:"body"`
}

// contentType is the media type that a part says it has, its last where it says two, and whether it has a name there.
func (p *stalwartPart) contentType() (kind, subtype string) {
	kind, subtype, _ = p.typed("content_type")
	return kind, subtype
}

func (p *stalwartPart) typed(field string) (kind, subtype string, named bool) {
	for _, h := range p.Headers {
		var v struct {
			ContentType struct {
				Type       string `json:"c_type"`
				Subtype    string `json:"c_subtype"`
				Attributes []struct{ Name string }
			}
		}
		if string(h.Name) != `"`+field+`"` || json.Unmarshal(h.Value, &v) != nil {
			continue
		}
		kind, subtype = v.ContentType.Type, v.ContentType.Subtype
		named = named || slices.ContainsFunc(v.ContentType.Attributes, func(a struct{ Name string }) bool { return a.Name == "name" || a.Name == "filename" })
	}
	return kind, subtype, named
}

// shown tells of a part that the suite keeps as an attachment whether it is text that we show: it is plain or HTML, has no name, and nobody says that it is
// attached. The suite counts so what stands in a multipart that is not closed, or has no parts.
func (p *stalwartPart) shown() bool {
	kind, subtype, named := p.typed("content_type")
	how, _, called := p.typed("content_disposition")
	letter := kind == "" || kind == "multipart" || kind == "text" && (subtype == "plain" || subtype == "html")
	return p.Body["Text"] != nil && letter && !named && !called && how != "attachment"
}

// texts are the texts of the parts that we show, in their order, and how many parts are attachments by our count.
func (s *stalwartMail) texts() (text string, plain bool, attachments int) {
	var texts []string
	plain = true
	for i := range s.Parts {
		attached := slices.Contains(s.Attachments, i)
		if attached && !s.Parts[i].shown() {
			attachments++
			continue
		}
		if !attached && !slices.Contains(s.TextBody, i) {
			continue
		}
		var one string
		plain = json.Unmarshal(s.Parts[i].Body["Text"], &one) == nil && plain
		texts = append(texts, one)
	}
	return strings.Join(texts, "\n"), plain && len(texts) > 0, attachments
}

// shape is the mail's structure as shapeOf gives it.
func (s *stalwartMail) shape(part int) string {
	var within []int
	if json.Unmarshal(s.Parts[part].Body["Multipart"], &within) != nil {
		return "."
	}
	var b strings.Builder
	for _, p := range within {
		b.WriteString(s.shape(p))
	}
	return "[" + b.String() + "]"
}

// files are the contents of what is neither text nor a mail. Some of them the suite reads as text all the same, and so has letters in place of bytes: ok is false.
func (s *stalwartMail) files() (all []string, ok bool) {
	ok = true
	for _, p := range s.Parts {
		kind, _ := p.contentType()
		if kind == "text" || kind == "message" || kind == "multipart" || kind == "" {
			continue
		}
		if p.Body["Text"] != nil {
			ok = false
		}
		for _, kind := range []string{"Binary", "InlineBinary"} {
			var bytes []int
			if json.Unmarshal(p.Body[kind], &bytes) == nil {
				var b strings.Builder
				for _, c := range bytes {
					b.WriteByte(byte(c))
				}
				all = append(all, b.String())
			}
		}
	}
	return all, ok
}

func (s *stalwartMail) header(name string) (v map[string]json.RawMessage) {
	for _, h := range s.Parts[0].Headers {
		if string(h.Name) == `"`+name+`"` {
			if json.Unmarshal(h.Value, &v) != nil {
				v = nil
			}
		}
	}
	return v
}

// addresses are the addresses of a field, of groups too.
func (s *stalwartMail) addresses(name string) []string { return addressesOf(s.header(name)["Address"]) }

func addressesOf(x json.RawMessage) (all []string) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if a, ok := v["address"].(string); ok {
				all = append(all, strings.ToLower(a))
			}
			for _, k := range []string{"List", "Group", "addresses"} {
				walk(v[k])
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	var v any
	if json.Unmarshal(x, &v) == nil {
		walk(v)
	}
	return all
}

func (s *stalwartMail) html() (html string, all bool) {
	var htmls []string
	for _, p := range s.HTMLBody {
		var one string
		if json.Unmarshal(s.Parts[p].Body["Html"], &one) != nil {
			return "", false
		}
		htmls = append(htmls, one)
	}
	return strings.Join(htmls, "\n"), len(htmls) > 0
}

func words1(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestStalwartExpectations(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpora(t), "stalwart", "resources", "eml", "*", "*.eml"))
	is := func(what string, differ map[string]string) *agreement {
		return &agreement{t: t, what: "stalwart " + what, differ: differ}
	}
	subject, to, id, html := is("subject", nil), is("To", nil), is("Message-ID", nil), is("HTML", nil)
	from, content := is("From", stalwartFrom), is("files' content", nil)
	text, attached, shape := is("text", stalwartText), is("attachments", stalwartAttached), is("structure", stalwartShape)
	for _, f := range files {
		for _, end := range []string{"", ".crlf"} {
			var want stalwartMail
			b, err := os.ReadFile(strings.TrimSuffix(f, ".eml") + end + ".json")
			if err != nil {
				continue
			}
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(f, err)
			}
			raw, _ := os.ReadFile(f)
			if end != "" {
				raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
			}
			name := filepath.Base(filepath.Dir(f)) + "/" + strings.TrimSuffix(filepath.Base(f), ".eml") + end
			m, err := Parse(raw, DefaultLimits)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var s string
			if json.Unmarshal(want.header("subject")["Text"], &s) == nil {
				subject.count(name, m.Subject, s, agrees(m.Subject, s))
			}
			if json.Unmarshal(want.header("message_id")["Text"], &s) == nil {
				id.count(name, m.MessageID, s, m.MessageID == s)
			}
			if w := want.addresses("from"); len(w) > 0 {
				from.count(name, addrs(m.Froms), w, slices.Equal(addrs(m.Froms), w))
			}
			if w := want.addresses("to"); len(w) > 0 {
				to.count(name, addrs(m.To), w, slices.Equal(addrs(m.To), w))
			}
			w, plain, attachments := want.texts()
			if plain {
				text.count(name, m.Text, w, agrees(m.Text, w))
			}
			attached.count(name, len(m.Attachments), attachments, len(m.Attachments) == attachments)
			if w, ok := want.html(); ok {
				html.count(name, m.HTML, w, agrees(m.HTML, w))
			}
			root, err := tree(raw, DefaultLimits.orDefault())
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			shape.count(name, shapeOf(root), want.shape(0), shapeOf(root) == strings.ReplaceAll(want.shape(0), "[]", "."))
			if w, ok := want.files(); ok { // what came undecoded has the line ends of the file, which are not always those that the suite saw
				got := contents(t, raw)
				content.count(name, got, w, newlines.Replace(strings.Join(got, "\x00")) == newlines.Replace(strings.Join(w, "\x00")))
			}
		}
	}
	for _, a := range []*agreement{subject, from, to, id, text, html, attached, shape, content} {
		a.report()
	}
}

// contents are those of a mail's attachments that are neither text nor a mail.
func contents(t *testing.T, raw []byte) (all []string) {
	files, err := Files(raw, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.ContentType, "text/") && !strings.HasPrefix(f.ContentType, "message/") {
			all = append(all, string(f.Content))
		}
	}
	return all
}

// Where we read a mail otherwise than stalwart's suite, and why.
const (
	outerEnds = "a delimiter of the outer multipart ends the inner one (RFC 2046 §5.1.2), which the suite reads on"
	sameMark  = "the delimiters of two multiparts of one boundary are the outer one's"
	noMark    = "no line is a delimiter: it is shown as one text, where the suite takes what only begins like a delimiter for one"
	twoTypes  = "a part's header says twice what it is, and goes on without an empty line: the first counts, as in every header; the suite takes the last"
	noise     = "a mail that a fuzzer cut to pieces, and a header of two: the HTML is shown, where the suite finds empty texts beside it"
	longer    = "a delimiter with more letters on its line is none; the suite reads those of the longer boundaries as the shortest one's"
	inOne     = "each of three mails within the mail ends at the outer delimiter, though nobody closed what is within it; the suite has the three as one"
)

var (
	stalwartFrom = map[string]string{"thirdparty/007": `"moderator" is no address: nobody could be answered there`}
	stalwartText = map[string]string{
		"malformed/001": outerEnds + "; so the last line is text", "malformed/009": outerEnds, "malformed/011": outerEnds,
		"malformed/004": noMark, "malformed/016": longer, "malformed/019": noise, "malformed/020": twoTypes, "malformed/021": twoTypes,
		"malformed/005":       "a line that closes the outer multipart and opens a part of the inner closes the outer",
		"thirdparty/002":      "what is no base64 among base64 becomes other odd letters than in the suite, and so does a part of nothing else",
		"thirdparty/005.crlf": "a stray byte of UTF-16 is shown as a letter that could not be read; the suite drops it",
	}
	stalwartAttached = map[string]string{"malformed/012": outerEnds, "thirdparty/015": inOne}
	stalwartShape    = map[string]string{
		"malformed/001": outerEnds, "malformed/008": outerEnds, "malformed/009": outerEnds, "malformed/011": outerEnds, "malformed/012": outerEnds,
		"malformed/003": sameMark, "malformed/013": sameMark, "malformed/004": noMark, "malformed/016": longer, "malformed/019": noise,
		"malformed/020": twoTypes, "malformed/021": twoTypes, "thirdparty/015": inOne,
		"malformed/000":      "four delimiters begin four parts, though there is nothing in them; the suite finds none",
		"malformed/005":      "as above",
		"malformed/007":      "there is no second delimiter, and so no second part",
		"malformed/014.crlf": "the last delimiter begins a part, though there is nothing in it",
	}
)

func addrs(l []Address) (all []string) {
	for _, a := range l {
		all = append(all, strings.ToLower(a.Addr))
	}
	return all
}

// mime4j tells a mail's structure in XML, with the decoded texts beside it.
func TestMime4jExpectations(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpora(t), "mime4j", "core", "src", "test", "resources", "*", "*.msg"))
	shape := &agreement{t: t, what: "mime4j structure", differ: mime4jShapes}
	text := &agreement{t: t, what: "mime4j text", differ: mime4jTexts}
	for _, f := range files {
		x, err := os.ReadFile(strings.TrimSuffix(f, ".msg") + "_decoded.xml")
		if err != nil {
			t.Errorf("%s: nothing is expected of it", f)
			continue
		}
		raw, _ := os.ReadFile(f)
		name := filepath.Base(f)
		want, texts, err := mime4jShape(x)
		if err != nil {
			t.Logf("%s: %v", name, err)
			continue
		}
		root, err := tree(raw, DefaultLimits.orDefault())
		if err != nil {
			shape.count(name, err, want, false)
			continue
		}
		got := shapeOf(root)
		shape.count(name, got, want, got == strings.ReplaceAll(want, "[]", ".")) // a multipart without any part is a leaf
		if m, err := Parse(raw, DefaultLimits); err == nil && len(texts) > 0 {
			says, w := false, ""
			for _, name := range texts {
				b, _ := os.ReadFile(filepath.Join(filepath.Dir(f), name))
				w = words1(eightBit(string(b)))
				if name == "qp-body_decoded_1.txt" { // it is in the mail's own charset
					w = strings.ReplaceAll(w, "¤", "€")
				}
				says = says || strings.Contains(words1(m.Text), w) || words1(m.HTML) == w
			}
			text.count(name, m.Text+m.HTML, w, says)
		}
	}
	shape.report()
	text.report()
}

// Where we read a mail otherwise than mime4j's suite, and why.
var (
	mime4jShapes = map[string]string{
		"malformedHeader-noheader.msg":           "without any header field it is no mail: it is held for a person; SES puts fields above every mail",
		"malformedHeaderStartsBody-noheader.msg": "the same",
		"very-very-long-boundary.msg":            "RFC 2046 allows a boundary 70 characters: with one of more than 1,000 the mail is read as one text",
	}
	mime4jTexts = map[string]string{
		"malformedHeaderStartsBody-nocrlfcrlf.msg": "a line in the header that is no field is left out, and the fields below it are read: it may hide who wrote the mail; the suite has a variant for either",
		"misplaced-boundary.msg":                   "enmime takes a boundary in the middle of a line of a part's first 4 KB for a delimiter; the full source shows what it cut",
	}
)

// shapeOf is a part tree as brackets: "[..[.]]" is a multipart of two leaves and another multipart.
func shapeOf(p *enmime.Part) string {
	if p.FirstChild == nil {
		return "."
	}
	var b strings.Builder
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(shapeOf(c))
	}
	return "[" + b.String() + "]"
}

// mime4jShape is the same of the suite's XML; a mail in a mail is a leaf, as we keep it.
func mime4jShape(x []byte) (shape string, texts []string, err error) {
	d := xml.NewDecoder(bytes.NewReader(x))
	d.Strict = false
	depth := 0 // of messages
	var b strings.Builder
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), texts, nil
		}
		if err != nil {
			return "", nil, err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "message":
				if depth++; depth == 2 {
					b.WriteByte('.')
				}
			case "multipart":
				if depth == 1 {
					b.WriteByte('[')
				}
			case "text-body", "binary-body":
				if depth == 1 {
					b.WriteByte('.')
				}
				if depth == 1 && e.Name.Local == "text-body" {
					texts = append(texts, e.Attr[0].Value)
				}
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "message":
				depth--
			case "multipart":
				if depth == 1 {
					b.WriteByte(']')
				}
			}
		}
	}
}

// letters has each language's letter in every charset, transfer encoding and structure: all of them say the same.
func TestLettersSayTheSame(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpora(t), "letters", "tests", "test_*.txt"))
	same := &agreement{t: t, what: "letters", differ: map[string]string{"test_english_empty": "it is a comment and no mail: it has no header"}}
	first := map[string]*Message{}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".txt")
		raw, _ := os.ReadFile(f)
		m, err := Parse(raw, DefaultLimits)
		if err != nil {
			same.count(name, err, "", false)
			continue
		}
		language, rest, _ := strings.Cut(strings.TrimPrefix(name, "test_"), "_")
		if !strings.Contains(rest, "_over_") {
			continue
		}
		structure, _, _ := strings.Cut(strings.TrimPrefix(rest, "multipart_"), "_")
		w := first[language+structure]
		if w == nil {
			first[language+structure] = m
			continue
		}
		same.count(name, m.Text, w.Text, words1(m.Text) == words1(w.Text) && m.Subject == w.Subject)
	}
	same.report()
}

// The suite's single fields: dates, addresses, ids and texts.
func TestStalwartFields(t *testing.T) {
	var cases []struct {
		Header   string
		Expected json.RawMessage
	}
	read := func(name string) {
		b, err := os.ReadFile(filepath.Join(corpora(t), "stalwart", "resources", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		cases = nil
		if err := json.Unmarshal(b, &cases); err != nil {
			t.Fatal(name, err)
		}
		for i := range cases { // some go on with the next field
			cases[i].Header = oneLine(nextField.ReplaceAllString(cases[i].Header, ""))
		}
	}
	dates := &agreement{t: t, what: "stalwart dates", differ: stalwartDates}
	read("date")
	for _, c := range cases {
		var w *struct {
			Year, Month, Day, Hour, Minute, Second int
			Before                                 bool `json:"tz_before_gmt"`
			ZoneHour                               int  `json:"tz_hour"`
			ZoneMinute                             int  `json:"tz_minute"`
		}
		if err := json.Unmarshal(c.Expected, &w); err != nil {
			t.Fatal(err)
		}
		got, ok, _ := date(c.Header)
		if w == nil {
			dates.count(c.Header, got, "nothing", !ok)
			continue
		}
		east := w.ZoneHour*3600 + w.ZoneMinute*60
		if w.Before {
			east = -east
		}
		at := time.Date(w.Year, time.Month(w.Month), w.Day, w.Hour, w.Minute, w.Second, 0, time.FixedZone("", east))
		dates.count(c.Header, got, at, ok && got.Equal(at))
	}
	people := &agreement{t: t, what: "stalwart address lists", differ: stalwartAddresses}
	read("address")
	for _, c := range cases {
		want := addressesOf(c.Expected)
		if slices.ContainsFunc(want, func(a string) bool {
			return !strings.Contains(a, "@") || strings.Contains(a, "tp:") || strings.Contains(a, "mailto:")
		}) {
			continue // of List- fields: addresses of another kind, which nobody reads here
		}
		got := addrs(addresses([]string{c.Header}, func() {}))
		people.count(c.Header, got, want, slices.Equal(got, want))
	}
	marks := &agreement{t: t, what: "stalwart ids", differ: stalwartIDs}
	read("id")
	for _, c := range cases {
		var want []string
		if err := json.Unmarshal(c.Expected, &want); err != nil {
			t.Fatal(err)
		}
		got := ids([]string{c.Header})
		if id := messageID(c.Header); len(got) == 0 && id != "" {
			got = []string{id}
		}
		marks.count(c.Header, got, want, slices.Equal(got, want))
	}
	texts := &agreement{t: t, what: "stalwart texts of fields", differ: stalwartFieldTexts}
	read("unstructured")
	for _, c := range cases {
		var want string
		_ = json.Unmarshal(c.Expected, &want)
		got := decodeHeader(c.Header)
		texts.count(c.Header, got, want, agrees(got, want))
	}
	for _, a := range []*agreement{dates, people, marks, texts} {
		a.report()
	}
}

var nextField = regexp.MustCompile(`\n[^ \t][\s\S]*`)

var (
	stalwartDates = map[string]string{
		"Tue, 30 Dec 1969 23:32:54 -0330":                            "no mail is older than 1970: such a date is a clock that was never set",
		"Thu, 13 Feb 1969 23:32:54 -0330":                            "the same",
		"Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)":           "the same",
		"20 11 (some 44 comments(more comments )) 79 05:34:27 -0300": "a month in figures may be the day",
		"4 8 15 16 23 42, 4 8 15 16 23 42, 4 8 15 16 23 42,":         "is no date",
		"Thu, 10 Jul 1997 14:53:31 EST5EDT":                          "a name that is no zone's says nothing of the offset",
		"by 2002:aa7:cd10:0:b0:45c:2c83:1208 with SMTP id b16-20020aa7cd10000000b0045c2c831208mr4220805edw.81.1665423075119; Mon, 10 Oct 2022 10:31:15 -0700 (PDT)": "is a Received field",
	}
	stalwartAddresses = map[string]string{
		`Pete(A nice \) chap) <pete(his account)@silly.test(his host)>`:                                                                                       commented,
		`Pete(A nice \ ) chap) <pete(his account)@silly .test(his host)>`:                                                                                     commented,
		"A Group(Some people) :Chris Jones <c@(Chris's host.)public.example>, joe@example.org, John <jdoe@one.test> (my dear friend); (the end of the group)": commented,
		"John Doe <jdoe@machine(comment). example>":                                                                                                           commented,
		"Mary Smith <@node.test:mary@example.net>, , jdoe@test . example":                                                                                     "routes and white space within an address have been obsolete since 2001, and two readers may read them differently",
	}
	stalwartIDs = map[string]string{
		"<1234 @ local(blah) .machine .example>": "an id with white space in it could not be written into References as it stands",
	}
	stalwartFieldTexts = map[string]string{
		"[SUSPECTED SPAM]=?utf-8?B?VGhpcyBpcyB0aGUgb3JpZ2luYWwgc3ViamVjdA==?=":  noSpace,
		"[SUSPECTED SPAM]=?utf-8?B?VGhpcyBpcyB0aGUgb 3JpZ2luYWwgc3ViamVjdA==?=": noSpace,
	}
)

const (
	commented = "comments within an address have been obsolete since 2001, and two readers may read them differently"
	noSpace   = "there is no space between what is encoded and what is not, and none is added"
)
