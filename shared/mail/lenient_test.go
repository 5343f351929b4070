package mail

import (
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What other programs write wrongly, and what we read of it. Each of these was found by other projects' suites (expected_test.go).
func TestWhatIsReadAllTheSame(t *testing.T) {
	const mixed = "From: a@c.example\nContent-Type: multipart/mixed; boundary=b\n\n"
	for what, c := range map[string]struct{ raw, text string }{
		"two plain texts as alternatives": {"From: a@c.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nMy bag is lost.\n--b\n\nIt is red.\n--b--\n", "My bag is lost.\n\nIt is red."},
		"the same text twice":             {"From: a@c.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nMy bag.\n--b\n\nMy  bag.\n--b--\n", "My  bag."},
		"a shorter text first":            {"From: a@c.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nMy bag\n--b\n\nMy bag is red\n--b--\n", "My bag is red"},
		"half a word is no text":          {"From: a@c.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nMy bags\n--b\n\nbag\n--b--\n", "My bags\n\nbag"},
		"a delimiter as the last line":    {mixed + "--b\n\nMy bag.\n--b\n", "My bag."},
		"a line that is no delimiter":     {mixed + "--b\n\nMy bag.\n--bag\n", "My bag.\n--bag"},
		"a multipart without any part":    {mixed + "My bag is lost.\n", "My bag is lost."},
		"no semicolon":                    {"From: a@c.example\nContent-Type: multipart/mixed\n\tboundary=\"b\"\n\n--b\n\nMy bag.\n--b--\n", "My bag."},
		"a boundary beyond all measure":   {"From: a@c.example\nContent-Type: multipart/mixed; boundary=" + strings.Repeat("b", 4096) + "\n\nMy bag is lost.\n", "My bag is lost."},
		"text with a boundary":            {"From: a@c.example\nContent-Type: text/plain; boundary=b\nContent-Transfer-Encoding: quoted-printable\n\nMy=20bag.\n", "My bag."},
	} {
		if m := parsed(t, c.raw); m.Text != c.text {
			t.Errorf("%s: %q", what, m.Text)
		}
	}
}

func TestMailsOfADigestAreAttached(t *testing.T) {
	m := parsed(t, "From: a@c.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nToday's letters:\n--b\nContent-Type: multipart/digest; boundary=d\n\n"+
		"--d\n\nFrom: x@c.example\nSubject: One\n\nFirst.\n--d\nContent-Type: text/plain\n\nSecond.\n--d--\n--b--\n")
	if m.Text != "Today's letters:\n\nSecond." || len(m.Attachments) != 1 || m.Attachments[0].ContentType != "message/rfc822" {
		t.Errorf("text %q, attachments %+v", m.Text, m.Attachments)
	}
}

func TestBrokenWordsAreRead(t *testing.T) {
	for in, want := range map[string]string{
		"=?utf-8?B?VGhpcyBpcyB0aGUgb 3JpZ2luYWwgc3ViamVjdA==?=":     "This is the original subject",
		"Re: =?unicode-1-1-utf-7?Q?Die_Fr+APY-sche?=":               "Re: Die Frösche",
		"=?utf-7?Q?+ZeVnLIqe-?=":                                    "日本語",
		"=?utf-7?Q?+?= =?utf-7?Q?+A?=":                              "",
		"=?utf-8?B?TXkg?= and =?utf-8?B?YmFn?=":                     "My  and bag",
		"a =?b c?= d":                                               "a =?b c?= d",
		"=?utf-8?B?" + strings.Repeat("=?utf-8?B?QQ ", 3000) + "?=": "",
	} {
		got := decodeHeader(in)
		if want != "" && got != oneLine(want) || strings.ContainsAny(got, "\r\n\x00") {
			t.Errorf("%.60q: %q", in, Cut(got, 200))
		}
	}
}

func TestDatesOfOtherPrograms(t *testing.T) {
	at := time.Date(2026, 7, 1, 14, 52, 37, 0, time.UTC)
	for in, sure := range map[string]bool{
		"Wed, 1 Jul 2026 (a comment) 10:52:37 -0400":           true,
		"Wed, 1 Jul 2026 ((one) in another) 10:52:37 -0400":    true,
		"Wed, 1 Jul 2026 10:52:37 EDT":                         true,
		"Wed, 1 Jul 2026 09:52:37 est":                         true,
		"Wed, 1 Jul 2026 07:52:37 PDT (Pacific Daylight Time)": true,
		"Wed, 1 Jul 2026 14:52:37 GMT":                         true,
		"Wed, 1 Jul 2026 14:52:37 A":                           false,
		"Wed, 1 Jul 2026 14:52:37 XYZZY":                       false,
		"Wed, 1 Jul 2026 14:52:37":                             false,
	} {
		got, ok, own := date(in)
		if !ok || !got.Equal(at) || own != sure {
			t.Errorf("%s: %v %v, own offset %v", in, got, ok, own)
		}
	}
}

// A deadline holds wherever the work is: in the header, the parts, the HTML, the text. It is asked again and again, and when it says so
// nothing more is done.
func TestTheDeadlineHoldsEverywhere(t *testing.T) {
	for what, c := range map[string]struct {
		raw   string
		least int // times that it must be asked
	}{
		"many fields":         {"From: a@c.example\n" + strings.Repeat("X-A: =?utf-8?q?=C3=A9?=\n", 900) + "\nx", 900},
		"many From fields":    {strings.Repeat("From: a@c.example, b@c.example\n", 900) + "\nx", 1800},
		"many parts":          {"From: a@c.example\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 190) + "--b--\n", 190},
		"HTML":                {"From: a@c.example\nContent-Type: text/html\n\n" + strings.Repeat("<p>word</p>", 20_000), 3 * 20_000 * 11 / 4096},
		"HTML that is large":  {"From: a@c.example\nContent-Type: text/html\n\n" + strings.Repeat("<p>word</p>", 50_000), 2 * 50_000 * 11 / 4096},
		"lines":               {"From: a@c.example\n\n" + strings.Repeat("> On 1 May 2026 at 10:00\n", 40_000), 600},
		"lines in HTML boxes": {"From: a@c.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nx\n--b\nContent-Type: text/html\n\nx<div class=gmail_quote>" + strings.Repeat("y<br>", 20_000) + "</div>\n--b--\n", 300},
	} {
		asked := 0
		if _, err := Parse([]byte(c.raw), Limits{Late: func() bool { asked++; return false }}); err != nil || asked < c.least {
			t.Errorf("%s: asked %d times, less than %d: %v", what, asked, c.least, err)
			continue
		}
		for n := 0; n < asked; n += 1 + asked/8 {
			times := 0
			m, err := Parse([]byte(c.raw), Limits{Late: func() bool { times++; return times > n }})
			if u, ok := err.(*Unreadable); !ok || u.Reason != ReasonTooSlow || m != nil {
				t.Fatalf("%s: late at %d of %d: %v", what, n, asked, err)
			}
			if times > n+2 { // a library may take the panic for a fault of its own, and the next to ask is the last
				t.Fatalf("%s: late at %d of %d, and went on to %d", what, n, asked, times)
			}
		}
	}
}

func TestWithinIsADeadline(t *testing.T) {
	now := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	l := DefaultLimits.Within(Patience, func() time.Time { return now })
	if l.Late() || l.Parts != DefaultLimits.Parts || DefaultLimits.Late != nil {
		t.Error("late at once, or other limits")
	}
	if now = now.Add(Patience + 1); !l.Late() {
		t.Error("not late after its time")
	}
	if _, err := Files([]byte("From: a@c.example\n\nx"), l); err == nil || err.(*Unreadable).Reason != ReasonTooSlow {
		t.Errorf("files are read after the time: %v", err)
	}
}

// What a mail's text will not show costs little more than the mail itself, into however many texts or lines it falls: each is held against the others once.
func TestAlternativesCostWhatTheyWeigh(t *testing.T) {
	const size = 4 << 20
	text := func(words string, n int) string { return "--b\n\n" + strings.Repeat(words, n/len(words)) + "\n" }
	for what, parts := range map[string]string{
		"two texts":         text("My bag is lost. ", size/2) + text("It is red, too. ", size/2),
		"one text twice":    text("My bag is lost. ", size/2) + text("My bag is lost. ", size/2),
		"line ends":         text("\n", size) + text("x\n\n\n", 100),
		"flowed line ends":  "--b\nContent-Type: text/plain; format=flowed\n" + text("\n", size)[4:],
		"lines that are CR": text("\r", size),
		"many texts": func() string {
			var b strings.Builder
			for i := range 180 {
				b.WriteString(text("Bag "+strconv.Itoa(i)+" is lost. ", size/180))
			}
			return b.String()
		}(),
	} {
		raw := []byte("From: a@c.example\nContent-Type: multipart/alternative; boundary=b\n\n" + parts + "--b--\n")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := Parse(raw, DefaultLimits)
		runtime.ReadMemStats(&after)
		if err != nil || len(m.Text) > maxText {
			t.Fatalf("%s: %v", what, err)
		}
		if ratio := (after.TotalAlloc - before.TotalAlloc) / uint64(len(raw)); ratio > 15 {
			t.Errorf("%s: reading it takes %d times its size", what, ratio)
		}
	}
}

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "\n\r\n \t\n": "", "\n\n  a \t\r\nb\r\rc\n\n": "  a\nb\n\nc", "a\n-- \nb": "a\n-- \nb", "a\n-- \n": "a\n--", "\ra\n\rb": "a\n\nb",
		strings.Repeat("\n", 2*maxText) + "a": "a", strings.Repeat("ü", maxText): strings.Repeat("ü", maxText/2), strings.Repeat("a\r\n", maxText): strings.Repeat("a\n", maxText/2-1) + "a",
	} {
		if got := tidy(in); got != want {
			t.Errorf("%.40q: %.40q of %d bytes, want %.40q of %d", in, got, len(got), want, len(want))
		}
	}
}
