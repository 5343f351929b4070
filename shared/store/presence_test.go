package store_test

import (
	"testing"

	"pronto/shared/desk"
	"pronto/shared/store"
)

// An agent has two pages of a conversation open. That one of them is closed takes him off only if the other has said nothing since; and whoever has left may come again.
func TestWhoLeavesIsGoneAtOnce(t *testing.T) {
	rows, ctx := fresh(t).store(nil), t.Context()
	r := desk.Ref{Brand: "acme-air", Conversation: "c"}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var seen *store.Seen // what was read before
	say := func(agent string, f func(desk.Presence) (desk.Presence, bool)) {
		t.Helper()
		do(rows.Say(ctx, r, agent, seen, f))
	}
	looks := func(agent, page string, typing bool) {
		t.Helper()
		say(agent, func(was desk.Presence) (desk.Presence, bool) {
			return was.Look(desk.Presence{Agent: agent, Page: page, At: morning, Typing: typing, Opened: !typing})
		})
	}
	leaves := func(agent, page string) {
		t.Helper()
		say(agent, func(was desk.Presence) (desk.Presence, bool) { return was.Leave(page, morning) })
	}
	here := func(want ...string) (all []store.Seen) {
		t.Helper()
		read, err := rows.Presence(ctx, r)
		do(err)
		for _, p := range read {
			if p.Here(morning) != desk.Absent {
				all = append(all, p)
			}
		}
		if len(all) != len(want) {
			t.Fatalf("there are %+v", all)
		}
		for i, p := range all {
			if p.Agent != want[i] || !p.At.Equal(morning) {
				t.Errorf("there is %+v, want %s", p, want[i])
			}
		}
		return all
	}
	leaves("oleg", "a")
	here()
	looks("marta", "m", true)
	looks("oleg", "a", false) // it was closed
	here("marta")
	looks("oleg", "b", false)
	here("marta", "oleg")
	leaves("oleg", "a")
	seen = &here("marta", "oleg")[1]
	leaves("oleg", "b")
	here("marta")
	looks("oleg", "b", true) // judged by what was read before he left, and refused by the row
	here("marta")
	looks("oleg", "c", false) // looked at again, and taken
	here("marta", "oleg")
	seen = nil
	leaves("oleg", "") // whichever page
	leaves("oleg", "")
	here("marta")
	if c, err := rows.Timeline(ctx, r); c != nil || err != nil {
		t.Errorf("who looks is a conversation: %+v, %v", c, err)
	}
}
