package work

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pronto/shared/calendar/ical"
	"pronto/shared/policy"
)

// Feed is where an agent's calendar is.
type Feed struct {
	Agent string `json:"agent"`
	Path  string `json:"path"` // a secret: whoever has it may read the calendar
	Made  int    `json:"made"` // how often it was made anew
}

// FeedOf gives the agent his own link.
func (d *Desk) FeedOf(ctx context.Context, by *policy.Agent) (Feed, *Problem) {
	if p := may(by, "", SeeOnCall); p != nil {
		return Feed{}, p
	}
	made, err := d.store.Feed(ctx, by.ID)
	if err != nil {
		return Feed{}, d.Unable("feed", err)
	}
	return Feed{by.ID, "/oncall/" + d.keys.FeedToken(by.ID, made) + ".ics", made}, nil
}

// RenewFeed makes the agent's own link anew, {"made": as he knows it}; the one before leads nowhere from then on. The same request once more, or one made of a link that was
// renewed since, renews nothing and is answered with the link that there is.
func (d *Desk) RenewFeed(ctx context.Context, by *policy.Agent, body []byte) (Feed, *Problem) {
	if p := may(by, "", SeeOnCall); p != nil {
		return Feed{}, p
	}
	var o struct{ Made *int }
	if p := decode(body, &o); p != nil {
		return Feed{}, p
	}
	if o.Made == nil || *o.Made < 0 {
		return Feed{}, Refuse(http.StatusUnprocessableEntity, "made", "say how often the link was made anew, as the API has told it")
	}
	if err := d.store.RenewFeed(ctx, by.ID, *o.Made, d.Now().UTC()); err != nil {
		return Feed{}, d.Unable("feed", err)
	}
	f, p := d.FeedOf(ctx, by)
	if p == nil && f.Made == *o.Made+1 {
		d.Log.Info("feed", "agent", by.ID, "event", "renewed")
	}
	return f, p
}

// Calendar gives the shifts of the agent of a feed's token, from a month ago to half a year ahead, as an iCalendar file.
func (d *Desk) Calendar(ctx context.Context, token string) ([]byte, *Problem) {
	id, made, ok := d.keys.Fed(strings.TrimSuffix(token, ".ics"))
	a, p := d.Standing(ctx, d.Policy.Agent(id))
	switch {
	case ok && p != nil:
		return nil, p
	case !ok || a == nil:
		return nil, noFeed()
	}
	switch is, err := d.store.Feed(ctx, id); {
	case err != nil:
		return nil, d.Unable("calendar", err)
	case is != made:
		return nil, noFeed()
	}
	day := d.Now().UTC().Truncate(24 * time.Hour)
	var entries []ical.Entry
	for _, id := range a.Brands {
		b := d.Policy.Brand(id)
		if b == nil {
			continue
		}
		b, err := d.live(ctx, b)
		if err != nil {
			return nil, d.Unable("calendar", err)
		}
		for _, x := range b.Schedule.Of(a.ID, day.AddDate(0, -1, 0), day.AddDate(0, 6, 0)) {
			entries = append(entries, ical.Entry{
				ID: fmt.Sprintf("%s-%s-%d@%s", b.ID, a.ID, x.Start.Unix(), b.ReplyDomain), Start: x.Start, End: x.End,
				Summary: "On call for " + b.Name, Detail: "On: " + strings.Join(x.Agents, ", then "),
			})
		}
	}
	data, err := ical.Feed(a.Name+", on call", day, entries)
	if err != nil {
		return nil, d.Unable("calendar", err)
	}
	return data, nil
}

func noFeed() *Problem {
	return Refuse(http.StatusNotFound, "", "there is no such calendar, or not any more: the console's page On call has your link")
}
