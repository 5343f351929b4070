package dynamodb_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/dynamodb"
)

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
		var out struct {
			Items []struct{ PK struct{ S string } }
		}
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
