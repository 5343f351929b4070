package ses

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestHeaderIsReadAsItCame(t *testing.T) {
	for name, c := range map[string]struct{ raw, fields, rest string }{
		"folded":         {"Subject: one\r\n two\r\nTo: a\r\n\r\nbody", "Subject=one two|To=a", "\r\nbody"},
		"bare LF":        {"A: 1\nB: 2\n\nbody", "A=1|B=2", "\nbody"},
		"no body":        {"A: 1\r\nB: 2", "A=1|B=2", ""},
		"junk":           {"A: 1\r\nno field at all\r\n: empty\r\nB : 2\r\n\r\n", "A=1|B=2", "\r\n"},
		"body at once":   {"\r\nFrom: not a header\r\n", "", "\r\nFrom: not a header\r\n"},
		"nothing":        {"", "", ""},
		"utf-8":          {"Subject: grüße\r\n\r\n", "Subject=grüße", "\r\n"},
		"colon in value": {"X: a: b\r\n\r\n", "X=a: b", "\r\n"},
	} {
		fields, rest := parseHeader([]byte(c.raw))
		var got []string
		for _, f := range fields {
			got = append(got, f.Name+"="+f.Value)
		}
		if strings.Join(got, "|") != c.fields || string(rest) != c.rest {
			t.Errorf("%s: %q and %q, want %q and %q", name, strings.Join(got, "|"), rest, c.fields, c.rest)
		}
	}
}

func TestAddressesAreSplitNotParsed(t *testing.T) {
	for value, want := range map[string]string{
		"a@x.example": "a@x.example",
		`"Rossi, Giulia" <g@x.example>, b@x.example`: `"Rossi, Giulia" <g@x.example>|b@x.example`,
		"=?utf-8?q?Andr=C3=A9?= <a@x.example>":       "André <a@x.example>",
		"a (one, two) , <b@x.example>,":              "a (one, two)|<b@x.example>",
		`"open \" quote, a@x.example`:                `"open \" quote, a@x.example`,
		"":                                           "",
	} {
		if got := strings.Join(addresses(value), "|"); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	for text, want := range map[string]string{"Ana <ana@x.example>": "ana@x.example", "ana@x.example": "ana@x.example", "broken << ana@x.example >": "ana@x.example", "<>": "", "": ""} {
		if got := bare(text); got != want {
			t.Errorf("bare(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct{ from, mailFrom, want string }{
		{"a@customer.example", "a@customer.example", "PASS PASS PASS PASS PASS "},
		{"a@customer.example", "", "PASS PASS PASS PASS PASS "},
		{"a@bank.fail.example", "x@other.example", "PASS PASS FAIL FAIL FAIL reject"},
		{"a@x.example", "x@fail.example", "PASS PASS FAIL FAIL FAIL reject"},
		{"a@x.NONE.example", "a@x.example", "PASS PASS GRAY GRAY GRAY "},
		{"a@x.spam.example", "a@x.example", "FAIL PASS PASS PASS PASS "},
		{"a@x.virus.example", "a@x.spam.example", "FAIL FAIL PASS PASS PASS "},
		{"a@notfail.example", "", "PASS PASS PASS PASS PASS "},
	} {
		r := judge(c.from, c.mailFrom)
		got := fmt.Sprintf("%s %s %s %s %s %s", r.Spam.Status, r.Virus.Status, r.SPF.Status, r.DKIM.Status, r.DMARC.Status, r.DMARCPolicy)
		if got != c.want {
			t.Errorf("%s by %s: %s, want %s", c.from, c.mailFrom, got, c.want)
		}
	}
}

func TestRuleTakes(t *testing.T) {
	r := Rule{Recipients: []string{"acme.example", "one@other.example", ".in.example"}}
	for address, want := range map[string]bool{
		"care@acme.example": true, "CARE@Acme.Example": true, "care@sub.acme.example": false, "one@other.example": true, "two@other.example": false, "x@a.in.example": true, "x@in.example": false, "": false,
	} {
		if r.takes(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
}

func TestRewriteKeepsTheRest(t *testing.T) {
	at := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)
	row := Row{MessageID: "id", At: at}
	for name, c := range map[string]struct{ raw, want string }{
		"with a body":  {"Subject: x\r\nDate: old\r\nX-A: 1\r\n 2\r\nBcc: h\r\n\r\nbody\r\n", "Subject: x\r\nX-A: 1\r\n 2\r\n{}\r\nbody\r\n"},
		"all header":   {"Subject: x", "Subject: x\r\n{}\r\n"},
		"LF line ends": {"Subject: x\n\nb\n", "Subject: x\r\n{}\r\nb\r\n"},
	} {
		fields, rest := parseHeader(canonical([]byte(c.raw)))
		want := strings.Replace(c.want, "{}", "Message-ID: <id@email.amazonses.com>\r\nDate: Sun, 29 Mar 2026 01:30:00 +0000\r\nFeedback-ID: ::1.us-east-1.local:AmazonSES\r\n", 1)
		if got := string(rewrite(fields, rest, row)); got != want {
			t.Errorf("%s:\n%q, want\n%q", name, got, want)
		}
	}
}

func TestHeadersOverTenKilobytesAreTruncated(t *testing.T) {
	var fields []field
	for i := range 20 {
		fields = append(fields, field{Name: fmt.Sprint("X-", i), Value: strings.Repeat("v", 1000)})
	}
	if kept, truncated := limit(fields[:10]); len(kept) != 10 || truncated {
		t.Errorf("10 KB: %d kept, %v", len(kept), truncated)
	}
	if kept, truncated := limit(fields); len(kept) != 10 || !truncated {
		t.Errorf("20 KB: %d kept, %v", len(kept), truncated)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte("Subject: one\r\n two\r\nTo: a\r\n\r\nbody"))
	f.Add([]byte("\n\n"))
	f.Add([]byte(" x\n\ty: z\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		fields, rest := parseHeader(raw)
		n := len(rest)
		for _, f := range fields {
			n += len(f.Raw)
			if strings.ContainsAny(f.Value, "\r\n") || f.Name == "" {
				t.Fatalf("field %q: %q", f.Name, f.Value)
			}
			bare(f.Value)
		}
		if n > len(raw) {
			t.Fatalf("%d bytes out of %d", n, len(raw))
		}
		limit(fields)
		common(fields)
		for line := range strings.SplitSeq(string(canonical(raw)), "\r\n") {
			if strings.Contains(line, "\n") {
				t.Fatalf("a bare LF in %q", line)
			}
		}
	})
}
