package work

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pronto/shared/channel/imap"
	"pronto/shared/channel/network"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Line is a mailbox or an account that the desk reads by itself, and how that goes.
type Line struct {
	Brand   string     `json:"brand"`
	Channel string     `json:"channel"`
	Name    string     `json:"name"`            // of a mailbox, folder, user and server; of an account, its handle
	State   string     `json:"state"`           // ok, failing, behind, silent (nobody reads it), new (it was never read)
	Read    *time.Time `json:"read"`            // when it was last read to its end
	Why     string     `json:"why,omitempty"`   // a code of what fails
	Words   string     `json:"words,omitempty"` // the same in words, with what to do
	Since   *time.Time `json:"since,omitempty"` // it fails, or is behind

	// Of an account.
	Newest    *time.Time `json:"newest,omitempty"`      // when something last came
	Quiet     bool       `json:"quiet,omitempty"`       // nothing has come for three times as long as ever
	Until     *time.Time `json:"waits_until,omitempty"` // it is left alone: the network wants that, or is unwell
	Connected *time.Time `json:"connected,omitempty"`   // how old its password or token is
	Expires   *time.Time `json:"expires,omitempty"`     // when it must be renewed by hand
	Unmarked  bool       `json:"unmarked,omitempty"`    // the network does not show it as automated, as its rules want
}

// States of a line.
const (
	LineOK      = "ok"
	LineFailing = "failing"
	LineBehind  = "behind"
	LineSilent  = "silent"
	LineNew     = "new"
)

// silentAfter is after what time without a poll somebody should look: each is read every minute, or oftener.
const silentAfter = 10 * time.Minute

// Lines are the mailboxes and accounts of the agent's brands, or of one, in the order of the rule book.
func (d *Desk) Lines(ctx context.Context, by *policy.Agent, brand string) ([]Line, *Problem) {
	brands, p := d.brands(by, SeeChannels, brand)
	if p != nil {
		return nil, p
	}
	var lines []Line
	var places []store.Place
	add := func(l Line, id string) {
		lines, places = append(lines, l), append(places, store.Place{Brand: l.Brand, Channel: l.Channel, ID: id})
	}
	for _, b := range brands {
		for _, m := range b.Mailboxes {
			name := fmt.Sprintf("%s of %s at %s", m.Folder, m.User, m.Host)
			add(Line{Brand: b.ID, Channel: desk.Email, Name: name}, d.keys.Message(b.ID, desk.Email, m.Place()))
		}
		for _, u := range b.Channels {
			for _, a := range u.Accounts {
				if u.Enabled {
					add(Line{Brand: b.ID, Channel: u.Channel, Name: a.Handle}, a.Handle)
				}
			}
		}
	}
	health, err := d.store.Health(ctx, places)
	if err != nil {
		return nil, d.Unable("channels", err)
	}
	for i := range lines {
		lines[i].judge(health[places[i]], d.Now())
	}
	return lines, nil
}

// judge says how a line is.
func (l *Line) judge(h store.Health, now time.Time) {
	at := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = t.UTC()
		return &t
	}
	l.State, l.Read = LineOK, at(h.Polled)
	l.Newest, l.Quiet, l.Connected, l.Expires, l.Unmarked = at(h.Newest), h.Quiet(now), at(h.Connected), at(h.Expires), h.Unmarked
	if now.Before(h.Wait) {
		l.Until = at(h.Wait)
	}
	switch {
	case h.Failure != "":
		l.State, l.Why, l.Since = LineFailing, h.Failure, at(h.Failing)
	case h.Outward.Fails(now):
		l.State, l.Why, l.Since = LineFailing, h.Outward.Failure, at(h.Outward.Since)
	case h.Polled.IsZero():
		l.State = LineNew
	case now.Sub(h.Polled) > silentAfter:
		l.State, l.Since = LineSilent, at(h.Polled)
	case !h.Behind.IsZero():
		l.State, l.Since = LineBehind, at(h.Behind)
	}
	if l.Why != "" {
		l.Words = lineWords(l.Channel, l.Why)
	}
}

func lineWords(channel, code string) string {
	if channel != desk.Email {
		return network.Code(code).Words()
	}
	code, _, _ = strings.Cut(code, ":")
	return imap.Words(code)
}
