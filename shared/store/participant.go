package store

import (
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

// Parts are a participant's own conversations that were merged into somebody else's: those that go, and what he wrote since in others, which stay with him.
type Parts struct {
	Gone []string
	Stay []desk.Message
}

// EraseParticipant takes out of somebody else's conversation what a participant wrote and was sent, and that he took part. What he was sent and a message that stays
// names (who shared his receipt, an agent's answer) stays without whom it went to: the day's sum counts by it.
func (s *Store) EraseParticipant(ctx context.Context, e Erasure, contact string, parts Parts, his func(desk.Message) bool, sent func(desk.Effect) bool) (map[string]int, error) {
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
	for _, m := range parts.Stay {
		if since = true; m.Direction == "in" && m.At.After(newest.At) {
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
	if err := s.part(ctx, c.Ref, leaves, parts.Gone, idsOf(messages), newest, e.Now); err != nil {
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
func (s *Store) part(ctx context.Context, r desk.Ref, contact string, parts []string, his map[string]bool, newest desk.Message, now time.Time) error {
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
		c.Trace = slices.DeleteFunc(c.Trace, func(id string) bool { return his[id] })
		if c.PromiseOf != nil && slices.Contains(parts, c.PromiseOf.Conversation) {
			c.PromiseOf = nil
		}
		if newest.ID != "" && c.Party != newest.Author {
			c.Party, c.Thread = newest.Author, desk.Thread{}
		}
		c.Apart, c.Whole = nil, nil // they know of him
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
