package work

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/reply"
	"pronto/shared/store"
)

// Bounds of what is forwarded at once. The text with all that it quotes is read back whole when it leaves.
const (
	maxForwarded     = 10
	maxForwardedText = 100 << 10 // bytes
)

// forward passes on to somebody outside what the customer wrote: {"to": an address, "text": the agent's words, "messages": [ids], the newest of the customer's if it is left out,
// "attachments": ["message/number"] of those messages, none if it is left out, "with_address": true for the customer's address}.
func forward(ctx context.Context, o *order) (desk.Event, *Problem) {
	var v struct {
		To          string
		Text        string
		Messages    []string
		Attachments []string
		WithAddress bool `json:"with_address"`
		Draft       *int
	}
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	refuse := func(field, why string) (desk.Event, *Problem) {
		return nil, Refuse(http.StatusUnprocessableEntity, field, why)
	}
	switch {
	case o.conversation.Channel != desk.Email:
		return nil, coded(http.StatusUnprocessableEntity, "not_by_mail", "", "what came by mail alone is forwarded: on networks what somebody wrote is theirs to show")
	case reply.Clean(v.Text) == "":
		return refuse("text", "write why you forward it: there is nothing in it")
	case len([]rune(v.Text)) > maxRunes:
		return refuse("text", "a text has 20000 characters at most")
	case len(v.Messages) > maxForwarded:
		return refuse("messages", "ten messages are forwarded at once, at most")
	}
	to, p := o.outside(ctx, v.To)
	if p != nil {
		return nil, p
	}
	all, p := o.chosen(ctx, v.Messages)
	if p != nil {
		return nil, p
	}
	quoted, p := o.quoted(ctx, all, v.WithAddress)
	if p != nil {
		return nil, p
	}
	text := reply.Clean(v.Text) + "\n\n" + quoted
	if len(text) > maxForwardedText {
		return refuse("messages", "that is too much to be forwarded at once: choose fewer messages")
	}
	files, p := o.along(ctx, o.newReading(), all, v.Attachments) // what was read for the texts is free again
	if p != nil {
		return nil, p
	}
	o.act.Contact = to.Contact
	if o.giveBack, p = o.first(ctx, store.Once{Channel: o.act.Channel, Key: o.act.Keys[0], Digest: o.act.Delivery}); p != nil {
		return nil, p
	}
	m, p := o.laid(ctx, desk.KindForward, text)
	if p != nil {
		o.giveBack()
		return nil, p
	}
	m.Cc, m.Files, m.Attachments = []desk.Cc{to}, files, len(files)
	return desk.Forwarded{Act: o.act, Message: m, To: to}, nil
}

// outside is who is written to: one address, of somebody who does not read the conversation anyway and whom nothing forbids to write to.
func (o *order) outside(ctx context.Context, written string) (to desk.Cc, p *Problem) {
	refuse := func(why string) (desk.Cc, *Problem) {
		return to, Refuse(http.StatusUnprocessableEntity, "to", why)
	}
	a, ok := mail.OneAddress(written)
	if !ok {
		return refuse("this is no address that can be written to: write it as name@host.example")
	}
	if o.Policy.Own(a.Addr) {
		return refuse("this is an address of the desk's own")
	}
	name, _ := reply.PlainName(a.Name)
	to = desk.Cc{Contact: o.keys.Contact(o.brand.ID, desk.Email, mail.Mailbox(a.Addr)), Party: channel.Party{Name: name, Address: a.Addr}}
	person, err := o.store.Person(ctx, o.brand.ID, o.conversation.Contact)
	if err != nil {
		return to, o.Unable("contact", err)
	}
	same := person != nil && slices.ContainsFunc(person.Same, func(x desk.Identity) bool { return x.Contact == to.Contact })
	if same || o.conversation.TakesPart(to.Contact) {
		return to, coded(http.StatusUnprocessableEntity, string(desk.NotOutside), "to", desk.NotOutside.Words())
	}
	_, p = o.writable(ctx, to.Contact, "to", a.Addr)
	return to, p
}

// chosen are the messages of the customer's that go to somebody outside, in the order in which they came: the named ones, or the newest.
func (o *order) chosen(ctx context.Context, ids []string) (all []desk.Message, p *Problem) {
	c := o.conversation
	if len(ids) == 0 {
		ids = []string{""}
	}
	for _, id := range ids {
		m, err := o.here(ctx, func(m desk.Message) bool { return o.Desk.customers(c, m) && (id == "" || m.ID == id) })
		if err != nil {
			return nil, o.Unable("message", err)
		}
		if m == nil {
			return nil, Refuse(http.StatusUnprocessableEntity, "messages", "only what the customer wrote in this conversation is forwarded: name messages of theirs by their ids")
		}
		if !slices.ContainsFunc(all, func(x desk.Message) bool { return x.ID == m.ID }) {
			all = append(all, *m)
		}
	}
	slices.SortStableFunc(all, func(x, y desk.Message) int { return x.At.Compare(y.At) })
	return all, nil
}

// quoted are such messages as they are quoted: nothing that anybody else wrote, and no header but who, when and about what.
func (o *order) quoted(ctx context.Context, all []desk.Message, address bool) (string, *Problem) {
	r := o.newReading()
	var quoted []string
	for _, m := range all {
		text := m.Excerpt
		if cut(m) {
			full, err := r.fullText(ctx, m)
			var missing *types.NoSuchKey
			if errors.As(err, &missing) || errors.Is(err, errLong) {
				return "", Refuse(http.StatusUnprocessableEntity, "messages", "one of these messages cannot be read whole any more, or is too long: leave it out")
			}
			if err != nil {
				return "", o.Unable("message", err)
			}
			text = full
		}
		quoted = append(quoted, o.quote(m, text, address))
	}
	return strings.Join(quoted, "\n\n"), nil
}

// customers tells whether a mail is the customer's own, and stands as it was sent.
func (d *Desk) customers(c *desk.Conversation, m desk.Message) bool {
	return c.Channel == desk.Email && m.Direction == "in" && m.Kind == "message" && m.Withdrawn == nil && d.keys.Contact(c.Brand, desk.Email, mail.Mailbox(m.Author.Address)) == c.Contact
}

// quote is one message of the customer's as it is quoted.
func (o *order) quote(m desk.Message, text string, address bool) string {
	line := func(s string) string { return strings.Join(strings.Fields(mail.Upright(reply.Clean(s))), " ") }
	from, _ := reply.PlainName(m.Author.Name)
	if address {
		from = strings.TrimSpace(from + " <" + line(m.Author.Address) + ">")
	}
	var b strings.Builder
	if from != "" {
		b.WriteString("From: " + from + "\n")
	}
	b.WriteString("Date: " + m.At.In(o.brand.Zone).Format("2006-01-02 15:04 -07:00") + "\n")
	if s := line(m.Subject); s != "" {
		b.WriteString("Subject: " + s + "\n")
	}
	for l := range strings.SplitSeq(reply.Clean(mail.Upright(text)), "\n") {
		b.WriteString("\n" + strings.TrimRight("> "+l, " "))
	}
	return b.String()
}

// Third is somebody outside to whom an agent forwarded what the customer wrote.
type Third struct {
	Contact
	By       string         `json:"by"` // the agent
	At       time.Time      `json:"at"`
	Wrote    time.Time      `json:"wrote,omitzero"` // when the newest answer came
	Returned channel.Report `json:"returned,omitempty"`
}
