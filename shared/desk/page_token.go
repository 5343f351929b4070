package desk

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
)

// Paged is what the answer link of a page says: who was called, to what, and until when the link is good.
type Paged struct {
	Ref
	Agent   string
	Expires time.Time // UTC, whole seconds
}

// PageLife is how long the answer link of a page is good.
const PageLife = 24 * time.Hour

// Bounds of a page's token: room for the longest ids of a policy.
const (
	maxPageToken = 200
	pageMAC      = 16
)

// PageToken is the last part of a page's answer link, safe in a path, at most 200 characters: whoever holds it may claim this conversation for this agent,
// once a person says so. It begins with the letter of its signing key.
func (k Keys) PageToken(p Paged) string {
	body := binary.BigEndian.AppendUint32(nil, uint32(p.Expires.Unix()))
	body = append(body, strings.Join([]string{p.Brand, p.Conversation, p.Agent}, "\n")...)
	return string(tokenKey) + base64.RawURLEncoding.EncodeToString(append(body, k.sum("page", string(body))[:pageMAC]...))
}

// Paged reads a page's token; ok is false when we did not sign it or its time is over.
func (k Keys) Paged(token string, now time.Time) (p Paged, ok bool) {
	rest, ours := strings.CutPrefix(token, string(tokenKey))
	if !ours || len(token) > maxPageToken {
		return Paged{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil || len(b) < 4+pageMAC {
		return Paged{}, false
	}
	body, mac := b[:len(b)-pageMAC], b[len(b)-pageMAC:]
	parts := strings.Split(string(body[4:]), "\n")
	if !hmac.Equal(mac, k.sum("page", string(body))[:pageMAC]) || len(parts) != 3 {
		return Paged{}, false
	}
	p = Paged{Ref: Ref{Brand: parts[0], Conversation: parts[1]}, Agent: parts[2], Expires: time.Unix(int64(binary.BigEndian.Uint32(body)), 0).UTC()}
	return p, now.Before(p.Expires)
}
