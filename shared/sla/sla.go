// Package sla says what is due when: the three targets of a conversation, and the rules that set them.
//
// A target is met by an answer before its due time and breached from its due time on; what is met or breached stays so. Its time is counted in the working time of a
// calendar, or by the clock. When it is due follows from its history alone: when it was set, how long it may take, and the ledger of its rests. While a target
// rests it is neither met late nor breached, and what was left of its time when the rest began is left when it ends. Outside working hours a target runs;
// its due time lies beyond them. Receipts never touch a target.
package sla

import (
	"slices"
	"strings"
	"time"

	"pronto/shared/calendar"
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
	Kind    Kind          `json:"kind"`
	State   State         `json:"state"`
	Set     time.Time     `json:"set"`               // since when it runs
	Due     time.Time     `json:"due"`               // by when it must be met
	Within  time.Duration `json:"within,omitempty"`  // how long it may take; 0 in targets of before there was working time: from Set to Due by the clock
	Elapsed bool          `json:"elapsed,omitempty"` // counted by the clock, not in working time
	Rests   []Rest        `json:"rests,omitempty"`   // the ledger of its pauses, oldest first
	Spent   time.Duration `json:"spent,omitempty"`   // what was counted before Set
	Warned  bool          `json:"warned,omitempty"`  // its warning point was reached and told
	Paused  time.Time     `json:"paused,omitzero"`   // since when it is paused; zero when it is not
	Ended   time.Time     `json:"ended,omitzero"`    // when it was met, or its breach noticed
}

// Rest is time that does not count.
type Rest struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Why  string    `json:"why,omitempty"` // pending, snoozed
}

// maxRests caps the ledger of a target: of a longer one the oldest rests are counted into Spent.
const maxRests = 16

// Term is how long something may take, and how that is counted.
type Term struct {
	Within  time.Duration
	Elapsed bool // by the clock, not in working time
}

// Words writes the term as "4h of working time" or "20m".
func (t Term) Words(c calendar.Calendar) string {
	if t.Elapsed || c.Always() {
		return Brief(t.Within)
	}
	return Brief(t.Within) + " of working time"
}

// Brief writes a duration without what is zero: 1h, 1h30m, 20m.
func Brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// New sets a target from an instant on.
func New(kind Kind, from time.Time, term Term, c calendar.Calendar) Target {
	t := Target{Kind: kind, State: Running, Set: from, Within: term.Within, Elapsed: term.Elapsed}
	t.Due = t.at(t.Within, c)
	return t
}

// at gives the instant at which so much of the target's time has been counted, by its history.
func (t Target) at(share time.Duration, c calendar.Calendar) time.Time {
	if t.Elapsed {
		c = calendar.Calendar{}
	}
	from, left := t.Set, share-t.Spent
	for _, r := range t.Rests {
		counted := c.Between(from, r.From)
		if left <= counted {
			break
		}
		from, left = r.To, left-counted
	}
	return c.Add(from, left)
}

// whole gives a target of before there was working time the history that its times tell.
func (t Target) whole() Target {
	if t.Within == 0 && t.Spent == 0 {
		t.Within, t.Elapsed = t.Due.Sub(t.Set), true
	}
	t.Rests = slices.Clone(t.Rests)
	return t
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

// Pause gives the target from now on at rest: nothing is due then. What has come due stays to be breached.
func (t Target) Pause(now time.Time) Target {
	if t.State == Running && now.Before(t.Due) {
		t.State, t.Paused = Paused, now
	}
	return t
}

// Resume gives the target running again from now on: the rest is in the ledger, and Due is where what was left ends. A clock that went back makes no rest.
func (t Target) Resume(now time.Time, why string, c calendar.Calendar) Target {
	if t.State != Paused {
		return t
	}
	t = t.whole()
	if now.After(t.Paused) && !t.Paused.IsZero() {
		t.Rests = append(t.Rests, Rest{t.Paused, now, why})
		t = t.fold(c)
		t.Due = t.at(t.Within, c)
	}
	t.State, t.Paused = Running, time.Time{}
	return t
}

// fold counts the oldest rests of a long ledger into Spent.
func (t Target) fold(c calendar.Calendar) Target {
	if t.Elapsed {
		c = calendar.Calendar{}
	}
	for len(t.Rests) > maxRests {
		r := t.Rests[0]
		t.Spent, t.Set, t.Rests = t.Spent+c.Between(t.Set, r.From), r.To, t.Rests[1:]
	}
	return t
}

// Counted gives how much of the target's time has been counted at now.
func (t Target) Counted(now time.Time, c calendar.Calendar) time.Duration {
	t = t.whole()
	if t.Elapsed {
		c = calendar.Calendar{}
	}
	if t.State == Paused && t.Paused.Before(now) {
		now = t.Paused
	}
	sum, from := t.Spent, t.Set
	for _, r := range t.Rests {
		if !r.From.Before(now) {
			break
		}
		sum, from = sum+c.Between(from, r.From), r.To
	}
	return sum + c.Between(from, now)
}

// Under gives the target under another term, since the priority or the rule book is another one now: it is counted again from its history. What would have been
// due already has the whole of the new term from now on instead, but no more than it had before: nobody breaks today what yesterday's rule allowed.
// The words tell the difference; they are "" when there is none. What has ended stays as it is.
func (t Target) Under(term Term, c calendar.Calendar, now time.Time) (Target, string) {
	was := t.whole()
	if !t.Open() || was.Within == term.Within && was.Elapsed == term.Elapsed && was.at(was.Within, c).Equal(t.Due) {
		return t, ""
	}
	n := was
	n.Within, n.Elapsed = term.Within, term.Elapsed
	n.Due = n.at(n.Within, c)
	if from := n.since(now); !n.Due.After(from) {
		fresh := New(t.Kind, from, term, c)
		n.Due = fresh.Due
		if t.Due.Before(n.Due) && t.Due.After(from) {
			n.Due = t.Due
		}
		n.Set, n.Rests = from, nil
		n.Spent = n.Within - Target{Set: from, Elapsed: n.Elapsed}.between(from, n.Due, c)
	}
	if n.Warned && n.Due.After(t.Due) {
		n.Warned = false
	}
	return n, string(t.Kind) + " is counted again: " + Term{was.Within, was.Elapsed}.Words(c) + " becomes " + term.Words(c) + ", due " + t.Due.UTC().Format(time.RFC3339) +
		" becomes " + n.Due.UTC().Format(time.RFC3339)
}

// since is from when on what is left is counted: now, or since when it rests.
func (t Target) since(now time.Time) time.Time {
	if t.State == Paused && !t.Paused.IsZero() {
		return t.Paused
	}
	return now
}

func (t Target) between(a, b time.Time, c calendar.Calendar) time.Duration {
	if t.Elapsed {
		c = calendar.Calendar{}
	}
	return c.Between(a, b)
}

// WarnAt gives the instant at which percent (0 to 100) of the target's time is gone, to the nanosecond; never after it is due.
func (t Target) WarnAt(percent int, c calendar.Calendar) time.Time {
	t = t.whole()
	whole, p := max(t.Within, 0), time.Duration(min(max(percent, 0), 100))
	at := t.at(whole/100*p+whole%100*p/100, c)
	if at.After(t.Due) && t.Due.After(t.Set) {
		return t.Due
	}
	return at
}

// Matter is what a conversation is to the rules.
type Matter struct {
	Channel  string
	Priority triage.Priority
	Language string // ISO 639-1
	Segment  string // of the customer; "" for none
}

// Policy is terms for the matters that it is about. An empty list of a condition stands for all.
type Policy struct {
	Name       string
	Channels   []string
	Priorities []triage.Priority
	Languages  []string
	Segments   []string
	Terms      map[Kind]Rule // of which Within and Count matter
}

// About reports whether the policy is about m.
func (p Policy) About(m Matter) bool {
	return among(p.Channels, m.Channel) && among(p.Priorities, m.Priority) && among(p.Languages, m.Language) && among(p.Segments, m.Segment)
}

func among[T comparable](list []T, x T) bool { return len(list) == 0 || slices.Contains(list, x) }

// Count is how a time is counted.
type Count string

const (
	InWorking Count = "working" // in the calendar's working time
	ByClock   Count = "elapsed" // by the clock
)

// Counts are all ways to count.
var Counts = []Count{InWorking, ByClock}

// Rule sets the duration of one kind of target. An empty Channel or Priority stands for every one.
type Rule struct {
	Kind     Kind
	Channel  string
	Priority triage.Priority
	Within   time.Duration // more than 0
	Count    Count         // "": in working time, but by the clock for what is urgent
}

// term is what the rule gives a matter of this priority.
func (r Rule) term(p triage.Priority) Term {
	return Term{r.Within, r.Count == ByClock || r.Count == "" && p == triage.Urgent}
}

// Book is a brand's rules. The zero value has only the defaults.
type Book struct {
	Policies []Policy
	Rules    []Rule
}

// Term gives what a target of this kind has, and in words which rule says so. The first policy that is about the matter decides alone; where it names no time for
// this kind, and where there is none, the most specific rule does: channel and priority, then priority alone, then channel alone, then neither; of two equal
// ones the first. What no rule covers has the default, so the time is always more than 0.
func (b Book) Term(kind Kind, m Matter) (Term, string) {
	var why string
	if i := slices.IndexFunc(b.Policies, func(p Policy) bool { return p.About(m) }); i >= 0 {
		p := b.Policies[i]
		if r, ok := p.Terms[kind]; ok {
			return r.term(m.Priority), "the SLA policy " + p.Name + ", the first that is about it"
		}
		why = "; the SLA policy " + p.Name + " names none"
	}
	best, rank := Rule{}, -1
	for _, r := range b.Rules {
		if n := r.fit(kind, m.Channel, m.Priority); n > rank {
			best, rank = r, n
		}
	}
	if rank < 0 {
		return Rule{Within: Default(kind, m.Channel, m.Priority)}.term(m.Priority), "the default for " + describe(kind, m.Channel, m.Priority) + why
	}
	return best.term(m.Priority), "the rule for " + describe(best.Kind, best.Channel, best.Priority) + why
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
