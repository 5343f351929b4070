package work

import (
	"cmp"
	"context"
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/store"
)

// foreseen is a circular with how it would read, and who would be left out.
func (d *Desk) foreseen(ctx context.Context, b *policy.Brand, k store.Kept[desk.Circular]) (Circular, *Problem) {
	out, x := circular(b.ID, k), k.Value
	if out.State != "prepared" && out.State != "going" {
		return out, nil
	}
	out.Foreseen, out.Languages = map[string]int{}, map[string]int{}
	to := x.To[x.Next+x.Part:]
	found, cards, err := d.ofCircular(ctx, b.ID, to)
	if err != nil {
		return out, d.Unable("circular", err)
	}
	for _, id := range to {
		c := found[desk.Ref{Brand: b.ID, Conversation: id}]
		piece, why := d.circularPiece(ctx, b, x, c, hisCard(c, cards))
		out.Foreseen[string(why)]++
		if why != "" {
			continue
		}
		out.Languages[piece.Language]++
		if len(piece.Warnings) > 0 {
			out.Warned++
		}
		// What is to be looked at comes first.
		if n := len(out.Samples); n < circularSamples || len(piece.Warnings) > 0 && len(out.Samples[n-1].Warnings) == 0 {
			out.Samples = append(out.Samples[:min(n, circularSamples-1)], piece)
			slices.SortStableFunc(out.Samples, func(a, b CircularSample) int { return cmp.Compare(min(1, len(b.Warnings)), min(1, len(a.Warnings))) })
		}
	}
	return out, nil
}

// ofCircular reads conversations, and the cards of whose they are, by their ids.
func (d *Desk) ofCircular(ctx context.Context, brand string, ids []string) (found map[desk.Ref]*desk.Conversation, cards map[string]*desk.Contact, err error) {
	var refs []desk.Ref
	for _, id := range ids {
		refs = append(refs, desk.Ref{Brand: brand, Conversation: id})
	}
	if found, err = d.store.Conversations(ctx, refs); err != nil {
		return nil, nil, err
	}
	var who []string
	for _, c := range found {
		who = append(who, c.Contact)
	}
	cards, err = d.store.Contacts(ctx, brand, who)
	return found, cards, err
}

func hisCard(c *desk.Conversation, cards map[string]*desk.Contact) *desk.Contact {
	if c == nil {
		return nil
	}
	return cards[c.Contact]
}

// circularPiece is what one conversation would get, or why it would get nothing.
func (d *Desk) circularPiece(ctx context.Context, b *policy.Brand, x desk.Circular, c *desk.Conversation, person *desk.Contact) (piece CircularSample, why desk.LeftOut) {
	if why := outOfCircular(c, x.At); why != "" {
		return piece, why
	}
	if person.Unwanted(d.Now()) != "" {
		return piece, desk.Unwanted
	}
	signer := d.signerOf(ctx, c, x)
	language := preferred(c, person)
	text, has := x.Texts[language]
	if !has && x.Anyhow {
		language = b.Language
		text, has = x.Texts[language]
	}
	if !has {
		return piece, desk.NoText
	}
	text, missing := reply.Fill(text, d.filling(signer, c, person)(language))
	use, ok := b.Use(c.Channel)
	switch {
	case len(missing) > 0:
		return piece, desk.NoVariable
	case !ok, measured(b, signer, use, c.Thread.Account, channel.Piece{Text: text, To: c.Party.Address}, 0).Refused != "":
		return piece, desk.TooLongText
	}
	return CircularSample{Conversation: c.Conversation, To: c.Party, Agent: signer.Name, Language: language, Text: text, Warnings: warnings(text, names(c, person))}, ""
}

// outOfCircular is why a conversation as it stands gets nothing.
func outOfCircular(c *desk.Conversation, since time.Time) desk.LeftOut {
	switch {
	case c == nil || c.Withdrawn || c.Merged != "" || c.Status == desk.StatusClosed:
		return desk.NoAnswerable
	case c.Status == desk.StatusResolved:
		return desk.Settled
	case c.Answered.After(since):
		return desk.AnsweredElse
	case c.Last.After(since):
		return desk.WroteSince
	}
	return ""
}

// signerOf is who has the conversation; what the team has, or who has left, is signed by who sends the circular.
func (d *Desk) signerOf(ctx context.Context, c *desk.Conversation, x desk.Circular) *policy.Agent {
	if a, _ := d.standsAt(ctx, c.Brand, c.Assignee.ID); a != nil && !c.Assignee.Team {
		return a
	}
	return d.Policy.Agent(x.By)
}
