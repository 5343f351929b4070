package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// All that was written between a contact and the desk stands in one partition of an index, by its time, whatever the conversation: the row of a message is in it, those of turns and
// effects are not.

// Written is a message of a contact's, with the conversation in whose rows it lies.
type Written struct {
	desk.Ref
	Contact string
	desk.Message
}

// Spot is where a page of all that contacts wrote has ended: its earliest message. The zero spot is the end of all.
type Spot struct {
	At           string `json:"t,omitempty"` // as keys have it
	Contact      string `json:"p,omitempty"`
	Conversation string `json:"c,omitempty"`
	ID           string `json:"m,omitempty"`
}

// entry is a place in the index. Of one moment the contacts stand in the order of their ids, and what is of one contact as the index has it: the same at each reading.
type entry struct {
	desk.Ref
	contact, at, sort string
}

// Everything reads what was written by and to some contacts, those of one person, over all of their conversations: the newest before a spot, in the order of time, so many messages and
// of so many conversations at most. more tells that there is more before, and next from where. A page costs the same however much there is: one query a contact, and its messages by their keys.
// What is gone between the two readings is left out. The index is a moment behind the table.
func (s *Store) Everything(ctx context.Context, brand string, contacts []string, before Spot, max, conversations int) (all []Written, next Spot, more bool, err error) {
	found := make([][]entry, len(contacts))
	var which []int
	for n := range contacts {
		which = append(which, n)
	}
	err = each(which, func(n int) (err error) {
		found[n], err = s.entries(ctx, brand, contacts[n], before, max+1)
		return err
	})
	if err != nil {
		return nil, next, false, err
	}
	page := slices.Concat(found...)
	slices.SortStableFunc(page, func(a, b entry) int {
		return cmp.Or(strings.Compare(b.at, a.at), strings.Compare(a.contact, b.contact))
	})
	if page, more = firstOf(page, max, conversations); more {
		e := page[len(page)-1]
		next = Spot{At: e.at, Contact: e.contact, Conversation: e.Conversation, ID: strings.TrimPrefix(e.sort, "M#"+e.at+"#")}
	}
	slices.Reverse(page)
	all, err = s.written(ctx, page)
	return all, next, more, err
}

// firstOf is as much of the entries as a page may have; more tells that it is not all.
func firstOf(all []entry, max, conversations int) (page []entry, more bool) {
	seen := map[desk.Ref]bool{}
	for i, e := range all {
		if !seen[e.Ref] && len(seen) == conversations || i == max {
			return all[:i], true
		}
		seen[e.Ref] = true
	}
	return all, false
}

// entries reads the newest entries of a contact before a spot. What is of the spot's own moment was shown where its contact stands before the spot's, and comes where it stands after it.
func (s *Store) entries(ctx context.Context, brand, contact string, before Spot, max int) (all []entry, err error) {
	in := &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(people), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(max)),
		KeyConditionExpression: aws.String("#p = :p"), ExpressionAttributeNames: map[string]string{"#p": g2pk}, ExpressionAttributeValues: item{":p": str(contactKey(brand, contact))},
	}
	if before.At != "" {
		until := "<="
		if contact < before.Contact {
			until = "<"
		}
		in.KeyConditionExpression = aws.String("#p = :p AND #s " + until + " :at")
		in.ExpressionAttributeNames["#s"], in.ExpressionAttributeValues[":at"] = g2sk, str(before.At)
	}
	if contact == before.Contact {
		in.ExclusiveStartKey = row(conversationKey(desk.Ref{Brand: brand, Conversation: before.Conversation}), "M#"+before.At+"#"+before.ID)
		in.ExclusiveStartKey[g2pk], in.ExclusiveStartKey[g2sk] = str(contactKey(brand, contact)), str(before.At)
	}
	out, err := s.db.Query(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("list all that a contact wrote: %w", err)
	}
	for _, i := range out.Items {
		if r, ok := parseConversation(text(i, pk)); ok {
			all = append(all, entry{r, contact, text(i, g2sk), text(i, sk)})
		}
	}
	return all, nil
}

// written reads the messages at some places; those that are gone are left out.
func (s *Store) written(ctx context.Context, page []entry) (all []Written, err error) {
	for part := range slices.Chunk(page, maxBatch) {
		var keys []item
		for _, e := range part {
			keys = append(keys, row(conversationKey(e.Ref), e.sort))
		}
		rows, err := s.get(ctx, keys...)
		if err != nil {
			return nil, err
		}
		for _, e := range part {
			i, ok := rows[conversationKey(e.Ref)+e.sort]
			if !ok {
				continue
			}
			w := Written{Ref: e.Ref, Contact: e.contact}
			if w.Message.Unknown, err = contentAndMore(i, &w.Message); err != nil {
				return nil, err
			}
			all = append(all, w)
		}
	}
	return all, nil
}

// After reads the message that follows one in its conversation's rows; nil when it is the last.
func (s *Store) After(ctx context.Context, r desk.Ref, m desk.Message) (next *desk.Message, err error) {
	_, err = s.rows(ctx, r, span{prefix: "M#", from: strings.TrimPrefix(messageKey(&m), "M#") + "~", few: 1}, messages(func(x desk.Message) bool {
		next = &x
		return false
	}))
	return next, err
}
