package pages

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pronto/functions/console/work"
)

// leavingView is what an agent has at a brand who leaves it.
type leavingView struct {
	work.Offboarding
	Name         string // of the brand
	Since        *moment
	Owed         []promiseView
	Waiting      []waitingView
	On           []shiftTime
	Empty        gapsView
	People       []option // whom it may be given to
	Team         option   // everybody
	Note, Key    string
	Alert        string
	FieldAtFault string
}

// waitingView is an answer that has not left.
type waitingView struct {
	ID, Contact string
	When        moment
	Stopped     string
}

// shiftTime is a shift.
type shiftTime struct{ From, To moment }

// maxShifts is how many shifts the page names.
const maxShifts = 10

// dated is a time that names its day whichever it is.
func (v *visit) dated(t time.Time) moment {
	m := v.at(t)
	m.Words = v.Time(t.In(v.zone()), "Mon 2 Jan, 15:04")
	return m
}

// departing answers GET /console/leaving?brand=&agent=; without an agent, where one is chosen.
func (h *Handler) departing(w http.ResponseWriter, v *visit) {
	if strings.TrimSpace(v.URL.Query().Get("agent")) == "" {
		to(w, "/console/handover")
		return
	}
	h.showLeaving(w, v, v.URL.Query().Get("brand"), v.URL.Query().Get("agent"), nil)
}

func (h *Handler) showLeaving(w http.ResponseWriter, v *visit, brand, agent string, why *work.Problem) {
	has, p := h.desk.Offboarding(v.Context(), v.by, brand, strings.TrimSpace(agent))
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view := leavingView{Offboarding: has, Name: h.desk.Policy.Brand(has.Brand).Name, Key: rand.Text(), People: h.colleagues(has.Brand, v.PostFormValue("to"), has.Agent.ID)}
	team := h.desk.Policy.Brand(has.Brand).Team.ID
	view.Team = option{Value: team, On: v.PostFormValue("to") == team}
	if has.Left != nil {
		since := v.at(*has.Left)
		view.Since = &since
	}
	for _, o := range has.Promises {
		view.Owed = append(view.Owed, h.owedView(v, o))
	}
	for _, s := range has.Scheduled {
		x := waitingView{ID: s.Conversation, Contact: s.Contact, When: v.at(s.At)}
		if s.Stopped != "" {
			x.Stopped = v.said(s.Stopped.Words())
		}
		view.Waiting = append(view.Waiting, x)
	}
	for _, x := range has.Shifts[:min(len(has.Shifts), maxShifts)] {
		view.On = append(view.On, shiftTime{v.dated(x.Start), v.dated(x.End)})
	}
	view.Empty = v.gaps(has.Nobody)
	status := http.StatusOK
	if why != nil {
		view.Alert, view.FieldAtFault, view.Note, status = v.trouble(why), why.Field, v.PostFormValue("note"), why.Status
	}
	h.render(w, status, "leaving", v, page{Title: v.T("%s leaves", has.Agent.Name), At: "handover", Said: v.T(said[v.URL.Query().Get("said")]), Body: &view})
}

// letGo answers POST /console/leaving with brand, agent, to, note and, for who comes back, return.
func (h *Handler) letGo(w http.ResponseWriter, v *visit) {
	form := v.PostForm
	brand, agent := form.Get("brand"), form.Get("agent")
	if form.Get("to") == "" && form.Get("return") == "" {
		h.showLeaving(w, v, brand, agent, work.Refuse(http.StatusUnprocessableEntity, "to", "choose who has it then, or everybody"))
		return
	}
	do, done := h.desk.LetGo, "left"
	body, err := json.Marshal(map[string]any{"to": form.Get("to"), "note": form.Get("note")})
	if err != nil {
		h.problem(w, v.Request, v, work.Refuse(http.StatusUnprocessableEntity, "note", "this text cannot be read"))
		return
	}
	if form.Get("return") != "" {
		do, done, body = h.desk.TakeOn, "returned", nil
	}
	got, _, p := do(v.Context(), v.by, brand, agent, work.Request{Body: body, Key: form.Get("key") + ":" + done})
	if p != nil {
		h.showLeaving(w, v, brand, agent, p)
		return
	}
	if done == "left" && got.More {
		done = "left_more"
	}
	to(w, "/console/leaving?"+url.Values{"brand": {brand}, "agent": {agent}, "said": {done}}.Encode())
}
