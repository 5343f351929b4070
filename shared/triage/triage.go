// Package triage judges what a message is about: its language, its mood, how urgent it is, and the priority that follows, each with why.
package triage

import "slices"

// Mood is the sentiment of a message as one word.
type Mood string

const (
	Negative Mood = "negative"
	Neutral  Mood = "neutral"
	Positive Mood = "positive"
)

// Priority orders the queue; it always travels with its why.
type Priority string

const (
	Low    Priority = "low"
	Normal Priority = "normal"
	High   Priority = "high"
	Urgent Priority = "urgent"
)

// Known tells whether m is one of the moods.
func (m Mood) Known() bool { return index(m) >= 0 }

var priorities = []Priority{Low, Normal, High, Urgent}

// Known tells whether p is one of the priorities.
func (p Priority) Known() bool { return slices.Contains(priorities, p) }

// Above tells whether p goes before other; anything goes before none.
func (p Priority) Above(other Priority) bool {
	return slices.Index(priorities, p) > slices.Index(priorities, other)
}

// Input is what a judge may look at.
type Input struct {
	Subject string
	Text    string   // new text only: quotes trimmed, valid UTF-8
	Told    string   // language known for certain (ISO 639-1), or ""
	Mood    Mood     // mood known for certain: a person has told it; or ""
	Second  *Opinion // what another judge says of the mood; nil: nobody was asked
	Hint    string   // language known otherwise (ISO 639-1: the contact's earlier messages, Content-Language), or ""
}

// Sentiment is a mood with its strength, from -1 (furious) to +1 (delighted), and the words that suggested it.
type Sentiment struct {
	Label Mood     `json:"label"`
	Score float64  `json:"score"`
	Why   []string `json:"why"`
}

// Judgement is what triage says of one message.
type Judgement struct {
	Language    string // ISO 639-1, or "" when the text does not tell
	Sentiment   Sentiment
	Negative    float64 // probability that it is negative
	Margin      float64 // by which the likeliest mood leads: where it is small, a second opinion may help
	Urgent      bool
	Pressed     bool // haste is asked for, without a reason that makes it urgent
	Persona     *Persona
	Abuse       Abuse  // what hurts in it, as Abusive reads it where a message comes in; "" for nothing
	Second      string // what came of asking for a second opinion, in words; "": nobody was asked
	Priority    Priority
	PriorityWhy []string
}

// Judge is the seam behind which a better judge may come.
type Judge func(Input) Judgement

// Urgency is how little a message can wait, whatever its mood.
type Urgency string

const (
	NoHurry    Urgency = "none"
	SoonPlease Urgency = "soon"   // haste is asked for
	AtOnce     Urgency = "urgent" // for a reason: a flight leaves, somebody is hurt
)

// Urgency says how little the message can wait.
func (j Judgement) Urgency() Urgency {
	switch {
	case j.Urgent:
		return AtOnce
	case j.Pressed:
		return SoonPlease
	}
	return NoHurry
}
