package pages

import (
	"cmp"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// historyView is what else the contact has written about.
type historyView struct {
	Items []beforeView
	More  bool
}

// beforeView is another conversation of the contact.
type beforeView struct {
	ID, Subject, Channel, Status, Mood string
	Last                               moment
}

// history is nil where there is nothing to tell. The page is worth more than it: what cannot be read now is left out.
func (h *Handler) history(v *visit, c work.Conversation) *historyView {
	all, p := h.desk.History(v.Context(), v.by, c.Contact.ID)
	if p != nil {
		return nil
	}
	view := &historyView{More: all.More}
	for _, x := range all.Items {
		if x.ID == c.ID {
			continue
		}
		one := beforeView{ID: x.ID, Channel: v.channel(x.Channel), Status: v.T(statuses[x.Status]), Mood: v.T(moods[x.Sentiment.Label]), Last: v.at(x.Last)}
		if one.Subject = cmp.Or(x.Subject, v.untitled(x.Channel)); h.hurt(v, x.Abuse) != "" {
			one.Subject = v.T("hidden: may hurt")
		}
		if x.Status == desk.StatusOpen {
			one.Status = v.T("open, too")
		}
		view.Items = append(view.Items, one)
	}
	if len(view.Items) == 0 {
		return nil
	}
	return view
}
