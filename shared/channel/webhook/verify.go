package webhook

import (
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Tolerance is how far a delivery's timestamp may be from our clock, either way.
const Tolerance = 5 * time.Minute

// Caps of the headers.
const (
	maxID         = 256
	maxDigits     = 12 // of a timestamp in Unix seconds
	maxSignatures = 8  // in one list
)

// Reason is why a delivery was not believed.
type Reason string

// The reasons.
const (
	Missing   Reason = "missing"   // a header is not there
	Malformed Reason = "malformed" // a header cannot be what it should be
	Wrong     Reason = "wrong"     // no secret of ours made any of the signatures
	Stale     Reason = "stale"     // rightly signed, but too long ago or ahead: a replay, or a wrong clock
)

// Refusal is the error of Verify.
type Refusal struct {
	Reason Reason
	Header string // at fault, in canonical form; "" when the signature is Wrong
}

func (r *Refusal) Error() string {
	switch r.Reason {
	case Missing:
		return "webhook: the header " + r.Header + " is missing"
	case Malformed:
		return "webhook: the header " + r.Header + " is malformed"
	case Stale:
		return "webhook: the header " + r.Header + " is more than five minutes from our clock"
	}
	return "webhook: no signature matches"
}

// Verify tells whether a delivery is from who shares one of the secrets, and returns its id, which stays the same over the sender's retries.
// Its error is a *Refusal. The time is judged last: only who can sign learns that his clock is wrong.
func (s Secrets) Verify(h http.Header, body []byte, now time.Time) (id string, err error) {
	d, err := read(h)
	if err != nil {
		return "", err
	}
	if !s.match(d, body) {
		return "", &Refusal{Reason: Wrong}
	}
	if age := now.Sub(d.at); age > Tolerance || age < -Tolerance {
		return "", &Refusal{Stale, HeaderTimestamp}
	}
	return d.id, nil
}

// delivery is what the headers say.
type delivery struct {
	id, timestamp string // as signed
	at            time.Time
	signatures    [][]byte
}

func read(h http.Header) (d delivery, err error) {
	names := [3]string{HeaderID, HeaderTimestamp, HeaderSignature}
	if len(values(h, HeaderID)) == 0 && len(values(h, svixID)) > 0 {
		names = [3]string{svixID, svixTimestamp, svixSignature} // one family or the other, never mixed
	}
	var text [3]string
	for i, name := range names {
		switch v := values(h, name); {
		case len(v) == 0 || len(v) == 1 && v[0] == "":
			return d, &Refusal{Missing, name}
		case len(v) > 1:
			return d, &Refusal{Malformed, name}
		default:
			text[i] = v[0]
		}
	}
	d.id, d.timestamp = text[0], text[1]
	if !readableID(d.id) {
		return d, &Refusal{Malformed, names[0]}
	}
	if d.at, err = instant(d.timestamp); err != nil {
		return d, &Refusal{Malformed, names[1]}
	}
	if d.signatures = signatures(text[2]); d.signatures == nil {
		return d, &Refusal{Malformed, names[2]}
	}
	return d, nil
}

// values finds a header whose name may be written in any case, also in maps that were not made through http.Header's methods.
func values(h http.Header, name string) (all []string) {
	for k, v := range h {
		if strings.EqualFold(k, name) {
			all = append(all, v...)
		}
	}
	return all
}

// readableID takes any visible ASCII but the full stop, which would let id and timestamp flow into each other.
func readableID(id string) bool {
	return len(id) <= maxID && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '.' })
}

func instant(s string) (time.Time, error) {
	digits := strings.Trim(s, "0123456789") == ""
	if !digits || len(s) > maxDigits {
		return time.Time{}, strconv.ErrSyntax
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0), err
}

// signatures reads a list such as "v1,AbC= v1a,… v1,XyZ="; versions that we do not know are passed over. nil: there is none to compare, or too many.
func signatures(list string) (all [][]byte) {
	words := strings.Fields(list)
	if len(words) > maxSignatures {
		return nil
	}
	for _, w := range words {
		version, text, _ := strings.Cut(w, ",")
		if version != "v1" {
			continue
		}
		if b, err := base64.StdEncoding.Strict().DecodeString(text); err == nil && len(b) == 32 {
			all = append(all, b)
		}
	}
	return all
}

// match compares every secret with every signature, so that the time it takes tells nothing.
func (s Secrets) match(d delivery, body []byte) bool {
	found := 0
	for _, secret := range s {
		if len(secret.key) == 0 {
			continue
		}
		want := secret.sum(d.id, d.timestamp, body)
		for _, got := range d.signatures {
			found |= subtle.ConstantTimeCompare(want, got)
		}
	}
	return found == 1
}
