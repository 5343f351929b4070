package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// replayed is when a webhook was ordered once more, in Unix milliseconds: its day of trying begins anew.
const replayed = "re"

// hookKey is where a brand's webhooks stand, by the time at which they were decided: for those who look what was told, and tell it again.
func hookKey(brand string, shard any) string { return fmt.Sprintf("V#%s#%v", brand, shard) }

// listHook enters a webhook's effect in that list.
func listHook(i item, e desk.Effect) {
	if e.Hook != nil {
		i[g2pk], i[g2sk] = str(hookKey(e.Brand, shard(e.Conversation))), str(hookPlace(e))
	}
}

func hookPlace(e desk.Effect) string { return stamp(e.Decided) + "#" + e.Conversation + "#" + e.ID }

// Told records that a brand's system took a webhook, with its answer's status.
func (s *Store) Told(ctx context.Context, e desk.Effect, status string) error {
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(e.Ref), effectKey(e.ID)),
		UpdateExpression:         aws.String("SET #state = :done, #prov = :status REMOVE #next, #when, #why"),
		ConditionExpression:      aws.String("#state = :sending"),
		ExpressionAttributeNames: map[string]string{"#state": state, "#prov": provider, "#next": g3pk, "#when": g3sk, "#why": failure},
		ExpressionAttributeValues: item{
			":done": str(string(desk.Accepted)), ":sending": str(string(desk.Sending)), ":status": str(status),
		},
	})
	return unlessMoved(err, "settle", e)
}

// Replay orders a webhook that is done once more, under its old id; the sweep brings it within a minute or two. It is false for what is under way anyway.
func (s *Store) Replay(ctx context.Context, e desk.Effect, now time.Time) (bool, error) {
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(e.Ref), effectKey(e.ID)),
		UpdateExpression:    aws.String("SET #state = :queued, #n = :none, #re = :now, #next = :shard, #when = :when REMOVE #day, #sum, #why, #maybe"),
		ConditionExpression: aws.String("#state IN (:accepted, :failed)"),
		ExpressionAttributeNames: map[string]string{
			"#state": state, "#n": attempts, "#re": replayed, "#next": g3pk, "#when": g3sk, "#day": g1pk, "#sum": g1sk, "#why": failure, "#maybe": unsure,
		},
		ExpressionAttributeValues: item{
			":queued": str(string(desk.Queued)), ":accepted": str(string(desk.Accepted)), ":failed": str(string(desk.Failed)), ":none": num(0),
			":now": num(now.UnixMilli()), ":shard": str("D#" + shard(e.Conversation)), ":when": str(nextTry(now, e.Lane)),
		},
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("replay effect %s: %w", e.ID, err)
	}
	return true, nil
}

// Hooks lists a brand's webhooks that were decided before a place and not before since, newest first; next is where the following page begins, "" at the end.
func (s *Store) Hooks(ctx context.Context, brand, before string, since time.Time, max int) (page []desk.Effect, next string, err error) {
	places, next, err := s.hookPlaces(ctx, brand, cmp.Or(before, "~"), stamp(since), max)
	if err != nil {
		return nil, "", err
	}
	var refs []desk.EffectRef
	for _, p := range places {
		if parts := strings.Split(p, "#"); len(parts) == 3 {
			refs = append(refs, desk.EffectRef{Ref: desk.Ref{Brand: brand, Conversation: parts[1]}, ID: parts[2]})
		}
	}
	if page, err = s.Effects(ctx, refs); err != nil {
		return nil, "", err
	}
	slices.SortFunc(page, func(a, b desk.Effect) int { return strings.Compare(hookPlace(b), hookPlace(a)) })
	return page, next, nil
}

func (s *Store) hookPlaces(ctx context.Context, brand, before, since string, max int) (places []string, next string, err error) {
	var mu sync.Mutex
	var shards []int
	for n := range Shards {
		shards = append(shards, n)
	}
	err = each(shards, func(n int) error {
		out, err := s.db.Query(ctx, &dynamodb.QueryInput{
			TableName: &s.table, IndexName: aws.String(people), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(max + 1)),
			KeyConditionExpression:    aws.String("#p = :p AND #s BETWEEN :since AND :before"),
			ExpressionAttributeNames:  map[string]string{"#p": g2pk, "#s": g2sk},
			ExpressionAttributeValues: item{":p": str(hookKey(brand, n)), ":since": str(since), ":before": str(before)},
		})
		if err != nil {
			return fmt.Errorf("list webhooks: %w", err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, i := range out.Items {
			if at := text(i, g2sk); at < before {
				places = append(places, at)
			}
		}
		return nil
	})
	slices.SortFunc(places, func(a, b string) int { return strings.Compare(b, a) })
	if len(places) > max {
		places = places[:max]
		next = places[max-1]
	}
	return places, next, err
}
