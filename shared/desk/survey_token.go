package desk

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
)

// Questioned is what a survey's link says: which survey of which conversation it answers, and until when it is good.
type Questioned struct {
	Ref
	Effect string
	Until  time.Time // UTC, whole seconds
}

// SurveyToken is the last part of a survey's link, safe in a path, at most maxPageToken characters: whoever holds it may answer this one survey, and sees nothing else. It
// has a use of its own: no token of a page answers a survey, and none of a survey takes a conversation.
func (k Keys) SurveyToken(q Questioned) string {
	body := binary.BigEndian.AppendUint32(nil, uint32(q.Until.Unix()))
	body = append(body, strings.Join([]string{q.Brand, q.Conversation, q.Effect}, "\n")...)
	return string(tokenKey) + base64.RawURLEncoding.EncodeToString(append(body, k.sum("survey", string(body))[:pageMAC]...))
}

// Questioned reads a survey's token: ours tells that we signed it, good that its time is not over either.
func (k Keys) Questioned(token string, now time.Time) (q Questioned, ours, good bool) {
	rest, ok := strings.CutPrefix(token, string(tokenKey))
	if !ok || len(token) > maxPageToken {
		return Questioned{}, false, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil || len(b) < 4+pageMAC {
		return Questioned{}, false, false
	}
	body, mac := b[:len(b)-pageMAC], b[len(b)-pageMAC:]
	parts := strings.Split(string(body[4:]), "\n")
	if !hmac.Equal(mac, k.sum("survey", string(body))[:pageMAC]) || len(parts) != 3 {
		return Questioned{}, false, false
	}
	q = Questioned{Ref{parts[0], parts[1]}, parts[2], time.Unix(int64(binary.BigEndian.Uint32(body)), 0).UTC()}
	return q, true, now.Before(q.Until)
}
