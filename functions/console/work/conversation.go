package work

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/sla"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// Conversation is one as the API shows it. Times are UTC.
type Conversation struct {
	ID          string           `json:"id"`
	Version     int              `json:"version"`
	Seen        int              `json:"seen"` // the newest turn that it shows: an answer that names it is refused where something was said since
	Status      desk.Status      `json:"status"`
	Brand       string           `json:"brand"`
	Channel     string           `json:"channel"`
	Contact     Contact          `json:"contact"`
	Subject     string           `json:"subject"`
	Language    string           `json:"language"`
	Sentiment   triage.Sentiment `json:"sentiment"`
	Abuse       triage.Abuse     `json:"abuse,omitempty"` // what hurts in something that the contact wrote: subject and reasons may, too
	Priority    triage.Priority  `json:"priority"`
	PriorityWhy []string         `json:"priority_why"`
	Assignee    Assignee         `json:"assignee"` // an agent or the team, never nobody
	Targets     []Target         `json:"targets"`
	Promise     *Promise         `json:"promise,omitempty"`
	Opened      time.Time        `json:"opened"`
	Last        time.Time        `json:"last"`
	Snoozed     *time.Time       `json:"snoozed_until,omitempty"`
	Unawaited   bool             `json:"unawaited,omitempty"` // machines alone have written: nobody waits
	Tags        []string         `json:"tags,omitempty"`
	Account     string           `json:"account,omitempty"`   // on a network: which of the brand's answers
	Undo        *Undoable        `json:"undo,omitempty"`      // what was done last, where it can be undone
	Waiting     *Waiting         `json:"waiting,omitempty"`   // what it costs to let it wait; in lists alone
	Scheduled   []Scheduled      `json:"scheduled,omitempty"` // answers that have not left
	Reader      string           `json:"-"`                   // the contact whom the next answer goes to, whose name and address stand as the contact's: somebody else than it where he has written last
	Company     []Recipient      `json:"-"`                   // who takes part beside the reader; not in lists
	Begins      string           `json:"-"`                   // that of them with which an agent begins the conversation
	Silenced    *desk.Switch     `json:"silenced,omitempty"`  // why receipts of the brand wait
	Messages    []Message        `json:"messages,omitempty"`  // not in lists
	Earlier     bool             `json:"earlier,omitempty"`   // there are messages before these
	Later       bool             `json:"later,omitempty"`     // there are messages after these
	Next        string           `json:"next,omitempty"`      // by which they are asked for

	since time.Time              // the messages come after it
	pages map[string]desk.Effect // of their time: see Deeds

	Persona      *Persona      `json:"persona,omitempty"` // not in lists
	Guest        *Guest        `json:"guest,omitempty"`
	Participants []Participant `json:"participants,omitempty"`
	Thirds       []Third       `json:"thirds,omitempty"`     // to whom outside it was forwarded
	Others       []Other       `json:"others,omitempty"`     // who takes part beside the one whom the next answer goes to; not in lists
	Merged       string        `json:"merged,omitempty"`     // where it goes on
	Parts        []string      `json:"parts,omitempty"`      // what was merged into it
	Follows      string        `json:"follows,omitempty"`    // the closed conversation before it
	Related      []string      `json:"related,omitempty"`    // what it has to do with, as agents say
	Gone         []string      `json:"gone,omitempty"`       // of those that it names so, and of Follows and the guest's: what is no longer kept; not in lists
	Unmerge      *Unmergeable  `json:"unmerge,omitempty"`    // the merge that can be taken back
	SplitOff     []SplitOff    `json:"split_off,omitempty"`  // what agents took out into conversations of their own
	SplitFrom    *SplitFrom    `json:"split_from,omitempty"` // whence it has the messages with which it began
}

// Unmergeable is a merge that can be taken back, until anything comes, is answered or falls due.
type Unmergeable struct {
	Conversation string    `json:"conversation"` // that was merged
	By           string    `json:"by"`
	At           time.Time `json:"at"`
}

// Undoable is a doing that can be undone by who did it, for ten minutes or until anything else happens.
type Undoable struct {
	Event string `json:"event"`
	By    string `json:"by"`
}

// Contact is the customer.
type Contact struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Address    string      `json:"address"`
	NoReceipts *NoReceipts `json:"no_receipts,omitempty"` // why the contact gets none; not in lists
	Card       *Card       `json:"card,omitempty"`        // what the contact prefers; not in lists
	Same       []Identity  `json:"same,omitempty"`        // other contacts that are the same person, by an agent's word; not in lists
	Zone       *Zone       `json:"zone,omitempty"`        // as far as it is known; not in lists
	Owner      string      `json:"-"`                     // whose the conversation is, where the next answer goes to somebody else; not in lists
}

// NoReceipts is why a contact gets no receipts, whatever it writes.
type NoReceipts struct {
	Why    desk.Silence   `json:"why"`
	Detail channel.Report `json:"detail,omitempty"` // of mail that came back
	Since  time.Time      `json:"since"`
	Until  *time.Time     `json:"until,omitempty"` // nil: until somebody lifts it
}

func noReceipts(c *desk.Contact, now time.Time) *NoReceipts {
	switch why := c.Unwanted(now); why {
	case desk.Blocked:
		return &NoReceipts{Why: why, Since: c.Blocked.At}
	case desk.OptedOut:
		return &NoReceipts{Why: why, Since: *c.OptedOut}
	case desk.Complained:
		return &NoReceipts{Why: why, Since: *c.Complained}
	case desk.Unreachable:
		return &NoReceipts{Why: why, Detail: c.Undeliverable.Why, Since: c.Undeliverable.At, Until: &c.Undeliverable.Until}
	}
	return nil
}

// Promise is the time named to the customer.
type Promise struct {
	desk.Promise
	Of string `json:"of,omitempty"` // the conversation in which it was given, where that was merged into this one
}

func promise(c *desk.Conversation) *Promise {
	if c.Promise == nil {
		return nil
	}
	p := Promise{Promise: *c.Promise}
	if of := c.From(); of != nil {
		p.Of = of.Conversation
	}
	return &p
}

// Assignee is who has a conversation.
type Assignee struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Target is what is due, and where it stands.
type Target struct {
	Kind  sla.Kind  `json:"kind"`
	Due   time.Time `json:"due"`
	State sla.State `json:"state"`
}

// Message is a piece of a conversation. Receipts are messages, too.
type Message struct {
	row *desk.Message // that its text is read from; nil of a receipt

	ID          string       `json:"id"`
	Direction   string       `json:"direction"`
	Kind        string       `json:"kind"`
	Text        string       `json:"text"`
	Cut         bool         `json:"cut,omitempty"` // the text goes on
	Author      string       `json:"author"`
	At          time.Time    `json:"at"`
	Suppressed  desk.Silence `json:"suppressed,omitempty"` // why it got no receipt
	Delivery    *Delivery    `json:"delivery,omitempty"`   // of what goes out
	Part        string       `json:"part,omitempty"`       // the conversation that it is of: one that was merged into this, or off which it was split
	Split       string       `json:"split,omitempty"`      // of what was split off: where it stands
	Attachments []Attachment `json:"attachments,omitempty"`
	HTML        bool         `json:"html,omitempty"`      // it can be looked at as its sender made it: Letter
	Quoted      int          `json:"quoted,omitempty"`    // lines of older mails that stand aside: Aside
	Signed      int          `json:"signed,omitempty"`    // lines of its signature, the same
	Abuse       triage.Abuse `json:"abuse,omitempty"`     // what hurts in it: show it to who asks for it
	Mood        triage.Mood  `json:"mood,omitempty"`      // of what came in
	Cc          []Recipient  `json:"cc,omitempty"`        // of an answer: who else has it; of a forward: who has it
	Corrected   string       `json:"corrected,omitempty"` // the agent who corrected what triage had read
	Rating      *desk.Rating `json:"rating,omitempty"`    // of a survey that was answered
	Says        *desk.Saying `json:"-"`                   // of a note of the desk's own
	Shift       string       `json:"-"`                   // of a note: the agent whose shift was handed over with it
	Came        bool         `json:"-"`                   // it was split off another conversation, and stands here
	Customer    bool         `json:"-"`                   // the customer wrote it, and nobody else who takes part
	Answer      string       `json:"answer,omitempty"`    // of an answer that has not left: what Scheduled calls it
}

// Delivery is what became of a piece that goes out.
type Delivery struct {
	State desk.State `json:"state"`
	Why   string     `json:"why,omitempty"`
	Tried time.Time  `json:"-"` // or ordered, where it has not been tried
}

// Attachment is a file that came with a message.
type Attachment struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"` // as its sender says
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
	Inline bool   `json:"inline,omitempty"` // a picture of the message's, and nothing attached
	Upload string `json:"-"`                // of an agent's own: by which an answer names it
}

func attachments(m desk.Message) (all []Attachment) {
	for i, f := range m.Files {
		all = append(all, Attachment{strconv.Itoa(i), f.Name, f.Type, f.Size, f.SHA256, f.Inline, f.Key[strings.LastIndexByte(f.Key, '/')+1:]})
	}
	return all
}

// shown is a conversation without its messages.
func (d *Desk) shown(c *desk.Conversation) Conversation {
	out := Conversation{
		ID: c.Conversation, Version: c.Version, Seen: c.Sequence, Status: c.Status, Brand: c.Brand, Channel: c.Channel, Subject: c.Subject, Language: c.Language,
		Contact: Contact{ID: c.Contact, Name: c.Party.Name, Address: c.Party.Address},
		Abuse:   c.Abuse, Sentiment: c.Sentiment, Priority: c.Priority, PriorityWhy: orNone(c.PriorityWhy), Assignee: Assignee{c.Assignee.ID, c.Assignee.Name},
		Targets: []Target{}, Promise: promise(c), Opened: c.Opened, Last: c.Last, Snoozed: c.SnoozedUntil, Unawaited: c.Idle(), Reader: c.Reader(),
	}
	out.Sentiment.Why = orNone(c.Sentiment.Why)
	if b := d.Policy.Brand(c.Brand); c.Assignee.ID == "" && b != nil {
		out.Assignee = Assignee{b.Team.ID, b.Team.Name}
	}
	for _, t := range c.Targets {
		out.Targets = append(out.Targets, Target{t.Kind, t.Due, t.State})
	}
	out.company(c)
	out.Tags, out.Scheduled, out.Begins, out.Account = c.Tags, scheduled(c), c.Begins, c.Thread.Account
	if b := c.Before; b != nil && b.Undoable(d.Now()) {
		out.Undo = &Undoable{b.Did, b.By}
	}
	return out
}

func orNone(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Glance is a conversation by its head alone, for who has seen the rest: Seen tells whether anything has happened since.
func (d *Desk) Glance(ctx context.Context, by *policy.Agent, id string) (Conversation, *Problem) {
	c, p := d.find(ctx, by, SeeConversation, id)
	if p != nil {
		return Conversation{}, p
	}
	return d.shown(c), nil
}

// Conversation is one with its newest messages, or with those that follow one; for FromTheFirst from the first on.
func (d *Desk) Conversation(ctx context.Context, by *policy.Agent, id, after string) (Conversation, *Problem) {
	c, p := d.find(ctx, by, SeeConversation, id)
	if p != nil {
		return Conversation{}, p
	}
	out, err := d.after(ctx, c.Ref, after)
	if errors.Is(err, errNoMessage) {
		return Conversation{}, Refuse(http.StatusBadRequest, "messages_after", "no message of this conversation has this id: ask without it")
	}
	if err != nil {
		return Conversation{}, d.Unable("conversation", err)
	}
	return *out, nil
}

// whole reads a conversation with everything that agents see of it, and its newest messages.
func (d *Desk) whole(ctx context.Context, r desk.Ref) (*Conversation, error) {
	return d.after(ctx, r, "")
}

// after reads a conversation with the messages that follow one, or a place.
func (d *Desk) after(ctx context.Context, r desk.Ref, message string) (*Conversation, error) {
	w, err := d.window(ctx, r, message)
	if err != nil {
		return nil, err
	}
	out := d.shown(w.conversation)
	out.Persona = persona(w.conversation)
	out.Messages, out.Earlier, out.Later, out.Next = w.messages, w.earlier, w.later, w.next
	out.since, out.pages = w.since, w.pages
	if err := d.texts(ctx, out.Messages); err != nil {
		return nil, err
	}
	person, err := d.store.Person(ctx, r.Brand, w.conversation.Contact)
	if err != nil {
		return nil, err
	}
	out.Contact.NoReceipts = noReceipts(person, d.Now())
	if person != nil && person.Party.Address != out.Contact.Address {
		out.Contact.Owner = cmp.Or(person.Party.Name, person.Party.Address)
	}
	out.prefers(person, w.conversation)
	out.Others, out.Company = others(w.conversation, person), beside(w.conversation, person)
	if out.Gone, err = d.gone(ctx, out); err != nil {
		return nil, err
	}
	s, err := d.store.Switch(ctx, r.Brand)
	if s.On {
		out.Silenced = &s
	}
	return &out, err
}

// messages are those of the timeline and the receipts, in the order in which they happened. They have their rows' excerpts: see texts.
func (d *Desk) messages(t *store.Timeline) []Message {
	effects := map[string]desk.Effect{}
	all := []Message{}
	for _, e := range t.Effects {
		effects[e.ID] = e
	}
	waits := map[string]bool{}
	for _, s := range t.Conversation.Scheduled {
		waits[s.Effect] = true
	}
	for i, m := range t.Messages {
		if m.Direction == "out" && m.Withdrawn != nil {
			continue // taken back before it left
		}
		out := Message{
			row: &t.Messages[i],
			ID:  m.ID, Direction: m.Direction, Kind: m.Kind, Text: m.Excerpt, Author: cmp.Or(m.Author.Name, m.Author.Address), At: m.At,
			Suppressed: m.Outcome.Suppressed, Attachments: attachments(m), HTML: m.HTML && m.Withdrawn == nil, Mood: m.Mood, Abuse: m.Abuse,
			Quoted: m.Quoted, Signed: m.Signed, Cc: recipients(m.Cc), Customer: d.customers(t.Conversation, m), Shift: m.Shift, Says: m.Says,
		}
		if m.Kind == string(channel.Survey) {
			language := ""
			if s := t.Conversation.Survey; s != nil {
				language = s.In
			}
			out.Text, out.Rating = d.answeredText(t.Conversation.Ref, m, language), m.Rating
		}
		if m.Corrected != nil {
			out.Corrected = m.Corrected.By
		}
		if e := effects[m.Outcome.Receipt]; e.State == desk.Cancelled {
			out.Suppressed = e.Hushed()
		}
		if waits[m.Effect] {
			out.Answer = m.Effect
		}
		if e, ok := effects[m.Effect]; ok {
			out.Delivery = delivery(e)
		}
		all = append(all, out)
	}
	for _, e := range t.Effects {
		if e.Receipt != nil && leaves(e.State) {
			all = append(all, d.receipt(e))
		}
	}
	slices.SortStableFunc(all, byTime)
	return all
}

// byTime is the order of messages: no two have the same place.
func byTime(a, b Message) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(turn(a), turn(b)), strings.Compare(a.ID, b.ID), strings.Compare(a.Part, b.Part))
}

// turn orders what is of one moment: what came in, its receipt, what people did.
func turn(m Message) int {
	switch {
	case m.Direction == "in":
		return 0
	case m.Kind == string(channel.Receipt):
		return 1
	}
	return 2
}

// leaves is false for what was taken back before it left: nobody will ever get it.
func leaves(s desk.State) bool { return s != desk.Cancelled && s != desk.Recalled }

func delivery(e desk.Effect) *Delivery {
	out := &Delivery{State: e.State, Why: e.Why, Tried: e.Decided}
	if e.Claimed.After(e.Decided) {
		out.Tried = e.Claimed
	}
	if e.Gone() {
		out.Why = string(e.Report) // and no more for what it had waited
	}
	if e.Report == channel.Delivered {
		out.Why = "" // the state says it
	}
	return out
}

// receipt is one as a message. Its words are made again as they left: by the same template, as of the time when it was sent.
func (d *Desk) receipt(e desk.Effect) Message {
	r, b := e.Receipt, d.Policy.Brand(e.Brand)
	m := Message{
		ID: e.ID, Direction: "out", Kind: string(e.Kind), Author: r.Assignee.Name, At: e.Decided, Delivery: delivery(e),
	}
	if b == nil {
		return m
	}
	agent := r.Assignee.Name
	if r.Assignee.Team {
		agent = ""
	}
	now := e.Decided
	if e.Attempts > 0 {
		now = e.Claimed
	}
	t, language := b.Receipt(r.Language)
	said := reply.Receipt{
		Language: language, Notice: r.Notice, Mood: r.Mood, Short: r.Short, Name: r.To.Name, Agent: agent, Brand: b.Name,
		Due: r.Due, Now: now, Zone: r.Zone.Location(b.Zone), ZoneSure: r.Zone.Sure,
	}
	if use, ok := b.Use(e.Channel); ok && e.Channel != desk.Email {
		m.Text = b.Post(use.Rules, said)
	} else {
		said.Footer = b.Signature
		m.Text = reply.Render(t, said).Text
	}
	return m
}
