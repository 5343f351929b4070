package work

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/reply"
	"pronto/shared/setup"
)

// SurveyPage is what who holds a survey's link sees: the question, and what he has answered. It tells nothing of the conversation: the mail on its way, and with it the
// link, is read by others, too.
type SurveyPage struct {
	Language string
	Brand    string
	Words    reply.Survey
	Rating   int    // as answered before, or as the link says; 0: nothing yet
	Comment  string // what was just sent and could not be taken
	Over     bool   // its time is over, or another survey took its place
	Saved    bool
}

// Surveyed looks at a survey's link. Looking records nothing, for link scanners look at everything.
func (d *Desk) Surveyed(ctx context.Context, token string) (SurveyPage, *Problem) {
	_, page, _, p := d.surveyed(ctx, token)
	return page, p
}

// SignedSurvey tells whether a survey's link is one of ours, whatever has become of it.
func (d *Desk) SignedSurvey(token string) bool {
	_, ours, _ := d.keys.Questioned(token, d.Now())
	return ours
}

// surveyed is what a survey's token names. c is nil where nothing can be answered.
func (d *Desk) surveyed(ctx context.Context, token string) (q desk.Questioned, page SurveyPage, c *desk.Conversation, p *Problem) {
	q, ours, good := d.keys.Questioned(token, d.Now())
	b := d.Policy.Brand(q.Brand)
	if !ours || b == nil {
		return q, page, nil, coded(http.StatusNotFound, "link_not_good", "", "this link is not whole: open it from the mail once more")
	}
	page = SurveyPage{Brand: b.Name, Over: true}
	page.Words, page.Language = b.SurveyWords(b.Language)
	if b.Survey == nil { // the brand asks nobody any more
		page.Words, _ = reply.BuiltinSurvey("en")
		page.Language = "en"
		return q, page, nil, nil
	}
	c, err := d.store.Conversation(ctx, q.Ref)
	if err != nil {
		return q, page, nil, d.Unable("survey", err)
	}
	if c == nil || c.Survey == nil || c.Survey.Effect != q.Effect {
		return q, page, nil, nil
	}
	page.Words, page.Language = b.SurveyWords(c.Survey.In)
	if page.Over = !good; page.Over {
		return q, page, nil, nil
	}
	if r := c.Survey.Rating; r != nil {
		page.Rating = r.Is
	}
	return q, page, c, nil
}

// Rate records the answer to a survey, in place of an earlier one. A second try of the same changes nothing.
func (d *Desk) Rate(ctx context.Context, token string, rating int, comment string) (SurveyPage, *Problem) {
	q, page, c, p := d.surveyed(ctx, token)
	if p != nil || c == nil {
		return page, p
	}
	comment = cleanComment(comment)
	page.Comment = comment
	switch {
	case page.Words.Answer(rating) == "":
		return page, Refuse(http.StatusUnprocessableEntity, "a", "choose one of the answers")
	case utf8.RuneCountInString(comment) > desk.CommentRunes:
		return page, Refuse(http.StatusUnprocessableEntity, "comment", "a comment has 1000 characters at most")
	}
	page.Rating = rating
	m, err := d.store.SurveyMessage(ctx, c)
	if err != nil {
		return page, d.Unable("survey", err)
	}
	if m == nil {
		page.Over = true
		return page, nil
	}
	if comment == "" && m.Rating != nil {
		comment = m.Rating.Comment // the page does not show it again: who only changes his mind keeps it
	}
	ev := desk.Rated{Subject: desk.Subject{Ref: q.Ref, Channel: string(channel.Survey)}, Effect: q.Effect, Was: *m, Is: rating, Comment: comment}
	decision, err := d.turn(ctx, ev)
	switch {
	case err != nil:
		d.Log.Error("survey", "error", setup.Outermost(err))
		return page, Refuse(http.StatusServiceUnavailable, "", "it cannot be recorded now: go back, and send it once more")
	case decision.Refused != "":
		page.Over = true
		return page, nil
	}
	page.Saved, page.Comment = true, ""
	return page, nil
}

// answeredText is a survey's message as agents read it: the question, and what was answered.
func (d *Desk) answeredText(r desk.Ref, m desk.Message, language string) string {
	if m.Rating == nil {
		return m.Excerpt
	}
	text := fmt.Sprintf("%s\n\n%d/%d", m.Excerpt, m.Rating.Is, reply.Ratings)
	if b := d.Policy.Brand(r.Brand); b != nil && b.Survey != nil {
		words, _ := b.SurveyWords(language)
		text += " · " + words.Answer(m.Rating.Is)
	}
	if m.Rating.Comment != "" {
		text += "\n\n" + m.Rating.Comment
	}
	return text
}

// cleanComment is a comment without what nobody sees but everybody would read by: controls, and overrides of the direction of writing.
func cleanComment(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff' || unicode.Is(unicode.Co, r) {
			return -1
		}
		return r
	}, reply.Clean(s))
	return strings.TrimSpace(s)
}

// SurveyStats is how contacts have answered the surveys that were sent on some UTC days. It names no agent: a contact rates what happened to it, and that was seldom one
// person's doing.
type SurveyStats struct {
	All        *Rated            `json:"all"`
	ByChannel  map[string]*Rated `json:"by_channel"`
	ByLanguage map[string]*Rated `json:"by_language"`
	ByMood     map[string]*Rated `json:"by_mood"` // of the newest message when it was asked
	Low        []string          `json:"low"`     // conversations that were rated 1 or 2, newest first
}

// Rated counts surveys.
type Rated struct {
	Asked    int      `json:"asked"` // ordered; a mail that never arrived is among them
	Answered int      `json:"answered"`
	Rate     *float64 `json:"rate"`    // of those asked who answered; null of none
	Ratings  [5]int   `json:"ratings"` // how many gave 1, 2, 3, 4, 5
	Comments int      `json:"comments"`
	Good     *float64 `json:"good"` // of those who answered, who gave 4 or 5; null of none
}

func (r *Rated) count(a desk.Asked) {
	r.Asked++
	if a.Rating >= 1 && a.Rating <= len(r.Ratings) {
		r.Answered++
		r.Ratings[a.Rating-1]++
	}
	if a.Comment {
		r.Comments++
	}
	rate := float64(r.Answered) / float64(r.Asked)
	r.Rate = &rate
	if r.Answered > 0 {
		good := float64(r.Ratings[3]+r.Ratings[4]) / float64(r.Answered)
		r.Good = &good
	}
}

// maxLow is how many conversations with low ratings are named.
const maxLow = 20

func newSurveyStats() SurveyStats {
	return SurveyStats{All: &Rated{}, ByChannel: map[string]*Rated{}, ByLanguage: map[string]*Rated{}, ByMood: map[string]*Rated{}, Low: []string{}}
}

func (s *SurveyStats) count(a desk.Asked) {
	s.All.count(a)
	for _, x := range []struct {
		of  map[string]*Rated
		key string
	}{{s.ByChannel, a.Channel}, {s.ByLanguage, a.Language}, {s.ByMood, string(a.Mood)}} {
		if x.of[x.key] == nil {
			x.of[x.key] = &Rated{}
		}
		x.of[x.key].count(a)
	}
	if a.Rating == 1 || a.Rating == 2 {
		s.Low = append([]string{a.Conversation}, s.Low[:min(len(s.Low), maxLow-1)]...)
	}
}
