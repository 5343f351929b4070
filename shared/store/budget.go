package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Budgets hands out what brands and domains may still be sent in this hour (by the clock, UTC). It leases blocks from the table and gives them out from
// memory, so that a burst costs few writes; what a dying process had leased is lost, so less is sent, never more.
type Budgets struct {
	store *Store
	mu    sync.Mutex
	lots  map[string]*lot
}

type lot struct {
	mu    sync.Mutex // held over the lease, so that a burst leases once
	hour  string
	left  int
	next  int  // size of the next lease: doubled while leases are used up, so that many processes do not each sit on a large one
	spent bool // the hour's limit is reached: asking again cannot help before the next
}

// NewBudgets returns the budgets of this process.
func NewBudgets(s *Store) *Budgets { return &Budgets{store: s, lots: map[string]*lot{}} }

// share is the largest part of a limit that one lease takes.
const share = 1000

// maxLots bounds the memory: beyond it the leases at hand are dropped, which sends less and never more.
const maxLots = 4096

// Take takes one unit of key's budget; false when the hour's limit is reached.
func (b *Budgets) Take(ctx context.Context, brand, key string, limit int, now time.Time) (bool, error) {
	l := b.lot(brand + "#" + key)
	l.mu.Lock()
	defer l.mu.Unlock()
	if hour := now.UTC().Format("2006-01-02T15"); hour != l.hour {
		l.hour, l.left, l.next, l.spent = hour, 0, 1, false
	}
	if l.left == 0 && !l.spent {
		n, err := b.store.lease(ctx, brand, key, limit, l.next, now)
		if err != nil {
			return false, err
		}
		l.left, l.spent, l.next = n, n == 0, min(2*l.next, max(1, limit/share))
	}
	if l.left == 0 {
		return false, nil
	}
	l.left--
	return true, nil
}

// GiveBack returns a unit that was not used, within the hour in which it was taken.
func (b *Budgets) GiveBack(brand, key string, taken time.Time) {
	l := b.lot(brand + "#" + key)
	l.mu.Lock()
	defer l.mu.Unlock()
	if taken.UTC().Format("2006-01-02T15") == l.hour {
		l.left++
	}
}

func (b *Budgets) lot(key string) *lot {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.lots[key]
	if !ok {
		if len(b.lots) >= maxLots {
			clear(b.lots)
		}
		l = &lot{}
		b.lots[key] = l
	}
	return l
}

// lease takes up to n units of this hour's limit, or what is left of it, or none.
func (s *Store) lease(ctx context.Context, brand, key string, limit, n int, now time.Time) (int, error) {
	for ; n > 0; n /= 2 {
		ok, err := s.leaseBlock(ctx, brand, key, limit, n, now)
		if ok || err != nil {
			return n, err
		}
	}
	return 0, nil
}

func (s *Store) leaseBlock(ctx context.Context, brand, key string, limit, n int, now time.Time) (bool, error) {
	if n > limit {
		return false, nil
	}
	hour := now.UTC().Truncate(time.Hour)
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row("B#"+brand+"#"+key, stamp(hour)),
		UpdateExpression:         aws.String("SET #exp = :exp ADD #n :n"),
		ConditionExpression:      aws.String("attribute_not_exists(#n) OR #n <= :room"),
		ExpressionAttributeNames: map[string]string{"#n": attempts, "#exp": expires},
		ExpressionAttributeValues: item{
			":n": num(int64(n)), ":room": num(int64(limit - n)), ":exp": num(hour.Add(48 * time.Hour).Unix()),
		},
	})
	var full *types.ConditionalCheckFailedException
	if errors.As(err, &full) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lease budget: %w", err)
	}
	return true, nil
}
