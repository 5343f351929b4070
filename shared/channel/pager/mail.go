package pager

import (
	"context"

	"pronto/shared/channel"
)

// byMail sends a mail by SES, which may still give it back: the event of a bounce names the effect by its tags.
func (p *Pager) byMail(ctx context.Context, to string, c Call) (channel.Sent, error) {
	return p.mail.Send(ctx, channel.Outgoing{
		Effect: c.ID, Brand: c.Ref.Brand, Conversation: c.Conversation, Kind: channel.Page,
		From: c.From, To: channel.Party{Name: c.Agent, Address: to},
		Subject: c.subject(), Text: c.text(), HTML: c.html(), Language: "en", PossibleDuplicate: c.Unsure,
	})
}
