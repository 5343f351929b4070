package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// What customers demand of their data are rows Z#brand#contact / at#id: a demand to be forgotten stays, with its receipt, when all else is gone.

func demandKey(k desk.DemandKey) item {
	return row("Z#"+k.Brand+"#"+k.Contact, stamp(k.At)+"#"+k.ID)
}

// demandRow is a demand, listed as long as it is open: who orders it may die before anybody is told.
func demandRow(d desk.Demand) (item, error) {
	i, err := with(demandKey(d.NameOf()), d)
	if err == nil && d.Done == nil {
		i[g1pk], i[g1sk] = str(openDemands(d.Brand)), str(stamp(d.At)+"#"+d.Contact+"#"+d.ID)
	}
	return i, err
}

func openDemands(brand string) string { return "Z#" + brand }

// OrderDemand records a demand, of each contact of the person, with a line in the audit, once for each key.
func (s *Store) OrderDemand(ctx context.Context, d desk.Demand, c desk.Change, once Once) (again bool, err error) {
	return s.Change(ctx, c, once, func(w *writer) {
		for _, x := range d.Each() {
			w.put(demandRow(x))
			w.guard(guardOf(false, 0))
		}
	})
}

// Demand reads one; nil when there is none.
func (s *Store) Demand(ctx context.Context, k desk.DemandKey) (*desk.Demand, error) {
	key := demandKey(k)
	found, err := s.get(ctx, key)
	if err != nil {
		return nil, err
	}
	i, ok := found[text(key, pk)+text(key, sk)]
	if !ok {
		return nil, nil
	}
	d := &desk.Demand{}
	return d, content(i, d)
}

// SaveDemand records how far a demand was met.
func (s *Store) SaveDemand(ctx context.Context, d desk.Demand) error {
	i, err := demandRow(d)
	if err == nil {
		_, err = s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: i})
	}
	if err != nil {
		return fmt.Errorf("save a demand: %w", err)
	}
	return nil
}

// OpenDemands are those of a brand that were ordered before a time and are not met yet, oldest first.
func (s *Store) OpenDemands(ctx context.Context, brand string, before time.Time) (all []desk.DemandKey, err error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(lists), Limit: aws.Int32(maxDemands), KeyConditionExpression: aws.String("#p = :p AND #s < :before"),
		ExpressionAttributeNames:  map[string]string{"#p": g1pk, "#s": g1sk},
		ExpressionAttributeValues: item{":p": str(openDemands(brand)), ":before": str(stamp(before))},
	})
	if err != nil {
		return nil, fmt.Errorf("list open demands: %w", err)
	}
	for _, i := range out.Items {
		parts := strings.Split(text(i, g1sk), "#")
		at, err := time.Parse(stampForm, parts[0])
		if err != nil || len(parts) != 3 {
			return nil, fmt.Errorf("an open demand cannot be read: %w", err)
		}
		all = append(all, desk.DemandKey{Brand: brand, Contact: parts[1], At: at, ID: parts[2]})
	}
	return all, nil
}

// maxDemands bounds a list: nobody demands so often.
const maxDemands = 100

// Demands lists what was demanded of what is kept about a contact, newest first.
func (s *Store) Demands(ctx context.Context, brand, contact string) ([]desk.Demand, error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(maxDemands),
		KeyConditionExpression: aws.String("#p = :p"), ExpressionAttributeNames: map[string]string{"#p": pk},
		ExpressionAttributeValues: item{":p": str("Z#" + brand + "#" + contact)},
	})
	if err != nil {
		return nil, fmt.Errorf("list demands: %w", err)
	}
	var all []desk.Demand
	for _, i := range out.Items {
		var d desk.Demand
		if err := content(i, &d); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}
