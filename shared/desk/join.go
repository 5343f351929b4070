package desk

import (
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/policy"
	"pronto/shared/sla"
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

// Caps of what a conversation remembers.
const (
	maxParticipants = 20
	maxParts        = 20
)

// TakesPart tells whether a contact may go on with a conversation.
func (c *Conversation) TakesPart(contact string) bool {
	return c.Contact == contact || slices.ContainsFunc(c.Participants, func(p Participant) bool { return p.Contact == contact })
}

// Joined is where a message belongs.
type Joined struct {
	Conversation string // it goes on with this one; "" when it opens one
	Answers      string // the effect of ours that it answers
	Guest        *Guest // of the conversation that it opens: it names another, in which its sender takes no part
}

// Join says where a message of a contact belongs, by what it names, in the order of preference. Only who is proved and takes part goes on with a conversation;
// whoever merely knows an id or an address opens one of his own, and an agent may let him in. A machine is nobody's guest.
func Join(contact string, proved, machine bool, named []Named) Joined {
	for _, n := range named {
		if c := n.Conversation; c != nil && proved && c.TakesPart(contact) {
			return Joined{Conversation: c.Conversation, Answers: answers(n, named)}
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

// The doings that decide on a guest.
type (
	// Admitted lets a guest into the conversation that he named. It comes first: what it says is true also when nothing follows.
	Admitted struct {
		Act
		Guest Participant // the contact "" adds nobody: the sender was not proved, or takes part already
		Part  string      // the guest's conversation, which is shown with this one from now on
		Owes  *Owes       // what the guest is owed; nil for nothing
	}
	// GuestConfirmed closes the guest's own conversation: it is merged into the other.
	GuestConfirmed struct {
		Act
		Into string
	}
	// GuestRefused leaves it as it is.
	GuestRefused struct{ Act }
)

// Owes is what was promised to a guest, and the clock by which it is looked at.
type Owes struct {
	By     time.Time
	Target sla.Target
}

// NewAdmitted makes of a guest's conversation the event of the other.
func NewAdmitted(c *Conversation, into Ref, by policy.Assignee, now time.Time) Admitted {
	ev := Admitted{Act: Act{Subject: Subject{Ref: into, Channel: c.Channel}, By: by}, Part: c.Conversation}
	if c.Guest.Proved {
		ev.Guest = Participant{Contact: c.Contact, Party: c.Party, By: by.ID, At: now}
	}
	if !c.Owed() || c.Promise == nil {
		return ev
	}
	for _, x := range c.Targets {
		if x.Kind != sla.Resolution && x.Open() {
			ev.Owes = &Owes{By: c.Promise.By, Target: x}
		}
	}
	return ev
}

// admitted adds the participant and the part; what he was promised is owed here now. It needs no key: done twice it does nothing.
func admitted(f Facts, ev Admitted, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "guest_admitted", p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	switch {
	case slices.Contains(c.Parts, ev.Part):
		d.Nothing = true
		d.why("let in before")
		return d.Decision
	case d.closed(c):
		d.refuse(NotOpen)
		return d.Decision
	}
	c.Parts = last(append(slices.Clone(c.Parts), ev.Part), maxParts)
	if ev.Guest.Contact != "" && !c.TakesPart(ev.Guest.Contact) {
		c.Participants = last(append(slices.Clone(c.Participants), ev.Guest), maxParticipants)
	}
	if ev.Owes != nil {
		d.owe(*ev.Owes)
	}
	d.why(ev.By.ID + " let its sender take part in it: conversation " + ev.Part)
	return d.done()
}

// owe opens the conversation for what was promised elsewhere, unless an earlier answer is owed already.
func (d *doing) owe(o Owes) {
	c := &d.Conversation
	if c.Owed() && c.Promise != nil && !c.Promise.By.After(o.By) {
		return
	}
	o.Target.Kind = sla.NextResponse
	c.Targets = append(slices.DeleteFunc(c.Targets, func(x sla.Target) bool { return x.Kind == sla.NextResponse }), o.Target)
	d.goOn()
	c.Status, c.SnoozedUntil, c.Resolved = StatusOpen, nil, nil
	c.Promise = &Promise{By: o.By, State: PromiseGiven}
}

// guestConfirmed merges: the conversation is resolved, and names the one that it goes on in. Nothing is owed here any more, and nothing was answered here.
func guestConfirmed(f Facts, ev GuestConfirmed, p *policy.Policy, now time.Time) Decision {
	d, ok := onGuest(f, ev.Act, "guest_confirmed", p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	c.Guest.State, c.Merged = Confirmed, ev.Into
	c.Status, c.SnoozedUntil, c.Paging, c.Targets, c.Promise, c.Resolved = StatusResolved, nil, nil, nil, nil, &d.now
	d.why(ev.By.ID+" confirmed its sender", "merged into conversation "+ev.Into)
	return d.done()
}

func guestRefused(f Facts, ev GuestRefused, p *policy.Policy, now time.Time) Decision {
	d, ok := onGuest(f, ev.Act, "guest_refused", p, now)
	if !ok {
		return d.Decision
	}
	d.Conversation.Guest.State = Refused
	d.why(ev.By.ID + " says that it is a matter of its own")
	return d.done()
}

// onGuest starts a decision on a guest whom nobody has said anything about.
func onGuest(f Facts, a Act, name string, p *policy.Policy, now time.Time) (*doing, bool) {
	d, ok := act(f, a, name, p, now)
	if !ok {
		return d, false
	}
	if !d.Conversation.Guest.Waits() {
		d.refuse(NoGuest)
		return d, false
	}
	g := *d.Conversation.Guest
	g.By, g.At = a.By.ID, now
	d.Conversation.Guest = &g
	return d, true
}
