package desk_test

import (
	"slices"
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
)

// Marta has begun to write when the conversation was at its second turn. What was taken since decides whether her answer leaves.
func TestAnAnswerIsRefusedForWhatItsWriterHasNotSeen(t *testing.T) {
	p := rules(t, "")
	oleg := policy.Assignee{ID: "oleg", Name: "Oleg Savchuk"}
	team := policy.Assignee{ID: "team:care", Name: "Acme Air Care", Team: true}
	is := func(event, by, message string) desk.Since {
		return desk.Since{Event: event, By: by, Message: message, At: monday}
	}
	for name, c := range map[string]struct {
		since []desk.Since
		has   policy.Assignee
		done  bool     // it is resolved
		seen  int      // 2 when it is left out
		want  []string // the events that she has to see
		why   desk.Refusal
	}{
		"nothing happened":                  {},
		"the customer wrote":                {since: []desk.Since{is("received", "", "m2")}, want: []string{"received"}, why: desk.Crossing},
		"the customer changed it":           {since: []desk.Since{is("edited", "", "m1")}, want: []string{"edited"}, why: desk.Crossing},
		"a colleague answered":              {since: []desk.Since{is("replied", "oleg", "r1")}, want: []string{"replied"}, why: desk.Crossing},
		"a colleague’s waits to leave":      {since: []desk.Since{is("scheduled", "oleg", "r1")}, want: []string{"scheduled"}, why: desk.Crossing},
		"and has left meanwhile":            {since: []desk.Since{is("scheduled", "oleg", "r1"), is("replied", "oleg", "")}, want: []string{"scheduled"}, why: desk.Crossing},
		"it was taken back":                 {since: []desk.Since{is("scheduled", "oleg", "r1"), is("taken_back", "oleg", "r1")}},
		"one taken back, one not":           {since: []desk.Since{is("scheduled", "oleg", "r1"), is("scheduled", "oleg", "r2"), is("taken_back", "oleg", "r1")}, want: []string{"scheduled"}, why: desk.Crossing},
		"one that she saw wait has left":    {since: []desk.Since{is("replied", "oleg", "")}},
		"her own, of another page":          {since: []desk.Since{is("replied", "marta", "r1"), is("noted", "marta", "n1"), is("claimed", "marta", "")}, has: marta},
		"a note":                            {since: []desk.Since{is("noted", "oleg", "n1")}, want: []string{"noted"}, why: desk.Crossing},
		"somebody took it":                  {since: []desk.Since{is("claimed", "oleg", "")}, has: oleg, want: []string{"claimed"}, why: desk.Crossing},
		"it was given to her":               {since: []desk.Since{is("assigned", "ana", "n1")}, has: marta},
		"taken and given back":              {since: []desk.Since{is("claimed", "oleg", ""), is("unassigned", "oleg", "")}, has: team},
		"resolved":                          {since: []desk.Since{is("resolved", "oleg", "")}, done: true, want: []string{"resolved"}, why: desk.Crossing},
		"resolved and opened again":         {since: []desk.Since{is("resolved", "oleg", ""), is("reopened", "oleg", "")}},
		"tags, clocks, corrections":         {since: []desk.Since{is("tagged", "oleg", ""), is("ticked", "", ""), is("corrected", "oleg", "m1"), is("late", "", "")}},
		"who has not said what she saw":     {since: []desk.Since{is("received", "", "m2")}, seen: -1},
		"more than there is, of a lost day": {seen: 40, why: desk.Changed},
	} {
		f := opened(t, p)
		f.Conversation.Sequence, f.Since = 5, c.since
		if f.Conversation.Assignee = c.has; c.has.ID == "" {
			f.Conversation.Assignee = team
		}
		if c.done {
			f.Conversation.Status = desk.StatusResolved
		}
		ev := later(f, time.Time{}, desk.Then{})
		switch ev.Seen = c.seen; c.seen {
		case 0:
			ev.Seen = 2
		case -1:
			ev.Seen = 0
		}
		d := desk.Decide(f, ev, p, monday.Add(time.Minute))
		var got []string
		for _, s := range d.Crossed {
			got = append(got, s.Event)
		}
		if d.Refused != c.why || !slices.Equal(got, c.want) || d.Nothing != (c.why != "") {
			t.Errorf("%s: refused %q for %v, want %q for %v", name, d.Refused, got, c.why, c.want)
		}
		f.Taken = true
		if d := desk.Decide(f, ev, p, monday.Add(time.Minute)); !d.Nothing || d.Refused != "" {
			t.Errorf("%s: what was taken before is refused: %+v", name, d)
		}
	}
}
