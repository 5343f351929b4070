package pages

import (
	"encoding/json"
	"net/http"
	"sort"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/account"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

func (h *Handler) brands(v *visit) (all []*policy.Brand) {
	for _, id := range v.by.Brands {
		if b := h.desk.Policy.Brand(id); b != nil {
			all = append(all, b)
		}
	}
	return all
}

// dayView is a day's sum.
type dayView struct {
	Day, Before, After string
	Sums               []sumView
}

type sumView struct {
	Brand string
	account.Day
	Suppressed, Held []reasonView
	Promises         *promisesView // nil for who may not see them
	Forecast         *forecastView // nil on another day than today
}

type reasonView struct {
	Words string
	N     int
}

// day answers GET /console/day[?day=2026-11-22]: the sum of each of the agent's brands.
func (h *Handler) day(w http.ResponseWriter, v *visit) {
	name := v.URL.Query().Get("day")
	if name == "" {
		name = desk.Day(v.now)
	}
	var view dayView
	for _, b := range h.brands(v) {
		d, p := h.desk.Reconciliation(v.Context(), b.ID, name)
		if p != nil {
			h.problem(w, v.Request, v, p)
			return
		}
		s := sumView{Brand: b.Name, Day: d}
		for code, n := range d.Suppressed {
			s.Suppressed = append(s.Suppressed, reasonView{desk.Silence(code).Words(), n})
		}
		for code, n := range d.Held {
			s.Held = append(s.Held, reasonView{desk.Hold(code).Words(), n})
		}
		for _, list := range [][]reasonView{s.Suppressed, s.Held} {
			sort.Slice(list, func(i, j int) bool { return list[i].Words < list[j].Words })
		}
		if p := h.promised(v, b, name, &s); p != nil {
			h.problem(w, v.Request, v, p)
			return
		}
		view.Sums = append(view.Sums, s)
	}
	t, _ := time.Parse(time.DateOnly, name)
	view.Day, view.Before = t.Format("Monday 2 January 2006"), t.AddDate(0, 0, -1).Format(time.DateOnly)
	if name < desk.Day(v.now) {
		view.After = t.AddDate(0, 0, 1).Format(time.DateOnly)
	}
	h.render(w, http.StatusOK, "day", v, page{Title: "The day's sum", At: "day", Body: &view})
}

// switchView is a brand's silence switch.
type switchView struct {
	Brand, ID string
	desk.Switch
	Who  string
	When moment
	May  bool // turn it
}

// silence answers GET /console/silence.
func (h *Handler) silence(w http.ResponseWriter, v *visit) {
	var all []switchView
	for _, b := range h.brands(v) {
		s, p := h.desk.Silence(v.Context(), v.by, b.ID)
		if p != nil {
			h.problem(w, v.Request, v, p)
			return
		}
		one := switchView{Brand: b.Name, ID: b.ID, Switch: s.Switch, Who: s.By, When: at(s.At, v.now, v.zone()), May: work.May(v.by, b.ID, work.SetSilence)}
		if a := h.desk.Policy.Agent(s.By); a != nil {
			one.Who = a.Name
		}
		all = append(all, one)
	}
	h.render(w, http.StatusOK, "silence", v, page{Title: "Silence switch", At: "silence", Said: said[v.URL.Query().Get("said")], Body: all})
}

// setSilence answers POST /console/silence with brand, on and why.
func (h *Handler) setSilence(w http.ResponseWriter, v *visit) {
	body, err := json.Marshal(map[string]any{"on": v.PostFormValue("on") == "true", "why": v.PostFormValue("why")})
	if err != nil {
		h.problem(w, v.Request, v, work.Refuse(http.StatusUnprocessableEntity, "why", "this text cannot be read"))
		return
	}
	if _, p := h.desk.SetSilence(v.Context(), v.by, v.PostFormValue("brand"), body); p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	to(w, "/console/silence?said=silence")
}
