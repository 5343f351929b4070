package webpush

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Key is the desk's pair of keys: browsers bind a subscription to its public half, and each push is proved by the private one.
type Key struct {
	private *ecdsa.PrivateKey
	public  string
}

// KeyOf derives the pair from a secret, so that every function has the same and none has to keep one. Another secret is another pair: what was subscribed under
// the old one takes no more pushes.
func KeyOf(secret []byte) (Key, error) {
	for n := byte(0); n < 8; n++ { // a hash that is no key comes once in four thousand million
		sum := sha256.Sum256(append(append([]byte("vapid\x00"), n), secret...))
		if _, err := ecdh.P256().NewPrivateKey(sum[:]); err != nil {
			continue
		}
		private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
		if err != nil {
			return Key{}, fmt.Errorf("push: derive a key: %w", err)
		}
		public, err := private.PublicKey.Bytes()
		if err != nil {
			return Key{}, fmt.Errorf("push: derive a key: %w", err)
		}
		return Key{private, encode(public)}, nil
	}
	return Key{}, errors.New("push: no key comes of the secret")
}

var encode = base64.RawURLEncoding.EncodeToString

// Public is the key that a browser subscribes under (applicationServerKey), in base64url.
func (k Key) Public() string { return k.public }

// Mark tells this key from another: it stands at each subscription that was made under it.
func (k Key) Mark() string { return k.public[:12] }

// proofLife is how long a proof is good: half of what the standard allows, for clocks that differ.
const proofLife = 12 * time.Hour

// proof is the header Authorization: a token for the service's origin alone, signed by ES256.
func (k Key) proof(endpoint, contact string, now time.Time) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", errors.New("push: the endpoint is no address")
	}
	head, err := json.Marshal(map[string]string{"typ": "JWT", "alg": "ES256"})
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{"aud": origin(u), "exp": now.Add(proofLife).Unix(), "sub": contact})
	if err != nil {
		return "", err
	}
	said := encode(head) + "." + encode(claims)
	sum := sha256.Sum256([]byte(said))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		return "", fmt.Errorf("push: sign: %w", err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return "vapid t=" + said + "." + encode(signature) + ", k=" + k.public, nil
}

// origin is scheme and host as RFC 6454 writes them: without the port that https has anyway.
func origin(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host
}
