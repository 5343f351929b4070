package pages

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"pronto/functions/console/work"
)

// fairnessView is how a month of a brand's rota lies on its agents.
type fairnessView struct {
	Name, Words   string
	Before, After string // months; "" where none is known
	Rota, CSV     string
	Brands        []option // by their addresses; none when there is one
	Columns       []string
	Rows          []shareRow
	Calls         *callsView
	Counted       []string // how, in words
}

// callsView is how often each was called; of a month that is to come there is none.
type callsView struct {
	Columns []string
	Rows    []shareRow
	Words   string // what is not known
}

// shareRow is a person, or the team, with a number for each of the columns.
type shareRow struct {
	Words string
	N     []string
	All   bool
}

// fairness answers GET /console/on-call/fairness[?brand=&month=].
func (h *Handler) fairness(w http.ResponseWriter, v *visit) {
	f, p := h.fairnessOf(v)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	month, _ := time.Parse("2006-01", f.Month)
	address := func(brand string, month time.Time) string {
		return "/console/on-call/fairness?" + url.Values{"brand": {brand}, "month": {month.Format("2006-01")}}.Encode()
	}
	view := fairnessView{
		Name: h.brandName(f.Brand), Words: v.Time(month, "January 2006"), Rota: "/console/on-call?" + url.Values{"brand": {f.Brand}}.Encode(),
		CSV:     "/console/on-call/fairness.csv?" + url.Values{"brand": {f.Brand}, "month": {f.Month}}.Encode(),
		Columns: []string{v.T("at night"), v.T("on weekends"), v.T("on holidays"), v.T("any of these"), v.T("all hours"), v.T("hard conversations")},
		Counted: v.counted(h.brandName(f.Brand), f),
	}
	if before := month.AddDate(0, -1, 0); h.desk.Counts(f.Brand, before) {
		view.Before = address(f.Brand, before)
	}
	if after := month.AddDate(0, 1, 0); h.desk.Counts(f.Brand, after) {
		view.After = address(f.Brand, after)
	}
	if all := h.brands(v); len(all) > 1 {
		for _, b := range all {
			view.Brands = append(view.Brands, option{address(b.ID, month), b.Name, b.ID == f.Brand})
		}
	}
	for _, x := range f.Agents {
		view.Rows = append(view.Rows, shareRow{Words: x.Agent.Name, N: v.load(x.Load, x.Load)})
	}
	if len(view.Rows) > 0 {
		view.Rows = append(view.Rows, shareRow{Words: v.T("The team, from least to most"), N: v.load(f.Least, f.Most), All: true})
	}
	view.Calls = v.calls(f)
	h.render(w, http.StatusOK, "fairness", v, page{Title: v.T("How it is shared"), At: "on-call", Body: &view})
}

// calls shows how often each was called, as far as that is known.
func (v *visit) calls(f work.Fairness) *callsView {
	zone, _ := time.LoadLocation(f.Zone)
	month, _ := time.ParseInLocation("2006-01", f.Month, zone)
	switch over := !v.now.Before(month.AddDate(0, 1, 0)); {
	case v.now.Before(month):
		return nil
	case f.CallsFrom == nil && over:
		return &callsView{Words: v.T("How often somebody was called is not known: it was not counted yet.")}
	case f.CallsFrom == nil:
		return &callsView{Words: v.T("Nobody has been called since calls are counted.")}
	}
	view := &callsView{Columns: []string{v.T("at night"), v.T("on weekends"), v.T("on holidays"), v.T("any of these"), v.T("all calls")}}
	for _, x := range f.Agents {
		view.Rows = append(view.Rows, shareRow{Words: x.Agent.Name, N: v.callsOf(x.Calls, x.Calls)})
	}
	if len(view.Rows) > 0 {
		view.Rows = append(view.Rows, shareRow{Words: v.T("The team, from least to most"), N: v.callsOf(f.LeastCalls, f.MostCalls), All: true})
	}
	if f.CallsFrom.After(month) {
		view.Words = v.T("Calls are counted from %s on.", v.Time(f.CallsFrom.In(zone), "2 January"))
	}
	return view
}

func (v *visit) callsOf(least, most *work.Calls) (all []string) {
	for _, x := range [][2]int{{least.Nights, most.Nights}, {least.Weekends, most.Weekends}, {least.Holidays, most.Holidays}, {least.Any, most.Any}, {least.All, most.All}} {
		all = append(all, span(v.Int(x[0]), v.Int(x[1])))
	}
	return all
}

// fairnessOf counts the month that is asked for, of the agent's first brand where none is named.
func (h *Handler) fairnessOf(v *visit) (work.Fairness, *work.Problem) {
	brand := v.URL.Query().Get("brand")
	if all := h.brands(v); brand == "" && len(all) > 0 {
		brand = all[0].ID
	}
	return h.desk.Fairness(v.Context(), v.by, brand, v.URL.Query().Get("month"))
}

// load are the numbers of a row, from least to most where the two differ.
func (v *visit) load(least, most work.Load) (all []string) {
	for _, x := range [][2]int{{least.Nights, most.Nights}, {least.Weekends, most.Weekends}, {least.Holidays, most.Holidays}, {least.Any, most.Any}, {least.All, most.All}} {
		all = append(all, span(v.hours(x[0]), v.hours(x[1])))
	}
	return append(all, span(v.Int(least.Hard), v.Int(most.Hard)))
}

func span(from, to string) string {
	if from == to {
		return from
	}
	return from + "–" + to
}

// hours writes seconds as hours, with a decimal where a tenth of one is to be told.
func (v *visit) hours(seconds int) string {
	if tenths := (seconds + 180) / 360; tenths%10 == 0 {
		return v.Int(tenths / 10)
	}
	return v.Number(float64(seconds)/3600, 1)
}

// counted says how a month of a brand of this name is counted.
func (v *visit) counted(name string, f work.Fairness) []string {
	all := []string{
		v.T("Hours on call are those of the rota as it stands: the month’s whole, what is to come included, with every override, swap and leave. First or second in line, each hour counts for whoever is on."),
		v.T("Night is from %s to %s, weekends are Saturday and Sunday, each by the person’s own clock. Holidays are those on which %s is closed.", f.NightFrom, f.NightTo, name),
		v.T("“Any of these” counts an hour or a call once that is several of them."),
		v.T("A conversation is hard if something in it hurts or triage is very sure that the customer is unhappy. It counts for whoever had it when its promise was kept, broken or settled. That somebody passed one on is counted nowhere."),
		v.T("A call is a page that left for somebody, about one conversation, by whichever of that person’s ways; it counts at the time at which it was decided."),
	}
	if f.HardFrom == nil {
		return all
	}
	since, _ := time.Parse(time.DateOnly, *f.HardFrom)
	if first, _ := time.Parse("2006-01", f.Month); since.After(first) {
		all = append(all, v.T("There were so many conversations that hard ones are counted from %s on.", v.Time(since, "2 January")))
	}
	return all
}

// relief says who might be asked to take a shift that begins at a time as it was typed, or now.
func (h *Handler) relief(v *visit, brand, start string) (string, *work.Problem) {
	at := v.now
	if t, p := local("start", start, v.zone()); p == nil && t.Sub(v.now).Abs() < 366*24*time.Hour {
		at = t
	}
	x, p := h.desk.Relief(v.Context(), v.by, brand, at)
	if p != nil || x == nil {
		return "", p
	}
	month, hours := v.Time(at.In(v.zone()), "January"), v.hours(x.Load.Any)
	if at.Equal(v.now) {
		return v.T("Of those who are free now, %s has the fewest hours at night, on weekends and on holidays in %s: %s.", x.Agent.Name, month, hours), nil
	}
	return v.T("Of those who are free then, %s has the fewest hours at night, on weekends and on holidays in %s: %s.", x.Agent.Name, month, hours), nil
}

// fairnessCSV answers GET /console/on-call/fairness.csv?brand=&month=.
func (h *Handler) fairnessCSV(w http.ResponseWriter, v *visit) {
	f, p := h.fairnessOf(v)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	rows := [][]string{{"agent", "name", "night_hours", "weekend_hours", "holiday_hours", "any_hours", "all_hours", "hard_conversations", "night_calls", "weekend_calls", "holiday_calls", "any_calls", "all_calls"}}
	for _, x := range f.Agents {
		row := []string{x.Agent.ID, x.Agent.Name}
		for _, n := range []int{x.Load.Nights, x.Load.Weekends, x.Load.Holidays, x.Load.Any, x.Load.All} {
			row = append(row, strconv.FormatFloat(float64(n)/3600, 'f', 2, 64))
		}
		row = append(row, strconv.Itoa(x.Load.Hard))
		calls := []string{"", "", "", "", ""} // what is not known is no nought
		if c := x.Calls; c != nil {
			for i, n := range []int{c.Nights, c.Weekends, c.Holidays, c.Any, c.All} {
				calls[i] = strconv.Itoa(n)
			}
		}
		rows = append(rows, append(row, calls...))
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-fairness-%s.csv"`, f.Brand, f.Month))
	_ = csv.NewWriter(w).WriteAll(rows) // of who has gone away there is nothing to tell
}
