package desk

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"strings"
)

// Keys derives ids from what providers and customers send. The same input gives the same id, so whatever must happen once has a natural key;
// without the secret an id tells nothing of the address or message behind it.
type Keys struct {
	secret []byte
}

// NewKeys returns Keys over a secret of at least 32 bytes.
func NewKeys(secret []byte) (Keys, error) {
	if len(secret) < 32 {
		return Keys{}, errors.New("the desk's secret has fewer than 32 bytes: make a longer one")
	}
	return Keys{secret: append([]byte(nil), secret...)}, nil
}

var alphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// idBytes is the length of an id: 80 bits, 16 characters.
const idBytes = 10

func (k Keys) sum(use string, parts ...string) []byte {
	h := hmac.New(sha256.New, k.secret)
	h.Write([]byte(use))
	for _, p := range parts {
		// Lengths before the parts: "ab"+"c" must not hash as "a"+"bc".
		h.Write([]byte{byte(len(p) >> 16), byte(len(p) >> 8), byte(len(p))})
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

func (k Keys) id(use string, parts ...string) string {
	return alphabet.EncodeToString(k.sum(use, parts...)[:idBytes])
}

// Message is the key of a message by its provider's id on a channel.
func (k Keys) Message(brand, channel, providerID string) string {
	return k.id("message", brand, channel, providerID)
}

// Letters is what stands for a conversation where the files lie of letters that an agent has begun.
func (k Keys) Letters(brand, agent string) string { return k.Message(brand, "letters", agent) }

// Contact is the id of the contact first met under address.
func (k Keys) Contact(brand, channel, address string) string {
	return k.id("contact", brand, channel, strings.ToLower(address))
}

// Conversation is the id of the conversation that a message opens. The sender is part of it: a stranger who repeats a Message-ID opens his own.
func (k Keys) Conversation(brand, channel, providerID, address string) string {
	return k.id("conversation", brand, channel, providerID, strings.ToLower(address))
}

// Digest is a short fingerprint of what was said, for telling a repetition.
func (k Keys) Digest(text string) string { return k.id("digest", text)[:10] }

// Budget is the key of a sender domain's budget.
func (k Keys) Budget(brand, domain string) string {
	return k.id("budget", brand, strings.ToLower(domain))
}

// tokenKey numbers the signing key inside a token, so that keys can be changed while old mails are still answered.
const tokenKey = 'a'

// Token is the local part of the reply address of a conversation ("r+…"), at most 64 octets, signed: it names the conversation to us and to nobody else.
func (k Keys) Token(brand, conversation string) string {
	mac := k.sum("token", brand, conversation)[:idBytes]
	return "r+" + string(tokenKey) + conversation + alphabet.EncodeToString(mac)
}

// Conversed returns the conversation that a reply address's local part names, or "" when it is not one that we signed for this brand.
func (k Keys) Conversed(brand, local string) string {
	rest, ok := strings.CutPrefix(strings.ToLower(local), "r+"+string(tokenKey))
	if !ok || len(rest) != 32 {
		return ""
	}
	want := k.Token(brand, rest[:16])
	if subtle.ConstantTimeCompare([]byte(want), []byte("r+"+string(tokenKey)+rest)) != 1 {
		return ""
	}
	return rest[:16]
}

// Derived is a key of its own for a use outside this package, as sessions of the console: who learns it learns nothing of the secret or of another use's.
func (k Keys) Derived(use string) []byte { return k.sum("derived", use) }
