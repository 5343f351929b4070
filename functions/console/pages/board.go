package pages

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// boardView is a lead's board of one brand.
type boardView struct {
	Brands     []option // none when there is one to choose from
	Brand, ID  string
	From, To   string // days
	Span       string // in words
	Spans      []tab
	Now        work.Standing
	Oldest     *moment
	Pace       string
	Tiles      []tile
	Same       []string // whether the service is the same on every channel, in every language and mood, in words
	Survey     *surveyView
	Arrivals   []option // to each of what a sum is made of
	Value      string   // what the answers were worth by the prior, in words
	Source     string   // of the prior
	Responses  []spreadRow
	Promises   []keptRow
	Charts     []chart
	Unbalanced []string // days whose sum does not hold
	CSV        string   // address of the tables, without the name
}

// tile is one number that is looked at first.
type tile struct {
	N, Words string
	Bad      bool
}

// spreadRow is how long first answers took, with a bar: its dark part ends at the median, its light one at nine tenths.
type spreadRow struct {
	Words, P50, P90, Of string
	Half, Most          float64 // of 100
	All                 bool
}

// chart is stacked bars, one for each day, with the table behind them.
type chart struct {
	ID, Title, Words string
	Width            int
	Bars             []bar
	Axis             []string
	Legend           []legend
	Rows             []chartRow
}

// chartRow is a day with a number for each of the legend.
type chartRow struct {
	Date, Words string
	N           []string
}

// bar is a rectangle in a picture of Width × 100.
type bar struct {
	X, Y, W, H float64
	Class      string
	Words      string
}

type legend struct{ Class, Words string }

// board answers GET /console/board[?brand=&from=&to=].
func (h *Handler) board(w http.ResponseWriter, v *visit) {
	b, all, p := h.boardOf(v)
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	view := boardView{Brand: h.brandName(b.Brand), ID: b.Brand, From: b.From, To: b.To, Now: b.Now, Same: v.alike(b.Response), Survey: v.survey(b.Survey), Promises: v.kept(b.Promises)}
	if len(all) > 1 {
		for _, x := range all {
			view.Brands = append(view.Brands, option{x.ID, x.Name, x.ID == b.Brand})
		}
	}
	view.Now.Forecast = v.forecast(b.Now.Foreseen)
	if b.Now.Oldest != nil {
		m := v.at(*b.Now.Oldest)
		view.Oldest = &m
	}
	view.frame(v, b)
	view.Tiles = v.tiles(b)
	view.Responses = v.spreads(b.Response)
	if e := b.Value; e != nil && e.Kept+e.Left > 0 {
		view.Value = v.T("By the prior these answers kept about %s of %s; %s were left by waiting.", v.Money(e.Unit, e.Kept, 0), v.Money(e.Unit, e.Kept+e.Left, 0), v.Money(e.Unit, e.Left, 0))
		view.Source = e.Source
	}
	view.Charts = []chart{v.arrivals(b.Days), v.mood(b.Days), v.keeping(b.Days)}
	of := url.Values{"brand": {b.Brand}, "day": {b.To}}.Encode()
	view.Arrivals = []option{{Value: "/console/suppressed?" + of, Words: v.T("Without a receipt")}, {Value: "/console/held?" + url.Values{"brand": {b.Brand}}.Encode(), Words: v.T("Held")}, {Value: "/console/day?day=" + b.To, Words: v.T("The day's sum")}}
	for _, d := range b.Days {
		if !d.Sum.Balanced {
			view.Unbalanced = append(view.Unbalanced, d.Day)
		}
	}
	h.render(w, http.StatusOK, "board", v, page{Title: v.T("Board"), At: "board", Body: &view})
}

// boardOf makes the board that is asked for, and tells of which brands there is one: those that the agent leads.
func (h *Handler) boardOf(v *visit) (work.Board, []*policy.Brand, *work.Problem) {
	var led []*policy.Brand
	for _, b := range h.brands(v) {
		if work.May(v.by, b.ID, work.SeeStats) {
			led = append(led, b)
		}
	}
	q := v.URL.Query()
	brand := q.Get("brand")
	if brand == "" && len(led) > 0 {
		brand = led[0].ID
	}
	b, p := h.desk.Board(v.Context(), v.by, brand, q.Get("from"), q.Get("to"))
	return b, led, p
}

func (h *Handler) brandName(id string) string {
	if b := h.desk.Policy.Brand(id); b != nil {
		return b.Name
	}
	return id
}

// frame says which days they are, and offers others.
func (view *boardView) frame(v *visit, b work.Board) {
	first, _ := time.Parse(time.DateOnly, b.From)
	last, _ := time.Parse(time.DateOnly, b.To)
	view.Span = v.T("%s to %s, UTC", v.Time(first, "2 January"), v.Time(last, "2 January 2006"))
	today, _ := time.Parse(time.DateOnly, desk.Day(v.now))
	for _, s := range []struct {
		words string
		days  int
	}{{v.T("Today"), 1}, {v.T("%d day | %d days", 7), 7}, {v.T("%d day | %d days", 28), 28}} {
		from := today.AddDate(0, 0, 1-s.days).Format(time.DateOnly)
		q := url.Values{"brand": {b.Brand}, "from": {from}, "to": {today.Format(time.DateOnly)}}
		view.Spans = append(view.Spans, tab{Words: s.words, Href: "/console/board?" + q.Encode(), On: last.Equal(today) && b.From == from})
	}
	view.CSV = "/console/board.csv?" + url.Values{"brand": {b.Brand}, "from": {b.From}, "to": {b.To}}.Encode() + "&table="
	view.Pace = v.T("%d on call, each with an answer every %s.", b.Now.OnCall, v.minutes(time.Duration(b.Now.Pace*float64(time.Second)).Round(time.Second)))
	if b.Now.OnCall == 0 {
		view.Pace = v.T("Nobody is on call.")
	}
}

func (v *visit) tiles(b work.Board) []tile {
	more := ""
	if b.Now.More {
		more = "+"
	}
	all := []tile{
		{N: v.Int(b.Now.Open) + more, Words: v.T("waiting for an answer")},
		{N: v.Int(b.Now.Breached) + more, Words: v.T("late already"), Bad: b.Now.Breached > 0},
		{N: v.Int(b.Now.Hour) + more, Words: v.T("due within the hour")},
	}
	if k := b.Promises.All; k.Rate != nil {
		all = append(all, tile{N: v.keptOf("", k).Rate, Words: v.T("of promises kept"), Bad: k.Broken > 0})
	}
	if p := b.Response.All.P50; p != nil {
		all = append(all, tile{N: v.lasting(*p), Words: v.T("to half of the first answers")})
	}
	return all
}

// lasting writes seconds as people say them.
func (v *visit) lasting(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	switch {
	case d < 2*time.Minute:
		return v.T("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return v.T("%d min", int(d.Round(time.Minute).Minutes()))
	case d < 48*time.Hour:
		d = d.Round(time.Minute)
		return v.T("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	d = d.Round(time.Hour)
	return v.T("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

// fewest is how many first answers a channel must have before it is compared.
const fewest = 5

// alike compares channels, languages and moods: the same service for everybody is what the desk is for.
func (v *visit) alike(r work.Responses) (all []string) {
	for _, x := range []struct {
		of         map[string]*work.Spread
		alike, not words.Key
		name       func(string) string
	}{
		{r.ByChannel, words.Key("The channels are answered about alike: nine in ten within %s on each."), words.Key("Not the same service: by %s nine in ten wait up to %s, by %s up to %s."), v.channel},
		{r.ByLanguage, words.Key("The languages are answered about alike: nine in ten within %s in each."), words.Key("Not the same service: in %s nine in ten wait up to %s, in %s up to %s."), v.language},
		{r.ByMood, words.Key("Happy and unhappy are answered about alike: nine in ten within %s."), words.Key("Not the same pace: of “%s” nine in ten wait up to %s, of “%s” up to %s."), v.moodOf},
	} {
		if said := v.same(x.of, x.alike, x.not, x.name); said != "" {
			all = append(all, said)
		}
	}
	return all
}

func (v *visit) moodOf(m string) string { return cmp.Or(v.T(moodWords[m]), m) }

// same compares the quickest and the slowest of those that can be compared; "" where there are none.
func (v *visit) same(by map[string]*work.Spread, alike, not words.Key, name func(string) string) string {
	var keys []string
	for c, s := range by {
		if s.Answered >= fewest && c != "" {
			keys = append(keys, c)
		}
	}
	if len(keys) < 2 {
		return ""
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(*by[a].P90, *by[b].P90), cmp.Compare(a, b)) })
	quick, slow := keys[0], keys[len(keys)-1]
	if *by[slow].P90 <= 2**by[quick].P90 {
		return v.T(alike, v.lasting(*by[slow].P90))
	}
	return v.T(not, name(slow), v.lasting(*by[slow].P90), name(quick), v.lasting(*by[quick].P90))
}

// moodWords are the moods as a board says them.
var moodWords = map[string]words.Key{"negative": "Unhappy", "neutral": "Neutral", "positive": "Happy", "": "Mood not kept"}

func (v *visit) spreads(r work.Responses) []spreadRow {
	if r.All.Answered+r.All.Unanswered == 0 {
		return nil
	}
	most := 1.0
	rows := []spreadRow{}
	add := func(which string, s *work.Spread, all bool) {
		row := spreadRow{Words: which, P50: "–", P90: "–", Of: v.Int(s.Answered), All: all}
		if s.Unanswered > 0 {
			row.Of = v.T("%d and %d not yet", s.Answered, s.Unanswered)
		}
		if s.P50 != nil {
			row.P50, row.P90, row.Half, row.Most = v.lasting(*s.P50), v.lasting(*s.P90), *s.P50, *s.P90
			most = max(most, *s.P90)
		}
		rows = append(rows, row)
	}
	add(v.T("All"), r.All, true)
	for _, group := range []struct {
		of   map[string]*work.Spread
		name func(string) string
	}{
		{r.ByChannel, v.byChannel}, {r.ByLanguage, v.inLanguage},
		{r.ByMood, v.moodOf},
	} {
		for _, key := range slices.SortedFunc(maps.Keys(group.of), func(a, b string) int {
			return cmp.Or(cmp.Compare(group.of[b].Answered, group.of[a].Answered), cmp.Compare(a, b))
		}) {
			add(group.name(key), group.of[key], false)
		}
	}
	for i := range rows {
		rows[i].Half, rows[i].Most = rows[i].Half*100/most, rows[i].Most*100/most
	}
	return rows
}

// total is how many there are of all reasons.
func total(m map[string]int) (n int) {
	for _, x := range m {
		n += x
	}
	return n
}

func (v *visit) arrivals(days []work.BoardDay) chart {
	c := chart{ID: "days", Title: v.T("What came in"), Legend: []legend{{"a", v.T("receipted")}, {"b", v.T("without receipt")}, {"c", v.T("held")}, {"d", v.T("on the way")}, {"e", v.T("failed")}}}
	received := 0
	c.stack(v, days, func(d work.BoardDay) []int {
		received += d.Sum.Received
		return []int{d.Sum.Receipted, total(d.Sum.Suppressed), total(d.Sum.Held), d.Sum.InFlight, d.Sum.Failed}
	})
	c.Words = v.T("%d received. Received = receipted + without receipt + held + on the way + failed.", received)
	return c
}

func (v *visit) mood(days []work.BoardDay) chart {
	c := chart{ID: "mood", Title: v.T("Mood"), Legend: []legend{{"e", v.T("unhappy")}, {"d", v.T("neutral ‹of customers›")}, {"a", v.T("happy")}}}
	sum := map[triage.Mood]int{}
	c.stack(v, days, func(d work.BoardDay) []int {
		for m, n := range d.Mood {
			sum[m] += n
		}
		return []int{d.Mood[triage.Negative], d.Mood[triage.Neutral], d.Mood[triage.Positive]}
	})
	c.Words = v.T("%d unhappy, %d neutral, %d happy, of the conversations whose promise has ended.", sum[triage.Negative], sum[triage.Neutral], sum[triage.Positive])
	return c
}

func (v *visit) keeping(days []work.BoardDay) chart {
	c := chart{ID: "kept", Title: v.T("Promises"), Legend: []legend{{"a", v.T("kept")}, {"e", v.T("broken ‹promises›")}, {"d", v.T("settled without an answer")}}}
	var k, n, given int
	c.stack(v, days, func(d work.BoardDay) []int {
		k, n, given = k+d.Kept.Kept, n+d.Kept.Broken, given+d.Kept.GivenUp
		return []int{d.Kept.Kept, d.Kept.Broken, d.Kept.GivenUp}
	})
	c.Words = v.T("%d kept, %d broken, by the day on which their time began.", k, n)
	if given > 0 {
		c.Words += " " + v.T("Beside them %d settled without an answer.", given)
	}
	return c
}

// stack draws a bar for each day, of the numbers that of gives for it.
func (c *chart) stack(v *visit, days []work.BoardDay, of func(work.BoardDay) []int) {
	var numbers [][]int
	most := 1
	for _, d := range days {
		n := of(d)
		numbers = append(numbers, n)
		sum := 0
		for _, x := range n {
			sum += x
		}
		most = max(most, sum)
	}
	every := (len(days) + 6) / 7 // as many dates as stand beside each other on a phone
	for i, d := range days {
		t, _ := time.Parse(time.DateOnly, d.Day)
		row, y := chartRow{Date: d.Day, Words: v.Time(t, "Mon 2 Jan")}, 100.0
		for j, x := range numbers[i] {
			row.N = append(row.N, v.Int(x))
			if h := float64(x) * 100 / float64(most); x > 0 {
				y -= h
				c.Bars = append(c.Bars, bar{X: float64(i)*10 + 1, Y: y, W: 8, H: h, Class: c.Legend[j].Class, Words: row.Words + ": " + v.Int(x) + " " + c.Legend[j].Words})
			}
		}
		label := ""
		if (len(days)-1-i)%every == 0 {
			label = v.Time(t, "2 Jan")
		}
		c.Axis, c.Rows = append(c.Axis, label), append(c.Rows, row)
	}
	c.Width = len(days) * 10
}

// boardCSV answers GET /console/board.csv?brand=&from=&to=&table=days|responses|promises|survey: what the charts are drawn from.
func (h *Handler) boardCSV(w http.ResponseWriter, v *visit) {
	b, _, p := h.boardOf(v)
	table := v.URL.Query().Get("table")
	rows := map[string]func(work.Board) [][]string{"days": daysCSV, "responses": responsesCSV, "promises": promisesCSV, "survey": surveyCSV}[table]
	if p == nil && rows == nil {
		p = work.Refuse(http.StatusBadRequest, "table", "table is days, responses, promises or survey")
	}
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s-%s-%s.csv"`, b.Brand, table, b.From, b.To))
	_ = csv.NewWriter(w).WriteAll(rows(b)) // of who has gone away there is nothing to tell
}

func daysCSV(b work.Board) [][]string {
	rows := [][]string{{"day", "received", "receipted", "suppressed", "held", "in_flight", "failed", "balanced", "negative", "neutral", "positive", "kept", "broken", "renewed", "given_up"}}
	for _, d := range b.Days {
		row := []string{d.Day}
		for _, n := range []int{d.Sum.Received, d.Sum.Receipted, total(d.Sum.Suppressed), total(d.Sum.Held), d.Sum.InFlight, d.Sum.Failed} {
			row = append(row, strconv.Itoa(n))
		}
		row = append(row, strconv.FormatBool(d.Sum.Balanced))
		for _, n := range []int{d.Mood[triage.Negative], d.Mood[triage.Neutral], d.Mood[triage.Positive], d.Kept.Kept, d.Kept.Broken, d.Kept.Renewed, d.Kept.GivenUp} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return rows
}

func responsesCSV(b work.Board) [][]string {
	rows := [][]string{{"by", "which", "answered", "unanswered", "p50_seconds", "p90_seconds"}}
	number := func(x *float64) string {
		if x == nil {
			return ""
		}
		return strconv.FormatFloat(*x, 'f', 0, 64)
	}
	add := func(by, which string, s *work.Spread) {
		rows = append(rows, []string{by, which, strconv.Itoa(s.Answered), strconv.Itoa(s.Unanswered), number(s.P50), number(s.P90)})
	}
	add("all", "", b.Response.All)
	for _, g := range []struct {
		by string
		of map[string]*work.Spread
	}{{"channel", b.Response.ByChannel}, {"language", b.Response.ByLanguage}, {"mood", b.Response.ByMood}} {
		for _, key := range slices.Sorted(maps.Keys(g.of)) {
			add(g.by, key, g.of[key])
		}
	}
	return rows
}

func promisesCSV(b work.Board) [][]string {
	rows := [][]string{{"by", "which", "kept", "broken", "renewed", "given_up"}}
	add := func(by, which string, k *work.Kept) {
		rows = append(rows, []string{by, which, strconv.Itoa(k.Kept), strconv.Itoa(k.Broken), strconv.Itoa(k.Renewed), strconv.Itoa(k.GivenUp)})
	}
	add("all", "", b.Promises.All)
	for _, g := range []struct {
		by string
		of map[string]*work.Kept
	}{{"channel", b.Promises.ByChannel}, {"language", b.Promises.ByLanguage}, {"hour", b.Promises.ByHour}} {
		for _, key := range slices.Sorted(maps.Keys(g.of)) {
			add(g.by, key, g.of[key])
		}
	}
	return rows
}
