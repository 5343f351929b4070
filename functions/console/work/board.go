package work

import (
	"context"
	"slices"
	"time"

	"pronto/shared/account"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Board is how a brand's desk stands, and how it did over some UTC days. It is computed when it is asked for, from the rows that the turns have written. It names no
// agent: it is for the team, and no ranking.
type Board struct {
	Brand    string       `json:"brand"`
	From     string       `json:"from"`
	To       string       `json:"to"`
	Now      Standing     `json:"now"`
	Days     []BoardDay   `json:"days"` // oldest first
	Promises PromiseStats `json:"promises"`
	Response Responses    `json:"first_response"`
	Survey   *SurveyStats `json:"survey"` // null where the brand asks nobody and has asked nobody
	Value    *Estimate    `json:"value"`  // null where the brand knows no curve
}

// Estimate is what the first answers were worth by the brand's prior, by how soon they came: an estimate, with the source that it cites.
type Estimate struct {
	Unit   string  `json:"unit"`
	Kept   float64 `json:"kept"`
	Left   float64 `json:"left"` // what they would have been worth beside, had each come at once
	Source string  `json:"source"`
}

// count adds a first answer; one that nobody has given yet was worth nothing so far.
func (k *Estimate) count(v sla.Value, e desk.Ending) {
	if e.Kind != sla.FirstResponse || givenUp(e) {
		return
	}
	share := 1.0
	if e.Mood == triage.Positive {
		share = float64(v.Praise) / 100
	}
	best, is := v.After(0)*share, 0.0
	if !e.Answered.IsZero() {
		is = v.After(max(0, e.Answered.Sub(e.Given))) * share
	}
	k.Kept += is
	k.Left += best - is
}

// Standing is what waits now.
type Standing struct {
	At       time.Time  `json:"at"`
	Open     int        `json:"open"`     // conversations to which a person owes an answer
	Breached int        `json:"breached"` // of them, those whose answer is late already
	Hour     int        `json:"due_within_the_hour"`
	Oldest   *time.Time `json:"oldest_due"`   // the first time that was or will be missed
	More     bool       `json:"more"`         // there are more than were counted
	Forecast string     `json:"forecast"`     // what becomes of them, in words
	Foreseen Forecast   `json:"-"`            // the same, for the pages
	OnCall   int        `json:"on_call"`      // agents
	Pace     float64    `json:"pace_seconds"` // from one answer of a person to the next
}

// BoardDay is one UTC day: the sum of what arrived on it, and of the conversations whose first or next answer began to be owed on it and has ended, the mood and the promises.
type BoardDay struct {
	Day  string              `json:"day"`
	Sum  account.Day         `json:"sum"`
	Mood map[triage.Mood]int `json:"mood"`
	Kept Kept                `json:"kept"`
}

// Responses are the times to the first answer of a person, by the clock and not by working hours: what the customer felt.
type Responses struct {
	All        *Spread            `json:"all"`
	ByChannel  map[string]*Spread `json:"by_channel"`
	ByLanguage map[string]*Spread `json:"by_language"`
	ByMood     map[string]*Spread `json:"by_mood"`
}

// Spread is how long first answers took, in seconds. P50 and P90 are the times within which half and nine tenths of those that were answered were answered; null of none.
type Spread struct {
	Answered   int      `json:"answered"`
	Unanswered int      `json:"unanswered"` // their time is over, and nobody has answered yet
	P50        *float64 `json:"p50_seconds"`
	P90        *float64 `json:"p90_seconds"`

	took []float64
}

func (s *Spread) count(e desk.Ending) {
	if e.Answered.IsZero() {
		s.Unanswered++
		return
	}
	s.Answered++
	s.took = append(s.took, max(e.Answered.Sub(e.Given), 0).Seconds())
}

// rank computes the quantiles, by nearest rank.
func (s *Spread) rank() {
	slices.Sort(s.took)
	if n := len(s.took); n > 0 {
		s.P50, s.P90 = &s.took[(n-1)/2], &s.took[(n*9+9)/10-1]
	}
}

// givenUp tells that nobody waited for an answer any more when there was none: the matter was settled.
func givenUp(e desk.Ending) bool { return e.State == desk.PromiseGivenUp && e.Answered.IsZero() }

func newResponses() Responses {
	return Responses{All: &Spread{}, ByChannel: map[string]*Spread{}, ByLanguage: map[string]*Spread{}, ByMood: map[string]*Spread{}}
}

func (r *Responses) count(e desk.Ending) {
	if e.Kind != sla.FirstResponse || givenUp(e) {
		return
	}
	r.All.count(e)
	for _, x := range []struct {
		of  map[string]*Spread
		key string
	}{{r.ByChannel, e.Channel}, {r.ByLanguage, e.Language}, {r.ByMood, string(e.Mood)}} {
		if x.of[x.key] == nil {
			x.of[x.key] = &Spread{}
		}
		x.of[x.key].count(e)
	}
}

func (r *Responses) rank() {
	r.All.rank()
	for _, m := range []map[string]*Spread{r.ByChannel, r.ByLanguage, r.ByMood} {
		for _, s := range m {
			s.rank()
		}
	}
}

// Board makes the board of a brand from one UTC day to another, a week for "".
func (d *Desk) Board(ctx context.Context, by *policy.Agent, brand, from, to string) (Board, *Problem) {
	b, p := d.brand(by, SeeStats, brand)
	if p != nil {
		return Board{}, p
	}
	first, last, p := d.span(from, to)
	if p != nil {
		return Board{}, p
	}
	out := Board{Brand: b.ID, From: desk.Day(first), To: desk.Day(last), Promises: newPromiseStats(b.ID, first, last), Response: newResponses()}
	survey := newSurveyStats()
	out.Survey = &survey
	if len(b.Value.Curve) > 0 {
		out.Value = &Estimate{Unit: b.Value.Unit, Source: b.Value.Source}
	}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		one, p := d.boardDay(ctx, b, desk.Day(day), &out)
		if p != nil {
			return Board{}, p
		}
		out.Days = append(out.Days, one)
	}
	if b.Survey == nil && out.Survey.All.Asked == 0 {
		out.Survey = nil
	}
	out.Response.rank()
	out.Now, p = d.standing(ctx, by, b)
	return out, p
}

func (d *Desk) boardDay(ctx context.Context, b *policy.Brand, day string, into *Board) (BoardDay, *Problem) {
	sum, p := d.Reconciliation(ctx, b.ID, day)
	if p != nil {
		return BoardDay{}, p
	}
	endings, err := d.store.Endings(ctx, b.ID, day)
	if err != nil {
		return BoardDay{}, d.Unable("board", err)
	}
	asked, err := d.store.Asked(ctx, b.ID, day)
	if err != nil {
		return BoardDay{}, d.Unable("board", err)
	}
	for _, a := range asked {
		into.Survey.count(a)
	}
	one := BoardDay{Day: day, Sum: sum, Mood: map[triage.Mood]int{}}
	for _, e := range endings {
		one.Kept.count(e)
		into.Promises.count(e, b.Zone)
		into.Response.count(e)
		if into.Value != nil {
			into.Value.count(b.Value, e)
		}
		if e.Mood != "" {
			one.Mood[e.Mood]++
		}
	}
	return one, nil
}

// standing counts what waits, as far as a forecast looks.
func (d *Desk) standing(ctx context.Context, by *policy.Agent, b *policy.Brand) (Standing, *Problem) {
	f, p := d.Forecast(ctx, by, b.ID)
	if p != nil {
		return Standing{}, p
	}
	s := Standing{At: f.At, Forecast: f.Words, Foreseen: f, OnCall: f.OnCall, Pace: f.Pace}
	seen := 0
	for q := (Query{View: "priority", Brand: b.ID}); ; {
		page, p := d.Queue(ctx, by, q)
		if p != nil {
			return Standing{}, p
		}
		for _, c := range page.Items {
			s.count(c)
		}
		seen += len(page.Items)
		q.Cursor = page.Cursor
		if s.More = q.Cursor != "" && seen >= maxForecast; q.Cursor == "" || s.More {
			return s, nil
		}
	}
}

func (s *Standing) count(c Conversation) {
	due, late := owedAt(c, s.At)
	switch {
	case due.IsZero():
		return // a bounce or a newsletter: nobody waits
	case late:
		s.Breached++
	case due.Sub(s.At) <= time.Hour:
		s.Hour++
	}
	s.Open++
	if s.Oldest == nil || due.Before(*s.Oldest) {
		s.Oldest = &due
	}
}

// owedAt is when the newest answer that is owed falls or fell due, and whether that time is over; zero when none is.
func owedAt(c Conversation, now time.Time) (due time.Time, late bool) {
	for _, t := range slices.Backward(c.Targets) {
		switch {
		case t.Kind == sla.Resolution:
		case t.State == sla.Running:
			return t.Due, !t.Due.After(now)
		case t.State == sla.Breached && c.Promise != nil && c.Promise.State != desk.PromiseKept:
			return t.Due, true
		default:
			return time.Time{}, false
		}
	}
	return time.Time{}, false
}
