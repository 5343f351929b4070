package work

import (
	"strconv"
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/store"
)

// Of a conversation with more turns than a page reads, it is said where they are missing: before what is here on the newest page, and after it on an older one.
func TestWhereTurnsAreMissingIsSaid(t *testing.T) {
	ref, nine := desk.Ref{Brand: "acme-air", Conversation: "c1"}, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	l := lived{}
	s := stay{head: &desk.Conversation{Ref: ref, Opened: nine}, cut: true}
	for i := range 4 { // at nine, ten, eleven and twelve; the last was taken back
		m := desk.Message{ID: strconv.Itoa(i), At: nine.Add(time.Duration(i) * time.Hour)}
		l.all, l.in, s.indexes = append(l.all, store.Written{Ref: ref, Message: m}), append(l.in, ref), append(s.indexes, i)
		if i < 3 {
			s.shown = append(s.shown, Message{ID: m.ID, At: m.At, row: &m})
		}
	}
	turn := func(after time.Duration) store.Turned {
		return store.Turned{Record: store.Record{At: nine.Add(after), Event: "ticked", Why: []string{"late"}}}
	}
	for name, c := range map[string]struct {
		later bool
		turns []store.Turned
		cut   int
		all   int
	}{
		"the newest page":      {false, []store.Turned{turn(150 * time.Minute), turn(151 * time.Minute)}, 0, 3},
		"an older page":        {true, []store.Turned{turn(time.Minute), turn(61 * time.Minute)}, 1, 3},
		"after one taken back": {true, []store.Turned{{Record: store.Record{At: nine.Add(181 * time.Minute), Event: "ticked"}}}, 3, 4},
	} {
		s.later, s.turns = c.later, c.turns
		all := l.stay(&s)
		if len(all) != c.all {
			t.Errorf("%s: %d pieces", name, len(all))
			continue
		}
		for i, p := range all {
			if p.Cut != (i == c.cut) {
				t.Errorf("%s: cut at %d is %v", name, i, p.Cut)
			}
		}
	}
}
