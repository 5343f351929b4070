package oidc

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Claims are what an ID token says of who has signed in.
type Claims struct {
	Subject string
	Agent   string // pronto:agent, else the name that an admin has given to a user of Cognito's
}

// payload is what is read of an ID token.
type payload struct {
	Issuer   string   `json:"iss"`
	Audience audience `json:"aud"`
	Party    string   `json:"azp"`
	Nonce    string   `json:"nonce"`
	Subject  string   `json:"sub"`
	Expires  float64  `json:"exp"`
	Issued   float64  `json:"iat"`
	Use      string   `json:"token_use"` // Cognito's
	Agent    string   `json:"pronto:agent"`
	Username string   `json:"cognito:username"` // given by an admin, changed by nobody
}

// audience is one or many.
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// Bounds of an ID token.
const (
	maxToken = 16 << 10
	leeway   = time.Minute      // of two clocks
	maxAge   = 10 * time.Minute // a token was made for this try
)

// errToken is a token that is not to be believed. Why is not told to who brings it.
func errToken(why string) error { return fmt.Errorf("the ID token is not believed: %s", why) }

// verify believes a token, or says why not (OpenID Connect Core 1.0 §3.1.3.7).
func (c *Client) verify(ctx context.Context, token, nonce string) (Claims, error) {
	p, err := c.signed(ctx, token)
	if err != nil {
		return Claims{}, err
	}
	now := c.Now()
	expires, issued := time.Unix(int64(p.Expires), 0), time.Unix(int64(p.Issued), 0)
	switch {
	case p.Issuer != c.Issuer:
		return Claims{}, errToken("another issuer")
	case !slices.Contains(p.Audience, c.ID) || (len(p.Audience) > 1 || p.Party != "") && p.Party != c.ID:
		return Claims{}, errToken("for another audience")
	case subtle.ConstantTimeCompare([]byte(p.Nonce), []byte(nonce)) != 1:
		return Claims{}, errToken("made for another try")
	case p.Use != "" && p.Use != "id":
		return Claims{}, errToken("not an ID token")
	case !now.Before(expires.Add(leeway)):
		return Claims{}, errToken("its time is over")
	case issued.After(now.Add(leeway)) || issued.Before(now.Add(-maxAge)):
		return Claims{}, errToken("not issued just now")
	case p.Subject == "":
		return Claims{}, errToken("about nobody")
	}
	return Claims{Subject: p.Subject, Agent: cmp.Or(p.Agent, p.Username)}, nil
}

// signed reads a token whose signature is right (RFC 7515).
func (c *Client) signed(ctx context.Context, token string) (p payload, err error) {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 3 {
		return p, errToken("not of three parts, or too long")
	}
	var head struct {
		Algorithm string   `json:"alg"`
		Key       string   `json:"kid"`
		Critical  []string `json:"crit"`
	}
	if err := part(parts[0], &head); err != nil {
		return p, err
	}
	if head.Algorithm != "RS256" || len(head.Critical) > 0 {
		return p, errToken("not signed by RS256")
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return p, errToken("its signature cannot be read")
	}
	key, err := c.key(ctx, head.Key)
	if err != nil {
		return p, err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], mac) != nil {
		return p, errToken("its signature is wrong")
	}
	return p, part(parts[1], &p)
}

func part(s string, into any) error {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || json.Unmarshal(b, into) != nil {
		return errToken("it cannot be read")
	}
	return nil
}

// keySet are the issuer's keys by their ids.
type keySet struct {
	byID  map[string]*rsa.PublicKey
	asked time.Time
}

// refresh is how soon keys are asked for again when one is not known: an issuer may turn them at any time, and who sends nonsense must not make us ask.
const refresh = 30 * time.Second

// key is the issuer's key of an id.
func (c *Client) key(ctx context.Context, id string) (*rsa.PublicKey, error) {
	m, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.keys.byID[id]; k != nil {
		return k, nil
	}
	if now := c.Now(); c.keys.byID == nil || now.Sub(c.keys.asked) >= refresh {
		var set struct {
			Keys []jwk `json:"keys"`
		}
		if err := c.get(ctx, m.Keys, &set); err != nil {
			return nil, fmt.Errorf("ask the issuer for its keys: %w", err)
		}
		c.keys = keySet{byID: map[string]*rsa.PublicKey{}, asked: now}
		for _, k := range set.Keys {
			if public, err := k.public(); err == nil {
				c.keys.byID[k.ID] = public
			}
		}
	}
	if k := c.keys.byID[id]; k != nil {
		return k, nil
	}
	return nil, errToken("signed by no key of the issuer's")
}

// jwk is a key as issuers publish it (RFC 7517, RFC 7518 §6.3.1).
type jwk struct {
	ID        string `json:"kid"`
	Type      string `json:"kty"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	N         string `json:"n"`
	E         string `json:"e"`
}

func (k jwk) public() (*rsa.PublicKey, error) {
	if k.Type != "RSA" || k.Use != "" && k.Use != "sig" || k.Algorithm != "" && k.Algorithm != "RS256" {
		return nil, errors.New("a key for something else")
	}
	n, err := base64.RawURLEncoding.DecodeString(k.N)
	if err != nil {
		return nil, fmt.Errorf("read a key: %w", err)
	}
	e, err := base64.RawURLEncoding.DecodeString(k.E)
	if err != nil || len(e) == 0 || len(e) > 4 || len(n) < 256 || len(n) > 1024 {
		return nil, errors.New("a key that is too short, or none")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
}
