package desk_test

import (
	"fmt"
	"testing"
	"time"

	"pronto/shared/desk"
)

func TestPresenceFades(t *testing.T) {
	typed := desk.Presence{Agent: "oleg", At: monday, Typing: true}
	looked := desk.Presence{Agent: "oleg", At: monday}
	for after, want := range map[time.Duration][2]desk.Here{
		0:                {desk.Typing, desk.Looking},
		15 * time.Second: {desk.Typing, desk.Looking},
		16 * time.Second: {desk.Looking, desk.Looking},
		45 * time.Second: {desk.Looked, desk.Looked},
		10 * time.Minute: {desk.Absent, desk.Absent},
		-time.Second:     {desk.Typing, desk.Looking}, // the clocks of two machines
	} {
		if got := [2]desk.Here{typed.Here(monday.Add(after)), looked.Here(monday.Add(after))}; got != want {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
}

// A page asks every four seconds. Of a quarter of an hour of looking there are as many writes as the others need, and no more.
func TestWhatIsNotNewIsNotWritten(t *testing.T) {
	writes := func(typing func(at time.Duration) bool) (n int) {
		var was *desk.Presence
		for at := time.Duration(0); at < 15*time.Minute; at += 4 * time.Second {
			now := monday.Add(at)
			is := desk.Presence{Agent: "oleg", At: now, Typing: typing(at)}
			if is.News(was) {
				was, n = &is, n+1
			}
			want := desk.Looking
			if is.Typing {
				want = desk.Typing
			}
			if got := was.Here(now.Add(3 * time.Second)); got != want { // as a colleague's page sees it
				t.Fatalf("after %v he is %s, and seen as %q", at, want, got)
			}
		}
		return n
	}
	if n := writes(func(time.Duration) bool { return false }); n != 45 {
		t.Errorf("looking on: %d writes, three a minute", n)
	}
	if n := writes(func(time.Duration) bool { return true }); n != 75 {
		t.Errorf("typing on: %d writes, five a minute", n)
	}
	if n := writes(func(at time.Duration) bool { return at >= time.Minute && at < 2*time.Minute }); n > 50 {
		t.Errorf("a minute of typing in a quarter of an hour: %d writes", n)
	}
}

func TestWhoTypesIsNamedFirstAndNotEverybodyIs(t *testing.T) {
	all := []desk.Presence{{Agent: "me", At: monday}, {Agent: "zoe", At: monday, Typing: true}, {Agent: "gone", At: monday.Add(-time.Hour)}, {Agent: "abe", At: monday.Add(-time.Minute)}}
	shown, more := desk.Present(all, "me", monday)
	if len(shown) != 2 || more != 0 || shown[0].Agent != "zoe" || shown[1].Agent != "abe" {
		t.Errorf("%v and %d more", shown, more)
	}
	for i := range 9 {
		all = append(all, desk.Presence{Agent: fmt.Sprintf("a%d", i), At: monday})
	}
	if shown, more = desk.Present(all, "me", monday); len(shown) != desk.MaxPresent || more != 6 || shown[1].Agent != "a0" {
		t.Errorf("%v and %d more", shown, more)
	}
}
