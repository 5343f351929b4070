package pages

import (
	"cmp"
	"fmt"
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
		s.Promises = &promisesView{From: last.AddDate(0, 0, -6).Format("2 January"), To: last.Format("2 January"), Rows: kept(stats)}
	}
	if name != desk.Day(v.now) {
		return nil
	}
	f, p := h.desk.Forecast(v.Context(), v.by, b.ID)
	if p != nil {
		return p
	}
	s.Forecast = &forecastView{Words: sentence(f.Words), Pace: pace(f)}
	if zone := b.Zone.String(); len(f.Late) > 0 && zone != v.zone().String() {
		s.Forecast.Words = sentence(f.Words + ", on the clock of " + zone)
	}
	for _, l := range f.Late {
		s.Forecast.Late = append(s.Forecast.Late, lateView{l.Conversation, cmp.Or(l.Contact, l.Conversation), at(l.Due, v.now, v.zone()), at(l.Answered, v.now, v.zone())})
	}
	return nil
}

// kept are the rows of promises: all, then by channel, then by language, those with most first. None when nothing has ended.
func kept(s work.PromiseStats) []keptRow {
	if s.All.Rate == nil && s.All.GivenUp == 0 {
		return nil
	}
	rows := []keptRow{keptOf("All", s.All)}
	rows[0].All = true
	rows = append(rows, sorted(s.ByChannel, func(c string) string { return "By " + channelWords(c) })...)
	return append(rows, sorted(s.ByLanguage, func(l string) string { return "In " + inLanguage(l) })...)
}

func inLanguage(code string) string {
	if code == "" {
		return "a language unknown"
	}
	return language(code)
}

func sorted(m map[string]*work.Kept, words func(string) string) (rows []keptRow) {
	for key, k := range m {
		rows = append(rows, keptOf(words(key), k))
	}
	slices.SortFunc(rows, func(a, b keptRow) int {
		return cmp.Or(cmp.Compare(b.Kept+b.Broken, a.Kept+a.Broken), cmp.Compare(a.Words, b.Words))
	})
	return rows
}

// keptOf rounds the rate down: one that was broken is never all. What was given up stands beside it.
func keptOf(words string, k *work.Kept) keptRow {
	n := k.Kept + k.Broken
	of, rate := fmt.Sprintf("%d of %d", k.Kept, n), "–"
	if n > 0 {
		rate = fmt.Sprintf("%d %%", k.Kept*100/n)
	}
	if k.GivenUp > 0 {
		of += fmt.Sprintf(", and %d settled without an answer", k.GivenUp)
	}
	return keptRow{Words: words, Of: of, Rate: rate, Broken: k.Broken, Renewed: k.Renewed, Kept: k.Kept}
}

// pace says what the forecast counts with.
func pace(f work.Forecast) string {
	per := time.Duration(f.Pace * float64(time.Second)).Round(time.Second)
	words := fmt.Sprintf("%d on call, each with an answer every %s", f.OnCall, minutes(per))
	if f.OnCall == 0 {
		words = fmt.Sprintf("Nobody on call; an answer every %s", minutes(per))
	}
	if f.Measured == 0 {
		return words + ": assumed, for too little could be measured in the last four hours."
	}
	return words + fmt.Sprintf(": measured in the last four hours, %s.", plural(f.Measured, "time"))
}

func minutes(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d minutes", int(d.Round(time.Minute).Minutes()))
}
