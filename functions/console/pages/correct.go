package pages

import (
	"net/url"
	"slices"

	"pronto/functions/console/work"
	"pronto/shared/triage"
)

// correctionView is one thing that triage has read, and what it could be instead: a button each.
type correctionView struct {
	Words   string
	Instead []option // by their addresses
}

// corrections are what an agent can correct with one click, and who has corrected the mood. A language is offered that somebody of the brand speaks.
func (h *Handler) corrections(f *facts, v *visit, c work.Conversation) {
	for _, m := range c.Messages {
		if m.Corrected != "" && slices.Equal(c.Sentiment.Why, []string{h.nameOf(m.Corrected) + " says so"}) {
			f.MoodBy, f.MoodWhy = h.nameOf(m.Corrected), nil
		}
	}
	if f.Merged != "" || c.Sentiment.Label == "" {
		return
	}
	add := func(words, field, is string, all []string, name func(string) string) {
		view := correctionView{Words: words}
		for _, x := range all {
			if x != is {
				view.Instead = append(view.Instead, option{Value: "/console/conversations/" + c.ID + "/correct?" + url.Values{field: {x}}.Encode(), Words: name(x)})
			}
		}
		if len(view.Instead) > 0 {
			f.Corrections = append(f.Corrections, view)
		}
	}
	add(v.T("Mood"), "label", string(c.Sentiment.Label), texts(triage.Negative, triage.Neutral, triage.Positive), func(s string) string { return v.T(moods[triage.Mood(s)]) })
	add(v.T("Priority"), "priority", string(c.Priority), texts(triage.Low, triage.Normal, triage.High, triage.Urgent), func(s string) string { return v.T(priorities[triage.Priority(s)]) })
	add(v.T("Language"), "language", c.Language, h.spoken(v, c.Brand), v.language)
}

func texts[T ~string](all ...T) (out []string) {
	for _, x := range all {
		out = append(out, string(x))
	}
	return out
}

// spoken are the languages of those who answer for a brand, and its own, by their names.
func (h *Handler) spoken(v *visit, brand string) (all []string) {
	b := h.desk.Policy.Brand(brand)
	if b == nil {
		return nil
	}
	all = append(all, b.Language)
	for _, a := range h.desk.Policy.Agents {
		if slices.Contains(a.Brands, brand) {
			all = append(all, a.Languages...)
		}
	}
	return v.byName(all)
}
