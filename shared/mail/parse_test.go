package mail

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func load(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func parsed(t testing.TB, raw string) *Message {
	t.Helper()
	m, err := Parse([]byte(raw), DefaultLimits)
	if err != nil {
		t.Fatalf("%v: %q", err, raw)
	}
	return m
}

// seen is what the testdata table compares: a Message without its header.
type seen struct {
	From                 Address
	To, Cc               []Address
	Subject, Text, New   string
	HTML                 bool
	MessageID            string
	InReplyTo, Reference []string
	Language             string
	Attachments          []Attachment
	Report               bool
}

var letters = map[string]seen{
	"plain.eml": {
		From:    Address{"Giulia Bianchi", "Giulia@customer.example"},
		To:      []Address{{"Acme Air", "care@acme.example"}, {"Lounge, Milan", "lounge@acme.example"}},
		Cc:      []Address{{"", "paolo@customer.example"}},
		Subject: "Volo in ritardo", MessageID: "v1@customer.example", Language: "it",
		Text: "Il volo è in ritardo da tre ore.\nChi mi aiuta?",
	},
	"alternative.eml": {
		From: Address{"Zoë Müller", "zoe@customer.example"}, To: []Address{{"", "care@acme.example"}},
		Subject: "Koffer verloren (👜)", MessageID: "a1@customer.example", HTML: true,
		InReplyTo: []string{"r2@email.example"}, Reference: []string{"r1@email.example", "r2@email.example"},
		Text:        "Mein Koffer ist weg. Grüße\n\nSent through a gateway.",
		Attachments: []Attachment{{Name: "tag.png", ContentType: "image/png", Size: 5}},
	},
	"html-only.eml": {
		From: Address{"", "oscar@customer.example"}, To: []Address{{"", "care@acme.example"}}, Subject: "Merci", HTML: true,
		Text: "Merci à Marta !\n\n>\n> Bonjour Oscar", New: "Merci à Marta !",
	},
	"undeclared-latin1.eml": {
		From: Address{"José Núñez", "jose@customer.example"}, To: []Address{{"", "care@acme.example"}}, Subject: "Reclamación",
		Text: "¿Dónde está mi maleta?",
	},
	"koi8.eml": {
		From: Address{"", "pavel@customer.example"}, To: []Address{{"", "care@acme.example"}}, Subject: "Письмо", Text: "Рейс отменили",
	},
	"mbox.eml": {
		From: Address{"", "giulia@customer.example"}, To: []Address{{"", "care@acme.example"}}, Subject: "From a mailbox file",
		Text: "A multipart without a boundary is one text.",
	},
	"unclosed.eml": {
		From: Address{"", "giulia@customer.example"}, To: []Address{{"", "care@acme.example"}}, Subject: "Unclosed",
		Text: "The last boundary never came.",
	},
	"report.eml": {
		From: Address{"Mail at Customer", "mail@customer.example"}, To: []Address{{"", "care@acme.example"}}, Subject: "About your letter",
		Text: "Nobody lives here.", Report: true, Attachments: []Attachment{{ContentType: "message/delivery-status", Size: 116}},
	},
	"hidden-crlf.eml": {
		From: Address{"Ana Bcc: all@victim.example", "eve@customer.example"}, To: []Address{{"", "care@acme.example"}},
		Subject: "hello Bcc: all@victim.example", Text: "Hello.", Reference: []string{"ok@customer.example", "ok2@customer.example"},
	},
	"two-senders.eml": {
		To: []Address{{"", "care@acme.example"}}, Subject: "Whom would you answer?", Text: "Me, please.",
	},
}

func TestLettersOfOurOwn(t *testing.T) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) != len(letters) {
		t.Fatalf("%d files, %d expectations, %v", len(files), len(letters), err)
	}
	readme := string(load(t, "README.md"))
	for name, want := range letters {
		if want.New == "" {
			want.New = want.Text
		}
		m := parsed(t, string(load(t, name)))
		for i, a := range m.Attachments {
			if a.SHA256 == [32]byte{} {
				t.Errorf("%s: an attachment without its digest", name)
			}
			m.Attachments[i].SHA256 = [32]byte{}
		}
		got := seen{
			m.From, m.To, m.Cc, m.Subject, m.Text, m.New, m.HTML != "", m.MessageID, m.InReplyTo, m.References, m.Language, m.Attachments, m.Report,
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if !strings.Contains(readme, "| "+name+" |") {
			t.Errorf("%s has no line in the readme", name)
		}
	}
}

func TestLineEndsDoNotMatter(t *testing.T) {
	for name := range letters {
		raw := bytes.ReplaceAll(load(t, name), []byte("\r\n"), []byte("\n"))
		want, err := Parse(raw, DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		for _, end := range []string{"\r\n", "\r"} {
			got, err := Parse(append([]byte("\xef\xbb\xbf"), bytes.ReplaceAll(raw, []byte("\n"), []byte(end))...), DefaultLimits)
			if err != nil || got.Text != want.Text || got.Subject != want.Subject || got.From != want.From {
				t.Errorf("%s with %q: %+v, %v", name, end, got, err)
			}
		}
	}
}

func TestFromField(t *testing.T) {
	for _, c := range []struct {
		from string
		want []Address
	}{
		{`Ana <ana@acme.example>`, []Address{{"Ana", "ana@acme.example"}}},
		{`ana@ACME.example (Ana)`, []Address{{"Ana", "ana@acme.example"}}},
		{`"Rossi, G." <g@c.example>`, []Address{{"Rossi, G.", "g@c.example"}}},
		{`Dr. G. Rossi <g@c.example>`, []Address{{"Dr. G. Rossi", "g@c.example"}}},
		{`g@c.example <g@c.example>`, []Address{{"", "g@c.example"}}},
		{`"=?utf-8?q?Zo=C3=AB?=" <z@c.example>`, []Address{{"Zoë", "z@c.example"}}},
		{`=?nonsense?q?Zo=C3=AB?= <z@c.example>`, []Address{{"Zoë", "z@c.example"}}},
		{`"victim@bank.example" <eve@c.example>`, []Address{{"victim@bank.example", "eve@c.example"}}},
		{`victim@bank.example <eve@c.example>`, []Address{{"", "eve@c.example"}, {"", "victim@bank.example"}}},
		{`a@c.example, b@c.example`, []Address{{"", "a@c.example"}, {"", "b@c.example"}}},
		{`a@c.example, A <a@C.example>`, []Address{{"", "a@c.example"}}},
		{`jo..e@c.example`, []Address{{"", "jo..e@c.example"}}},
		{`anna@bücher.example`, []Address{{"", "anna@xn--bcher-kva.example"}}},
		{`Broken <g@c.example`, []Address{{"Broken", "g@c.example"}}},
		{`"Broken <g@c.example>`, []Address{{"Broken", "g@c.example"}}},
		{`=?utf-8?q?victim=40bank.example=3E?=@evil.example`, nil},
		{`Whomever`, nil}, {``, nil}, {`<>`, nil}, {`undisclosed:;`, nil}, {`a@[192.0.2.1]`, nil},
		{`a b@c.example <`, []Address{{"", "b@c.example"}}},
	} {
		m := parsed(t, "From: "+c.from+"\nSubject: x\n\nx")
		for i := range m.Froms { // the name is compared only where the table has one
			if i < len(c.want) && c.want[i].Name == "" {
				m.Froms[i].Name = ""
			}
		}
		if d := cmp.Diff(c.want, m.Froms); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.from, d)
		}
		if (m.From != Address{}) != (len(m.Froms) == 1) {
			t.Errorf("%s: From is %v of %v", c.from, m.From, m.Froms)
		}
	}
}

func TestTwoFromFieldsNameNoSender(t *testing.T) {
	m := parsed(t, "From: ana@a.example\nFrom: eve@b.example\n\nx")
	if len(m.Froms) != 2 || m.From != (Address{}) {
		t.Errorf("got %v, %v", m.From, m.Froms)
	}
}

func TestDate(t *testing.T) {
	for _, c := range []struct {
		in, want string // RFC 3339, "" unreadable
		sure     bool
	}{
		{"Sun, 29 Mar 2026 01:30:00 +0100", "2026-03-29T01:30:00+01:00", true},
		{"Sun, 29 Mar 2026 01:30:00 +0100 (CET)", "2026-03-29T01:30:00+01:00", true},
		{"29 Mar 26 01:30 +0530", "2026-03-29T01:30:00+05:30", true},
		{"Sun, 29 Mar 2026 01:30:00 -0000", "2026-03-29T01:30:00Z", false},
		{"Sun, 29 Mar 2026 01:30:00 GMT", "2026-03-29T01:30:00Z", true},
		{"Sun, 29 Mar 2026 01:30:00 QQT", "2026-03-29T01:30:00Z", false},
		{"Sun, 29 Mar 2026 01:30:00", "2026-03-29T01:30:00Z", false},
		{"Sun 29 Mar 2026 01:30:00 +0100", "2026-03-29T01:30:00+01:00", true},
		{"Sun,29 Mar 2026 01:30:00 +0100", "2026-03-29T01:30:00+01:00", true},
		{"Sun Mar 29 01:30:00 2026", "2026-03-29T01:30:00Z", false},
		{"2026-03-29T01:30:00+01:00", "2026-03-29T01:30:00+01:00", true},
		{"2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z", true},
		{"Sun, 29 Mar 2026 01:30:00 +9900", "", false},
		{"Whenever", "", false},
		{"", "", false},
		{"Mon, 1 Jan 0001 00:00:00 +0000", "", false},
	} {
		got, ok, sure := date(c.in)
		s := ""
		if ok {
			s = got.Format(time.RFC3339)
		}
		if s != c.want || sure != c.sure {
			t.Errorf("%q: got %q, offset sure %v", c.in, s, sure)
		}
	}
}

func TestIDsAreCappedInNumberAndLength(t *testing.T) {
	var b strings.Builder
	for i := range 150 {
		fmt.Fprintf(&b, " <%d@c.example>", i)
	}
	m := parsed(t, "References:"+b.String()+" <"+strings.Repeat("a", maxID+1)+">\nMessage-ID: bare@c.example\n\nx")
	if len(m.References) != maxIDs || m.References[maxIDs-1] != "149@c.example" {
		t.Errorf("got %d, last %q", len(m.References), m.References[len(m.References)-1])
	}
	if m.MessageID != "bare@c.example" {
		t.Errorf("got %q", m.MessageID)
	}
}

func TestUnreadable(t *testing.T) {
	multipart := "From: a@c.example\nContent-Type: multipart/mixed; boundary=b\n\n"
	nested := "From: a@c.example\n"
	for i := range 30 {
		nested += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%dx\n\n--b%dx\n", i, i)
	}
	for _, c := range []struct {
		name, raw, want string
		lim             Limits
	}{
		{"nothing", "", ReasonEmpty, Limits{}},
		{"blank lines", "\r\n\r\n \n", ReasonEmpty, Limits{}},
		{"over the size", "From: a@c.example\n\nxxxx", ReasonTooLarge, Limits{Bytes: 20}},
		{"a book of headers", strings.Repeat("X: y\n", 1001) + "\nx", ReasonTooManyHeaders, Limits{}},
		{"a book of headers in a part", multipart + "--b\n" + strings.Repeat("X: y\n", 1001) + "\nx", ReasonTooManyHeaders, Limits{}},
		{"many parts", multipart + strings.Repeat("--b\n\nx\n", 201), ReasonTooManyParts, Limits{}},
		{"parts without end", multipart + strings.Repeat("--b\n", 300_000), ReasonTooManyHeaders, Limits{}},
		{"boundary in pieces", strings.Replace(multipart, "boundary=b", "boundary*0=\"\"; boundary*1=b", 1) + strings.Repeat("--b\n\nx\n", 201), ReasonTooManyParts, Limits{}},
		{"a deep nest", nested + "x", ReasonTooDeep, Limits{}},
		{"a shallow limit", nested + "x", ReasonTooDeep, Limits{Depth: 2}},
		{"a slow reading", "From: a@c.example\n\n" + strings.Repeat("x\n", 100_000), ReasonTooSlow, Limits{Late: after(5)}},
		{"a slow reading of parts", multipart + strings.Repeat("--b\nContent-Type: text/plain\n\nx\n", 150), ReasonTooSlow, Limits{Late: after(50)}},
		{"only a body", "\n\nno header here\nat all", ReasonNoHeader, Limits{}},
	} {
		began := time.Now()
		_, err := Parse([]byte(c.raw), c.lim)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %v", c.name, took)
		}
		u, ok := err.(*Unreadable)
		if !ok || u.Reason != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
			continue
		}
		if u.Words() == "" || u.Error() != "read mail: "+c.want {
			t.Errorf("%s: %q, %q", c.name, u.Words(), u.Error())
		}
	}
}

// after is late from the nth time on that it is asked.
func after(n int) func() bool {
	return func() bool { n--; return n < 0 }
}

func TestWithinLimitsIsRead(t *testing.T) {
	raw := "From: a@c.example\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 200) + "--b--\n"
	m := parsed(t, raw)
	if got := strings.Count(m.Text, "x"); got != 200 {
		t.Errorf("%d parts of 200", got)
	}
}

// Each of these takes minutes or gigabytes without the limits; the bound is wide for slow machines and the race detector.
func TestHostileMailCostsLittle(t *testing.T) {
	nest := "From: a@c.example\n"
	for i := range DefaultLimits.Depth {
		nest += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%dx\n\n--b%dx\n", i, i)
	}
	head := "From: a@c.example\nContent-Type: text/html; charset=utf-8\n\n"
	for name, raw := range map[string]string{
		"unclosed nest":   nest + "x",
		"nest cut short":  nest + "Content-Type: text/plain\n\nx\n--b0x--\n",
		"deep divs":       head + strings.Repeat("<div>", 100_000) + "text",
		"deep bold":       head + strings.Repeat("<b><i>", 250) + strings.Repeat("word ", 40_000),
		"deep headings":   head + strings.Repeat("<h1><p>", 200) + strings.Repeat("word ", 40_000),
		"large HTML":      head + strings.Repeat("<p>word</p>", 400_000),
		"one long line":   "From: a@c.example\nSubject: x\n\n" + strings.Repeat("x", 4<<20),
		"quotes":          "From: a@c.example\n\n" + strings.Repeat("On 1 May 2026 at 10:00\n", 200_000),
		"colons":          "From: a@c.example\n\nx\n" + strings.Repeat("1@ wrote:\n", 100_000),
		"introductions":   "From: a@c.example\n\nx\n" + strings.Repeat("On 1 May 2026 at 10:00 a@b.example wrote:\n\n", 20_000) + "x",
		"open brackets":   "From: a@c.example\n\nx\n" + strings.Repeat("On 1 May 2026 <\n\n", 60_000) + "x",
		"heads":           "From: a@c.example\n\n> x\n" + strings.Repeat("From: a\nSent: b\n", 60_000),
		"signatures":      "From: a@c.example\n\nx\n" + strings.Repeat("--\nx\n", 150_000),
		"blank above":     "From: a@c.example\nContent-Type: text/plain; charset=utf-8\n\n" + strings.Repeat("\u00a0\n", 150_000) + "x\n" + strings.Repeat("--\nx\n", 100_000),
		"times of day":    "From: a@c.example\n\nx\n" + strings.Repeat("1:30\n", 200_000),
		"telephones":      "From: a@c.example\n\nx\n" + strings.Repeat("x\nSent from my iPhone\n\n", 45_000),
		"marks":           "From: a@c.example\n\nx\n" + strings.Repeat(">\n\n", 300_000) + "x",
		"fences":          "From: a@c.example\n\nx\n" + strings.Repeat("```\n", 250_000),
		"rules":           "From: a@c.example\n\nx\n" + strings.Repeat("__________\n", 90_000),
		"long From":       "From: " + strings.Repeat("a@c.example, ", 300_000) + "\n\nx",
		"nested comments": "From: " + strings.Repeat("(", 60_000) + " a@c.example\n\nx",
		"encoded words":   "Subject: " + strings.Repeat("=?utf-8?q?a?= ", 100_000) + "\n\nx",
		"broken base64":   "From: a@c.example\nContent-Transfer-Encoding: base64\n\n" + strings.Repeat("!", 1<<20),
		"header of words": strings.Repeat("X-A: "+strings.Repeat("=?utf-8?q?\xe9?= ", 4000)+"\n", 600) + "\nx",
		"unclosed quotes": "From: " + strings.Repeat(`"`, 100_001) + "\nContent-Type: " + strings.Repeat(`a="`, 20_000) + "\n\nx",
	} {
		began := time.Now()
		m, err := Parse([]byte(raw), DefaultLimits)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		} else {
			t.Logf("%s: %v", name, took.Round(time.Millisecond))
		}
		if err == nil && (len(m.Text) > maxText || len(m.Froms) > maxAddresses || len(m.Subject) > maxSubject) {
			t.Errorf("%s: text %d, from %d, subject %d", name, len(m.Text), len(m.Froms), len(m.Subject))
		}
	}
}

func TestDeepHTMLStillGivesItsText(t *testing.T) {
	m := parsed(t, "From: a@c.example\nContent-Type: text/html\n\n<head><title>t</title></head><style>x</style>"+
		strings.Repeat("<div>", 1000)+"my bag &amp; coat<br>are lost<script>no()</script>")
	if got := strings.Join(strings.Fields(m.Text), " "); got != "my bag & coat are lost" {
		t.Errorf("got %q", got)
	}
}

func TestHeaderIsCaseInsensitiveAndMany(t *testing.T) {
	m := parsed(t, "received: one\nReceived: two\nX-EMPTY:\nx-word: =?utf-8?q?=C3=A9?=\n\nx")
	if d := cmp.Diff([]string{"one", "two"}, m.Header.Values("RECEIVED")); d != "" {
		t.Error(d)
	}
	if !m.Header.Has("x-empty") || m.Header.Has("x-none") || m.Header.Get("X-Word") != "é" || m.Header.Get("x-none") != "" {
		t.Errorf("got %v", m.Header)
	}
}

// Bytes of which nothing says what they are: a Cyrillic charset is found by its letters, other bytes are those of most old mails, and what is whole of UTF-8 stays.
func TestBrokenUTF8KeepsWhatIsWhole(t *testing.T) {
	for in, want := range map[string]string{
		"caf\xe9":          "café",
		"caf\xc3\xa9 \xe9": "café \uFFFD",
		"plain":            "plain",
		"\x80 5":           "€ 5",
		"\xc7\xe4\xf0\xe0\xe2\xf1\xf2\xe2\xf3\xe9\xf2\xe5, \xff \xed\xe5 \xef\xee\xeb\xf3\xf7\xe8\xeb\xe0 \xec\xee\xe9 \xe1\xe8\xeb\xe5\xf2. \xcc\xee\xb8 \xe8\xec\xff: \xc8\xf0\xe8\xed\xe0.": "Здравствуйте, я не получила мой билет. Моё имя: Ирина.",
		"\xfa\xc4\xd2\xc1\xd7\xd3\xd4\xd7\xd5\xca\xd4\xc5, \xd1 \xce\xc5 \xd0\xcf\xcc\xd5\xde\xc9\xcc\xc1 \xcd\xcf\xca \xc2\xc9\xcc\xc5\xd4. \xed\xcf\xa3 \xc9\xcd\xd1: \xe9\xd2\xc9\xce\xc1.": "Здравствуйте, я не получила мой билет. Моё имя: Ирина.",
		"O\xf9 est ma valise ? \xc9l\xe8ve \xe0 l'\xe9t\xe9, d\xe9j\xe0 l\xe0.": "Où est ma valise ? Élève à l'été, déjà là.",
		"\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1, \xe4\xe5\xed \xdd\xeb\xe1\xe2\xe1 \xf4\xef \xe5\xe9\xf3\xe9\xf4\xde\xf1\xe9\xfc \xec\xef\xf5 \xea\xe1\xe9 \xf0\xe5\xf1\xe9\xec\xdd\xed\xf9 \xe1\xf0\xdc\xed\xf4\xe7\xf3\xe7.": "ÊáëçìÝñá, äåí Ýëáâá ôï åéóéôÞñéü ìïõ êáé ðåñéìÝíù áðÜíôçóç.", // Greek, of which nothing says so
		"\xf9\xec\xe5\xed, \xec\xe0 \xf7\xe9\xe1\xec\xfa\xe9 \xe0\xfa \xe4\xeb\xf8\xe8\xe9\xf1 \xf9\xec\xe9 \xe5\xe0\xf0\xe9 \xee\xe7\xeb\xe4 \xec\xfa\xf9\xe5\xe1\xe4 \xee\xeb\xed":                                     "ùìåí, ìà ÷éáìúé àú äëøèéñ ùìé åàðé îçëä ìúùåáä îëí",          // Hebrew
		"Καλημέρα, δεν έλαβα το εισιτήριό μου και περιμένω απάντηση.\xe9":                                                                                                                                                "Καλημέρα, δεν έλαβα το εισιτήριό μου και περιμένω απάντηση.\uFFFD",
	} {
		if got := eightBit(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

var control = regexp.MustCompile(`[\x00-\x1f\x7f]`)

// FuzzParse: any bytes give a message that is whole, or a reason.
func FuzzParse(f *testing.F) {
	for name := range letters {
		f.Add(load(f, name))
	}
	f.Add([]byte("From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/digest; boundary=c\n\n--c\n\nx\n--c--\n--b--"))
	f.Add([]byte("From: \"a\nDate: Mon, 1 Jan 2026 00:00:00 -0000\nContent-Type: text/html; charset=utf-7\n\n+ADw-b> On 1.1.2026 wrote:\n> x"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Parse(raw, Limits{Bytes: 1 << 16})
		if err != nil {
			if u, ok := err.(*Unreadable); !ok || u.Words() == "" {
				t.Fatalf("not an Unreadable with words: %v", err)
			}
			return
		}
		for _, s := range allStrings(m) {
			if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
				t.Fatalf("not clean: %q", s)
			}
		}
		for _, s := range []string{m.Subject, m.From.Name, m.From.Addr, m.MessageID, m.Language} {
			if control.MatchString(s) {
				t.Fatalf("control character in %q", s)
			}
		}
		if strings.TrimSpace(m.Text) != "" && strings.TrimSpace(m.New) == "" {
			t.Fatalf("nothing new in %q", m.Text)
		}
		Machine(m, Envelope{MailFrom: "a@b.example", DMARC: Pass}, nil)
		answer(t, m)
	})
}

// answer: whatever a sender wrote, the receipt to a sender who may be answered can be composed.
func answer(t *testing.T, m *Message) {
	if len(m.Froms) != 1 || !Replyable(m.From.Addr) {
		return
	}
	o := receipt()
	o.To, o.InReplyTo, o.References, o.Language = m.From, m.MessageID, append(m.References, m.MessageID), m.Language
	if _, err := Compose(o); err != nil {
		t.Fatalf("a receipt to %+v: %v", m.From, err)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"plain.eml", "alternative.eml"} {
		raw := load(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(raw, DefaultLimits); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
