package country_test

import (
	"slices"
	"testing"

	"pronto/shared/calendar"
	"pronto/shared/calendar/country"
)

func TestHolidays(t *testing.T) {
	for _, x := range []struct {
		code, day string
		off       bool
		why       string
	}{
		{"IT", "2026-08-15", true, "Ferragosto"},
		{"IT", "2026-06-02", true, "Festa della Repubblica"},
		{"IT", "2026-04-06", true, "Easter Monday"},
		{"IT", "2026-07-14", false, "a day of France"},
		{"FR", "2026-07-14", true, "the national day"},
		{"US", "2026-07-04", true, "the day itself, a Saturday"},
		{"US", "2026-07-03", true, "the Friday on which it is observed"},
		{"US", "2026-11-26", true, "the fourth Thursday of November"},
		{"DE", "2026-10-03", true, "everywhere in Germany"},
		{"DE", "2026-01-06", false, "Epiphany is not everywhere"},
		{"DE-BY", "2026-01-06", true, "but in Bavaria"},
		{"AU-VIC", "2026-01-26", true, "Australia Day"},
		{"GB", "2022-06-03", true, "a Jubilee that no rule of years would give"},
	} {
		all, ok := country.Holidays(x.code)
		day, err := calendar.ParseDate(x.day)
		if err != nil {
			t.Fatal(err)
		}
		if off := slices.ContainsFunc(all, func(h calendar.Holiday) bool { return h.Date == day }); !ok || off != x.off {
			t.Errorf("%s %s: a holiday %v, want %v: %s", x.code, x.day, off, x.off, x.why)
		}
	}
	if _, ok := country.Holidays("XX"); ok {
		t.Error("XX has holidays")
	}
}

// Every list has days in every year of the ten behind and ahead, in order, each once, and gives the same again.
func TestEveryCountryHasEveryYear(t *testing.T) {
	if n := len(country.Codes()); n < 80 {
		t.Errorf("%d countries and regions", n)
	}
	for _, code := range country.Codes() {
		all, _ := country.Holidays(code)
		again, _ := country.Holidays(code)
		if !slices.Equal(all, again) || !slices.IsSortedFunc(all, func(a, b calendar.Holiday) int { return int(a.Date - b.Date) }) {
			t.Errorf("%s: not the same twice, or not in order", code)
		}
		years := map[int]int{}
		for i, h := range all {
			years[h.Date.Midnight().Year()]++
			if i > 0 && all[i-1].Date == h.Date {
				t.Errorf("%s: %s stands twice", code, h.Date)
			}
		}
		for year := 2016; year <= 2036; year++ {
			if years[year] < 4 {
				t.Errorf("%s has %d holidays in %d", code, years[year], year)
			}
		}
	}
}
