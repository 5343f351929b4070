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
		31 * time.Second: {desk.Looking, desk.Looking},
		32 * time.Second: {desk.Looked, desk.Looked},
		10 * time.Minute: {desk.Absent, desk.Absent},
		-time.Second:     {desk.Typing, desk.Looking}, // the clocks of two machines
	} {
		if got := [2]desk.Here{typed.Here(monday.Add(after)), looked.Here(monday.Add(after))}; got != want {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
}

// A page that never arrived fades within a quarter of a minute, and the first that speaks takes its place.
func TestAPageThatSaysNothingFadesSooner(t *testing.T) {
	opened, news := desk.Presence{}.Look(desk.Presence{Agent: "oleg", Page: "a", At: monday, Opened: true})
	if !news || opened.Here(monday.Add(14*time.Second)) != desk.Looking || opened.Here(monday.Add(15*time.Second)) != desk.Looked {
		t.Errorf("%+v %v", opened, news)
	}
	for _, page := range []string{"a", "b"} {
		is, news := opened.Look(desk.Presence{Agent: "oleg", Page: page, At: monday.Add(4 * time.Second)})
		if !news || is.Page != page || is.Here(monday.Add(35*time.Second)) != desk.Looking {
			t.Errorf("%s: %+v %v", page, is, news)
		}
	}
}

// Whatever the order in which the words of an agent's pages come, who has left all of them is not there, and who has one open is within a question of it.
func TestWhoHasLeftDoesNotComeBackByALateWord(t *testing.T) {
	type word func(was desk.Presence, at time.Time) (desk.Presence, bool)
	opens := func(page string) word {
		return func(was desk.Presence, at time.Time) (desk.Presence, bool) {
			return was.Look(desk.Presence{Agent: "oleg", Page: page, At: at, Opened: true})
		}
	}
	asks := func(page string, typing bool) word {
		return func(was desk.Presence, at time.Time) (desk.Presence, bool) {
			return was.Look(desk.Presence{Agent: "oleg", Page: page, At: at, Typing: typing})
		}
	}
	leaves := func(page string) word {
		return func(was desk.Presence, at time.Time) (desk.Presence, bool) { return was.Leave(page, at) }
	}
	for what, x := range map[string]struct {
		words []word
		want  desk.Here
	}{
		"he left, and a question comes late":              {[]word{opens("a"), asks("a", true), leaves("a"), asks("a", false), asks("a", true)}, desk.Absent},
		"he answered, and the old page's word is late":    {[]word{opens("a"), asks("a", true), opens("b"), asks("a", false), leaves("a"), asks("a", true), leaves("b")}, desk.Absent},
		"and later still":                                 {[]word{opens("a"), opens("b"), leaves("a"), leaves("b"), asks("a", true), asks("b", true)}, desk.Absent},
		"the next page is there before the last has gone": {[]word{opens("a"), asks("a", false), opens("b"), leaves("a")}, desk.Looking},
		"the other tab is open still":                     {[]word{opens("a"), asks("a", false), opens("b"), asks("b", false), leaves("b"), asks("a", false)}, desk.Looking},
		"he types in the one and looks at the other":      {[]word{opens("a"), opens("b"), asks("a", true), asks("b", false)}, desk.Typing},
		"he comes back":                                   {[]word{opens("a"), leaves("a"), asks("a-1", false)}, desk.Looking},
		"and goes":                                        {[]word{opens("a"), leaves("a"), asks("a-1", false), leaves("a-1"), asks("a-1", false)}, desk.Absent},
		"he has gone, wherever he was":                    {[]word{opens("a"), opens("b"), leaves("")}, desk.Absent},
		"twice":                                           {[]word{opens("a"), leaves("a"), leaves("a"), leaves("")}, desk.Absent},
	} {
		at, is := monday, desk.Presence{Agent: "oleg"}
		for _, word := range x.words {
			at = at.Add(100 * time.Millisecond)
			if next, news := word(is, at); news {
				is = next
			}
		}
		if got := is.Here(at); got != x.want || is.Agent != "oleg" {
			t.Errorf("%s: %q, want %q (%+v)", what, got, x.want, is)
		}
		if is.Until().Sub(at) > desk.LookedHolds || is.Until().Before(at) {
			t.Errorf("%s: it matters until %v", what, is.Until())
		}
	}
	is := desk.Presence{Agent: "oleg"}
	for i := range 100 {
		is, _ = is.Leave(fmt.Sprintf("p%d", i), monday.Add(time.Duration(i)*time.Second))
	}
	if len(is.Left) != 8 || is.Left[7].Page != "p99" {
		t.Errorf("of a hundred closed pages %+v are known", is.Left)
	}
	if is, news := is.Leave("p99", monday.Add(10*time.Minute)); !news || len(is.Left) != 1 {
		t.Errorf("what is over is kept: %+v", is.Left)
	}
}

// A page asks every four seconds. Of a quarter of an hour of looking there are as many writes as the others need, and no more.
func TestWhatIsNotNewIsNotWritten(t *testing.T) {
	writes := func(typing func(at time.Duration) bool) (n int) {
		var was desk.Presence
		for at := time.Duration(0); at < 15*time.Minute; at += 4 * time.Second {
			now := monday.Add(at)
			is, news := was.Look(desk.Presence{Agent: "oleg", At: now, Typing: typing(at)})
			if news {
				was, n = is, n+1
			}
			want := desk.Looking
			if typing(at) {
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
