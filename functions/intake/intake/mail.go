package intake

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pronto/shared/account"
	"pronto/shared/channel"
	"pronto/shared/channel/ses"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// mail takes one mail, once for each brand that it was sent to.
func (h *Handler) mail(ctx context.Context, n *ses.Notice) error {
	brands, strays := h.brands(n.Envelope.Recipients)
	if len(brands) == 0 {
		return h.holdStray(ctx, strays, n)
	}
	if n.Envelope.Virus == "FAIL" {
		return h.holdEach(ctx, brands, n, desk.HoldQuarantined, "")
	}
	raw, err := h.raw(ctx, n.Key)
	if errors.Is(err, errMissing) {
		return h.holdEach(ctx, brands, n, desk.HoldMissing, "")
	}
	if err != nil {
		return err
	}
	m, err := mail.Parse(raw, h.limits())
	var bad *mail.Unreadable
	if errors.As(err, &bad) {
		return h.holdEach(ctx, brands, n, desk.HoldUnreadable, bad.Reason)
	}
	if err != nil {
		return err
	}
	if mail.Confirmation(m, n.Envelope) {
		return h.holdEach(ctx, brands, n, desk.HoldForwarding, "")
	}
	for _, to := range brands {
		if err := h.receive(ctx, to, n, m); err != nil {
			return err
		}
	}
	return nil
}

// limits are those within which one mail is read now, within the function's fifteen seconds: the worst that they allow takes a second or two.
func (h *Handler) limits() mail.Limits { return mail.DefaultLimits.Within(mail.Patience, h.now) }

// recipient is a brand with the local part under which a mail reached it.
type recipient struct {
	brand *policy.Brand
	reply string // local part at the brand's reply domain, "" at an inbound address
}

// brands finds whom the mail is for; a brand reached twice gets it once, by its reply address if that is among them.
// strays are the brands of whose domain alone a recipient is.
func (h *Handler) brands(recipients []string) (all []recipient, strays []*policy.Brand) {
	for _, to := range recipients {
		b, how := h.policy.Route(to)
		switch how {
		case policy.None:
			continue
		case policy.Domain:
			strays = append(strays, b)
			continue
		}
		r := recipient{brand: b}
		if how == policy.ReplyDomain {
			r.reply, _, _ = strings.Cut(to, "@")
		}
		i := slices.IndexFunc(all, func(x recipient) bool { return x.brand == b })
		switch {
		case i < 0:
			all = append(all, r)
		case all[i].reply == "":
			all[i].reply = r.reply
		}
	}
	return all, strays
}

// holdStray keeps a mail that is for nobody: with the brand of its domain, or with none.
func (h *Handler) holdStray(ctx context.Context, strays []*policy.Brand, n *ses.Notice) error {
	if len(strays) > 0 {
		return h.holdMail(ctx, strays[0].ID, n, desk.HoldUnknownAddress, "")
	}
	return h.holdMail(ctx, account.NoBrand, n, desk.HoldUnknownBrand, "")
}

func (h *Handler) holdEach(ctx context.Context, to []recipient, n *ses.Notice, why desk.Hold, detail string) error {
	for _, r := range to {
		if err := h.holdMail(ctx, r.brand.ID, n, why, detail); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) holdMail(ctx context.Context, brand string, n *ses.Notice, why desk.Hold, detail string) error {
	return h.hold(ctx, desk.Held{
		Brand: brand, ID: h.keys.Message(brand, desk.Email, n.ID), At: n.At, Channel: desk.Email, Reason: why, Detail: detail, Raw: n.Key,
		Envelope: envelope(n),
	})
}

// envelope is what a held mail keeps of its notice, with as many recipients as a row has room for.
func envelope(n *ses.Notice) *mail.Envelope {
	e := n.Envelope
	e.Recipients = e.Recipients[:min(len(e.Recipients), 50):min(len(e.Recipients), 50)]
	return &e
}

// receive takes the turn of one mail for one brand.
func (h *Handler) receive(ctx context.Context, to recipient, n *ses.Notice, m *mail.Message) error {
	ev, said, err := h.event(ctx, to, n, m)
	if err != nil {
		return err
	}
	d, err := h.received(ctx, to, ev, said)
	if err != nil || d.Hold == "" {
		return err
	}
	return h.hold(ctx, desk.Held{
		Brand: to.brand.ID, ID: ev.Message.ID, At: n.At, Channel: desk.Email, Reason: d.Hold, Raw: n.Key, Contact: ev.Contact, Envelope: envelope(n),
	})
}

// received takes the turn of one message, whatever channel it came on; said is what triage reads of it.
func (h *Handler) received(ctx context.Context, to recipient, ev desk.Received, said triage.Input) (desk.Decision, error) {
	now := h.now()
	budget, giveBack, err := h.lease(ctx, to, ev, now)
	if err != nil {
		return desk.Decision{}, err
	}
	decide := func(f desk.Facts) desk.Decision {
		f.Budget = budget
		return desk.Decide(f, ev, h.policy, now)
	}
	h.reconsider(ctx, to.brand, &ev, said, decide, now)
	d, err := h.store.Turn(ctx, ev, decide)
	for n := 0; d.Elsewhere && err == nil && n < maxMoves; n++ {
		if err = h.elsewhere(ctx, &ev, d.Onto); err == nil {
			d, err = h.store.Turn(ctx, ev, decide)
		}
	}
	if !d.Spent {
		giveBack()
	}
	if err == nil && d.Hold == "" {
		h.ledger(ev.Subject, ev.Message.ID, d)
	}
	return d, err
}

// maxMoves is how often a message looks for its place, should conversations be merged and closed while it comes.
const maxMoves = 5

// elsewhere is where a message goes whose conversation was merged meanwhile, or is closed: to where that goes on, if its sender takes part there; else it opens one of
// its own, that follows.
func (h *Handler) elsewhere(ctx context.Context, ev *desk.Received, onto string) error {
	if onto != "" && ev.Proved {
		c, err := h.store.GoesOn(ctx, desk.Ref{Brand: ev.Brand, Conversation: onto})
		if err != nil {
			return err
		}
		if c != nil && c.TakesPart(ev.Contact) {
			ev.Conversation, ev.Answers, ev.Third = c.Conversation, "", false
			return nil
		}
		if ev.Third && c != nil && c.Third(ev.Contact) != nil {
			ev.Conversation = c.Conversation
			return nil
		}
	}
	ev.Conversation, ev.Follows, ev.Answers, ev.Third = ev.Own, ev.Conversation, "", false
	return nil
}

// ledger writes the turn's line: codes and ids, no names, addresses or words of the sender's.
func (h *Handler) ledger(about desk.Subject, message string, d desk.Decision) {
	if d.Nothing {
		h.log.Info("turn", "brand", about.Brand, "conversation", about.Conversation, "event", d.Event, "taken", true, "trace", message)
		return
	}
	c := d.Conversation
	h.log.Info("turn",
		"brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", d.Event, "message", d.Message.ID,
		"channel", c.Channel, "language", c.Language, "mood", c.Sentiment.Label, "priority", c.Priority, "assignee", c.Assignee.ID,
		"receipt", d.Message.Outcome.Receipt, "suppressed", d.Message.Outcome.Suppressed, "effects", len(d.Effects),
		"arrived", d.Message.At, "trace", d.Trace().String(), "policy", d.Policy)
}

// event makes of a parsed mail what the desk decides on, and what triage reads of it.
func (h *Handler) event(ctx context.Context, to recipient, n *ses.Notice, m *mail.Message) (desk.Received, triage.Input, error) {
	b := to.brand
	silence := mail.Machine(m, n.Envelope, h.policy.Own)
	proved := mail.Aligned(m, n.Envelope)
	if proved && b.IsForm(m.From.Addr) {
		m, silence = mail.FormSender(m, n.Envelope, h.policy.Own)
		proved = silence == "" // the brand vouches for its form
	}
	said := triage.Input{Subject: m.Subject, Text: m.New, Hint: m.Language}
	ev := desk.Received{
		Subject: desk.Subject{Channel: desk.Email, Contact: h.keys.Contact(b.ID, desk.Email, mail.Mailbox(m.From.Addr)), Delivery: n.ID},
		Silence: desk.Silence(silence), Machine: machine(silence, m), InReplyTo: m.MessageID, References: mail.FewReferences(m.References),
		Judgement: h.judge(ctx, b, said),
		Digest:    h.digest(m, n.ID),
		Pattern:   h.pattern(m.New),
		Message: desk.Message{
			ID: h.keys.Message(b.ID, desk.Email, n.ID), ProviderID: n.ID, Direction: "in", Kind: "message", At: n.At,
			Author: channel.Party{Name: m.From.Name, Address: m.From.Addr}, Subject: mail.Cut(m.Subject, 200), Excerpt: mail.Cut(m.Reply, desk.ExcerptBytes),
			Raw: n.Key, Attachments: len(m.Attachments), Files: files(m), HTML: m.HTML != "",
			Quoted: m.Quoted(), Signed: m.Signed(),
		},
	}
	ev.Message.Mood = ev.Judgement.Sentiment.Label
	if m.OffsetOK {
		ev.Zone = desk.DateZone(m.Date, b.Zone)
	}
	ev.Keys = []string{h.keys.Message(b.ID, desk.Email, n.ID)}
	own := n.ID
	ev.Proved = proved
	ev.Words, ev.Names = h.words(b.ID, desk.Words(m.Subject, desk.SubjectWords)), h.names(b.ID, m.From.Name)
	if !ev.Proved { // the name is on nobody's card: the conversation itself is found by it
		ev.Words = append(h.words(b.ID, desk.Words(m.From.Name, desk.NameWords)), ev.Words...)
	}
	if m.MessageID != "" && ev.Proved {
		own = m.MessageID
		// The id whole, domain and all: our own receipt, forwarded back, must not take the key under which its acceptance will be recorded.
		ev.Keys = append([]string{h.keys.Message(b.ID, desk.Email, m.MessageID)}, ev.Keys...)
	}
	ev.Ref = desk.Ref{Brand: b.ID, Conversation: h.keys.Conversation(b.ID, desk.Email, own, m.From.Addr)}
	ev.Own = ev.Conversation
	err := h.join(ctx, &ev, to, m)
	return ev, said, err
}

// join finds where the mail belongs by what it names: what it refers to, and the signed address that it was sent to.
func (h *Handler) join(ctx context.Context, ev *desk.Received, to recipient, m *mail.Message) error {
	found, err := h.store.Find(ctx, ev.Brand, desk.Email, h.threadKeys(ev.Brand, m))
	if err != nil {
		return err
	}
	var named []desk.Named
	for _, f := range found {
		if named, err = h.name(ctx, named, ev.Brand, f.Conversation, h.piece(ev.Subject, f), desk.Named{Way: desk.ByReference, Effect: f.Effect}); err != nil {
			return err
		}
	}
	if id := h.keys.Conversed(ev.Brand, to.reply); id != "" {
		if named, err = h.name(ctx, named, ev.Brand, id, "", desk.Named{Way: desk.ByAddress}); err != nil {
			return err
		}
	}
	j := desk.Join(ev.Contact, ev.Proved, ev.Machine, named)
	ev.Answers, ev.Guest, ev.Third = j.Answers, j.Guest, j.Third
	if j.Conversation != "" {
		ev.Conversation = j.Conversation
	}
	return nil
}

// words are the keys by which a conversation with these words is found.
func (h *Handler) words(brand string, words []string) (keys []string) {
	for _, w := range words {
		keys = append(keys, h.keys.Word(brand, w))
	}
	return keys
}

// names are the keys by which a contact of this name is found.
func (h *Handler) names(brand, name string) (keys []string) {
	for _, w := range desk.Words(name, desk.NameWords) {
		keys = append(keys, h.keys.Name(brand, w))
	}
	return keys
}

// piece is the id of what was found, by which what was split off is known: of ours its effect, of a contact's the message of that delivery.
func (h *Handler) piece(about desk.Subject, f store.Found) string {
	if f.Effect != "" {
		return f.Effect
	}
	return h.keys.Message(about.Brand, about.Channel, f.Delivery)
}

// name adds the conversation of this id as it is now, read once for all the ways in which a mail names it; or the one into which the piece was split that is meant.
func (h *Handler) name(ctx context.Context, named []desk.Named, brand, id, piece string, n desk.Named) ([]desk.Named, error) {
	for _, x := range named {
		if x.Conversation != nil && x.Conversation.Conversation == id && x.Conversation.Onward(id, piece) == "" {
			n.Conversation = x.Conversation
			return append(named, n), nil
		}
	}
	c, err := h.store.WhereIs(ctx, desk.Ref{Brand: brand, Conversation: id}, piece)
	if err != nil {
		return named, err
	}
	if n.Conversation = c; c != nil && c.Conversation != id {
		n.Effect = "" // effects are numbered within their conversation
	}
	return append(named, n), nil
}

// maxThreadKeys bounds the look-up; the newest ids come first.
const maxThreadKeys = 12

func (h *Handler) threadKeys(brand string, m *mail.Message) []string {
	ids := slices.Clone(m.InReplyTo)
	for _, r := range slices.Backward(m.References) {
		ids = append(ids, r)
	}
	var keys []string
	for _, id := range ids {
		for _, form := range []string{ses.ThreadID(id), id} { // of a mail of ours, of a mail of the contact's
			if k := h.keys.Message(brand, desk.Email, form); !slices.Contains(keys, k) && len(keys) < maxThreadKeys {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// digest is the fingerprint of what is new in a mail: its words and its attachments; where there are no words, its subject. A mail without any of them
// repeats nothing.
func (h *Handler) digest(m *mail.Message, delivery string) string {
	said := strings.Join(strings.Fields(strings.ToLower(m.New)), " ")
	if said == "" {
		said = "subject " + strings.ToLower(m.Subject)
	}
	for _, a := range m.Attachments {
		said += fmt.Sprintf("\x00%s %d", a.Name, a.Size)
	}
	if said == "subject " {
		said = delivery
	}
	return h.keys.Digest(said)
}

// fewWords is the length below which the numbers in a text may be all that it says.
const fewWords = 8

// pattern is the fingerprint of a text's words that have no digit in them, "" where those are few.
func (h *Handler) pattern(text string) string {
	words := slices.DeleteFunc(strings.Fields(strings.ToLower(text)), func(w string) bool { return strings.ContainsAny(w, "0123456789") })
	if len(words) < fewWords {
		return ""
	}
	return h.keys.Digest("pattern " + strings.Join(words, " "))
}

// machine tells whether nobody waits for an answer to this mail. A refused or unproved sender, and what a partner's system generates, may well wait.
func machine(s mail.Silence, m *mail.Message) bool {
	switch s {
	case "", mail.Unauthenticated, mail.Late:
		return false
	case mail.AutoSubmitted:
		return !strings.HasPrefix(strings.ToLower(strings.TrimSpace(m.Header.Get("Auto-Submitted"))), "auto-generated")
	}
	return true
}

// files are a mail's attachments as a row keeps them.
func files(m *mail.Message) (all []desk.File) {
	for _, a := range m.Attachments[:min(len(m.Attachments), desk.MaxFiles)] {
		all = append(all, desk.File{Name: mail.Cut(a.Name, 120), Type: mail.Cut(a.ContentType, 80), Size: a.Size, SHA256: hex.EncodeToString(a.SHA256[:]), Inline: a.Inline})
	}
	return all
}
