package work

import (
	"context"

	"pronto/shared/policy"
)

// maxHistory is how many conversations of a contact are shown.
const maxHistory = 20

// History is what else a contact has written about, the newest first.
type History struct {
	Items []Conversation `json:"items"`
	More  bool           `json:"more"` // there may be older ones
}

// History lists the conversations of a contact of one of the agent's brands, settled ones too: all the information before it is needed.
func (d *Desk) History(ctx context.Context, by *policy.Agent, contact string) (History, *Problem) {
	brand, _, p := d.findContact(ctx, by, SeeConversation, contact)
	if p != nil {
		return History{}, p
	}
	out := History{Items: []Conversation{}}
	refs, more, err := d.store.History(ctx, brand, contact, maxHistory)
	if err != nil {
		return out, d.Unable("history", err)
	}
	found, err := d.store.Conversations(ctx, refs)
	if err != nil {
		return out, d.Unable("history", err)
	}
	for _, r := range refs {
		if c := found[r]; c != nil && c.Merged == "" {
			out.Items = append(out.Items, d.shown(c))
		}
	}
	out.More = more
	return out, nil
}
