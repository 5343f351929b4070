package dynamodb_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestABatchOver16MBLeavesKeysForTheNextCall reads 60 items of 300 KB: what does not fit comes back as UnprocessedKeys, which are a request again.
func TestABatchOver16MBLeavesKeysForTheNextCall(t *testing.T) {
	l := withTable(t)
	var keys []string
	for i := range 60 {
		l.put(fmt.Sprintf(`{"pk":{"S":"p%02d"},"v":{"S":"%s"}}`, i, strings.Repeat("x", 300<<10)))
		keys = append(keys, fmt.Sprintf(`{"pk":{"S":"p%02d"}}`, i))
	}
	ask := `{"tab":{"Keys":[` + strings.Join(keys, ",") + `],"ConsistentRead":true,"ProjectionExpression":"#k","ExpressionAttributeNames":{"#k":"pk"}}}`
	seen, calls := map[string]bool{}, 0
	for ask != "{}" && calls < 5 {
		calls++
		var out struct {
			Responses       map[string][]struct{ PK struct{ S string } }
			UnprocessedKeys json.RawMessage
		}
		if err := json.Unmarshal([]byte(l.do("BatchGetItem", `{"RequestItems":`+ask+`}`)), &out); err != nil {
			t.Fatal(err)
		}
		for _, it := range out.Responses["tab"] {
			seen[it.PK.S] = true
		}
		ask = string(out.UnprocessedKeys)
	}
	if len(seen) != 60 || calls != 2 {
		t.Errorf("%d items in %d calls, want 60 in 2", len(seen), calls)
	}
}

func TestATransactionOver4MBIsRefused(t *testing.T) {
	l := withTable(t)
	put := func(n int) string {
		var puts []string
		for i := range n {
			puts = append(puts, fmt.Sprintf(`{"Put":{"TableName":"tab","Item":{"pk":{"S":"p%d"},"v":{"S":"%s"}}}}`, i, strings.Repeat("x", 390<<10)))
		}
		return `{"TransactItems":[` + strings.Join(puts, ",") + `]}`
	}
	l.fails("TransactWriteItems", put(11), "ValidationException", "exceeded")
	if got := l.get("p0"); got != "{}" {
		t.Error("a refused transaction has written")
	}
	l.do("TransactWriteItems", put(10))
	get := `{"Get":{"TableName":"tab","Key":{"pk":{"S":"p%d"}}}}`
	l.put(fmt.Sprintf(`{"pk":{"S":"p10"},"v":{"S":"%s"}}`, strings.Repeat("x", 390<<10)))
	var gets []string
	for i := range 11 {
		gets = append(gets, fmt.Sprintf(get, i))
	}
	l.fails("TransactGetItems", `{"TransactItems":[`+strings.Join(gets, ",")+`]}`, "ValidationException", "exceeded")
	l.do("TransactGetItems", `{"TransactItems":[`+strings.Join(gets[:10], ",")+`]}`)
}
