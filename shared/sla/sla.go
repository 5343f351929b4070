// Package sla says what is due when: the three targets of a conversation, and the rules that set them.
//
// A target is met by an answer before its due time and breached from its due time on; what is met or breached stays so. While a
// target is paused it is neither. Receipts never touch a target.
package sla

import (
	"time"

	"pronto/shared/triage"
)

// Kind is which answer a target is about.
type Kind string

const (
	FirstResponse Kind = "first_response" // the first answer by a person
	NextResponse  Kind = "next_response"  // each later answer that a person owes
	Resolution    Kind = "resolution"     // the end of the matter
)

// Kinds are all kinds, in the order in which they fall due.
var Kinds = []Kind{FirstResponse, NextResponse, Resolution}

// State is where a target stands.
type State string

const (
	Running  State = "running"
	Paused   State = "paused" // while we wait for the contact
	Met      State = "met"
	Breached State = "breached"
)

// Target is one promise to be kept inside the house. All times are instants; which zone they carry means nothing.
type Target struct {
	Kind   Kind      `json:"kind"`
	State  State     `json:"state"`
	Set    time.Time `json:"set"`              // since when it runs
	Due    time.Time `json:"due"`              // by when it must be met
	Warned bool      `json:"warned,omitempty"` // its warning point was reached and told
	Paused time.Time `json:"paused,omitzero"`  // since when it is paused; zero when it is not
	Ended  time.Time `json:"ended,omitzero"`   // when it was met, or its breach noticed
}

// Open reports whether the target can still be met or breached.
func (t Target) Open() bool { return t.State == Running || t.State == Paused }

// Meet gives the target after what it waits for happened at now.
func (t Target) Meet(now time.Time) Target {
	if !t.Open() {
		return t
	}
	t.Ended = now
	t.State = Met
	if !now.Before(t.Due) {
		t.State = Breached
	}
	return t
}

// Tick gives the target after a look at the clock: breached when it runs and its due time has come.
func (t Target) Tick(now time.Time) Target {
	if t.State == Running && !now.Before(t.Due) {
		t.State, t.Ended = Breached, now
	}
	return t
}

// Pause gives the target from now on at rest: nothing is due while we wait for the contact. What has come due stays to be breached.
func (t Target) Pause(now time.Time) Target {
	if t.State == Running && now.Before(t.Due) {
		t.State, t.Paused = Paused, now
	}
	return t
}

// Resume gives the target running again from now on. Set and Due move by the time that it rested, so that what was left is left, and the
// same share of it is gone.
func (t Target) Resume(now time.Time) Target {
	if t.State != Paused {
		return t
	}
	if rest := now.Sub(t.Paused); rest > 0 && !t.Paused.IsZero() {
		t.Set, t.Due = t.Set.Add(rest), t.Due.Add(rest)
	}
	t.State, t.Paused = Running, time.Time{}
	return t
}

// WarnAt gives the instant at which percent (0 to 100) of the target's time is gone, to the nanosecond.
func (t Target) WarnAt(percent int) time.Time {
	whole := max(t.Due.Sub(t.Set), 0)
	p := time.Duration(min(max(percent, 0), 100))
	return t.Set.Add(whole/100*p + whole%100*p/100)
}

// Rule sets the duration of one kind of target. An empty Channel or Priority stands for every one.
type Rule struct {
	Kind     Kind
	Channel  string
	Priority triage.Priority
	Within   time.Duration // more than 0
}

// Book is a brand's rules. The zero value has only the defaults.
type Book struct {
	Rules []Rule
}

// Duration gives the time that a target of this kind has, and the rule that says so in words. The most specific rule wins:
// channel and priority, then priority alone, then channel alone, then neither; of two equal ones the first. What no rule
// covers has the default, so the answer is always more than 0.
func (b Book) Duration(kind Kind, channel string, p triage.Priority) (time.Duration, string) {
	best, rank := Rule{}, -1
	for _, r := range b.Rules {
		if n := r.fit(kind, channel, p); n > rank {
			best, rank = r, n
		}
	}
	if rank < 0 {
		return Default(kind, channel, p), "the default for " + describe(kind, channel, p)
	}
	return best.Within, "the rule for " + describe(best.Kind, best.Channel, best.Priority)
}

// fit tells how specific r is for the three, or -1 when it is not about them.
func (r Rule) fit(kind Kind, channel string, p triage.Priority) int {
	rank := 0
	switch {
	case r.Kind != kind:
		return -1
	case r.Channel != "" && r.Channel != channel, r.Priority != "" && r.Priority != p:
		return -1
	}
	if r.Priority != "" {
		rank += 2
	}
	if r.Channel != "" {
		rank++
	}
	return rank
}

func describe(kind Kind, channel string, p triage.Priority) string {
	if channel == "" {
		channel = "any channel"
	}
	if p == "" {
		p = "any"
	}
	return string(kind) + ", " + channel + ", " + string(p) + " priority"
}

// Default gives the duration where the rule book is silent. Mail has more time than the channels on which people expect an answer
// within the hour; a resolution has three days, one when urgent.
func Default(kind Kind, channel string, p triage.Priority) time.Duration {
	mail := channel == "email"
	switch {
	case kind == Resolution && p == triage.Urgent:
		return 24 * time.Hour
	case kind == Resolution:
		return 72 * time.Hour
	case p == triage.Urgent:
		return 5 * time.Minute
	case p == triage.High && mail:
		return time.Hour
	case p == triage.High:
		return 20 * time.Minute
	case mail:
		return 24 * time.Hour
	}
	return time.Hour
}
