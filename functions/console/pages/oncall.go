package pages

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/calendar"
	"pronto/shared/oncall"
)

// onCallView is who is on now, and one brand's month.
type onCallView struct {
	Now    []shiftView
	Brands []option // by their addresses; none when there is one
	Brand  string   // whose month it is
	Name   string
	Team   string
	Days   []dayShifts
	Gaps   gapsView
	Change []changeView
	Feed   string // the agent's own calendar: a secret
	Made   int    // how often that address was made anew
	Fresh  bool   // just now

	Kinds, People, Others []option
	Form                  rotaForm
	Field, Alert          string // what is wrong with the form, and where
	Key                   string
	ZoneName              string
	Relief                string // who might be asked to take a shift
}

// shiftView is who is on call for a brand.
type shiftView struct {
	work.BrandOnCall
	Until *moment
}

// dayShifts is a day of the month.
type dayShifts struct {
	Date  string
	Words string
	Parts []partView
}

// partView is who is on for a part of a day.
type partView struct {
	When string
	Who  string // "" for nobody
}

// changeView is a change of the rota.
type changeView struct {
	ID, What, Span, By, Why string
	Made                    *moment // nil in the rule book
	Mine, Now               bool
	Gaps                    gapsView
}

// gapsView are the first gaps in words, and how many there are beyond.
type gapsView struct {
	Words []string
	More  int
}

// rotaForm is what an agent has typed to change the rota.
type rotaForm struct{ Kind, Agent, Instead, Start, End, Why string }

// monthDays is how many days the month has: 31 and today.
const monthDays = 32

// onCall answers GET /console/on-call[?brand=]: who is on now and next, and a brand's month.
func (h *Handler) onCall(w http.ResponseWriter, v *visit) {
	h.showOnCall(w, v, http.StatusOK, v.URL.Query().Get("brand"), rotaForm{}, nil)
}

// showOnCall writes the page, with what was typed and why it was not done.
func (h *Handler) showOnCall(w http.ResponseWriter, v *visit, status int, brand string, f rotaForm, why *work.Problem) {
	now, p := h.desk.OnCall(v.Context(), v.by, "", "")
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view := onCallView{Form: f, Key: rand.Text(), ZoneName: v.zone().String()}
	for _, b := range now.Brands {
		s := shiftView{BrandOnCall: b}
		if b.Until != nil {
			m := v.at(*b.Until)
			s.Until = &m
		}
		view.Now = append(view.Now, s)
	}
	if all := h.brands(v); brand == "" && len(all) > 0 {
		brand = all[0].ID
	}
	if brand != "" {
		if p := h.month(v, brand, &view); p != nil {
			h.problem(w, v.Request, v, p)
			return
		}
	}
	if why != nil {
		view.Field, view.Alert = why.Field, v.trouble(why)
		if why.Field == "Idempotency-Key" {
			view.Alert = v.T("This was done already, with something else in the form. Look at what is there; if you want this as well, press the button again.")
		} else if key := v.PostFormValue("key"); key != "" {
			view.Key = key
		}
	}
	h.render(w, status, "on_call", v, page{Title: v.T("On call"), At: "on-call", Said: v.T(said[v.URL.Query().Get("said")]), Body: &view})
}

// month fills in a brand's month.
func (h *Handler) month(v *visit, brand string, view *onCallView) *work.Problem {
	today := day(v.now.In(v.zone()), 0)
	m, p := h.desk.Month(v.Context(), v.by, brand, today, day(today, monthDays))
	if p != nil {
		return p
	}
	b := h.desk.Policy.Brand(m.Brand)
	view.Brand, view.Name, view.Team = b.ID, b.Name, b.Team.Name
	for _, x := range h.brands(v) {
		view.Brands = append(view.Brands, option{"/console/on-call?brand=" + url.QueryEscape(x.ID), x.Name, x.ID == b.ID})
	}
	if len(view.Brands) == 1 {
		view.Brands = nil
	}
	view.Days, view.Gaps = v.days(m.Shifts, today), v.gaps(m.Gaps)
	for _, c := range m.Changes {
		view.Change = append(view.Change, h.changed(v, c))
	}
	for _, l := range m.Left {
		view.Change = append(view.Change, v.left(l))
	}
	if view.Relief, p = h.relief(v, b.ID, view.Form.Start); p != nil {
		return p
	}
	feed, p := h.desk.FeedOf(v.Context(), v.by)
	if p != nil {
		return p
	}
	view.Feed, view.Made, view.Fresh = h.console.String()+feed.Path, feed.Made, v.URL.Query().Get("said") == "feed"
	view.Kinds = []option{
		{work.KindOverride, v.T("takes the shift"), view.Form.Kind == work.KindOverride}, {work.KindSwap, v.T("swaps shifts"), view.Form.Kind == work.KindSwap},
		{work.KindLeave, v.T("is away"), view.Form.Kind == work.KindLeave},
	}
	view.People = people(m.People, cmp.Or(view.Form.Agent, v.by.ID))
	view.Others = people(m.Others, view.Form.Instead)
	return nil
}

func people(all []work.Assignee, chosen string) (out []option) {
	for _, a := range all {
		out = append(out, option{a.ID, a.Name, a.ID == chosen})
	}
	return out
}

// day is the beginning of the local day that is n days after that of t.
func day(t time.Time, n int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+n, 0, 0, 0, 0, t.Location())
}

// days cuts shifts at midnight of the zone of the first day.
func (v *visit) days(shifts []work.NamedShift, first time.Time) (all []dayShifts) {
	for n := range monthDays {
		from, to := day(first, n), day(first, n+1)
		d := dayShifts{Date: from.Format(time.DateOnly), Words: v.Time(from, "Mon 2 Jan")}
		for _, s := range shifts {
			if s.Start.Before(to) && s.End.After(from) {
				d.Parts = append(d.Parts, partView{v.part(s, from, to), v.names(s.On)})
			}
		}
		all = append(all, d)
	}
	return all
}

// part says in words for how much of a day somebody is on. On a day that changes its clocks each time names which.
func (v *visit) part(s work.NamedShift, from, to time.Time) string {
	clock := "15:04"
	if to.Sub(from) != 24*time.Hour {
		clock = "15:04 MST"
	}
	start, end := v.Time(s.Start.In(from.Location()), clock), v.Time(s.End.In(from.Location()), clock)
	switch begins, ends := s.Start.After(from), s.End.Before(to); {
	case begins && ends:
		return start + "–" + end
	case begins:
		return v.T("from %s", start)
	case ends:
		return v.T("until %s", end)
	}
	return v.T("all day")
}

func (v *visit) names(all []work.Assignee) string {
	list := ""
	for i, a := range all {
		if list += a.Name; i > 0 {
			list = v.T("%s, then %s", strings.TrimSuffix(list, a.Name), a.Name)
		}
	}
	return list
}

// gapsShown is how many gaps are told in words.
const gapsShown = 3

func (v *visit) gaps(all []oncall.Gap) (view gapsView) {
	for i, g := range all {
		if i == gapsShown {
			view.More = len(all) - i
			break
		}
		view.Words = append(view.Words, sentence(v.gap(g)))
	}
	return view
}

// gap tells when nobody is on, by the agent's clock.
func (v *visit) gap(g oncall.Gap) string {
	zone := v.zone()
	if v.Locale == words.English {
		return g.Words(zone) // as the API and the rule book's check say it
	}
	clock := "15:04"
	if calendar.Twice(calendar.Wall(g.Start, zone), zone) || calendar.Twice(calendar.Wall(g.End, zone), zone) {
		clock = "15:04 MST" // which of the two
	}
	start, end := g.Start.In(zone), g.End.In(zone)
	until := v.Time(end, "Monday 2 January "+clock)
	if midnight(start).Equal(midnight(end)) {
		until = v.Time(end, clock)
	}
	return v.T("nobody on %s until %s (%s, %s)", v.Time(start, "Monday 2 January "+clock), until, v.Time(start, "2006"), zone.String())
}

// left is in words that somebody is on no more.
func (v *visit) left(l work.LeftRota) changeView {
	does := v.T("Nobody does the shifts.")
	if l.To != nil {
		does = v.T("%s does the shifts.", l.To.Name)
	}
	made := v.at(l.At)
	since := v.T("since %s", v.Time(l.At.In(v.zone()), "Mon 2 Jan 2006, 15:04"))
	return changeView{What: v.T("%s has left", l.Agent.Name), Span: since, Why: does, By: l.By.Name, Made: &made, Now: true}
}

// changed is a change of the rota in words.
func (h *Handler) changed(v *visit, c work.RotaEntry) changeView {
	who, whose := h.nameOf(c.Agent), h.nameOf(c.Instead)
	view := changeView{ID: c.ID, Why: c.Why, By: h.nameOf(c.By), Mine: c.Mine, Now: !c.Start.After(v.now), Gaps: v.gaps(c.Gaps)}
	switch {
	case c.Kind == work.KindSwap:
		view.What = v.T("%s and %s do each other's shifts", who, whose)
	case c.Kind == work.KindLeave:
		view.What = v.T("%s is away", who)
	case whose == "":
		view.What = v.T("%s is on in place of everybody", who)
	default:
		view.What = v.T("%s is on in place of %s", who, whose)
	}
	start, end := c.Start.In(v.zone()), c.End.In(v.zone())
	view.Span = v.T("%s to %s", v.Time(start, "Mon 2 Jan 2006, 15:04"), v.Time(end, "Mon 2 Jan 2006, 15:04"))
	if midnight(start).Equal(midnight(end)) {
		view.Span = v.T("%s to %s", v.Time(start, "Mon 2 Jan 2006, 15:04"), v.Time(end, "15:04"))
	}
	if !c.Book {
		m := v.at(c.At)
		view.Made = &m
	}
	return view
}

// changeRota answers POST /console/on-call/add: an override, a swap or a leave.
func (h *Handler) changeRota(w http.ResponseWriter, v *visit) {
	brand := v.PostFormValue("brand")
	f := rotaForm{v.PostFormValue("kind"), v.PostFormValue("agent"), v.PostFormValue("instead"), v.PostFormValue("start"), v.PostFormValue("end"), v.PostFormValue("why")}
	body, p := f.order(v.zone())
	if p == nil {
		_, _, p = h.desk.AddOverride(v.Context(), v.by, brand, work.Request{Body: body, Key: v.PostFormValue("key") + ":add"})
	}
	h.rotaDone(w, v, brand, "rota", f, p)
}

// renewFeed answers POST /console/on-call/feed: the agent's calendar has another address, and none at the one before.
func (h *Handler) renewFeed(w http.ResponseWriter, v *visit) {
	made, err := strconv.Atoi(v.PostFormValue("made"))
	if err != nil {
		made = -1 // the desk says what is wrong
	}
	body, _ := json.Marshal(map[string]int{"made": made}) // a number can be encoded
	if _, p := h.desk.RenewFeed(v.Context(), v.by, body); p != nil {
		h.showOnCall(w, v, p.Status, v.PostFormValue("brand"), rotaForm{}, p)
		return
	}
	to(w, "/console/on-call?"+url.Values{"brand": {v.PostFormValue("brand")}, "said": {"feed"}}.Encode()+"#feed")
}

// restoreRota answers POST /console/on-call/remove: a change is taken back.
func (h *Handler) restoreRota(w http.ResponseWriter, v *visit) {
	brand, id := v.PostFormValue("brand"), v.PostFormValue("id")
	_, _, p := h.desk.RemoveOverride(v.Context(), v.by, brand, id, work.Request{Key: v.PostFormValue("key") + ":" + id})
	if p != nil && p.Status == http.StatusNotFound && p.Field == "" {
		p = work.Refuse(http.StatusConflict, "", "it was taken back already, or it is long over")
	}
	h.rotaDone(w, v, brand, "rota_back", rotaForm{}, p)
}

func (h *Handler) rotaDone(w http.ResponseWriter, v *visit, brand, done string, f rotaForm, p *work.Problem) {
	switch {
	case p == nil:
		to(w, "/console/on-call?"+url.Values{"brand": {brand}, "said": {done}}.Encode())
	case p.Status == http.StatusNotFound:
		h.problem(w, v.Request, v, p)
	default:
		h.showOnCall(w, v, p.Status, brand, f, p)
	}
}

// order is the form as the API has it. Its times are local to the agent.
func (f rotaForm) order(zone *time.Location) ([]byte, *work.Problem) {
	body := map[string]string{"kind": f.Kind, "agent": f.Agent, "instead": f.Instead, "why": strings.ReplaceAll(f.Why, "\r\n", "\n")}
	for field, typed := range map[string]string{"start": f.Start, "end": f.End} {
		if typed == "" {
			continue
		}
		t, p := local(field, typed, zone)
		if p != nil {
			return nil, p
		}
		body[field] = t.Format(time.RFC3339)
	}
	if f.End == "" {
		return nil, work.Refuse(http.StatusUnprocessableEntity, "end", "choose until when")
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, work.Refuse(http.StatusUnprocessableEntity, "why", "this text cannot be read")
	}
	return b, nil
}

// local reads a time of a form's field. One that the clock skips is no time.
func local(field, typed string, zone *time.Location) (time.Time, *work.Problem) {
	t, err := time.ParseInLocation(localForm, typed, zone)
	if err != nil {
		return t, work.Refuse(http.StatusUnprocessableEntity, field, "write a day and a time, as 2026-11-23T09:00")
	}
	if t.Format(localForm) != typed {
		return t, work.Refuse(http.StatusUnprocessableEntity, field, fmt.Sprintf("the clock of %s skips this time: choose one before or after", zone))
	}
	return t, nil
}
