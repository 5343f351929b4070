package desk

import (
	"crypto/hmac"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/shared/oncall"
)

// RotaChange is a change of who is on that was made while the desk runs: an override, a swap, a leave. What is known for long stands in the rule book.
type RotaChange struct {
	ID      string    `json:"id"`
	Agent   string    `json:"agent,omitempty"`   // who takes the shift; none: nobody does
	Instead string    `json:"instead,omitempty"` // whose it was; none: everybody's
	Swap    bool      `json:"swap,omitempty"`    // the two do each other's
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	By      string    `json:"by"` // agent id
	At      time.Time `json:"at"`
	Why     string    `json:"why,omitempty"`
}

// Rota is all that was changed in a brand's rota and is not long over, in the order in which it was: the last one wins.
type Rota struct {
	Changes []RotaChange `json:"changes"`
	Left    []Leaver     `json:"left,omitempty"` // who has left the brand
	Unknown string       `json:"-"`              // as a conversation's
}

// MaxRotaChanges is how many changes a brand may have at once: its turns read them all.
const MaxRotaChanges = 200

// Overrides are the changes as package oncall counts with them.
func (r Rota) Overrides() []oncall.Override {
	var all []oncall.Override
	for _, c := range r.Changes {
		all = append(all, oncall.Override{Start: c.Start, End: c.End, Agent: c.Agent, Instead: c.Instead, Swap: c.Swap})
	}
	return append(all, r.vacated()...) // last: nobody is put on by a change who has left
}

// keepPast is how long a change is kept that is over: a page that is looked at late still finds who was on.
const keepPast = 48 * time.Hour

// With gives the rota with one change more, without those that are over.
func (r Rota) With(c RotaChange, now time.Time) Rota {
	r.Changes = append(r.current(now), c)
	return r
}

// Without gives the rota without one change; ok is false when it has none of this id.
func (r Rota) Without(id string, now time.Time) (out Rota, ok bool) {
	all := r.current(now)
	n := len(all)
	all = slices.DeleteFunc(all, func(c RotaChange) bool { return c.ID == id })
	r.Changes = all
	return r, len(all) < n
}

// keepOver is for how long what is over is known for the count of a month: that of two months ago, whole.
const keepOver = 100 * 24 * time.Hour

// maxOver is how many changes that are over are kept: their row stays far below what a row may be.
const maxOver = 1000

// Over adds the changes that a new rota let go since they are over to those that were kept before, and lets go of what is too old. What was taken back is not among
// them: it never was.
func (r Rota) Over(kept []RotaChange, is Rota, now time.Time) []RotaChange {
	for _, c := range r.Changes {
		if c.End.Add(keepPast).Before(now) && !slices.ContainsFunc(is.Changes, func(x RotaChange) bool { return x.ID == c.ID }) {
			c.Why = ""
			kept = append(kept, c)
		}
	}
	kept = slices.DeleteFunc(kept, func(c RotaChange) bool { return c.End.Add(keepOver).Before(now) })
	return kept[max(0, len(kept)-maxOver):]
}

func (r Rota) current(now time.Time) []RotaChange {
	return slices.DeleteFunc(slices.Clone(r.Changes), func(c RotaChange) bool { return c.End.Add(keepPast).Before(now) })
}

// FeedToken is the secret part of the address of an agent's calendar of shifts: whoever has the link may read it, until it is made anew. made is how often it was: who keeps
// that number takes no link of another.
func (k Keys) FeedToken(agent string, made int) string {
	if made == 0 {
		return agent + "." + base64.RawURLEncoding.EncodeToString(k.sum("feed", agent)[:pageMAC])
	}
	n := strconv.Itoa(made)
	return agent + "." + n + "." + base64.RawURLEncoding.EncodeToString(k.sum("feed", agent, n)[:pageMAC])
}

// Fed reads a feed's token; ok is false when we did not sign it.
func (k Keys) Fed(token string) (agent string, made int, ok bool) {
	agent, rest, ok := strings.Cut(token, ".")
	if !ok || len(token) > maxPageToken {
		return "", 0, false
	}
	if n, _, several := strings.Cut(rest, "."); several {
		var err error
		if made, err = strconv.Atoi(n); err != nil || made < 1 {
			return "", 0, false
		}
	}
	return agent, made, hmac.Equal([]byte(token), []byte(k.FeedToken(agent, made)))
}
