package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/shared/store"
)

// table is the one table, as store.TheSchema says it: on demand, its stream for relay, restorable to any second of 35 days. Its key is AWS's own: reading and writing
// it needs the function's role, and a key of ours would add a call to KMS, and its price, without keeping out anybody whom the role lets in.
func table(scope constructs.Construct, d desk) awsdynamodb.TableV2 {
	s := store.TheSchema()
	var indexes []*awsdynamodb.GlobalSecondaryIndexPropsV2
	for _, i := range s.Indexes {
		p := &awsdynamodb.GlobalSecondaryIndexPropsV2{
			IndexName: &i.Name, PartitionKey: text(i.PartitionKey), SortKey: text(i.SortKey), ProjectionType: awsdynamodb.ProjectionType_KEYS_ONLY,
		}
		if len(i.Carry) > 0 {
			p.ProjectionType, p.NonKeyAttributes = awsdynamodb.ProjectionType_INCLUDE, jsii.Strings(i.Carry...)
		}
		indexes = append(indexes, p)
	}
	return awsdynamodb.NewTableV2(scope, jsii.String("Table"), &awsdynamodb.TablePropsV2{
		TableName:              d.name("desk"),
		PartitionKey:           text(s.PartitionKey),
		SortKey:                text(s.SortKey),
		GlobalSecondaryIndexes: &indexes,
		TimeToLiveAttribute:    &s.Expiry,
		DynamoStream:           awsdynamodb.StreamViewType(s.Stream),
		Billing:                awsdynamodb.Billing_OnDemand(nil),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true), RecoveryPeriodInDays: jsii.Number(35),
		},
		DeletionProtection: &d.stage.Keep,
		RemovalPolicy:      d.removal(),
	})
}

func text(name string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: &name, Type: awsdynamodb.AttributeType_STRING}
}

// days is a duration, or nil for none.
func days(n int) awscdk.Duration {
	if n == 0 {
		return nil
	}
	return awscdk.Duration_Days(jsii.Number(n))
}
