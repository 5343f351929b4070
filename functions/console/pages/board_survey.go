package pages

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"pronto/functions/console/work"
)

// surveyView is how contacts have answered the question after a resolution.
type surveyView struct {
	Words string
	Rows  []ratedRow
	Low   []string // conversations
}

// ratedRow counts the surveys of one channel, language or mood, with a bar of its ratings, the best first.
type ratedRow struct {
	Words, Asked, Rate, Good string
	Bars                     []bar
	N                        []string // from 5 to 1
	All                      bool
}

// ratingClasses are the colours of the ratings from 5 to 1.
var ratingClasses = []string{"a", "b", "d", "c", "e"}

func (v *visit) survey(s *work.SurveyStats) *surveyView {
	if s == nil || s.All.Asked == 0 {
		return nil
	}
	view := &surveyView{Low: s.Low, Rows: []ratedRow{v.rated(v.T("All"), s.All)}}
	view.Rows[0].All = true
	view.Words = v.T("%d asked, nobody has answered yet.", s.All.Asked)
	if s.All.Rate != nil && s.All.Good != nil {
		view.Words = v.T("%d asked, %d answered (%s). %s of them gave one of the two best answers.", s.All.Asked, s.All.Answered, v.Percent(int(*s.All.Rate*100)), v.Percent(int(*s.All.Good*100)))
	}
	for _, group := range []struct {
		of   map[string]*work.Rated
		name func(string) string
	}{{s.ByChannel, v.byChannel}, {s.ByLanguage, v.inLanguage}, {s.ByMood, v.moodOf}} {
		for _, key := range slices.SortedFunc(maps.Keys(group.of), func(a, b string) int {
			return cmp.Or(cmp.Compare(group.of[b].Asked, group.of[a].Asked), cmp.Compare(a, b))
		}) {
			view.Rows = append(view.Rows, v.rated(group.name(key), group.of[key]))
		}
	}
	return view
}

func (v *visit) rated(which string, r *work.Rated) ratedRow {
	row := ratedRow{Words: which, Asked: v.T("%d of %d", r.Answered, r.Asked), Rate: "–", Good: "–"}
	if r.Rate != nil {
		row.Rate = v.Percent(int(*r.Rate * 100))
	}
	if r.Good != nil {
		row.Good = v.Percent(int(*r.Good * 100))
	}
	x := 0.0
	for i, class := range ratingClasses {
		n := r.Ratings[len(r.Ratings)-1-i]
		row.N = append(row.N, v.Int(n))
		if n > 0 {
			w := float64(n) * 100 / float64(r.Answered)
			row.Bars, x = append(row.Bars, bar{X: x, W: w, Class: class}), x+w
		}
	}
	return row
}

func surveyCSV(b work.Board) [][]string {
	rows := [][]string{{"by", "which", "asked", "answered", "rated_1", "rated_2", "rated_3", "rated_4", "rated_5", "comments"}}
	if b.Survey == nil {
		return rows
	}
	add := func(by, which string, r *work.Rated) {
		row := []string{by, which, strconv.Itoa(r.Asked), strconv.Itoa(r.Answered)}
		for _, n := range r.Ratings {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, strconv.Itoa(r.Comments)))
	}
	add("all", "", b.Survey.All)
	for _, g := range []struct {
		by string
		of map[string]*work.Rated
	}{{"channel", b.Survey.ByChannel}, {"language", b.Survey.ByLanguage}, {"mood", b.Survey.ByMood}} {
		for _, key := range slices.Sorted(maps.Keys(g.of)) {
			add(g.by, key, g.of[key])
		}
	}
	return rows
}
