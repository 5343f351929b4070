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

// Load is a number of open conversations by agent. As what was counted: nil when nobody has, and who is not in it could not be counted.
type Load map[string]int

// Room is how many open conversations of the brand an agent has room for; 0: there is no limit.
func (b *Brand) Room(a *Agent) int {
	if a.Room > 0 {
		return a.Room
	}
	return b.Rooms
}

// Asked gives how far to count the conversations of those whom Assign may choose from, for each who has a limit.
func Asked(p *Policy, b *Brand, due time.Time, language string, beside ...string) Load {
	var all Load
	for _, a := range able(p, b.Schedule.At(due), language, beside) {
		if room := b.Room(a); room > 0 {
			if all == nil {
				all = Load{}
			}
			all[a.ID] = room
		}
	}
	return all
}

// Assign gives who has a conversation whose first response falls due at due, and why in words: of the agents on shift then those
// who speak the language; of them the one who had the contact last (an agent's id, or ""), else the first in layer order; and when nobody
// on shift speaks it, the team. Who has no room is passed over for the next who has; when nobody has room, it is as if everybody had.
// Those beside are as if they were not on shift.
func Assign(p *Policy, b *Brand, due time.Time, language, last string, load Load, beside ...string) (Assignee, []string) {
	on := slices.DeleteFunc(slices.Clone(b.Schedule.At(due)), func(id string) bool { return slices.Contains(beside, id) })
	all := able(p, on, language, nil)
	when := due.In(b.Zone).Format("Monday 2 January 2006 15:04 MST")
	if len(all) == 0 {
		return Assignee{b.Team.ID, b.Team.Name, true}, []string{nobody(on, language, when, len(beside) > 0)}
	}
	if i := slices.IndexFunc(all, func(a *Agent) bool { return a.ID == last }); i > 0 {
		first := all[i]
		all = slices.Insert(slices.Delete(all, i, i+1), 0, first)
	}
	a, room := roomiest(b, all, load)
	why := []string{fmt.Sprintf("%s is on shift on %s, when the first response falls due, and speaks %s", a.ID, when, language)}
	if a.ID == last {
		why = append(why, a.ID+" had this contact last time")
	}
	return Assignee{ID: a.ID, Name: a.Name}, append(why, room...)
}

func able(p *Policy, on []string, language string, beside []string) (all []*Agent) {
	for _, id := range on {
		if a := p.Agent(id); a != nil && a.Speaks(language) && !slices.Contains(beside, id) {
			all = append(all, a)
		}
	}
	return all
}

// roomiest gives the first who has room, else the first, and what room had to do with it.
func roomiest(b *Brand, all []*Agent, load Load) (*Agent, []string) {
	var why []string
	for _, a := range all {
		room := b.Room(a)
		n, counted := load[a.ID]
		switch {
		case load == nil || room == 0:
			return a, why
		case !counted:
			return a, append(why, "what "+a.ID+" has could not be counted")
		case n < room:
			return a, append(why, fmt.Sprintf("%s has room: %d of %d conversations", a.ID, n, room))
		}
		why = append(why, fmt.Sprintf("%s has no room: %d conversations of %d", a.ID, n, room))
	}
	return all[0], append(why, "nobody on shift who speaks it has room: "+all[0].ID+" has it all the same")
}

func nobody(on []string, language, when string, others bool) string {
	if len(on) == 0 && others {
		return "nobody else is on shift on " + when + ", when the first response falls due: the team has it"
	}
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
