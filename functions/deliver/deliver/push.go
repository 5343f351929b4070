package deliver

import (
	"context"
	"errors"
	"time"

	"pronto/shared/channel/pager"
	"pronto/shared/desk"
	"pronto/shared/lane"
	"pronto/shared/setup"
)

// beside begins to push a page to its agent's devices, while the ways of the rule book are tried: what they take settles the page, and a push that was taken does only where
// none of them did. A push is sent at least once, and under one topic, so that a second takes the place of the first. What cannot be read of the devices keeps no way waiting.
func (h *Handler) beside(ctx context.Context, e desk.Effect, c pager.Call) <-chan []desk.Pushed {
	out := make(chan []desk.Pushed, 1)
	if e.Page.Signal != "" || h.policy.Agent(e.Page.Agent) == nil {
		out <- nil
		return out
	}
	all, err := h.store.Devices(ctx, e.Page.Agent)
	if err != nil {
		h.log.Error("devices", "agent", e.Page.Agent, "error", setup.Outermost(err))
	}
	use := all.Use(h.pages.key.Mark(), h.now())
	go func() { out <- h.pages.pager.Beside(ctx, c, use) }()
	return out
}

// learn writes down what became of pushes, and tells whether a push service took one. That it cannot be written is no reason to page again: it is learned by the next.
func (h *Handler) learn(ctx context.Context, agent string, pushed []desk.Pushed) (took bool) {
	if len(pushed) == 0 {
		return false
	}
	for _, p := range pushed {
		took = took || p.Fate == ""
		h.log.Info("push", "agent", agent, "device", p.Device, "why", p.Fate, "test", p.Test)
	}
	now := h.now()
	err := h.store.EditDevices(ctx, agent, func(all desk.Devices) (desk.Devices, error) {
		out, changed := all.Learn(pushed, now)
		if !changed {
			return nil, errAsBefore
		}
		return out, nil
	})
	if err != nil && !errors.Is(err, errAsBefore) {
		h.log.Error("devices", "agent", agent, "error", setup.Outermost(err))
	}
	return took
}

// errAsBefore keeps what is known already from being written.
var errAsBefore = errors.New("nothing is new")

// trialLife is how long a test may have waited: who asked for it does not look any more.
const trialLife = 5 * time.Minute

// try pushes a test to a device. It is no effect, since it is of no conversation: what became of it stands at the device, and one that comes twice is two tests.
func (h *Handler) try(ctx context.Context, t lane.Trial) error {
	if h.now().Sub(t.At) > trialLife || h.policy.Agent(t.Agent) == nil {
		return nil
	}
	all, err := h.store.Devices(ctx, t.Agent)
	if err != nil {
		return err
	}
	if d := all.Find(t.Device); d != nil {
		h.learn(ctx, t.Agent, []desk.Pushed{h.pages.pager.Try(ctx, *d)})
	}
	return nil
}
