package dynamodb_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
		{"GetItem", `{"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/tab","Key":{"pk":{"S":"a"}}}`, "ARN"},
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
