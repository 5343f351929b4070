package desk

import (
	"reflect"
	"testing"
	"time"

	"pronto/shared/policy"
)

// Only who is proved and takes part goes on with a conversation; the first that he takes part in counts, whatever else he names.
func TestJoin(t *testing.T) {
	mark := &ReceiptMark{Effect: "000001-0"}
	hers := &Conversation{Ref: Ref{"acme", "hers"}, Contact: "mira", Receipt: mark, Participants: []Participant{{Contact: "paolo"}}}
	other := &Conversation{Ref: Ref{"acme", "other"}, Contact: "zoe"}
	asked := &Conversation{Ref: Ref{"acme", "asked"}, Contact: "mira", Thirds: []Third{{Contact: "bruno"}}}
	closed := &Conversation{Ref: Ref{"acme", "closed"}, Contact: "mira", Status: StatusClosed}
	guest := func(of string, way Way, proved bool) Joined {
		return Joined{Guest: &Guest{Of: of, Way: way, Proved: proved, State: Unconfirmed}}
	}
	for _, c := range []struct {
		name              string
		contact           string
		unproved, machine bool
		named             []Named
		want              Joined
	}{
		{name: "nothing is named", contact: "mira"},
		{name: "what is gone", contact: "mira", named: []Named{{Way: ByAddress}}},
		{name: "by our receipt", contact: "mira", named: []Named{{ByReference, "000001-0", hers}}, want: Joined{Conversation: "hers", Answers: "000001-0"}},
		{name: "by her own mail", contact: "mira", named: []Named{{ByReference, "", hers}}, want: Joined{Conversation: "hers"}},
		{name: "by the address alone", contact: "mira", named: []Named{{ByAddress, "", hers}}, want: Joined{Conversation: "hers", Answers: "000001-0"}},
		{name: "by both, before the receipt's id is recorded", contact: "mira", named: []Named{{ByReference, "", hers}, {ByAddress, "", hers}}, want: Joined{Conversation: "hers", Answers: "000001-0"}},
		{name: "another's first, then her own", contact: "mira", named: []Named{{ByReference, "", other}, {ByReference, "", hers}}, want: Joined{Conversation: "hers"}},
		{name: "a participant", contact: "paolo", named: []Named{{ByReference, "", hers}}, want: Joined{Conversation: "hers"}},
		{name: "one outside", contact: "bruno", named: []Named{{ByReference, "000002-0", asked}}, want: Joined{Conversation: "asked", Third: true}},
		{name: "in his name, not proved", contact: "bruno", unproved: true, named: []Named{{ByAddress, "", asked}}, want: guest("asked", ByAddress, false)},
		{name: "a stranger", contact: "eve", named: []Named{{ByAddress, "", hers}, {ByReference, "", other}}, want: guest("hers", ByAddress, true)},
		{name: "a machine of a stranger's", contact: "eve", machine: true, named: []Named{{ByAddress, "", hers}}},
		{name: "a machine of hers", contact: "mira", machine: true, named: []Named{{ByReference, "", hers}}, want: Joined{Conversation: "hers"}},
		{name: "in her name, not proved", contact: "mira", unproved: true, named: []Named{{ByReference, "", hers}}, want: guest("hers", ByReference, false)},
		{name: "a closed one", contact: "mira", named: []Named{{ByReference, "", closed}}, want: Joined{Conversation: "closed"}},
		{name: "a closed one of another's", contact: "eve", named: []Named{{ByReference, "", closed}}, want: guest("closed", ByReference, true)},
	} {
		if got := Join(c.contact, !c.unproved, c.machine, c.named); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// A mail that was on its way into a conversation when that was merged is not lost in it: it is told where that goes on.
func TestAMailIntoAMergedConversation(t *testing.T) {
	c := &Conversation{Ref: Ref{"acme", "his"}, Contact: "paolo", Channel: Email, Status: StatusResolved, Merged: "hers"}
	p := &policy.Policy{Brands: []*policy.Brand{{ID: "acme"}}}
	ev := Received{Subject: Subject{Ref: c.Ref, Channel: Email, Contact: "paolo"}, Own: "new", Proved: true}
	if d := Decide(Facts{Conversation: c}, ev, p, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)); !d.Elsewhere || !d.Nothing || d.Onto != "hers" {
		t.Errorf("%+v", d)
	}
}
