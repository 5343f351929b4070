package words

import (
	"testing"
	"time"
)

// Each layout that the pages use, in each language: the order, the clock, the names.
func TestTimesAreWrittenAsTheLanguageHasThem(t *testing.T) {
	at := time.Date(2026, time.November, 3, 16, 5, 0, 0, time.FixedZone("CET", 3600))
	for _, c := range []struct{ layout, british, american, italian string }{
		{"15:04", "16:05", "4:05\u202fPM", "16:05"},
		{"15:04 MST", "16:05 CET", "4:05\u202fPM CET", "16:05 CET"},
		{"Mon 15:04", "Tue 16:05", "Tue 4:05\u202fPM", "mar 16:05"},
		{"2 Jan", "3 Nov", "Nov 3", "3 nov"},
		{"2 Jan 15:04", "3 Nov 16:05", "Nov 3, 4:05\u202fPM", "3 nov 16:05"},
		{"2 Jan 2006 15:04", "3 Nov 2026 16:05", "Nov 3, 2026, 4:05\u202fPM", "3 nov 2026 16:05"},
		{"2 January", "3 November", "November 3", "3 novembre"},
		{"2 January 2006", "3 November 2026", "November 3, 2026", "3 novembre 2026"},
		{"January 2006", "November 2026", "November 2026", "novembre 2026"},
		{"Mon 2 Jan", "Tue 3 Nov", "Tue, Nov 3", "mar 3 nov"},
		{"Mon 2 Jan 2006, 15:04", "Tue 3 Nov 2026, 16:05", "Tue, Nov 3, 2026, 4:05\u202fPM", "mar 3 nov 2026, 16:05"},
		{"Monday 15:04", "Tuesday 16:05", "Tuesday 4:05\u202fPM", "martedì 16:05"},
		{"Monday 2 January 15:04", "Tuesday 3 November 16:05", "Tuesday, November 3, 4:05\u202fPM", "martedì 3 novembre 16:05"},
		{"Monday, 2 January, 15:04", "Tuesday, 3 November, 16:05", "Tuesday, November 3, 4:05\u202fPM", "martedì, 3 novembre, 16:05"},
		{"Monday 2 January 2006, 15:04 MST", "Tuesday 3 November 2026, 16:05 CET", "Tuesday, November 3, 2026, 4:05\u202fPM CET", "martedì 3 novembre 2026, 16:05 CET"},
	} {
		for _, x := range []struct {
			in   *Locale
			want string
		}{{English, c.british}, {American, c.american}, {italian(), c.italian}} {
			if got := x.in.Time(at, c.layout); got != x.want {
				t.Errorf("%s in %s: %q, want %q", c.layout, x.in.Tag, got, x.want)
			}
		}
	}
	for header, want := range map[string]*Locale{
		"en-US,en;q=0.9": American, "en": English, "en-GB,en-US;q=0.8": English, "it;q=0.5, en-us": American, "fr": English, "it-CH, en-US;q=0.9": italian(),
	} {
		if got := Accepted(header); got != want {
			t.Errorf("%q: %s, want %s", header, got.Tag, want.Tag)
		}
	}
}
