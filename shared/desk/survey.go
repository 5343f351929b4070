package desk

import (
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Survey is where a conversation stands with the one question after a resolution: when it is to be asked, and what became of it when it was.
type Survey struct {
	Of     time.Time  `json:"of,omitzero"`      // the resolution that it was thought of for: each once
	Due    *time.Time `json:"due,omitempty"`    // when the contact is to be asked; nil: not, or it was decided
	Effect string     `json:"effect,omitempty"` // by which it was asked last; "": never. Only this one may be answered
	Asked  time.Time  `json:"asked,omitzero"`
	Until  time.Time  `json:"until,omitzero"` // for how long it may be answered
	In     string     `json:"in,omitempty"`   // the language of the question
	Rating *Rating    `json:"rating,omitempty"`

	Mood triage.Mood `json:"mood,omitempty"` // of the newest of the contact's messages when it was asked
}

// Rating is what a contact answers: 5 is the best, 1 the worst. The comment lies with the survey's message alone.
type Rating struct {
	Is      int       `json:"is"`
	Comment string    `json:"comment,omitempty"`
	At      time.Time `json:"at"` // of the first answer
}

// MaxRatings is how often one survey is answered: who changes his mind more often keeps what he said last, and whoever has the link writes no more turns by it.
const MaxRatings = 10

// CommentRunes caps a comment.
const CommentRunes = 1000

// Question is what a survey's effect has to say, and to whom.
type Question struct {
	To         channel.Party   `json:"to"`
	Language   string          `json:"language"`
	By         policy.Assignee `json:"by"` // who signs: who had the conversation when it was resolved
	Until      time.Time       `json:"until"`
	Zone       Zone            `json:"zone"`
	InReplyTo  string          `json:"in_reply_to,omitempty"`
	References []string        `json:"references,omitempty"`
}

// Asked is a survey as it is counted: the same row is written when it is sent and whenever it is answered. It names no agent.
type Asked struct {
	Ref
	Effect   string      `json:"effect"`
	At       time.Time   `json:"at"`
	Channel  string      `json:"channel"`
	Language string      `json:"language"`
	Mood     triage.Mood `json:"mood,omitempty"` // of the newest of the contact's messages when it was asked
	Rating   int         `json:"rating,omitempty"`
	Rated    time.Time   `json:"rated,omitzero"`
	Comment  bool        `json:"comment,omitempty"` // there is one, with the conversation
}

// Unasked is why a survey that was due was not sent.
type Unasked string

// The reasons.
const (
	AskedLately Unasked = "asked_lately"
	AskedLate   Unasked = "too_late"
	NotAskable  Unasked = "not_askable"
)

// Words is the reason as a support lead reads it.
func (u Unasked) Words() string {
	switch u {
	case AskedLately:
		return "the contact was asked not long ago"
	case AskedLate:
		return "its time went by while the desk stood still"
	case NotAskable:
		return "the contact is not known, wants no automatic mail, is blocked, or mail to it comes back"
	}
	return string(u)
}

// lateSurvey is how long after its time a survey may still be sent: after an outage nobody is asked about what he has forgotten.
const lateSurvey = 48 * time.Hour

// SpamTag is the tag of what agents have called spam.
const SpamTag = "spam"

// plan sets the survey's clock in the turn that resolves a matter, and takes it off where somebody owes something again.
func (t *turn) plan() {
	c := &t.Conversation
	if c.Survey != nil && c.Survey.Due != nil && !settled(c) {
		c.Survey.Due = nil
		t.why("no survey: it is not resolved any more")
	}
	if !t.surveys() || c.Status != StatusResolved || c.Resolved == nil || !c.Resolved.Equal(t.now) || !c.worthAsking() || t.facts.Past {
		return
	}
	if c.Survey == nil {
		c.Survey = &Survey{}
	}
	if c.Survey.Of.Equal(t.now) {
		return
	}
	due := t.daytime(t.now.Add(t.brand.Survey.After))
	c.Survey.Of, c.Survey.Due = t.now, &due
}

// settled tells whether nobody owes anything, for now or for good.
func settled(c *Conversation) bool { return c.Status == StatusResolved || c.Status == StatusClosed }

// surveys tells whether the brand asks about conversations of this kind.
func (t *turn) surveys() bool {
	return t.brand != nil && t.brand.Survey != nil && slices.Contains(t.brand.Survey.Channels, t.Conversation.Channel)
}

// worthAsking tells whether a person has answered the contact, who had a receipt: nobody is asked about what he was only thanked for, and nothing is sent to an
// address that no receipt was sent to.
func (c *Conversation) worthAsking() bool {
	wrote := c.Opened
	for _, x := range c.Targets {
		if x.Kind == sla.FirstResponse && x.Set.After(wrote) {
			wrote = x.Set // an agent began it: what left before is no answer
		}
	}
	answered := c.Answered.After(wrote) || c.Promise != nil && !c.Promise.Answered.IsZero()
	_, told := c.ToldBy() // here, or in what was merged into it, or what it was split from
	return answered && told && !c.Withdrawn && c.Merged == "" && !slices.Contains(c.Tags, SpamTag)
}

// daytime moves a time out of the contact's night.
func (t *turn) daytime(at time.Time) time.Time {
	return t.brand.Survey.Daytime(at, t.Conversation.Zone.Location(t.brand.Zone))
}

// surveyClock is when the contact is to be asked.
func (t *turn) surveyClock() (time.Time, bool) {
	s := t.Conversation.Survey
	if s == nil || s.Due == nil || !t.surveys() {
		return time.Time{}, false
	}
	return *s.Due, true
}

// asks tells whether the time has come.
func (t *turn) asks() bool {
	at, ok := t.surveyClock()
	return ok && !at.After(t.now)
}

// ask orders a survey whose time has come, or says why not; it tells whether there was one.
func (t *turn) ask() bool {
	if !t.asks() {
		return false
	}
	c := &t.Conversation
	was := *c.Survey.Due
	if day := t.daytime(t.now); day.After(t.now) {
		c.Survey.Due = &day
		t.why("a survey waits for the morning where the contact is")
		return true
	}
	c.Survey.Due = nil
	if why := t.unasked(was); why != "" {
		t.why("no survey: " + string(why))
		return true
	}
	t.question()
	return true
}

// unasked is why a survey that is due is not sent; "" when it is.
func (t *turn) unasked(was time.Time) Unasked {
	c, who := &t.Conversation, t.facts.Contact
	switch {
	case t.now.Sub(was) > lateSurvey:
		return AskedLate
	case !settled(c), !c.worthAsking(), who == nil, !who.Askable(t.now):
		return NotAskable
	case t.now.Sub(t.surveyed()) < t.brand.Survey.Every:
		return AskedLately
	}
	return ""
}

// surveyed is when the contact was asked last, as the whole person that it is; zero: never.
func (t *turn) surveyed() (last time.Time) {
	for _, x := range append([]Contact{*t.facts.Contact}, t.facts.Same...) {
		if x.Surveyed != nil && x.Surveyed.After(last) {
			last = *x.Surveyed
		}
	}
	return last
}

// Askable tells whether a contact may be asked how we did.
func (c *Contact) Askable(now time.Time) bool { return c.Party.Address != "" && c.Unwanted(now) == "" }

// question orders the survey, with its message and its row.
func (t *turn) question() {
	c, s := &t.Conversation, t.Conversation.Survey
	who := *t.facts.Contact
	who.Surveyed, c.Ratings = &t.now, 0
	t.Contact = &who
	language := c.Language
	if who.Card != nil && who.Card.Language != "" {
		language = who.Card.Language
	}
	words, language := t.brand.SurveyWords(language)
	id := EffectID(c.Sequence+1, len(t.Effects))
	*s = Survey{Of: s.Of, Effect: id, Asked: t.now, Until: t.now.Add(t.brand.Survey.Until), In: language, Mood: c.Sentiment.Label}
	t.Effects = append(t.Effects, Effect{
		Ref: c.Ref, ID: id, Contact: c.Contact, Kind: channel.Survey, Lane: Lane(c.Channel), Channel: c.Channel, Day: Day(t.now), Decided: t.now,
		Survey: &Question{To: who.Party, Language: language, By: c.Assignee, Until: s.Until, Zone: c.Zone, InReplyTo: c.Thread.ID, References: c.Thread.References},
	})
	c.Messages++
	t.Message = &Message{ // what is settled is handed to nobody: no other message is of this turn
		ID: surveyMessage(id), ProviderID: surveyMessage(id), Direction: "out", Kind: "survey", At: t.now, Author: channel.Party{Name: c.Assignee.Name},
		Excerpt: mail.Cut(words.Page(words.Question, c.Assignee.Name, t.brand.Name), ExcerptBytes), Effect: id,
	}
	c.Version++
	t.Asked = c.asked(false)
	t.why("the contact is asked how we did")
}

func surveyMessage(effect string) string { return "survey-" + effect }

// SurveyMessage names the message of the newest survey, as the store has it; ok is false where none was asked.
func (c *Conversation) SurveyMessage() (at time.Time, id string, ok bool) {
	if c.Survey == nil || c.Survey.Effect == "" {
		return at, "", false
	}
	return c.Survey.Asked, surveyMessage(c.Survey.Effect), true
}

// asked is the survey's row as it stands.
func (c *Conversation) asked(comment bool) *Asked {
	s := c.Survey
	a := &Asked{Ref: c.Ref, Effect: s.Effect, At: s.Asked, Channel: c.Channel, Language: s.In, Mood: s.Mood, Comment: comment}
	if s.Rating != nil {
		a.Rating, a.Rated = s.Rating.Is, s.Rating.At
	}
	return a
}

// Rated is a contact answering a survey, by its link. It may come again, with another answer, until the survey's time is over; the conversation's state tells a
// repetition: the event has no key of its own.
type Rated struct {
	Subject
	Effect  string  // the survey that is answered
	Was     Message // the survey's, as it is kept
	Is      int     // 1 to reply.Ratings
	Comment string  // clean, at most CommentRunes
}

// About is the event's subject.
func (e Rated) About() Subject { return e.Subject }

// NotAsked is why an answer to a survey is not taken: none is to be answered, or no longer.
const NotAsked Refusal = "not_asked"

// rated keeps an answer. It reopens nothing and promises nothing: who wants an answer writes one.
func rated(f Facts, ev Rated, p *policy.Policy, now time.Time) Decision {
	t := begin(f, "rated", p, ev.Ref, now)
	switch c := f.Conversation; {
	case c == nil || t.brand == nil || c.Survey == nil || c.Survey.Effect != ev.Effect || !now.Before(c.Survey.Until) || ev.Is < 1 || ev.Is > reply.Ratings:
		t.Nothing, t.Refused = true, NotAsked
		t.why(string(NotAsked))
		return t.Decision
	case ev.Was.Rating != nil && ev.Was.Rating.Is == ev.Is && ev.Was.Rating.Comment == ev.Comment && c.Survey.Rating != nil && c.Survey.Rating.Is == ev.Is:
		t.Nothing = true
		t.why("taken before")
		return t.Decision
	case c.Ratings >= MaxRatings:
		t.Nothing, t.Refused = true, NotAsked
		t.why("answered too often")
		return t.Decision
	}
	t.keep()
	c, first := &t.Conversation, now
	c.Ratings++ // and no version: what an agent is about to do does not depend on it
	if r := c.Survey.Rating; r != nil {
		first = r.At
	}
	c.Survey.Rating = &Rating{Is: ev.Is, At: first}
	m := ev.Was
	m.Rating = &Rating{Is: ev.Is, Comment: ev.Comment, At: first}
	t.Message, t.Again = &m, true
	t.Asked = c.asked(ev.Comment != "")
	t.why("the contact answered the survey")
	t.close()
	return t.Decision
}
