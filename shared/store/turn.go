package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// ErrKeyUsed is what Turn answers when another event has all the natural keys that this one could take: an agent's repetition that says something else.
var ErrKeyUsed = errors.New("the key belongs to another event")

// ErrBusy is what Turn answers when others kept winning: the event was not taken; its lane delivers it again.
var ErrBusy = errors.New("the conversation is busy")

// looks is how often Turn decides before it gives the event back.
const looks = 10

// Record is a turn as it is kept: the audit, and what relay reads.
type Record struct {
	Event   string        `json:"event"`
	By      string        `json:"by,omitempty"` // the agent whose doing it was
	Message string        `json:"message,omitempty"`
	At      time.Time     `json:"at"`
	Policy  string        `json:"policy"`
	Outcome *desk.Outcome `json:"outcome,omitempty"`
	Why     []string      `json:"why,omitempty"`
	Effects []Order       `json:"effects,omitempty"`
	Wake    *time.Time    `json:"wake,omitempty"`    // the conversation's clock, when it is near: relay arms it
	Rebuilt bool          `json:"rebuilt,omitempty"` // it was taken again from what had come: nothing of it is done again
}

// Order is an effect as the turn's record names it.
type Order struct {
	ID   string `json:"id"`
	Lane string `json:"lane"`
}

// Turn loads what ev is about, lets decide judge it, and commits the decision in one transaction. When the commit is refused or unanswered it looks again:
// decide is pure and the commit is guarded by natural keys, so a second look either finds the event taken or decides on what is true now.
func (s *Store) Turn(ctx context.Context, ev desk.Event, decide func(desk.Facts) desk.Decision) (desk.Decision, error) {
	about, spent := ev.About(), false
	if s.rebuild.leavesOut(ev) {
		return desk.Decision{Nothing: true}, nil
	}
	var last error
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return desk.Decision{}, errors.Join(err, last)
		}
		facts, key, err := s.load(ctx, about)
		if errors.Is(err, ErrKeyUsed) {
			return desk.Decision{Spent: spent}, err
		}
		if err != nil {
			last = err
			continue
		}
		d := decide(facts)
		if d.Whose != "" && about.Contact == "" {
			about.Contact = d.Whose // its card is loaded with all the rest, and guarded by the commit
			continue
		}
		if len(d.Count) > 0 {
			facts.Load = s.count(ctx, about.Brand, d.Count)
			d = decide(facts)
		}
		if d.Nothing {
			d.Spent = spent
			return d, nil
		}
		spent = spent || d.Spent
		if last = s.commit(ctx, about, key, facts, d); last == nil {
			return d, nil
		}
	}
	return desk.Decision{Spent: spent}, fmt.Errorf("take an event of %s: %w", about.Conversation, errors.Join(ErrBusy, last))
}

// pause before another look: longer each time, up to a second in all, so that two workers on one conversation part.
func pause(ctx context.Context, look int) error {
	if look == 0 {
		return ctx.Err()
	}
	t := time.NewTimer(time.Duration(look*look) * 3 * time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// taken is the content of a key row.
type taken struct {
	Provider     string `json:"provider"` // the provider's id of the delivery that took it
	Conversation string `json:"conversation"`
	Contact      string `json:"contact,omitempty"`
	Effect       string `json:"effect,omitempty"` // of a thread key of ours: what was sent
}

// load reads conversation, contact and the event's keys in one call, and chooses the key that the event will take.
func (s *Store) load(ctx context.Context, about desk.Subject) (f desk.Facts, key string, err error) {
	conv, person := row(conversationKey(about.Ref), head), row(contactKey(about.Brand, about.Contact), head)
	shifts := rotaKey(about.Brand)
	ask := []item{conv, shifts}
	if about.Beside.Conversation != "" && about.Beside != about.Ref {
		ask = append(ask, row(conversationKey(about.Beside), head))
	}
	if about.Contact != "" {
		ask = append(ask, person)
	}
	for _, k := range about.Keys {
		ask = append(ask, row(naturalKey(about.Brand, about.Channel, k), head))
	}
	found, err := s.get(ctx, ask...)
	if err != nil {
		return f, "", err
	}
	f.Whose, f.Past = about.Contact, s.rebuild != nil
	if key, f.Taken, err = choose(found, about); err != nil {
		return f, "", err
	}
	if i, ok := found[text(conv, pk)+head]; ok {
		if f.Conversation, err = conversationOf(i, about.Ref); err != nil {
			return f, "", err
		}
	}
	if i, ok := found[conversationKey(about.Beside)+head]; ok {
		if f.Beside, err = conversationOf(i, about.Beside); err != nil {
			return f, "", err
		}
	}
	if i, ok := found[text(shifts, pk)+head]; ok {
		var r desk.Rota
		if err := content(i, &r); err != nil {
			return f, "", err
		}
		f.Overrides = r.Overrides()
	}
	if i, ok := found[text(person, pk)+head]; ok {
		f.Contact = &desk.Contact{}
		if f.Contact.Unknown, err = contentAndMore(i, f.Contact); err != nil {
			return f, "", err
		}
		f.Contact.Version = int(number(i, seq))
		if f.Same, err = s.contacts(ctx, about.Brand, f.Contact.Others()); err != nil {
			return f, "", err
		}
	}
	if c := f.Conversation; c != nil && !f.Taken && about.Seen > 0 && about.Seen < c.Sequence {
		f.Since, err = s.since(ctx, about.Ref, about.Seen)
	}
	return f, key, err
}

// choose returns the first of the event's keys that is free, and whether this very delivery has taken one already. A key that another delivery holds
// (a Message-ID sent twice, or a stranger's) is passed over: the event is kept under the next.
func choose(found map[string]item, about desk.Subject) (free string, held bool, err error) {
	for _, k := range slices.Backward(about.Keys) {
		i, ok := found[naturalKey(about.Brand, about.Channel, k)+head]
		if !ok {
			free = k
			continue
		}
		var t taken
		if err := content(i, &t); err != nil {
			return "", false, err
		}
		if t.Provider == about.Delivery {
			return "", true, nil
		}
	}
	if free == "" && len(about.Keys) > 0 {
		return "", false, ErrKeyUsed
	}
	return free, false, nil
}

func (s *Store) commit(ctx context.Context, about desk.Subject, key string, f desk.Facts, d desk.Decision) error {
	w, words := &writer{table: s.table, rebuilt: s.rebuild != nil}, slotted(d)
	if f.Conversation != nil {
		d.Conversation.Unknown = f.Conversation.Unknown // whatever Decide made of the rest
	}
	w.put(w.past(headRow(d.Conversation, d.At)))
	w.guard(guardOf(f.Conversation != nil, d.Conversation.Sequence-1))
	arrived := d.Message
	if d.Again {
		arrived = nil // the key is the doing's, and no entry of the day's sum
	}
	if key != "" {
		w.put(with(words.in(keyRow(about, key, arrived), slotKey), taken{Provider: about.Delivery, Conversation: about.Conversation, Contact: about.Contact}))
		w.guard(guardOf(false, 0))
	}
	switch {
	case d.Again:
		w.rewrite(d)
	case d.Message != nil:
		i, err := messageRow(d)
		w.put(words.in(i, slotMessage), err)
	}
	for _, l := range d.Labels {
		w.put(labelRow(l))
	}
	w.record(d, words)
	if d.Recount {
		// A message's own key is its id: the row is written anew, with its entry in the day's sum.
		w.put(with(keyRow(about, d.Message.ID, d.Message), taken{Provider: d.Message.ProviderID, Conversation: about.Conversation, Contact: d.Conversation.Contact}))
	}
	if d.Beside != nil {
		w.beside(f.Beside, *d.Beside)
	}
	if d.Asked != nil {
		w.put(askedRow(*d.Asked))
	}
	for _, id := range d.Recalls {
		w.recall(about.Ref, id)
	}
	if d.Contact != nil {
		w.putContact(about, f.Contact, d.Contact)
	}
	if d.Placed != nil {
		w.putPlaced(d)
	}
	if err := w.commit(ctx, s.db); err != nil {
		return err
	}
	s.rebuild.seen(d.Conversation)
	if d.Beside != nil {
		s.rebuild.seen(d.Beside.Conversation)
	}
	return nil
}

// record adds a turn's own row, its effects, who takes part newly, and how a promise ended by it.
func (w *writer) record(d desk.Decision, words *slots) {
	i, err := turnRow(d, w.rebuilt)
	w.put(words.in(words.in(i, slotTurn), slotTurn2), err)
	for n, e := range d.Effects {
		i, err := w.past(effectRow(e))
		if n == 0 && e.Hook == nil {
			i = words.in(i, slotEffect)
		}
		w.put(i, err)
	}
	for _, contact := range d.Enters {
		w.put(with(participationRow(d.Conversation.Ref, contact), desk.Participation{Since: d.At}))
	}
	if d.Ended != nil {
		w.put(endingRow(*d.Ended))
	}
}

// beside adds what was decided on another conversation: of that one, too, nothing is committed when it has moved since.
func (w *writer) beside(was *desk.Conversation, d desk.Decision) {
	w.put(w.past(headRow(d.Conversation, d.At)))
	w.guard(guardOf(was != nil, d.Conversation.Sequence-1))
	w.record(d, slotted(d))
}

func messageRow(d desk.Decision) (item, error) {
	i, err := withMore(row(conversationKey(d.Conversation.Ref), messageKey(d.Message)), d.Message, d.Message.Unknown)
	if err == nil {
		i[g2pk], i[g2sk] = str(contactKey(d.Conversation.Brand, d.Conversation.Contact)), str(stamp(d.Message.At))
	}
	return i, err
}

// turnRow is the turn's record. One that orders something that cannot wait is marked for the stream's reader that takes only those (package wiring).
func turnRow(d desk.Decision, rebuilt bool) (item, error) {
	r := record(d)
	r.Rebuilt = rebuilt
	i, err := with(row(conversationKey(d.Conversation.Ref), turnKey(d.Conversation.Sequence)), r)
	if err == nil && r.Hurry() {
		i[hurry] = str("yes")
	}
	return i, err
}

// Hurry tells whether a turn orders something that cannot wait: for the lanes priority and page, or a clock that is near.
func (r Record) Hurry() bool {
	return !r.Rebuilt && (r.Wake != nil || slices.ContainsFunc(r.Effects, func(o Order) bool { return o.Lane == desk.LanePriority || o.Lane == desk.LanePage }))
}

func (w *writer) putContact(about desk.Subject, was, is *desk.Contact) {
	version, unknown := 0, ""
	if was != nil {
		version, unknown = was.Version, was.Unknown
	}
	i, err := withMore(row(contactKey(about.Brand, about.Contact), head), is, unknown)
	if err == nil {
		i[seq] = num(int64(version + 1))
		named(i, about.Brand, is)
	}
	w.put(i, err)
	w.guard(guardOf(was != nil, version))
}

func record(d desk.Decision) Record {
	r := Record{Event: d.Event, By: d.By, At: d.At, Policy: d.Policy, Why: d.Why}
	if d.Message != nil {
		r.Message, r.Outcome = d.Message.ID, &d.Message.Outcome
	}
	for _, e := range d.Effects {
		r.Effects = append(r.Effects, Order{ID: e.ID, Lane: e.Lane})
	}
	if next := d.Conversation.Next; next != nil && next.Before(d.At.Add(Ahead)) {
		r.Wake = next
	}
	return r
}

// Card is a conversation as lists show it, at most 700 bytes, and its tags.
type Card struct {
	Contact  string          `json:"contact"`
	Name     string          `json:"name,omitempty"`
	Subject  string          `json:"subject,omitempty"`
	Channel  string          `json:"channel"`
	Language string          `json:"language"`
	Mood     triage.Mood     `json:"mood"`
	Priority triage.Priority `json:"priority"`
	Agent    string          `json:"agent"`
	Due      *time.Time      `json:"due,omitempty"`
	Breached bool            `json:"breached,omitempty"` // a person owes what was due already
	Last     time.Time       `json:"last"`
	Tags     []string        `json:"tags,omitempty"`
}

// headRow is a conversation with its place in the queue and among its agent's.
func headRow(c desk.Conversation, now time.Time) (item, error) {
	i, err := withMore(row(conversationKey(c.Ref), head), c, c.Unknown)
	if err != nil {
		return nil, err
	}
	i[seq] = num(int64(c.Sequence))
	if c.Next != nil {
		i[g3pk], i[g3sk] = str("D#"+shard(c.Conversation)), str(clockEntry(armed(*c.Next, now), *c.Next))
	}
	if c.Status == desk.StatusClosed || c.Status == desk.StatusResolved {
		return i, nil
	}
	due := nextDue(c)
	b, err := json.Marshal(Card{
		Contact: c.Contact, Name: mail.Cut(c.Party.Name, 80), Subject: mail.Cut(c.Subject, 120), Channel: c.Channel, Language: c.Language,
		Mood: c.Sentiment.Label, Priority: c.Priority, Agent: c.Assignee.ID, Due: due, Last: c.Last, Tags: c.Tags, Breached: c.Owed() && slices.ContainsFunc(c.Targets, func(t sla.Target) bool { return t.State == sla.Breached }),
	})
	if err != nil {
		return nil, fmt.Errorf("encode card: %w", err)
	}
	lot := "open"
	if c.Status != desk.StatusOpen {
		lot = "wait"
	}
	order := place(c, due)
	i[card] = str(string(b))
	i[g1pk], i[g1sk] = str("Q#"+c.Brand+"#"+lot+"#"+shard(c.Conversation)), str(order)
	i[g2pk], i[g2sk] = str("W#"+c.Brand+"#"+c.Assignee.ID), str(order)
	return i, nil
}

// Ahead is how long before its time a clock is armed as a delayed message: relay arms what a turn sets nearer than that, the sweep arms the rest.
const Ahead = 2 * time.Minute

// rearm is how long after its time a clock that was armed is looked at again, should its message have been lost.
const rearm = time.Minute

// armed is when the sweep has to look at a clock: in time to arm it, or, when relay arms it now, only if that was lost.
func armed(next, now time.Time) time.Time {
	if next.Before(now.Add(Ahead)) {
		return later(next, now).Add(rearm)
	}
	return next.Add(-Ahead)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func nextDue(c desk.Conversation) *time.Time {
	var due *time.Time
	for _, t := range c.Targets {
		if t.State == sla.Running && (due == nil || t.Due.Before(*due)) {
			due = &t.Due
		}
	}
	return due
}

// rankDue sorts the most urgent first, then what falls due first; what has no target comes after all that has, oldest first.
func rankDue(p triage.Priority, due *time.Time, opened time.Time) string {
	rank := slices.Index([]triage.Priority{triage.Urgent, triage.High, triage.Normal, triage.Low}, p)
	if due == nil {
		return fmt.Sprintf("%d#~%s", rank, stamp(opened))
	}
	return fmt.Sprintf("%d#%s", rank, stamp(*due))
}

// keyRow is the natural key of an event; that of a message that came in is an entry of its day's sum, too.
func keyRow(about desk.Subject, key string, m *desk.Message) item {
	i := row(naturalKey(about.Brand, about.Channel, key), head)
	if m == nil || m.Direction != "in" {
		return i
	}
	outcome := "s#" + string(m.Outcome.Suppressed)
	if m.Outcome.Receipt != "" {
		outcome = "r#" + m.Outcome.Receipt
	}
	i[g1pk] = str(dayKey(about.Brand, desk.Day(m.At), about.Conversation))
	i[g1sk] = str("in#" + about.Conversation + "#" + outcome + "#" + m.ID)
	return i
}

// writer gathers one transaction.
type writer struct {
	table   string
	items   []types.TransactWriteItem
	err     error
	rebuilt bool
}

func (w *writer) put(i item, err error) {
	w.err = errors.Join(w.err, err)
	w.items = append(w.items, types.TransactWriteItem{Put: &types.Put{TableName: &w.table, Item: i}})
}

// condition is an expression with what it refers to.
type condition struct {
	text   string
	names  map[string]string
	values item
}

// guardOf demands that the row is absent, or is still at the sequence that was read.
func guardOf(exists bool, sequence int) condition {
	if !exists {
		return condition{text: "attribute_not_exists(#pk)", names: map[string]string{"#pk": pk}}
	}
	return condition{text: "#seq = :seq", names: map[string]string{"#seq": seq}, values: item{":seq": num(int64(sequence))}}
}

// guard puts a condition on the newest item.
func (w *writer) guard(c condition) {
	p := w.items[len(w.items)-1].Put
	p.ConditionExpression, p.ExpressionAttributeNames = &c.text, c.names
	if c.values != nil {
		p.ExpressionAttributeValues = c.values
	}
}

func (w *writer) commit(ctx context.Context, db *dynamodb.Client) error {
	if w.err != nil {
		return w.err
	}
	_, err := db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: w.items, ReturnConsumedCapacity: types.ReturnConsumedCapacityNone,
	})
	if err != nil {
		return fmt.Errorf("commit %d rows: %w", len(w.items), err)
	}
	return nil
}
