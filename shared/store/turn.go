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
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// ErrBusy is what Turn answers when others kept winning: the event was not taken; its lane delivers it again.
var ErrBusy = errors.New("the conversation is busy")

// looks is how often Turn decides before it gives the event back.
const looks = 10

// Record is a turn as it is kept: the audit, and what relay reads.
type Record struct {
	Event   string        `json:"event"`
	Message string        `json:"message,omitempty"`
	At      time.Time     `json:"at"`
	Policy  string        `json:"policy"`
	Outcome *desk.Outcome `json:"outcome,omitempty"`
	Why     []string      `json:"why,omitempty"`
	Effects []Order       `json:"effects,omitempty"`
}

// Order is an effect as the turn's record names it.
type Order struct {
	ID   string `json:"id"`
	Lane string `json:"lane"`
}

// Turn loads what ev is about, lets decide judge it, and commits the decision in one transaction. When the commit is refused or unanswered it looks again:
// decide is pure and the commit is guarded by natural keys, so a second look either finds the event taken or decides on what is true now.
func (s *Store) Turn(ctx context.Context, ev desk.Received, decide func(desk.Facts) desk.Decision) (desk.Decision, error) {
	var spent bool
	var last error
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return desk.Decision{}, errors.Join(err, last)
		}
		facts, key, err := s.load(ctx, ev)
		if err != nil {
			last = err
			continue
		}
		d := decide(facts)
		if d.Nothing {
			d.Spent = spent
			return d, nil
		}
		spent = spent || d.Spent
		if last = s.commit(ctx, ev, key, facts, d); last == nil {
			return d, nil
		}
	}
	return desk.Decision{Spent: spent}, fmt.Errorf("take %s: %w", ev.Message.ID, errors.Join(ErrBusy, last))
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

// load reads conversation, contact and the event's keys in one call, and chooses the key that the message will take.
func (s *Store) load(ctx context.Context, ev desk.Received) (desk.Facts, string, error) {
	conv, person := row(conversationKey(ev.Ref), head), row(contactKey(ev.Brand, ev.Contact), head)
	ask := []item{conv, person}
	for _, k := range ev.Keys {
		ask = append(ask, row(naturalKey(ev.Brand, ev.Channel, k), head))
	}
	found, err := s.get(ctx, ask...)
	if err != nil {
		return desk.Facts{}, "", err
	}
	var f desk.Facts
	key, err := choose(found, ev)
	if err != nil {
		return f, "", err
	}
	f.Taken = key == ""
	if i, ok := found[text(conv, pk)+head]; ok {
		f.Conversation = &desk.Conversation{}
		if err := content(i, f.Conversation); err != nil {
			return f, "", err
		}
		f.Conversation.Ref, f.Conversation.Sequence = ev.Ref, int(number(i, seq))
	}
	if i, ok := found[text(person, pk)+head]; ok {
		f.Contact = &desk.Contact{}
		if err := content(i, f.Contact); err != nil {
			return f, "", err
		}
		f.Contact.Version = int(number(i, seq))
	}
	return f, key, nil
}

// choose returns the first of the event's keys that is free, or "" when this very delivery has taken one. A key that another delivery holds
// (a Message-ID sent twice, or a stranger's) is passed over: the message is kept under the next.
func choose(found map[string]item, ev desk.Received) (string, error) {
	free := ""
	for _, k := range slices.Backward(ev.Keys) {
		i, ok := found[naturalKey(ev.Brand, ev.Channel, k)+head]
		if !ok {
			free = k
			continue
		}
		var t taken
		if err := content(i, &t); err != nil {
			return "", err
		}
		if t.Provider == ev.Message.ProviderID {
			return "", nil
		}
	}
	return free, nil
}

func (s *Store) commit(ctx context.Context, ev desk.Received, key string, f desk.Facts, d desk.Decision) error {
	w := &writer{table: s.table}
	w.put(s.conversation(d))
	w.guard(guardOf(f.Conversation != nil, d.Conversation.Sequence-1))
	w.put(with(s.key(ev, key, d.Message), taken{Provider: ev.Message.ProviderID, Conversation: ev.Conversation, Contact: ev.Contact}))
	w.guard(guardOf(false, 0))
	w.put(with(row(conversationKey(ev.Ref), messageKey(d.Message)), d.Message))
	w.put(with(row(conversationKey(ev.Ref), turnKey(d.Conversation.Sequence)), record(d)))
	for _, e := range d.Effects {
		w.put(effectRow(e))
	}
	version := 0
	if f.Contact != nil {
		version = f.Contact.Version
	}
	person, err := with(row(contactKey(ev.Brand, ev.Contact), head), d.Contact)
	if err == nil {
		person[seq] = num(int64(version + 1))
	}
	w.put(person, err)
	w.guard(guardOf(f.Contact != nil, version))
	return w.commit(ctx, s.db)
}

func record(d desk.Decision) Record {
	r := Record{Event: d.Event, At: d.At, Policy: d.Policy, Why: d.Why}
	if d.Message != nil {
		r.Message, r.Outcome = d.Message.ID, &d.Message.Outcome
	}
	for _, e := range d.Effects {
		r.Effects = append(r.Effects, Order{ID: e.ID, Lane: e.Lane})
	}
	return r
}

// Card is a conversation as lists show it, at most 700 bytes.
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
	Last     time.Time       `json:"last"`
}

func (s *Store) conversation(d desk.Decision) (item, error) {
	c := d.Conversation
	i, err := with(row(conversationKey(c.Ref), head), c)
	if err != nil {
		return nil, err
	}
	i[seq] = num(int64(c.Sequence))
	if c.Status == desk.Closed || c.Status == desk.Resolved {
		return i, nil
	}
	due := nextDue(c)
	b, err := json.Marshal(Card{
		Contact: c.Contact, Name: clip(c.Party.Name, 80), Subject: clip(c.Subject, 120), Channel: c.Channel, Language: c.Language,
		Mood: c.Sentiment.Label, Priority: c.Priority, Agent: c.Assignee.ID, Due: due, Last: c.Last,
	})
	if err != nil {
		return nil, fmt.Errorf("encode card: %w", err)
	}
	lot := "open"
	if c.Status != desk.Open {
		lot = "wait"
	}
	order := rankDue(c.Priority, due, c.Opened)
	i[card] = str(string(b))
	i[g1pk], i[g1sk] = str("Q#"+c.Brand+"#"+lot+"#"+shard(c.Conversation)), str(order)
	i[g2pk], i[g2sk] = str("W#"+c.Brand+"#"+c.Assignee.ID), str(order)
	return i, nil
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

func (s *Store) key(ev desk.Received, key string, m *desk.Message) item {
	i := row(naturalKey(ev.Brand, ev.Channel, key), head)
	outcome := "s#" + string(m.Outcome.Suppressed)
	if m.Outcome.Receipt != "" {
		outcome = "r#" + m.Outcome.Receipt
	}
	i[g1pk] = str(dayKey(ev.Brand, desk.Day(m.At), ev.Conversation))
	i[g1sk] = str("in#" + ev.Conversation + "#" + outcome + "#" + key)
	return i
}

// clip cuts s to at most n bytes at a rune's border.
func clip(s string, n int) string {
	for len(s) > n {
		r := []rune(s)
		s = string(r[:len(r)*n/len(s)])
	}
	return s
}

// writer gathers one transaction.
type writer struct {
	table string
	items []types.TransactWriteItem
	err   error
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
