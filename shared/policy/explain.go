package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Query is a message that might arrive.
type Query struct {
	At       time.Time
	Brand    string         // default: the first brand
	Channel  string         // default: email
	Mood     triage.Mood    // default: neutral
	Language string         // ISO 639-1; default: the brand's
	Segment  string         // of the customer; "" for none
	Urgency  triage.Urgency // default: none
}

// Explanation is what the rule book would do with a message, and why. Its times are in the brand's zone.
type Explanation struct {
	At       time.Time       `json:"at"`
	Brand    string          `json:"brand"`
	Channel  string          `json:"channel"`
	Mood     triage.Mood     `json:"mood"`
	Urgency  triage.Urgency  `json:"urgency"`
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
	e := Explanation{At: q.At, Brand: q.Brand, Channel: q.Channel, Mood: q.Mood, Urgency: q.Urgency, Language: q.Language}
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
	e.Priority, why = b.priority(q.Urgency, q.Mood)
	e.Why = append(e.Why, why)
	_, e.Receipt = b.Receipt(q.Language)
	term, why := b.Targets.Term(sla.FirstResponse, sla.Matter{Channel: q.Channel, Priority: e.Priority, Language: e.Receipt, Segment: q.Segment})
	e.Due = sla.New(sla.FirstResponse, e.At, term, b.Hours(q.Channel, false)).Due.In(b.Zone)
	e.Why = append(e.Why, fmt.Sprintf("first response within %s: %s", term.Words(b.Hours(q.Channel, false)), why))
	e.Why = append(e.Why, closed(b.Hours(q.Channel, false), term, e.At, b.Zone)...)
	if e.Receipt != q.Language {
		e.Why = append(e.Why, fmt.Sprintf("the receipt is in %s, the brand's language: there is none in %s", e.Receipt, q.Language))
	}
	var whys []string
	e.Assignee, whys = Assign(p, b, e.Due, e.Receipt, "", nil)
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
	if q.Urgency == "" {
		q.Urgency = triage.NoHurry
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

// closed tells when the hours begin to count, where they do not at t.
func closed(c calendar.Calendar, term sla.Term, t time.Time, zone *time.Location) []string {
	if term.Elapsed || c.Open(t) {
		return nil
	}
	why := "outside working hours"
	if name, ok := c.Holiday(t); ok && name != "" {
		why = "a holiday (" + name + ")"
	}
	return []string{why + ": its time counts from " + c.Opens(t).In(zone).Format("Monday 2 January 2006 15:04 MST") + " on"}
}

func brief(d time.Duration) string { return sla.Brief(d) }

// priority is how the desk ranks a message of this urgency and mood. Of praise it is taken that nothing is asked in it: only a text could tell.
func (b *Brand) priority(u triage.Urgency, m triage.Mood) (triage.Priority, string) {
	p := b.Triage.Table.Of(u, m)
	why := "priority " + string(p) + ": " + map[triage.Mood]string{
		triage.Negative: "the message is negative", triage.Neutral: "no complaint and no praise", triage.Positive: "praise",
	}[m] + map[triage.Urgency]string{triage.SoonPlease: ", and should not wait", triage.AtOnce: ", and urgent"}[u] + " (" + b.Triage.Table.Cell(u, m) + ")"
	if asked := b.Triage.Table.Of(u, triage.Neutral); m == triage.Positive && asked != p {
		why += "; " + string(asked) + " when something is asked, too"
	}
	return p, why
}
