package network

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pronto/shared/channel/webhook"
)

// The fates of a call to a network, beside those of channel.Sender. Whatever else an error is, the network could not be reached or not be understood.
var (
	// ErrRefused says that the server does not take our credentials any more: only a person can mend that, with pronto connect.
	ErrRefused = errors.New("credentials refused")
	// ErrGone says that what was to be answered is there no more, ErrBarred that its author, or the network, takes no answer to it. A Sender marks them permanent.
	ErrGone   = errors.New("what it answers is gone")
	ErrBarred = errors.New("what it answers takes no answer")
	// ErrGarbled says that the server's answer makes no sense, or is larger or deeper than any that we ask for.
	ErrGarbled = errors.New("answer not understood")
)

// Limited says that the server wants to be left alone until then.
type Limited struct{ Until time.Time }

func (*Limited) Error() string { return "limited by the network" }

// Unwell says that the server answered that it cannot, or something that no request of ours deserves.
type Unwell struct{ Status int }

func (u *Unwell) Error() string { return fmt.Sprintf("server unwell, answered %d", u.Status) }

// Code is an error as it is kept of an account's health and shown in words.
type Code string

// The codes.
const (
	CodeRefused     Code = "credentials_refused"
	CodeLimited     Code = "limited"
	CodeUnwell      Code = "server_unwell"
	CodeGarbled     Code = "answer_garbled"
	CodeForbidden   Code = "address_forbidden" // the server's address leads inside
	CodeUnreachable Code = "unreachable"
	CodeNoSecret    Code = "not_connected" // there is no secret, or none that makes sense
	CodeOurs        Code = "desk_unwell"   // our own bucket or queue
)

// ErrNotConnected says that Secrets Manager has nothing of use for an account.
var ErrNotConnected = errors.New("not connected")

// CodeOf gives an error's code; "" of nil.
func CodeOf(err error) Code {
	var limited *Limited
	var unwell *Unwell
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrRefused):
		return CodeRefused
	case errors.Is(err, ErrNotConnected):
		return CodeNoSecret
	case errors.As(err, &limited):
		return CodeLimited
	case errors.As(err, &unwell):
		return CodeUnwell
	case errors.Is(err, ErrGarbled):
		return CodeGarbled
	case webhook.IsRefused(err):
		return CodeForbidden
	}
	return CodeUnreachable
}

// Words is a code as people read it, with what to do.
func (c Code) Words() string {
	switch c {
	case CodeRefused:
		return "the server does not take the credentials any more: connect the account again"
	case CodeNoSecret:
		return "the account is not connected: run pronto connect"
	case CodeLimited:
		return "the server wants to be left alone for a while: the desk goes on by itself"
	case CodeUnwell:
		return "the server is unwell: the desk tries on"
	case CodeGarbled:
		return "the server's answers make no sense: look whether the address is right"
	case CodeForbidden:
		return "the server's name leads to an address that is not public"
	case CodeOurs:
		return "the desk could not keep what came: it reads it again"
	case CodeUnreachable:
		return "the server cannot be reached: the desk tries on"
	}
	return string(c)
}

// Refusal is what a status that is no success means to who reads: Limited, ErrRefused or Unwell. nil of 2xx. A Sender decides by itself what may have left.
func Refusal(a Answer, now time.Time) error {
	switch {
	case a.Status/100 == 2:
		return nil
	case a.Status == http.StatusTooManyRequests:
		return &Limited{Until: Reset(a.Header, now)}
	case a.Status == http.StatusUnauthorized:
		return ErrRefused
	}
	return &Unwell{a.Status}
}

// The bounds of what a server may say of its own limit.
const (
	leastWait = 5 * time.Second
	mostWait  = time.Hour
	usualWait = time.Minute // where it says nothing
)

// Reset is when a server's limit ends, by whichever header says so: Retry-After (seconds or a date), RateLimit-Reset (Unix seconds, as Bluesky has it, or seconds
// from now), X-RateLimit-Reset (RFC 3339, as Mastodon has it, or either of these). Never more than an hour from now.
func Reset(h http.Header, now time.Time) time.Time {
	for _, name := range []string{"Retry-After", "RateLimit-Reset", "X-RateLimit-Reset"} {
		if t, ok := moment(strings.TrimSpace(h.Get(name)), now); ok {
			return bounded(t, now)
		}
	}
	return now.Add(usualWait)
}

func moment(s string, now time.Time) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
		if n < 1_000_000_000 {
			n += now.Unix()
		}
		return time.Unix(min(n, 1e11), 0), true
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, true
	}
	if t, err := http.ParseTime(s); err == nil {
		return t, true
	}
	return time.Time{}, false
}

func bounded(t, now time.Time) time.Time {
	switch d := t.Sub(now); {
	case d < leastWait:
		t = now.Add(leastWait)
	case d > mostWait:
		t = now.Add(mostWait)
	}
	return t.UTC()
}
