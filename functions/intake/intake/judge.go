package intake

import (
	"context"
	"strings"

	"pronto/shared/opinion"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// judge says what a message is about. Where its mood is not sure, and the rule book wants it, a second opinion is asked for, within its time; without one our own stands,
// and the turn says why there is none. Nobody waits for the answer to what a machine has written: it is worth no question.
func (h *Handler) judge(ctx context.Context, b *policy.Brand, in triage.Input, machine bool) triage.Judgement {
	taught := h.taught.Of(ctx, b.ID)
	j, second := b.JudgeTaught(in, taught), b.Triage.Second
	if h.second == nil || machine || !second.Doubts(j) || !opinion.Speaks(j.Language) || strings.TrimSpace(in.Text) == "" {
		return j
	}
	op, why := h.second.Of(ctx, j.Language, in.Text, second.Within)
	if op == nil {
		j.Second = "no second opinion: " + strings.ReplaceAll(why, "_", " ")
		return j
	}
	in.Second = op
	return b.JudgeTaught(in, taught)
}
