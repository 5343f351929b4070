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

	"pronto/shared/channel"
	"pronto/shared/desk"
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
	first, newest := came[0], came[len(came)-1]
	c.Sequence++ // a turn that was decided on what was there before is decided again
	c.Version++
	c.Subject, c.Opened, c.Messages, c.Last = first.Subject, first.At, len(stay), newest.At
	if c.Party != newest.Author {
		c.Party, c.Thread = newest.Author, desk.Thread{}
	}
	c.Unknown = "" // nobody here knows what it says of whom
	c.PriorityWhy, c.Said, c.Tags, c.Before, c.Apart, c.Follows, c.Abuse, c.Thirds = []string{priorityForgotten}, nil, nil, nil, nil, "", "", nil
	for _, m := range came {
		c.Abuse = cmp.Or(m.Abuse, c.Abuse)
	}
	c.Scheduled = slices.DeleteFunc(slices.Clone(c.Scheduled), func(x desk.Scheduled) bool { return !is[x.Message] })
	c.Personas = slices.DeleteFunc(slices.Clone(c.Personas), func(x desk.Persona) bool { return !is[x.Message] })
	if c.Receipt != nil && !is[c.Receipt.Effect] {
		c.Receipt = nil
	}
	if c.Survey != nil && !is[c.Survey.Effect] {
		c.Survey = nil
	}
	return c
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

// EraseParticipant takes out of somebody else's conversation what a participant wrote and was sent, and that he took part. What he was sent and a message that stays
// names (who shared his receipt, an agent's answer) stays without whom it went to: the day's sum counts by it.
func (s *Store) EraseParticipant(ctx context.Context, e Erasure, contact string, parts []string, his func(desk.Message) bool, sent func(desk.Effect) bool) (map[string]int, error) {
	c, gone := e.Timeline.Conversation, map[string]int{}
	var messages, others []desk.Message
	var newest desk.Message
	since := false // he has written again: that stays, and he takes part
	var effects, shared []desk.Effect
	var rows []item
	for _, m := range e.Timeline.Messages {
		if his(m) && e.Meant(m.At) {
			messages, rows = append(messages, m), append(rows, row(conversationKey(c.Ref), messageKey(&m)))
			continue
		}
		others, since = append(others, m), since || his(m)
		if m.Direction == "in" && m.Kind != desk.KindThird {
			newest = m
		}
	}
	for _, x := range e.Timeline.Effects {
		if slices.ContainsFunc(others, func(m desk.Message) bool { return his(m) && m.Outcome.Receipt == x.ID }) {
			continue // what he wrote since has it for its receipt
		}
		to := (x.Contact == contact || sent(x)) && !(since && !e.Meant(x.Decided))
		if !to && !slices.ContainsFunc(messages, func(m desk.Message) bool { return x.Receipt != nil && m.ID == x.Receipt.Message }) {
			continue
		}
		effects = append(effects, x)
		if slices.ContainsFunc(others, func(m desk.Message) bool { return m.Outcome.Receipt == x.ID || m.Effect == x.ID }) {
			shared = append(shared, x)
		} else {
			rows = append(rows, row(conversationKey(c.Ref), effectKey(x.ID)))
		}
	}
	if err := s.eraseKeys(ctx, c.Ref, messages, effects, e, gone); err != nil {
		return gone, err
	}
	leaves := contact
	if since {
		leaves = ""
	}
	if err := s.part(ctx, c.Ref, leaves, parts, newest, e.Now); err != nil {
		return gone, err
	}
	gone[desk.RemovedParts]++
	for _, x := range shared {
		if err := s.unaddress(ctx, x, c.Contact); err != nil {
			return gone, err
		}
	}
	return gone, s.eraseRows(ctx, rows, gone, "")
}

// unaddress takes out of an effect to whom it goes and which mails of his it names. One that has not left is cancelled; what somebody sends at this moment is let be.
func (s *Store) unaddress(ctx context.Context, x desk.Effect, owner string) error {
	was := x.State
	x.Contact = owner
	if x.Receipt != nil {
		r := *x.Receipt
		r.To, r.Message, r.InReplyTo, r.References = channel.Party{}, "", "", nil
		x.Receipt = &r
	}
	if x.Reply != nil {
		r := *x.Reply
		r.To, r.InReplyTo, r.References = channel.Party{}, "", nil
		x.Reply = &r
	}
	if x.Survey != nil {
		q := *x.Survey
		q.To, q.InReplyTo, q.References = channel.Party{}, "", nil
		x.Survey = &q
	}
	i, err := with(item{}, x)
	if err != nil {
		return err
	}
	u := &types.Update{UpdateExpression: aws.String("SET #doc = :doc"), ExpressionAttributeNames: map[string]string{}, ExpressionAttributeValues: item{}}
	if was == desk.Queued {
		u = s.finish(x, desk.Cancelled, cancelEntry(string(desk.Forgotten)), failure, string(desk.Forgotten))
		u.UpdateExpression = aws.String(strings.Replace(*u.UpdateExpression, "SET ", "SET #doc = :doc, ", 1))
		delete(u.ExpressionAttributeValues, ":sending")
	}
	u.ExpressionAttributeNames["#doc"], u.ExpressionAttributeNames["#state"] = doc, state
	u.ExpressionAttributeValues[":doc"], u.ExpressionAttributeValues[":was"] = i[doc], str(string(was))
	_, err = s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(x.Ref), effectKey(x.ID)), UpdateExpression: u.UpdateExpression, ConditionExpression: aws.String("#state = :was"),
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues,
	})
	if err != nil { // it has moved on meanwhile: who is called again sees it as it is then
		return fmt.Errorf("take the address out of effect %s: %w", x.ID, err)
	}
	return nil
}

// part takes a participant out of a conversation's head: who is answered from now on is the contact itself, as its newest message names it.
func (s *Store) part(ctx context.Context, r desk.Ref, contact string, parts []string, newest desk.Message, now time.Time) error {
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return err
		}
		c, err := s.Conversation(ctx, r)
		if err != nil || c == nil {
			return err
		}
		c.Unknown = "" // nobody here knows what it says of whom
		c.Participants = slices.DeleteFunc(c.Participants, func(p desk.Participant) bool { return p.Contact == contact })
		c.Thirds = slices.DeleteFunc(c.Thirds, func(x desk.Third) bool { return x.Contact == contact })
		for i, x := range c.Scheduled {
			c.Scheduled[i].Cc = slices.DeleteFunc(slices.Clone(x.Cc), func(x desk.Cc) bool { return x.Contact == contact })
		}
		c.PriorityWhy = []string{priorityForgotten} // it may quote what was written in a part
		c.Parts = slices.DeleteFunc(c.Parts, func(id string) bool { return slices.Contains(parts, id) })
		if c.PromiseOf != nil && slices.Contains(parts, c.PromiseOf.Conversation) {
			c.PromiseOf = nil
		}
		if newest.ID != "" && c.Party != newest.Author {
			c.Party, c.Thread = newest.Author, desk.Thread{}
		}
		c.Apart = nil // it knows of him
		was := c.Sequence
		c.Sequence++ // a turn that was decided on what was there before is decided again
		w := &writer{table: s.table}
		w.put(headRow(*c, now))
		w.guard(guardOf(true, was))
		err = w.commit(ctx, s.db)
		var refused *types.TransactionCanceledException
		if err == nil || !errors.As(err, &refused) {
			return err
		}
	}
	return fmt.Errorf("take a participant out of %s: %w", r.Conversation, ErrBusy)
}

// eraseKeys takes out the natural keys of messages and of what was sent, and what was said of the messages.
func (s *Store) eraseKeys(ctx context.Context, r desk.Ref, messages []desk.Message, effects []desk.Effect, e Erasure, gone map[string]int) error {
	ids, days := map[string]bool{}, map[string]bool{}
	var rows, labels []item
	for _, m := range messages {
		ids[m.ID], days[desk.Day(m.At)] = true, true
		if x := m.Corrected; x != nil && x.Label != "" {
			labels = append(labels, row(labelsKey(r.Brand, x.Label), stamp(m.At)+"#"+m.ID))
		}
	}
	for day := range days {
		keys, err := s.messageKeys(ctx, r, day, ids)
		if err != nil {
			return err
		}
		rows = append(rows, keys...)
	}
	var ours []item
	for _, x := range effects {
		if k := e.Thread(x); k != "" {
			ours = append(ours, row(naturalKey(r.Brand, x.Channel, k), head))
		}
	}
	for some := range slices.Chunk(ours, maxBatch) {
		found, err := s.get(ctx, some...)
		if err != nil {
			return err
		}
		for _, i := range found {
			rows = append(rows, row(text(i, pk), text(i, sk)))
		}
	}
	if err := s.eraseRows(ctx, rows, gone, desk.RemovedKeys); err != nil {
		return err
	}
	if !e.Counted {
		if err := s.eraseRows(ctx, askedRows(r, messages), gone, desk.RemovedSurveys); err != nil {
			return err
		}
	}
	return s.eraseRows(ctx, labels, gone, desk.RemovedLabels)
}

// messageKeys finds the natural keys of a conversation's messages of a day: each is an entry of the day's sum, whatever id of the provider's it was made of.
func (s *Store) messageKeys(ctx context.Context, r desk.Ref, day string, ids map[string]bool) (keys []item, err error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(lists), KeyConditionExpression: aws.String("#p = :p AND begins_with(#s, :in)"),
		ExpressionAttributeNames:  map[string]string{"#p": g1pk, "#s": g1sk},
		ExpressionAttributeValues: item{":p": str(dayKey(r.Brand, day, r.Conversation)), ":in": str("in#" + r.Conversation + "#")},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the keys of %s: %w", r.Conversation, err)
		}
		for _, i := range out.Items {
			entry := strings.Split(text(i, g1sk), "#")
			if ids[entry[len(entry)-1]] && strings.HasPrefix(text(i, pk), "K#") {
				keys = append(keys, row(text(i, pk), text(i, sk)))
			}
		}
	}
	return keys, nil
}

func (s *Store) eachRow(ctx context.Context, r desk.Ref, fn func(i item) error) error {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#p = :p"), ProjectionExpression: aws.String("#p, #s, #doc"),
		ExpressionAttributeNames: map[string]string{"#p": pk, "#s": sk, "#doc": doc}, ExpressionAttributeValues: item{":p": str(conversationKey(r))},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the rows of %s: %w", r.Conversation, err)
		}
		for _, i := range out.Items {
			if err := fn(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// kinds are what rows of a conversation are counted as.
var kinds = map[string]string{"M": desk.RemovedMessages, "T": desk.RemovedTurns, "E": desk.RemovedEffects}

// eraseRows deletes rows, some at a time, and counts them: as what, or by their kind.
func (s *Store) eraseRows(ctx context.Context, rows []item, gone map[string]int, what string) error {
	for some := range slices.Chunk(rows, maxErased) {
		if err := each(some, func(key item) error { return s.erase(ctx, key) }); err != nil {
			return err
		}
		for _, key := range some {
			kind, _, _ := strings.Cut(text(key, sk), "#")
			if what != "" {
				gone[what]++
			} else if name := kinds[kind]; name != "" {
				gone[name]++
			}
		}
	}
	return nil
}

// maxErased is how many rows are deleted at once.
const maxErased = 16

// erase deletes a row; one with its content only while that is still what it says.
func (s *Store) erase(ctx context.Context, i item) error {
	in := &dynamodb.DeleteItemInput{TableName: &s.table, Key: row(text(i, pk), text(i, sk))}
	if was, ok := i[doc]; ok {
		in.ConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues = aws.String("#doc = :was"), map[string]string{"#doc": doc}, item{":was": was}
	}
	_, err := s.db.DeleteItem(ctx, in)
	var other *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &other) {
		return fmt.Errorf("erase %s: %w", text(i, sk), err)
	}
	return nil
}

// EraseContact takes out a contact's card.
func (s *Store) EraseContact(ctx context.Context, brand, contact string) (was bool, err error) {
	c, err := s.Contact(ctx, brand, contact)
	if err != nil || c == nil {
		return false, err
	}
	if err := s.forgetIdentity(ctx, brand, c); err != nil {
		return false, err
	}
	if err := s.erase(ctx, row("S#"+brand, string(Blocks)+"#"+contact)); err != nil {
		return false, err
	}
	return true, s.erase(ctx, row(contactKey(brand, contact), head))
}

// EraseHeld takes out what is held.
func (s *Store) EraseHeld(ctx context.Context, k desk.HeldKey) error { return s.erase(ctx, heldRow(k)) }

// Unexplain takes the reason out of a line of the audit: what was done stays, by whom and when.
func (s *Store) Unexplain(ctx context.Context, c desk.Change) error {
	c.Why = ""
	i, err := changeRow(c)
	if err == nil {
		_, err = s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: i})
	}
	if err != nil {
		return fmt.Errorf("take the reason out of a change: %w", err)
	}
	return nil
}
