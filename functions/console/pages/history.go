package pages

import (
	"cmp"
	"slices"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// historyView is what else the contact has written about, on whichever of the addresses that are known to be one person's, and what an agent may say of it.
type historyView struct {
	ID       string // of the conversation that is shown
	Items    []beforeView
	More     bool
	Same     []sameView
	Related  []beforeView
	Gone     []string // what it has to do with, and is no longer kept
	May      bool     // it may be merged into another, and related
	Into, To []option // of the contact's own
	Form     tiesForm
	Failed   string
}

// sameView is another contact that is the same person.
type sameView struct {
	Contact, Name, By, Why string
	Consent                bool
}

// beforeView is another conversation.
type beforeView struct {
	ID, Subject, Channel, Status, Mood string
	Whose                              string // where it is another contact's
	Last                               moment
}

// history is nil where it cannot be read now: the page is worth more than it.
func (h *Handler) history(v *visit, c work.Conversation, f tiesForm) *historyView {
	all, p := h.desk.History(v.Context(), v.by, c.Contact.ID)
	if p != nil {
		return nil
	}
	view := &historyView{ID: c.ID, More: all.More, May: c.Merged == "", Form: f}
	for _, x := range c.Contact.Same {
		view.Same = append(view.Same, sameView{x.Contact, cmp.Or(x.Address, x.Name), h.nameOf(x.By), x.Why, x.Consent})
	}
	for _, x := range all.Items {
		if x.ID == c.ID {
			continue
		}
		one := h.before(v, c, x)
		view.Items = append(view.Items, one)
		choice := option{Value: x.ID, Words: v.T("%s, by %s, %s", one.Subject, one.Channel, one.Last.Words)}
		if view.To = append(view.To, choice); x.Channel == c.Channel && x.Status != desk.StatusClosed {
			view.Into = append(view.Into, choice)
		}
	}
	related, p := h.desk.Related(v.Context(), v.by, c)
	if p != nil {
		return nil
	}
	for _, x := range related {
		view.Related = append(view.Related, h.before(v, c, x))
	}
	for _, id := range c.Related {
		if slices.Contains(c.Gone, id) {
			view.Gone = append(view.Gone, id)
		}
	}
	return view
}

// before is another conversation as it is listed beside c.
func (h *Handler) before(v *visit, c, x work.Conversation) beforeView {
	one := beforeView{ID: x.ID, Channel: v.channel(x.Channel), Status: v.T(statuses[x.Status]), Mood: v.T(moods[x.Sentiment.Label]), Last: v.at(x.Last)}
	one.Subject = h.subject(v, cmp.Or(x.Subject, v.untitled(x.Channel)), x.Abuse)
	if x.Status == desk.StatusOpen {
		one.Status = v.T("open, too")
	}
	if x.Merged != "" {
		one.Status = v.T("merged into another")
	}
	if x.Contact.ID != c.Contact.ID {
		one.Whose = cmp.Or(x.Contact.Address, x.Contact.Name)
	}
	return one
}
