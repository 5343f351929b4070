package desk

import (
	"slices"
	"time"

	"pronto/shared/channel"
)

// Identity is a contact who is the same person as another: by an agent's word, never by a likeness. The contacts of one person name each other, all of them, so that
// whoever knows one knows the person.
type Identity struct {
	Contact string        `json:"contact"`
	Party   channel.Party `json:"party"`
	By      string        `json:"by"` // the agent who has linked it
	At      time.Time     `json:"at"`
	Why     string        `json:"why,omitempty"`
	Consent bool          `json:"consent,omitempty"` // by the customer's own word, which the agent has recorded
}

// MaxIdentities is how many contacts one person may be.
const MaxIdentities = 8

// Link makes one person of all these contacts: whoever does not know another yet knows it by x, which says who linked them and why.
func Link(all []Contact, x Identity) []Contact {
	out := slices.Clone(all)
	for i, c := range all {
		out[i].Same = slices.Clone(c.Same)
		for _, other := range all {
			if other.ID != c.ID && !c.Is(other.ID) {
				x.Contact, x.Party = other.ID, other.Party
				out[i].Same = append(out[i].Same, x)
			}
		}
	}
	return out
}

// Unlink lets one contact be a person of its own again; the others stay one.
func Unlink(all []Contact, who string) []Contact {
	out := slices.Clone(all)
	for i, c := range all {
		out[i].Same = slices.DeleteFunc(slices.Clone(c.Same), func(x Identity) bool { return x.Contact == who || c.ID == who })
	}
	return out
}

// Is tells whether another contact is the same person.
func (c *Contact) Is(other string) bool {
	return slices.ContainsFunc(c.Same, func(x Identity) bool { return x.Contact == other })
}

// Others are the ids of the contacts who are the same person.
func (c *Contact) Others() (ids []string) {
	for _, x := range c.Same {
		ids = append(ids, x.Contact)
	}
	return ids
}

// Person is what is known of a contact as of the person that it is: of several cards the one that was written last, and who had the last conversation on any of its
// identities. All else is of the contact alone: a wish for no receipts, a block and a lost mailbox are of an address.
func (c *Contact) Person(others []Contact) Contact {
	out := *c
	for _, x := range others {
		if x.Card != nil && (out.Card == nil || x.Card.At.After(out.Card.At)) {
			out.Card = x.Card
		}
		if x.Agent != "" && x.Served.After(out.Served) {
			out.Agent, out.Served = x.Agent, x.Served
		}
	}
	return out
}

// person is the sender as the person that he is.
func (t *receiving) person() *Contact {
	p := t.Contact.Person(t.facts.Same)
	return &p
}
