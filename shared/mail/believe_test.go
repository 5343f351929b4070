package mail

import (
	"strings"
	"testing"
)

// Every From field below is of a mail that SES says has passed DMARC: for whom SES read in it.
func TestBelievableFrom(t *testing.T) {
	const v = "giulia@customer.example"
	for _, from := range []string{
		"From: " + v,
		"from:" + v,
		"Date: x\nFrom : " + v,
		"From: <" + v + ">",
		"From: Giulia <" + v + ">",
		"From: Giulia<" + v + "> ",
		"From: Dr. Giulia B. Rossi <" + v + ">",
		"From: \"Rossi, Giulia\" <" + v + ">",
		"From: Rossi, Giulia <" + v + ">",
		"From: \"Giulia \\\"Giu\\\" Rossi\" <" + v + ">",
		"From: \"" + v + "\" <" + v + ">",
		"From: '" + strings.ReplaceAll(v, "@", " at ") + "' <" + v + ">",
		"From: " + v + " <" + v + ">",
		"From: " + v + " (Giulia Rossi)",
		"From: Giulia (Milan) <" + v + ">",
		"From: Giulia [Milan] <" + v + ">",
		"From: =?utf-8?q?Giulia_R=C3=B6ssi?= <" + v + ">",
		"From: Jos\xe9 <" + v + ">",
		"From: José <" + v + ">",
		"From: Giulia\n\tRossi\n <" + v + ">",
		"From:\n " + v,
		"From: Giulia <giulia@CUSTOMER.example>",
	} {
		for _, raw := range []string{from + "\nSubject: x\n\nx\n", strings.ReplaceAll("To: y@acme.example\n"+from+"\n\nx\n", "\n", "\r\n")} {
			m := parsed(t, raw)
			if m.From.Addr != v || !Aligned(m, Envelope{DMARC: Pass}) {
				t.Errorf("%q: %q is not believed", raw, m.From.Addr)
			}
		}
	}
}

func TestUnbelievableFrom(t *testing.T) {
	const victim = "\nFrom: Ceo <ceo@victim.example>"
	for what, from := range map[string]string{
		"two spaces before the colon":      "From  : mallory@evil.example" + victim,
		"one space":                        "X: y\nFrom : mallory@evil.example" + victim,
		"one space, taken for mbox":        "From : mallory@evil.example" + victim,
		"a tab":                            "From\t: mallory@evil.example" + victim,
		"a tab, second":                    victim[1:] + "\nFrom\t: mallory@evil.example",
		"a form feed":                      "From\f: mallory@evil.example" + victim,
		"a NUL":                            "From\x00: mallory@evil.example" + victim,
		"a no-break space":                 "From\u00a0: mallory@evil.example" + victim,
		"capitals":                         "FROM\t: mallory@evil.example" + victim,
		"a folded colon":                   "X: y\nFrom\n : mallory@evil.example" + victim,
		"after junk":                       "no field\nFrom\t: mallory@evil.example" + victim,
		"after a lone CR":                  "X: y\rFrom: mallory@evil.example" + victim,
		"after an empty line of CR":        victim[1:] + "\r\r\nFrom\t: mallory@evil.example",
		"after an empty line of LF":        victim[1:] + "\n\nFrom: mallory@evil.example\r\n",
		"before an empty line":             "\n" + victim[1:],
		"two brackets":                     "From: <ceo@victim.example>>",
		"two brackets before":              "From: <<ceo@victim.example>",
		"folded in the domain":             "From: ceo@victim\n .example",
		"folded in brackets":               "From: <ceo@victim\n .example>",
		"folded before the at":             "From: ceo\n @victim.example",
		"a comment in the domain":          "From: ceo@victim(c).example",
		"a domain goes on":                 "From: ceo@victim.example .evil.example",
		"a bracket in a comment":           "From: me(<)@evil.example(,ceo@victim.example)",
		"an address in a comment":          "From: ceo@victim.example (,me@evil.example)",
		"an address in a leading comment":  "From: (me@evil.example) ceo@victim.example",
		"an open comment":                  "From: Ceo ( <ceo@victim.example>",
		"a quoted local part":              `From: "a b"@evil.example, ceo@victim.example`,
		"an escaped quote":                 `From: "a\" <me@evil.example>, " <ceo@victim.example>`,
		"two escaped quotes":               `From: "a\" <me@evil.example>, \"" <ceo@victim.example>`,
		"quotes in comments":               `From: (") <me@[192.0.2.1]>, (") Ceo <ceo@victim.example>`,
		"quotes that two pair otherwise":   `From: "a\" b" <me@[192.0.2.1]>, "\"" <ceo@victim.example>`,
		"a quote in the domain":            `From: ceo@victim".evil".example`,
		"an open quote":                    `From: "Ceo <ceo@victim.example>`,
		"an address literal":               "From: <me@[192.0.2.1]>, ceo@victim.example",
		"a route":                          "From: <@evil.example:ceo@victim.example>",
		"a group":                          "From: us: ceo@victim.example;",
		"a longer address before":          "From: " + strings.Repeat("m", 320) + "@evil.example, ceo@victim.example",
		"more than a field":                "From: " + strings.Repeat("m ", maxValue) + "<ceo@victim.example>",
		"a NUL in the value":               "From: ceo@victim.example\x00.evil.example",
		"an address in the name":           "From: me@evil.example <ceo@victim.example>",
		"what follows without indentation": "From: Ceo\n<ceo@victim.example>",
	} {
		m, err := Parse([]byte(from+"\nSubject: x\n\nx\n"), DefaultLimits)
		if err != nil {
			continue // a person looks at it
		}
		if Aligned(m, Envelope{MailFrom: "me@victim.example", SPF: Pass, DMARC: Pass}) {
			t.Errorf("%s: %q is believed", what, m.From.Addr)
		}
		if s := Machine(m, verified(), ours); s != Unauthenticated && s != NoSender {
			t.Errorf("%s: %q, and not silenced: %q", what, m.From.Addr, s)
		}
	}
}

func TestSignaturesAreReadRaw(t *testing.T) {
	const own, evil = "DKIM-Signature: v=1; d=customer.example; s=k", "v=1; d=evil.example; s=k"
	for what, c := range map[string]struct {
		header string
		want   bool
	}{
		"its own":                {own, true},
		"a space before colon":   {strings.Replace(own, ":", " :", 1), true},
		"two of its own":         {own + "\n" + own, true},
		"folded":                 {"DKIM-Signature: v=1;\n\td=customer.\n\texample", true},
		"a foreign one too":      {own + "\nDKIM-Signature: " + evil, false},
		"hidden by a tab":        {own + "\nDKIM-Signature\t: " + evil, false},
		"hidden by two spaces":   {own + "\nDKIM-Signature  : " + evil, false},
		"hidden by a fold":       {own + "\nDKIM-Signature\n : " + evil, false},
		"hidden by a lone CR":    {own + "\rDKIM-Signature: " + evil, false},
		"hidden by NUL":          {own + "\nDKIM-Signature\x00: " + evil, false},
		"d= by encoded word":     {"DKIM-Signature: v=1; =?utf-8?q?d=3Dcustomer.example?=", false},
		"d= hidden by a word":    {"DKIM-Signature: v=1; d=evil.example; x==?utf-8?q?=3B?= d=customer.example", false},
		"d= changed by a word":   {"DKIM-Signature: v=1; d==?utf-8?q?customer.example?=", false},
		"in the body":            {"X: y\n\n" + own, false},
		"a field of longer name": {"X-" + own, false},
	} {
		m := parsed(t, customer+c.header+body1)
		if got := Aligned(m, Envelope{DKIM: Pass}); got != c.want {
			t.Errorf("%s: believed is %v", what, got)
		}
	}
}

// Whatever the value, what is believed has one address to every reader: one @ outside quotes, unless it is written twice.
func FuzzSoleAddress(f *testing.F) {
	for _, s := range []string{`Ana <ana@a.example>`, `"a\" <b@b.example>, " <ana@a.example>`, `ana@a.example (x)`, `a@a.example <a@a.example>`, `=?utf-8?q?a?= <a@b>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, v string) {
		addr := soleAddress(v)
		if addr == "" {
			return
		}
		if addr != normal(addr) {
			t.Fatalf("%q gives %q", v, addr)
		}
		if n := strings.Count(unquoted(eightBit(v)), "@"); n != 1 && n != 2 {
			t.Fatalf("%q has %d addresses and gives %q", v, n, addr)
		}
		if list := addresses([]string{v}, func() {}); len(list) > 1 {
			t.Fatalf("%q gives %q and %v", v, addr, list)
		}
	})
}
