package desk

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAPageTokenSaysWhoWasCalledToWhat(t *testing.T) {
	k, now := keys(t, "a"), time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	want := Paged{Ref: Ref{Brand: "acme-air", Conversation: "mzxw6ytboi3dsnzq"}, Agent: "ana", Expires: now.Add(PageLife)}
	token := k.PageToken(want)
	if url.PathEscape(token) != token || len(token) > 200 {
		t.Fatalf("token %q (%d) is no part of a path, or too long", token, len(token))
	}
	if got, ok := k.Paged(token, now); !ok || got != want {
		t.Fatalf("it says %+v, %v", got, ok)
	}
	if _, ok := k.Paged(token, want.Expires); ok {
		t.Error("it is good after its time")
	}
	if _, ok := keys(t, "b").Paged(token, now); ok {
		t.Error("another secret accepts it")
	}
	for i := range token {
		for _, c := range "aAz_-9\n" {
			forged := token[:i] + string(c) + token[i+1:]
			if _, ok := k.Paged(forged, now); ok && forged != token {
				t.Errorf("with %q at %d it is still good", c, i)
			}
		}
	}
	for _, bad := range []string{"", "a", "a" + strings.Repeat("A", 300), k.Token("acme-air", want.Conversation), token + "A", token[:len(token)-1]} {
		if _, ok := k.Paged(bad, now); ok {
			t.Errorf("%q is good", bad)
		}
	}
}

func TestAPageTokenOfTheLongestIds(t *testing.T) {
	k, now := keys(t, "a"), time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	id := strings.Repeat("x", 40)
	p := Paged{Ref: Ref{Brand: id, Conversation: id[:16]}, Agent: id, Expires: now.Add(PageLife)}
	if token := k.PageToken(p); len(token) > 200 {
		t.Errorf("%d characters", len(token))
	} else if got, ok := k.Paged(token, now); !ok || got != p {
		t.Errorf("%+v, %v", got, ok)
	}
}

func FuzzPaged(f *testing.F) {
	k, err := NewKeys([]byte(strings.Repeat("a", 32)))
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	f.Add(k.PageToken(Paged{Ref: Ref{Brand: "acme-air", Conversation: "c"}, Agent: "ana", Expires: now.Add(time.Hour)}))
	f.Add("a")
	f.Fuzz(func(t *testing.T, token string) {
		if p, ok := k.Paged(token, now); ok && k.PageToken(p) != token {
			t.Fatalf("%q is read as %+v, which is %q", token, p, k.PageToken(p))
		}
	})
}
