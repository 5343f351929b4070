package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Create makes the table from the schema, unless it is there already.
func (s Schema) Create(ctx context.Context, db *dynamodb.Client, table string) error {
	_, err := db.CreateTable(ctx, s.input(table))
	var exists *types.ResourceInUseException
	if errors.As(err, &exists) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create table %s: %w", table, err)
	}
	_, err = db.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName:               &table,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &s.Expiry, Enabled: aws.Bool(true)},
	})
	if err != nil {
		return fmt.Errorf("set the expiry of table %s: %w", table, err)
	}
	return nil
}

func (s Schema) input(table string) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName:   &table,
		BillingMode: types.BillingModePayPerRequest,
		KeySchema:   keySchema(s.PartitionKey, s.SortKey),
		StreamSpecification: &types.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewType(s.Stream),
		},
	}
	for _, name := range s.attributes() {
		in.AttributeDefinitions = append(in.AttributeDefinitions,
			types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS})
	}
	for _, i := range s.Indexes {
		projection := &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
		if len(i.Carry) > 0 {
			projection = &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: i.Carry}
		}
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(i.Name), KeySchema: keySchema(i.PartitionKey, i.SortKey), Projection: projection,
		})
	}
	return in
}

func (s Schema) attributes() []string {
	names := []string{s.PartitionKey, s.SortKey}
	for _, i := range s.Indexes {
		names = append(names, i.PartitionKey, i.SortKey)
	}
	return names
}

func keySchema(partition, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: aws.String(partition), KeyType: types.KeyTypeHash},
		{AttributeName: aws.String(sort), KeyType: types.KeyTypeRange},
	}
}
