package webpush

import (
	"crypto/ecdh"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/pushservice"
	"pronto/shared/channel"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func now() time.Time { return noon }

func raw(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64url(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The example of RFC 8291, section 5.
func TestTheStandardsExampleIsSealedAsItSays(t *testing.T) {
	own, err := ecdh.P256().NewPrivateKey(raw(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	to := Subscription{
		Public: raw(t, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"), Auth: raw(t, "BTBZMqHH6r4Tts7J_aSIgg"),
	}
	got, err := sealWith([]byte("When I grow up, I want to be a watermelon"), 0, to, own, raw(t, "DGv6ra1nlYgDCS1FRnbzlw"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if encode(got) != want {
		t.Errorf("%s\nwant\n%s", encode(got), want)
	}
}

func rig(t *testing.T) (*Client, *pushservice.Service, Key) {
	t.Helper()
	s := pushservice.New(now)
	t.Cleanup(s.Close)
	key, err := KeyOf([]byte("a secret of the desk"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Services{Local: []string{s.Host()}}, key, "https://desk.acme.example", now)
	if err != nil {
		t.Fatal(err)
	}
	return c, s, key
}

func TestAPushIsProvedSealedAndOfOneSize(t *testing.T) {
	c, s, key := rig(t)
	b := s.Subscribe(key.Public())
	to, err := Parse(b.Endpoint, b.Public, b.Auth)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"short", strings.Repeat("long ", 300)} {
		if err := c.Send(t.Context(), to, Push{Payload: []byte(said), Topic: "conversation-1", Life: 10 * time.Minute}); err != nil {
			t.Fatal(err, s.Wrong())
		}
	}
	got := s.Took(b)
	if len(got) != 2 || got[0].Plain != "short" || got[0].Sealed != got[1].Sealed || got[0].Topic != "conversation-1" || got[0].Urgency != "high" || got[0].TTL != 10*time.Minute || got[0].Contact != "https://desk.acme.example" {
		t.Errorf("%+v", got)
	}
	if err := c.Send(t.Context(), to, Push{Payload: make([]byte, maxPayload+1)}); !channel.IsPermanent(err) || s.Asked(b) != 2 {
		t.Errorf("too long a payload: %v", err)
	}
	other, err := KeyOf([]byte("another secret"))
	if err != nil || other.Public() == key.Public() || other.Mark() == key.Mark() {
		t.Fatal("the same key of another secret", err)
	}
	strange := s.Subscribe(other.Public())
	to, _ = Parse(strange.Endpoint, strange.Public, strange.Auth)
	if err := c.Send(t.Context(), to, Push{Payload: []byte("x")}); !channel.IsPermanent(err) || errors.Is(err, ErrGone) {
		t.Errorf("a browser that subscribed under another key: %v", err)
	}
}

// What an answer means is what channel.Sender says.
func TestFates(t *testing.T) {
	c, s, key := rig(t)
	b := s.Subscribe(key.Public())
	to, _ := Parse(b.Endpoint, b.Public, b.Auth)
	for _, x := range []struct {
		status      int
		after       string
		fate        string
		rest        time.Duration
		unsubscribe bool
	}{
		{404, "", "permanent", 0, true}, {410, "", "permanent", 0, true}, {400, "", "permanent", 0, false}, {403, "", "permanent", 0, false}, {413, "", "permanent", 0, false},
		{429, "120", "unsent", 2 * time.Minute, false}, {429, "", "unsent", 0, false}, {503, noon.Add(time.Minute).Format(http.TimeFormat), "unsent", time.Minute, false},
		{500, "999999999999", "unsent", time.Hour, false}, {503, "86400", "unsent", time.Hour, false}, {503, "-5", "unsent", 0, false}, {503, "soon", "unsent", 0, false}, {302, "", "unsent", 0, false},
	} {
		s.Answers(b, x.status, x.after)
		err := c.Send(t.Context(), to, Push{Payload: []byte("x")})
		fate := "open"
		if channel.IsPermanent(err) {
			fate = "permanent"
		} else if channel.IsUnsent(err) {
			fate = "unsent"
		}
		var later *Later
		rest := time.Duration(0)
		if errors.As(err, &later) {
			rest = later.Until.Sub(noon)
		}
		if fate != x.fate || rest != x.rest || errors.Is(err, ErrGone) != x.unsubscribe {
			t.Errorf("%d, Retry-After %q: %s, rests %v, %v", x.status, x.after, fate, rest, err)
		}
	}
	if wrong := s.Wrong(); len(wrong) > 0 {
		t.Error(wrong)
	}
}

func TestOnlyPushServicesAreSpokenTo(t *testing.T) {
	s := Services{Hosts: []string{"push.acme.example"}, Local: []string{"127.0.0.1:9000"}}
	for endpoint, ok := range map[string]bool{
		"https://fcm.googleapis.com/fcm/send/abc": true, "https://updates.push.services.mozilla.com/wpush/v2/abc": true, "https://web.push.apple.com/abc": true,
		"https://db5p.notify.windows.com/w/?token=abc": true, "https://push.acme.example/x": true, "http://127.0.0.1:9000/x": true, "https://FCM.googleapis.com/x": true,
		"http://fcm.googleapis.com/x": false, "https://169.254.169.254/latest": false, "https://evil.example/fcm.googleapis.com": false, "https://fcm.googleapis.com.evil.example/": false,
		"https://evilfcm.googleapis.com/": false, "https://push.services.mozilla.com.evil.example/": false, "https://user@fcm.googleapis.com/": false, "": false, "ftp://fcm.googleapis.com/": false,
		"http://127.0.0.1:9001/x": false, "https://x.push.acme.example/": false,
	} {
		if err := s.Check(endpoint); (err == nil) != ok {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
	// A name of a known service that leads to no public address is refused when the connection is made: the rule book may name one that does.
	c, err := New(Services{Hosts: []string{"127.0.0.1"}}, Key{}, "", now)
	if err != nil {
		t.Fatal(err)
	}
	c.key, _ = KeyOf([]byte("x"))
	good := "https://127.0.0.1/x"
	b := pushservice.New(now)
	t.Cleanup(b.Close)
	to, err := Parse(good, b.Subscribe(c.key.Public()).Public, "AAAAAAAAAAAAAAAAAAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), to, Push{}); !channel.IsUnsent(err) {
		t.Errorf("an address of this machine: %v", err)
	}
}

func TestWhatIsNoSubscriptionIsRefused(t *testing.T) {
	key := "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
	const at, auth = "https://fcm.googleapis.com/fcm/send/abc", "BTBZMqHH6r4Tts7J_aSIgg"
	if _, err := Parse(at, key+"=", auth+"=="); err != nil {
		t.Errorf("with padding: %v", err)
	}
	for field, x := range map[string][3]string{
		"endpoint": {"not an address", key, auth}, "p256dh": {at, key[:40], auth}, "auth": {at, key, "AAAA"},
	} {
		if _, err := Parse(x[0], x[1], x[2]); err == nil || !strings.HasPrefix(err.Error(), field+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
	off := []byte(encode(append([]byte{4}, slices.Repeat([]byte{1}, 64)...))) // on no curve
	if _, err := Parse(at, string(off), auth); err == nil {
		t.Error("a key that is on no curve")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("https://fcm.googleapis.com/fcm/send/abc", "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg")
	f.Add("http://[::1%25eth0]/", "AA", "")
	f.Fuzz(func(t *testing.T, endpoint, key, auth string) {
		s, err := Parse(endpoint, key, auth)
		if err != nil {
			if strings.Contains(err.Error(), endpoint) && len(endpoint) > 20 {
				t.Error("the error repeats what was posted")
			}
			return
		}
		if _, err := seal([]byte("x"), s); err != nil {
			t.Errorf("what was taken cannot be sealed for: %v", err)
		}
		_ = Services{}.Check(endpoint)
	})
}
