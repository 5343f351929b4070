package desk_test

import (
	"testing"
	"time"

	"pronto/shared/desk"
)

// Who settles a matter without an answer gives the promise up. It is neither kept nor broken, and it runs again when that is taken back in time.
func TestAPromiseIsGivenUp(t *testing.T) {
	p := rules(t, "")
	f := opened(t, p)
	by := f.Conversation.Promise.By
	soon, over := monday.Add(time.Minute), by.Add(time.Hour)
	resolve := func(f desk.Facts, now time.Time) desk.Decision {
		return desk.Decide(f, desk.Ended{Act: act(f)}, p, now)
	}
	reopen := func(f desk.Facts, now time.Time) desk.Decision {
		return desk.Decide(f, desk.Reopened{Act: act(f)}, p, now)
	}
	answer := func(f desk.Facts, now time.Time) desk.Decision {
		return desk.Decide(f, later(f, time.Time{}, desk.Then{Resolve: true}), p, now)
	}
	resolved := after(resolve(f, soon))
	for name, x := range map[string]struct {
		d    desk.Decision
		want string // of the row; "": none is written
		is   string // of the promise
	}{
		"resolved":                            {resolve(f, soon), desk.PromiseGivenUp, desk.PromiseGivenUp},
		"resolved late, before the clock":     {resolve(f, by), desk.PromiseBroken, desk.PromiseBroken},
		"answered and resolved":               {answer(f, soon), desk.PromiseKept, desk.PromiseKept},
		"undone":                              {desk.Decide(resolved, desk.Undone{Act: act(resolved)}, p, soon), desk.PromiseGiven, desk.PromiseGiven},
		"reopened in time":                    {reopen(resolved, soon), desk.PromiseGiven, desk.PromiseGiven},
		"reopened late":                       {reopen(resolved, over), "", desk.PromiseGivenUp},
		"answered in time though resolved":    {answer(resolved, soon), desk.PromiseKept, desk.PromiseKept},
		"answered late though resolved":       {answer(resolved, over), desk.PromiseGivenUp, desk.PromiseGivenUp},
		"answered in time, after reopening":   {answer(after(reopen(resolved, soon)), soon), desk.PromiseKept, desk.PromiseKept},
		"resolved again, after an answer":     {resolve(after(desk.Decide(f, later(f, time.Time{}, desk.Then{}), p, soon)), soon), "", desk.PromiseKept},
		"renewed before, and reopened":        {reopen(after(resolve(renewed(f), soon)), soon), desk.PromiseRenewed, desk.PromiseRenewed},
		"of a promise that was broken before": {resolve(broken(f), over), "", desk.PromiseBroken},
	} {
		got := ""
		if x.d.Ended != nil {
			got = x.d.Ended.State
		}
		if x.d.Refused != "" || got != x.want || x.d.Conversation.Promise.State != x.is {
			t.Errorf("%s: row %q, promise %q, refused %q", name, got, x.d.Conversation.Promise.State, x.d.Refused)
		}
	}
	d := desk.Decide(resolved, said("2", "And my other bag is lost.", over), p, over)
	if c := d.Conversation; c.Promise.State != desk.PromiseGiven || !c.Promise.By.After(over) {
		t.Errorf("who writes again gets a promise of its own: %+v", c.Promise)
	}
	if all := desk.Replay(p, []desk.Ending{*resolve(f, soon).Ended}, over); len(all) != 0 {
		t.Errorf("nothing can be told of it: %+v", all)
	}
}

func renewed(f desk.Facts) desk.Facts {
	return stood(f, func(p *desk.Promise) { p.State, p.Renewed = desk.PromiseRenewed, true })
}

func broken(f desk.Facts) desk.Facts {
	return stood(f, func(p *desk.Promise) { p.State = desk.PromiseBroken })
}

func stood(f desk.Facts, as func(*desk.Promise)) desk.Facts {
	c, p := *f.Conversation, *f.Conversation.Promise
	as(&p)
	c.Promise = &p
	f.Conversation = &c
	return f
}
