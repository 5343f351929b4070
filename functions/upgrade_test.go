package functions_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
)

// former is a whole table as an earlier version of this code wrote it, row by row, after a line that says what is in it. It is never written anew: what stands in it may
// stand in somebody's table. Its key is that of this test alone.
const (
	former    = "testdata/table-2026-11-27.jsonl"
	formerKey = `{"key":"dGhpcyBrZXkgaXMgZm9yIGEgdGVzdCBhbG9uZSwgb25seQ=="}`
)

type formerTable struct {
	Now          time.Time
	Ada, Bo, Dan string
	Reply        string
}

// load fills a desk's table with the former one.
func load(t *testing.T) (*desktest.Desk, formerTable) {
	t.Helper()
	return loadAs(t, func(map[string]map[string]string) {})
}

// loadAs fills it with the former one's rows as change makes them.
func loadAs(t *testing.T, change func(row map[string]map[string]string)) (*desktest.Desk, formerTable) {
	t.Helper()
	f, err := os.Open(former)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var about formerTable
	var rows []map[string]map[string]string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var row map[string]map[string]string
		if about.Now.IsZero() {
			err = json.Unmarshal(lines.Bytes(), &about)
		} else if err = json.Unmarshal(lines.Bytes(), &row); err == nil {
			rows = append(rows, row)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	d := desktest.New(t, desktest.Options{Start: about.Now})
	_, err = secretsmanager.NewFromConfig(d.Setup.AWS).PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String(wiring.Secret), SecretString: aws.String(formerKey)})
	if err == nil {
		err = d.Deploy(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	client := dynamodb.NewFromConfig(d.Setup.AWS)
	for _, row := range rows {
		change(row)
		i := map[string]types.AttributeValue{}
		for name, v := range row {
			if n, ok := v["N"]; ok {
				i[name] = &types.AttributeValueMemberN{Value: n}
			} else {
				i[name] = &types.AttributeValueMemberS{Value: v["S"]}
			}
		}
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(wiring.Table), Item: i}); err != nil {
			t.Fatal(err)
		}
	}
	d.Settle()
	return d, about
}

// New code reads the table of the version before, and goes on in it: lists, texts, doings, answers to old receipts, clocks, the day's sum. Nothing is sent again.
func TestTheFormerTableIsRead(t *testing.T) {
	d, was := load(t)
	ask := func(method, path, body string, into any) {
		t.Helper()
		r := httptest.NewRequest(method, "http://localhost/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer dev:ana")
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		edge.AsAgent(d.API()).ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
		if into != nil {
			if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
				t.Fatal(err)
			}
		}
		d.Settle()
	}
	if out := d.Outbox(); len(out) != 0 {
		t.Fatalf("sent again: %+v", out)
	}
	var page work.Page
	ask("GET", "/queue?view=all", "", &page)
	if !slices.ContainsFunc(page.Items, func(c work.Conversation) bool { return c.ID == was.Ada }) || !slices.ContainsFunc(page.Items, func(c work.Conversation) bool { return c.ID == was.Bo }) {
		t.Errorf("the queue: %+v", page.Items)
	}
	ask("GET", "/search?q=suitcase", "", &page)
	if len(page.Items) != 1 || page.Items[0].ID != was.Ada {
		t.Errorf("found: %+v", page.Items)
	}
	var c work.Conversation
	ask("GET", "/conversations/"+was.Ada, "", &c)
	if !slices.ContainsFunc(c.Messages, func(m work.Message) bool { return m.Kind == "note" && m.Text == "She calls often." }) || c.Messages[0].Corrected == "" || c.Contact.Address != "ada@home.example" {
		t.Errorf("ada: %+v", c)
	}
	for _, path := range []string{"/oncall", "/oncall/overrides", "/audit?brand=acme-air", "/audit?conversation=" + was.Ada, "/held", "/silence", "/stats/promises?brand=acme-air", "/stats/board?brand=acme-air", "/forecast?brand=acme-air"} {
		ask("GET", path, "", nil)
	}
	ask("POST", "/conversations/"+was.Ada+"/reply", `{"text":"It is found."}`, nil)
	ask("POST", "/conversations/"+was.Dan+"/reopen", "", nil)
	if out := d.Outbox(); len(out) != 1 || out[0].Kind != "reply" || out[0].To != "ada@home.example" {
		t.Errorf("left: %+v", out)
	}
	signed := strings.Trim(was.Reply[strings.LastIndexByte(was.Reply, '<')+1:], "<>")
	d.Turn(3 * time.Minute)
	d.SendMail("bo@work.example", fmt.Sprintf("From: bo@work.example\nTo: %s\nSubject: Re: My seat\nMessage-ID: <9@home.example>\n\nI am still waiting, 14C it was.\n", signed), signed)
	d.Settle()
	if out := d.Outbox(); len(out) != 2 || out[1].Kind != "receipt" || out[1].Conversation != was.Bo {
		t.Errorf("an answer to an old receipt: %+v", out)
	}
	d.Turn(8 * time.Hour) // the clocks of before ring
	ask("GET", "/conversations/"+was.Bo, "", &c)
	if !slices.ContainsFunc(c.Targets, func(x work.Target) bool { return x.State == "breached" }) {
		t.Errorf("bo's targets: %+v", c.Targets)
	}
	if sum := d.Day("2026-11-23"); !sum.Balanced || sum.Received != 5 {
		t.Errorf("the sum: %+v", sum)
	}
	if errs := d.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}
