package desk

import (
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/policy"
)

// Named is a conversation that a message names: by a message of it that it refers to, or by the signed address that it was sent to.
type Named struct {
	Way          Way
	Effect       string        // what of ours the message answers; "" for a piece of the contact's, or not known
	Conversation *Conversation // as it is now, at the end of its redirects; nil when it is gone
}

// Way is how a message names a conversation.
type Way string

// The ways.
const (
	ByReference Way = "reference"     // In-Reply-To or References
	ByAddress   Way = "reply_address" // the signed address
)

// Guest is a conversation that goes on with another, as its opener says, in which he takes no part: an agent says whether he does.
type Guest struct {
	Of     string     `json:"of"` // the other conversation
	Way    Way        `json:"way"`
	Proved bool       `json:"proved"` // the sender is who it says; if not, it may be a forgery in a participant's name
	State  GuestState `json:"state"`
	By     string     `json:"by,omitempty"` // the agent who decided
	At     time.Time  `json:"at,omitzero"`
}

// GuestState is what agents have said of a guest.
type GuestState string

// States of a guest.
const (
	Unconfirmed GuestState = "unconfirmed" // nobody has said anything
	Confirmed   GuestState = "confirmed"   // he takes part: his conversation was merged into the other
	Refused     GuestState = "refused"     // he does not: his conversation is his own
)

// Waits tells whether there is a guest of whom nobody has said anything.
func (g *Guest) Waits() bool { return g != nil && g.State == Unconfirmed }

// Participant is somebody beside the contact who takes part in a conversation because an agent let him in.
type Participant struct {
	Contact string        `json:"contact"`
	Party   channel.Party `json:"party"`
	By      string        `json:"by"` // the agent who let him in
	At      time.Time     `json:"at"`

	Copied   bool           `json:"copied,omitempty"`   // he was let in by a copy of an answer
	Returned channel.Report `json:"returned,omitempty"` // what became of a copy that did not arrive
}

// Caps of what a conversation remembers. Each redirect on the way to where a conversation goes on is one of its parts.
const (
	maxParticipants = 20
	MaxParts        = 20
)

// TakesPart tells whether a contact may go on with a conversation.
func (c *Conversation) TakesPart(contact string) bool {
	return c.Contact == contact || slices.ContainsFunc(c.Participants, func(p Participant) bool { return p.Contact == contact })
}

// Joined is where a message belongs.
type Joined struct {
	Conversation string // it goes on with this one; "" when it opens one
	Answers      string // the effect of ours that it answers
	Third        bool   // its sender is one outside, to whom that was forwarded
	Guest        *Guest // of the conversation that it opens: it names another, in which its sender takes no part
}

// Join says where a message of a contact belongs, by what it names, in the order of preference. Only who is proved and takes part goes on with a conversation;
// one outside to whom it was forwarded
// is heard there, and takes no part; whoever merely knows an id or an address opens one of his own, and an agent may let him in. A machine is nobody's guest.
func Join(contact string, proved, machine bool, named []Named) Joined {
	for _, n := range named {
		if c := n.Conversation; c != nil && proved && c.TakesPart(contact) {
			return Joined{Conversation: c.Conversation, Answers: answers(n, named)}
		}
	}
	for _, n := range named {
		if c := n.Conversation; c != nil && proved && c.Third(contact) != nil {
			return Joined{Conversation: c.Conversation, Third: true}
		}
	}
	if machine {
		return Joined{}
	}
	for _, n := range named {
		if n.Conversation != nil {
			return Joined{Guest: &Guest{Of: n.Conversation.Conversation, Way: n.Way, Proved: proved, State: Unconfirmed}}
		}
	}
	return Joined{}
}

// answers is what of ours a message answers that goes on with n. The signed address is only known from a mail of ours, whose id may not be recorded yet.
func answers(n Named, named []Named) string {
	if n.Effect != "" || n.Conversation.Receipt == nil {
		return n.Effect
	}
	for _, x := range named {
		if x.Way == ByAddress && x.Conversation != nil && x.Conversation.Conversation == n.Conversation.Conversation {
			return n.Conversation.Receipt.Effect
		}
	}
	return ""
}

// GuestRefused is an agent saying that a guest's conversation is a matter of its own. Who confirms one merges it: see Merged.
type GuestRefused struct{ Act }

func guestRefused(f Facts, ev GuestRefused, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "guest_refused", p, now)
	if !ok || !d.onGuest(Refused) {
		return d.Decision
	}
	d.why(ev.By.ID + " says that it is a matter of its own")
	return d.done()
}

// onGuest writes down what an agent says of the guest; ok is false where nobody waits for it.
func (d *doing) onGuest(state GuestState) (ok bool) {
	if !d.Conversation.Guest.Waits() {
		d.refuse(NoGuest)
		return false
	}
	g := *d.Conversation.Guest
	g.State, g.By, g.At = state, d.By, d.now
	d.Conversation.Guest = &g
	return true
}
