// Package reply renders receipts for a person, in that person's language.
//
// The idea: a brand writes a handful of sentences with placeholders, and this package fills in what is true at the moment: who has the message,
// by when that person will answer, on the customer's own clock.
//
// Invariants, whatever the template and whatever the sender wrote:
//   - The sentence that says the receipt is automatic stands in every receipt.
//   - Of the sender's own words nothing is repeated but a name that PlainName accepts; the subject repeats nothing at all.
//   - The time named is never later than the moment due, except by less than a minute when the minute before it has gone already (see When).
//   - Text and HTML say the same.
//
// Everything here is a function of its arguments: no clock, no network, no state.
package reply

import (
	"time"

	"pronto/shared/triage"
)

// Template is one language's wording, the brand's own, as it stands in the policy.
// Placeholders in braces: {name} {agent} {brand} {due}.
type Template struct {
	Subject   string `yaml:"subject"`  // {brand} only: nothing of the sender's
	Greeting  string `yaml:"greeting"` // with {name}: when the sender's name is plainly a name
	Hello     string `yaml:"hello"`    // when it is not
	Negative  string `yaml:"negative"` // the three full receipts, by mood: {agent} and {due} are required
	Neutral   string `yaml:"neutral"`
	Positive  string `yaml:"positive"`
	FollowUp  string `yaml:"follow_up"` // the short receipt: {agent} and {due} are required
	Automatic string `yaml:"automatic"` // the sentence that says it is an automatic receipt
	Closing   string `yaml:"closing"`   // above the signature
	Team      string `yaml:"team"`      // stands for {agent} and signs when nobody is on: {brand}; as in the middle of a sentence ("the {brand} team")
}

// Receipt is what one receipt has to say.
type Receipt struct {
	Language string // ISO 639-1; decides the form of times and dates
	Mood     triage.Mood
	Notice   Notice // what it tells instead of a receipt; Says must hold
	Short    bool   // follow-up: added, who has it, the time still holds
	Name     string // the sender's display name as written; used only when PlainName accepts it
	Agent    string // assignee's name; "" when the team signs
	Brand    string
	Due      time.Time      // by when the assignee will answer
	Now      time.Time      // decides "today" and "tomorrow"
	Zone     *time.Location // the customer's
	ZoneSure bool           // false: the zone is named beside the time
	Footer   string         // what the brand puts under every mail; "" for nothing
	Incident string         // what is known of what many write about, in the brand's words and this language; "" for nothing. A notice says nothing of it
}

// Rendered is a receipt ready to be sent.
type Rendered struct {
	Subject string
	Text    string
	HTML    string
}
