package check

import (
	"fmt"
	"strings"
	"time"
)

// What follows from what agents did to a mail's conversation: it goes on in another, or the mail stands in one of its own. Promises go along with it.

// home is where what answers m belongs, and the signed address of that conversation as far as a receipt has shown it; "" for not yet.
func (c *checker) home(m *Mail) (conversation, replyTo string) {
	if m.Off != "" {
		return m.Off, ""
	}
	for m.Into != nil {
		m = m.Into
	}
	if len(c.receipts[m]) == 0 {
		return "", ""
	}
	return c.receipts[m][0].Conversation, c.receipts[m][0].ReplyTo
}

// took are the mails whose conversations go on in that of m, and m.
func (c *checker) took(m *Mail) []*Mail {
	all := []*Mail{m}
	for _, x := range c.Mails {
		if x.Into == m {
			all = append(all, x)
		}
	}
	return all
}

// agents checks what agents did: it was taken, nobody is called for a conversation that goes on elsewhere, and somebody is for what stands for itself now.
func (c *checker) agents(m *Mail) {
	for _, why := range m.Refused {
		c.breach(m, "an agent was refused", "done", why)
	}
	if m.Into != nil && len(c.receipts[m]) > 0 {
		for _, p := range c.pages[c.receipts[m][0].Conversation] {
			if p.At.After(m.Done.To.Add(settling)) {
				c.breach(m, fmt.Sprintf("outbox %d: a page for what was merged", p.Seq), "none since "+clock(m.Done.To), clock(p.At))
			}
		}
	}
	if m.Off == "" {
		return
	}
	if by := m.Done.To.Add(c.Brand.Other); len(c.pages[m.Off]) == 0 && c.End.After(by.Add(settling)) {
		c.breach(m, "nobody was called for what was split off", "a page by "+clock(by), "none by "+clock(c.End))
	}
}

// dues are when an unhappy one of those that go on together is due: the earliest holds for all. ok is false where none is unhappy.
func (c *checker) dues(m *Mail) (due, latest time.Time, ok bool) {
	for _, x := range c.took(m) {
		first, taken := x.first()
		if x.Mood != "negative" || !taken {
			continue
		}
		from, to := first.Before.Add(c.Brand.Negative), x.Tries[len(x.Tries)-1].After.Add(c.Brand.Negative)
		if !ok || from.Before(due) {
			due = from
		}
		if !ok || to.Before(latest) {
			latest = to
		}
		ok = true
	}
	return due, latest, ok
}

// sameThread checks that p, which answers what stands in a conversation by now, is of that one.
func (c *checker) sameThread(m *Mail, p *Piece) {
	conversation, replyTo := c.home(m.Follows)
	if conversation == "" || p.Conversation == conversation && (replyTo == "" || p.ReplyTo == replyTo) {
		return
	}
	c.breach(m, "an answer is in another conversation", strings.TrimSuffix(conversation+" at "+replyTo, " at "), p.Conversation+" at "+p.ReplyTo)
}
