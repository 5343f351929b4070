package work

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"pronto/shared/desk"
	"pronto/shared/policy"
)

// Call is a page as the agent who was paged sees it behind its link. It holds nothing that a customer has written: whoever reads the agent's mail on its way
// sees the link, too.
type Call struct {
	ID       string // of the conversation
	Agent    *policy.Agent
	Brand    *policy.Brand
	Priority string
	Due      *time.Time // when the answer was promised; nil when nothing is
	Assignee Assignee   // who has the conversation
	State    CallState
}

// CallState is what has become of a call.
type CallState string

// States of a call.
const (
	CallOpen  CallState = "open"  // nobody has taken it
	CallYours CallState = "yours" // the agent has it
	CallTaken CallState = "taken" // somebody else has it
	CallDone  CallState = "done"  // it is resolved
)

// Called looks at the call of a page's link. Looking changes nothing, for link scanners look at everything.
func (d *Desk) Called(ctx context.Context, token string) (Call, *Problem) {
	p, by, c, problem := d.called(ctx, token)
	if problem != nil {
		return Call{}, problem
	}
	has, err := d.has(ctx, p, c)
	if err != nil {
		return Call{}, d.Unable("page", err)
	}
	return d.call(by, c, has), nil
}

// claims is how often a claim is tried when others change the conversation meanwhile.
const claims = 5

// AnswerCall lets the paged agent take the conversation, unless somebody has it. took tells that it was taken by this very answer.
func (d *Desk) AnswerCall(ctx context.Context, token string) (call Call, took bool, problem *Problem) {
	for range claims {
		p, by, c, problem := d.called(ctx, token)
		if problem != nil {
			return Call{}, false, problem
		}
		has, err := d.has(ctx, p, c)
		if err != nil {
			return Call{}, false, d.Unable("page", err)
		}
		if has {
			return d.call(by, c, true), false, nil
		}
		ev := claim(by, c)
		decision, err := d.turn(ctx, ev)
		switch {
		case err != nil:
			return Call{}, false, d.Unable("page", err)
		case decision.Refused == desk.Changed: // somebody was quicker, or the customer wrote again: look who has it now
			continue
		case decision.Refused != "":
			return Call{}, false, coded(http.StatusConflict, string(decision.Refused), "", decision.Refused.Words())
		}
		d.claimed(ctx, by, c, ev)
		return d.call(by, &decision.Conversation, true), true, nil
	}
	return Call{}, false, Refuse(http.StatusServiceUnavailable, "", "the conversation changes just now: go back, and press the button once more")
}

// claim needs no natural key: it is guarded by the version at which nobody had the conversation.
func claim(by *policy.Agent, c *desk.Conversation) desk.Claimed {
	return desk.Claimed{Act: desk.Act{
		Subject: desk.Subject{Ref: c.Ref, Channel: agents}, By: policy.Assignee{ID: by.ID, Name: by.Name}, Expect: c.Version,
	}}
}

// called is what a page's token names: the page, the agent and the conversation, or that in which what he was called for goes on.
func (d *Desk) called(ctx context.Context, token string) (desk.Paged, *policy.Agent, *desk.Conversation, *Problem) {
	p, ok := d.keys.Paged(token, d.Now())
	by, no := d.Standing(ctx, d.Policy.Agent(p.Agent))
	if ok && no != nil {
		return p, nil, nil, no
	}
	if !ok || by == nil || d.Policy.Brand(p.Brand) == nil || !slices.Contains(by.Brands, p.Brand) {
		return p, nil, nil, coded(http.StatusNotFound, "link_not_good", "", "this link is older than a day, or it is not whole: the conversation is in the queue")
	}
	c, err := d.store.WherePaged(ctx, p.Ref, p.Expires.Add(-desk.PageLife))
	if err == nil && c != nil && c.Merged != "" {
		c, err = d.store.GoesOn(ctx, c.Ref)
	}
	switch {
	case err != nil:
		return p, nil, nil, d.Unable("page", err)
	case c == nil:
		return p, nil, nil, coded(http.StatusNotFound, string(desk.NotFound), "", desk.NotFound.Words())
	}
	return p, by, c, nil
}

// has tells whether somebody has taken the conversation since the page left. That it has an assignee does not say so: the rota gives every one to somebody.
func (d *Desk) has(ctx context.Context, p desk.Paged, c *desk.Conversation) (bool, error) {
	if c.Status == desk.StatusResolved || c.Status == desk.StatusClosed {
		return true, nil
	}
	events, err := d.store.Happened(ctx, c.Ref, p.Expires.Add(-desk.PageLife))
	if err != nil || c.Assignee.Team {
		return false, err
	}
	return slices.ContainsFunc(events, func(e string) bool { return e == "claimed" || e == "assigned" || e == "replied" || e == "scheduled" }), nil
}

func (d *Desk) call(by *policy.Agent, c *desk.Conversation, has bool) Call {
	out := Call{ID: c.Conversation, Agent: by, Brand: d.Policy.Brand(c.Brand), Priority: string(c.Priority), Assignee: Assignee{c.Assignee.ID, c.Assignee.Name}, State: CallOpen}
	if c.Next != nil && c.Promise != nil {
		out.Due = &c.Promise.By
	}
	switch {
	case c.Status == desk.StatusResolved || c.Status == desk.StatusClosed:
		out.State = CallDone
	case has && c.Assignee.ID == by.ID:
		out.State = CallYours
	case has:
		out.State = CallTaken
	}
	return out
}

// claimed writes the note for a rebuild of a claim, under a key by which it is taken once there.
func (d *Desk) claimed(ctx context.Context, by *policy.Agent, c *desk.Conversation, ev desk.Claimed) {
	o := &order{Desk: d, conversation: c, brand: d.Policy.Brand(c.Brand), by: by, act: ev.Act}
	if o.brand == nil {
		return
	}
	o.act.Keys, o.act.Delivery = []string{d.keys.Message(c.Brand, agents, fmt.Sprintf("claim %s %d", c.Conversation, c.Version))}, string(Claim)
	o.journal(ctx, ev)
}
