package work

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/reply"
	"pronto/shared/store"
)

// copies are those to whom an answer goes besides, as an agent has written their addresses: each is one that can be written to, and that nothing forbids.
func (o *order) copies(ctx context.Context, addresses []string) (all []desk.Cc, p *Problem) {
	refuse := func(why string) ([]desk.Cc, *Problem) {
		return nil, Refuse(http.StatusUnprocessableEntity, "cc", why)
	}
	c, strangers := o.conversation, 0
	switch {
	case len(addresses) == 0:
		return nil, nil
	case c.Channel != desk.Email:
		return nil, coded(http.StatusUnprocessableEntity, "no_copies", "cc", "copies go by mail alone: on "+c.Channel+" everybody sees the answer anyway, or nobody else does")
	case len(addresses) > desk.MaxCc:
		return refuse(fmt.Sprintf("an answer has %d copies at most", desk.MaxCc))
	}
	for _, written := range addresses {
		a, ok := mail.OneAddress(written)
		if !ok {
			return refuse(fmt.Sprintf("%q is no address that can be written to: write it as name@host.example", mail.Cut(written, 80)))
		}
		x := desk.Cc{Contact: o.keys.Contact(o.brand.ID, desk.Email, mail.Mailbox(a.Addr)), Party: channel.Party{Name: o.called(a), Address: a.Addr}}
		switch {
		case o.Policy.Own(a.Addr):
			return refuse(fmt.Sprintf("%q is an address of the desk's own: a copy would come back to it", a.Addr))
		case c.Third(x.Contact) != nil:
			return refuse(fmt.Sprintf("%q has what was forwarded, and takes no part: forward to it again, or have it write by itself", a.Addr))
		case strings.EqualFold(a.Addr, c.Party.Address), slices.ContainsFunc(all, func(y desk.Cc) bool { return y.Contact == x.Contact }):
			continue // who has it already
		}
		known, p := o.writable(ctx, x.Contact, "cc", a.Addr)
		if p != nil {
			return nil, p
		}
		if !known && !c.TakesPart(x.Contact) {
			strangers++
		}
		all = append(all, x)
	}
	// Else an answer to oneself would be a letter to many.
	_, p = o.strangers(ctx, store.Once{Channel: o.act.Channel, Key: o.act.Keys[0], Digest: o.act.Delivery}, strangers)
	return all, p
}

// called is the name with which an address goes into a header that others read: what was written beside it, if it is plainly a name, else as who takes part is known.
func (o *order) called(a mail.Address) string {
	if name, ok := reply.PlainName(a.Name); ok {
		return name
	}
	for _, p := range o.conversation.Participants {
		if strings.EqualFold(p.Party.Address, a.Addr) {
			name, _ := reply.PlainName(p.Party.Name)
			return name
		}
	}
	return ""
}

// writable tells why an address is not to be written to unasked: nil when nothing is known against it; and whether anything is known of it.
func (o *order) writable(ctx context.Context, contact, field, address string) (known bool, p *Problem) {
	person, err := o.store.Contact(ctx, o.brand.ID, contact)
	if err != nil {
		return false, o.Unable("contact", err)
	}
	why := person.UnwantedByHand(o.Now())
	refuse := func(sentence string) *Problem {
		return coded(http.StatusUnprocessableEntity, string(why), field, sentence)
	}
	switch why {
	case "":
		return person != nil, nil
	case desk.Blocked:
		return true, refuse(address + " is not written to: it is blocked")
	case desk.Complained:
		return true, refuse(address + " is not written to: its owner has marked mail of ours as unwanted; a new mail of theirs, or an agent who lifts it, changes that")
	}
	return true, refuse(address + " is not written to: mail to it came back: there is no such mailbox, or the provider does not try it any more")
}

// Other is somebody who takes part beside the one whom the next answer goes to.
type Other struct {
	Name     string         `json:"name"`
	Address  string         `json:"address"`
	Contact  bool           `json:"contact,omitempty"`  // the conversation's own: somebody else has written last
	Copied   bool           `json:"copied,omitempty"`   // he has had copies
	Returned channel.Report `json:"returned,omitempty"` // what became of a copy that did not arrive
}

// others are those who take part in a mail's conversation beside whoever wrote last.
func others(c *desk.Conversation, person *desk.Contact) (all []Other) {
	if c.Channel != desk.Email {
		return nil
	}
	last := func(address string) bool { return strings.EqualFold(address, c.Party.Address) }
	if person != nil && person.Party.Address != "" && mail.Mailbox(person.Party.Address) != mail.Mailbox(c.Party.Address) {
		all = append(all, Other{Name: person.Called(person.Party.Name), Address: person.Party.Address, Contact: true})
	}
	for _, p := range c.Participants {
		if p.Party.Address != "" && !last(p.Party.Address) {
			all = append(all, Other{Name: p.Party.Name, Address: p.Party.Address, Copied: p.Copied, Returned: p.Returned})
		}
	}
	return all
}

// beside are those who take part beside the reader of the next answer, on whatever channel.
func beside(c *desk.Conversation, person *desk.Contact) (all []Recipient) {
	reader := c.Reader()
	if reader != c.Contact && person != nil {
		all = append(all, Recipient{person.Called(person.Party.Name), person.Party.Address})
	}
	for _, p := range c.Participants {
		if p.Contact != reader {
			all = append(all, Recipient{p.Party.Name, p.Party.Address})
		}
	}
	return all
}

// Recipient is one of those who have an answer.
type Recipient struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

func recipients(cc []desk.Cc) (all []Recipient) {
	for _, x := range cc {
		all = append(all, Recipient{x.Party.Name, x.Party.Address})
	}
	return all
}
