package work

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/shared/account"
	"pronto/shared/channel"
	"pronto/shared/channel/networks"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/setup"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// Held is a piece that could not be placed.
type Held struct {
	ID           string         `json:"id"`
	Brand        string         `json:"brand"` // "-" when no brand is known
	At           time.Time      `json:"at"`    // of arrival
	Channel      string         `json:"channel"`
	Reason       desk.Hold      `json:"reason"`
	Words        string         `json:"words"` // the reason in words
	Detail       string         `json:"detail,omitempty"`
	State        string         `json:"state"`      // waiting, released, dismissed
	Placeable    bool           `json:"releasable"` // a person may release it
	By           string         `json:"by,omitempty"`
	Done         *time.Time     `json:"done,omitempty"`
	Why          string         `json:"why,omitempty"`          // of who dismissed it
	Spam         bool           `json:"spam,omitempty"`         // who dismissed it called it spam
	Conversation string         `json:"conversation,omitempty"` // that it was released into
	Sender       *channel.Party `json:"sender,omitempty"`       // of a single one that can be read; from here on nothing is in lists
	Contact      string         `json:"contact,omitempty"`      // the sender's id, where one brand is concerned
	Subject      string         `json:"subject,omitempty"`
	Text         string         `json:"text,omitempty"`
	Abuse        triage.Abuse   `json:"abuse,omitempty"` // what hurts in either
	Link         string         `json:"link,omitempty"`  // of a forwarding confirmation, for leads
}

// HeldPage is a page of what is held, newest first. An empty cursor is the end; a short page is not.
type HeldPage struct {
	Items  []Held `json:"items"`
	Cursor string `json:"cursor"`
}

// HeldQuery says what of the held is asked for.
type HeldQuery struct {
	Brand  string // "" for the agent's only one; "-" for what no brand could be found for
	State  string // waiting (the default), released, dismissed, all
	Reason string // a code; "" for any
	Cursor string
}

// heldSize is how many pieces a page has at most.
const heldSize = 50

// HeldList lists what a brand holds.
func (d *Desk) HeldList(ctx context.Context, by *policy.Agent, q HeldQuery) (HeldPage, *Problem) {
	brands, p := d.holders(by, SeeHeld, q.Brand)
	if p == nil && len(brands) > 1 {
		p = Refuse(http.StatusBadRequest, "brand", "name one of your brands: "+strings.Join(brands, ", "))
	}
	if p != nil {
		return HeldPage{}, p
	}
	state := q.State
	if state == "" {
		state = waiting
	}
	if !slices.Contains([]string{waiting, string(desk.Released), string(desk.Dismissed), "all"}, state) {
		return HeldPage{}, Refuse(http.StatusBadRequest, "state", "state is one of waiting, released, dismissed, all")
	}
	before, ok := uncursor(q.Cursor)
	if !ok || before != "" && !isPlace(before) {
		return HeldPage{}, badCursor()
	}
	if q.Reason != "" && desk.Hold(q.Reason).Words() == q.Reason {
		return HeldPage{}, Refuse(http.StatusBadRequest, "reason", "reason is a code of why something is held, as quarantined or blocked")
	}
	keep := func(h desk.Held) bool {
		return (state == "all" || stateOf(h) == state) && (q.Reason == "" || string(h.Reason) == q.Reason)
	}
	found, next, err := d.store.Held(ctx, brands[0], keep, before, d.Now(), heldSize)
	if err != nil {
		return HeldPage{}, d.Unable("held", err)
	}
	page := HeldPage{Items: []Held{}, Cursor: toCursor(next)}
	for _, h := range found {
		page.Items = append(page.Items, held(h))
	}
	return page, nil
}

const waiting = "waiting"

func stateOf(h desk.Held) string {
	if h.State == desk.Waiting {
		return waiting
	}
	return string(h.State)
}

// holders are the names under which a request's brands hold things: the agent's own, and "-" for who answers for all brands. What was sent to nobody may be
// anybody's, and only who may see everything may see it.
func (d *Desk) holders(by *policy.Agent, v Verb, id string) (all []string, p *Problem) {
	everything := by != nil && !slices.ContainsFunc(d.Policy.Brands, func(b *policy.Brand) bool { return !slices.Contains(by.Brands, b.ID) })
	if id == account.NoBrand && everything {
		return []string{id}, may(by, id, v)
	}
	brands, p := d.brands(by, v, id)
	if p != nil {
		return nil, p
	}
	for _, b := range brands {
		all = append(all, b.ID)
	}
	return all, nil
}

func held(h desk.Held) Held {
	out := Held{
		ID: h.Key().Text(), Brand: h.Brand, At: h.At, Channel: h.Channel, Reason: h.Reason, Words: h.Reason.Words(), Detail: h.Detail,
		State: stateOf(h), Placeable: h.Placeable(), By: h.By, Done: h.Done, Why: h.Why, Spam: h.Spam, Contact: h.Contact,
	}
	if h.Conversation != nil {
		out.Conversation = h.Conversation.Conversation
	}
	return out
}

// findHeld is the held piece of this id among those that the agent sees, if he may do this to it.
func (d *Desk) findHeld(ctx context.Context, by *policy.Agent, v Verb, id string) (*desk.Held, *Problem) {
	if by == nil {
		return nil, Unknown()
	}
	for _, brand := range append(slices.Clone(by.Brands), account.NoBrand) {
		names, p := d.holders(by, SeeHeld, brand)
		k, ok := desk.ParseHeldKey(brand, id)
		if p != nil || len(names) == 0 || !ok {
			continue
		}
		h, err := d.store.OneHeld(ctx, k)
		if err != nil {
			return nil, d.Unable("held", err)
		}
		if h != nil {
			return h, may(by, brand, v)
		}
	}
	return nil, coded(http.StatusNotFound, string(desk.NotFound), "", "nothing of this id is held")
}

// HeldOne shows one held piece with what can be read of it. What is infected is never opened.
func (d *Desk) HeldOne(ctx context.Context, by *policy.Agent, id string) (Held, *Problem) {
	h, p := d.findHeld(ctx, by, SeeHeld, id)
	if p != nil {
		return Held{}, p
	}
	out := d.opened(ctx, *h)
	if h.Reason == desk.HoldForwarding {
		out.Text = "" // it holds the link, and a code that is as good
		if by.RoleAt(h.Brand).Includes(policy.RoleLead) {
			out.Link = d.confirmation(ctx, *h)
		} else {
			out.Subject = "" // Gmail's has the code, too
		}
	}
	return out, nil
}

// confirmation is the link by which a lead lets a provider forward mail here.
func (d *Desk) confirmation(ctx context.Context, h desk.Held) string {
	raw, err := d.raw(ctx, h.Raw)
	if err != nil {
		return ""
	}
	m, err := mail.Parse(raw, d.limits())
	if err != nil {
		return ""
	}
	return mail.ConfirmationLink(m)
}

// heldText bounds the text of one held piece, in bytes.
const heldText = 20_000

func (d *Desk) opened(ctx context.Context, h desk.Held) Held {
	out := held(h)
	l, ok := d.letter(ctx, h)
	if !ok {
		return out
	}
	out.Sender, out.Subject, out.Text = &l.from, l.subject, mail.Cut(l.text, heldText)
	out.Abuse = triage.Abusive(triage.Input{Subject: out.Subject, Text: out.Text}) // nothing judged it when it came
	if out.Contact == "" && h.Brand != account.NoBrand {
		out.Contact = d.contact(h.Brand, h.Channel, l.from.Address)
	}
	return out
}

// letter is what can be read of a held piece.
type letter struct {
	from          channel.Party
	subject, text string
}

// letter opens a held piece; ok is false for what cannot be read, or must not be.
func (d *Desk) letter(ctx context.Context, h desk.Held) (l letter, ok bool) {
	if h.Raw == "" || h.Reason == desk.HoldQuarantined {
		return l, false
	}
	raw, err := d.raw(ctx, h.Raw)
	if err != nil {
		d.Log.Error("held", "brand", h.Brand, "held", h.ID, "error", setup.Outermost(err))
		return l, false
	}
	if networks.Mentions(h.Channel) {
		m, err := networks.Decode(h.Channel, raw, h.At)
		return letter{channel.Party{Name: m.Author.Name, Address: m.Author.Handle}, "", m.Text}, err == nil
	}
	m, err := mail.Parse(raw, d.limits())
	if err != nil {
		return l, false
	}
	return letter{channel.Party{Name: m.From.Name, Address: m.From.Addr}, m.Subject, m.New}, true
}

func (d *Desk) raw(ctx context.Context, key string) ([]byte, error) {
	out, err := d.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &d.bucket, Key: &key})
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	return io.ReadAll(io.LimitReader(out.Body, maxRaw))
}

// contact is the id under which the desk knows an address.
func (d *Desk) contact(brand, name, address string) string {
	if name == desk.Email {
		address = mail.Mailbox(address)
	}
	return d.keys.Contact(brand, name, address)
}

// Release orders a held piece to be placed: {"brand": "…"}, which may be left out where one is concerned. The order goes to intake, as the piece once came: the
// answer may still show it waiting. Repeated, it places nothing twice.
func (d *Desk) Release(ctx context.Context, by *policy.Agent, id string, r Request) (out Held, replayed bool, p *Problem) {
	h, p := d.findHeld(ctx, by, Release, id)
	if p != nil {
		return out, false, p
	}
	var v struct{ Brand string }
	if p := decode(r.Body, &v); p != nil {
		return out, false, p
	}
	to := v.Brand
	if to == "" && h.Brand != account.NoBrand {
		to = h.Brand
	}
	b, p := d.brand(by, Release, to)
	switch {
	case p != nil:
		return out, false, p
	case h.State == desk.Released:
		return held(*h), true, nil
	case h.Brand != account.NoBrand && b.ID != h.Brand:
		return out, false, Refuse(http.StatusUnprocessableEntity, "brand", "it was sent to "+h.Brand+" and is placed there")
	case !h.Placeable():
		return out, false, coded(http.StatusConflict, "not_releasable", "", "this is never released: "+h.Reason.Words())
	}
	replayed, p = d.change(by, Release, *h, "", r, func(c desk.Change, once store.Once) (bool, error) {
		return d.store.Change(ctx, c, once)
	})
	if p != nil {
		return out, false, p
	}
	order, err := desk.Release{HeldKey: h.Key(), To: b.ID, As: policy.Assignee{ID: by.ID, Name: by.Name}}.Encode()
	if err == nil {
		// Whoever dies before this is asked again under the same key; intake takes the second for what it is.
		_, err = d.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &d.intake, MessageBody: &order})
	}
	if err != nil {
		return out, false, d.Unable("release", err)
	}
	return held(*h), replayed, nil
}

// Dismiss ends a held piece that nobody will place: {"why": "…", "spam": true where it is that}.
func (d *Desk) Dismiss(ctx context.Context, by *policy.Agent, id string, r Request) (out Held, replayed bool, p *Problem) {
	h, p := d.findHeld(ctx, by, Dismiss, id)
	if p != nil {
		return out, false, p
	}
	var v struct {
		Why  string
		Spam bool
	}
	if p := decode(r.Body, &v); p != nil {
		return out, false, p
	}
	why, p := cleanReason(v.Why)
	if p != nil {
		return out, false, p
	}
	if h.State == desk.Released {
		return out, false, coded(http.StatusConflict, "released", "", "it was released, and is in a conversation")
	}
	if h.State == desk.Waiting {
		replayed, p = d.change(by, Dismiss, *h, why, r, func(c desk.Change, once store.Once) (bool, error) {
			return d.store.Dismiss(ctx, *h, v.Spam, c, once)
		})
	}
	if p != nil {
		return out, false, p
	}
	out, p = d.reread(ctx, *h)
	return out, replayed || h.State == desk.Dismissed, p
}

// reread reads a held piece as it is now.
func (d *Desk) reread(ctx context.Context, h desk.Held) (Held, *Problem) {
	now, err := d.store.OneHeld(ctx, h.Key())
	if err != nil || now == nil {
		return Held{}, d.Unable("held", errors.Join(err, errGone))
	}
	return held(*now), nil
}

// BlockSender blocks who sent a held piece, {"why": "…"}: what the sender writes from now on to the brand is held, and nobody answers it.
func (d *Desk) BlockSender(ctx context.Context, by *policy.Agent, id string, r Request) (out Blocked, replayed bool, p *Problem) {
	h, p := d.findHeld(ctx, by, BlockSender, id)
	if p != nil {
		return out, false, p
	}
	l, ok := d.letter(ctx, *h)
	if !ok || h.Brand == account.NoBrand {
		return out, false, coded(http.StatusConflict, "sender_unknown", "", "it cannot be told who sent this to which brand")
	}
	return d.block(ctx, by, BlockSender, h.Brand, d.contact(h.Brand, h.Channel, l.from.Address), l.from, r)
}

// Contact tells whether a contact is blocked.
func (d *Desk) Contact(ctx context.Context, by *policy.Agent, id string) (Blocked, *Problem) {
	brand, c, p := d.findContact(ctx, by, SeeConversation, id)
	if p != nil {
		return Blocked{}, p
	}
	return Blocked{brand, id, c.Blocked}, nil
}

// findContact is the contact of this id among those of the agent's brands, if he may do this to it.
func (d *Desk) findContact(ctx context.Context, by *policy.Agent, v Verb, id string) (brand string, c *desk.Contact, p *Problem) {
	if by == nil {
		return "", nil, Unknown()
	}
	for _, brand := range by.Brands {
		if !known(id) || d.Policy.Brand(brand) == nil {
			continue
		}
		c, err := d.store.Contact(ctx, brand, id)
		if err != nil {
			return "", nil, d.Unable("contact", err)
		}
		if c != nil {
			return brand, c, may(by, brand, v)
		}
	}
	return "", nil, coded(http.StatusNotFound, string(desk.NotFound), "", "there is no such contact")
}

// Blocked is a contact with whether it is blocked.
type Blocked struct {
	Brand   string      `json:"brand"`
	Contact string      `json:"contact"`
	Blocked *desk.Block `json:"blocked"` // null: it is not
}

// BlockContact blocks a contact that the desk knows, or with UnblockSender admits it again: {"why": "…"}.
func (d *Desk) BlockContact(ctx context.Context, by *policy.Agent, v Verb, id string, r Request) (out Blocked, replayed bool, p *Problem) {
	brand, c, p := d.findContact(ctx, by, v, id)
	if p != nil {
		return out, false, p
	}
	return d.block(ctx, by, v, brand, id, c.Party, r)
}

func (d *Desk) block(ctx context.Context, by *policy.Agent, v Verb, brand, contact string, who channel.Party, r Request) (out Blocked, replayed bool, p *Problem) {
	why, p := reason(r.Body)
	if p != nil {
		return out, false, p
	}
	var b *desk.Block
	if v == BlockSender {
		b = &desk.Block{By: by.ID, At: d.Now(), Why: why}
	}
	about := desk.Held{Brand: brand, ID: contact}
	replayed, p = d.change(by, v, about, why, r, func(c desk.Change, once store.Once) (bool, error) {
		return d.store.SetBlock(ctx, contact, who, b, c, once)
	})
	if p != nil {
		return out, false, p
	}
	return Blocked{brand, contact, b}, replayed, nil
}

// changes are the verbs that leave a line in the audit.
var changes = map[Verb]desk.ChangeName{
	Release: desk.HeldReleased, Dismiss: desk.HeldDismissed, BlockSender: desk.ContactBlocked, UnblockSender: desk.ContactAdmitted, EditCard: desk.CardChanged,
	LinkContact: desk.ContactLinked, UnlinkContact: desk.ContactUnlinked,
	ForgetContact: desk.ContactErased, ExportContact: desk.ContactCopied,
}

// change commits what an agent does to something outside of a conversation, once for each key.
func (d *Desk) change(by *policy.Agent, v Verb, about desk.Held, why string, r Request, do func(desk.Change, store.Once) (bool, error)) (again bool, p *Problem) {
	once, p := d.once(about.Brand, by, v, about.ID, r)
	if p != nil {
		return false, p
	}
	again, err := do(desk.Change{Brand: about.Brand, ID: once.Key, At: d.Now(), By: by.ID, Name: changes[v], About: about.ID, Why: why}, once)
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return false, keyUsed()
	case err != nil:
		return false, d.Unable(string(v), err)
	case !again:
		d.Log.Info("change", "brand", about.Brand, "change", changes[v], "about", about.ID, "by", by.ID)
	}
	return again, nil
}

// reason reads {"why": "…"}.
func reason(body []byte) (string, *Problem) {
	var v struct{ Why string }
	if p := decode(body, &v); p != nil {
		return "", p
	}
	return cleanReason(v.Why)
}

func cleanReason(why string) (string, *Problem) {
	if utf8.RuneCountInString(why) > maxWhy {
		return "", Refuse(http.StatusBadRequest, "why", "a reason has 500 characters at most")
	}
	return reply.Clean(why), nil
}
