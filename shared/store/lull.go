package store

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/lull"
)

// Lulls are what reconcile knows of how much comes to a brand, by channel: row S#brand / LULLS, written once an hour.
type Lulls struct {
	At       time.Time             `json:"at"`      // when it was looked at last
	Counted  map[string]int        `json:"counted"` // what had come by then on that day, by channel
	Channels map[string]lull.Watch `json:"channels"`
}

const lullsRow = "LULLS"

// Lulls reads what is known; nothing at first.
func (s *Store) Lulls(ctx context.Context, brand string) (l Lulls, err error) {
	key := settingKey(brand, lullsRow)
	found, err := s.get(ctx, key)
	if err != nil {
		return l, fmt.Errorf("read how much comes to %s: %w", brand, err)
	}
	if i, ok := found[text(key, pk)+lullsRow]; ok {
		err = content(i, &l)
	}
	return l, err
}

// KeepLulls writes it. Reconcile alone does: who is later writes over what an earlier one knew.
func (s *Store) KeepLulls(ctx context.Context, brand string, l Lulls) error {
	i, err := with(settingKey(brand, lullsRow), l)
	if err != nil {
		return err
	}
	if _, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: i}); err != nil {
		return fmt.Errorf("keep how much comes to %s: %w", brand, err)
	}
	return nil
}
