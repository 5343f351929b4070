package desk_test

import (
	"slices"
	"testing"
	"time"

	"pronto/shared/desk"
)

// Whoever is linked with one of a person's contacts is the same person as all of them; who is unlinked is nobody's, and the others stay one.
func TestContactsAreLinked(t *testing.T) {
	all := []desk.Contact{{ID: "home"}, {ID: "work"}, {ID: "handle"}}
	two := desk.Link(all[:2], desk.Identity{By: "ana", Why: "she said so"})
	three := desk.Link(append(two, all[2]), desk.Identity{By: "oleg", Why: "so did the other"})
	for _, c := range three {
		if len(c.Same) != 2 || c.Is(c.ID) {
			t.Errorf("%s is %+v", c.ID, c.Same)
		}
	}
	if x := three[0].Same; x[0].By != "ana" || x[1].By != "oleg" || x[1].Contact != "handle" {
		t.Errorf("who says so: %+v", x)
	}
	apart := desk.Unlink(three, "work")
	if len(apart[1].Same) != 0 || len(apart[0].Same) != 1 || !apart[0].Is("handle") || !apart[2].Is("home") || len(three[0].Same) != 2 {
		t.Errorf("apart: %+v, of %+v", apart, three)
	}
}

// A person has one card, the one that was written last, and one agent of last time, whichever of its contacts that was; a block is of one address.
func TestWhatAPersonShares(t *testing.T) {
	early, late := monday, monday.Add(time.Hour)
	home := desk.Contact{ID: "home", Agent: "ana", Served: early, Card: &desk.Card{Name: "Ada", At: late}}
	work := desk.Contact{ID: "work", Agent: "oleg", Served: late, Card: &desk.Card{Name: "Dr Marsh", At: early}, Blocked: &desk.Block{By: "ana"}}
	p := home.Person([]desk.Contact{work})
	if p.Card.Name != "Ada" || p.Agent != "oleg" || p.Blocked != nil || p.ID != "home" {
		t.Errorf("%+v", p)
	}
	p = work.Person([]desk.Contact{home})
	if p.Card.Name != "Ada" || p.Agent != "oleg" || p.Blocked == nil {
		t.Errorf("%+v", p)
	}
	// The one who is asked to have the next conversation is the person's.
	book := rules(t, "")
	ev := said("m1", "Where is my bag?", monday)
	on := desk.Decide(desk.Facts{Budget: free()}, ev, book, monday).Conversation.Assignee.ID
	f := desk.Facts{Contact: &desk.Contact{ID: "mira"}, Same: []desk.Contact{{ID: "work", Agent: on, Served: early}}, Budget: free()}
	if why := desk.Decide(f, ev, book, monday).Why; !slices.Contains(why, on+" had this contact last time") {
		t.Errorf("%s: %v", on, why)
	}
}
