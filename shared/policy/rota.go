package policy

import (
	"strconv"
	"strings"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/oncall"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

func (p *parser) rota(v value, b *Brand) oncall.Schedule {
	s := oncall.Schedule{Zone: b.Zone}
	o, ok := p.object(v, rotaKeys)
	if !ok {
		return s
	}
	if v, ok := o.get("time_zone"); ok {
		s.Zone = p.zone(v, b.Zone)
	}
	if v, ok := o.need("layers", "list one layer at least"); ok {
		for n, l := range p.list(v, 20) {
			s.Layers = append(s.Layers, p.layer(l, n, b))
		}
	}
	if v, ok := o.get("overrides"); ok {
		for _, over := range p.list(v, 1000) {
			s.Overrides = append(s.Overrides, p.override(over, b, s.Zone))
		}
	}
	if v, ok := o.get("swaps"); ok {
		for _, item := range p.list(v, 1000) {
			s.Overrides = append(s.Overrides, p.swap(item, b, s.Zone))
		}
	}
	if v, ok := o.get("leave"); ok {
		for _, item := range p.list(v, 1000) {
			s.Overrides = append(s.Overrides, p.leave(item, b, s.Zone))
		}
	}
	return s
}

func (p *parser) layer(v value, n int, b *Brand) oncall.Layer {
	var l oncall.Layer
	o, ok := p.object(v, layerKeys)
	if !ok {
		return l
	}
	l.Name = "layer " + strconv.Itoa(n+1)
	if v, ok := o.get("name"); ok {
		l.Name, _ = p.text(v, 80)
	}
	if v, ok := o.get("time_zone"); ok {
		l.Zone = p.zone(v, b.Zone)
	}
	l.Rotation = p.rotation(o)
	if v, ok := o.need("agents", "list who takes turns, first the one who begins"); ok {
		for _, a := range p.list(v, 100) {
			l.Rotation.Agents = appendText(l.Rotation.Agents)(p.onRota(a, b))
		}
	}
	if v, ok := o.get("windows"); ok {
		for _, w := range p.list(v, 50) {
			l.Windows = append(l.Windows, p.window(w))
		}
	}
	return l
}

// onRota reads the id of an agent who must answer for the brand.
func (p *parser) onRota(v value, b *Brand) (string, bool) {
	id, ok := p.id(v)
	if ok {
		p.agents = append(p.agents, mention{v, id, b})
	}
	return id, ok
}

// rotation reads the rhythm: weekly, daily, or custom turns of so many hours, from the first hand-over on.
func (p *parser) rotation(o object) oncall.Rotation {
	r := oncall.Rotation{Days: 7}
	word := "weekly"
	if v, ok := o.need("rotation", "write weekly, daily or custom"); ok {
		if word, _ = p.word(v, []string{"weekly", "daily", "custom"}); word == "daily" {
			r.Days = 1
		}
	}
	switch v, ok := o.get("every"); {
	case word == "custom" && !ok:
		o.need("every", "write how long a turn is, as in 12h or 3 days")
	case word == "custom":
		r = p.turns(v)
	case ok:
		p.report(v, "delete the line, or write rotation: custom", "only custom rotations have a length of their own")
	}
	if v, ok := o.need("start", "write the date of the first hand-over, as in 2026-01-05"); ok {
		p.matching(v, func(s string) (ok bool) {
			t, err := time.Parse(time.DateOnly, s)
			r.Start = t
			return err == nil && t.Year() >= 1970
		}, "a date since 1970", "write year, month, day, as in 2026-01-05")
	}
	if v, ok := o.need("hand_over", "write the day and the local time of the hand-over, as in monday 09:00"); ok {
		r.Start = p.handOver(v, r)
	}
	return r
}

// turns reads the length of a custom turn: whole hours.
func (p *parser) turns(v value) oncall.Rotation {
	d := p.days(v)
	if d%time.Hour != 0 {
		p.report(v, "write whole hours, as in 12h", "%s is not a length of turns", brief(d))
	}
	return oncall.Rotation{Days: int(d / (24 * time.Hour)), Hours: int(d % (24 * time.Hour) / time.Hour)}
}

// handOver reads "monday 09:00", or "09:00" when the day is that of the start or every day, and gives the first hand-over.
func (p *parser) handOver(v value, r oncall.Rotation) time.Time {
	s, ok := p.text(v, 320)
	if !ok {
		return r.Start
	}
	words := strings.Fields(s)
	at, ok := parseClock(words[len(words)-1], false)
	if !ok || len(words) > 2 {
		p.report(v, "write the day and the local time, as in monday 09:00, or 09:00 alone", "%s is not a hand-over", quote(s))
		return r.Start
	}
	if len(words) == 2 {
		p.handOverDay(v, words[0], r)
	}
	return r.Start.Add(time.Duration(at) * time.Minute)
}

func (p *parser) handOverDay(v value, word string, r oncall.Rotation) {
	day, ok := parseDay(word)
	switch {
	case !ok:
		p.report(v, "write it in English, as in monday", "%s is not a weekday", quote(word))
	case r.Days != 7 || r.Hours != 0:
		p.report(v, "write the time alone, or make the rotation weekly", "a daily rotation changes hands every day")
	case !r.Start.IsZero() && r.Start.Weekday() != day:
		fit := r.Start.AddDate(0, 0, (int(day-r.Start.Weekday())+7)%7)
		p.report(v, "start on "+fit.Format(time.DateOnly)+" or hand over on a "+r.Start.Weekday().String(),
			"the start, %s, is a %s", r.Start.Format(time.DateOnly), r.Start.Weekday())
	}
}

func (p *parser) window(v value) calendar.Window {
	o, ok := p.object(v, windowKeys)
	if !ok {
		return calendar.Window{Days: calendar.EveryDay}
	}
	return p.hours(o, "write when it opens, as in 08:00", "write when it closes, as in 20:00; an earlier time than from is on the next day")
}

// hours reads days, from and to; the remedies are for when from or to is missing.
func (p *parser) hours(o object, from, to string) calendar.Window {
	w := calendar.Window{Days: calendar.EveryDay}
	if v, ok := o.get("days"); ok {
		w.Days = 0
		for _, d := range p.list(v, 7) {
			p.matching(d, func(s string) bool {
				day, ok := parseDay(s)
				w.Days |= calendar.On(day)
				return ok
			}, "a weekday", "write it in English, as in monday or mon")
		}
	}
	if v, ok := o.need("from", from); ok {
		w.From, _ = p.clock(v, false)
	}
	if v, ok := o.need("to", to); ok {
		w.To, _ = p.clock(v, true)
	}
	return w
}

func (p *parser) override(v value, b *Brand, zone *time.Location) oncall.Override {
	var over oncall.Override
	o, ok := p.object(v, overrideKeys)
	if !ok {
		return over
	}
	if v, ok := o.need("agent", "name who takes the shift"); ok {
		over.Agent, _ = p.onRota(v, b)
	}
	if v, ok := o.get("instead"); ok {
		over.Instead, _ = p.onRota(v, b)
	}
	over.Start, over.End = p.between(o, zone)
	return over
}

// swap reads two agents who do each other's shifts.
func (p *parser) swap(v value, b *Brand, zone *time.Location) oncall.Override {
	over := oncall.Override{Swap: true}
	o, ok := p.object(v, swapKeys)
	if !ok {
		return over
	}
	if v, ok := o.need("agent", "name one of the two"); ok {
		over.Agent, _ = p.onRota(v, b)
	}
	if v, ok := o.need("with", "name the other of the two"); ok {
		if over.Instead, _ = p.onRota(v, b); over.Instead == over.Agent {
			p.report(v, "name another agent", "is the same agent")
		}
	}
	over.Start, over.End = p.between(o, zone)
	return over
}

// leave reads when an agent is not on, whatever the rota says.
func (p *parser) leave(v value, b *Brand, zone *time.Location) oncall.Override {
	var over oncall.Override
	o, ok := p.object(v, leaveKeys)
	if !ok {
		return over
	}
	if v, ok := o.need("agent", "name who is away"); ok {
		over.Instead, _ = p.onRota(v, b)
	}
	over.Start, over.End = p.between(o, zone)
	p.leaves = append(p.leaves, mention{at: v, brand: b})
	return over
}

// between reads start and end.
func (p *parser) between(o object, zone *time.Location) (start, end time.Time) {
	const remedy = "write date and local time, as in 2026-12-24 18:00"
	if v, ok := o.need("start", remedy); ok {
		start = calendar.First(p.wall(v, remedy), zone)
	}
	if v, ok := o.need("end", remedy); ok {
		end = calendar.Last(p.wall(v, remedy), zone)
		if !end.After(start) {
			p.report(v, "let it end later", "is not after the start")
		}
	}
	return start, end
}

// wall reads a wall time in the rota's zone.
func (p *parser) wall(v value, remedy string) time.Time {
	var wall time.Time
	p.matching(v, func(s string) bool {
		t, err := time.Parse("2006-01-02 15:04", s)
		wall = t
		return err == nil
	}, "a date and time", remedy)
	return wall
}

// targets reads kind → channel → priority → duration. The word any stands for every channel or priority without a line of its own.
func (p *parser) targets(v value) sla.Book {
	var book sla.Book
	p.each(v, targetKeys, func(kind string, v value) {
		p.each(v, channelKeys, func(channel string, v value) {
			p.each(v, priorityKeys, func(priority string, v value) {
				r := sla.Rule{Kind: sla.Kind(kind), Channel: unlessAny(channel), Priority: triage.Priority(unlessAny(priority))}
				r.Within, r.Count = p.term(v)
				book.Rules = append(book.Rules, r)
			})
		})
	})
	return book
}

// each reads a mapping and hands over its values in the order of known.
func (p *parser) each(v value, known []string, do func(key string, v value)) {
	o, ok := p.object(v, known)
	if !ok {
		return
	}
	for _, key := range known {
		if v, ok := o.get(key); ok {
			do(key, v)
		}
	}
}

func unlessAny(s string) string {
	if s == "any" {
		return ""
	}
	return s
}
