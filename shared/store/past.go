package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// Opened reads messages that opened a brand's conversations on a UTC day, max at most: where the day had more, an even sample of it, since conversations' ids are drawn evenly.
func (s *Store) Opened(ctx context.Context, brand, day string, max int) (all []desk.Past, more bool, err error) {
	entries, more, err := s.someOfDay(ctx, brand, day, max)
	if err != nil {
		return nil, false, err
	}
	ids := map[desk.Ref][]string{}
	var refs []desk.Ref
	for _, e := range entries {
		p := strings.Split(e, "#")
		if len(p) < 4 || p[0] != "in" {
			continue
		}
		r := desk.Ref{Brand: brand, Conversation: p[1]}
		if ids[r] == nil {
			refs = append(refs, r)
		}
		ids[r] = append(ids[r], p[len(p)-1])
	}
	if len(refs) > max {
		refs, more = refs[:max], true
	}
	found, err := s.Conversations(ctx, refs)
	if err != nil {
		return nil, false, err
	}
	var keys []item
	for _, r := range refs {
		if c := found[r]; c != nil && desk.Day(c.Opened) == day {
			for _, id := range ids[r] {
				keys = append(keys, row(conversationKey(r), messageKey(&desk.Message{ID: id, At: c.Opened})))
			}
		}
	}
	for part := range slices.Chunk(keys, maxBatch) {
		rows, err := s.get(ctx, part...)
		if err != nil {
			return nil, false, err
		}
		for _, i := range rows {
			r, _ := parseConversation(text(i, pk))
			x := desk.Past{Conversation: *found[r]}
			if err := content(i, &x.Message); err != nil {
				return nil, false, err
			}
			all = append(all, x)
		}
	}
	return all, more, nil
}

// someOfDay reads some of the day's entries that are messages: as many of each shard.
func (s *Store) someOfDay(ctx context.Context, brand, day string, max int) (all []string, more bool, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	errs := make([]error, Shards)
	each := int32(2*max/Shards + 1) // what follows in a conversation has an entry, too
	for sh := range Shards {
		wg.Go(func() {
			out, err := s.db.Query(ctx, &dynamodb.QueryInput{
				TableName: &s.table, IndexName: aws.String(lists), Limit: &each, KeyConditionExpression: aws.String("#p = :p AND begins_with(#s, :in)"),
				ProjectionExpression: aws.String("#s"), ExpressionAttributeNames: map[string]string{"#p": g1pk, "#s": g1sk},
				ExpressionAttributeValues: item{":p": str(fmt.Sprintf("R#%s#%s#%d", brand, day, sh)), ":in": str("in#")},
			})
			if errs[sh] = err; err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			more = more || out.LastEvaluatedKey != nil
			for _, i := range out.Items {
				all = append(all, text(i, g1sk))
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, false, fmt.Errorf("list the day's messages: %w", err)
		}
	}
	slices.Sort(all)
	return all, more, nil
}
