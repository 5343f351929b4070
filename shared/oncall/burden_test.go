package oncall_test

import (
	"testing"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/oncall"
)

// Over a year with both changes of clocks, counted by the minute: Ana and Marta are on by turns of twelve hours, Marta gives one night to Oleg.
func TestBurdensAreTrueToTheMinute(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	s := oncall.Schedule{Zone: rome, Layers: []oncall.Layer{
		{Name: "first", Rotation: oncall.Rotation{Agents: []string{"ana", "marta"}, Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Hours: 12}},
		{Name: "second", Rotation: oncall.Rotation{Agents: []string{"marta", "ana"}, Start: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Days: 7}},
	}}.With(oncall.Override{Start: time.Date(2026, 3, 28, 21, 0, 0, 0, rome), End: time.Date(2026, 3, 29, 9, 30, 0, 0, rome), Agent: "oleg", Instead: "marta"})
	h := oncall.Hard{Zone: rome, From: 22 * 60, To: 6 * 60, Holiday: func(t time.Time) bool { return t.In(rome).Format("01-02") == "12-25" }}
	for _, month := range []time.Month{time.March, time.October, time.December} {
		from, to := time.Date(2026, month, 1, 0, 0, 0, 0, rome), time.Date(2026, month+1, 1, 0, 0, 0, 0, rome)
		want := map[string]oncall.Burden{}
		for at := from; at.Before(to); at = at.Add(time.Minute) {
			local := at.In(rome)
			for _, who := range s.At(at) {
				b := want[who]
				b.All += time.Minute
				if local.Hour() >= 22 || local.Hour() < 6 {
					b.Nights += time.Minute
				}
				if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
					b.Weekends += time.Minute
				}
				if local.Month() == time.December && local.Day() == 25 {
					b.Holidays += time.Minute
				}
				if b.Nights+b.Weekends+b.Holidays > want[who].Nights+want[who].Weekends+want[who].Holidays {
					b.Any += time.Minute
				}
				want[who] = b
			}
		}
		got := s.Burdens(from, to, h)
		if len(got) != len(want) || month == time.March && got["oleg"].Nights == 0 || month == time.December && got["ana"].Holidays == 0 {
			t.Fatalf("%s: %+v, want %+v", month, got, want)
		}
		for who, b := range want {
			if got[who] != b {
				t.Errorf("%s, %s: %+v, want %+v", month, who, got[who], b)
			}
		}
	}
	day := oncall.Hard{Zone: rome, From: calendar.Clock(60), To: calendar.Clock(120)}
	if !day.Night(time.Date(2026, 1, 1, 1, 30, 0, 0, rome)) || day.Night(time.Date(2026, 1, 1, 2, 0, 0, 0, rome)) {
		t.Error("a night that does not go over midnight")
	}
}
