package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pronto/shared/calendar"
	"pronto/shared/calendar/ical"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/sla"
)

// when is how instants are told to people; how it is told to programs is RFC 3339.
const when = "Monday 2 January 2006 15:04:05 MST (-07:00)"

// book is what every question about time begins with: whose rules.
type book struct {
	file, brand string
	asJSON      bool
}

func (q *book) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&q.file, "policy", ruleBook(), "the rule book (PRONTO_POLICY; else policy.yaml in PRONTO_DESK)")
	f.StringVar(&q.brand, "brand", "", "the brand's id (default: the first)")
	f.BoolVar(&q.asJSON, "json", false, "answer as JSON")
}

// read gives the rule book and the brand.
func (q *book) read(c *cobra.Command) (*policy.Policy, *policy.Brand, error) {
	p, problems, err := readPolicy(q.file)
	if err != nil {
		return nil, nil, err
	}
	if len(problems) > 0 {
		return nil, nil, &exit{exitProblems, fmt.Errorf("the rule book has %s; the first: %s", count(len(problems), "problem"), line(problems[0]))}
	}
	if q.brand == "" {
		return p, p.Brands[0], nil
	}
	b := p.Brand(q.brand)
	if b == nil {
		var ids []string
		for _, b := range p.Brands {
			ids = append(ids, b.ID)
		}
		return nil, nil, usage(c, fmt.Errorf("--brand %q is none: the rule book has %s", q.brand, strings.Join(ids, ", ")))
	}
	return p, b, nil
}

// instant reads an argument that is an instant. Years far off are a slip, and would only be slow.
func instant(what, s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%s %q is no time of RFC 3339: write it as 2026-03-29T01:30:00+01:00", what, s)
	}
	if t.Year() < 1970 || t.Year() > 2200 {
		return t, fmt.Errorf("%s %q is out of bounds: write a year from 1970 to 2200", what, s)
	}
	return t, nil
}

func newSLA() *cobra.Command {
	c := &cobra.Command{
		Use: "sla", Short: "Count working time by the hours of the rule book", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newDue(), newBetween())
	return c
}

// hours are whose hours count.
type hours struct {
	book
	channel string
	team    bool
}

func (q *hours) flags(c *cobra.Command) {
	q.book.flags(c)
	c.Flags().StringVar(&q.channel, "channel", "email", "the channel: "+strings.Join(policy.Channels, ", "))
	c.Flags().BoolVar(&q.team, "team", false, "by the hours of the team, where it has its own")
	offer(c, "channel", func() []string { return policy.Channels })
}

func (q *hours) calendar(c *cobra.Command) (calendar.Calendar, *policy.Brand, error) {
	_, b, err := q.read(c)
	if err != nil {
		return calendar.Calendar{}, nil, err
	}
	if !slices.Contains(policy.Channels, q.channel) {
		return calendar.Calendar{}, nil, usage(c, fmt.Errorf("--channel %q is none: use %s", q.channel, strings.Join(policy.Channels, " or ")))
	}
	return b.Hours(q.channel, q.team), b, nil
}

func newDue() *cobra.Command {
	var q hours
	var from, working string
	c := &cobra.Command{
		Use: "due", Short: "Tell when so much working time has passed", Args: noArguments,
		Long: `Due tells the first instant at which so much working time has passed since an instant, by the hours of a brand (or a channel, or its team).

JSON: {"brand", "time_zone", "from", "working", "working_seconds", "due", "elapsed_seconds"}`,
		Example: "  pronto sla due --from 2026-03-27T18:30:00+01:00 --working 4h\n  pronto sla due --policy policy.yaml --from 2026-10-24T19:00:00+02:00 --working 90m --json",
		RunE: func(c *cobra.Command, _ []string) error {
			start, d, err := span(from, working)
			if err != nil {
				return usage(c, err)
			}
			cal, b, err := q.calendar(c)
			if err != nil {
				return err
			}
			start = start.In(b.Zone)
			due := cal.Add(start, d)
			if q.asJSON {
				return printJSON(c.OutOrStdout(), map[string]any{
					"brand": b.ID, "time_zone": b.Zone.String(), "from": start, "working": sla.Brief(d), "working_seconds": d.Seconds(),
					"due": due, "elapsed_seconds": due.Sub(start).Seconds(),
				})
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s\n%s of working time after %s%s\n", due.Format(when), sla.Brief(d), start.Format(when), resting(cal, start, b.Zone))
			return err
		},
	}
	q.flags(c)
	c.Flags().StringVar(&from, "from", "", "since when, RFC 3339 (default: now)")
	c.Flags().StringVar(&working, "working", "", "how much working time, as in 4h or 1h30m")
	return c
}

// maxWorking bounds what is asked for: ten years.
const maxWorking = 10 * 366 * 24 * time.Hour

func span(from, working string) (time.Time, time.Duration, error) {
	start := time.Now().Truncate(time.Second)
	if from != "" {
		var err error
		if start, err = instant("--from", from); err != nil {
			return start, 0, err
		}
	}
	if working == "" {
		return start, 0, errors.New("--working is missing: write how much working time, as in --working 4h")
	}
	d, err := time.ParseDuration(working)
	switch {
	case err != nil:
		return start, 0, fmt.Errorf("--working %q is no duration: write hours and minutes, as in 4h, 1h30m or 20m", working)
	case d < 0 || d > maxWorking:
		return start, 0, fmt.Errorf("--working %q is out of bounds: write 0s to %s", working, sla.Brief(maxWorking))
	}
	return start, d, nil
}

// resting tells when time begins to count, where it does not at once.
func resting(c calendar.Calendar, t time.Time, zone *time.Location) string {
	if c.Open(t) {
		return ""
	}
	why := "outside working hours"
	if name, ok := c.Holiday(t); ok {
		why = strings.TrimSpace("a holiday " + strings.TrimSuffix("("+name+")", "()"))
	}
	return "\n(" + why + ": it counts from " + c.Opens(t).In(zone).Format(when) + " on)"
}

func newBetween() *cobra.Command {
	var q hours
	c := &cobra.Command{
		Use: "between A B", Short: "Tell how much working time lies between two instants",
		Long: `Between tells how much working time lies between two instants, by the hours of a brand (or a channel, or its team); none when B is not after A.

JSON: {"brand", "time_zone", "from", "to", "working", "working_seconds", "elapsed_seconds"}`,
		Example: "  pronto sla between 2026-03-27T18:30:00+01:00 2026-03-30T12:00:00+02:00",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage(c, fmt.Errorf("%s given: write two, as in 2026-03-27T18:30:00+01:00 2026-03-30T12:00:00+02:00", given(len(args))))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			a, err := instant("A", args[0])
			if err != nil {
				return usage(c, err)
			}
			to, err := instant("B", args[1])
			if err != nil {
				return usage(c, err)
			}
			cal, b, err := q.calendar(c)
			if err != nil {
				return err
			}
			a, to = a.In(b.Zone), to.In(b.Zone)
			d := cal.Between(a, to)
			if q.asJSON {
				return printJSON(c.OutOrStdout(), map[string]any{
					"brand": b.ID, "time_zone": b.Zone.String(), "from": a, "to": to, "working": sla.Brief(d), "working_seconds": d.Seconds(),
					"elapsed_seconds": max(to.Sub(a), 0).Seconds(),
				})
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s of working time (%s by the clock)\nfrom %s\nto %s\n", sla.Brief(d), sla.Brief(max(to.Sub(a), 0)), a.Format(when), to.Format(when))
			return err
		},
	}
	q.flags(c)
	return c
}

// given counts instants in words.
func given(n int) string {
	if n == 1 {
		return "1 instant is"
	}
	return count(n, "instant") + " are"
}

func newOncall() *cobra.Command {
	var q book
	var at, month, agent string
	var feed bool
	c := &cobra.Command{
		Use: "oncall", Short: "Tell who is on shift: at an instant, in a month", Args: noArguments,
		Long: `Oncall tells who is on shift by the rule book: at an instant (--at, by default now) and who is next, or all shifts of a month (--month) with its gaps and hours
that two cover. Overrides that were made while the desk runs are not in the rule book: ask the API for those.

JSON at an instant: {"brand", "time_zone", "at", "on_call": [{"id", "name"}], "until", "next": {"at", "on_call"}}
JSON of one agent (--agent): {"brand", "time_zone", "at", "agent": {"id", "name"}, "shift": {"start", "end", "on_call"}}, shift null where none comes within a year
JSON of a month: {"brand", "time_zone", "month", "shifts": [{"start", "end", "on_call"}], "gaps": [{"start", "end", "words"}], "double": […]}`,
		Example: "  pronto oncall --at 2026-03-29T01:30:00+01:00\n  pronto oncall --month 2026-10 --json\n  pronto oncall --month 2026-10 --agent ana --ical > ana.ics",
		RunE: func(c *cobra.Command, _ []string) error {
			if at != "" && month != "" {
				return usage(c, errors.New("--at and --month are two questions: ask one"))
			}
			t := time.Now().Truncate(time.Second)
			var err error
			if at != "" {
				if t, err = instant("--at", at); err != nil {
					return usage(c, err)
				}
			}
			first, err := monthOf(month)
			if err != nil {
				return usage(c, err)
			}
			p, b, err := q.read(c)
			if err != nil {
				return err
			}
			if agent != "" && p.Agent(agent) == nil {
				return usage(c, fmt.Errorf("--agent %q is none: use an id of the rule book's agents", agent))
			}
			r := rota{p, b, c.OutOrStdout(), q.asJSON}
			switch {
			case feed && agent == "":
				return usage(c, errors.New("--ical is one person's calendar: name --agent, too"))
			case feed && month == "":
				return r.feed(agent, t, t.AddDate(0, 3, 0))
			case feed:
				return r.feed(agent, r.midnight(first), r.midnight(first.AddDate(0, 1, 0)))
			case month != "":
				return r.month(first, agent)
			case agent != "":
				return r.nextOf(agent, t)
			}
			return r.at(t)
		},
	}
	q.flags(c)
	f := c.Flags()
	f.StringVar(&at, "at", "", "an instant, RFC 3339 (default: now)")
	f.StringVar(&month, "month", "", "a month, as in 2026-10")
	f.StringVar(&agent, "agent", "", "the shifts of one agent alone: of the month, or the one that is or comes next")
	f.BoolVar(&feed, "ical", false, "with --agent: as an iCalendar file, of the month or of three months from now")
	return c
}

func monthOf(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse("2006-01", s)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return t, fmt.Errorf("--month %q is no month: write it as 2026-10", s)
	}
	return t, nil
}

// rota answers questions about who is on.
type rota struct {
	policy *policy.Policy
	brand  *policy.Brand
	out    io.Writer
	asJSON bool
}

// person is an agent in JSON.
type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (r rota) people(ids []string) []person {
	all := []person{}
	for _, id := range ids {
		if a := r.policy.Agent(id); a != nil {
			all = append(all, person{id, a.Name})
		}
	}
	return all
}

func (r rota) names(ids []string) string {
	var all []string
	for _, p := range r.people(ids) {
		all = append(all, p.Name+" ("+p.ID+")")
	}
	if len(all) == 0 {
		return "nobody"
	}
	return strings.Join(all, ", then ")
}

func (r rota) zone() *time.Location { return r.brand.Schedule.Zone }

// midnight is the beginning of a day of the rota's wall.
func (r rota) midnight(day time.Time) time.Time { return calendar.First(day, r.zone()) }

func (r rota) at(t time.Time) error {
	t = t.In(r.zone())
	on := r.brand.Schedule.At(t)
	next, ok := r.brand.Schedule.Next(t)
	if r.asJSON {
		answer := map[string]any{"brand": r.brand.ID, "time_zone": r.zone().String(), "at": t, "on_call": r.people(on)}
		if ok {
			answer["until"] = next.Start.In(r.zone())
			answer["next"] = map[string]any{"at": next.Start.In(r.zone()), "on_call": r.people(next.Agents)}
		}
		return printJSON(r.out, answer)
	}
	words := "On " + t.Format(when) + ":\n" + r.names(on) + "\n"
	if ok {
		words += "Next, from " + next.Start.In(r.zone()).Format(when) + " on:\n" + r.names(next.Agents) + "\n"
	} else {
		words += "The shift does not change within a year.\n"
	}
	_, err := io.WriteString(r.out, words)
	return err
}

// aYear is how far one agent's next shift is looked for.
const aYear = 366 * 24 * time.Hour

// nextOf tells the shift that an agent has at t, or has next. One that goes on without a change is told until the search ends.
func (r rota) nextOf(agent string, t time.Time) error {
	t, zone := t.In(r.zone()), r.zone()
	name := r.names([]string{agent})
	var shift *stretch
	if all := r.brand.Schedule.Of(agent, t, t.Add(aYear)); len(all) > 0 {
		shift = &stretch{all[0].Start.In(zone), all[0].End.In(zone), r.people(all[0].Agents), ""}
		for _, x := range all[1:] { // with others beside, and the same shift
			if x.Start.Equal(shift.End) {
				shift.End = x.End.In(zone)
			}
		}
	}
	if r.asJSON {
		return printJSON(r.out, map[string]any{"brand": r.brand.ID, "time_zone": zone.String(), "at": t, "agent": r.people([]string{agent})[0], "shift": shift})
	}
	words := name + " is on no shift of " + r.brand.Name + "'s within a year of " + t.Format(when) + ".\n"
	if shift != nil {
		begins, ends := "from "+shift.Start.Format(when), "until "+shift.End.Format(when)
		if !shift.Start.After(t) {
			begins = "now"
		}
		if !shift.End.Before(t.Add(aYear)) {
			ends = "without a change within a year"
		}
		words = name + " is on " + begins + ", " + ends + ".\n"
	}
	_, err := io.WriteString(r.out, words)
	return err
}

// stretch is a shift, a gap or double cover in JSON.
type stretch struct {
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	OnCall []person  `json:"on_call,omitempty"`
	Words  string    `json:"words,omitempty"`
}

func (r rota) month(first time.Time, agent string) error {
	from, to := r.midnight(first), r.midnight(first.AddDate(0, 1, 0))
	s, zone := r.brand.Schedule, r.zone()
	shifts, gaps, doubles := []stretch{}, []stretch{}, []stretch{}
	for _, x := range s.Shifts(from, to) {
		if agent == "" || slices.Contains(x.Agents, agent) {
			shifts = append(shifts, stretch{x.Start.In(zone), x.End.In(zone), r.people(x.Agents), ""})
		}
	}
	for _, g := range s.Gaps(from, to) {
		gaps = append(gaps, stretch{g.Start.In(zone), g.End.In(zone), nil, g.Words(zone)})
	}
	for _, d := range s.Doubles(from, to) {
		doubles = append(doubles, stretch{d.Start.In(zone), d.End.In(zone), r.people(d.Agents[:]), d.Words(zone)})
	}
	if r.asJSON {
		return printJSON(r.out, map[string]any{
			"brand": r.brand.ID, "time_zone": zone.String(), "month": first.Format("2006-01"), "shifts": shifts, "gaps": gaps, "double": doubles,
		})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s:\n", first.Format("January 2006"), zone)
	for _, x := range shifts {
		ids := []string{}
		for _, p := range x.OnCall {
			ids = append(ids, p.ID)
		}
		fmt.Fprintf(&b, "%s to %s  %s\n", x.Start.Format("Mon 02 15:04 MST"), r.ending(x, to), r.names(ids))
	}
	for _, x := range slices.Concat(gaps, doubles) {
		b.WriteString(x.Words + "\n")
	}
	_, err := io.WriteString(r.out, b.String())
	return err
}

// ending is when a stretch of the month ends. The month's own end is no shift's.
func (r rota) ending(x stretch, month time.Time) string {
	if x.End.Equal(month) {
		return "the month's end "
	}
	return x.End.Format("Mon 02 15:04 MST")
}

func (r rota) feed(agent string, from, to time.Time) error {
	a := r.policy.Agent(agent)
	var entries []ical.Entry
	for _, x := range r.brand.Schedule.Of(agent, from, to) {
		entries = append(entries, oncallEntry(r.brand, a, x))
	}
	data, err := ical.Feed(a.Name+", "+r.brand.Name, from, entries)
	if err == nil {
		_, err = r.out.Write(data)
	}
	return err
}

// oncallEntry is a shift as a calendar shows it.
func oncallEntry(b *policy.Brand, a *policy.Agent, x oncall.Shift) ical.Entry {
	return ical.Entry{
		ID: fmt.Sprintf("%s-%s-%d@%s", b.ID, a.ID, x.Start.Unix(), b.ReplyDomain), Start: x.Start, End: x.End,
		Summary: "On call for " + b.Name, Detail: "On: " + strings.Join(x.Agents, ", then "),
	}
}
