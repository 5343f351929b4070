package dynamodb_test

import (
	"strings"
	"testing"
	"time"
)

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
