package webhook

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The vector that Svix publishes for the scheme.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTime      = 1614265330
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

const otherSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func secrets(t testing.TB, texts ...string) Secrets {
	t.Helper()
	s, err := ParseSecrets(texts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func vector() http.Header {
	return http.Header{HeaderID: {vectorID}, HeaderTimestamp: {fmt.Sprint(vectorTime)}, HeaderSignature: {vectorSignature}}
}

func TestSignVector(t *testing.T) {
	h, err := secrets(t, vectorSecret).Sign(vectorID, time.Unix(vectorTime, 999), []byte(vectorBody))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range vector() {
		if got := h.Get(name); got != want[0] {
			t.Errorf("%s: %q, want %q", name, got, want[0])
		}
	}
}

func TestSignRefuses(t *testing.T) {
	good := secrets(t, vectorSecret)
	for _, c := range []struct {
		name    string
		secrets Secrets
		id      string
	}{
		{"no secret", nil, "a"}, {"zero secret", Secrets{{}}, "a"}, {"no id", good, ""}, {"full stop in id", good, "a.b"},
		{"line break in id", good, "a\r\nb"}, {"long id", good, strings.Repeat("a", 201)},
	} {
		if h, err := c.secrets.Sign(c.id, time.Unix(0, 0), nil); err == nil {
			t.Errorf("%s: signed as %v", c.name, h)
		}
	}
}

func TestParseSecret(t *testing.T) {
	of := func(n int) string { return "whsec_" + strings.TrimRight(b64(bytes.Repeat([]byte{0xfb}, n)), "=") }
	for _, c := range []struct{ name, text, says string }{
		{"24 bytes", of(24), ""}, {"64 bytes", of(64), ""}, {"padded", "whsec_" + b64(make([]byte, 32)), ""}, {"with a line break", otherSecret + "\n", ""},
		{"23 bytes", of(23), "23 bytes"}, {"65 bytes", of(65), "65 bytes"}, {"empty", "", "whsec_"}, {"no prefix", of(24)[6:], "whsec_"},
		{"no base64", "whsec_%%%%", "base64"}, {"URL's alphabet", strings.ReplaceAll(of(24), "+", "-"), "base64"}, {"a public key", "whpk_" + of(32)[6:], "whsec_"},
	} {
		_, err := ParseSecret(c.text)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: error %v does not say %q", c.name, err, c.says)
		case err != nil && len(c.text) > 12 && strings.Contains(err.Error(), c.text[6:]):
			t.Errorf("%s: the error repeats the secret", c.name)
		}
	}
	for _, n := range []int{0, 5} {
		if _, err := ParseSecrets(make([]string, n)); err == nil {
			t.Errorf("%d secrets were taken", n)
		}
	}
	if _, err := ParseSecrets([]string{otherSecret, "x"}); err == nil || !strings.Contains(err.Error(), "secret 2") {
		t.Errorf("error %v does not say which secret", err)
	}
}

func TestNewSecretCanBeParsed(t *testing.T) {
	text, err := NewSecret(bytes.NewReader(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	if s := secrets(t, text); len(s[0].key) != 32 {
		t.Errorf("%d bytes", len(s[0].key))
	}
	if _, err := NewSecret(bytes.NewReader(nil)); err == nil {
		t.Error("a secret was made of no randomness")
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	s := secrets(t, vectorSecret)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, s[0]); got != "whsec_…" {
			t.Errorf("%s prints %q", verb, got)
		}
		if got := fmt.Sprintf(verb, s); strings.Contains(got, "MfKQ") || strings.Contains(got, "49") {
			t.Errorf("%s of the list prints %q", verb, got)
		}
	}
}

func TestVerify(t *testing.T) {
	at := time.Unix(vectorTime, 0)
	set := func(name, value string) func(http.Header) { return func(h http.Header) { h[name] = []string{value} } }
	good := func(http.Header) {}
	for _, c := range []struct {
		name   string
		change func(http.Header)
		now    time.Time
		reason Reason // "" when it is believed
		header string
	}{
		{"the vector", good, at, "", ""},
		{"five minutes later", good, at.Add(Tolerance), "", ""},
		{"five minutes earlier", good, at.Add(-Tolerance), "", ""},
		{"a second too late", good, at.Add(Tolerance + time.Second), Stale, HeaderTimestamp},
		{"a second too early", good, at.Add(-Tolerance - time.Second), Stale, HeaderTimestamp},
		{"years later", good, at.AddDate(5, 0, 0), Stale, HeaderTimestamp},
		{"several signatures", set(HeaderSignature, "v1,"+b64(make([]byte, 32))+" v1a,xyz  "+vectorSignature), at, "", ""},
		{"only others' signatures", set(HeaderSignature, "v1,"+b64(make([]byte, 32))), at, Wrong, ""},
		{"another version", set(HeaderSignature, "v2"+vectorSignature[2:]), at, Malformed, HeaderSignature},
		{"half a signature", set(HeaderSignature, vectorSignature[:20]), at, Malformed, HeaderSignature},
		{"nine signatures", set(HeaderSignature, strings.Repeat(vectorSignature+" ", 9)), at, Malformed, HeaderSignature},
		{"no id", func(h http.Header) { h.Del(HeaderID) }, at, Missing, HeaderID},
		{"no timestamp", func(h http.Header) { h.Del(HeaderTimestamp) }, at, Missing, HeaderTimestamp},
		{"no signature", func(h http.Header) { h.Del(HeaderSignature) }, at, Missing, HeaderSignature},
		{"empty signature", set(HeaderSignature, ""), at, Missing, HeaderSignature},
		{"two ids", func(h http.Header) { h.Add(HeaderID, vectorID) }, at, Malformed, HeaderID},
		{"another id", set(HeaderID, vectorID+"x"), at, Wrong, ""},
		{"full stop in the id", set(HeaderID, "a.b"), at, Malformed, HeaderID},
		{"space in the id", set(HeaderID, "a b"), at, Malformed, HeaderID},
		{"long id", set(HeaderID, strings.Repeat("a", 257)), at, Malformed, HeaderID},
		{"another time", set(HeaderTimestamp, "1614265331"), at, Wrong, ""},
		{"signed time", set(HeaderTimestamp, "+1614265330"), at, Malformed, HeaderTimestamp},
		{"time in words", set(HeaderTimestamp, "now"), at, Malformed, HeaderTimestamp},
		{"endless time", set(HeaderTimestamp, "9999999999999999999999"), at, Malformed, HeaderTimestamp},
		{"wrong and stale tells only wrong", set(HeaderTimestamp, "1"), at, Wrong, ""},
	} {
		h := vector()
		c.change(h)
		id, err := secrets(t, vectorSecret).Verify(h, []byte(vectorBody), c.now)
		var r *Refusal
		switch {
		case c.reason == "" && (err != nil || id != vectorID):
			t.Errorf("%s: id %q, error %v", c.name, id, err)
		case c.reason != "" && (!errors.As(err, &r) || r.Reason != c.reason || r.Header != c.header || id != "" || r.Error() == ""):
			t.Errorf("%s: id %q, error %v, want %s %s", c.name, id, err, c.reason, c.header)
		}
	}
}

func TestVerifyHeaderNames(t *testing.T) {
	at := time.Unix(vectorTime, 0)
	stamp := fmt.Sprint(vectorTime)
	for _, c := range []struct {
		name   string
		header http.Header
		ok     bool
	}{
		{"lower case", http.Header{"webhook-id": {vectorID}, "webhook-timestamp": {stamp}, "webhook-signature": {vectorSignature}}, true},
		{"upper case", http.Header{"WEBHOOK-ID": {vectorID}, "WEBHOOK-TIMESTAMP": {stamp}, "WEBHOOK-SIGNATURE": {vectorSignature}}, true},
		{"Svix's", http.Header{"svix-id": {vectorID}, "Svix-Timestamp": {stamp}, "svix-signature": {vectorSignature}}, true},
		{"mixed families", http.Header{"svix-id": {vectorID}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {vectorSignature}}, false},
		{"one name in two cases", http.Header{"Webhook-Id": {vectorID}, "webhook-id": {"other"}, "webhook-timestamp": {stamp}, "webhook-signature": {vectorSignature}}, false},
		{"none", nil, false},
	} {
		if _, err := secrets(t, vectorSecret).Verify(c.header, []byte(vectorBody), at); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestTamper changes each bit of what is signed and of the signature: nothing but the original is believed.
func TestTamper(t *testing.T) {
	s, at := secrets(t, vectorSecret), time.Unix(vectorTime, 0)
	for i := range len(vectorBody) * 8 {
		body := []byte(vectorBody)
		body[i/8] ^= 1 << (i % 8)
		if _, err := s.Verify(vector(), body, at); err == nil {
			t.Fatalf("believed with bit %d of the body changed", i)
		}
	}
	for _, name := range []string{HeaderID, HeaderTimestamp, HeaderSignature} {
		text := vector().Get(name)
		for i := range len(text) * 8 {
			b := []byte(text)
			b[i/8] ^= 1 << (i % 8)
			h := vector()
			h[name] = []string{string(b)}
			if _, err := s.Verify(h, []byte(vectorBody), at); err == nil {
				t.Fatalf("believed with bit %d of %s changed to %q", i, name, b)
			}
		}
	}
	for _, body := range []string{"", vectorBody + " ", vectorBody[1:]} {
		if _, err := s.Verify(vector(), []byte(body), at); err == nil {
			t.Errorf("believed the body %q", body)
		}
	}
}

func TestRotation(t *testing.T) {
	at, body := time.Unix(vectorTime, 0), []byte(vectorBody)
	former, both, next := secrets(t, vectorSecret), secrets(t, vectorSecret, otherSecret), secrets(t, otherSecret)
	for _, c := range []struct {
		name         string
		sign, verify Secrets
		ok           bool
	}{
		{"before", former, former, true}, {"ours has both, theirs the former", former, both, true}, {"ours has both, theirs the next", next, both, true},
		{"the first signs", both, former, true}, {"the second does not sign", both, next, false}, {"the former is over", former, next, false},
		{"nothing in force", former, nil, false}, {"a zero secret verifies nothing", former, Secrets{{}}, false},
	} {
		h, err := c.sign.Sign("m1", at, body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.verify.Verify(h, body, at); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestZeroSecret: its key is empty, so anybody could sign with it.
func TestZeroSecret(t *testing.T) {
	h, body := vector(), []byte(vectorBody)
	h.Set(HeaderSignature, "v1,"+b64(Secret{}.sum(vectorID, fmt.Sprint(vectorTime), body)))
	for _, s := range []Secrets{nil, {{}}, append(secrets(t, otherSecret), Secret{})} {
		if _, err := s.Verify(h, body, time.Unix(vectorTime, 0)); err == nil {
			t.Errorf("%d secrets believe a signature with the empty key", len(s))
		}
	}
}

// FuzzVerify holds Verify against the other half of the package: what is believed must be exactly what Sign makes of the same three parts.
func FuzzVerify(f *testing.F) {
	f.Add(vectorID, fmt.Sprint(vectorTime), vectorSignature, []byte(vectorBody))
	f.Add("a.b", "1", "v1,", []byte("{}"))
	f.Add("", "-1", "v1,AAAA v1", []byte(nil))
	f.Add("x", "1614265330", strings.Repeat("v1,x ", 20), []byte{0xff})
	s := secrets(f, vectorSecret, otherSecret)
	f.Fuzz(func(t *testing.T, id, stamp, signature string, body []byte) {
		h := http.Header{HeaderID: {id}, HeaderTimestamp: {stamp}, HeaderSignature: {signature}}
		got, err := s.Verify(h, body, time.Unix(vectorTime, 0))
		if err != nil {
			return
		}
		a, b := "v1,"+b64(s[0].sum(id, stamp, body)), "v1,"+b64(s[1].sum(id, stamp, body))
		if got != id || !strings.Contains(signature, a) && !strings.Contains(signature, b) {
			t.Fatalf("believed %q %q %q", id, stamp, signature)
		}
	})
}
