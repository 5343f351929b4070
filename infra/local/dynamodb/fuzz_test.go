package dynamodb_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/dynamodb"
)

// FuzzRequests sends any body to any operation: the answer may be a refusal, but never a fault of ours, and the file must open again.
func FuzzRequests(f *testing.F) {
	names := dynamodb.Operations()
	seed := func(operation, body string) {
		for i, name := range names {
			if name == operation {
				f.Add(uint8(i), body)
			}
		}
	}
	seed("CreateTable", tableT)
	seed("PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"},"g":{"S":"x"}},"ConditionExpression":"attribute_not_exists(pk)","ReturnValues":"ALL_OLD"}`)
	seed("UpdateItem", `{"TableName":"tab","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET l[1] = :v ADD n :n","ExpressionAttributeValues":{":v":{"L":[]},":n":{"N":"1"}},"ReturnValues":"UPDATED_NEW"}`)
	seed("Query", `{"TableName":"tab","IndexName":"idx","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"x"}},"ExclusiveStartKey":{"pk":{"S":"a"},"g":{"S":"x"}},"Limit":1}`)
	seed("Scan", `{"TableName":"tab","Segment":1,"TotalSegments":3,"FilterExpression":"size(pk) > :n","ExpressionAttributeValues":{":n":{"N":"0"}}}`)
	seed("TransactWriteItems", `{"ClientRequestToken":"t","TransactItems":[{"Put":{"TableName":"tab","Item":{"pk":{"S":"b"}}}},{"ConditionCheck":{"TableName":"tab","Key":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(pk)"}}]}`)
	seed("BatchGetItem", `{"RequestItems":{"tab":{"Keys":[{"pk":{"S":"a"}}]}}}`)
	seed("BatchWriteItem", `{"RequestItems":{"tab":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}]}}`)
	seed("GetRecords", `{"ShardIterator":"e30","Limit":1}`)
	seed("UpdateTimeToLive", `{"TableName":"tab","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`)
	db, err := disk.Open(filepath.Join(f.TempDir(), "aws.db"), disk.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	s, err := dynamodb.New(db, clock.Stopped(start))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, operation uint8, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Amz-Target", target(names[int(operation)%len(names)]))
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code >= 500 {
			t.Errorf("%s: %s", r.Header.Get("X-Amz-Target"), w.Body)
		}
		if _, err := dynamodb.New(db, clock.Stopped(start)); err != nil {
			t.Errorf("open again: %v", err)
		}
	})
}
