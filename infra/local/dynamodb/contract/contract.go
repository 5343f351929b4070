// Package contract is what a program may expect of DynamoDB, as tests through the real SDK, written from AWS's documentation.
//
// The same suite runs against the in-process service and, with AWS_ENDPOINT_URL set, against any other endpoint: AWS itself
// (AWS_ENDPOINT_URL=https://dynamodb.eu-central-1.amazonaws.com with real credentials; the tables are small, on demand, and deleted at the end),
// Amazon's own emulator, or another. PRONTO_DYNAMODB_LACKS names what an engine is known not to have, so that those cases are skipped and the rest
// still counts: a comma-separated list of "transactions", "streams", "ttl" and "limits".
package contract

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/smithy-go"
)

// Run holds the endpoint behind the clients against the contract.
func Run(t *testing.T, client *dynamodb.Client, streams *dynamodbstreams.Client) {
	for _, c := range []struct {
		name  string
		needs string
		test  func(*suite)
	}{
		{"Tables", "", tables},
		{"PutGetDelete", "", putGetDelete},
		{"EveryTypeComesBack", "", everyType},
		{"Numbers", "", numbers},
		{"Conditions", "", conditions},
		{"ConditionFailureShowsTheOldItem", "", conditionFailure},
		{"Updates", "", updates},
		{"UpdatesRefused", "", updatesRefused},
		{"ReturnValues", "", returnValues},
		{"Expressions refused", "", expressionsRefused},
		{"Keys refused", "", keysRefused},
		{"Query", "", query},
		{"QueryRefused", "", queryRefused},
		{"Pages", "", pages},
		{"SparseIndex", "", sparseIndex},
		{"IndexPagesOverEqualKeys", "", equalKeys},
		{"IndexProjections", "", indexProjections},
		{"Scan", "", scan},
		{"BatchGet", "", batchGet},
		{"BatchWrite", "", batchWrite},
		{"Capacity", "", capacity},
		{"Limits", "limits", limits},
		{"Transaction", "transactions", transaction},
		{"TransactionReasons", "transactions", transactionReasons},
		{"TransactionRefused", "transactions", transactionRefused},
		{"TransactionTokens", "transactions", transactionTokens},
		{"TransactGet", "transactions", transactGet},
		{"CounterByCondition", "", counter},
		{"TransfersKeepTheSum", "transactions", transfers},
		{"Streams", "streams", streamRecords},
		{"StreamViews", "streams", streamViews},
		{"TimeToLive", "ttl", timeToLive},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.needs != "" && slices.Contains(strings.Split(os.Getenv("PRONTO_DYNAMODB_LACKS"), ","), c.needs) {
				t.Skipf("this engine is said to lack %s (PRONTO_DYNAMODB_LACKS)", c.needs)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			c.test(&suite{T: t, ctx: ctx, db: client, streams: streams})
		})
	}
}

type suite struct {
	*testing.T
	ctx     context.Context
	db      *dynamodb.Client
	streams *dynamodbstreams.Client
}

type item = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(n any) types.AttributeValue { return &types.AttributeValueMemberN{Value: fmt.Sprint(n)} }

func list(v ...types.AttributeValue) types.AttributeValue {
	return &types.AttributeValueMemberL{Value: v}
}

func doc(m item) types.AttributeValue { return &types.AttributeValueMemberM{Value: m} }

func set(s ...string) types.AttributeValue { return &types.AttributeValueMemberSS{Value: s} }

// key is the key of the tables that table makes.
func key(pk, sk string) item { return item{"pk": str(pk), "sk": str(sk)} }

// with is the key and more attributes.
func with(pk, sk string, more item) item {
	out := key(pk, sk)
	for name, v := range more {
		out[name] = v
	}
	return out
}

var serial atomic.Int64

// table makes a table of string keys pk and sk, on demand, changed as asked, and deletes it when the test ends.
func (s *suite) table(change ...func(*dynamodb.CreateTableInput)) *string {
	s.Helper()
	in := &dynamodb.CreateTableInput{
		TableName:            aws.String(fmt.Sprintf("contract-%d-%d", time.Now().UnixNano(), serial.Add(1))),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{attribute("pk", "S"), attribute("sk", "S")},
		KeySchema:            schema("pk", "sk"),
	}
	for _, c := range change {
		c(in)
	}
	if _, err := s.db.CreateTable(s.ctx, in); err != nil {
		s.Fatalf("create a table: %v", err)
	}
	s.Cleanup(func() {
		_, _ = s.db.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: in.TableName})
	})
	wait := dynamodb.NewTableExistsWaiter(s.db, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 100*time.Millisecond, 2*time.Second
	})
	if err := wait.Wait(s.ctx, &dynamodb.DescribeTableInput{TableName: in.TableName}, time.Minute); err != nil {
		s.Fatalf("wait for the table: %v", err)
	}
	return in.TableName
}

func attribute(name, kind string) types.AttributeDefinition {
	return types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeType(kind)}
}

func schema(hash string, sort ...string) []types.KeySchemaElement {
	out := []types.KeySchemaElement{{AttributeName: &hash, KeyType: types.KeyTypeHash}}
	for _, name := range sort {
		out = append(out, types.KeySchemaElement{AttributeName: &name, KeyType: types.KeyTypeRange})
	}
	return out
}

// index adds a secondary index on attributes hash (a string) and sort (a number).
func index(name, hash, sort string, p types.Projection) func(*dynamodb.CreateTableInput) {
	return func(in *dynamodb.CreateTableInput) {
		for _, a := range []types.AttributeDefinition{attribute(hash, "S"), attribute(sort, "N")} {
			if !slices.ContainsFunc(in.AttributeDefinitions, func(b types.AttributeDefinition) bool { return *a.AttributeName == *b.AttributeName }) {
				in.AttributeDefinitions = append(in.AttributeDefinitions, a)
			}
		}
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{IndexName: &name, KeySchema: schema(hash, sort), Projection: &p})
	}
}

func (s *suite) put(table *string, it item) {
	s.Helper()
	if _, err := s.db.PutItem(s.ctx, &dynamodb.PutItemInput{TableName: table, Item: it}); err != nil {
		s.Fatalf("put %v: %v", it, err)
	}
}

func (s *suite) get(table *string, k item) item {
	s.Helper()
	out, err := s.db.GetItem(s.ctx, &dynamodb.GetItemInput{TableName: table, Key: k, ConsistentRead: aws.Bool(true)})
	if err != nil {
		s.Fatalf("get %v: %v", k, err)
	}
	return out.Item
}

// refused wants err to be the named API error, with a message that contains words.
func (s *suite) refused(err error, code, words string) {
	s.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		s.Errorf("err = %v, want %s", err, code)
		return
	}
	if api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), words) {
		s.Errorf("err = %s: %s, want %s with %q", api.ErrorCode(), api.ErrorMessage(), code, words)
	}
}

// same compares items and values by their text, sets in any order.
func (s *suite) same(what string, got, want any) {
	s.Helper()
	if g, w := text(got), text(want); g != w {
		s.Errorf("%s\n got %s\nwant %s", what, g, w)
	}
}

// text writes a value in one canonical form.
func text(v any) string {
	switch v := v.(type) {
	case item:
		var parts []string
		for name, e := range v {
			parts = append(parts, name+"="+text(e))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, " ") + "}"
	case []item:
		var parts []string
		for _, e := range v {
			parts = append(parts, text(e))
		}
		return strings.Join(parts, "\n")
	case *types.AttributeValueMemberS:
		return fmt.Sprintf("%q", v.Value)
	case *types.AttributeValueMemberN:
		return v.Value
	case *types.AttributeValueMemberB:
		return fmt.Sprintf("b%q", v.Value)
	case *types.AttributeValueMemberBOOL:
		return fmt.Sprint(v.Value)
	case *types.AttributeValueMemberNULL:
		return "null"
	case *types.AttributeValueMemberM:
		return text(v.Value)
	case *types.AttributeValueMemberL:
		var parts []string
		for _, e := range v.Value {
			parts = append(parts, text(e))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case *types.AttributeValueMemberSS:
		return "ss" + sorted(v.Value)
	case *types.AttributeValueMemberNS:
		return "ns" + sorted(v.Value)
	case *types.AttributeValueMemberBS:
		var parts []string
		for _, e := range v.Value {
			parts = append(parts, string(e))
		}
		return "bs" + sorted(parts)
	}
	return fmt.Sprint(v)
}

func sorted(in []string) string {
	out := slices.Clone(in)
	slices.Sort(out)
	return fmt.Sprintf("%q", out)
}
