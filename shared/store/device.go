package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// Agents are of no brand, and neither are their devices: one partition has a row for each agent who has any, so that a page is one read and all can be listed.

const devicesKey = "U#*"

// Devices are an agent's.
func (s *Store) Devices(ctx context.Context, agent string) (desk.Devices, error) {
	all, _, err := s.devices(ctx, agent)
	return all, err
}

func (s *Store) devices(ctx context.Context, agent string) (all desk.Devices, version int64, err error) {
	found, err := s.get(ctx, row(devicesKey, agent))
	if err != nil {
		return nil, 0, fmt.Errorf("read an agent's devices: %w", err)
	}
	i, ok := found[devicesKey+agent]
	if !ok {
		return nil, 0, nil
	}
	if !dropped(i) {
		err = content(i, &all)
	}
	return all, number(i, seq), err
}

// EditDevices changes an agent's devices; an error of edit leaves them as they are. Two at a time follow one another. A row without devices is empty, and goes by itself.
func (s *Store) EditDevices(ctx context.Context, agent string, edit func(desk.Devices) (desk.Devices, error)) error {
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return err
		}
		was, version, err := s.devices(ctx, agent)
		if err != nil {
			return err
		}
		is, err := edit(was)
		if err != nil {
			return err
		}
		err = s.putDevices(ctx, agent, is, version)
		var moved *types.ConditionalCheckFailedException
		if !errors.As(err, &moved) {
			return err
		}
	}
	return ErrBusy
}

func (s *Store) putDevices(ctx context.Context, agent string, all desk.Devices, version int64) error {
	i, err := row(devicesKey, agent), error(nil)
	if len(all) > 0 {
		if i, err = with(i, all); err != nil {
			return err
		}
	}
	i[seq], i[expires] = num(version+1), num(max(1, all.Until().Unix()))
	c := guardOf(version > 0, int(version))
	in := &dynamodb.PutItemInput{TableName: &s.table, Item: i, ConditionExpression: &c.text, ExpressionAttributeNames: c.names}
	if c.values != nil {
		in.ExpressionAttributeValues = c.values
	}
	if _, err := s.db.PutItem(ctx, in); err != nil {
		return fmt.Errorf("write an agent's devices: %w", err)
	}
	return nil
}

// Equipped lists the agents who have devices.
func (s *Store) Equipped(ctx context.Context) (agents []string, err error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#p = :p"), ProjectionExpression: aws.String("#s"),
		ExpressionAttributeNames: map[string]string{"#p": pk, "#s": sk}, ExpressionAttributeValues: item{":p": str(devicesKey)},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list agents with devices: %w", err)
		}
		for _, i := range out.Items {
			agents = append(agents, text(i, sk))
		}
	}
	return agents, nil
}

// DropDevices removes all of an agent's.
func (s *Store) DropDevices(ctx context.Context, agent string) error {
	if _, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: row(devicesKey, agent)}); err != nil {
		return fmt.Errorf("drop an agent's devices: %w", err)
	}
	return nil
}
