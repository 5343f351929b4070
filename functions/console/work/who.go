package work

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"pronto/shared/desk"
	"pronto/shared/policy"
)

// Verb is what somebody may or may not do.
type Verb string

// The verbs. Those of a conversation are the last part of its address in the API.
const (
	SeeSum          Verb = "see_sum"
	SeeQueue        Verb = "see_queue"
	SeeConversation Verb = "see_conversation"
	SeeSilence      Verb = "see_silence"
	SetSilence      Verb = "set_silence"
	Claim           Verb = "claim"
	Unassign        Verb = "unassign"
	Assign          Verb = "assign"
	Reply           Verb = "reply"
	Note            Verb = "note"
	Snooze          Verb = "snooze"
	Resolve         Verb = "resolve"
	Reopen          Verb = "reopen"
	AllowReceipts   Verb = "allow_receipts"
	Confirm         Verb = "confirm"
	RefuseGuest     Verb = "refuse"
	Merge           Verb = "merge"
	Unmerge         Verb = "unmerge"
	Split           Verb = "split"
	Relate          Verb = "relate"
	Unrelate        Verb = "unrelate"
	Correct         Verb = "correct"
	ConfirmPersona  Verb = "confirm_persona"
	DismissPersona  Verb = "dismiss_persona"
	TakeBack        Verb = "take_back"
	TagIt           Verb = "tag"
	Undo            Verb = "undo"
	StartIt         Verb = "start"
	PassOn          Verb = "pass_on"
	CallSpam        Verb = "spam"
	Forward         Verb = "forward"
	KeepDraft       Verb = "draft"
	SeeSettings     Verb = "see_settings"
	SetMacro        Verb = "set_macro"
	SetBulletin     Verb = "set_bulletin"
	SetView         Verb = "set_view"
	EditCard        Verb = "edit_card"
	SeeHeld         Verb = "see_held"
	Release         Verb = "release"
	Dismiss         Verb = "dismiss"
	BlockSender     Verb = "block"
	UnblockSender   Verb = "unblock"
	SeeOnCall       Verb = "see_oncall"
	SeeAudit        Verb = "see_audit"
	ChangeRota      Verb = "change_rota"
	SeeStats        Verb = "see_stats"
	HandOver        Verb = "hand_over"
	SetIncident     Verb = "set_incident"
	SendMany        Verb = "send_many"
	Search          Verb = "search"
	SeeHooks        Verb = "see_webhooks"
	ReplayHooks     Verb = "replay_webhooks"
	SeeChannels     Verb = "see_channels"
	LinkContact     Verb = "link"
	UnlinkContact   Verb = "unlink"
	SeeDemands      Verb = "see_demands"
	ForgetContact   Verb = "forget"
	ExportContact   Verb = "export"
	SeeRules        Verb = "see_policy"
	ChangeRules     Verb = "change_policy"
	Offboard        Verb = "offboard"
)

// Needs is the role that each verb needs, among the agents of the brand.
var Needs = map[Verb]policy.Role{
	SeeSum: policy.RoleAgent, SeeQueue: policy.RoleAgent, SeeConversation: policy.RoleAgent, SeeSilence: policy.RoleAgent, SeeChannels: policy.RoleAgent,
	SetSilence: policy.RoleLead,
	Claim:      policy.RoleAgent, Unassign: policy.RoleAgent, Assign: policy.RoleAgent, Reply: policy.RoleAgent, Note: policy.RoleAgent,
	Snooze: policy.RoleAgent, Resolve: policy.RoleAgent, Reopen: policy.RoleAgent, AllowReceipts: policy.RoleAgent,
	Merge: policy.RoleAgent, Unmerge: policy.RoleAgent, Split: policy.RoleAgent, Relate: policy.RoleAgent, Unrelate: policy.RoleAgent,
	Confirm: policy.RoleAgent, RefuseGuest: policy.RoleAgent, Correct: policy.RoleAgent, ConfirmPersona: policy.RoleAgent, DismissPersona: policy.RoleAgent,
	TakeBack: policy.RoleAgent, TagIt: policy.RoleAgent, Undo: policy.RoleAgent, StartIt: policy.RoleAgent, PassOn: policy.RoleAgent, CallSpam: policy.RoleAgent, Forward: policy.RoleAgent, KeepDraft: policy.RoleAgent, SeeSettings: policy.RoleAgent, SetView: policy.RoleAgent, EditCard: policy.RoleAgent,
	SetMacro: policy.RoleLead, SetBulletin: policy.RoleLead,
	SeeHeld: policy.RoleAgent, Release: policy.RoleAgent, Dismiss: policy.RoleAgent, BlockSender: policy.RoleLead, UnblockSender: policy.RoleLead,
	SeeOnCall: policy.RoleAgent, SeeAudit: policy.RoleLead, ChangeRota: policy.RoleAgent, SeeStats: policy.RoleLead, HandOver: policy.RoleAgent, SetIncident: policy.RoleLead, SendMany: policy.RoleLead, Search: policy.RoleAgent,
	SeeHooks: policy.RoleLead, ReplayHooks: policy.RoleLead,
	SeeRules: policy.RoleLead, ChangeRules: policy.RoleLead, Offboard: policy.RoleLead,
	LinkContact: policy.RoleAgent, UnlinkContact: policy.RoleAgent,
	SeeDemands: policy.RoleLead, ForgetContact: policy.RoleLead, ExportContact: policy.RoleLead,
}

// May tells whether an agent's role at a brand suffices for a verb; whether the brand is his is another question.
func May(by *policy.Agent, brand string, v Verb) bool {
	need, known := Needs[v]
	return known && by != nil && by.RoleAt(brand).Includes(need)
}

// forbidden says who may.
var forbidden = map[policy.Role]string{
	policy.RoleLead: "only a lead or an admin may do this", policy.RoleAdmin: "only an admin may do this",
}

// Unknown is the problem of who is no agent of the policy.
func Unknown() *Problem {
	return Refuse(http.StatusUnauthorized, "", "who asks is not known: sign in as an agent whom the policy names")
}

// may is nil, or why not.
func may(by *policy.Agent, brand string, v Verb) *Problem {
	switch {
	case by == nil:
		return Unknown()
	case !May(by, brand, v):
		return Refuse(http.StatusForbidden, "", forbidden[Needs[v]])
	}
	return nil
}

// brand is the brand of this id, or with "" the agent's only one, if he may do this there. Another's brand does not exist for him.
func (d *Desk) brand(by *policy.Agent, v Verb, id string) (*policy.Brand, *Problem) {
	if by == nil {
		return nil, Unknown()
	}
	if id == "" && len(by.Brands) != 1 {
		return nil, Refuse(http.StatusBadRequest, "brand", "name one of your brands: "+strings.Join(by.Brands, ", "))
	}
	if id == "" {
		id = by.Brands[0]
	}
	b := d.Policy.Brand(id)
	if b == nil || !slices.Contains(by.Brands, id) {
		return nil, Refuse(http.StatusNotFound, "brand", "none of your brands has this id")
	}
	return b, may(by, id, v)
}

// brands are those that a request is about: the one that it names, or with "" all of the agent's where he may do this.
func (d *Desk) brands(by *policy.Agent, v Verb, id string) (all []*policy.Brand, p *Problem) {
	if id != "" || by == nil {
		b, p := d.brand(by, v, id)
		return []*policy.Brand{b}, p
	}
	for _, id := range by.Brands {
		if b := d.Policy.Brand(id); b != nil && May(by, id, v) {
			all = append(all, b)
		}
	}
	if len(all) == 0 {
		return nil, may(by, "", v)
	}
	return all, nil
}

// idLength is that of a conversation's id.
const idLength = 16

// known tells whether an id may be one of ours.
func known(id string) bool {
	return len(id) == idLength && !strings.ContainsFunc(id, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '2' || c > '7') })
}

// find is the conversation of this id among the agent's brands, if he may do this to it.
func (d *Desk) find(ctx context.Context, by *policy.Agent, v Verb, id string) (*desk.Conversation, *Problem) {
	if by == nil {
		return nil, Unknown()
	}
	var refs []desk.Ref
	for _, b := range by.Brands {
		if known(id) && d.Policy.Brand(b) != nil {
			refs = append(refs, desk.Ref{Brand: b, Conversation: id})
		}
	}
	found, err := d.store.Conversations(ctx, refs)
	if err != nil {
		return nil, d.Unable("conversation", err)
	}
	for _, c := range found {
		return c, may(by, c.Brand, v)
	}
	return nil, coded(http.StatusNotFound, string(desk.NotFound), "", desk.NotFound.Words())
}
