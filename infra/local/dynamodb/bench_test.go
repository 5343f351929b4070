package dynamodb_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/dynamodb"
)

// row is about the size of a conversation.
const row = `"g":{"S":"Q#acme#open#1"},"n":{"N":"1772366401"},"subject":{"S":"Where is my suitcase? It was on AA 102 yesterday"},` +
	`"card":{"M":{"who":{"S":"Ana"},"language":{"S":"it"},"mood":{"S":"negative"},"seen":{"L":[{"N":"1"},{"N":"2"}]}}},"excerpt":{"S":"%s"}`

func benchService(b *testing.B) *dynamodb.Service {
	db, err := disk.Open(filepath.Join(b.TempDir(), "aws.db"), disk.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	s, err := dynamodb.New(db, clock.New())
	if err != nil {
		b.Fatal(err)
	}
	serve(b, s, "CreateTable", tableT)
	return s
}

func serve(b *testing.B, s *dynamodb.Service, operation, body string) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", target(operation))
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusOK {
		b.Fatal(w.Body)
	}
}

func BenchmarkGetItem(b *testing.B) {
	s := benchService(b)
	serve(b, s, "PutItem", `{"TableName":"tab","Item":{"pk":{"S":"a"},`+fmt.Sprintf(row, strings.Repeat("x", 500))+`}}`)
	for b.Loop() {
		serve(b, s, "GetItem", `{"TableName":"tab","Key":{"pk":{"S":"a"}},"ConsistentRead":true}`)
	}
}

func BenchmarkTransactWriteOfSix(b *testing.B) {
	s := benchService(b)
	b.SetParallelism(16)
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := next.Add(1)
			var puts []string
			for i := range 6 {
				puts = append(puts, fmt.Sprintf(`{"Put":{"TableName":"tab","Item":{"pk":{"S":"C#acme#%d-%d"},`+row+`},"ConditionExpression":"attribute_not_exists(pk)"}}`, id, i, "short"))
			}
			serve(b, s, "TransactWriteItems", fmt.Sprintf(`{"ClientRequestToken":"t%d","TransactItems":[%s]}`, id, strings.Join(puts, ",")))
		}
	})
}

// BenchmarkPutThroughTheSDK is a write from client to disk over HTTP, with index and stream.
func BenchmarkPutThroughTheSDK(b *testing.B) {
	srv := httptest.NewServer(benchService(b))
	defer srv.Close()
	client := sdk.New(sdk.Options{BaseEndpoint: &srv.URL, Region: dynamodb.Region, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}})
	var next atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, err := client.PutItem(b.Context(), &sdk.PutItemInput{TableName: aws.String("tab"), Item: map[string]types.AttributeValue{
				"pk": &types.AttributeValueMemberS{Value: fmt.Sprint("C#acme#", next.Add(1))}, "g": &types.AttributeValueMemberS{Value: "open"},
				"text": &types.AttributeValueMemberS{Value: strings.Repeat("x", 500)}, "n": &types.AttributeValueMemberN{Value: "1772366401"}}})
			if err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}
