// Package webhook speaks Standard Webhooks in both directions: it verifies what others post to us, signs what we post to them, and posts it by a client
// that no address can lead into our own network.
//
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (symmetric signatures, v1)
//
// Invariants:
//   - What is signed is id "." timestamp "." body; neither id nor timestamp may contain a full stop, so no other three parts have the same signature.
//   - Secrets rotate without a gap: all of a list verify, the first signs.
//   - A secret is never printed, and a URL, which may be a secret too, is in no error.
//   - The client decides on the address that it really connects to, after every look-up; what a name meant a moment ago is of no interest.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Header names. Senders that use Svix's older names are understood as well.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"

	svixID        = "Svix-Id"
	svixTimestamp = "Svix-Timestamp"
	svixSignature = "Svix-Signature"
)

// prefix marks a secret as one, for people and for those who scan repositories for secrets.
const prefix = "whsec_"

// Length of a secret in bytes, as the specification bounds it.
const (
	minSecret = 24
	maxSecret = 64
)

// maxSecrets bounds a list: one in use and one to come are enough, the rest is for a rotation that went wrong.
const maxSecrets = 4

// Secret is a key that we share with the other side. The zero Secret verifies nothing.
type Secret struct{ key []byte }

// Format prints no more of a secret than that it is one, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, prefix+"…") }

// ParseSecret reads "whsec_" and the base64 of 24 to 64 bytes. Its errors do not repeat the text.
func ParseSecret(text string) (Secret, error) {
	b, ok := strings.CutPrefix(strings.TrimSpace(text), prefix)
	if !ok {
		return Secret{}, errors.New("webhook secret: it does not begin with whsec_: copy it whole")
	}
	key, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(b, "="))
	if err != nil {
		return Secret{}, errors.New("webhook secret: what follows whsec_ is not base64: copy it whole")
	}
	if len(key) < minSecret || len(key) > maxSecret {
		return Secret{}, fmt.Errorf("webhook secret: it has %d bytes: make one of %d to %d", len(key), minSecret, maxSecret)
	}
	return Secret{key}, nil
}

// NewSecret returns the text of a fresh secret of 32 bytes from random (crypto/rand.Reader).
func NewSecret(random io.Reader) (string, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(random, key); err != nil {
		return "", fmt.Errorf("make a webhook secret: %w", err)
	}
	return prefix + base64.StdEncoding.EncodeToString(key), nil
}

// Secrets are those in force: each verifies, the first signs. To rotate, put the new one second, give it to the other side, then drop the first.
type Secrets []Secret

// ParseSecrets reads one to four secrets.
func ParseSecrets(texts []string) (Secrets, error) {
	if len(texts) == 0 || len(texts) > maxSecrets {
		return nil, fmt.Errorf("webhook secrets: there are %d: give 1 to %d", len(texts), maxSecrets)
	}
	all := make(Secrets, 0, len(texts))
	for i, t := range texts {
		s, err := ParseSecret(t)
		if err != nil {
			return nil, fmt.Errorf("secret %d: %w", i+1, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// Sign returns the three headers of a delivery at now. id names what is delivered and stays the same when it is tried again; see ValidID.
func (s Secrets) Sign(id string, now time.Time, body []byte) (http.Header, error) {
	switch {
	case len(s) == 0 || len(s[0].key) == 0:
		return nil, errors.New("sign webhook: there is no secret")
	case !ValidID(id):
		return nil, errors.New("sign webhook: the id is empty, too long, or has other than letters, digits, _ and -")
	}
	at := strconv.FormatInt(now.Unix(), 10)
	return http.Header{
		HeaderID: {id}, HeaderTimestamp: {at},
		HeaderSignature: {"v1," + base64.StdEncoding.EncodeToString(s[0].sum(id, at, body))},
	}, nil
}

func (s Secret) sum(id, at string, body []byte) []byte {
	h := hmac.New(sha256.New, s.key)
	_, _ = io.WriteString(h, id+"."+at+".")
	_, _ = h.Write(body)
	return h.Sum(nil)
}

// ValidID tells whether id may name a delivery of ours: 1 to 200 letters, digits, _ and -.
func ValidID(id string) bool {
	outside := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	}
	return id != "" && len(id) <= 200 && !strings.ContainsFunc(id, outside)
}
