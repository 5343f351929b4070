package pages

import (
	"cmp"
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
func (h *Handler) corrections(f *facts, c work.Conversation) {
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
	same := func(s string) string { return s }
	add("Mood", "label", string(c.Sentiment.Label), words(triage.Negative, triage.Neutral, triage.Positive), same)
	add("Priority", "priority", string(c.Priority), words(triage.Low, triage.Normal, triage.High, triage.Urgent), same)
	add("Language", "language", c.Language, h.spoken(c.Brand), language)
}

func words[T ~string](all ...T) (out []string) {
	for _, x := range all {
		out = append(out, string(x))
	}
	return out
}

// spoken are the languages of those who answer for a brand, and its own, by their names.
func (h *Handler) spoken(brand string) (all []string) {
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
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(language(a), language(b)) })
	return slices.Compact(all)
}
