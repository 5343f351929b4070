package deliver

import (
	"context"
	"fmt"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/reply"
)

// staleSurvey is how long a survey may wait for its mail: so much later nobody remembers what it asks about.
const staleSurvey = 72 * time.Hour

// survey settles what is a survey's alone, before it is sent. One that may have left is not tried again: a question that comes twice is worse than one that never does, and
// when SES's word on the first comes after all, it counts. One whose answer would not be taken, or that the contact shall not get any more, is cancelled; and one that was
// held up waits for the contact's day.
func (h *Handler) survey(ctx context.Context, e desk.Effect) (done bool, err error) {
	if e.Survey == nil {
		return false, nil
	}
	b := h.policy.Brand(e.Brand)
	if b == nil {
		return false, nil // as any other: the rule book may have the brand again
	}
	if e.Unsure {
		return true, h.fail(ctx, e, desk.NoAnswer)
	}
	now := h.now()
	holds, err := h.asksStill(ctx, e, now)
	switch {
	case err != nil:
		return true, h.again(ctx, e, "refused_for_now")
	case !holds || b.Survey == nil || now.Sub(e.Decided) > staleSurvey:
		if err := h.store.Cancel(ctx, e, desk.Overtaken); err != nil {
			return true, err
		}
		h.effect(e, desk.Cancelled, desk.Overtaken)
		return true, nil
	}
	if day := b.Survey.Daytime(now, e.Survey.Zone.Location(b.Zone)); day.After(now) {
		if err := h.store.Release(ctx, e, day); err != nil {
			return true, err
		}
		h.effect(e, desk.Queued, "night")
		return true, nil
	}
	return false, nil
}

// asksStill tells whether the survey is still the conversation's newest, nothing else has come up with the contact since the resolution, and the contact may be asked.
func (h *Handler) asksStill(ctx context.Context, e desk.Effect, now time.Time) (bool, error) {
	c, err := h.store.Conversation(ctx, e.Ref)
	if err != nil || c == nil {
		return false, err
	}
	who, err := h.store.Contact(ctx, e.Brand, e.Contact)
	if err != nil {
		return false, err
	}
	if c.Owed() || c.Status == desk.StatusPending || c.Withdrawn || c.Merged != "" || c.Survey == nil || c.Survey.Effect != e.ID || who == nil || !who.Askable(now) {
		return false, nil
	}
	m, err := h.store.SurveyMessage(ctx, c)
	if err != nil {
		return false, err
	}
	other, at, err := h.store.NewestOf(ctx, e.Brand, e.Contact, m)
	return err == nil && (other == c.Ref || other == desk.Ref{} || c.Resolved == nil || !at.After(*c.Resolved)), err
}

// ask is a survey as it leaves: in the name of who had the conversation, with a link for each answer.
func (h *Handler) ask(e desk.Effect) (o channel.Outgoing, why string) {
	b, q := h.policy.Brand(e.Brand), e.Survey
	switch {
	case b == nil:
		return o, "brand_not_in_policy"
	case b.Survey == nil || e.Channel != desk.Email:
		return o, "unknown_kind_or_channel"
	}
	t, language := b.Receipt(q.Language)
	words, _ := b.SurveyWords(language)
	agent := q.By.Name
	if q.By.Team {
		agent = ""
	}
	link := h.pages.console + "/survey/" + h.keys.SurveyToken(desk.Questioned{Ref: e.Ref, Effect: e.ID, Until: q.Until})
	text := reply.Ask(t, words, reply.Asking{
		Language: language, Name: q.To.Name, Agent: agent, Brand: b.Name, Stop: b.StopWord(language), Footer: b.Signature,
		Link: func(rating int) string { return fmt.Sprintf("%s?a=%d", link, rating) },
	})
	return channel.Outgoing{
		Effect: e.ID, Brand: e.Brand, Conversation: e.Conversation, Kind: e.Kind,
		From: channel.Party{Name: b.From.Name, Address: b.From.Addr}, To: addressee(q.To), ReplyTo: h.keys.Token(e.Brand, e.Conversation) + "@" + b.ReplyDomain,
		Subject: text.Subject, Text: text.Text, HTML: text.HTML, Language: language,
		InReplyTo: q.InReplyTo, References: append(q.References[:len(q.References):len(q.References)], nonEmpty(q.InReplyTo)...), Decided: e.Decided,
	}, ""
}
