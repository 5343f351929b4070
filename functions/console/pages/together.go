package pages

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// hereView is a colleague at the conversation.
type hereView struct{ Here, Words string }

// crossedView is something that who answers has not seen.
type crossedView struct{ Words, Text, Hurts string }

// turn is up to where the page showed the conversation on which something was typed.
func turn(v *visit) int {
	n, _ := strconv.Atoi(v.PostFormValue("turn")) // what is no number says nothing
	return n
}

// maxPage bounds the name by which an open page calls itself.
const maxPage = 40

// here says that this page is open, by the name that it was made with, and tells who else is there.
func (h *Handler) here(v *visit, c work.Conversation, fresh string) company {
	there, opened := company{page: fresh}, true
	if name := v.URL.Query().Get("page"); live(v.Request) && name != "" && len(name) <= maxPage {
		there.page, opened = name, false
	}
	others := h.desk.PageOpen(v.Context(), v.by, c, there.page, opened, v.URL.Query().Get("typing") != "")
	for _, o := range others.Items {
		there.all = append(there.all, hereView{string(o.Here), v.present(o)})
	}
	if others.More > 0 {
		there.all = append(there.all, hereView{"", v.T("and %d more", others.More)})
	}
	return there
}

// present says what a colleague does. Times stand still while nothing changes, so that the page is not sent again.
func (v *visit) present(o work.Present) string {
	switch o.Here {
	case desk.Typing:
		return v.T("%s is typing", o.Agent.Name)
	case desk.Looking:
		return v.T("%s looks at this, too", o.Agent.Name)
	}
	return v.T("%s looked at this at %s", o.Agent.Name, v.Time(o.At.In(v.zone()), "15:04"))
}

// leave answers POST /console/conversations/{id}/leave, which a page sends when it is closed or put into the background.
func (h *Handler) leave(w http.ResponseWriter, v *visit) {
	page := v.PostFormValue("page")
	if page == "" || len(page) > maxPage {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	// Who leaves waits for no answer, and a browser whose page is gone may hang up: it is written down all the same.
	if p := h.desk.PageClosed(context.WithoutCancel(v.Context()), v.by, v.PathValue("id"), page); p != nil {
		w.WriteHeader(p.Status)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// crossed says what an answer was refused for, in the order in which it happened.
func (h *Handler) crossed(v *visit, since []work.Happened, c work.Conversation) (all []crossedView) {
	for _, s := range since {
		all = append(all, crossedView{v.happened(s, c), s.Text, h.hurt(v, s.Abuse)})
	}
	return all
}

func (v *visit) happened(s work.Happened, c work.Conversation) string {
	clock := func(t time.Time) string { return v.Time(t.In(v.zone()), "15:04") }
	switch s.Event {
	case "received":
		return v.T("%s wrote at %s.", s.Name, clock(s.At))
	case "edited":
		return v.T("%s changed it at %s.", s.Name, clock(s.At))
	case "deleted":
		return v.T("%s deleted it at %s.", s.Name, clock(s.At))
	case "noted":
		return v.T("%s left a note at %s.", s.Name, clock(s.At))
	case "claimed", "assigned":
		return v.T("%s was quicker and has it now.", c.Assignee.Name)
	case "resolved":
		return v.T("%s resolved it at %s.", s.Name, clock(s.At))
	}
	if s.Leaves != nil && s.Leaves.Sub(s.At) > time.Minute {
		return v.T("%s’s answer leaves at %s.", s.Name, v.at(*s.Leaves).Words)
	}
	if s.Leaves != nil {
		return v.T("%s has just sent an answer: it leaves in a moment.", s.Name)
	}
	return v.T("%s answered at %s.", s.Name, clock(s.At))
}
