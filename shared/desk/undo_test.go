package desk_test

import (
	"reflect"
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
		noted := desk.Decide(did, desk.Noted{Act: act(f), Message: desk.Message{ID: "n", Kind: "note"}}, p, at)
		if d := desk.Decide(after(noted), desk.Undone{Act: act(f)}, p, at); d.Refused != desk.NoUndo {
			t.Errorf("%s, undone after a note: %+v", name, d)
		}
	}
}
