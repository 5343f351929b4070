package mail

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jhillyerd/enmime/v2"
)

// agreement counts on how many mails we read one thing as a suite expects it.
type agreement struct {
	t         *testing.T
	what      string
	all, good int
}

func (a *agreement) count(name string, got, want any, same bool) {
	a.all++
	if same {
		a.good++
		return
	}
	a.t.Logf("%s: %s: %.300q, the suite has %.300q", a.what, name, got, want)
}

// atLeast holds the level that was reached, in per mille.
func (a *agreement) atLeast(permille int) {
	a.t.Helper()
	a.t.Logf("%s: %d of %d (%.1f %%)", a.what, a.good, a.all, 100*float64(a.good)/float64(max(a.all, 1)))
	if a.all == 0 || a.good*1000 < a.all*permille {
		a.t.Errorf("%s: %d of %d: less than %d ‰", a.what, a.good, a.all, permille)
	}
}

// stalwartMail is what that suite expects of a mail, as far as we have the same thing.
type stalwartMail struct {
	TextBody    []int `json:"text_body"`
	HTMLBody    []int `json:"html_body"`
	Attachments []int `json:"attachments"`
	Parts       []struct {
		Headers []struct {
			Name  json.RawMessage `json:"name"`
			Value json.RawMessage `json:"value"`
		} `json:"headers"`
		Body json.RawMessage `json:"body"`
	} `json:"parts"`
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
func (s *stalwartMail) addresses(name string) (all []string) {
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
	if json.Unmarshal(s.header(name)["Address"], &v) == nil {
		walk(v)
	}
	return all
}

func (s *stalwartMail) body(kind string, parts []int) (text string, all bool) {
	var texts []string
	for _, p := range parts {
		var b map[string]json.RawMessage
		var one string
		if json.Unmarshal(s.Parts[p].Body, &b) != nil || json.Unmarshal(b[kind], &one) != nil {
			return "", false
		}
		texts = append(texts, one)
	}
	return strings.Join(texts, "\n"), len(parts) > 0
}

func words1(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestStalwartExpectations(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpora(t), "stalwart", "resources", "eml", "*", "*.eml"))
	subject, from, to, id := &agreement{t: t, what: "stalwart subject"}, &agreement{t: t, what: "stalwart From"}, &agreement{t: t, what: "stalwart To"}, &agreement{t: t, what: "stalwart Message-ID"}
	kept := &agreement{t: t, what: "stalwart text kept"}
	text, html, attached := &agreement{t: t, what: "stalwart text"}, &agreement{t: t, what: "stalwart HTML"}, &agreement{t: t, what: "stalwart attachments"}
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
			name := filepath.Base(filepath.Dir(f)) + "/" + filepath.Base(f) + end
			m, err := Parse(raw, DefaultLimits)
			if err != nil {
				text.count(name, err, "", false)
				continue
			}
			var s string
			if json.Unmarshal(want.header("subject")["Text"], &s) == nil {
				subject.count(name, m.Subject, s, words1(m.Subject) == words1(s))
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
			if w, ok := want.body("Text", want.TextBody); ok {
				text.count(name, m.Text, w, words1(m.Text) == words1(w))
				kept.count(name, m.Text, w, strings.Contains(words1(m.Text), words1(w)))
			}
			if w, ok := want.body("Html", want.HTMLBody); ok {
				html.count(name, m.HTML, w, words1(m.HTML) == words1(w))
			}
			attached.count(name, len(m.Attachments), len(want.Attachments), len(m.Attachments) == len(want.Attachments))
		}
	}
	subject.atLeast(910) // the rest: 8-bit bytes that no charset is named for, which it replaces and we read; two words in UTF-7
	from.atLeast(986)    // the rest: "moderator", which is no address
	to.atLeast(1000)
	id.atLeast(1000)
	text.atLeast(790) // the rest: it counts the later texts of a broken nest, and digests, as attachments; we show them
	kept.atLeast(879)
	html.atLeast(1000)
	attached.atLeast(859) // the same
}

func addrs(l []Address) (all []string) {
	for _, a := range l {
		all = append(all, strings.ToLower(a.Addr))
	}
	return all
}

// mime4j tells a mail's structure in XML, with the decoded texts beside it.
func TestMime4jExpectations(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpora(t), "mime4j", "core", "src", "test", "resources", "*", "*.msg"))
	shape, text := &agreement{t: t, what: "mime4j structure"}, &agreement{t: t, what: "mime4j text"}
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
		shape.count(name, got, want, got == want)
		if m, err := Parse(raw, DefaultLimits); err == nil && len(texts) > 0 {
			says, w := false, ""
			for _, name := range texts {
				b, _ := os.ReadFile(filepath.Join(filepath.Dir(f), name))
				w = words1(eightBit(string(b)))
				says = says || strings.Contains(words1(m.Text), w) || words1(m.HTML) == w
			}
			text.count(name, m.Text+m.HTML, w, says)
		}
	}
	shape.atLeast(900) // the rest: multiparts without any part, which we read as one text, and two mails without a header
	text.atLeast(930)
}

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
	same := &agreement{t: t, what: "letters"}
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
	same.atLeast(990) // the rest: a file that is a comment and no mail
}
