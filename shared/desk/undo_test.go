package desk_test

import (
	"cmp"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
)

// What an agent does can be undone as if it had not been, by himself, until anything else happens.
func TestADoingIsUndone(t *testing.T) {
	p := rules(t, "")
	at := monday.Add(10 * time.Second)
	for name, ev := range map[string]func(desk.Act) desk.Event{
		"resolved": func(a desk.Act) desk.Event { return desk.Ended{Act: a} },
		"snoozed":  func(a desk.Act) desk.Event { return desk.PutOff{Act: a, Until: monday.Add(time.Hour)} },
		"assigned": func(a desk.Act) desk.Event {
			return desk.Assigned{Act: a, To: policy.Assignee{ID: "oleg", Name: "Oleg Savchuk"}}
		},
		"claimed": func(a desk.Act) desk.Event { return desk.Claimed{Act: a} },
		"tagged":  func(a desk.Act) desk.Event { return desk.Tagged{Act: a, Add: []string{"vip"}} },
	} {
		f := opened(t, p)
		was := *f.Conversation
		d := desk.Decide(f, ev(act(f)), p, at)
		if d.Event != name || d.Conversation.Before == nil {
			t.Fatalf("%s: %+v", name, d)
		}
		did := after(d)
		other := desk.Undone{Act: desk.Act{Subject: act(f).Subject, By: policy.Assignee{ID: "ana"}}}
		if d := desk.Decide(did, other, p, at); d.Refused != desk.NoUndo || d.Refused.Words() == string(d.Refused) {
			t.Errorf("%s, undone by another: %+v", name, d.Refused)
		}
		d = desk.Decide(did, desk.Undone{Act: act(f)}, p, at)
		is := d.Conversation
		if d.Refused != "" || is.Before != nil || is.Version != was.Version+2 {
			t.Fatalf("%s, undone: %+v", name, d)
		}
		is.Version, is.Sequence = was.Version, was.Sequence
		if is.Tags = append([]string(nil), is.Tags...); !reflect.DeepEqual(is, was) {
			t.Errorf("%s, undone, it is\n%+v, and was\n%+v", name, is, was)
		}
		if d := desk.Decide(did, desk.Undone{Act: act(f)}, p, at.Add(desk.UndoTime+time.Second)); d.Refused != desk.UndoOver || d.Refused.Words() == string(d.Refused) {
			t.Errorf("%s, undone too late: %+v", name, d.Refused)
		}
		old := did
		c := *did.Conversation
		b := *c.Before
		c.Before, b.At, old.Conversation = &b, time.Time{}, &c
		if d := desk.Decide(old, desk.Undone{Act: act(f)}, p, at); d.Refused != desk.UndoOver {
			t.Errorf("%s, kept without its time, undone: %+v", name, d.Refused)
		}
		noted := desk.Decide(did, desk.Noted{Act: act(f), Message: desk.Message{ID: "n", Kind: "note"}}, p, at)
		if d := desk.Decide(after(noted), desk.Undone{Act: act(f)}, p, at); d.Refused != desk.NoUndo {
			t.Errorf("%s, undone after a note: %+v", name, d)
		}
	}
}

// Marta's pager has rung, and she resolves the wrong one: PagerDuty and the brand's CRM heard that it is done. She takes it back, and both hear that it is not. What somebody
// has acknowledged rings nobody again; and after a claim that is undone, the next claim is said once more.
func TestWhoWasToldIsToldAnew(t *testing.T) {
	data, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), "      - mail: marta@staff.acme.example\n", "      - pagerduty: "+strings.Repeat("0a", 16)+"\n      - mail: marta@staff.acme.example\n", 1)
	text = strings.Replace(text, "  - id: acme-air\n", "  - id: acme-air\n    webhooks: [{id: crm, url: \"https://crm.acme.example/pronto\"}]\n", 1)
	p, problems := policy.Parse("policy.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var f desk.Facts
	at := monday
	// told is what leaves: a signal or an alert, and the webhook's events.
	told := func(ev desk.Event) (all []string) {
		d := desk.Decide(f, ev, p, at)
		if d.Refused != "" {
			t.Fatal(d.Refused)
		}
		for _, e := range d.Effects {
			switch {
			case e.Hook != nil:
				all = append(all, e.Hook.Event)
			case e.Page != nil && e.Page.Ways[0].Kind == desk.WayPagerDuty:
				all = append(all, cmp.Or(string(e.Page.Signal), "trigger"))
			}
		}
		f, at = after(d), at.Add(time.Minute)
		return all
	}
	is := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: told %q, want %q", what, got, want)
		}
	}
	f.Conversation = paging(0)
	is("paged", told(desk.Ticked{Subject: act(f).Subject}), "trigger")
	was := *f.Conversation
	is("resolved", told(desk.Ended{Act: act(f)}), "resolve", "resolved")
	is("resolved, undone", told(desk.Undone{Act: act(f)}), "trigger", "opened")
	if c := f.Conversation; !reflect.DeepEqual(c.Alerted, was.Alerted) || !reflect.DeepEqual(c.Paging, was.Paging) || c.Next == nil {
		t.Errorf("undone, it is %+v", c)
	}
	is("claimed", told(desk.Claimed{Act: act(f)}), "acknowledge")
	is("claimed, undone", told(desk.Undone{Act: act(f)}))
	is("claimed again", told(desk.Claimed{Act: act(f)}), "acknowledge")
	is("tagged", told(desk.Tagged{Act: act(f), Add: []string{"vip"}}))
	is("tagged, undone", told(desk.Undone{Act: act(f)}))
	is("resolved when acknowledged", told(desk.Ended{Act: act(f)}), "resolve", "resolved")
	is("that, undone", told(desk.Undone{Act: act(f)}), "opened")
	is("resolved at last", told(desk.Ended{Act: act(f)}), "resolved")
	is("reopened", told(desk.Reopened{Act: act(f)}), "opened")
}
