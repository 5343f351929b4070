package reply

import (
	"strings"
	"testing"
	"time"
)

// at reads a moment in RFC 3339.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func TestWhen(t *testing.T) {
	const (
		today    = "2026-11-20T14:35:00+01:00"
		tomorrow = "2026-11-21T09:10:00+01:00"
		monday   = "2026-11-23T14:35:00+01:00"
		newYear  = "2027-01-01T10:00:00+01:00"
		night    = "2026-11-21T01:05:00+01:00"
	)
	tests := []struct {
		lang, due string
		sure      bool
		want      string
	}{
		{"en", today, true, "by 14:35 today"},
		{"en", tomorrow, true, "by 09:10 tomorrow"},
		{"en", monday, true, "by Monday 23 November at 14:35"},
		{"en", newYear, true, "by Friday 1 January 2027 at 10:00"},
		{"en", night, true, "by 01:05 tomorrow"},
		{"en", today, false, "by 14:35 today (Rome time, UTC+1)"},
		{"en", tomorrow, false, "by 09:10 tomorrow (Rome time, UTC+1)"},
		{"en", monday, false, "by Monday 23 November at 14:35 (Rome time, UTC+1)"},

		{"it", today, true, "entro le 14:35 di oggi"},
		{"it", tomorrow, true, "entro le 09:10 di domani"},
		{"it", monday, true, "entro le 14:35 di lunedì 23 novembre"},
		{"it", newYear, true, "entro le 10:00 di venerdì 1º gennaio 2027"},
		{"it", night, true, "entro le ore 01:05 di domani"},
		{"it", today, false, "entro le 14:35 di oggi (ora di Roma, UTC+1)"},
		{"it", tomorrow, false, "entro le 09:10 di domani (ora di Roma, UTC+1)"},
		{"it", monday, false, "entro le 14:35 di lunedì 23 novembre (ora di Roma, UTC+1)"},

		{"es", today, true, "antes de las 14:35 de hoy"},
		{"es", tomorrow, true, "antes de las 09:10 de mañana"},
		{"es", monday, true, "antes de las 14:35 del lunes 23 de noviembre"},
		{"es", newYear, true, "antes de las 10:00 del viernes 1 de enero de 2027"},
		{"es", night, true, "antes de la 01:05 de mañana"},
		{"es", today, false, "antes de las 14:35 de hoy (hora de Roma, UTC+1)"},
		{"es", tomorrow, false, "antes de las 09:10 de mañana (hora de Roma, UTC+1)"},
		{"es", monday, false, "antes de las 14:35 del lunes 23 de noviembre (hora de Roma, UTC+1)"},

		{"fr", today, true, "aujourd'hui avant 14:35"},
		{"fr", tomorrow, true, "demain avant 09:10"},
		{"fr", monday, true, "le lundi 23 novembre avant 14:35"},
		{"fr", newYear, true, "le vendredi 1er janvier 2027 avant 10:00"},
		{"fr", night, true, "demain avant 01:05"},
		{"fr", today, false, "aujourd'hui avant 14:35 (heure de Rome, UTC+1)"},
		{"fr", tomorrow, false, "demain avant 09:10 (heure de Rome, UTC+1)"},
		{"fr", monday, false, "le lundi 23 novembre avant 14:35 (heure de Rome, UTC+1)"},

		{"de", today, true, "heute bis 14:35 Uhr"},
		{"de", tomorrow, true, "morgen bis 09:10 Uhr"},
		{"de", monday, true, "bis Montag, 23. November, 14:35 Uhr"},
		{"de", newYear, true, "bis Freitag, 1. Januar 2027, 10:00 Uhr"},
		{"de", night, true, "morgen bis 01:05 Uhr"},
		{"de", today, false, "heute bis 14:35 Uhr (Ortszeit Rom, UTC+1)"},
		{"de", tomorrow, false, "morgen bis 09:10 Uhr (Ortszeit Rom, UTC+1)"},
		{"de", monday, false, "bis Montag, 23. November, 14:35 Uhr (Ortszeit Rom, UTC+1)"},

		{"pt", today, true, "até às 14:35 de hoje"},
		{"pt", tomorrow, true, "até às 09:10 de amanhã"},
		{"pt", monday, true, "até às 14:35 de segunda-feira, 23 de novembro"},
		{"pt", newYear, true, "até às 10:00 de sexta-feira, 1º de janeiro de 2027"},
		{"pt", night, true, "até à 01:05 de amanhã"},
		{"pt", today, false, "até às 14:35 de hoje (horário de Roma, UTC+1)"},
		{"pt", tomorrow, false, "até às 09:10 de amanhã (horário de Roma, UTC+1)"},
		{"pt", monday, false, "até às 14:35 de segunda-feira, 23 de novembro (horário de Roma, UTC+1)"},

		{"ru", today, true, "сегодня до 14:35"},
		{"ru", tomorrow, true, "завтра до 09:10"},
		{"ru", monday, true, "в понедельник, 23 ноября, до 14:35"},
		{"ru", newYear, true, "в пятницу, 1 января 2027 года, до 10:00"},
		{"ru", night, true, "завтра до 01:05"},
		{"ru", today, false, "сегодня до 14:35 (по времени Рима, UTC+1)"},
		{"ru", tomorrow, false, "завтра до 09:10 (по времени Рима, UTC+1)"},
		{"ru", monday, false, "в понедельник, 23 ноября, до 14:35 (по времени Рима, UTC+1)"},

		{"pt-BR", today, true, "até às 14:35 de hoje"},
		{"nl", today, true, "2026-11-20 14:35 (UTC+1)"},
		{"", monday, false, "2026-11-23 14:35 (UTC+1)"},
	}
	rome, now := location(t, "Europe/Rome"), at(t, "2026-11-20T13:00:00+01:00")
	for _, tt := range tests {
		if got := When(tt.lang, at(t, tt.due), now, rome, tt.sure); got != tt.want {
			t.Errorf("%s, due %s, sure %v: %q, want %q", tt.lang, tt.due, tt.sure, got, tt.want)
		}
	}
}

func TestWhenNamesTheZone(t *testing.T) {
	now := at(t, "2026-11-20T12:00:00Z")
	tests := []struct {
		lang string
		zone *time.Location
		want string
	}{
		{"en", nil, "by 13:00 today (UTC)"},
		{"en", time.UTC, "by 13:00 today (UTC)"},
		{"en", time.FixedZone("", 5*3600+1800), "by 18:30 today (UTC+05:30)"},
		{"en", time.FixedZone("", -3*3600-1800), "by 09:30 today (UTC-03:30)"},
		{"en", time.FixedZone("", 2*3600), "by 15:00 today (UTC+2)"},
		{"en", location(t, "America/New_York"), "by 08:00 today (New York time, UTC-5)"},
		{"en", location(t, "America/Argentina/Buenos_Aires"), "by 10:00 today (Buenos Aires time, UTC-3)"},
		{"en", location(t, "Etc/GMT+5"), "by 08:00 today (UTC-5)"},
		{"fr", location(t, "Europe/Athens"), "aujourd'hui avant 15:00 (heure d'Athènes, UTC+2)"},
		{"pt", location(t, "America/Sao_Paulo"), "até às 10:00 de hoje (horário de São Paulo, UTC-3)"},
		{"pt", location(t, "America/Mexico_City"), "até às 07:00 de hoje (UTC-6)"},
		{"ru", location(t, "Europe/Moscow"), "сегодня до 16:00 (по времени Москвы, UTC+3)"},
		{"it", location(t, "Pacific/Auckland"), "entro le 02:00 di domani (UTC+13)"},
	}
	for _, tt := range tests {
		if tt.lang == "it" {
			now = at(t, "2026-11-20T10:30:00Z") // 23:30 in Auckland
		}
		if got := When(tt.lang, at(t, "2026-11-20T13:00:00Z"), now, tt.zone, false); got != tt.want {
			t.Errorf("%s in %v: %q, want %q", tt.lang, tt.zone, got, tt.want)
		}
	}
}

func TestWhenCutsToTheMinute(t *testing.T) {
	tests := []struct{ due, now, want string }{
		{"2026-11-20T14:35:00Z", "2026-11-20T13:00:00Z", "by 14:35 today"},
		{"2026-11-20T14:35:59.999Z", "2026-11-20T13:00:00Z", "by 14:35 today"},
		{"2026-11-20T14:35:40Z", "2026-11-20T14:34:59Z", "by 14:35 today"},
		{"2026-11-20T14:35:40Z", "2026-11-20T14:35:00Z", "by 14:36 today"}, // "by 14:35" would be over as it is said
		{"2026-11-20T14:35:40Z", "2026-11-20T14:35:10Z", "by 14:36 today"},
		{"2026-11-20T23:59:40Z", "2026-11-20T23:59:10Z", "by 00:00 tomorrow"},
		{"2026-12-31T23:59:40Z", "2026-12-31T23:59:10Z", "by 00:00 tomorrow"},
		{"2026-11-20T14:35:00Z", "2026-11-20T14:35:00Z", "by 14:35 today"},
		{"2026-11-19T14:35:00Z", "2026-11-20T14:35:00Z", "by Thursday 19 November at 14:35"},
	}
	for _, tt := range tests {
		if got := When("en", at(t, tt.due), at(t, tt.now), time.UTC, true); got != tt.want {
			t.Errorf("due %s, now %s: %q, want %q", tt.due, tt.now, got, tt.want)
		}
	}
}

func TestWhenAcrossClockChanges(t *testing.T) {
	tests := []struct{ zone, due, now, want string }{
		// The 29th of March has 23 hours in Rome: 02:00 to 03:00 does not exist.
		{"Europe/Rome", "2026-03-29T01:30:00Z", "2026-03-29T00:30:00Z", "by 03:30 today"},
		{"Europe/Rome", "2026-03-29T22:30:00Z", "2026-03-28T23:30:00Z", "by 00:30 tomorrow"},
		{"Europe/Rome", "2026-03-29T21:59:00Z", "2026-03-28T22:30:00Z", "by 23:59 tomorrow"},
		// The 25th of October has 25: 02:30 comes twice, so the zone is named though it is sure.
		{"Europe/Rome", "2026-10-25T00:30:00Z", "2026-10-24T22:30:00Z", "by 02:30 today (Rome time, UTC+2)"},
		{"Europe/Rome", "2026-10-25T01:30:00Z", "2026-10-24T22:30:00Z", "by 02:30 today (Rome time, UTC+1)"},
		{"Europe/Rome", "2026-10-25T02:00:00Z", "2026-10-24T22:30:00Z", "by 03:00 today"},
		{"Europe/Rome", "2026-10-24T23:59:00Z", "2026-10-24T22:30:00Z", "by 01:59 today"},
		{"Europe/Rome", "2026-10-25T22:59:00Z", "2026-10-24T22:00:00Z", "by 23:59 today"}, // 24 h 59 min later, and the same day
		{"America/New_York", "2026-03-08T07:30:00Z", "2026-03-08T05:30:00Z", "by 03:30 today"},
		{"America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T04:30:00Z", "by 01:30 today (New York time, UTC-4)"},
		{"America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T04:30:00Z", "by 01:30 today (New York time, UTC-5)"},
		{"America/New_York", "2026-11-02T05:10:00Z", "2026-11-01T04:10:00Z", "by 00:10 tomorrow"},
	}
	for _, tt := range tests {
		if got := When("en", at(t, tt.due), at(t, tt.now), location(t, tt.zone), true); got != tt.want {
			t.Errorf("%s, due %s, now %s: %q, want %q", tt.zone, tt.due, tt.now, got, tt.want)
		}
	}
}

// Whatever the clock does: the time said is a time of the zone, never later than due by a minute, never a minute too strict, on the right day,
// and no two moments of one day are said alike.
func TestWhenIsTrueOverClockChanges(t *testing.T) {
	for _, tt := range []struct{ zone, from string }{
		{"Europe/Rome", "2026-03-28T20:00:00Z"}, {"Europe/Rome", "2026-10-24T20:00:00Z"},
		{"America/New_York", "2026-03-08T00:00:00Z"}, {"America/New_York", "2026-11-01T00:00:00Z"},
		{"Australia/Lord_Howe", "2026-04-04T10:00:00Z"}, // puts its clock back by half an hour
	} {
		zone, from := location(t, tt.zone), at(t, tt.from)
		said := map[string]time.Time{}
		for due := from.Add(41 * time.Second); due.Before(from.Add(25 * time.Hour)); due = due.Add(7 * time.Minute) {
			phrase := When("en", due, from, zone, true)
			if other, twice := said[phrase]; twice {
				t.Fatalf("%s: %q is said of %v and of %v", tt.zone, phrase, other, due)
			}
			said[phrase] = due
			clock := due.In(zone).Format("15:04")
			if due.Sub(from) < time.Minute {
				clock = due.Add(time.Minute).In(zone).Format("15:04")
			}
			if day := dayWord(due.In(zone), from.In(zone)); !strings.HasPrefix(phrase, "by "+clock+" "+day) {
				t.Fatalf("%s: due %v, now %v: %q, want %s %s", tt.zone, due.In(zone), from.In(zone), phrase, clock, day)
			}
		}
	}
}

// dayWord finds the word by walking to noon of the next day.
func dayWord(due, now time.Time) string {
	const date = time.DateOnly
	noon := time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, now.Location())
	switch due.Format(date) {
	case now.Format(date):
		return "today"
	case noon.AddDate(0, 0, 1).Format(date):
		return "tomorrow"
	}
	return "?"
}

func TestCitiesAreZones(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cities {
		location(t, c.zone)
		if seen[c.zone] {
			t.Errorf("%s stands twice", c.zone)
		}
		seen[c.zone] = true
		for _, lang := range languages[1:] {
			if c.in(lang) == "" && c.zone != "America/Mexico_City" {
				t.Errorf("%s has no name in %s", c.zone, lang)
			}
		}
		if !strings.HasPrefix(c.fr, "de ") && !strings.HasPrefix(c.fr, "d'") {
			t.Errorf("%s: French %q lacks its preposition", c.zone, c.fr)
		}
	}
}
