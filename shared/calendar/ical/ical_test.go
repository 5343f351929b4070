package ical_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	goical "github.com/emersion/go-ical"

	"pronto/shared/calendar"
	"pronto/shared/calendar/ical"
)

// file wraps events in a calendar.
func file(events ...string) []byte {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Acme Air//EN\n")
	for _, e := range events {
		b.WriteString("BEGIN:VEVENT\nUID:x\nDTSTAMP:20260101T000000Z\n" + e + "\nEND:VEVENT\n")
	}
	return []byte(strings.ReplaceAll(b.String()+"END:VCALENDAR\n", "\n", "\r\n"))
}

func TestHolidays(t *testing.T) {
	days, err := ical.Holidays(file(
		"DTSTART;VALUE=DATE:20260814\nSUMMARY:Hangar day",
		"DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Christmas",
		"DTSTART;VALUE=DATE:20200401\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20270401\nSUMMARY:Founders\\, and friends",
		"DTSTART;VALUE=DATE:20201126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\nSUMMARY:Thanksgiving",
		"DTSTART;VALUE=DATE:20260601\nSTATUS:CANCELLED\nSUMMARY:Not any more",
	))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{
		"2026-08-14": "Hangar day", "2026-12-24": "Christmas", "2026-12-26": "Christmas", "2026-12-27": "",
		"2026-04-01": "Founders, and friends", "2027-04-01": "", "2028-04-01": "Founders, and friends", "2019-04-01": "",
		"2026-11-26": "Thanksgiving", "2036-11-27": "Thanksgiving", "2026-06-01": "",
	} {
		d, err := calendar.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if i := slices.IndexFunc(days, func(h calendar.Holiday) bool { return h.Date == d }); i >= 0 {
			got = days[i].Name
		}
		if got != want {
			t.Errorf("%s is %q, want %q", day, got, want)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	many := make([]string, 5001)
	for i := range many {
		many[i] = "DTSTART;VALUE=DATE:20260814"
	}
	for _, x := range []struct {
		data []byte
		want string
	}{
		{nil, "empty"},
		{[]byte("Dear all, we are closed on Friday."), "not an iCalendar file"},
		{file("SUMMARY:When?"), "DTSTART is missing"},
		{file("DTSTART:20260814T090000Z"), "DTSTART is no day"},
		{file("DTSTART;VALUE=DATE:20260814\nDTEND;VALUE=DATE:20260814"), "DTEND is 0 days after"},
		{file("DTSTART;VALUE=DATE:20260814\nDTEND;VALUE=DATE:20280814"), "write 1 to 60"},
		{file("DTSTART;VALUE=DATE:20260814\nRRULE:FREQ=SECONDLY"), "does not repeat by years"},
		{file("DTSTART;VALUE=DATE:20260814\nRRULE:FREQ=YEARLY;BYSECOND=1,2"), "does not repeat by years"},
		{file("DTSTART;VALUE=DATE:20260814\nRRULE:often"), "RRULE cannot be read"},
		{file(many...), "more than 5000 events"},
		{bytes.Repeat([]byte("x"), ical.MaxBytes+1), "bytes"},
	} {
		if _, err := ical.Holidays(x.data); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%.60q: %v, want %q", x.data, err, x.want)
		}
	}
}

func TestFeed(t *testing.T) {
	at := time.Date(2026, 3, 23, 8, 0, 0, 0, time.UTC)
	data, err := ical.Feed("Ana at Acme Air", at, []ical.Entry{{ID: "a@acme.example", Start: at, End: at.Add(167 * time.Hour), Summary: "On call: first"}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := goical.NewDecoder(bytes.NewReader(data)).Decode()
	if err != nil || len(c.Events()) != 1 {
		t.Fatalf("%s: %v", data, err)
	}
	if start, err := c.Events()[0].DateTimeStart(time.UTC); err != nil || !start.Equal(at) {
		t.Errorf("it begins at %s (%v)", start, err)
	}
	if empty, err := ical.Feed("nobody", at, nil); err != nil || !strings.Contains(string(empty), "VCALENDAR") {
		t.Errorf("an empty feed: %s %v", empty, err)
	}
}

func FuzzHolidays(f *testing.F) {
	f.Add(file("DTSTART;VALUE=DATE:20260814\nRRULE:FREQ=YEARLY;BYDAY=4TH\nSUMMARY:x"))
	f.Add(file("DTSTART;VALUE=DATE:20260814\nRRULE:FREQ=YEARLY;COUNT=0;INTERVAL=0\nEXDATE:,"))
	f.Fuzz(func(t *testing.T, data []byte) {
		days, err := ical.Holidays(data)
		if err != nil && len(days) > 0 || !slices.IsSortedFunc(days, func(a, b calendar.Holiday) int { return int(a.Date - b.Date) }) {
			t.Errorf("%d days, %v", len(days), err)
		}
	})
}
