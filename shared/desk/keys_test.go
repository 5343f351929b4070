package desk

import (
	"strings"
	"testing"
)

func keys(t *testing.T, secret string) Keys {
	t.Helper()
	k, err := NewKeys([]byte(strings.Repeat(secret, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeysAreDerivedAndSecret(t *testing.T) {
	a, b := keys(t, "a"), keys(t, "b")
	if again := keys(t, "a").Message("acme", "email", "x"); again != a.Message("acme", "email", "x") {
		t.Error("the same message has two keys")
	}
	same := map[string]bool{}
	for _, id := range []string{
		a.Message("acme", "email", "x"), b.Message("acme", "email", "x"), a.Message("acm", "eemail", "x"), a.Message("acme", "emailx", ""),
		a.Contact("acme", "email", "x"), a.Conversation("acme", "email", "x", ""), a.Conversation("acme", "email", "", "x"), a.Budget("acme", "x"),
	} {
		if same[id] || len(id) != 16 {
			t.Errorf("id %q is not its own or not 16 characters", id)
		}
		same[id] = true
	}
	if a.Contact("acme", "email", "Mira@Customer.Example") != a.Contact("acme", "email", "mira@customer.example") {
		t.Error("upper case makes another contact")
	}
	if _, err := NewKeys(make([]byte, 31)); err == nil {
		t.Error("a short secret was taken")
	}
}

func TestTokenNamesItsConversationAndNothingElse(t *testing.T) {
	k := keys(t, "a")
	conv := k.Conversation("acme", "email", "id", "mira@customer.example")
	token := k.Token("acme", conv)
	if len(token) > 64 || strings.ToLower(token) != token {
		t.Fatalf("token %q: at most 64 octets, lower case", token)
	}
	if got := k.Conversed("acme", strings.ToUpper(token)); got != conv {
		t.Fatalf("token leads to %q, want %q", got, conv)
	}
	if got := k.Conversed("other", token); got != "" {
		t.Errorf("another brand accepts the token: %q", got)
	}
	if got := keys(t, "b").Conversed("acme", token); got != "" {
		t.Errorf("another secret accepts the token: %q", got)
	}
	for i := range token {
		forged := []byte(token)
		forged[i] ^= 1
		if got := k.Conversed("acme", string(forged)); got != "" {
			t.Errorf("token with byte %d changed leads to %q", i, got)
		}
	}
}

func FuzzConversed(f *testing.F) {
	k, err := NewKeys([]byte(strings.Repeat("k", 32)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(k.Token("acme", "aaaaaaaaaaaaaaaa"))
	f.Add("r+a")
	f.Add("R+A" + strings.Repeat("é", 16))
	f.Fuzz(func(t *testing.T, local string) {
		c := k.Conversed("acme", local)
		if c != "" && k.Token("acme", c) != strings.ToLower(local) {
			t.Fatalf("%q accepted as %q", local, c)
		}
	})
}
