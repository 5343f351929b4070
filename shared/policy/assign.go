package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Assignee is who has a conversation: an agent, or the team.
type Assignee struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Team bool   `json:"team,omitempty"`
}

// Assign gives who has a conversation whose first response falls due at due, and why in words: of the agents on shift then those
// who speak the language; of them the one who had the contact last (an agent's id, or ""), else the first in layer
// order; and when nobody on shift speaks it, the team.
func Assign(p *Policy, b *Brand, due time.Time, language, last string) (Assignee, []string) {
	var able []*Agent
	on := b.Schedule.At(due)
	for _, id := range on {
		if a := p.Agent(id); a != nil && a.Speaks(language) {
			able = append(able, a)
		}
	}
	when := due.In(b.Zone).Format("Monday 2 January 2006 15:04 MST")
	if len(able) == 0 {
		return Assignee{b.Team.ID, b.Team.Name, true}, []string{nobody(on, language, when)}
	}
	i := max(0, slices.IndexFunc(able, func(a *Agent) bool { return a.ID == last }))
	a := able[i]
	why := []string{fmt.Sprintf("%s is on shift on %s, when the first response falls due, and speaks %s", a.ID, when, language)}
	if a.ID == last {
		why = append(why, a.ID+" had this contact last time")
	}
	return Assignee{ID: a.ID, Name: a.Name}, why
}

func nobody(on []string, language, when string) string {
	if len(on) == 0 {
		return "nobody is on shift on " + when + ", when the first response falls due: the team signs"
	}
	return fmt.Sprintf("%s on shift on %s, when the first response falls due, but none of them speaks %s: the team signs", are(on), when, language)
}

func are(ids []string) string {
	if len(ids) == 1 {
		return ids[0] + " is"
	}
	return strings.Join(ids, ", ") + " are"
}
