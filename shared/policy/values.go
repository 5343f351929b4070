package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"pronto/shared/calendar"
)

// IsID tells whether a rule book could name a brand or an agent so.
func IsID(s string) bool { return isID(s) }

// isID accepts a short name of lower-case letters, digits and hyphens; it stands in keys and addresses of pages.
func isID(s string) bool {
	return s != "" && len(s) <= 40 && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// IsLanguage tells whether s is written as a language is in a rule book: two small letters (ISO 639-1).
func IsLanguage(s string) bool {
	return len(s) == 2 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

func (p *parser) id(v value) (string, bool) {
	return p.matching(v, isID, "an id", "use lower-case letters, digits and hyphens, a letter first, 40 at most")
}

func (p *parser) language(v value) (string, bool) {
	return p.matching(v, IsLanguage, "a language", "write its two letters (ISO 639-1), as in en")
}

func (p *parser) name(o object) string {
	v, ok := o.need("name", "give the name as customers shall read it")
	if !ok {
		return ""
	}
	s, ok := p.text(v, 80)
	if ok && strings.ContainsAny(s, `<>{}@`) {
		p.report(v, "write the name alone", "holds one of < > { } @")
	}
	return s
}

const addressRemedy = "write it bare, as in care@acme.example"

// address reads an address of ours in folded form.
func (p *parser) address(v value) (string, bool) {
	s, ok := p.matching(v, isAddress, "an address", addressRemedy)
	if ok && strings.Contains(s, "+") {
		p.report(v, "leave out the + and what follows; it is understood anyway", "has a +detail")
		return "", false
	}
	return Fold(s), ok
}

// domain reads a domain in folded form.
func (p *parser) domain(v value) (string, bool) {
	s, ok := p.matching(v, func(s string) bool { return !strings.Contains(s, "@") && isDomain(Fold(s)) }, "a domain", "write it bare, as in acme.example")
	return Fold(s), ok
}

// sibling reads an address or a domain.
func (p *parser) sibling(v value) (string, bool) {
	if strings.Contains(v.node.Value, "@") {
		return p.address(v)
	}
	return p.domain(v)
}

// zone reads an IANA zone; Local is refused, since it would mean another zone on each machine.
func (p *parser) zone(v value, otherwise *time.Location) *time.Location {
	loaded := otherwise
	p.matching(v, func(s string) bool {
		zone, err := time.LoadLocation(s)
		if err != nil || s == "Local" {
			return false
		}
		loaded = zone
		return true
	}, "a time zone", "use a name of the IANA database, as in Europe/Rome")
	return loaded
}

// maxWithin is the longest target: 90 days.
const maxWithin = 90 * 24 * time.Hour

// within reads how long a target may take. Whole minutes, because promises name no seconds.
func (p *parser) within(v value) time.Duration {
	var d time.Duration
	s, _ := p.text(v, 320)
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		p.report(v, "write hours and minutes, as in 24h, 1h30m or 20m", "%s is not a duration", quote(s))
	case d < time.Minute || d > maxWithin || d%time.Minute != 0:
		p.report(v, "write whole minutes, from 1m to 2160h", "%s is out of bounds", quote(s))
	}
	return d
}

// span reads a duration of whole seconds between two bounds.
func (p *parser) span(v value, least, most time.Duration) time.Duration {
	s, ok := p.text(v, 320)
	d, err := time.ParseDuration(s)
	switch {
	case !ok:
	case err != nil:
		p.report(v, "write hours, minutes and seconds, as in 1h, 5m or 30s", "%s is not a duration", quote(s))
	case d < least || d > most || d%time.Second != 0:
		p.report(v, "write whole seconds, from "+brief(least)+" to "+brief(most), "%s is out of bounds", quote(s))
	}
	return d
}

// number reads a whole number between two bounds; what says what it should be, as in "a number of receipts".
func (p *parser) number(v value, least, most int, what string) int {
	s, ok := p.text(v, 320)
	n, err := strconv.Atoi(s)
	switch {
	case !ok:
	case err != nil, n < least:
		p.report(v, fmt.Sprintf("write %d or more, in digits", least), "%s is not %s", quote(s), what)
	case n > most:
		p.report(v, fmt.Sprintf("write %d at most", most), "%s is not %s", quote(s), what)
	}
	return n
}

// parseClock reads 00:00 to 23:59, and 24:00 where the end of the day is meant.
func parseClock(s string, end bool) (calendar.Clock, bool) {
	if s == "24:00" && end {
		return calendar.Midnight, true
	}
	t, err := time.Parse("15:04", s)
	return calendar.Clock(t.Hour()*60 + t.Minute()), err == nil && len(s) == len("15:04")
}

func (p *parser) clock(v value, end bool) (calendar.Clock, bool) {
	var c calendar.Clock
	_, ok := p.matching(v, func(s string) (ok bool) {
		c, ok = parseClock(s, end)
		return ok
	}, "a time of day", "write four digits and a colon, as in 09:00")
	return c, ok
}

// parseDay reads a weekday in English, whole or its first three letters.
func parseDay(s string) (time.Weekday, bool) {
	s = strings.ToLower(s)
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := strings.ToLower(d.String()); s == name || s == name[:3] {
			return d, true
		}
	}
	return 0, false
}
