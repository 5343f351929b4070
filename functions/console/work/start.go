package work

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/store"
)

// How many strangers may be written to first in an hour of the clock: enough for whoever writes by hand, and nothing for who sends to a list.
const (
	firstsOfAgent = 20
	firstsOfBrand = 100
	maxTitle      = 150 // characters of a subject
)

// firstLetter is what an agent writes first.
type firstLetter struct {
	To, Contact, Name, Subject, Text, Language string
	Attachments                                []string // ids of uploads to letters of the agent's
	At                                         string
	Undo                                       bool
	Then                                       Then
	Draft                                      *int // the version of the draft that it is
}

// Start lets an agent write first, by mail: {"to": an address or "contact": a contact's id, "name", "subject", "text", "language", "attachments", "at", "undo", "then"}, the last four
// as in an answer. On networks nobody is written to who has not asked: their rules forbid it, or their people do.
func (d *Desk) Start(ctx context.Context, by *policy.Agent, brand string, r Request) (c Conversation, replayed bool, p *Problem) {
	b, p := d.brand(by, StartIt, brand)
	if p != nil {
		return c, false, p
	}
	var v firstLetter
	if p := decode(r.Body, &v); p != nil {
		return c, false, p
	}
	once, p := d.once(b.ID, by, StartIt, "", r)
	if p != nil {
		return c, false, p
	}
	o := &order{Desk: d, brand: b, by: by, uploads: Letters(d.keys, b.ID, by.ID)}
	draft, p := d.sends(ctx, desk.DraftKey{Brand: b.ID, Agent: by.ID, About: desk.ALetter(v.Contact), Of: string(StartIt)}, r)
	if p != nil {
		return c, false, p
	}
	ev, giveBack, p := o.started(ctx, v, once)
	if p != nil {
		return c, false, p
	}
	ev.Draft = draft
	decision, err := d.turn(ctx, ev)
	if err != nil || decision.Nothing {
		giveBack()
	}
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return c, false, keyUsed()
	case err != nil:
		return c, false, d.Unable("doing", err)
	case decision.Refused != "":
		return c, false, coded(http.StatusUnprocessableEntity, string(decision.Refused), "to", decision.Refused.Words())
	}
	if !decision.Nothing {
		o.journal(ctx, ev)
	} else {
		o.journalAgain(ctx, ev)
	}
	out, err := d.whole(ctx, ev.Ref)
	if err != nil {
		return c, false, d.Unable("conversation", err)
	}
	return *out, decision.Nothing, nil
}

// started is the event of a letter, its words kept and its place in the agent's hour taken.
func (o *order) started(ctx context.Context, v firstLetter, once store.Once) (ev desk.Started, giveBack func(), p *Problem) {
	b := o.brand
	refuse := func(p *Problem) (desk.Started, func(), *Problem) { return ev, nil, p }
	party, contact, p := o.whom(ctx, b, v.To, v.Contact, v.Name)
	if p != nil {
		return refuse(p)
	}
	title, language, p := titled(b, v)
	if p != nil {
		return refuse(p)
	}
	use, _ := b.Use(desk.Email)
	if m := measured(b, o.by, use, "", channel.Piece{Text: v.Text}, 0); m.Refused != "" {
		return refuse(coded(http.StatusUnprocessableEntity, string(m.Refused), "text", m.Words))
	}
	at, p := o.leaves(v.At, v.Undo)
	if p != nil {
		return refuse(p)
	}
	then, p := v.Then.read()
	if p != nil {
		return refuse(p)
	}
	ref := desk.Ref{Brand: b.ID, Conversation: o.keys.Conversation(b.ID, agents, once.Key, contact)}
	o.conversation = &desk.Conversation{Ref: ref, Channel: desk.Email}
	files, p := o.attached(ctx, use.Rules, v.Attachments)
	if p != nil {
		return refuse(p)
	}
	o.act = desk.Act{Subject: desk.Subject{Ref: ref, Channel: once.Channel, Contact: contact, Keys: []string{once.Key}, Delivery: once.Digest}, By: policy.Assignee{ID: o.by.ID, Name: o.by.Name}}
	if giveBack, p = o.first(ctx, once); p != nil {
		return refuse(p)
	}
	ev = desk.Started{Act: o.act, Party: party, Title: title, Language: language, At: at, Then: then}
	ev.Words, ev.Names = Findable(o.keys, b.ID, title, party.Name)
	if ev.Message, p = o.written(ctx, "reply", "text", v.Text); p != nil {
		giveBack()
		return refuse(p)
	}
	ev.Message.Subject, ev.Message.Files, ev.Message.Attachments = title, files, len(files)
	return ev, giveBack, nil
}

// titled is a letter's subject as it leaves, and the language that it is in.
func titled(b *policy.Brand, v firstLetter) (title, language string, p *Problem) {
	title = strings.Join(strings.Fields(mail.Upright(reply.Clean(v.Subject))), " ")
	language = cmp.Or(v.Language, b.Language)
	switch _, spoken := b.Receipts[language]; {
	case title == "":
		return "", "", Refuse(http.StatusUnprocessableEntity, "subject", "write what it is about")
	case utf8.RuneCountInString(title) > maxTitle:
		return "", "", Refuse(http.StatusUnprocessableEntity, "subject", "a subject has 150 characters at most")
	case !spoken:
		return "", "", Refuse(http.StatusUnprocessableEntity, "language", "choose a language of the brand's, by its two letters")
	}
	return title, language, nil
}

// whom is who is written to: a contact that is known, or an address.
func (d *Desk) whom(ctx context.Context, b *policy.Brand, to, contact, name string) (party channel.Party, id string, p *Problem) {
	refuse := func(field, why string) (channel.Party, string, *Problem) {
		return party, "", Refuse(http.StatusUnprocessableEntity, field, why)
	}
	switch {
	case to == "" && contact == "", to != "" && contact != "":
		return refuse("to", "name an address, or a contact by its id: one of the two")
	case contact != "":
		person, err := d.store.Contact(ctx, b.ID, contact)
		if err != nil {
			return party, "", d.Unable("contact", err)
		}
		if person == nil {
			return party, "", coded(http.StatusNotFound, string(desk.NotFound), "contact", "there is no such contact")
		}
		to, name = person.Party.Address, cmp.Or(name, person.Called(person.Party.Name))
	}
	a, ok := mail.OneAddress(to)
	id = d.keys.Contact(b.ID, desk.Email, mail.Mailbox(a.Addr))
	plain, named := reply.PlainName(cmp.Or(name, a.Name))
	switch {
	case !ok && contact != "", ok && contact != "" && id != contact:
		return party, "", coded(http.StatusUnprocessableEntity, "not_by_mail", "contact", "this contact is not known by mail, and on networks nobody is written to who has not asked")
	case !ok:
		return refuse("to", "this is no address that can be written to: write it as name@host.example")
	case d.Policy.Own(a.Addr):
		return refuse("to", "this is an address of the desk's own")
	case name != "" && !named:
		return refuse("name", "a name has letters, spaces, hyphens and apostrophes, forty at most; leave it out if it is not known")
	}
	return channel.Party{Name: plain, Address: a.Addr}, id, nil
}

// first takes one of the letters that may still be written unasked in this hour; one that was sent before takes none.
func (o *order) first(ctx context.Context, once store.Once) (giveBack func(), p *Problem) {
	return o.strangers(ctx, once, 1)
}

// strangers takes as many of those letters as go to people who have not written, in one order.
func (o *order) strangers(ctx context.Context, once store.Once, n int) (giveBack func(), p *Problem) {
	again, err := o.store.Done(ctx, o.brand.ID, once)
	if err != nil && !errors.Is(err, store.ErrKeyUsed) {
		return nil, o.Unable("budget", err)
	}
	if again || err != nil {
		return func() {}, nil // the turn says which
	}
	now := o.Now()
	var taken []string
	giveBack = func() {
		for _, key := range taken {
			o.firsts.GiveBack(o.brand.ID, key, now)
		}
	}
	mine, ours := o.keys.Budget(o.brand.ID, "writes first "+o.by.ID), o.keys.Budget(o.brand.ID, "writes first")
	limits := map[string]int{mine: firstsOfAgent, ours: firstsOfBrand}
	for _, key := range slices.Repeat([]string{mine, ours}, n) {
		limit := limits[key]
		ok, err := o.firsts.Take(ctx, o.brand.ID, key, limit, now)
		if err != nil {
			giveBack()
			return nil, o.Unable("budget", err)
		}
		if !ok {
			giveBack()
			return nil, coded(http.StatusTooManyRequests, "over_budget", "", "that is as many as may be written to first in an hour: twenty by one agent, a hundred by a brand. The desk is no place for letters to many")
		}
		taken = append(taken, key)
	}
	return giveBack, nil
}

// Findable are the keys by which a conversation that an agent has begun, and its contact, are found.
func Findable(k desk.Keys, brand, title, name string) (words, names []string) {
	for _, w := range desk.Words(title, desk.SubjectWords) {
		words = append(words, k.Word(brand, w))
	}
	for _, w := range desk.Words(name, desk.NameWords) {
		names = append(names, k.Name(brand, w))
	}
	return words, names
}

// Person is how a contact is called, where it is written to, and what it prefers.
func (d *Desk) Person(ctx context.Context, by *policy.Agent, id string) (c Contact, p *Problem) {
	brand, person, p := d.findContact(ctx, by, SeeConversation, id)
	if p != nil {
		return c, p
	}
	if whole, err := d.store.Person(ctx, brand, id); err != nil {
		return c, d.Unable("contact", err)
	} else if whole != nil {
		person = whole
	}
	out := Conversation{Last: d.Now(), Contact: Contact{ID: id, Name: person.Called(person.Party.Name), Address: person.Party.Address}}
	out.prefers(person, &desk.Conversation{})
	return out.Contact, nil
}
