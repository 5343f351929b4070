package work

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/desk"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Fairness is how the hours on call of a month that weigh, and its hard conversations, lie on a brand's agents. It is there for a team to share them better: by names,
// beside the least and the most that anybody has, and no ranking. The hours are those of the rota as it stands, to come or over; calls are the pages that left for somebody.
type Fairness struct {
	Brand     string  `json:"brand"`
	Month     string  `json:"month"` // as 2026-11, on the brand's clock
	Zone      string  `json:"zone"`  // of that clock
	NightFrom string  `json:"night_from"`
	NightTo   string  `json:"night_to"`
	Agents    []Share `json:"agents"` // who is in the rota or was on, by their names
	Least     Load    `json:"least"`  // of each by itself
	Most      Load    `json:"most"`
	HardFrom  *string `json:"hard_from"` // the first UTC day whose conversations were counted: the first of the month, unless it was too busy to read whole

	LeastCalls *Calls     `json:"least_calls"`
	MostCalls  *Calls     `json:"most_calls"`
	CallsFrom  *time.Time `json:"calls_from"` // from when on calls are known: the month's begin, unless the desk began to count later; nil where it had not begun, and no calls are told
}

// Share is one agent's part.
type Share struct {
	Agent Assignee `json:"agent"`
	Load  Load     `json:"load"`
	Calls *Calls   `json:"calls"` // nil where they are not known
}

// Load is what somebody has of a month.
type Load struct {
	All      int `json:"all_seconds"`
	Nights   int `json:"night_seconds"`
	Weekends int `json:"weekend_seconds"`
	Holidays int `json:"holiday_seconds"`
	Any      int `json:"any_seconds"` // what is several of them counts once
	Hard     int `json:"hard_conversations"`
}

// Calls are how often somebody was paged in a month.
type Calls struct {
	All      int `json:"all"`
	Nights   int `json:"night"`
	Weekends int `json:"weekend"`
	Holidays int `json:"holiday"`
	Any      int `json:"any"` // what is several of them counts once
}

// The night, on each agent's own clock.
const nightFrom, nightTo calendar.Clock = 22 * 60, 6 * 60

// maxHard is after how many promises no more days are read: a count that anybody may ask for does not read a busy desk's whole month.
const maxHard = 20_000

// Fairness counts a month of a brand, of the agent's only one for "", the month that is for "".
func (d *Desk) Fairness(ctx context.Context, by *policy.Agent, brand, month string) (Fairness, *Problem) {
	b, p := d.brand(by, SeeOnCall, brand)
	if p != nil {
		return Fairness{}, p
	}
	from, p := d.monthOf(b, month)
	if p != nil {
		return Fairness{}, p
	}
	to := from.AddDate(0, 1, 0)
	s, err := d.wholeRota(ctx, b)
	if err != nil {
		return Fairness{}, d.Unable("fairness", err)
	}
	hard, since, err := d.hardOnes(ctx, b, from, to)
	if err != nil {
		return Fairness{}, d.Unable("fairness", err)
	}
	called, known, err := d.store.Called(ctx, b.ID, from, to, d.Now())
	if err != nil {
		return Fairness{}, d.Unable("fairness", err)
	}
	out := Fairness{Brand: b.ID, Month: from.Format("2006-01"), Zone: b.Zone.String(), NightFrom: nightFrom.String(), NightTo: nightTo.String(), Agents: d.shares(b, s, from, to, hard, called), HardFrom: since, CallsFrom: known}
	if known != nil {
		d.count(b, out.Agents, called)
	}
	out.span()
	return out, nil
}

// span finds the least and the most of each number.
func (f *Fairness) span() {
	for i, x := range f.Agents {
		if i == 0 {
			f.Least, f.Most = x.Load, x.Load
		}
		f.Least, f.Most = f.Least.with(x.Load, smaller), f.Most.with(x.Load, larger)
		if x.Calls == nil {
			continue
		}
		if i == 0 {
			f.LeastCalls, f.MostCalls = x.Calls, x.Calls
		}
		f.LeastCalls, f.MostCalls = f.LeastCalls.with(x.Calls, smaller), f.MostCalls.with(x.Calls, larger)
	}
}

// count tells how often each was called, and when by his own clock.
func (d *Desk) count(b *policy.Brand, all []Share, called []store.Called) {
	for i, x := range all {
		h, n := weighs(b, d.Policy.Agent(x.Agent.ID)), &Calls{}
		for _, c := range called {
			if c.Agent == x.Agent.ID {
				n.add(h.Of(c.At))
			}
		}
		all[i].Calls = n
	}
}

func (n *Calls) add(night, weekend, holiday bool) {
	one := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	one(&n.All, true)
	one(&n.Nights, night)
	one(&n.Weekends, weekend)
	one(&n.Holidays, holiday)
	one(&n.Any, night || weekend || holiday)
}

// with puts two counts together, each of their numbers by itself.
func (n *Calls) with(o *Calls, f func(a, b int) int) *Calls {
	return &Calls{f(n.All, o.All), f(n.Nights, o.Nights), f(n.Weekends, o.Weekends), f(n.Holidays, o.Holidays), f(n.Any, o.Any)}
}

// weighs says which times weigh more for an agent at a brand.
func weighs(b *policy.Brand, a *policy.Agent) oncall.Hard {
	zone := cmp.Or(a.Zone, b.Zone)
	return oncall.Hard{Zone: zone, From: nightFrom, To: nightTo, Holiday: holidays(b, zone)}
}

// Relief is who might be asked to take a shift: of those of the rota who are neither on nor away at a time, whoever has the fewest hours of its month that weigh; nil for nobody.
func (d *Desk) Relief(ctx context.Context, by *policy.Agent, brand string, at time.Time) (*Share, *Problem) {
	b, p := d.brand(by, SeeOnCall, brand)
	if p != nil {
		return nil, p
	}
	s, err := d.wholeRota(ctx, b)
	if err != nil {
		return nil, d.Unable("fairness", err)
	}
	on, from := s.At(at), monthBegins(at, b.Zone)
	free := slices.DeleteFunc(d.shares(b, s, from, from.AddDate(0, 1, 0), nil, nil), func(x Share) bool {
		return slices.Contains(on, x.Agent.ID) || s.Away(x.Agent.ID, at)
	})
	if len(free) == 0 {
		return nil, nil
	}
	least := slices.MinFunc(free, func(a, b Share) int { return cmp.Compare(a.Load.Any, b.Load.Any) })
	return &least, nil
}

func monthBegins(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, zone)
}

// monthOf is when a month begins. Of one that is longer ago what was changed in the rota is not known any more.
func (d *Desk) monthOf(b *policy.Brand, month string) (time.Time, *Problem) {
	is := monthBegins(d.Now(), b.Zone)
	if month == "" {
		return is, nil
	}
	from, err := time.ParseInLocation("2006-01", month, b.Zone)
	if err != nil {
		return from, Refuse(http.StatusBadRequest, "month", "write a month as 2026-11")
	}
	if from.Before(is.AddDate(0, -2, 0)) || from.After(is.AddDate(1, 0, 0)) {
		return from, Refuse(http.StatusUnprocessableEntity, "month", "ask for a month from two months ago to a year ahead")
	}
	return from, nil
}

// Counts tells whether a month can be asked for.
func (d *Desk) Counts(brand string, month time.Time) bool {
	b := d.Policy.Brand(brand)
	if b == nil {
		return false
	}
	_, p := d.monthOf(b, month.Format("2006-01"))
	return p == nil
}

// wholeRota is a brand's rota with all that was changed in it, also what is over, in the order in which it was.
func (d *Desk) wholeRota(ctx context.Context, b *policy.Brand) (oncall.Schedule, error) {
	r, err := d.store.Rota(ctx, b.ID) // before what is over: what goes there meanwhile is read twice rather than not
	if err != nil {
		return oncall.Schedule{}, err
	}
	all, err := d.store.Past(ctx, b.ID)
	if err != nil {
		return oncall.Schedule{}, err
	}
	for _, c := range r.Changes {
		if !slices.ContainsFunc(all, func(x desk.RotaChange) bool { return x.ID == c.ID }) {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b desk.RotaChange) int { return a.At.Compare(b.At) })
	return b.Schedule.With(desk.Rota{Changes: all, Left: r.Left}.Overrides()...), nil
}

// shares counts the hours of those who answer for the brand and are in its rota, or were put on or called.
func (d *Desk) shares(b *policy.Brand, s oncall.Schedule, from, to time.Time, hard map[string]int, called []store.Called) []Share {
	of, all := map[string]map[string]oncall.Burden{}, []Share{}
	for _, a := range d.Policy.Agents {
		if !d.answers(a, b) {
			continue
		}
		h := weighs(b, a)
		if of[h.Zone.String()] == nil {
			of[h.Zone.String()] = s.Burdens(from, to, h)
		}
		x, on := of[h.Zone.String()][a.ID]
		on = on || slices.ContainsFunc(called, func(c store.Called) bool { return c.Agent == a.ID })
		if !on && hard[a.ID] == 0 && !slices.ContainsFunc(s.Layers, func(l oncall.Layer) bool { return slices.Contains(l.Rotation.Agents, a.ID) }) {
			continue
		}
		all = append(all, Share{Agent: Assignee{a.ID, a.Name}, Load: Load{
			All: seconds(x.All), Nights: seconds(x.Nights), Weekends: seconds(x.Weekends), Holidays: seconds(x.Holidays), Any: seconds(x.Any), Hard: hard[a.ID],
		}})
	}
	slices.SortStableFunc(all, func(a, b Share) int { return cmp.Compare(a.Agent.Name, b.Agent.Name) })
	return all
}

func seconds(d time.Duration) int { return int(d / time.Second) }

// holidays tells on which days of a zone's wall the brand is closed for a holiday. One with shorter hours is a working day.
func holidays(b *policy.Brand, zone *time.Location) func(time.Time) bool {
	c := b.Calendar
	if c.Zone() == nil {
		return nil
	}
	return func(t time.Time) bool {
		y, m, day := t.In(zone).Date()
		_, ok := c.Holiday(time.Date(y, m, day, 12, 0, 0, 0, c.Zone()))
		return ok && c.Between(time.Date(y, m, day, 0, 0, 0, 0, c.Zone()), time.Date(y, m, day+1, 0, 0, 0, 0, c.Zone())) == 0
	}
}

// hardOnes counts the hard conversations of each agent by the promises that began in a stretch and have ended, each conversation once: from the newest UTC day on, until
// enough were read. It tells of the first day that was.
func (d *Desk) hardOnes(ctx context.Context, b *policy.Brand, from, to time.Time) (map[string]int, *string, error) {
	var since *string
	read, n, seen := 0, map[string]int{}, map[[2]string]bool{}
	last := to.Add(-time.Nanosecond)
	if now := d.Now(); now.Before(last) {
		last = now
	}
	for at := last.UTC().Truncate(24 * time.Hour); at.Add(24*time.Hour).After(from) && read < maxHard; at = at.AddDate(0, 0, -1) {
		day := desk.Day(at)
		endings, err := d.store.Endings(ctx, b.ID, day)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range endings {
			key := [2]string{e.Agent, e.Conversation}
			if e.Hard && !seen[key] && !e.Given.Before(from) && e.Given.Before(to) {
				seen[key] = true
				n[e.Agent]++
			}
		}
		read += len(endings)
		since = &day
	}
	return n, since, nil
}

func smaller(a, b int) int { return min(a, b) }
func larger(a, b int) int  { return max(a, b) }

// with puts two loads together, each of their numbers by itself.
func (l Load) with(o Load, f func(a, b int) int) Load {
	return Load{f(l.All, o.All), f(l.Nights, o.Nights), f(l.Weekends, o.Weekends), f(l.Holidays, o.Holidays), f(l.Any, o.Any), f(l.Hard, o.Hard)}
}
