package desk

import (
	"pronto/shared/channel"
	"pronto/shared/oncall"
)

// mention calls the agents whom a note names, each once. Who rests is not called: the note stands in the conversation. Nobody is called to his own words.
func (d *doing) mention(ev Noted) {
	c := &d.Conversation
	for _, id := range ev.Mentions {
		if id == ev.By.ID {
			continue
		}
		to, rests, ok := d.policy.Mention(d.brand, id, c.Priority, d.now)
		switch {
		case !ok:
			d.why(id + " is named, and nobody of this id answers for the brand")
			continue
		case rests:
			d.why(id + " is named, and not called: these are quiet hours")
			continue
		}
		d.Effects = append(d.Effects, Effect{
			Ref: c.Ref, ID: EffectID(c.Sequence+1, len(d.Effects)), Contact: c.Contact, Kind: channel.Page, Lane: LanePage, Channel: PageChannel,
			Day: Day(d.now), Decided: d.now,
			Page: &Page{Agent: to.Agent, Ways: to.Ways, Why: string(oncall.Mentioned), Step: noStep, Priority: c.Priority, Due: nextDue(c), By: ev.By.Name},
		})
		d.why("page " + id + ": named in a note")
	}
}
