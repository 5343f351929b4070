package dynamodb_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"pronto/infra/local/dynamodb"
	"pronto/infra/local/dynamodb/attr"
)

// The golden form of a record is that of AWS's documented sample event for Lambda.
func TestRecordsAreWhatLambdaReceives(t *testing.T) {
	l := withTable(t)
	l.put(`{"pk":{"S":"a"},"n":{"N":"1"}}`)
	l.clk.Turn(1500 * time.Millisecond)
	l.put(`{"pk":{"S":"a"},"n":{"N":"2"}}`)
	l.do("DeleteItem", `{"TableName":"tab","Key":{"pk":{"S":"a"}}}`)
	records, err := l.Records("tab", 1, 10)
	if err != nil || len(records) != 2 {
		t.Fatalf("records = %v, %v", records, err)
	}
	var id struct{ EventID string }
	if err := json.Unmarshal(records[0].JSON, &id); err != nil || len(id.EventID) != 32 {
		t.Fatalf("event id %q, %v", id.EventID, err)
	}
	want := `{"eventID":"` + id.EventID + `","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",` +
		`"dynamodb":{"ApproximateCreationDateTime":1772366401,"Keys":{"pk":{"S":"a"}},"NewImage":{"n":{"N":"2"},"pk":{"S":"a"}},"OldImage":{"n":{"N":"1"},"pk":{"S":"a"}},` +
		`"SequenceNumber":"100000000000000000002","SizeBytes":15,"StreamViewType":"NEW_AND_OLD_IMAGES"},` +
		`"eventSourceARN":"arn:aws:dynamodb:us-east-1:000000000000:table/tab/stream/2026-03-01T12:00:00.000"}`
	if string(records[0].JSON) != want {
		t.Errorf("record\n got %s\nwant %s", records[0].JSON, want)
	}
	raw, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	var event events.DynamoDBEvent
	if err := json.Unmarshal(raw, &event); err != nil {
		t.Fatal(err)
	}
	r := event.Records[1]
	if r.EventName != "REMOVE" || r.Change.OldImage["n"].Number() != "2" || len(r.Change.NewImage) != 0 || r.Change.ApproximateCreationDateTime.UTC() != start.Add(time.Second) || r.UserIdentity != nil {
		t.Errorf("as aws-lambda-go reads it: %+v", r)
	}
	if records[1].Sequence != 3 || records[1].Event != "REMOVE" || dynamodb.SequenceNumber(3) != r.Change.SequenceNumber {
		t.Errorf("record = %+v", records[1])
	}
	if n, err := dynamodb.ParseSequence(r.Change.SequenceNumber); n != 3 || err != nil {
		t.Errorf("parsed sequence = %d, %v", n, err)
	}
}

func TestChangedWakesAtTheNextCommit(t *testing.T) {
	l := withTable(t)
	changed := l.Changed()
	l.fails("PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(pk)"}`, "ConditionalCheckFailedException", "")
	select {
	case <-changed:
		t.Fatal("a refused write woke the readers")
	default:
	}
	l.put(`{"pk":{"S":"a"}}`)
	select {
	case <-changed:
	case <-time.After(time.Minute):
		t.Fatal("nobody was woken")
	}
}

func TestStreamIteratorsAndRetention(t *testing.T) {
	l := withTable(t)
	l.put(`{"pk":{"S":"a"}}`)
	l.clk.Turn(20 * time.Hour)
	l.put(`{"pk":{"S":"b"}}`)
	arn := "arn:aws:dynamodb:us-east-1:000000000000:table/tab/stream/2026-03-01T12:00:00.000"
	if got := l.do("ListStreams", `{"TableName":"tab"}`); !strings.Contains(got, arn) {
		t.Errorf("streams = %s", got)
	}
	iterator := func(kind, sequence string) string {
		t.Helper()
		var out struct{ ShardIterator string }
		body := fmt.Sprintf(`{"StreamArn":%q,"ShardId":"shardId-00000000000000000001-00000001","ShardIteratorType":%q%s}`, arn, kind, sequence)
		if err := json.Unmarshal([]byte(l.do("GetShardIterator", body)), &out); err != nil {
			t.Fatal(err)
		}
		return out.ShardIterator
	}
	count := func(it string) int {
		t.Helper()
		return strings.Count(l.do("GetRecords", `{"ShardIterator":"`+it+`"}`), "eventID")
	}
	first := `,"SequenceNumber":"100000000000000000001"`
	for _, c := range []struct {
		kind, sequence string
		want           int
	}{{"TRIM_HORIZON", "", 2}, {"LATEST", "", 0}, {"AT_SEQUENCE_NUMBER", first, 2}, {"AFTER_SEQUENCE_NUMBER", first, 1}} {
		if got := count(iterator(c.kind, c.sequence)); got != c.want {
			t.Errorf("%s: %d records, want %d", c.kind, got, c.want)
		}
	}
	old := iterator("TRIM_HORIZON", "")
	l.clk.Turn(5 * time.Hour)
	l.fails("GetRecords", `{"ShardIterator":"`+old+`"}`, "ExpiredIteratorException", "")
	if got := count(iterator("TRIM_HORIZON", "")); got != 1 {
		t.Errorf("after 25 hours %d records, want 1", got)
	}
	l.fails("GetShardIterator", fmt.Sprintf(`{"StreamArn":%q,"ShardId":"shardId-00000000000000000001-00000001","ShardIteratorType":"AT_SEQUENCE_NUMBER"%s}`, arn, first), "TrimmedDataAccessException", "")
	if err := l.Sweep(); err != nil {
		t.Fatal(err)
	}
	records, err := l.Records("tab", 0, 10)
	if err != nil || len(records) != 1 || records[0].Sequence != 2 {
		t.Errorf("after the sweep: %v, %v", records, err)
	}
}

// What is loaded is there, in the index too, and is none of the stream's business; what was there is replaced.
func TestLoadIsUnseenByTheStream(t *testing.T) {
	l := withTable(t)
	l.put(`{"pk":{"S":"a"},"n":{"N":"1"}}`)
	last, err := l.Latest("tab")
	if err != nil {
		t.Fatal(err)
	}
	items := func(yield func(attr.Item) bool) {
		for i := range 25_000 {
			id := fmt.Sprintf("k%05d", i)
			if i == 0 {
				id = "a"
			}
			if !yield(attr.Item{}.With("pk", attr.String(id)).With("n", attr.Num("7"))) {
				return
			}
		}
	}
	if err := l.Load("tab", items); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "k00001", "k24999"} {
		if got := l.do("GetItem", `{"TableName":"tab","Key":{"pk":{"S":"`+id+`"}}}`); !strings.Contains(got, `"N":"7"`) {
			t.Errorf("%s: %s", id, got)
		}
	}
	if now, err := l.Latest("tab"); err != nil || now != last {
		t.Errorf("the stream went from %d to %d, %v", last, now, err)
	}
	if err := l.Load("tab", func(yield func(attr.Item) bool) { yield(attr.Item{}.With("other", attr.String("x"))) }); err == nil {
		t.Error("an item without a key was loaded")
	}
}
