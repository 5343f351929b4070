package reply

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// grammar is how a language says by when. In the patterns {time} is the clock, {the} its article, {weekday}, {day} and {month} the date, {year} the
// year with what joins it to them.
type grammar struct {
	today, tomorrow, date string
	the, theOne           string // the article of an hour, and of one o'clock
	first                 string // the first of the month, if it is not "1"
	year, yearEnd         string // what stands between month and year, and after it
	zone                  string // what names a city's clock: {city}
	weekdays              [7]string
	months                [12]string
}

// When says by when, as a complete phrase of the language that stands in the template's sentence: "by 14:35 today", "entro le 09:10 di domani",
// "bis Montag, 23. November, 14:35 Uhr". Today and tomorrow are days of the customer's zone, across clock changes. The clock has 24 hours
// and a colon in every language. The year is named when it is not this one.
//
// Unless the zone is sure, and whenever the clock shows this time twice (the hour that autumn repeats), the zone is named: "(Rome time, UTC+1)",
// or for an offset without a city "(UTC+05:30)". A nil zone is UTC and not sure.
//
// The time is due cut to its minute: a promise stricter by up to 59 s than policy asks, never one that is kept late. Only when that minute has
// begun already is it the next full one, later than due by less than a minute: the sole alternative would be a promise already broken.
// Due should lie after now; of a moment gone by When names the date and time as they are.
//
// In a language without a grammar here the phrase is bare, "2026-11-23 14:35 (UTC+1)", and the brand's wording must lead up to it.
func When(lang string, due, now time.Time, zone *time.Location, sure bool) string {
	if zone == nil {
		zone, sure = time.UTC, false
	}
	at := fullMinute(due.In(zone), now)
	g, known := grammars(base(lang))
	if !known {
		return at.Format("2006-01-02 15:04") + " (" + offset(at) + ")"
	}
	phrase := g.say(at, now.In(zone))
	if !sure || twice(at) {
		phrase += " (" + g.clock(base(lang), at) + ")"
	}
	return phrase
}

// fullMinute cuts due to its minute if that is still to come, else it takes the next.
func fullMinute(due, now time.Time) time.Time {
	down := due.Add(-time.Duration(due.Second())*time.Second - time.Duration(due.Nanosecond()))
	if down.After(now) || down.Equal(due) {
		return down
	}
	return down.Add(time.Minute)
}

// say chooses the pattern by the days between now and at, both in the customer's zone.
func (g grammar) say(at, now time.Time) string {
	pattern := g.date
	switch dayNumber(at) - dayNumber(now) {
	case 0:
		pattern = g.today
	case 1:
		pattern = g.tomorrow
	}
	article, day, year := g.the, strconv.Itoa(at.Day()), ""
	if at.Hour() == 1 {
		article = g.theOne
	}
	if at.Day() == 1 && g.first != "" {
		day = g.first
	}
	if at.Year() != now.Year() {
		year = g.year + strconv.Itoa(at.Year()) + g.yearEnd
	}
	return strings.NewReplacer("{the}", article, "{time}", at.Format("15:04"), "{weekday}", g.weekdays[at.Weekday()],
		"{day}", day, "{month}", g.months[at.Month()-1], "{year}", year).Replace(pattern)
}

// dayNumber counts calendar days, which are not always 24 hours long.
func dayNumber(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// twice tells whether the clock of t's zone shows t's time a second time, before or after: it was put back.
func twice(t time.Time) bool {
	_, here := t.Zone()
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		if t.Sub(start) < time.Duration(before-here)*time.Second {
			return true
		}
	}
	if !end.IsZero() {
		_, after := end.Zone()
		return end.Sub(t) <= time.Duration(here-after)*time.Second
	}
	return false
}

// clock names t's zone: city and offset if the city has a name in the language, else the offset.
func (g grammar) clock(lang string, t time.Time) string {
	if city := cityName(lang, t.Location().String()); city != "" {
		return strings.Replace(g.zone, "{city}", city, 1) + ", " + offset(t)
	}
	return offset(t)
}

// offset is t's distance from UTC: "UTC", "UTC+1", "UTC-03:30".
func offset(t time.Time) string {
	_, s := t.Zone()
	sign := '+'
	if s < 0 {
		sign, s = '-', -s
	}
	switch {
	case s < 60:
		return "UTC"
	case s%3600 < 60:
		return fmt.Sprintf("UTC%c%d", sign, s/3600)
	}
	return fmt.Sprintf("UTC%c%02d:%02d", sign, s/3600, s%3600/60)
}
