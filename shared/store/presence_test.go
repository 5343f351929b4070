package store_test

import (
	"testing"
	"time"

	"pronto/shared/desk"
)

// An agent has two pages of a conversation open. That one of them is closed takes him off only if the other has said nothing since; and whoever has left may come again.
func TestWhoLeavesIsGoneAtOnce(t *testing.T) {
	rows, ctx := fresh(t).store(nil), t.Context()
	r := desk.Ref{Brand: "acme-air", Conversation: "c"}
	oleg := func(page string) desk.Presence { return desk.Presence{Agent: "oleg", Page: page, At: morning} }
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	here := func(want ...string) {
		t.Helper()
		all, err := rows.Presence(ctx, r)
		do(err)
		if len(all) != len(want) {
			t.Fatalf("there are %+v", all)
		}
		for i, p := range all {
			if p.Agent != want[i] || !p.At.Equal(morning) {
				t.Errorf("there is %+v, want %s", p, want[i])
			}
		}
	}
	do(rows.Leave(ctx, r, oleg("a"))) // of one who was never there nothing is written
	here()
	do(rows.Look(ctx, r, desk.Presence{Agent: "marta", Page: "m", At: morning, Typing: true}))
	do(rows.Look(ctx, r, oleg("a")))
	do(rows.Look(ctx, r, oleg("b")))
	do(rows.Look(ctx, desk.Ref{Brand: "acme-air", Conversation: "d"}, desk.Presence{Agent: "ana", At: morning}))
	do(rows.Leave(ctx, r, oleg("a")))
	here("marta", "oleg")
	do(rows.Leave(ctx, r, oleg("b")))
	here("marta")
	do(rows.Look(ctx, r, oleg("c")))
	here("marta", "oleg")
	gone := desk.Presence{Agent: "oleg", At: morning.Add(time.Minute)}
	do(rows.Leave(ctx, r, gone)) // whichever page
	do(rows.Leave(ctx, r, gone))
	here("marta")
	if c, err := rows.Timeline(ctx, r); c != nil || err != nil {
		t.Errorf("who looks is a conversation: %+v, %v", c, err)
	}
}
