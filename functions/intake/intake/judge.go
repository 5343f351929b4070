package intake

import (
	"context"
	"strings"
	"time"

	"pronto/shared/desk"
	"pronto/shared/opinion"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/triage"
)

// judge says by our own model what a message is about.
func (h *Handler) judge(ctx context.Context, b *policy.Brand, in triage.Input) triage.Judgement {
	j := b.JudgeTaught(in, h.taught.Of(ctx, b.ID))
	j.Abuse = triage.Abusive(in)
	return j
}

// reconsider asks for a second opinion where the mood of what came is not sure and the rule book wants one: within its time, and of a message that gets a receipt of its
// own, as decided on a first look. So nobody can have more asked than he can be sent: what is repeated, silent, unproved, over a budget or taken before is not asked about.
// Without an answer our own judgement stands, and the turn says why.
func (h *Handler) reconsider(ctx context.Context, b *policy.Brand, ev *desk.Received, in triage.Input, decide func(desk.Facts) desk.Decision, now time.Time) {
	if h.second == nil || ev.Silence != "" || ev.Machine || !ev.Proved || !b.Triage.Second.Doubts(ev.Judgement) ||
		!opinion.Speaks(ev.Judgement.Language) || strings.TrimSpace(in.Text) == "" || !h.receipted(ctx, *ev, decide) {
		return
	}
	op, why := h.ask(ctx, b, ev.Judgement.Language, in.Text, now)
	if op == nil {
		ev.Judgement.Second = "no second opinion: " + strings.ReplaceAll(why, "_", " ")
		return
	}
	in.Second = op
	ev.Judgement = h.judge(ctx, b, in)
	ev.Message.Mood = ev.Judgement.Sentiment.Label
}

// receipted tells whether a message would get a receipt of its own now. Nothing is committed; what fails here fails in the turn itself, and is said there.
func (h *Handler) receipted(ctx context.Context, ev desk.Received, decide func(desk.Facts) desk.Decision) bool {
	var would desk.Decision
	look := func(f desk.Facts) desk.Decision {
		would = decide(f)
		return desk.Decision{Nothing: true}
	}
	_, err := h.store.Turn(ctx, ev, look)
	return err == nil && (would.Spent || would.Elsewhere)
}

// overBudget is why nobody was asked.
const overBudget = "over_budget"

// ask asks within the brand's budget of questions. One that was not asked after all costs nothing.
func (h *Handler) ask(ctx context.Context, b *policy.Brand, language, text string, now time.Time) (*triage.Opinion, string) {
	const key = "second"
	switch ok, err := h.budgets.Take(ctx, b.ID, key, b.Triage.Second.PerHour, now); {
	case err != nil:
		h.log.Warn("second opinion", "why", opinion.Away, "error", setup.Outermost(err))
		return nil, opinion.Away
	case !ok:
		return nil, overBudget
	}
	op, why := h.second.Of(ctx, language, text, b.Triage.Second.Within)
	if why == opinion.Resting {
		h.budgets.GiveBack(b.ID, key, now)
	}
	return op, why
}
