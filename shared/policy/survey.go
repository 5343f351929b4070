package policy

import (
	"slices"
	"strings"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/reply"
)

var (
	surveyKeys = []string{"after", "every", "until", "from", "to", "channels", "texts"}
	askKeys    = []string{"subject", "question", "answers", "automatic", "comment", "send", "thanks", "over"}
)

// Survey is the one question that a contact is asked after a resolution.
type Survey struct {
	After    time.Duration           // since the conversation was resolved
	Every    time.Duration           // a contact is asked once in it, whatever was resolved
	Until    time.Duration           // since it was asked, for how long it may be answered
	From, To calendar.Clock          // of the contact's day: at no other time it is asked
	Channels []string                // whose conversations it is about
	Texts    map[string]reply.Survey // by ISO 639-1 language
}

// Defaults of a survey that says no more than after.
const (
	DefaultSurveyEvery = 30 * 24 * time.Hour
	DefaultSurveyUntil = 14 * 24 * time.Hour
	surveyFrom         = calendar.Clock(9 * 60)
	surveyTo           = calendar.Clock(20 * 60)
	maxSurveyAfter     = 14 * 24 * time.Hour
)

// Daytime is at, or the next time on the clocks of a zone at which somebody may be asked.
func (s *Survey) Daytime(at time.Time, zone *time.Location) time.Time {
	local := at.In(zone)
	y, m, d := local.Date()
	morning := func(day int) time.Time {
		return time.Date(y, m, day, int(s.From)/60, int(s.From)%60, 0, 0, zone).UTC()
	}
	switch now := calendar.Clock(local.Hour()*60 + local.Minute()); {
	case now < s.From:
		return morning(d)
	case now >= s.To:
		return morning(d + 1)
	}
	return at
}

// SurveyWords are a survey's in a language, else in the brand's, with the language that they are in.
func (b *Brand) SurveyWords(language string) (reply.Survey, string) {
	if b.Survey == nil {
		return reply.Survey{}, b.Language
	}
	if s, ok := b.Survey.Texts[language]; ok {
		return s, language
	}
	return b.Survey.Texts[b.Language], b.Language
}

// Surveys tells whether some brand asks its contacts how it was.
func (p *Policy) Surveys() bool {
	return slices.ContainsFunc(p.Brands, func(b *Brand) bool { return b.Survey != nil })
}

// StopWord is what somebody may write who wants no more automatic mail, as a mail of that language says it.
func (b *Brand) StopWord(language string) string {
	for _, w := range stops(language) {
		if b.Stops(w) {
			return strings.ToUpper(w)
		}
	}
	if len(b.StopWords) == 0 {
		return ""
	}
	return strings.ToUpper(b.StopWords[0])
}

// survey reads it over its defaults; nil where the brand asks nobody.
func (p *parser) survey(o object, b *Brand) *Survey {
	v, ok := o.get("survey")
	if !ok {
		return nil
	}
	f, ok := p.object(v, surveyKeys)
	if !ok {
		return nil
	}
	s := &Survey{Every: DefaultSurveyEvery, Until: DefaultSurveyUntil, From: surveyFrom, To: surveyTo, Channels: []string{"email"}, Texts: map[string]reply.Survey{}}
	if v, ok := f.need("after", "say how long after a resolution, as in 24h"); ok {
		s.After = p.span(v, 0, maxSurveyAfter)
	}
	if v, ok := f.get("every"); ok {
		s.Every = p.days(v)
	}
	if v, ok := f.get("until"); ok {
		s.Until = p.days(v)
	}
	if v, ok := f.get("from"); ok {
		s.From, _ = p.clock(v, false)
	}
	if v, ok := f.get("to"); ok {
		s.To, _ = p.clock(v, true)
	}
	if s.To-s.From < 60 {
		p.report(v, "leave an hour of the day at least between from and to", "asks at no time of the day")
	}
	if v, ok := f.get("channels"); ok {
		for _, item := range p.list(v, len(Channels)) {
			if word, ok := p.word(item, Channels); ok && word != "email" {
				p.report(item, "leave it out: a survey is sent by mail alone so far", "surveys are not sent on %s", word)
			}
		}
	}
	p.surveyTexts(f, s, b)
	return s
}

// surveyTexts reads the brand's own words over the product's.
func (p *parser) surveyTexts(f object, s *Survey, b *Brand) {
	for _, lang := range builtin {
		s.Texts[lang], _ = reply.BuiltinSurvey(lang)
	}
	if v, ok := f.get("texts"); ok {
		p.byLanguage(v, func(lang string, v value) { s.Texts[lang] = p.surveyText(v, s.Texts[lang]) })
	}
	if _, ok := s.Texts[b.Language]; !ok && b.Language != "" {
		p.report(f.value, "write them under survey.texts."+b.Language, "there are no words for a survey in %s, the brand's language", b.Language)
	}
}

func (p *parser) surveyText(v value, t reply.Survey) reply.Survey {
	o, ok := p.object(v, askKeys)
	if !ok {
		return t
	}
	for _, x := range []struct {
		key string
		to  *string
	}{
		{"subject", &t.Subject}, {"question", &t.Question}, {"automatic", &t.Automatic}, {"comment", &t.Comment}, {"send", &t.Send}, {"thanks", &t.Thanks},
		{"over", &t.Over},
	} {
		if v, ok := o.get(x.key); ok {
			*x.to, _ = p.prose(v, 1000)
		}
	}
	if v, ok := o.get("answers"); ok {
		t.Answers = nil
		for _, item := range p.list(v, reply.Ratings) {
			t.Answers = appendText(t.Answers)(p.text(item, 60))
		}
	}
	p.breaches(o, t.Check())
	return t
}
