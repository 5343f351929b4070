package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/calendar/country"
	"pronto/shared/calendar/ical"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Limits of working hours and SLA policies.
const (
	maxDates    = 2_000
	maxFiles    = 20
	maxPolicies = 100
	maxClose    = 365 * 24 * time.Hour
)

// brandTime reads all about working time: hours, SLA policies, segments, what a snooze stops, when a resolved conversation is closed.
func (p *parser) brandTime(o object, b *Brand) {
	if v, ok := o.get("hours"); ok {
		b.Calendar = p.workingHours(v, b)
	}
	if v, ok := o.get("segments"); ok {
		b.Segments = p.customerSegments(v)
	}
	if v, ok := o.get("sla"); ok {
		for _, item := range p.list(v, maxPolicies) {
			b.Targets.Policies = append(b.Targets.Policies, p.slaPolicy(item, b))
		}
	}
	if v, ok := o.get("snooze"); ok {
		b.Resting = p.snooze(v)
	}
	if v, ok := o.get("promises"); ok {
		b.Promises = p.promises(v)
	}
	b.Rooms = p.room(o)
	b.Value = p.value(o)
	b.Undo = DefaultUndo
	if v, ok := o.get("undo"); ok {
		b.Undo = p.span(v, 0, time.Minute)
	}
	b.CloseAfter = DefaultCloseAfter
	if v, ok := o.get("close_after"); ok {
		b.CloseAfter = p.days(v)
	}
}

// maxRoom keeps the count before an assignment cheap.
const maxRoom = 250

// room reads for how many open conversations there is room; 0 when nothing is said.
func (p *parser) room(o object) int {
	v, ok := o.get("room")
	if !ok {
		return 0
	}
	return p.number(v, 1, maxRoom, "a number of conversations")
}

// workingHours reads windows on the wall and the days without them.
func (p *parser) workingHours(v value, b *Brand) calendar.Calendar {
	o, ok := p.object(v, hoursKeys)
	if !ok {
		return calendar.Calendar{}
	}
	zone := b.Zone
	if v, ok := o.get("time_zone"); ok {
		zone = p.zone(v, zone)
	}
	var windows []calendar.Window
	if w, ok := o.get("windows"); ok {
		for _, w := range p.list(w, 50) {
			windows = append(windows, p.window(w))
		}
	}
	var days []calendar.Holiday
	if v, ok := o.get("holidays"); ok {
		days = p.holidays(v)
	}
	c, err := calendar.New(zone, windows, days)
	if err != nil && len(p.problems) == 0 {
		p.report(v, "open a window on some day", "%s", err)
	}
	return c
}

// holidays reads days of countries, of files and the brand's own; its own count first.
func (p *parser) holidays(v value) []calendar.Holiday {
	o, ok := p.object(v, offKeys)
	if !ok {
		return nil
	}
	var own, all []calendar.Holiday
	if v, ok := o.get("dates"); ok {
		for _, item := range p.list(v, maxDates) {
			own = append(own, p.holiday(item))
		}
	}
	if v, ok := o.get("files"); ok {
		for _, item := range p.list(v, maxFiles) {
			all = append(all, p.holidayFile(item)...)
		}
	}
	if v, ok := o.get("country"); ok {
		for _, item := range p.list(v, maxFiles) {
			code, ok := p.text(item, 10)
			days, known := country.Holidays(code)
			if ok && !known {
				p.report(item, nearest(code, country.Codes())+", or name the days under dates or files", "the holidays of %s are not known", quote(code))
			}
			all = append(all, days...)
		}
	}
	return append(own, all...)
}

// holiday reads a day alone, or a mapping with its name and the hours that it has all the same.
func (p *parser) holiday(v value) calendar.Holiday {
	var h calendar.Holiday
	if len(v.node.Content) == 0 {
		h.Date = p.date(v)
		return h
	}
	o, ok := p.object(v, dateKeys)
	if !ok {
		return h
	}
	if v, ok := o.need("date", "write the day, as in 2026-12-24"); ok {
		h.Date = p.date(v)
	}
	if v, ok := o.get("name"); ok {
		h.Name, _ = p.text(v, 80)
	}
	if _, ok := o.get("from"); !ok {
		if v, ok := o.get("to"); ok {
			p.report(v, "add from, or delete the line", "stands without from")
		}
		return h
	}
	w := p.hours(o, "", "write when it closes, as in 13:00")
	if h.From, h.To = w.From, w.To; h.To <= h.From {
		p.report(v, "let to be later than from, on the same day", "is not open at any time")
	}
	return h
}

func (p *parser) date(v value) calendar.Date {
	var d calendar.Date
	p.matching(v, func(s string) bool {
		var err error
		d, err = calendar.ParseDate(s)
		return err == nil
	}, "a date", "write year, month, day, as in 2026-12-24")
	return d
}

// holidayFile reads an iCalendar file that lies beside the rule book, or below.
func (p *parser) holidayFile(v value) []calendar.Holiday {
	name, ok := p.matching(v, localFile, "a file beside the rule book", "write its path from the rule book's directory, without .., as in holidays/italy.ics")
	if !ok {
		return nil
	}
	if p.open == nil {
		p.report(v, "name the days under dates", "no files are read here")
		return nil
	}
	data, err := p.open(name)
	if err != nil {
		p.report(v, "put it beside the rule book, or mend the name", "%s cannot be read", quote(name))
		return nil
	}
	p.sum.Write(data)
	days, err := ical.Holidays(data)
	if err != nil {
		message, remedy, _ := strings.Cut(err.Error(), ": write")
		if remedy == "" {
			remedy = " whole days"
		}
		p.report(v, "write"+remedy, "%s: %s", name, message)
	}
	return days
}

func localFile(s string) bool {
	return s != "" && !strings.HasPrefix(s, "/") && !strings.Contains(s, "\\") && !slices.Contains(strings.Split(s, "/"), "..")
}

// customerSegments reads names, each with addresses and domains, in the order of the file.
func (p *parser) customerSegments(v value) []Segment {
	var all []Segment
	if len(v.node.Content)%2 != 0 || len(v.node.Content) == 0 {
		p.report(v, "write a name and under it addresses and domains", "is not a mapping")
		return nil
	}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := value{join(v.field, plain(v.node.Content[i].Value)), v.node.Content[i]}
		name, ok := p.id(key)
		if ok && slices.ContainsFunc(all, func(s Segment) bool { return s.Name == name }) {
			p.report(key, "delete one of the two", "stands here twice")
		}
		s := Segment{Name: name}
		for _, item := range p.list(value{key.field, v.node.Content[i+1]}, 10_000) {
			s.Of = appendText(s.Of)(p.sibling(item))
		}
		all = append(all, s)
	}
	return all
}

// slaPolicy reads whom it is about and its times.
func (p *parser) slaPolicy(v value, b *Brand) sla.Policy {
	x := sla.Policy{Name: v.field, Terms: map[sla.Kind]sla.Rule{}}
	o, ok := p.object(v, slaKeys)
	if !ok {
		return x
	}
	if v, ok := o.need("name", "give it one, as in gold: it stands in every why"); ok {
		x.Name, _ = p.text(v, 80)
	}
	if v, ok := o.get("when"); ok {
		p.when(v, &x, b)
	}
	count := sla.Count("")
	if v, ok := o.get("count"); ok {
		word, _ := p.word(v, counts())
		count = sla.Count(word)
	}
	for _, kind := range sla.Kinds {
		if v, ok := o.get(string(kind)); ok {
			r := sla.Rule{Kind: kind}
			if r.Within, r.Count = p.term(v); r.Count == "" {
				r.Count = count
			}
			x.Terms[kind] = r
		}
	}
	if len(x.Terms) == 0 {
		p.report(v, "name first_response, next_response or resolution", "sets no time")
	}
	return x
}

// when reads the conditions; all of them must hold, and of each one of its values.
func (p *parser) when(v value, x *sla.Policy, b *Brand) {
	o, ok := p.object(v, whenKeys)
	if !ok {
		return
	}
	each := func(key string, do func(value)) {
		if v, ok := o.get(key); ok {
			for _, item := range p.list(v, 100) {
				do(item)
			}
		}
	}
	each("channel", func(v value) { x.Channels = appendText(x.Channels)(p.word(v, Channels)) })
	each("priority", func(v value) {
		word, ok := p.word(v, priorityKeys[:4])
		if ok {
			x.Priorities = append(x.Priorities, triage.Priority(word))
		}
	})
	each("language", func(v value) { x.Languages = appendText(x.Languages)(p.language(v)) })
	each("segment", func(v value) {
		id, ok := p.id(v)
		if ok && !slices.ContainsFunc(b.Segments, func(s Segment) bool { return s.Name == id }) {
			p.report(v, "add it under segments", "there is no segment %s", quote(id))
		}
		x.Segments = appendText(x.Segments)(id, ok)
	})
}

func counts() []string {
	var all []string
	for _, c := range sla.Counts {
		all = append(all, string(c))
	}
	return all
}

// term reads how long a target may take, and how it is counted: 24h, 8h working, 20m elapsed.
func (p *parser) term(v value) (time.Duration, sla.Count) {
	s, ok := p.text(v, 320)
	long, count, two := strings.Cut(s, " ")
	if !ok || !two {
		return p.within(v), ""
	}
	count = strings.TrimSpace(count)
	if !slices.Contains(counts(), count) {
		p.report(v, "write hours and minutes, as in 24h, 1h30m or 20m, and then working or elapsed if you like", "%s is not understood", quote(count))
		return 0, ""
	}
	node := *v.node
	node.Value = long
	return p.within(value{v.field, &node}), sla.Count(count)
}

// snooze reads which targets rest meanwhile.
func (p *parser) snooze(v value) []sla.Kind {
	o, ok := p.object(v, snoozeKeys)
	if !ok {
		return nil
	}
	v, ok = o.need("rest", "name the targets that rest while a conversation is snoozed, or none")
	if !ok {
		return nil
	}
	var all []sla.Kind
	for _, item := range p.list(v, len(sla.Kinds)) {
		word, ok := p.word(item, append(slices.Clone(targetKeys), "none"))
		if ok && word != "none" {
			all = append(all, sla.Kind(word))
		}
	}
	return all
}

// promises reads what happens before one breaks.
func (p *parser) promises(v value) Promises {
	var x Promises
	o, ok := p.object(v, promiseKeys)
	if !ok {
		return x
	}
	if v, ok := o.get("renew_before"); ok {
		x.RenewBefore = p.span(v, time.Minute, maxAfter)
	}
	if v, ok := o.get("handover"); ok {
		word, ok := p.word(v, handovers)
		x.HandOver, x.Tell = ok, word == "tell"
	}
	return x
}

// days reads "7 days" or a duration of whole hours.
func (p *parser) days(v value) time.Duration {
	s, ok := p.text(v, 320)
	if number, unit, two := strings.Cut(s, " "); ok && two && (unit == "days" || unit == "day") {
		if n, err := strconv.Atoi(number); err == nil && n >= 1 && n <= 365 {
			return time.Duration(n) * 24 * time.Hour
		}
		p.report(v, "write 1 to 365 days, as in 7 days", "%s is out of bounds", quote(s))
		return 0
	}
	return p.span(v, time.Hour, maxClose)
}
