package dynamodb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/dynamodb"
)

// local is a service on a file of its own, spoken to in raw JSON: what these tests hold fast is the protocol.
type local struct {
	*testing.T
	*dynamodb.Service
	clk  *clock.Clock
	db   *disk.DB
	path string
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T) *local {
	l := &local{T: t, clk: clock.Stopped(start), path: filepath.Join(t.TempDir(), "aws.db")}
	l.reopen()
	t.Cleanup(func() { l.db.Close() })
	return l
}

// reopen starts the service again on the same file.
func (l *local) reopen() {
	l.Helper()
	if l.db != nil {
		l.db.Close()
	}
	var err error
	if l.db, err = disk.Open(l.path, disk.Options{}); err != nil {
		l.Fatal(err)
	}
	if l.Service, err = dynamodb.New(l.db, l.clk); err != nil {
		l.Fatal(err)
	}
}

// send posts a request and answers the status and the body.
func (l *local) send(target, body string) (int, string) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", target)
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// do is send for an operation that must succeed.
func (l *local) do(operation, body string) string {
	l.Helper()
	code, out := l.send(target(operation), body)
	if code != http.StatusOK {
		l.Fatalf("%s %s: %d %s", operation, body, code, out)
	}
	return out
}

// fails wants an error of this code whose body contains words, and answers the body.
func (l *local) fails(operation, body, code, words string) string {
	l.Helper()
	status, out := l.send(target(operation), body)
	var e struct {
		Type string `json:"__type"`
	}
	_ = json.Unmarshal([]byte(out), &e)
	if status != http.StatusBadRequest || !strings.HasSuffix(e.Type, "#"+code) || !strings.Contains(out, words) {
		l.Errorf("%s %s: %d %s, want %s with %q", operation, body, status, out, code, words)
	}
	return out
}

func target(operation string) string {
	for _, streams := range []string{"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"} {
		if operation == streams {
			return "DynamoDBStreams_20120810." + operation
		}
	}
	return "DynamoDB_20120810." + operation
}

const tableT = `{"TableName":"tab","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
	"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],
	"GlobalSecondaryIndexes":[{"IndexName":"idx","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}],
	"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}`

func withTable(t *testing.T) *local {
	l := open(t)
	l.do("CreateTable", tableT)
	return l
}

func (l *local) put(item string) { l.Helper(); l.do("PutItem", `{"TableName":"tab","Item":`+item+`}`) }

func (l *local) get(pk string) string {
	l.Helper()
	return l.do("GetItem", `{"TableName":"tab","Key":{"pk":{"S":"`+pk+`"}}}`)
}

func TestHeadersAndBodiesOfTheProtocol(t *testing.T) {
	l := withTable(t)
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"TableName":"tab","Key":{"pk":{"S":"a"}}}`))
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.GetItem")
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	h := w.Result().Header
	if h.Get("Content-Type") != "application/x-amz-json-1.0" || h.Get("X-Amzn-Requestid") == "" || h.Get("X-Amz-Crc32") != fmt.Sprint(crc32.ChecksumIEEE(w.Body.Bytes())) {
		t.Errorf("headers = %v", h)
	}
	if w.Body.String() != "{}" {
		t.Errorf("a missing item = %s", w.Body)
	}
	l.fails("DescribeTable", `{"TableName":"none"}`, "ResourceNotFoundException", `"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"`)
	l.fails("PutItem", `{"TableName":"tab","Item":{"pk":{"S":""}}}`, "ValidationException", `"__type":"com.amazon.coral.validate#ValidationException"`)
	l.fails("PutItem", `{"TableName":"tab","Item":[]}`, "SerializationException", "")
	l.fails("PutItem", `{"TableName":"tab"`, "SerializationException", "")
}

// What is not implemented must say so: accepting and ignoring would make a test lie.
func TestWhatIsNotImplementedSaysSo(t *testing.T) {
	l := withTable(t)
	for _, c := range []struct{ operation, body, words string }{
		{"ExecuteStatement", `{}`, "ExecuteStatement"},
		{"UpdateTable", `{}`, "UpdateTable"},
		{"PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"}},"Expected":{}}`, "Expected"},
		{"PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"}},"ReturnItemCollectionMetrics":"SIZE"}`, "ReturnItemCollectionMetrics"},
		{"GetItem", `{"TableName":"tab","Key":{"pk":{"S":"a"}},"AttributesToGet":["a"]}`, "AttributesToGet"},
		{"GetItem", `{"TableName":"arn:aws:dynamodb:eu-central-1:000000000000:table/tab","Key":{"pk":{"S":"a"}}}`, "ARN"},
		{"CreateTable", `{"TableName":"two","LocalSecondaryIndexes":[]}`, "LocalSecondaryIndexes"},
		{"TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"tab","Item":{"pk":{"S":"a"}},"Mystery":1}}]}`, "Mystery"},
	} {
		status, out := l.send(target(c.operation), c.body)
		if status != http.StatusBadRequest || !strings.Contains(out, "local AWS:") || !strings.Contains(out, c.words) || !strings.Contains(out, "not implemented") {
			t.Errorf("%s %s: %d %s", c.operation, c.body, status, out)
		}
	}
}

func TestEveryOperationIsListedAndAnswers(t *testing.T) {
	l := open(t)
	if n := len(dynamodb.Operations()); n != 20 {
		t.Errorf("%d operations", n)
	}
	for _, operation := range dynamodb.Operations() {
		_, out := l.send(target(operation), `{"Mystery":1}`)
		if !strings.Contains(out, operation+"'s parameter") {
			t.Errorf("%s answers an unknown parameter with %s", operation, out)
		}
	}
}

func TestStateSurvivesARestart(t *testing.T) {
	l := withTable(t)
	l.put(`{"pk":{"S":"a"},"g":{"S":"x"},"n":{"N":"1.50"}}`)
	l.do("UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`)
	before := l.do("DescribeTable", `{"TableName":"tab"}`)
	l.reopen()
	if got := l.get("a"); got != `{"Item":{"g":{"S":"x"},"n":{"N":"1.5"},"pk":{"S":"a"}}}` {
		t.Errorf("item = %s", got)
	}
	if after := l.do("DescribeTable", `{"TableName":"tab"}`); after != before {
		t.Errorf("description\nbefore %s\n after %s", before, after)
	}
	if got := l.do("DescribeTimeToLive", `{"TableName":"tab"}`); !strings.Contains(got, `"ENABLED"`) {
		t.Errorf("time to live = %s", got)
	}
}

func TestATableMadeAgainIsEmpty(t *testing.T) {
	l := withTable(t)
	l.put(`{"pk":{"S":"a"},"g":{"S":"x"}}`)
	l.do("DeleteTable", `{"TableName":"tab"}`)
	l.fails("GetItem", `{"TableName":"tab","Key":{"pk":{"S":"a"}}}`, "ResourceNotFoundException", "")
	l.clk.Turn(time.Second)
	l.do("CreateTable", tableT)
	if got := l.get("a"); got != "{}" {
		t.Errorf("item = %s", got)
	}
	if records, err := l.Records("tab", 0, 10); err != nil || len(records) != 0 {
		t.Errorf("records = %v, %v", records, err)
	}
}

func TestDeletionProtection(t *testing.T) {
	l := open(t)
	l.do("CreateTable", strings.Replace(tableT, "{", `{"DeletionProtectionEnabled":true,`, 1))
	l.fails("DeleteTable", `{"TableName":"tab"}`, "ValidationException", "protected")
}

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
	want := `{"eventID":"` + id.EventID + `","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-central-1",` +
		`"dynamodb":{"ApproximateCreationDateTime":1772366401,"Keys":{"pk":{"S":"a"}},"NewImage":{"n":{"N":"2"},"pk":{"S":"a"}},"OldImage":{"n":{"N":"1"},"pk":{"S":"a"}},` +
		`"SequenceNumber":"100000000000000000002","SizeBytes":15,"StreamViewType":"NEW_AND_OLD_IMAGES"},` +
		`"eventSourceARN":"arn:aws:dynamodb:eu-central-1:000000000000:table/tab/stream/2026-03-01T12:00:00.000"}`
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
	case <-time.After(time.Second):
		t.Fatal("nobody was woken")
	}
}

func TestExpiredItemsLeaveByTheService(t *testing.T) {
	l := withTable(t)
	at := func(d time.Duration) string { return fmt.Sprint(start.Add(d).Unix()) }
	l.put(`{"pk":{"S":"before"},"g":{"S":"x"},"ttl":{"N":"` + at(time.Hour) + `"}}`)
	l.do("UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`)
	l.put(`{"pk":{"S":"soon"},"ttl":{"N":"` + at(time.Hour) + `"}}`)
	l.put(`{"pk":{"S":"later"},"ttl":{"N":"` + at(3*time.Hour) + `"}}`)
	l.put(`{"pk":{"S":"renewed"},"ttl":{"N":"` + at(time.Hour) + `"}}`)
	l.put(`{"pk":{"S":"renewed"},"ttl":{"N":"` + at(3*time.Hour) + `"}}`)
	l.put(`{"pk":{"S":"text"},"ttl":{"S":"` + at(time.Hour) + `"}}`)
	l.put(`{"pk":{"S":"ancient"},"ttl":{"N":"86400"}}`) // more than five years past: AWS takes it for a mistake
	l.clk.Turn(2 * time.Hour)
	if err := l.Sweep(); err != nil {
		t.Fatal(err)
	}
	for pk, stays := range map[string]bool{"before": false, "soon": false, "later": true, "renewed": true, "text": true, "ancient": true} {
		if got := l.get(pk) != "{}"; got != stays {
			t.Errorf("%s is there: %v", pk, got)
		}
	}
	if got := l.do("Query", `{"TableName":"tab","IndexName":"idx","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"x"}},"Select":"COUNT"}`); got != `{"Count":0,"ScannedCount":0}` {
		t.Errorf("index = %s", got)
	}
	records, err := l.Records("tab", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	last := records[len(records)-1]
	if !bytes.Contains(last.JSON, []byte(`"userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"}`)) || last.Event != "REMOVE" {
		t.Errorf("record = %s", last.JSON)
	}
	var event events.DynamoDBEventRecord
	if err := json.Unmarshal(last.JSON, &event); err != nil || event.UserIdentity == nil || event.UserIdentity.PrincipalID != "dynamodb.amazonaws.com" {
		t.Errorf("as aws-lambda-go reads it: %+v, %v", event.UserIdentity, err)
	}
}

func TestRunSweepsAsTheClockTurns(t *testing.T) {
	l := withTable(t)
	l.do("UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`)
	l.put(fmt.Sprintf(`{"pk":{"S":"a"},"ttl":{"N":"%d"}}`, start.Add(time.Minute).Unix()))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	changed := l.Changed()
	go func() { done <- l.Service.Run(ctx) }()
	for range 100 {
		l.clk.Turn(time.Minute)
		select {
		case <-changed:
			cancel()
			if err := <-done; err != context.Canceled {
				t.Errorf("Run ended with %v", err)
			}
			if got := l.get("a"); got != "{}" {
				t.Errorf("item = %s", got)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatal("the item did not expire")
}

func TestClientTokensLastTenMinutes(t *testing.T) {
	l := withTable(t)
	add := `{"ClientRequestToken":"token","TransactItems":[{"Update":{"TableName":"tab","Key":{"pk":{"S":"a"}},"UpdateExpression":"ADD #n :one, m :two","ExpressionAttributeNames":{"#n":"n"},"ExpressionAttributeValues":{":one":{"N":"1"},":two":{"N":"2"}}}}]}`
	// The same request, its members in another order and its numbers spelt otherwise.
	again := `{"TransactItems":[{"Update":{"Key":{"pk":{"S":"a"}},"ExpressionAttributeValues":{":two":{"N":"2.0"},":one":{"N":"1"}},"ExpressionAttributeNames":{"#n":"n"},"UpdateExpression":"ADD #n :one, m :two","TableName":"tab"}}],"ReturnConsumedCapacity":"TOTAL","ClientRequestToken":"token"}`
	n := func(want string) {
		t.Helper()
		if got := l.get("a"); !strings.Contains(got, `"n":{"N":"`+want+`"}`) {
			t.Errorf("item = %s, want n = %s", got, want)
		}
	}
	l.do("TransactWriteItems", add)
	if got := l.do("TransactWriteItems", again); !strings.Contains(got, `"ReadCapacityUnits":2`) {
		t.Errorf("a repeated transaction is billed as a read: %s", got)
	}
	l.reopen()
	l.clk.Turn(9 * time.Minute)
	l.do("TransactWriteItems", add)
	n("1")
	l.fails("TransactWriteItems", strings.Replace(add, `{"N":"1"}`, `{"N":"3"}`, 1), "IdempotentParameterMismatchException", "")
	l.clk.Turn(time.Minute)
	if err := l.Sweep(); err != nil {
		t.Fatal(err)
	}
	l.do("TransactWriteItems", add)
	n("2")
}

func TestCancellationReasonsOnTheWire(t *testing.T) {
	l := withTable(t)
	l.put(`{"pk":{"S":"a"}}`)
	out := l.fails("TransactWriteItems", `{"TransactItems":[
		{"Put":{"TableName":"tab","Item":{"pk":{"S":"b"}}}},
		{"Delete":{"TableName":"tab","Key":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}]}`, "TransactionCanceledException", "")
	want := `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]",` +
		`"CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Message":"The conditional request failed","Item":{"pk":{"S":"a"}}}]}`
	if out != want {
		t.Errorf("error\n got %s\nwant %s", out, want)
	}
}

func TestStreamIteratorsAndRetention(t *testing.T) {
	l := withTable(t)
	l.put(`{"pk":{"S":"a"}}`)
	l.clk.Turn(20 * time.Hour)
	l.put(`{"pk":{"S":"b"}}`)
	arn := "arn:aws:dynamodb:eu-central-1:000000000000:table/tab/stream/2026-03-01T12:00:00.000"
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

func TestConflictsOnDemand(t *testing.T) {
	l := withTable(t)
	asked := 0
	l.SetFaults(dynamodb.Faults{Conflict: func(table string) bool { asked++; return table == "tab" && asked == 2 }})
	put := func(pk string) string { return `{"Put":{"TableName":"tab","Item":{"pk":{"S":"` + pk + `"}}}}` }
	out := l.fails("TransactWriteItems", `{"TransactItems":[`+put("a")+","+put("b")+`]}`, "TransactionCanceledException", "[None, TransactionConflict]")
	if !strings.Contains(out, `{"Code":"TransactionConflict","Message":"Transaction is ongoing for the item"}`) {
		t.Errorf("error = %s", out)
	}
	if got := l.get("a"); got != "{}" {
		t.Errorf("item = %s", got)
	}
	asked = 1
	l.fails("PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"}}}`, "TransactionConflictException", "")
	asked = 1
	l.fails("TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"tab","Key":{"pk":{"S":"a"}}}}]}`, "TransactionCanceledException", "TransactionConflict")
	l.SetFaults(dynamodb.Faults{})
	l.put(`{"pk":{"S":"a"}}`)
}

func TestLateIndexReadsSeeThePast(t *testing.T) {
	l := withTable(t)
	l.put(`{"pk":{"S":"old"},"g":{"S":"x"}}`)
	l.put(`{"pk":{"S":"goes"},"g":{"S":"x"}}`)
	l.SetFaults(dynamodb.Faults{LateIndex: 100 * time.Millisecond})
	l.clk.Turn(time.Millisecond)
	l.put(`{"pk":{"S":"new"},"g":{"S":"x"}}`)
	l.do("DeleteItem", `{"TableName":"tab","Key":{"pk":{"S":"goes"}}}`)
	found := func() string {
		var out struct{ Items []struct{ PK struct{ S string } } }
		for _, forward := range []bool{false, true} {
			body := fmt.Sprintf(`{"TableName":"tab","IndexName":"idx","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"x"}},"ScanIndexForward":%v}`, forward)
			if err := json.Unmarshal([]byte(l.do("Query", body)), &out); err != nil {
				t.Fatal(err)
			}
		}
		var names []string
		for _, it := range out.Items {
			names = append(names, it.PK.S)
		}
		return strings.Join(names, " ")
	}
	if got := found(); got != "goes old" {
		t.Errorf("late read = %s", got)
	}
	if got := l.get("new"); got == "{}" {
		t.Error("the table itself is never late")
	}
	l.clk.Turn(100 * time.Millisecond)
	if got := found(); got != "new old" {
		t.Errorf("after the delay = %s", got)
	}
	l.put(`{"pk":{"S":"newer"},"g":{"S":"x"}}`)
	l.SetFaults(dynamodb.Faults{})
	if got := found(); got != "new newer old" {
		t.Errorf("switched off = %s", got)
	}
}

func TestUsageAddsUpByOperation(t *testing.T) {
	l := withTable(t)
	l.put(`{"pk":{"S":"a"},"g":{"S":"x"},"v":{"S":"` + strings.Repeat("v", 1500) + `"}}`)
	l.get("a")
	l.fails("PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)"}`, "ConditionalCheckFailedException", "")
	l.do("TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"tab","Item":{"pk":{"S":"b"},"g":{"S":"x"}}}},{"ConditionCheck":{"TableName":"tab","Key":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(pk)"}}]}`)
	l.do("Query", `{"TableName":"tab","IndexName":"idx","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"x"}}}`)
	u := l.Usage()
	for operation, want := range map[string]dynamodb.Usage{
		"CreateTable":        {Calls: 1},
		"PutItem":            {Calls: 2, TableWrite: 4, IndexWrite: 1},
		"GetItem":            {Calls: 1, TableRead: 0.5},
		"TransactWriteItems": {Calls: 1, TableWrite: 6, IndexWrite: 1},
		"Query":              {Calls: 1, IndexRead: 0.5},
	} {
		if u[operation] != want {
			t.Errorf("%s used %+v, want %+v", operation, u[operation], want)
		}
	}
}

func TestLongBodiesAreRefused(t *testing.T) {
	l := withTable(t)
	status, out := l.send("DynamoDB_20120810.PutItem", strings.Repeat(" ", 25<<20))
	if status != http.StatusBadRequest || !strings.Contains(out, "RequestEntityTooLarge") {
		t.Errorf("%d %s", status, out)
	}
}

// The child serves HTTP on a file; the parent writes through it from many goroutines, kills it, and looks for every write that was answered,
// in the table, its index and its stream.
func TestAnsweredWritesSurviveKill(t *testing.T) {
	if path := os.Getenv("DYNAMODB_TEST_CHILD"); path != "" {
		child(path)
	}
	l := withTable(t)
	l.db.Close()
	cmd := exec.Command(os.Args[0], "-test.run=^TestAnsweredWritesSurviveKill$")
	cmd.Env = append(os.Environ(), "DYNAMODB_TEST_CHILD="+l.path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var url string
	if _, err := fmt.Fscanln(out, &url); err != nil {
		t.Fatal(err)
	}
	acknowledged := make(chan string, 1<<20)
	done := make(chan struct{})
	for w := range 8 {
		go func() {
			for i := 0; write(url, fmt.Sprintf("w%d-%d", w, i)); i++ {
				acknowledged <- fmt.Sprintf("w%d-%d", w, i)
			}
			done <- struct{}{}
		}()
	}
	time.Sleep(500 * time.Millisecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for range 8 {
		<-done
	}
	close(acknowledged)
	l.reopen()
	n := 0
	for pk := range acknowledged {
		n++
		if l.get(pk) == "{}" {
			t.Fatalf("%s was answered and is lost", pk)
		}
	}
	t.Logf("%d answered writes, none lost", n)
	if n < 100 {
		t.Errorf("only %d writes were answered before the kill", n)
	}
	l.consistent(n)
}

// consistent holds table, index and stream against one another.
func (l *local) consistent(atLeast int) {
	l.Helper()
	rows := func(index string) (n int) {
		start := ""
		for {
			var page struct {
				Count            int
				LastEvaluatedKey json.RawMessage
			}
			if err := json.Unmarshal([]byte(l.do("Scan", `{"TableName":"tab"`+index+start+`}`)), &page); err != nil {
				l.Fatal(err)
			}
			if n += page.Count; page.LastEvaluatedKey == nil {
				return n
			}
			start = `,"ExclusiveStartKey":` + string(page.LastEvaluatedKey)
		}
	}
	records, err := l.Records("tab", 0, 1<<20)
	if err != nil {
		l.Fatal(err)
	}
	if t, x, s := rows(""), rows(`,"IndexName":"idx"`), len(records); t < atLeast || x != t || s != t {
		l.Errorf("%d items, %d in the index, %d records, of %d answered", t, x, s, atLeast)
	}
}

func write(url, pk string) bool {
	body := `{"TransactItems":[{"Put":{"TableName":"tab","Item":{"pk":{"S":"` + pk + `"},"g":{"S":"x"}},"ConditionExpression":"attribute_not_exists(pk)"}}]}`
	r, _ := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.TransactWriteItems")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

func child(path string) {
	db, err := disk.Open(path, disk.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s, err := dynamodb.New(db, clock.Stopped(start))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(httptest.NewServer(s).URL)
	select {}
}
