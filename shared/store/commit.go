package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

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
		w.put(with(words.in(keyRow(about, key, arrived), slotKey), taken{Provider: about.Delivery, Conversation: about.Conversation, Contact: about.Contact, At: cameAt(arrived)}))
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
		w.put(with(keyRow(about, d.Message.ID, d.Message), taken{Provider: d.Message.ProviderID, Conversation: about.Conversation, Contact: d.Conversation.Contact, At: d.Message.At}))
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
	if about.Draft != (desk.SentDraft{}) {
		w.sent(about.Draft, d.At)
	}
	if err := w.commit(ctx, s.db); err != nil {
		var refused *types.TransactionCanceledException
		if last := len(w.items) - 1; about.Draft != (desk.SentDraft{}) && errors.As(err, &refused) && len(refused.CancellationReasons) > last &&
			aws.ToString(refused.CancellationReasons[last].Code) == "ConditionalCheckFailed" {
			return errors.Join(errDraftStays, err)
		}
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
	words := slotted(d)
	if d.Message != nil {
		i, err := messageRow(d)
		w.put(words.in(i, slotMessage), err)
	}
	w.record(d, words)
}

func cameAt(m *desk.Message) time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.At
}

func messageRow(d desk.Decision) (item, error) {
	at := desk.Ref{Brand: d.Conversation.Brand, Conversation: cmp.Or(d.Message.In, d.Conversation.Conversation)}
	i, err := withMore(row(conversationKey(at), messageKey(d.Message)), d.Message, d.Message.Unknown)
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
