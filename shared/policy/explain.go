package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Query is a message that might arrive.
type Query struct {
	At       time.Time
	Brand    string      // default: the first brand
	Channel  string      // default: email
	Mood     triage.Mood // default: neutral
	Language string      // ISO 639-1; default: the brand's
	Urgent   bool
}

// Explanation is what the rule book would do with a message, and why. Its times are in the brand's zone.
type Explanation struct {
	At       time.Time       `json:"at"`
	Brand    string          `json:"brand"`
	Channel  string          `json:"channel"`
	Mood     triage.Mood     `json:"mood"`
	Language string          `json:"language"`
	Priority triage.Priority `json:"priority"`
	Assignee Assignee        `json:"assignee"`
	Due      time.Time       `json:"first_response_due"`
	Receipt  string          `json:"receipt"` // the language of the receipt
	Why      []string        `json:"why"`
}

// Explain tells what would happen with a message from somebody who never wrote before. A brand or a channel that does
// not exist gives an explanation without an assignee, whose why says so.
func Explain(p *Policy, q Query) Explanation {
	q, b := p.complete(q)
	e := Explanation{At: q.At, Brand: q.Brand, Channel: q.Channel, Mood: q.Mood, Language: q.Language}
	if b == nil {
		e.Why = []string{fmt.Sprintf("the rule book has no brand %q; %s", q.Brand, nearest(q.Brand, p.brandIDs()))}
		return e
	}
	if !slices.Contains(Channels, q.Channel) {
		e.Why = []string{fmt.Sprintf("there is no channel %q; %s", q.Channel, nearest(q.Channel, Channels))}
		return e
	}
	e.At = q.At.In(b.Zone)
	var why string
	e.Priority, why = priority(q.Mood, q.Urgent)
	e.Why = append(e.Why, why)
	within, why := b.Targets.Duration(sla.FirstResponse, q.Channel, e.Priority)
	e.Due = b.Calendar.Add(e.At, within).In(b.Zone)
	e.Why = append(e.Why, fmt.Sprintf("first response within %s: %s", brief(within), why))
	_, e.Receipt = b.Receipt(q.Language)
	if e.Receipt != q.Language {
		e.Why = append(e.Why, fmt.Sprintf("the receipt is in %s, the brand's language: there is none in %s", e.Receipt, q.Language))
	}
	var whys []string
	e.Assignee, whys = Assign(p, b, e.Due, e.Receipt, "")
	e.Why = append(e.Why, whys...)
	return e
}

// complete fills in the defaults of a query.
func (p *Policy) complete(q Query) (Query, *Brand) {
	if q.Brand == "" && len(p.Brands) > 0 {
		q.Brand = p.Brands[0].ID
	}
	b := p.Brand(q.Brand)
	if q.Channel == "" {
		q.Channel = "email"
	}
	if q.Mood == "" {
		q.Mood = triage.Neutral
	}
	if q.Language == "" && b != nil {
		q.Language = b.Language
	}
	return q, b
}

// Words tells the explanation to people, one thing a line.
func (e Explanation) Words() string {
	var b strings.Builder
	if e.Assignee.ID == "" {
		return strings.Join(e.Why, "\n") + "\n"
	}
	const form = "Monday 2 January 2006 15:04:05 MST (-07:00)"
	fmt.Fprintf(&b, "A %s message in %s arrives on %s for %s\non %s.\n", e.Mood, e.Language, e.Channel, e.Brand, e.At.Format(form))
	fmt.Fprintf(&b, "Priority %s. First response due on %s.\n", e.Priority, e.Due.Format(form))
	fmt.Fprintf(&b, "%s (%s) has it; the receipt is in %s.\nWhy:\n", e.Assignee.Name, e.Assignee.ID, e.Receipt)
	for _, why := range e.Why {
		b.WriteString("  - " + why + "\n")
	}
	return b.String()
}

// brief writes a duration without what is zero: 1h, 1h30m, 20m.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// priority is how the desk ranks a message of this mood. Of praise it is taken that nothing is asked in it: only a text could tell.
func priority(mood triage.Mood, urgent bool) (triage.Priority, string) {
	p := triage.PriorityOf(mood, urgent, false)
	return p, "priority " + string(p) + ": " + map[triage.Priority]string{
		triage.Urgent: "the message is urgent",
		triage.High:   "the message is negative",
		triage.Low:    "praise; it is normal when something is asked, too",
		triage.Normal: "no complaint and no praise",
	}[p]
}
