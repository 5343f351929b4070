package intake

import (
	"context"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"pronto/shared/desk"
)

// draw is one shared budget that a receipt is charged to.
type draw struct {
	key   string
	limit int
}

// lease takes what a receipt would cost from the shared budgets, for a mail that may get one. giveBack returns what was taken and not used.
func (h *Handler) lease(ctx context.Context, to recipient, ev desk.Received, now time.Time) (budget desk.Budget, giveBack func(), err error) {
	budget, giveBack = desk.Budget{Domain: true, Brand: true}, func() {}
	if ev.Silence != "" || h.rebuilding {
		return budget, giveBack, nil
	}
	var taken []string
	giveBack = func() {
		for _, key := range taken {
			h.budgets.GiveBack(to.brand.ID, key, now)
		}
	}
	take := func(d draw) (bool, error) {
		ok, err := h.budgets.Take(ctx, to.brand.ID, d.key, d.limit, now)
		if ok {
			taken = append(taken, d.key)
		}
		return ok, err
	}
	for _, d := range h.draws(to, ev) {
		ok, err := take(d)
		if err != nil {
			giveBack()
			return budget, func() {}, err
		}
		budget.Domain = budget.Domain && ok
	}
	if budget.Brand, err = take(draw{"*", to.brand.Budgets.BrandHour}); err != nil {
		giveBack()
		return budget, func() {}, err
	}
	return budget, giveBack, nil
}

// draws are the budgets of the sender's domain, unless it is a mail provider for everyone; and of a conversation whose signed address somebody else
// writes to: a responder that changes its own address with every mail answers ours all the same.
func (h *Handler) draws(to recipient, ev desk.Received) (all []draw) {
	if ev.Channel != desk.Email {
		return nil
	}
	if !to.brand.IsFreeMail(ev.Message.Author.Address) {
		all = append(all, draw{h.keys.Budget(to.brand.ID, organisation(ev.Message.Author.Address)), to.brand.Budgets.DomainHour})
	}
	if id := h.keys.Conversed(to.brand.ID, to.reply); id != "" && id != ev.Conversation {
		all = append(all, draw{h.keys.Budget(to.brand.ID, "strangers at "+id), to.brand.Budgets.SenderHour})
	}
	return all
}

// organisation is the registered domain of an address: sub-domains cost their owner nothing.
func organisation(address string) string {
	_, domain, _ := strings.Cut(strings.ToLower(address), "@")
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}
