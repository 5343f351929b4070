package words

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// facts are how a language writes numbers and times, as CLDR has it.
type facts struct {
	group, decimal string
	groupFrom      int    // digits from which a number is grouped
	percent        string // between number and sign
	after          bool   // a currency stands behind its number
	months, days   []string
	layouts        *strings.Replacer // of the layouts that pages use: nil where they are written as they stand
}

var english = facts{group: ",", decimal: ".", groupFrom: 4}

// american has the month before the day, and a clock of twelve hours. The longer of two layouts that begin alike comes first.
var american = facts{
	group: ",", decimal: ".", groupFrom: 4,
	layouts: strings.NewReplacer(
		"Monday, 2 January, ", "Monday, January 2, ",
		"Monday 2 January 2006", "Monday, January 2, 2006", "Monday 2 January 15:04", "Monday, January 2, 3:04\u202fPM", "Monday 2 January", "Monday, January 2",
		"Mon 2 Jan 2006", "Mon, Jan 2, 2006", "Mon 2 Jan", "Mon, Jan 2",
		"2 January 2006", "January 2, 2006", "2 January", "January 2",
		"2 Jan 2006 ", "Jan 2, 2006, ", "2 Jan 2006", "Jan 2, 2006", "2 Jan 15:04", "Jan 2, 3:04\u202fPM", "2 Jan", "Jan 2",
		"15:04", "3:04\u202fPM",
	),
}

var italianFacts = facts{
	group: ".", decimal: ",", groupFrom: 5, after: true,
	months: []string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"},
	days:   []string{"domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"},
}

// Int writes a whole number.
func (l *Locale) Int(n int) string {
	digits, sign := strconv.Itoa(n), ""
	if n < 0 {
		digits, sign = digits[1:], "-"
	}
	if len(digits) < l.groupFrom {
		return sign + digits
	}
	var parts []string
	for len(digits) > 3 {
		parts, digits = append([]string{digits[len(digits)-3:]}, parts...), digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, parts...), l.group)
}

// Number writes a number with so many decimals.
func (l *Locale) Number(x float64, decimals int) string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(x), 'f', decimals, 64), ".")
	n, err := strconv.Atoi(whole)
	if err != nil {
		return whole // beyond what is counted here
	}
	text := l.Int(n)
	if fraction != "" {
		text += l.decimal + fraction
	}
	if x < 0 {
		return "-" + text
	}
	return text
}

// Percent writes a share of a hundred.
func (l *Locale) Percent(n int) string { return l.Int(n) + l.percent + "%" }

// Money writes an amount, with its unit where the language has it.
func (l *Locale) Money(unit string, x float64, decimals int) string {
	if l.after {
		return l.Number(x, decimals) + "\u00a0" + unit
	}
	return unit + l.Number(x, decimals)
}

// Time writes a time by a layout of package time, day before month and with a clock of 24 hours, as the language has it: its order, its clock, its names of days and months.
func (l *Locale) Time(t time.Time, layout string) string {
	if l.layouts != nil {
		layout = l.layouts.Replace(layout)
	}
	if l.months == nil {
		return t.Format(layout)
	}
	var b strings.Builder
	for layout != "" {
		i, name, word := l.name(t, layout)
		if i < 0 {
			b.WriteString(t.Format(layout))
			break
		}
		b.WriteString(t.Format(layout[:i]))
		b.WriteString(word)
		layout = layout[i+len(name):]
	}
	return b.String()
}

// name is the first name of a day or month in a layout: where, what, and the word for it.
func (l *Locale) name(t time.Time, layout string) (at int, name, word string) {
	month, day := l.months[t.Month()-1], l.days[t.Weekday()]
	at = -1
	for _, n := range []struct{ name, word string }{{"Monday", day}, {"January", month}, {"Mon", string([]rune(day)[:3])}, {"Jan", month[:3]}} {
		if i := strings.Index(layout, n.name); i >= 0 && (at < 0 || i < at) {
			at, name, word = i, n.name, n.word
		}
	}
	return at, name, word
}
