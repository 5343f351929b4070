package pages

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
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
	Words, Href string
	N           int
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
			s.Suppressed = append(s.Suppressed, reasonView{v.said(desk.Silence(code).Words()), "/console/suppressed?" + url.Values{"brand": {b.ID}, "day": {d.Day}, "reason": {code}}.Encode(), n})
		}
		for code, n := range d.Held {
			s.Held = append(s.Held, reasonView{v.said(desk.Hold(code).Words()), "/console/held?" + url.Values{"brand": {b.ID}, "state": {"all"}, "reason": {code}}.Encode(), n})
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
	view.Day, view.Before = v.Time(t, "Monday 2 January 2006"), t.AddDate(0, 0, -1).Format(time.DateOnly)
	if name < desk.Day(v.now) {
		view.After = t.AddDate(0, 0, 1).Format(time.DateOnly)
	}
	h.render(w, http.StatusOK, "day", v, page{Title: v.T("The day's sum"), At: "day", Body: &view})
}

// switchView is a brand's silence switch.
type switchView struct {
	Brand, ID string
	desk.Switch
	Who  string
	When moment
	May  bool // turn it

	Tells *toldIncident
	Texts []incidentText
	Until string // as a field of a form has it
	Alert string
	Zone  string
}

// toldIncident is what receipts tell now.
type toldIncident struct {
	Who   string
	Until moment
}

// incidentText is a text in a language of the brand's receipts.
type incidentText struct{ Language, Words, Text string }

// silence answers GET /console/silence: the silence switch, and what receipts tell of an incident.
func (h *Handler) silence(w http.ResponseWriter, v *visit) { h.showSilence(w, v, nil) }

func (h *Handler) showSilence(w http.ResponseWriter, v *visit, why *work.Problem) {
	var all []switchView
	for _, b := range h.brands(v) {
		s, p := h.desk.Silence(v.Context(), v.by, b.ID)
		if p != nil {
			h.problem(w, v.Request, v, p)
			return
		}
		one := switchView{Brand: b.Name, ID: b.ID, Switch: s.Switch, Who: s.By, When: v.at(s.At), May: work.May(v.by, b.ID, work.SetSilence)}
		if a := h.desk.Policy.Agent(s.By); a != nil {
			one.Who = a.Name
		}
		h.incident(v, b, &one, why)
		all = append(all, one)
	}
	status := http.StatusOK
	if why != nil {
		status = why.Status
	}
	h.render(w, status, "silence", v, page{Title: v.T("Silence switch"), At: "silence", Said: v.T(said[v.URL.Query().Get("said")]), Body: all})
}

// incident adds what receipts tell, and the form in which a lead writes it, with what was typed.
func (h *Handler) incident(v *visit, b *policy.Brand, one *switchView, why *work.Problem) {
	in := one.Incident
	if in != nil && v.now.Before(in.Until) {
		one.Tells = &toldIncident{Who: in.By, Until: v.at(in.Until)}
		if a := h.desk.Policy.Agent(in.By); a != nil {
			one.Tells.Who = a.Name
		}
		one.Until = in.Until.In(v.zone()).Format(localForm)
	}
	typed := why != nil && v.PostFormValue("brand") == b.ID
	if typed {
		one.Alert, one.Until = v.trouble(why), v.PostFormValue("until")
	}
	one.Zone = v.zone().String()
	for _, l := range v.byName(slices.Collect(maps.Keys(b.Receipts))) {
		t := incidentText{Language: l, Words: v.language(l)}
		switch {
		case typed:
			t.Text = v.PostFormValue("text-" + l)
		case one.Tells != nil:
			t.Text = in.Texts[l]
		}
		one.Texts = append(one.Texts, t)
	}
	if i := slices.IndexFunc(one.Texts, func(t incidentText) bool { return t.Language == b.Language }); i > 0 { // the brand's own first
		own := one.Texts[i]
		one.Texts = slices.Insert(slices.Delete(one.Texts, i, i+1), 0, own)
	}
}

// setIncident answers POST /console/incident with brand, until and text-en, text-it, …
func (h *Handler) setIncident(w http.ResponseWriter, v *visit) {
	texts := map[string]string{}
	for name := range v.PostForm {
		if l, ok := strings.CutPrefix(name, "text-"); ok && v.PostFormValue("over") == "" {
			texts[l] = v.PostFormValue(name)
		}
	}
	until := v.PostFormValue("until")
	if t, err := time.ParseInLocation(localForm, until, v.zone()); err == nil {
		until = t.Format(time.RFC3339)
	}
	body, err := json.Marshal(map[string]any{"texts": texts, "until": until})
	if err != nil {
		h.problem(w, v.Request, v, work.Refuse(http.StatusUnprocessableEntity, "texts", "this text cannot be read"))
		return
	}
	if _, p := h.desk.SetIncident(v.Context(), v.by, v.PostFormValue("brand"), body); p != nil {
		if p.Status == http.StatusForbidden || p.Status == http.StatusNotFound {
			h.problem(w, v.Request, v, p)
			return
		}
		h.showSilence(w, v, p)
		return
	}
	to(w, "/console/silence?said=incident")
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
