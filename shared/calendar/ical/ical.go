// Package ical reads holidays from iCalendar files (RFC 5545) and writes shifts as one.
//
// Of a file count the events of whole days: DTSTART and DTEND as dates, an RRULE that repeats by years, EXDATE, SUMMARY, STATUS. What else stands in an
// event is passed over. Files come from outside: their size, their number of events and of days are limited, and what is wrong is told with its remedy.
package ical

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	goical "github.com/emersion/go-ical"
	"github.com/teambition/rrule-go"

	"pronto/shared/calendar"
	"pronto/shared/calendar/country"
)

// Limits of a file. They are far above any real one.
const (
	MaxBytes  = 1 << 20
	maxEvents = 5_000
	maxDays   = 20_000
	maxLong   = 60 // days of one event
	maxName   = 200
)

// Repetitions are followed through the years that countries' holidays are known for, too.
var first, last = time.Date(country.First, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(country.Last, 12, 31, 0, 0, 0, 0, time.UTC)

// Holidays reads the days of a file, in order, each once.
func Holidays(data []byte) (all []calendar.Holiday, err error) {
	defer func() { // the parser gives up on some lines with a panic
		if recover() != nil {
			all, err = nil, errors.New("not an iCalendar file: a line is broken off; export it anew as .ics")
		}
	}()
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("the file has %d bytes, more than the %d allowed: leave out years long past", len(data), MaxBytes)
	}
	events, seen := 0, false
	for dec := goical.NewDecoder(bytes.NewReader(data)); ; seen = true {
		c, err := dec.Decode()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not an iCalendar file: %w; export it anew as .ics", err)
		}
		for _, e := range c.Events() {
			if events++; events > maxEvents {
				return nil, fmt.Errorf("more than %d events: leave out years long past", maxEvents)
			}
			days, err := days(e)
			if err != nil {
				return nil, fmt.Errorf("event %d, %s: %w", events, name(e), err)
			}
			if all = append(all, days...); len(all) > maxDays {
				return nil, fmt.Errorf("more than %d days: give repeated events an UNTIL", maxDays)
			}
		}
	}
	if !seen {
		return nil, errors.New("the file is empty: it should begin with BEGIN:VCALENDAR")
	}
	slices.SortStableFunc(all, func(a, b calendar.Holiday) int { return int(a.Date - b.Date) })
	return slices.CompactFunc(all, func(a, b calendar.Holiday) bool { return a.Date == b.Date }), nil
}

// days gives the days of one event over all its years; none when it was cancelled.
func days(e goical.Event) ([]calendar.Holiday, error) {
	if p := e.Props.Get(goical.PropStatus); p != nil && strings.EqualFold(p.Value, string(goical.EventCancelled)) {
		return nil, nil
	}
	start, err := date(e, goical.PropDateTimeStart)
	if err != nil {
		return nil, err
	}
	long := 1
	if e.Props.Get(goical.PropDateTimeEnd) != nil {
		end, err := date(e, goical.PropDateTimeEnd)
		if err != nil {
			return nil, err
		}
		if long = int(end.Sub(start) / (24 * time.Hour)); long < 1 || long > maxLong {
			return nil, fmt.Errorf("DTEND is %d days after DTSTART: write 1 to %d (the day after the last one)", long, maxLong)
		}
	}
	starts, err := repeated(e, start)
	if err != nil {
		return nil, err
	}
	var all []calendar.Holiday
	for _, s := range starts {
		for n := range long {
			all = append(all, calendar.Holiday{Date: calendar.DateOf(s) + calendar.Date(n), Name: name(e)})
		}
	}
	return all, nil
}

// date reads a property that must be a day without a time.
func date(e goical.Event, prop string) (time.Time, error) {
	p := e.Props.Get(prop)
	if p == nil {
		return time.Time{}, fmt.Errorf("%s is missing: write it as %s;VALUE=DATE:20261225", prop, prop)
	}
	t, err := time.Parse("20060102", strings.TrimSpace(p.Value))
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return time.Time{}, fmt.Errorf("%s is no day: a holiday is a whole day since 1970, as in %s;VALUE=DATE:20261225", prop, prop)
	}
	return t, nil
}

// repeated gives the days on which the event begins.
func repeated(e goical.Event, start time.Time) ([]time.Time, error) {
	if e.Props.Get(goical.PropRecurrenceRule) == nil {
		return []time.Time{start}, nil
	}
	option, err := e.Props.RecurrenceRule()
	if err != nil {
		return nil, errors.New("RRULE cannot be read: write it as RRULE:FREQ=YEARLY")
	}
	// Only years: what repeats by seconds or weeks is no holiday, and unfolding it could take for ever.
	if option.Freq != rrule.YEARLY || len(option.Byhour)+len(option.Byminute)+len(option.Bysecond) > 0 || option.Interval < 0 || option.Interval > 100 {
		return nil, errors.New("RRULE does not repeat by years: write FREQ=YEARLY, or list the days one by one")
	}
	option.Dtstart = start
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, errors.New("RRULE cannot be read: write it as RRULE:FREQ=YEARLY")
	}
	except := map[string]bool{}
	for _, p := range e.Props.Values(goical.PropExceptionDates) {
		for _, s := range strings.Split(p.Value, ",") {
			except[strings.TrimSpace(s)] = true
		}
	}
	from := first
	if start.After(from) {
		from = start
	}
	return slices.DeleteFunc(rule.Between(from, last, true), func(t time.Time) bool { return except[t.Format("20060102")] }), nil
}

func name(e goical.Event) string {
	s, err := e.Props.Text(goical.PropSummary)
	if err != nil || s == "" {
		return "a holiday"
	}
	runes := []rune(strings.Join(strings.Fields(s), " "))
	return string(runes[:min(len(runes), maxName)])
}

// Entry is one event of a feed.
type Entry struct {
	ID         string // the same for the same entry in every issue of the feed
	Start, End time.Time
	Summary    string
	Detail     string
}

// Feed writes a calendar that programs subscribe to: its name, when it was made, and its entries, by instants.
func Feed(name string, made time.Time, entries []Entry) ([]byte, error) {
	c := goical.NewCalendar()
	c.Props.SetText(goical.PropVersion, "2.0")
	c.Props.SetText(goical.PropProductID, "-//Pronto//on call//EN")
	c.Props.SetText(goical.PropCalendarScale, "GREGORIAN")
	c.Props.SetText(goical.PropMethod, "PUBLISH")
	c.Props.SetText("X-WR-CALNAME", name)
	c.Props.SetText(goical.PropName, name)
	for _, x := range entries {
		e := goical.NewEvent()
		e.Props.SetText(goical.PropUID, x.ID)
		e.Props.SetDateTime(goical.PropDateTimeStamp, made.UTC())
		e.Props.SetDateTime(goical.PropDateTimeStart, x.Start.UTC())
		e.Props.SetDateTime(goical.PropDateTimeEnd, x.End.UTC())
		e.Props.SetText(goical.PropSummary, x.Summary)
		if x.Detail != "" {
			e.Props.SetText(goical.PropDescription, x.Detail)
		}
		e.Props.SetText(goical.PropTransparency, "TRANSPARENT")
		c.Children = append(c.Children, e.Component)
	}
	if len(entries) == 0 { // the library refuses an empty calendar, and a subscriber may well have no shift
		return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Pronto//on call//EN\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n"), nil
	}
	var out bytes.Buffer
	if err := goical.NewEncoder(&out).Encode(c); err != nil {
		return nil, fmt.Errorf("write the feed: %w", err)
	}
	return out.Bytes(), nil
}
