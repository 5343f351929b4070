package sla_test

import (
	"fmt"
	"testing"
	"time"

	"pronto/shared/sla"
)

func owing(minutes ...int) []sla.Owing {
	var all []sla.Owing
	for i, m := range minutes {
		all = append(all, sla.Owing{ID: fmt.Sprint(i), Due: noon.Add(time.Duration(m) * time.Minute)})
	}
	return all
}

func TestForesee(t *testing.T) {
	for _, x := range []struct {
		why    string
		owing  []sla.Owing
		people int
		words  string
		late   int
	}{
		{"nobody waits", nil, 2, "nobody waits for an answer", 0},
		{"five within the half hour, one at ten minutes each", owing(30, 25, 11, 21, 30), 1, "3 will breach by Saturday 12:30, on call has room for 2", 3},
		{"two do it", owing(30, 25, 11, 21, 31), 2, "none will breach by Saturday 12:31, on call has room for 1 more", 0},
		{"due at the very moment is late", owing(10), 1, "1 will breach by Saturday 12:10, on call has room for 0", 1},
		{"nobody is on", owing(10, 600), 0, "2 will breach by Saturday 22:00, on call has room for 0", 2},
		{"one late already counts, and holds up the others", owing(-5, 11), 1, "2 will breach by Saturday 12:11, on call has room for 0", 2},
	} {
		f := sla.Foresee(noon, x.owing, x.people, 10*time.Minute)
		if got := f.Words(time.UTC); got != x.words || len(f.Late) != x.late {
			t.Errorf("%s: %s", x.why, got)
		}
	}
}
