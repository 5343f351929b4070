package desk_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
)

// Nina has come with a rule book that this function has not read yet: what she has stays hers, and what she wrote leaves. Once a lead has let her go, whatever book stands, it does not.
func TestWhomARuleBookDoesNotNameHasNotLeft(t *testing.T) {
	p := rules(t, "")
	nina := policy.Assignee{ID: "nina", Name: "Nina Weil"}
	f := opened(t, p)
	d := desk.Decide(f, desk.Assigned{Act: act(f), To: nina}, p, monday.Add(time.Minute))
	if d.Refused != "" || d.Conversation.Assignee != nina {
		t.Fatalf("she is given it: %+v", d)
	}
	f = after(d)
	d = desk.Decide(f, desk.Replied{Act: desk.Act{Subject: desk.Subject{Ref: f.Conversation.Ref}, By: nina}, Message: desk.Message{ID: "a", Raw: "out/a"}, At: monday.Add(10 * time.Minute)}, p, monday.Add(2*time.Minute))
	f = after(d)
	again := desk.Decide(f, said("2", "And the wheel is off.", monday.Add(3*time.Minute)), p, monday.Add(3*time.Minute))
	if again.Conversation.Assignee != nina {
		t.Errorf("who writes again is given to %+v: %q", again.Conversation.Assignee, again.Why)
	}
	at := monday.Add(10 * time.Minute)
	if d = tick(f, p, at); len(d.Effects) != 1 || d.Conversation.Assignee != nina {
		t.Errorf("at its time: %+v, %+v", d.Effects, d.Conversation.Assignee)
	}

	f.Gone = []string{"nina"}
	answers := func(e desk.Effect) bool { return e.Reply != nil }
	if d = tick(f, p, at); slices.ContainsFunc(d.Effects, answers) || d.Conversation.Scheduled[0].Stopped != desk.AuthorLeft || d.Conversation.Assignee == nina {
		t.Errorf("when she has left: %+v", d.Conversation)
	}
	if d = desk.Decide(f, desk.Assigned{Act: act(f), To: nina}, p, at); d.Refused != desk.NotThere {
		t.Errorf("she is given it: %q", d.Refused)
	}

	// The order to let her go comes once more when she has been let in again: it takes nothing from her.
	late := desk.Assigned{Act: act(f), To: marta, Left: "nina"}
	if d = desk.Decide(f, late, p, at); d.Nothing || d.Conversation.Assignee != marta {
		t.Errorf("the order: %+v", d)
	}
	f.Gone = nil
	if d = desk.Decide(f, late, p, at); !d.Nothing {
		t.Errorf("after she was let in again: %+v", d.Conversation.Assignee)
	}
	f.Gone = []string{"nina"}

	// What is taken once more into a restored table was while she was there.
	f.Past = true
	if d = tick(f, p, at); len(d.Effects) != 1 || d.Conversation.Assignee != nina {
		t.Errorf("in the past: %q %+v", strings.Join(d.Why, "; "), d.Conversation)
	}
}

// No mark falls off because others leave. Whom the rule book named no more half a year ago is let go of, unless somebody's shifts go on by him.
func TestAMarkStaysWhileItMatters(t *testing.T) {
	now := monday.Add(365 * 24 * time.Hour)
	r := desk.Rota{}
	for _, l := range []desk.Leaver{
		{Agent: "named", At: monday}, {Agent: "lately", At: now.Add(-time.Hour)}, {Agent: "long", At: monday}, {Agent: "given", At: monday, To: "marta"}, {Agent: "lately2", At: now, To: "given"},
	} {
		r = r.Leaving(l)
	}
	for i := range desk.MaxLeft {
		r = r.Leaving(desk.Leaver{Agent: "x" + strconv.Itoa(i), At: now})
	}
	if r.WhoLeft("named") == nil || len(r.Left) != desk.MaxLeft+5 {
		t.Fatalf("%d are remembered", len(r.Left))
	}
	is := r.Aged(func(id string) bool { return id == "named" }, now)
	for id, want := range map[string]bool{"named": true, "lately": true, "long": false, "given": true, "lately2": true} {
		if got := is.WhoLeft(id) != nil; got != want {
			t.Errorf("%s: %t", id, got)
		}
	}
	if r.WhoLeft("long") == nil {
		t.Error("the rota that was asked is another now")
	}
}
