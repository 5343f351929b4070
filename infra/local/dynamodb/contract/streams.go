package contract

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	stream "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

func streamed(view types.StreamViewType) func(*dynamodb.CreateTableInput) {
	return func(in *dynamodb.CreateTableInput) {
		in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: view}
	}
}

// records reads the stream of a table until it has seen n records.
func (s *suite) records(table *string, n int) []stream.Record {
	s.Helper()
	out, err := s.db.DescribeTable(s.ctx, &dynamodb.DescribeTableInput{TableName: table})
	if err != nil {
		s.Fatal(err)
	}
	arn := out.Table.LatestStreamArn
	var records []stream.Record
	for deadline := time.Now().Add(30 * time.Second); len(records) < n && time.Now().Before(deadline); {
		records = nil
		d, err := s.streams.DescribeStream(s.ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: arn})
		if err != nil {
			s.Fatal(err)
		}
		for _, shard := range d.StreamDescription.Shards {
			records = append(records, s.shard(arn, shard.ShardId)...)
		}
	}
	if len(records) != n {
		s.Fatalf("%d records, want %d", len(records), n)
	}
	return records
}

func (s *suite) shard(arn, id *string) (out []stream.Record) {
	s.Helper()
	it, err := s.streams.GetShardIterator(s.ctx, &dynamodbstreams.GetShardIteratorInput{StreamArn: arn, ShardId: id, ShardIteratorType: stream.ShardIteratorTypeTrimHorizon})
	if err != nil {
		s.Fatal(err)
	}
	next := it.ShardIterator
	for empty := 0; next != nil && empty < 3; {
		got, err := s.streams.GetRecords(s.ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: next, Limit: aws.Int32(2)})
		if err != nil {
			s.Fatal(err)
		}
		if next = got.NextShardIterator; len(got.Records) == 0 {
			empty++
		}
		out = append(out, got.Records...)
	}
	return out
}

func streamRecords(s *suite) {
	t := s.table(streamed(types.StreamViewTypeNewAndOldImages))
	s.put(t, with("a", "1", item{"v": num(1)}))
	s.put(t, with("a", "1", item{"v": num(1)})) // changes nothing: no record
	if err := s.transact("", txAdd(t, key("a", "1"), 1), txCheck(t, key("a", "2"), "attribute_not_exists(pk)")); err != nil {
		s.Fatal(err)
	}
	_, err := s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: t, Item: key("a", "1"), ConditionExpression: aws.String("attribute_not_exists(pk)")})
	s.refused(err, "ConditionalCheckFailedException", "")
	if _, err := s.db.DeleteItem(s.ctx, &dynamodb.DeleteItemInput{TableName: t, Key: key("a", "1")}); err != nil {
		s.Fatal(err)
	}
	var lines []string
	last := ""
	for _, r := range s.records(t, 3) {
		lines = append(lines, fmt.Sprint(r.EventName, " ", value(r.Dynamodb.OldImage["v"]), "→", value(r.Dynamodb.NewImage["v"])))
		if n := *r.Dynamodb.SequenceNumber; len(n) < 21 || len(n) == len(last) && n <= last {
			s.Errorf("sequence number %s after %s", n, last)
		}
		last = *r.Dynamodb.SequenceNumber
		if value(r.Dynamodb.Keys["sk"]) != "1" || len(r.Dynamodb.Keys) != 2 || *r.EventID == "" || *r.EventSource != "aws:dynamodb" || *r.Dynamodb.SizeBytes == 0 || r.UserIdentity != nil {
			s.Errorf("record = %+v", r)
		}
	}
	if got := strings.Join(lines, ", "); got != "INSERT →1, MODIFY 1→2, REMOVE 2→" {
		s.Errorf("records = %s", got)
	}
}

func value(v stream.AttributeValue) string {
	switch v := v.(type) {
	case *stream.AttributeValueMemberN:
		return v.Value
	case *stream.AttributeValueMemberS:
		return v.Value
	}
	return ""
}

func streamViews(s *suite) {
	for view, want := range map[types.StreamViewType]string{
		types.StreamViewTypeKeysOnly: "false false", types.StreamViewTypeNewImage: "false true", types.StreamViewTypeOldImage: "true false", types.StreamViewTypeNewAndOldImages: "true true",
	} {
		t := s.table(streamed(view))
		s.put(t, key("a", "1"))
		s.put(t, with("a", "1", item{"v": num(1)}))
		d := s.records(t, 2)[1].Dynamodb
		if got := fmt.Sprint(d.OldImage != nil, " ", d.NewImage != nil); got != want {
			s.Errorf("%s shows old and new: %s, want %s", view, got, want)
		}
	}
}

func timeToLive(s *suite) {
	t := s.table()
	set := func(name string, on bool) error {
		_, err := s.db.UpdateTimeToLive(s.ctx, &dynamodb.UpdateTimeToLiveInput{TableName: t, TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &name, Enabled: &on}})
		return err
	}
	if err := set("ttl", true); err != nil {
		s.Fatal(err)
	}
	s.refused(set("ttl", true), "ValidationException", "")
	out, err := s.db.DescribeTimeToLive(s.ctx, &dynamodb.DescribeTimeToLiveInput{TableName: t})
	if err != nil || out.TimeToLiveDescription.AttributeName == nil || *out.TimeToLiveDescription.AttributeName != "ttl" {
		s.Errorf("described as %+v, %v", out, err)
	}
}
