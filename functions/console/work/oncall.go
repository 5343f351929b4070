package work

import (
	"context"
	"net/http"
	"time"

	"pronto/shared/policy"
)

// OnCall is who is on at a moment, for each brand asked for.
type OnCall struct {
	At     time.Time     `json:"at"`
	Brands []BrandOnCall `json:"brands"`
}

// BrandOnCall is one brand's shift and the next.
type BrandOnCall struct {
	Brand string     `json:"brand"`
	Name  string     `json:"name"`
	On    []Assignee `json:"on"`             // in layer order, the first is called first; none: a gap, the team signs
	Until *time.Time `json:"until"`          // when other agents are on; null when that never comes
	Next  []Assignee `json:"next,omitempty"` // who is on then
	Team  Assignee   `json:"team"`
}

// farthest is how far from now one may ask: a rota of another year is none.
const farthest = 366 * 24 * time.Hour

// OnCall says who is on and who is next, now for "", of a brand or of all the agent's for "".
func (d *Desk) OnCall(ctx context.Context, by *policy.Agent, brand, at string) (OnCall, *Problem) {
	brands, p := d.brands(by, SeeOnCall, brand)
	if p != nil {
		return OnCall{}, p
	}
	now := d.Now()
	t := now
	if at != "" {
		var err error
		if t, err = time.Parse(time.RFC3339, at); err != nil {
			return OnCall{}, Refuse(http.StatusBadRequest, "at", "write a time with its zone, as 2026-11-23T09:00:00+01:00")
		}
	}
	if t.Sub(now).Abs() > farthest {
		return OnCall{}, Refuse(http.StatusUnprocessableEntity, "at", "ask for a time within a year from now")
	}
	out := OnCall{At: t.UTC(), Brands: []BrandOnCall{}}
	for _, b := range brands {
		b, err := d.live(ctx, b)
		if err != nil {
			return OnCall{}, d.Unable("oncall", err)
		}
		out.Brands = append(out.Brands, d.onCall(b, t))
	}
	return out, nil
}

func (d *Desk) onCall(b *policy.Brand, t time.Time) BrandOnCall {
	out := BrandOnCall{Brand: b.ID, Name: b.Name, On: d.named(b.Schedule.At(t)), Team: Assignee{b.Team.ID, b.Team.Name}}
	if next, ok := b.Schedule.Next(t); ok {
		from := next.Start.UTC()
		out.Until, out.Next = &from, d.named(next.Agents)
	}
	return out
}

// named are agents by their ids.
func (d *Desk) named(ids []string) []Assignee {
	all := []Assignee{}
	for _, id := range ids {
		if a := d.Policy.Agent(id); a != nil {
			all = append(all, Assignee{a.ID, a.Name})
		}
	}
	return all
}
