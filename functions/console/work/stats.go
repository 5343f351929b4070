package work

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
)

// PromiseStats are how many promises were kept. It is computed when it is asked for, from a row of each promise that was committed with the turn in which it ended: it
// cannot differ from what happened. A promise counts on the UTC day on which its time began; what has not ended is not among them.
type PromiseStats struct {
	Brand      string           `json:"brand"`
	From       string           `json:"from"`
	To         string           `json:"to"`
	All        *Kept            `json:"all"`
	ByChannel  map[string]*Kept `json:"by_channel"`
	ByLanguage map[string]*Kept `json:"by_language"`
	ByHour     map[string]*Kept `json:"by_hour"` // at which its time began, on the brand's clock
	Items      []desk.Ending    `json:"items,omitempty"`
}

// Kept counts promises.
type Kept struct {
	Kept    int      `json:"kept"`
	Broken  int      `json:"broken"`
	Renewed int      `json:"renewed"`  // of both
	GivenUp int      `json:"given_up"` // settled without an answer before their time was over: apart, and not in the rate
	Rate    *float64 `json:"rate"`     // of those that were kept or broken; null of none
}

func (k *Kept) count(e desk.Ending) {
	switch e.State {
	case desk.PromiseGivenUp:
		k.GivenUp++
		return
	case desk.PromiseKept:
		k.Kept++
	default:
		k.Broken++
	}
	if e.Renewed {
		k.Renewed++
	}
	rate := float64(k.Kept) / float64(k.Kept+k.Broken)
	k.Rate = &rate
}

// maxStatDays is how many days one may ask for at once.
const maxStatDays = 31

// Promises counts the promises of a brand from one UTC day to another, a week for "".
func (d *Desk) Promises(ctx context.Context, by *policy.Agent, brand, from, to string, items bool) (PromiseStats, *Problem) {
	b, p := d.brand(by, SeeStats, brand)
	if p != nil {
		return PromiseStats{}, p
	}
	first, last, p := d.span(from, to)
	if p != nil {
		return PromiseStats{}, p
	}
	out := newPromiseStats(b.ID, first, last)
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		endings, err := d.store.Endings(ctx, b.ID, desk.Day(day))
		if err != nil {
			return PromiseStats{}, d.Unable("stats", err)
		}
		for _, e := range endings {
			out.count(e, b.Zone)
		}
		if items {
			out.Items = append(out.Items, endings...)
		}
	}
	return out, nil
}

func newPromiseStats(brand string, first, last time.Time) PromiseStats {
	return PromiseStats{Brand: brand, From: desk.Day(first), To: desk.Day(last), All: &Kept{}, ByChannel: map[string]*Kept{}, ByLanguage: map[string]*Kept{}, ByHour: map[string]*Kept{}}
}

func (s *PromiseStats) count(e desk.Ending, zone *time.Location) {
	s.All.count(e)
	of(s.ByChannel, e.Channel).count(e)
	of(s.ByLanguage, e.Language).count(e)
	of(s.ByHour, e.Given.In(zone).Format("15")).count(e)
}

func of(m map[string]*Kept, key string) *Kept {
	if m[key] == nil {
		m[key] = &Kept{}
	}
	return m[key]
}

func (d *Desk) span(from, to string) (first, last time.Time, p *Problem) {
	last, err := time.Parse(time.DateOnly, desk.Day(d.Now()))
	if to != "" {
		last, err = time.Parse(time.DateOnly, to)
	}
	if err != nil {
		return first, last, Refuse(http.StatusBadRequest, "to", "write a day as 2026-11-22")
	}
	first = last.AddDate(0, 0, -6)
	if from != "" {
		if first, err = time.Parse(time.DateOnly, from); err != nil {
			return first, last, Refuse(http.StatusBadRequest, "from", "write a day as 2026-11-22")
		}
	}
	if first.After(last) || last.Sub(first) >= maxStatDays*24*time.Hour {
		return first, last, Refuse(http.StatusUnprocessableEntity, "from", fmt.Sprintf("ask for 1 to %d days, the first before the last", maxStatDays))
	}
	return first, last, nil
}

// Forecast is what becomes of the answers that are owed, at the pace of the last hours.
type Forecast struct {
	Brand    string    `json:"brand"`
	At       time.Time `json:"at"`
	Open     int       `json:"open"`
	OnCall   int       `json:"on_call"`
	Pace     float64   `json:"pace_seconds"` // from one answer of a person to the next
	Measured int       `json:"measured"`     // of how many answers; 0: an assumption
	Late     []Late    `json:"late"`
	Room     int       `json:"room"`
	Words    string    `json:"words"`
	By       time.Time `json:"-"` // of the words, for the pages: until when is foreseen, in the zone of the brand; zero for nobody waits
}

// Late is an answer that will come too late.
type Late struct {
	Conversation string    `json:"conversation"`
	Due          time.Time `json:"due"`
	Answered     time.Time `json:"answered"`
	Contact      string    `json:"-"` // for the pages: his name or address
}

// maxForecast is how many conversations are looked at.
const maxForecast = 500

// Forecast foresees what will be late, of a brand, the agent's only one for "".
func (d *Desk) Forecast(ctx context.Context, by *policy.Agent, brand string) (Forecast, *Problem) {
	b, p := d.brand(by, SeeQueue, brand)
	if p != nil {
		return Forecast{}, p
	}
	b, err := d.live(ctx, b)
	if err != nil {
		return Forecast{}, d.Unable("forecast", err)
	}
	var owing []sla.Owing
	who := map[string]string{}
	for q := (Query{View: "all", Brand: b.ID}); ; {
		page, p := d.Queue(ctx, by, q)
		if p != nil {
			return Forecast{}, p
		}
		for _, i := range page.Items {
			if due, ok := owed(i); ok {
				owing = append(owing, sla.Owing{ID: i.ID, Due: due})
				who[i.ID] = cmp.Or(i.Contact.Name, i.Contact.Address)
			}
		}
		if q.Cursor = page.Cursor; q.Cursor == "" || len(owing) >= maxForecast {
			break
		}
	}
	now := d.Now()
	pace, measured, err := d.pace(ctx, b.ID, now)
	if err != nil {
		return Forecast{}, d.Unable("forecast", err)
	}
	on := len(b.Schedule.At(now))
	f := sla.Foresee(now, owing, on, pace)
	out := Forecast{Brand: b.ID, At: now, Open: len(owing), OnCall: on, Pace: pace.Seconds(), Measured: measured, Late: []Late{}, Room: f.Room, Words: f.Words(b.Zone), By: f.By.In(b.Zone)}
	for _, l := range f.Late {
		out.Late = append(out.Late, Late{l.ID, l.Due, l.Answered, who[l.ID]})
	}
	return out, nil
}

// owed is when the next answer to a conversation falls due, if one is owed that is not late yet.
func owed(c Conversation) (due time.Time, ok bool) {
	for _, t := range c.Targets {
		if t.Kind != sla.Resolution && t.State == sla.Running && (!ok || t.Due.Before(due)) {
			due, ok = t.Due, true
		}
	}
	return due, ok
}

// pace measures the answers of today and yesterday.
func (d *Desk) pace(ctx context.Context, brand string, now time.Time) (time.Duration, int, error) {
	var all []desk.Ending
	for _, day := range []time.Time{now.AddDate(0, 0, -1), now} {
		endings, err := d.store.Endings(ctx, brand, desk.Day(day))
		if err != nil {
			return 0, 0, err
		}
		all = append(all, endings...)
	}
	pace, measured := desk.Pace(all, now)
	return pace, measured, nil
}
