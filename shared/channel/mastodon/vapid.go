package mastodon

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"pronto/shared/channel/webhook"
)

// vapid proves that a push comes from the server that was subscribed at (RFC 8292): a JWT for an origin of ours, not over, signed with the key that the server named then.
// A proof holds for a day and any body, so it alone is not enough: a body opens only if it was sealed by who has our auth secret.
type vapid struct {
	key     *ecdsa.PublicKey
	raw     []byte
	origins []string
}

// newVAPID is of a server that pushes to the first of the endpoints, or to others of ours; "" is passed over among these.
func newVAPID(serverKey string, endpoint ...string) (v vapid, err error) {
	for i, e := range endpoint {
		u, err := url.Parse(e)
		if i > 0 && e == "" {
			continue
		}
		if err != nil || u.Host == "" {
			return v, errors.New("no endpoint")
		}
		v.origins = append(v.origins, origin(u))
	}
	if v.raw, err = base64url(serverKey); err != nil {
		return v, err
	}
	v.key, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), v.raw)
	return v, err
}

// origin is scheme, host and port, as RFC 6454 writes it: without a port that the scheme has anyway.
func origin(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" && (scheme != "https" || p != "443") && (scheme != "http" || p != "80") {
		host += ":" + p
	}
	return scheme + "://" + host
}

// How long a proof may hold: a day, by the standard, and clocks differ.
const (
	maxProof = 24 * time.Hour
	maxJWT   = 4 << 10
)

// verify tells whether a push is proved. Its error is a *webhook.Refusal; the time is judged last, so that only who can sign learns that his clock is wrong.
func (v vapid) verify(h http.Header, now time.Time) error {
	token, key, refused := proof(h)
	if refused != nil {
		return refused
	}
	wrong := &webhook.Refusal{Reason: webhook.Wrong, Header: "Authorization"}
	if raw, err := base64url(key); err != nil || subtle.ConstantTimeCompare(raw, v.raw) != 1 {
		return wrong
	}
	claims, ok := v.claims(token)
	if !ok || !slices.Contains(v.origins, claims.Audience) || !claims.contact() {
		return wrong
	}
	left := time.Unix(int64(claims.Expires), 0).Sub(now)
	if left < -webhook.Tolerance || left > maxProof+webhook.Tolerance {
		return &webhook.Refusal{Reason: webhook.Stale, Header: "Authorization"}
	}
	return nil
}

// proof finds JWT and key: in "vapid t=…, k=…", or as the draft has them, in "WebPush …" and in Crypto-Key.
func proof(h http.Header) (token, key string, refused error) {
	header := h.Get("Authorization")
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	switch {
	case header == "":
		return "", "", &webhook.Refusal{Reason: webhook.Missing, Header: "Authorization"}
	case strings.EqualFold(scheme, "vapid"):
		token, key = parameter(rest, "t"), parameter(rest, "k")
	case strings.EqualFold(scheme, "WebPush"):
		token, key = strings.TrimSpace(rest), parameter(h.Get("Crypto-Key"), "p256ecdsa")
	}
	if token == "" || key == "" || len(token) > maxJWT {
		return "", "", &webhook.Refusal{Reason: webhook.Malformed, Header: "Authorization"}
	}
	return token, key, nil
}

type claims struct {
	Audience string  `json:"aud"`
	Expires  float64 `json:"exp"`
	Subject  *string `json:"sub"`
}

// contact tells whether the sender names nobody, as he may, or somebody in a way that the standard knows.
func (c claims) contact() bool {
	return c.Subject == nil || strings.HasPrefix(*c.Subject, "mailto:") || strings.HasPrefix(*c.Subject, "https:")
}

// claims are what a JWT says, if the server has signed it. No algorithm but ES256 is known.
func (v vapid) claims(token string) (c claims, ok bool) {
	part := strings.Split(token, ".")
	if len(part) != 3 {
		return c, false
	}
	var head struct {
		Algorithm string          `json:"alg"`
		Critical  json.RawMessage `json:"crit"`
	}
	if raw, err := base64url(part[0]); err != nil || json.Unmarshal(raw, &head) != nil || head.Algorithm != "ES256" || head.Critical != nil {
		return c, false
	}
	signature, err := base64url(part[2])
	if err != nil || len(signature) != 64 {
		return c, false
	}
	sum := sha256.Sum256([]byte(part[0] + "." + part[1]))
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(v.key, sum[:], r, s) {
		return c, false
	}
	raw, err := base64url(part[1])
	return c, err == nil && json.Unmarshal(raw, &c) == nil && c.Expires > 0 && c.Expires < 1<<40
}
