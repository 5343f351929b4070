package mail

import (
	"strings"
	"testing"
)

// A mail that was fetched from a mailbox is believed by the word of the server that the policy names, where that stands topmost, and by nothing else.
func TestWhatTheReceivingServerFound(t *testing.T) {
	const trust = "mx.acme.example"
	for name, c := range map[string]struct {
		head   string
		proved bool
	}{
		"DMARC passes":                       {"Authentication-Results: mx.acme.example;\n dmarc=pass (p=none dis=none) header.from=customer.example\n", true},
		"SPF passes for the same domain":     {"Authentication-Results: MX.acme.example 1; spf=pass (sender (ours) is good) smtp.mailfrom=b@mail.customer.example\n", true},
		"SPF names a domain alone":           {"Authentication-Results: mx.acme.example; spf=pass smtp.mailfrom=customer.example\n", true},
		"DKIM passes":                        {"Authentication-Results: mx.acme.example; dkim=pass header.d=customer.example\nDKIM-Signature: v=1; d=customer.example; s=a; b=c\n", true},
		"DKIM passes by its identity":        {"Authentication-Results: mx.acme.example; dkim = pass header.i=@customer.example\nDKIM-Signature: v=1; d=customer.example; s=a; b=c\n", true},
		"nothing":                            {"", false},
		"none was looked for":                {"Authentication-Results: mx.acme.example; none\n", false},
		"DMARC fails":                        {"Authentication-Results: mx.acme.example; dmarc=fail header.from=customer.example\n", false},
		"DMARC passes for another":           {"Authentication-Results: mx.acme.example; dmarc=pass header.from=evil.example\n", false},
		"DMARC passes for nobody":            {"Authentication-Results: mx.acme.example; dmarc=pass\n", false},
		"another server":                     {"Authentication-Results: mx.evil.example; dmarc=pass header.from=customer.example\n", false},
		"no server, as Exchange Online does": {"Authentication-Results: dmarc=pass header.from=customer.example\n", false},
		"the sender's, below another": {"Authentication-Results: other.example; none\n" +
			"Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example\n", false},
		"in a comment":           {"Authentication-Results: mx.acme.example; none (; dmarc=pass header.from=customer.example)\n", false},
		"in quotes":              {"Authentication-Results: mx.acme.example; spf=fail reason=\"; dmarc=pass header.from=customer.example\"\n", false},
		"SPF for another":        {"Authentication-Results: mx.acme.example; spf=pass smtp.mailfrom=b@evil.example\n", false},
		"one signature of two":   {"Authentication-Results: mx.acme.example; dkim=pass header.d=customer.example; dkim=fail header.d=customer.example\nDKIM-Signature: d=customer.example\n", false},
		"a signature of another": {"Authentication-Results: mx.acme.example; dkim=pass header.d=evil.example\nDKIM-Signature: d=evil.example\n", false},
		"two in From":            {"Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example\nFrom: x@evil.example\n", false},
	} {
		raw := []byte(strings.ReplaceAll("Return-Path: <b@bounce.example>\n"+c.head+"From: Mira <mira@customer.example>\nSubject: Bag\n\nWhere is it?\n", "\n", "\r\n"))
		m, err := Parse(raw, DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if got := Aligned(m, Delivered(raw, trust)); got != c.proved {
			t.Errorf("%s: proved %v, want %v: %+v", name, got, c.proved, Delivered(raw, trust))
		}
		if Aligned(m, Delivered(raw, "")) {
			t.Errorf("%s: proved although no server is trusted", name)
		}
	}
}

func TestTheReturnPathOfAFetchedMail(t *testing.T) {
	for head, want := range map[string]Silence{
		"Return-Path: <>\n": NullReturnPath, "Return-Path: <b@bounce.example>\n": Unauthenticated, "": Unauthenticated,
	} {
		raw := []byte(head + "From: Mira <mira@customer.example>\nSubject: Bag\n\nWhere is it?\n")
		m, err := Parse(raw, DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if got := Machine(m, Delivered(raw, ""), nil); got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}

// Whatever stands there, nothing is believed that the trusted server's name does not stand before.
func FuzzDelivered(f *testing.F) {
	f.Add("mx.acme.example; dmarc=pass header.from=customer.example")
	f.Add("mx.acme.example (a (b) \\) c); spf=pass smtp.mailfrom=\"a;b\"@c.example; dkim=pass/1 = x")
	f.Fuzz(func(t *testing.T, value string) {
		value = strings.NewReplacer("\r", "", "\n", "").Replace(value)
		raw := []byte("Authentication-Results: " + value + "\nFrom: mira@customer.example\n\nx\n")
		env := Delivered(raw, "mx.acme.example")
		judged := env.SPF != "" || env.DKIM != "" || env.DMARC != ""
		if judged && !strings.Contains(strings.ToLower(uncommented(value)), "mx.acme.example") {
			t.Errorf("%q is believed: %+v", value, env)
		}
	})
}
