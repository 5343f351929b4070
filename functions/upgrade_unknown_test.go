package functions_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
)

// later is what a version that is not written yet might keep of a conversation, a contact, a message or a rota: this one has no field for it.
const later = `"of_later":{"leaves":["2026-11-24T09:00:00Z",{"deep":"\u00fc <&>"}],"n":1e3}`

// keepsLater tells whether a row is one in which unknown members stay.
func keepsLater(partition, sort string) bool {
	return strings.HasPrefix(partition, "C#") && (sort == "@" || strings.HasPrefix(sort, "M#")) || strings.HasPrefix(partition, "P#") ||
		strings.HasPrefix(partition, "O#") && sort == "@"
}

// What newer code has put into a conversation, a contact, a message or a rota is there still when this version has gone over them: agents' doings, the customer's mails,
// clocks, what SES tells, a swap and its end, somebody's leaving and coming back. It is there as it was written, once.
func TestWhatNewerCodeHasWrittenStays(t *testing.T) {
	marked := map[string]bool{}
	d, was := loadAs(t, func(row map[string]map[string]string) {
		p, s := row["PK"]["S"], row["SK"]["S"]
		if keepsLater(p, s) {
			row["doc"]["S"] = strings.TrimSuffix(row["doc"]["S"], "}") + "," + later + "}"
			marked[p+" "+s] = true
		}
	})
	ask := func(path, body string) {
		t.Helper()
		r := httptest.NewRequest("POST", "http://localhost/api/v1/"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer dev:ana")
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		edge.AsAgent(d.API()).ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
		d.Settle()
	}
	for _, x := range [][2]string{
		{"tag", `{"add":["late-bag"]}`}, {"undo", ""}, {"claim", ""}, {"note", `{"text":"She is at the gate."}`}, {"correct", `{"label":"neutral","priority":"high"}`}, {"unassign", ""}, {"assign", `{"to":"ana"}`},
		{"snooze", `{"until":"2026-11-24T09:00:00Z"}`}, {"reply", `{"text":"It is found."}`}, {"resolve", ""}, {"reopen", ""},
	} {
		ask("conversations/"+was.Ada+"/"+x[0], x[1])
	}
	ask("oncall/overrides?brand=acme-air", `{"kind":"swap","agent":"marta","instead":"oleg","start":"2026-11-29T09:00:00Z","end":"2026-11-30T09:00:00Z"}`)
	ask("agents/oleg/offboard?brand=acme-air", `{}`)
	ask("agents/oleg/return?brand=acme-air", "")
	signed := strings.Trim(was.Reply[strings.LastIndexByte(was.Reply, '<')+1:], "<>")
	d.Turn(3 * time.Minute)
	d.SendMail("bo@work.example", fmt.Sprintf("From: bo@work.example\nTo: %s\nSubject: Re: My seat\nMessage-ID: <9@home.example>\n\nI am still waiting, 14C it was.\n", signed), signed)
	d.Settle()
	d.Turn(8 * time.Hour) // warned, breached, paged
	d.Turn(20 * time.Hour)
	rows, turns := remaining(t, d)
	for key := range marked {
		if doc, ok := rows[key]; !ok || strings.Count(doc, later) != 1 {
			t.Errorf("%s has lost it: %s", key, doc)
		}
	}
	if len(marked) < 10 || turns < 20 {
		t.Errorf("only %d rows and %d turns were looked at", len(marked), turns)
	}
	if errs := d.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// remaining is the content of all rows in which unknown members stay, and how many turns the table has.
func remaining(t *testing.T, d *desktest.Desk) (rows map[string]string, turns int) {
	t.Helper()
	rows = map[string]string{}
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(d.Setup.AWS), &dynamodb.ScanInput{TableName: aws.String(wiring.Table)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range out.Items {
			text := func(name string) string {
				v, _ := i[name].(*types.AttributeValueMemberS)
				if v == nil {
					return ""
				}
				return v.Value
			}
			if keepsLater(text("PK"), text("SK")) {
				rows[text("PK")+" "+text("SK")] = text("doc")
			}
			if strings.HasPrefix(text("SK"), "T#") {
				turns++
			}
		}
	}
	if slices.Contains([]int{len(rows), turns}, 0) {
		t.Fatal("the table is empty")
	}
	return rows, turns
}
