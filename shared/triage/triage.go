// Package triage judges what a message is about: its language, its mood, how urgent it is, and the priority that follows, each with why.
package triage

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

// PriorityOf ranks a message by what is known of it: what is urgent goes before all, a complaint is high, and praise in which nothing is asked is low.
func PriorityOf(m Mood, urgent, asks bool) Priority {
	switch {
	case urgent:
		return Urgent
	case m == Negative:
		return High
	case m == Positive && !asks:
		return Low
	}
	return Normal
}

// Input is what a judge may look at.
type Input struct {
	Subject string
	Text    string // new text only: quotes trimmed, valid UTF-8
	Hint    string // language known otherwise (ISO 639-1: the contact's earlier messages, Content-Language), or ""
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
	Urgent      bool
	Priority    Priority
	PriorityWhy []string
}

// Judge is the seam behind which a better judge may come.
type Judge func(Input) Judgement
