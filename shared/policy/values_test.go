package policy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/calendar"
)

// accepts holds a form against values that have it and values that do not.
func accepts(t *testing.T, name string, form func(string) bool, good, bad []string) {
	t.Helper()
	for _, s := range good {
		if !form(s) {
			t.Errorf("%s refuses %q", name, s)
		}
	}
	for _, s := range bad {
		if form(s) {
			t.Errorf("%s accepts %q", name, s)
		}
	}
}

func TestForms(t *testing.T) {
	long := strings.Repeat("a", 64)
	accepts(t, "isID", isID,
		[]string{"a", "acme-air", "ana2", strings.Repeat("a", 40)},
		[]string{"", "2ana", "-ana", "Ana", "ana maria", "añа", "ana#", "team:care", strings.Repeat("a", 41)})
	accepts(t, "IsLanguage", IsLanguage,
		[]string{"en", "no", "ru"},
		[]string{"", "e", "EN", "eng", "e1", "pt-BR"})
	accepts(t, "isDomain", isDomain,
		[]string{"acme.example", "xn--mnchen-3ya.example", "a.b.c.example", "3com.example"},
		[]string{"", "acme", ".example", "acme.", "acme..example", "-acme.example", "acme-.example", "ac me.example", "Acme.example",
			"ac_me.example", long + ".example" + strings.Repeat(".a", 130), strings.Repeat("a", 64) + ".example"})
	accepts(t, "isAddress", isAddress,
		[]string{"care@acme.example", "Care@ACME.example", "o'neil@acme.example", "a.b-c_d@acme.example", "care@münchen.example", long + "@acme.example"},
		[]string{"", "care", "care@", "@acme.example", "care@acme", "Care <care@acme.example>", "<care@acme.example>", "care@acme.example, x@acme.example",
			"care@acme.example\r\nBcc: x@acme.example", "care@[192.0.2.1]", "ca re@acme.example", long + "a@acme.example"})
	accepts(t, "isPhone", isPhone,
		[]string{"+390655501230", "+12025550123", "+49301234"},
		[]string{"", "+", "390655501230", "+39 06 5550 1230", "+0390655501", "+1234567", "+1234567890123456", "+39O655501230"})
	accepts(t, "isHook", isHook,
		[]string{"https://hooks.acme.example/ana", "https://hooks.acme.example:8443/", "http://127.0.0.1:9000/x", "http://[::1]/x", "http://localhost:9000"},
		[]string{"", "hooks.acme.example", "http://hooks.acme.example/ana", "ftp://hooks.acme.example", "https://", "https:///x", "https://me:word@hooks.acme.example",
			"http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "https://hooks.acme.example/%zz", "javascript:alert(1)", "file:///etc/passwd"})
}

func TestParseClock(t *testing.T) {
	for s, want := range map[string]calendar.Clock{"00:00": 0, "09:05": 545, "23:59": 1439, "24:00": 1440} {
		if got, ok := parseClock(s, true); !ok || got != want || got.String() != s {
			t.Errorf("%s is %s, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "9:00", "09:0", "24:01", "09.00", "09:60", "09:00:00", " 9:00", "-1:00", "noon"} {
		if got, ok := parseClock(s, true); ok {
			t.Errorf("%q is %s", s, got)
		}
	}
	if _, ok := parseClock("24:00", false); ok {
		t.Error("a shift begins at 24:00")
	}
}

func TestParseDay(t *testing.T) {
	for s, want := range map[string]time.Weekday{"mon": time.Monday, "Monday": time.Monday, "SUN": time.Sunday, "saturday": time.Saturday} {
		if got, ok := parseDay(s); !ok || got != want {
			t.Errorf("%s is %s, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "m", "mond", "lundi", "monday "} {
		if got, ok := parseDay(s); ok {
			t.Errorf("%q is %s", s, got)
		}
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"langauge":               "did you mean language?",
		"Name":                   "did you mean name?",
		"adress":                 "did you mean addresses?",
		"time-zone":              "did you mean time_zone?",
		"x":                      "known here: " + strings.Join(brandKeys, ", "),
		"":                       "known here: " + strings.Join(brandKeys, ", "),
		strings.Repeat("n", 5e4): "known here: " + strings.Join(brandKeys, ", "),
	} {
		if got := nearest(word, brandKeys); got != want {
			t.Errorf("for %.20q %s, want %s", word, got, want)
		}
	}
}

// Distance is a metric: nothing lies between a word and itself, it is the same both ways, and no detour is shorter.
func TestDistance(t *testing.T) {
	words := slices.Concat(brandKeys, agentKeys, receiptKeys, []string{"", "a", "ab"})
	for _, a := range words {
		for _, b := range words {
			d := distance(a, b)
			if (d == 0) != (a == b) || d != distance(b, a) || d > max(len(a), len(b)) {
				t.Fatalf("from %q to %q it is %d, and back %d", a, b, d, distance(b, a))
			}
			if far := distance(a, "name") + distance("name", b); d > far {
				t.Fatalf("from %q to %q it is %d, by way of name %d", a, b, d, far)
			}
		}
	}
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Minute: "1m", 10 * time.Minute: "10m", time.Hour: "1h", 10 * time.Hour: "10h", 90 * time.Minute: "1h30m",
		70 * time.Minute: "1h10m", 24 * time.Hour: "24h", 100 * time.Hour: "100h", 10 * time.Second: "10s",
	} {
		if got := brief(d); got != want {
			t.Errorf("%d seconds are %s, want %s", int(d.Seconds()), got, want)
		}
	}
}

// Whatever stands in a mail's envelope, a recipient belongs to one brand or none, in folded form as well as in its own.
func FuzzRoute(f *testing.F) {
	for _, s := range []string{"care@acme.example", "CARE+x@acme.example.", "r+t@reply.acme.example", "a@b@c", "@", "\"a@b\"@acme.example", "x@ÄCME.example"} {
		f.Add(s)
	}
	b := &Brand{Addresses: []string{"care@acme.example"}, Domains: []string{"acme.example"}, ReplyDomain: "reply.acme.example"}
	p := &Policy{Brands: []*Brand{b}}
	f.Fuzz(func(t *testing.T, recipient string) {
		got, how := p.Route(recipient)
		if (got == b) != (how != None) {
			t.Fatalf("%q goes to %v by %s", recipient, got, how)
		}
		if _, again := p.Route(Fold(recipient)); again != how {
			t.Fatalf("%q goes by %s, and folded by %s", recipient, how, again)
		}
		if own := p.Own(recipient); own != (how != None) {
			t.Fatalf("%q goes by %s and is our own: %v", recipient, how, own)
		}
	})
}
