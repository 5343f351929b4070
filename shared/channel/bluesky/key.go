package bluesky

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"pronto/shared/channel"
)

// Keys of posts are TIDs: 53 bits of microseconds since 1970 and 10 of a clock's number, in 13 characters that sort as they count.
const (
	tidLetters = "234567abcdefghijklmnopqrstuvwxyz"
	tidLength  = 13
	clockBits  = 10
)

// keyOf is the key of the nth post of a piece: the second in which it was decided, and a microsecond and a clock's number that are a hash of the effect. It is
// the same at each try; another effect of the same second has the same key once in a billion times, and then try tells them apart.
func keyOf(o channel.Outgoing, n, try int) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{o.Brand, o.Conversation, o.Effect, string(rune('a' + try))}, "\x00")))
	micro := o.Decided.Truncate(time.Second).UnixMicro() + int64(binary.BigEndian.Uint32(sum[:])%1e6)
	clock := uint64(binary.BigEndian.Uint16(sum[4:])) % (1 << clockBits)
	return tid((uint64(micro) << clockBits) | clock).plus(n)
}

// tid is a TID as a number.
type tid uint64

func (t tid) String() string {
	b := make([]byte, tidLength)
	for i := tidLength - 1; i >= 0; i-- {
		b[i] = tidLetters[t&31]
		t >>= 5
	}
	return string(b)
}

// plus is the TID n microseconds later, by the same clock: so the posts of one piece lie beside each other.
func (t tid) plus(n int) string {
	return (t + tid(uint64(n)<<clockBits)).String() // n may be negative: it wraps round as it should
}

// parseTID reads a TID; ok is false when s is none.
func parseTID(s string) (t tid, ok bool) {
	if len(s) != tidLength || strings.IndexByte(tidLetters[:16], s[0]) < 0 {
		return 0, false
	}
	for i := range tidLength {
		d := strings.IndexByte(tidLetters, s[i])
		if d < 0 {
			return 0, false
		}
		t = t<<5 | tid(d)
	}
	return t, true
}

// pieces are the addresses under which the desk may know a piece of its own one of whose posts is at this address: the piece is known by its last post, and has
// at most maxPosts.
func pieces(uri string) []string {
	did, rkey, ok := split(uri)
	if !ok {
		return nil
	}
	all := []string{uri}
	t, ok := parseTID(rkey)
	for n := 1; ok && n < maxPosts; n++ {
		all = append(all, join(did, t.plus(n)))
	}
	return all
}
