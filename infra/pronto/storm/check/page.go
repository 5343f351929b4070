package check

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// settling is what a turned clock may take until what fell due has left, and a switch until it holds everywhere.
const settling = 5 * time.Second

// promptness is what a page may take by a clock that runs, on a machine that has much else to do. A clock that was missed is caught a minute later at the earliest.
const promptness = 15 * time.Second

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
		_, _, unhappy := c.dues(m)
		switch {
		case !m.opens() || len(c.receipts[m]) == 0 || m.Into != nil: // that goes on elsewhere
		case unhappy:
			c.unanswered(m, c.receipts[m][0].Conversation)
		case m.Mood != "" && len(m.Tries) > 0:
			c.missed(m, c.receipts[m][0].Conversation)
		}
	}
}

// opens holds for what certainly opened a conversation of its own.
func (m *Mail) opens() bool { return m.Follows == nil && len(m.Fates) == 1 && m.Fates[0] == Own }

// missed checks that somebody was called for what nobody answered by the longest target there is.
func (c *checker) missed(m *Mail, conversation string) {
	latest := m.Tries[len(m.Tries)-1].After.Add(c.Brand.Other)
	if len(c.pages[conversation]) == 0 && c.End.After(latest.Add(settling)) {
		c.breach(m, "nobody was called", "a page after "+clock(latest), "none by "+clock(c.End))
	}
}

// priority is the lane of what cannot wait.
const priority = "priority"

// lanes checks that the unhappy had the way of their own, and those who were not left it to them.
func (c *checker) lanes() {
	unhappy := map[string]bool{} // conversations in which somebody was, or may have been
	for m, all := range c.receipts {
		for _, p := range all {
			unhappy[p.Conversation] = unhappy[p.Conversation] || m.Mood != "neutral" && m.Mood != "positive"
		}
	}
	for _, m := range c.Mails {
		if at, _ := c.home(m); m.Into != nil || m.Off != "" {
			unhappy[at] = unhappy[at] || m.Mood != "neutral" && m.Mood != "positive"
		}
	}
	for _, m := range c.Mails {
		if !m.opens() || len(c.receipts[m]) == 0 {
			continue
		}
		conversation := c.receipts[m][0].Conversation
		took := c.Lanes[conversation]
		switch first := slices.Contains(took, priority); {
		case len(took) == 0:
		case m.Mood == "negative" && !first:
			c.breach(m, "an unhappy message's lane", priority, strings.Join(took, ", "))
		case first && !unhappy[conversation]:
			c.breach(m, "the priority lane for a message that could wait", "another", strings.Join(took, ", "))
		}
	}
}

// unanswered checks the pages of an unhappy message that opened a conversation.
func (c *checker) unanswered(m *Mail, conversation string) {
	due, latest, ok := c.dues(m)
	if !ok {
		return
	}
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
	if latest = latest.Add(promptness); m.Prompt && pages[0].At.After(latest) {
		c.breach(m, "a page that came late", "by "+clock(latest), clock(pages[0].At))
	}
	_, taken := c.Taken[conversation]
	again := pages[0].At.Add(c.Brand.Second)
	if !taken && c.End.After(again.Add(settling)) && !slices.ContainsFunc(pages, func(p *Piece) bool { return p.To != pages[0].To }) {
		c.breach(m, "the ladder does not go on", "another agent called after "+clock(again), fmt.Sprintf("%d pages to %s", len(pages), pages[0].To))
	}
	third := pages[0].At.Add(c.Brand.Third)
	if !taken && c.Brand.Third > 0 && c.End.After(third.Add(settling)) && len(pages) < 3 {
		c.breach(m, "the ladder ends before its end", "a third page after "+clock(third), fmt.Sprintf("%d pages", len(pages)))
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
