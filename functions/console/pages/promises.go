package pages

import (
	"cmp"
	"slices"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

// promisesView is how many promises of a week were kept.
type promisesView struct {
	From, To string // days
	Rows     []keptRow
}

// keptRow counts promises: of all, of a channel, of a language.
type keptRow struct {
	Words                 string
	Of, Rate              string
	Broken, Renewed, Kept int
	GivenUp               int
	All                   bool
}

// forecastView is what becomes of the answers that are owed.
type forecastView struct {
	Words string
	Pace  string
	Late  []lateView
}

type lateView struct {
	ID, Contact   string
	Due, Answered moment
}

// promised adds to a brand's sum the promises of the week that ends with the day, for who may see them, and today the forecast.
func (h *Handler) promised(v *visit, b *policy.Brand, name string, s *sumView) *work.Problem {
	last, err := time.Parse(time.DateOnly, name)
	if err != nil {
		return nil // the sum has said so
	}
	if work.May(v.by, b.ID, work.SeeStats) {
		stats, p := h.desk.Promises(v.Context(), v.by, b.ID, last.AddDate(0, 0, -6).Format(time.DateOnly), name, false)
		if p != nil {
			return p
		}
		s.Promises = &promisesView{From: v.Time(last.AddDate(0, 0, -6), "2 January"), To: v.Time(last, "2 January"), Rows: v.kept(stats)}
	}
	if name != desk.Day(v.now) {
		return nil
	}
	f, p := h.desk.Forecast(v.Context(), v.by, b.ID)
	if p != nil {
		return p
	}
	s.Forecast = &forecastView{Words: v.forecast(f), Pace: v.pace(f)}
	for _, l := range f.Late {
		s.Forecast.Late = append(s.Forecast.Late, lateView{l.Conversation, cmp.Or(l.Contact, l.Conversation), v.at(l.Due), v.at(l.Answered)})
	}
	return nil
}

// kept are the rows of promises: all, then by channel, then by language, those with most first. None when nothing has ended.
func (v *visit) kept(s work.PromiseStats) []keptRow {
	if s.All.Rate == nil && s.All.GivenUp == 0 {
		return nil
	}
	rows := []keptRow{v.keptOf(v.T("All"), s.All)}
	rows[0].All = true
	rows = append(rows, v.sorted(s.ByChannel, v.byChannel)...)
	return append(rows, v.sorted(s.ByLanguage, v.inLanguage)...)
}

func (v *visit) byChannel(c string) string { return v.T("By %s", v.channel(c)) }

func (v *visit) inLanguage(code string) string {
	if code == "" {
		return v.T("In a language unknown")
	}
	return v.T("In %s", v.language(code))
}

func (v *visit) sorted(m map[string]*work.Kept, name func(string) string) (rows []keptRow) {
	for key, k := range m {
		rows = append(rows, v.keptOf(name(key), k))
	}
	slices.SortFunc(rows, func(a, b keptRow) int {
		return cmp.Or(cmp.Compare(b.Kept+b.Broken, a.Kept+a.Broken), cmp.Compare(a.Words, b.Words))
	})
	return rows
}

// keptOf rounds the rate down: one that was broken is never all. What was given up has a column of its own.
func (v *visit) keptOf(what string, k *work.Kept) keptRow {
	n := k.Kept + k.Broken
	of, rate := v.T("%d of %d", k.Kept, n), "–"
	if n > 0 {
		rate = v.Percent(k.Kept * 100 / n)
	}
	return keptRow{Words: what, Of: of, Rate: rate, Broken: k.Broken, Renewed: k.Renewed, Kept: k.Kept, GivenUp: k.GivenUp}
}

// forecast says what becomes of the answers that are owed, on the brand's clock: it names that where it is not the agent's.
func (v *visit) forecast(f work.Forecast) string {
	if f.By.IsZero() {
		return sentence(v.T("nobody waits for an answer"))
	}
	by, zone := v.Time(f.By, "Monday 15:04"), f.By.Location().String()
	words := v.T("none will breach by %s, on call has room for %d more", by, f.Room)
	if len(f.Late) > 0 {
		words = v.T("%d will breach by %s, on call has room for %d", len(f.Late), by, f.Room)
	}
	if zone != v.zone().String() {
		words = v.T("%s, on the clock of %s", words, zone)
	}
	return sentence(words)
}

// pace says what the forecast counts with.
func (v *visit) pace(f work.Forecast) string {
	per := time.Duration(f.Pace * float64(time.Second)).Round(time.Second)
	who := v.T("%d on call, each with an answer every %s", f.OnCall, v.minutes(per))
	if f.OnCall == 0 {
		who = v.T("Nobody on call; an answer every %s", v.minutes(per))
	}
	if f.Measured == 0 {
		return v.T("%s: assumed, for too little could be measured in the last four hours.", who)
	}
	return v.T("%[2]s: measured in the last four hours, %[1]d time. | %[2]s: measured in the last four hours, %[1]d times.", f.Measured, who)
}

func (v *visit) minutes(d time.Duration) string {
	if d < 2*time.Minute {
		return v.T("%d s", int(d.Seconds()))
	}
	return v.T("%d minute | %d minutes", int(d.Round(time.Minute).Minutes()))
}
