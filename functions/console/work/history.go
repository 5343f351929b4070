package work

import (
	"context"
	"slices"

	"pronto/shared/desk"
	"pronto/shared/policy"
)

// maxHistory is how many conversations of a contact are shown.
const maxHistory = 20

// History is what else a contact has written about, the newest first.
type History struct {
	Items []Conversation `json:"items"`
	More  bool           `json:"more"` // there may be older ones
}

// History lists the conversations of a contact of one of the agent's brands, and of all contacts that are the same person, settled ones too: all the information before it is needed.
func (d *Desk) History(ctx context.Context, by *policy.Agent, contact string) (History, *Problem) {
	brand, _, p := d.findContact(ctx, by, SeeConversation, contact)
	if p != nil {
		return History{}, p
	}
	out := History{Items: []Conversation{}}
	contacts, err := d.ofPerson(ctx, brand, contact)
	if err != nil {
		return out, d.Unable("history", err)
	}
	var refs []desk.Ref
	for _, c := range contacts {
		some, more, err := d.store.History(ctx, brand, c, maxHistory)
		if err != nil {
			return out, d.Unable("history", err)
		}
		refs, out.More = append(refs, some...), out.More || more
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
	if len(contacts) > 1 { // each contact's are in their order
		slices.SortStableFunc(out.Items, func(a, b Conversation) int { return b.Last.Compare(a.Last) })
	}
	if len(out.Items) > maxHistory {
		out.Items, out.More = out.Items[:maxHistory], true
	}
	return out, nil
}
