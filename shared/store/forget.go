package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
	"pronto/shared/sla"
)

// Forgetting takes a contact's rows out of the table. It may die anywhere and be done again: a conversation's messages, by which it is found, go last.

// ConversationsOf are those of a contact that have messages from until a time, in no order.
func (s *Store) ConversationsOf(ctx context.Context, brand, contact string, until time.Time) ([]desk.Ref, error) {
	var all []desk.Ref
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(people), KeyConditionExpression: aws.String("#p = :p AND #s <= :until"),
		ExpressionAttributeNames:  map[string]string{"#p": g2pk, "#s": g2sk},
		ExpressionAttributeValues: item{":p": str(contactKey(brand, contact)), ":until": str(stamp(until))},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list a contact's conversations: %w", err)
		}
		for _, i := range out.Items {
			if r, ok := parseConversation(text(i, pk)); ok && !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// Remains are what is there of a conversation. Where its head is gone, since who removed it died before he came to the rest, only its name is known.
func (s *Store) Remains(ctx context.Context, r desk.Ref) (*Timeline, error) {
	t, err := s.timeline(ctx, r)
	if err != nil {
		return nil, err
	}
	if t.Conversation == nil {
		t.Conversation = &desk.Conversation{Ref: r}
	}
	return t, nil
}

// Erasure says what of a conversation is to go.
type Erasure struct {
	Timeline *Timeline
	Until    time.Time                // what came later stays
	Thread   func(desk.Effect) string // the thread key of what has left; "" for none
	Now      time.Time
	Counted  bool // what was counted of its surveys stays: nobody is forgotten, it is too old
}

// Meant tells whether what is of a time is to go: the table's times are as fine as its keys.
func (e Erasure) Meant(at time.Time) bool { return stamp(at) <= stamp(e.Until) }

// Messages are those to go and those to stay: all go, unless something has come in since. What we said to who has said nothing since goes with the rest.
func (e Erasure) Messages() (gone, stay []desk.Message) {
	came := false
	for _, m := range e.Timeline.Messages {
		if e.Meant(m.At) {
			gone = append(gone, m)
			continue
		}
		stay, came = append(stay, m), came || m.Direction == "in" && m.Kind != desk.KindThird
	}
	if !came {
		return e.Timeline.Messages, nil
	}
	return gone, stay
}

// idsOf are the ids of messages and of the effects that they name.
func idsOf(messages []desk.Message) map[string]bool {
	all := map[string]bool{}
	for _, m := range messages {
		all[m.ID], all[m.Effect], all[m.Outcome.Receipt] = true, true, true
	}
	delete(all, "")
	return all
}

// effects are those to go: what goes names them, or nothing does and they are of before. One that what stays names stays: the day's sum counts by it.
func (e Erasure) effects(gone, stay map[string]bool) (all []desk.Effect) {
	for _, x := range e.Timeline.Effects {
		about := func(some map[string]bool) bool {
			return some[x.ID] || x.Receipt != nil && some[x.Receipt.Message] || x.Reply != nil && some[x.Reply.Message]
		}
		if !about(stay) && (len(stay) == 0 || about(gone) || e.Meant(x.Decided)) {
			all = append(all, x)
		}
	}
	return all
}

// Doomed is what is to go of a conversation that nothing decided before is committed to any more.
type Doomed struct {
	e       Erasure
	effects []desk.Effect
	whole   bool
	rows    []item // of effects and turns
}

// Fence takes a conversation's head away, or where something has come in since makes it the head of what stays. It answers ErrMoved when the conversation is not any more as
// it was read: then a message may have come of which the timeline does not know, and the caller reads it again.
func (s *Store) Fence(ctx context.Context, e Erasure) (*Doomed, error) {
	gone, stay := e.Messages()
	was, is := idsOf(gone), idsOf(stay)
	d := &Doomed{e: e, effects: e.effects(was, is), whole: len(stay) == 0}
	going := map[string]bool{}
	for _, x := range d.effects {
		going[effectKey(x.ID)] = true
	}
	// The rows are listed before the fence. What is written after it, be it under the key of one of these, stays (erase).
	err := s.eachRow(ctx, e.Timeline.Conversation.Ref, func(i item) error {
		switch sort := text(i, sk); {
		case going[sort]:
			d.rows = append(d.rows, i)
		case strings.HasPrefix(sort, "T#"):
			var r Record
			if err := content(i, &r); err != nil {
				return err
			}
			if d.whole || was[r.Message] || !is[r.Message] && e.Meant(r.At) {
				d.rows = append(d.rows, i)
			}
		case strings.HasPrefix(sort, "V#") && d.whole:
			d.rows = append(d.rows, row(text(i, pk), sort)) // whatever it says by then
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return d, s.fence(ctx, e, stay)
}

func (s *Store) fence(ctx context.Context, e Erasure, stay []desk.Message) error {
	c := e.Timeline.Conversation
	if c.Sequence == 0 {
		return nil // it has none: who took it away died before he came to the rest
	}
	var err error
	if len(stay) > 0 {
		w := &writer{table: s.table}
		w.put(headRow(e.remade(stay), e.Now))
		w.guard(guardOf(true, c.Sequence))
		err = w.commit(ctx, s.db)
	} else {
		g := guardOf(true, c.Sequence)
		_, err = s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: &s.table, Key: row(conversationKey(c.Ref), head),
			ConditionExpression: &g.text, ExpressionAttributeNames: g.names, ExpressionAttributeValues: g.values,
		})
	}
	var refused *types.TransactionCanceledException
	var moved *types.ConditionalCheckFailedException
	if errors.As(err, &refused) || errors.As(err, &moved) {
		return ErrMoved
	}
	if err != nil {
		return fmt.Errorf("fence %s off: %w", c.Conversation, err)
	}
	return nil
}

// priorityForgotten stands in place of the words that a priority had for its reason.
const priorityForgotten = "what was written before was forgotten"

// remade is the head of what stays: nothing in it tells what was said before. What is owed, to whom it is assigned and how it stands is of now.
func (e Erasure) remade(stay []desk.Message) desk.Conversation {
	c, is := *e.Timeline.Conversation, idsOf(stay)
	came := slices.DeleteFunc(slices.Clone(stay), func(m desk.Message) bool { return m.Direction != "in" || m.Kind == desk.KindThird })
	here := slices.DeleteFunc(slices.Clone(came), func(m desk.Message) bool { return c.SplitInto(c.Conversation, m.ID) != "" })
	if len(here) == 0 {
		e.owesNothing(&c)
	} else {
		came = here
	}
	first, newest := came[0], came[len(came)-1]
	c.Sequence++ // a turn that was decided on what was there before is decided again
	c.Version++
	c.Subject, c.Opened, c.Messages, c.Last = first.Subject, first.At, len(stay), newest.At
	if c.Party != newest.Author {
		c.Party, c.Thread = newest.Author, desk.Thread{}
	}
	c.Unknown = "" // nobody here knows what it says of whom
	c.PriorityWhy, c.Said, c.Tags, c.Before, c.Apart, c.Whole, c.Follows, c.Abuse, c.Thirds = []string{priorityForgotten}, nil, nil, nil, nil, nil, "", "", nil
	for _, m := range came {
		c.Abuse = cmp.Or(m.Abuse, c.Abuse)
	}
	c.Scheduled = slices.DeleteFunc(slices.Clone(c.Scheduled), func(x desk.Scheduled) bool { return !is[x.Message] })
	c.Personas = slices.DeleteFunc(slices.Clone(c.Personas), func(x desk.Persona) bool { return !is[x.Message] })
	c.Trace = slices.DeleteFunc(slices.Clone(c.Trace), func(id string) bool { return !is[id] })
	e.unsplit(&c)
	if c.Receipt != nil && !is[c.Receipt.Effect] {
		c.Receipt = nil
	}
	if c.Survey != nil && !is[c.Survey.Effect] {
		c.Survey = nil
	}
	return c
}

// owesNothing is a head of which only rows stay that were split off, and are read and owed elsewhere: what was owed here is forgotten. What was merged into it may
// be owed still.
func (e Erasure) owesNothing(c *desk.Conversation) {
	if !c.Owed() || len(c.Parts) > 0 {
		return
	}
	c.Status, c.Resolved = desk.StatusResolved, &e.Now
	c.Targets = slices.DeleteFunc(slices.Clone(c.Targets), sla.Target.Open)
	c.SnoozedUntil, c.Paging, c.Promise, c.PromiseOf = nil, nil, nil, nil
}

// EraseConversation takes some of the messages that are to go out of the table, in their order, and before the last of them, by which the conversation is found, all else
// that is to go. It tells how many rows of what went.
func (s *Store) EraseConversation(ctx context.Context, d *Doomed, some []desk.Message, last bool) (map[string]int, error) {
	r, gone := d.e.Timeline.Conversation.Ref, map[string]int{}
	var effects []desk.Effect
	var rows []item
	if last {
		effects, rows = d.effects, d.rows
	}
	if err := s.eraseKeys(ctx, r, some, effects, d.e, gone); err != nil {
		return gone, err
	}
	var own []item
	for _, m := range some {
		own = append(own, row(conversationKey(r), messageKey(&m)))
	}
	for _, part := range [][]item{rows, own[:len(own)-1], own[len(own)-1:]} { // rows of a part go in no order
		if err := s.eraseRows(ctx, part, gone, ""); err != nil {
			return gone, err
		}
	}
	if last && d.whole {
		gone[desk.RemovedConversations]++
	}
	return gone, nil
}
