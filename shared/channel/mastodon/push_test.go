package mastodon

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"pronto/infra/local/fediverse"
	"pronto/shared/channel/webhook"
)

// fromRFC makes an opener of keys as RFCs print them.
func fromRFC(t *testing.T, private, auth string) *opener {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	o, err := Subscription{Endpoint: "https://push.example/x", Private: private, Auth: auth, ServerKey: base64.RawURLEncoding.EncodeToString(public)}.opener("")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// RFC 8291, section 5 and appendix A.
func TestVectorOfRFC8291(t *testing.T) {
	o := fromRFC(t, "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "BTBZMqHH6r4Tts7J_aSIgg")
	body, err := base64.RawURLEncoding.DecodeString("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
	if err != nil {
		t.Fatal(err)
	}
	got, err := o.open(http.Header{"Content-Encoding": {"aes128gcm"}}, body)
	if err != nil || string(got) != "When I grow up, I want to be a watermelon" {
		t.Errorf("%q, %v", got, err)
	}
	for i := range body {
		broken := bytes.Clone(body)
		broken[i] ^= 1
		if got, err := o.open(http.Header{"Content-Encoding": {"aes128gcm"}}, broken); err == nil && (i < 16 || i > 19) { // of the size, only what is too small matters
			t.Errorf("byte %d may be another: %q", i, got)
		}
		if _, err := o.open(http.Header{"Content-Encoding": {"aes128gcm"}}, body[:i]); err == nil {
			t.Errorf("%d bytes are enough", i)
		}
	}
}

// The example of draft-ietf-httpbis-encryption-encoding-02 with an auth secret, which is the scheme of draft-ietf-webpush-encryption-04.
func TestVectorOfTheDraft(t *testing.T) {
	o := fromRFC(t, "9FWl15_QUQAWDaD3k3l50ZBZQJ4au27F1V4F0uLSD_M", base64.RawURLEncoding.EncodeToString([]byte("Goo goo g' joob!")))
	body, err := hex.DecodeString("ea7a80414304f2136ac39277925f1ca55549ca55ca62a64e7ac7991bc52e78aa40")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{
		"Content-Encoding": {"aesgcm"}, "Encryption": {`keyid="dhkey"; salt="lngarbyKfMoi9Z75xYXmkg"`},
		"Crypto-Key": {`keyid="dhkey"; dh="BNoRDbb84JGm8g5Z5CFxurSqsXWJ11ItfXEWYVLE85Y7CYkDjXsIEc4aqxYaQ1G8BqkXCJ6DPpDrWtdWj_mugHU"`},
	}
	got, err := o.open(h, body)
	if err != nil || string(got) != "I am the walrus" {
		t.Errorf("%q, %v", got, err)
	}
	for i := range body {
		broken := bytes.Clone(body)
		broken[i] ^= 1
		if _, err := o.open(h, broken); err == nil {
			t.Errorf("byte %d may be another", i)
		}
	}
}

// webpush-go, which GoToSocial sends with, is believed.
func TestWebpushGoIsBelieved(t *testing.T) {
	private, public, err := webpush.GenerateVAPIDKeys()
	if err != nil {
		t.Fatal(err)
	}
	var got *http.Request
	var body []byte
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}))
	defer s.Close()
	sub, err := newSubscription(s.URL+"/hooks/mastodon/x", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := sub.public()
	if err != nil {
		t.Fatal(err)
	}
	sub.ServerKey = public
	for _, size := range []uint32{0, 2048} {
		answer, err := webpush.SendNotification([]byte(`{"access_token":"x","notification_id":"01KAR5X3AAAAAAAAAAAAAAAAAA","notification_type":"mention"}`),
			&webpush.Subscription{Endpoint: sub.Endpoint, Keys: webpush.Keys{Auth: sub.Auth, P256dh: key}},
			&webpush.Options{VAPIDPublicKey: public, VAPIDPrivateKey: private, Subscriber: "https://gts.example", TTL: 172800, RecordSize: size})
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		o, err := sub.opener("")
		if err != nil {
			t.Fatal(err)
		}
		if err := o.at(time.Now)(got.Header, body); err != nil {
			t.Errorf("records of %d: %v", size, err)
		}
	}
}

// pushed is a push of a server's, and the line that it is for.
func pushed(t *testing.T, o fediverse.Options) (p *place, r *http.Request, body []byte) {
	t.Helper()
	var got *http.Request
	o.Push = func(r *http.Request) int { got = r; return http.StatusCreated }
	p = double(t, o)
	sub, err := p.connecting().Subscribe(t.Context(), p.base, p.token, "https://desk.example/hooks/mastodon/3f1b", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.open(&sub)
	p.says("@" + p.handle + " hello")
	if got == nil {
		t.Fatal("nothing was pushed")
	}
	if body, err = io.ReadAll(got.Body); err != nil {
		t.Fatal(err)
	}
	return p, got, body
}

func TestPushesOfEachServer(t *testing.T) {
	for name, o := range map[string]fediverse.Options{"mastodon": {}, "mastodon before 4.4": {Legacy: true}, "gotosocial": {Dialect: fediverse.GoToSocial}} {
		p, r, body := pushed(t, o)
		if err := p.l.Push(r.Header, body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := p.polls(); len(got) != 1 {
			t.Errorf("%s: the poll that follows brings %d", name, len(got))
		}
		if s, err := p.l.Check(t.Context()); err != nil || s.Handle != p.handle {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
}

// A server ends a subscription whose endpoint refused, while the desk was rolled out wrongly, say. Within an hour it pushes again, under the same keys.
func TestPushesThatEndedBeginAgain(t *testing.T) {
	refuse := false
	var last *http.Request
	p := double(t, fediverse.Options{Push: func(r *http.Request) int {
		if refuse {
			return http.StatusNotFound
		}
		last = r
		return http.StatusCreated
	}})
	sub, err := p.connecting().Subscribe(t.Context(), p.base, p.token, "https://desk.example/hooks/mastodon/3f1b", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.open(&sub)
	refuse = true
	p.says("@" + p.handle + " hello")
	p.one()
	refuse = false
	p.says("@" + p.handle + " is anybody there?")
	p.one()
	if _, err := p.l.Check(t.Context()); !errors.Is(err, ErrUnsubscribed) || last != nil {
		t.Errorf("the subscription has not ended: %v", err)
	}
	p.clock.turn(time.Hour + time.Minute)
	p.polls()
	p.says("@" + p.handle + " thank you")
	if last == nil {
		t.Fatal("nothing is pushed")
	}
	body, err := io.ReadAll(last.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.l.Push(last.Header, body); err != nil {
		t.Error(err)
	}
	before := len(p.double.Calls())
	p.one()
	p.polls()
	for _, c := range p.double.Calls()[before:] {
		if strings.Contains(c, "push") {
			t.Errorf("asked again: %s", c)
		}
	}
}

// The desk's address for pushes has changed. The server hears of the new one by itself, and what it still pushes to the former is believed; where it will not hear it is told
// again. The end of the address, which is nobody's to know, lies nowhere but in the secret.
func TestPushesFollowTheDesk(t *testing.T) {
	const former, moved = "https://desk.example/hooks/mastodon/3f1b", "https://hooks.example/hooks/mastodon/3f1b"
	var last *http.Request
	p := double(t, fediverse.Options{Push: func(r *http.Request) int { last = r; return http.StatusCreated }})
	sub, err := p.connecting().Subscribe(t.Context(), p.base, p.token, former, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.openAt(&sub, moved)
	pushed := func(text, to string) {
		t.Helper()
		p.says("@" + p.handle + " " + text)
		body, err := io.ReadAll(last.Body)
		if err != nil || last.URL.String() != to {
			t.Fatalf("it was pushed to %s, %v, want %s", last.URL, err, to)
		}
		if err := p.l.Push(last.Header, body); err != nil {
			t.Errorf("pushed to %s: %v", to, err)
		}
		p.one()
	}
	told := func() (n int) {
		for _, c := range p.double.Calls() {
			if strings.Contains(c, "push") {
				n++
			}
		}
		return n
	}
	pushed("hello", former)
	p.double.Break(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "push") {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	p.clock.turn(askSoon)
	p.polls()
	pushed("is anybody there?", former)
	p.double.Break(nil)
	p.clock.turn(askSoon)
	p.polls()
	pushed("thank you", moved)
	n := told()
	p.clock.turn(2 * askSoon)
	p.polls()
	if told() != n {
		t.Error("it knows, and is asked again")
	}
	p.clock.turn(askEvery)
	p.polls()
	if told() != n+1 {
		t.Errorf("an hour later it is asked %d times", told()-n)
	}
	pushed("and again", moved)
	if strings.Contains(string(p.at), "3f1b") || !strings.Contains(string(p.at), `"at":"https://hooks.example"`) {
		t.Errorf("the cursor has %s", p.at)
	}
}

func reason(err error) webhook.Reason {
	var r *webhook.Refusal
	if !errors.As(err, &r) {
		return ""
	}
	return r.Reason
}

// Forged, replayed elsewhere, stale, oversized: each is refused, and says why to nobody but the ledger.
func TestPushesThatAreNotBelieved(t *testing.T) {
	for _, o := range []fediverse.Options{{}, {Legacy: true}} {
		p, r, body := pushed(t, o)
		other, foreign, sealed := pushed(t, o)
		for _, c := range []struct {
			name   string
			change func(http.Header) []byte
			want   webhook.Reason
		}{
			{"nothing", func(http.Header) []byte { return body }, ""},
			{"nobody signs", func(h http.Header) []byte { h.Del("Authorization"); return body }, webhook.Missing},
			{"another scheme", func(h http.Header) []byte { h.Set("Authorization", "Bearer x"); return body }, webhook.Malformed},
			{"no key", func(h http.Header) []byte { h.Set("Authorization", "vapid t=x"); return body }, webhook.Malformed},
			{"an enormous proof", func(h http.Header) []byte {
				h.Set("Authorization", "vapid t="+strings.Repeat("x", 5000)+",k=y")
				return body
			}, webhook.Malformed},
			{"another server's", func(h http.Header) []byte {
				for k := range foreign.Header {
					h[k] = foreign.Header[k]
				}
				return sealed
			}, webhook.Wrong},
			{"sealed by a stranger", func(http.Header) []byte { return sealed }, webhook.Wrong},
			{"no body", func(http.Header) []byte { return nil }, webhook.Wrong},
			{"a body in clear", func(http.Header) []byte { return []byte(`{"notification_id":1}`) }, webhook.Wrong},
			{"no encoding", func(h http.Header) []byte { h.Del("Content-Encoding"); return body }, webhook.Missing},
			{"another encoding", func(h http.Header) []byte { h.Set("Content-Encoding", "gzip"); return body }, webhook.Malformed},
			{"too large", func(http.Header) []byte { return make([]byte, MaxPush+1) }, webhook.Malformed},
		} {
			h := r.Header.Clone()
			if err := p.l.Push(h, c.change(h)); reason(err) != c.want || (err == nil) != (c.want == "") {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
		}
		if err := other.l.Push(r.Header, body); reason(err) != webhook.Wrong {
			t.Errorf("a push for another account: %v", err)
		}
		p.clock.turn(25 * time.Hour)
		if err := p.l.Push(r.Header, body); reason(err) != webhook.Stale {
			t.Errorf("a day later: %v", err)
		}
		p.clock.turn(-50 * time.Hour)
		if err := p.l.Push(r.Header, body); reason(err) != webhook.Stale {
			t.Errorf("a day before: %v", err)
		}
	}
}

// signed makes a proof as RFC 8292 has it, with whatever head and claims.
func signed(t *testing.T, key *ecdsa.PrivateKey, head, claims string) string {
	t.Helper()
	enc := base64.RawURLEncoding.EncodeToString
	text := enc([]byte(head)) + "." + enc([]byte(claims))
	r, s := sign(t, key, text)
	raw := make([]byte, 64)
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:])
	return text + "." + enc(raw)
}

func TestClaims(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	k := base64.RawURLEncoding.EncodeToString(public)
	v, err := newVAPID(k, "https://Desk.example:443/hooks/mastodon/x", "", "https://hooks.example/hooks/mastodon/x")
	if err != nil {
		t.Fatal(err)
	}
	const head = `{"typ":"JWT","alg":"ES256"}`
	exp := func(d time.Duration) string { b, _ := json.Marshal(monday.Add(d).Unix()); return string(b) }
	good := `{"aud":"https://desk.example","exp":` + exp(time.Hour) + `,"sub":"mailto:admin@social.example"}`
	for _, c := range []struct {
		name, head, claims string
		want               webhook.Reason
	}{
		{"right", head, good, ""},
		{"for where the desk is now", head, strings.Replace(good, "desk.", "hooks.", 1), ""},
		{"nobody to ask", head, `{"aud":"https://desk.example","exp":` + exp(time.Hour) + `}`, ""},
		{"a page to ask at", head, strings.Replace(good, "mailto:admin@", "https://", 1), ""},
		{"somebody odd to ask", head, strings.Replace(good, "mailto:", "tel:", 1), webhook.Wrong},
		{"for another", head, strings.Replace(good, "desk.", "evil.", 1), webhook.Wrong},
		{"for another port", head, strings.Replace(good, "desk.example", "desk.example:8443", 1), webhook.Wrong},
		{"for nobody", head, `{"exp":` + exp(time.Hour) + `}`, webhook.Wrong},
		{"for ever", head, `{"aud":"https://desk.example"}`, webhook.Wrong},
		{"for years", head, `{"aud":"https://desk.example","exp":` + exp(9000*time.Hour) + `}`, webhook.Stale},
		{"over", head, `{"aud":"https://desk.example","exp":` + exp(-6*time.Minute) + `}`, webhook.Stale},
		{"just over", head, `{"aud":"https://desk.example","exp":` + exp(-4*time.Minute) + `}`, ""},
		{"a day", head, `{"aud":"https://desk.example","exp":` + exp(24*time.Hour) + `}`, ""},
		{"no algorithm", `{"alg":"none"}`, good, webhook.Wrong},
		{"another algorithm", `{"alg":"HS256"}`, good, webhook.Wrong},
		{"what must be understood", `{"alg":"ES256","crit":["x"]}`, good, webhook.Wrong},
		{"no JSON", head, "x", webhook.Wrong},
		{"a list", head, `{"aud":["https://desk.example"],"exp":` + exp(time.Hour) + `}`, webhook.Wrong},
	} {
		h := http.Header{"Authorization": {"vapid t=" + signed(t, key, c.head, c.claims) + ", k=" + k}}
		if err := v.verify(h, monday); reason(err) != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.verify(http.Header{"Authorization": {"vapid t=" + signed(t, other, head, good) + ", k=" + k}}, monday); reason(err) != webhook.Wrong {
		t.Errorf("signed by another under the server's key: %v", err)
	}
}

func FuzzPush(f *testing.F) {
	sub, err := newSubscription("https://desk.example/x", rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	sub.ServerKey = base64.RawURLEncoding.EncodeToString(public)
	o, err := sub.opener("")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("vapid t=a.b.c,k=d", "aes128gcm", "", "", []byte("xxxxxxxxxxxxxxxx\x00\x00\x10\x00\x01x"))
	f.Add("WebPush a.b.c", "aesgcm", "salt=AAAAAAAAAAAAAAAAAAAAAA", "dh=x;p256ecdsa=y", []byte{})
	f.Fuzz(func(t *testing.T, authorization, encoding, encryption, keys string, body []byte) {
		h := http.Header{"Authorization": {authorization}, "Content-Encoding": {encoding}, "Encryption": {encryption}, "Crypto-Key": {keys}}
		if err := o.at(time.Now)(h, body); reason(err) == "" {
			t.Errorf("believed: %v", err)
		}
		if _, err := o.open(h, body); err == nil {
			t.Error("opened")
		}
	})
}
