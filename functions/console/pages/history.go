package pages

import (
	"cmp"
	"slices"
	"strings"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// historyView is what else the contact has written about, on whichever of the addresses that are known to be one person's, and what an agent may say of it.
type historyView struct {
	ID       string // of the conversation that is shown
	Items    []beforeView
	Promises string // how those of all that is listed ended, in words; "" where none has
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
	Promise                            string  // what became of what was promised in it, "" where nothing was
	PromiseAt                          *moment // and for when that was
	Broken                             bool
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
	view.Promises = v.endings(append(slices.Clone(all.Items), c))
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
	if p := x.Promise; p != nil {
		at := v.at(p.By)
		one.Promise, one.PromiseAt, one.Broken = v.T(promised[p.State]), &at, p.State == desk.PromiseBroken
	}
	if x.Merged != "" {
		one.Status = v.T("merged into another")
	}
	if x.Contact.ID != c.Contact.ID {
		one.Whose = cmp.Or(x.Contact.Address, x.Contact.Name)
	}
	return one
}

// endings say how the promises of a contact's conversations ended: of each the last, which is what its head has. Each conversation counts once.
func (v *visit) endings(all []work.Conversation) string {
	n, count, seen := 0, map[string]int{}, map[string]bool{}
	for _, c := range all {
		if c.Promise == nil || seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		n++
		count[c.Promise.State]++
	}
	var parts []string
	for _, x := range []struct {
		n   int
		key words.Key
	}{
		{count[desk.PromiseKept], words.Key("%d kept | %d kept")}, {count[desk.PromiseBroken], words.Key("%d broken | %d broken")}, {count[desk.PromiseGivenUp], words.Key("%d given up | %d given up")},
		{count[desk.PromiseGiven] + count[desk.PromiseRenewed], words.Key("%d to come | %d to come")},
	} {
		if x.n > 0 {
			parts = append(parts, v.T(x.key, x.n))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return v.T("%d promise: %s | %d promises: %s", n, strings.Join(parts, ", "))
}
