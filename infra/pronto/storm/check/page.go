package check

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// settling is what a turned clock may take until what fell due has left, and a switch until it holds everywhere.
const settling = 5 * time.Second

// called checks the pages: to whom and when, one for every unhappy message that nobody answered in time, and the next step while nobody has it.
func (c *checker) called() {
	for id, pages := range c.pages {
		since, taken := c.Taken[id]
		for _, p := range pages {
			at := fmt.Sprintf("outbox %d", p.Seq)
			if !slices.Contains(c.Brand.Agents, strings.ToLower(p.To)) {
				c.breach(nil, at+": a page to nobody of the rule book", strings.Join(c.Brand.Agents, " or "), p.To)
			}
			if taken && p.At.After(since.Add(settling)) {
				c.breach(nil, at+": a page for what somebody has", "none since "+clock(since), clock(p.At))
			}
		}
	}
	for _, m := range c.Mails {
		if m.Mood == "negative" && m.Follows == nil && len(m.Fates) == 1 && m.Fates[0] == Own && len(c.receipts[m]) > 0 {
			c.unanswered(m, c.receipts[m][0].Conversation)
		}
	}
}

// unanswered checks the pages of an unhappy message that opened a conversation.
func (c *checker) unanswered(m *Mail, conversation string) {
	first, ok := m.first()
	if !ok {
		return
	}
	due, latest := first.Before.Add(c.Brand.Negative), m.Tries[len(m.Tries)-1].After.Add(c.Brand.Negative)
	pages := c.pages[conversation]
	if len(pages) == 0 {
		if c.End.After(latest.Add(settling)) {
			c.breach(m, "nobody was called", "a page after "+clock(latest), "none by "+clock(c.End))
		}
		return
	}
	if pages[0].At.Before(due.Add(-slack)) {
		c.breach(m, "a page before the target", "after "+clock(due), clock(pages[0].At))
	}
	_, taken := c.Taken[conversation]
	again := pages[0].At.Add(c.Brand.Second)
	if !taken && c.End.After(again.Add(settling)) && !slices.ContainsFunc(pages, func(p *Piece) bool { return p.To != pages[0].To }) {
		c.breach(m, "the ladder does not go on", "another agent called after "+clock(again), fmt.Sprintf("%d pages to %s", len(pages), pages[0].To))
	}
}

// silence checks that no receipt left from a moment after the switch was on.
func (c *checker) silence() {
	for _, s := range c.Silences {
		for _, p := range c.Pieces {
			if p.Kind == "receipt" && p.At.After(s.From.Add(settling)) && p.At.Before(s.To) {
				c.breach(nil, fmt.Sprintf("outbox %d: a receipt in the silence", p.Seq), "none from "+clock(s.From.Add(settling))+" to "+clock(s.To), clock(p.At))
			}
		}
	}
}
