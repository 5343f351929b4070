package deliver

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/shared/channel"
	"pronto/shared/channel/custom"
	"pronto/shared/channel/pager"
	"pronto/shared/channel/webhook"
	"pronto/shared/channel/webpush"
	"pronto/shared/desk"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// pages is what calls agents.
type pages struct {
	pager   *pager.Pager
	key     webpush.Key
	console string // URL that the answer links begin with
}

// newPages returns what calls agents, by mail with the sender of the email channel. A post has three seconds, so that the next way still fits into the
// function's time.
func newPages(s *setup.Setup, p *policy.Policy, keys desk.Keys, mail channel.Sender) (pages, error) {
	env, err := s.Need(setup.HookSecrets, setup.ConsoleURL)
	if err != nil {
		return pages{}, err
	}
	var allow []string
	if a := s.Env(setup.HookAllow); a != "" {
		allow = strings.Split(a, ",")
	}
	posts, err := webhook.NewClient(webhook.Options{Allow: allow, Timeout: 3 * time.Second})
	if err != nil {
		return pages{}, err
	}
	services, key, err := webpush.Of(s, p, keys)
	if err != nil {
		return pages{}, err
	}
	console := strings.TrimSuffix(env[setup.ConsoleURL], "/")
	pushes, err := webpush.New(services, key, console, s.Now)
	if err != nil {
		return pages{}, err
	}
	keyring := custom.NewKeyring(secretsmanager.NewFromConfig(s.AWS), env[setup.HookSecrets], s.Now, s.Log)
	signs := func(ctx context.Context, brand string) (webhook.Secrets, error) {
		return keyring.Secrets(ctx, custom.Paging(brand))
	}
	return pages{pager: pager.New(s.AWS, mail, posts, pushes, signs, s.Now), key: key, console: console}, nil
}

// Codes of pages that end without being sent.
const (
	taken   = "somebody_has_it"
	noAgent = "agent_not_in_policy"
	noBrand = "brand_not_in_policy"
	nobody  = "no_way_reaches_the_agent"
	tooLate = "refused_for_too_long"
)

// Back-off of a page that no way takes for now; the sweep, which comes every minute, brings it back. After pageLife the escalation is long past it.
const (
	pagePause = 10 * time.Second
	pageLife  = 15 * time.Minute
)

// page calls an agent, unless somebody has the conversation meanwhile.
func (h *Handler) page(ctx context.Context, e desk.Effect) error {
	cause := oncall.Cause(e.Page.Why)
	climbs := e.Page.Signal == "" && cause != oncall.Forecast && cause != oncall.Mentioned && cause != oncall.ThirdWrote
	c, err := h.about(ctx, e, climbs)
	if err != nil {
		return err
	}
	b, a := h.policy.Brand(e.Brand), h.policy.Agent(e.Page.Agent)
	if b != nil && b.System(e.Page.Agent) {
		a = &policy.Agent{}
	}
	if left, err := h.leavers.has(ctx, e.Brand, e.Page.Agent, h.now()); err != nil {
		return err
	} else if left && e.Page.Signal == "" {
		a = nil // with whatever rule book: the next step is called
	}
	switch {
	case c == nil, cause == oncall.Forecast && !c.Owed(), c.Paging == nil && climbs:
		return h.needless(ctx, e)
	case b == nil:
		return h.unpaged(ctx, e, noBrand)
	case a == nil:
		return h.unpaged(ctx, e, noAgent)
	}
	call := h.call(e, c, b, a)
	pushed := h.beside(ctx, e, call)
	sent, way, err := h.pages.pager.First(ctx, call)
	if took := h.learn(ctx, e.Page.Agent, <-pushed); took && err != nil {
		sent, way, err = channel.Sent{ProviderID: desk.WayPush + " " + e.Conversation + " " + e.ID}, policy.Way{Kind: desk.WayPush}, nil
	}
	switch {
	case err == nil:
		if err := h.store.Settle(ctx, e, h.keys.Message(e.Brand, e.Channel, sent.ProviderID), sent.ProviderID); err != nil {
			return err
		}
		h.paged(e, desk.Accepted, "", way)
		return nil
	case channel.IsPermanent(err):
		return h.unpaged(ctx, e, nobody)
	case channel.IsUnsent(err):
		return h.pageAgain(ctx, e, way)
	}
	// It may have left by one way. The claim stands, as for any effect; should nothing settle it within a minute, the next step is called.
	h.paged(e, desk.Sending, desk.NoAnswer, way)
	return nil
}

// about reads what a page is about: its own conversation, or that into which its ladder went.
func (h *Handler) about(ctx context.Context, e desk.Effect, climbs bool) (*desk.Conversation, error) {
	if climbs {
		return h.store.WherePaged(ctx, e.Ref, e.Decided)
	}
	return h.store.Conversation(ctx, e.Ref)
}

func (h *Handler) call(e desk.Effect, c *desk.Conversation, b *policy.Brand, a *policy.Agent) pager.Call {
	zone := a.Zone
	if zone == nil {
		zone = b.Zone
	}
	link := h.pages.console + "/console/conversations/" + c.Conversation // of a system: who follows it signs in
	if a.ID != "" {
		link = h.pages.console + "/page/" + h.keys.PageToken(desk.Paged{Ref: c.Ref, Agent: a.ID, Expires: h.now().Add(desk.PageLife).Truncate(time.Second)})
	}
	return pager.Call{
		EffectRef: desk.EffectRef{Ref: e.Ref, ID: e.ID}, About: c.Conversation, Page: *e.Page, Brand: b.Name, From: channel.Party{Name: b.From.Name, Address: b.From.Addr},
		Agent: a.Name, Has: c.Assignee.Name, Zone: zone, Link: link, Unsure: e.Unsure,
	}
}

// needless ends a page that nobody waits for any more.
func (h *Handler) needless(ctx context.Context, e desk.Effect) error {
	if err := h.store.Cancel(ctx, e, taken); err != nil {
		return err
	}
	h.paged(e, desk.Cancelled, taken, policy.Way{})
	return nil
}

// unpaged calls the next step and then ends the page, in this order: when we die in between the page is tried again, fails again, and calls nobody twice.
func (h *Handler) unpaged(ctx context.Context, e desk.Effect, why string) error {
	if err := h.nextStep(ctx, e, h.now()); err != nil {
		return err
	}
	if err := h.store.Fail(ctx, e, why); err != nil {
		return err
	}
	h.paged(e, desk.Failed, why, policy.Way{})
	return nil
}

// nextStep calls the step after a page that its agent did not get. It was called already? Then nothing.
func (h *Handler) nextStep(ctx context.Context, e desk.Effect, now time.Time) error {
	d, err := h.store.TurnOn(ctx, e.Ref, desk.NewPageFailed(e).In, func(ev desk.Event, f desk.Facts) desk.Decision { return desk.Decide(f, ev, h.policy, now) })
	if err != nil {
		return err
	}
	if c := d.Conversation; !d.Nothing {
		h.log.Info("turn", "brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", d.Event, "effects", len(d.Effects),
			"trace", e.Traced().With(d.Trace()...).String(), "why", d.Why, "policy", d.Policy)
	}
	return nil
}

// pageAgain puts a page back that every way refused for now, and calls the next step meanwhile: who waits for an agent does not wait for a provider.
func (h *Handler) pageAgain(ctx context.Context, e desk.Effect, way policy.Way) error {
	now := h.now()
	if now.Sub(e.Decided) > pageLife {
		return h.unpaged(ctx, e, tooLate)
	}
	if err := h.nextStep(ctx, e, now); err != nil {
		return err
	}
	if err := h.store.Release(ctx, e, now.Add(pagePause)); err != nil {
		return err
	}
	h.paged(e, desk.Queued, "refused_for_now", way)
	return nil
}

// paged writes the page's line in the ledger: which agent by which way, and no name, number or address.
func (h *Handler) paged(e desk.Effect, to desk.State, why string, way policy.Way) {
	h.log.Info("effect", "brand", e.Brand, "conversation", e.Conversation, "effect", e.ID, "kind", e.Kind, "lane", e.Lane, "channel", e.Channel,
		"state", to, "why", why, "attempt", e.Attempts, "decided", e.Decided, "agent", e.Page.Agent, "step", e.Page.Step, "way", way.Kind, "trace", e.Traced().String())
}
