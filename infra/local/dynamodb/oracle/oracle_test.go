package oracle

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/dynamodb"
)

const (
	seeds    = 24
	requests = 250
)

func TestBothAnswerAlike(t *testing.T) {
	if _, err := os.Stat("node_modules/dynalite"); err != nil {
		t.Skip("dynalite is not installed: run `npm ci` in infra/local/dynamodb/oracle")
	}
	theirs, ours := startDynalite(t), startOurs(t)
	answered, succeeded := 0, 0
	for seed := range uint64(seeds) {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), table: fmt.Sprint("table-", seed), sort: []string{"S", "N", "B", ""}[seed%4]}
		create := g.createTable()
		ask(t, theirs, "CreateTable", create)
		ask(t, ours, "CreateTable", create)
		for !strings.Contains(ask(t, theirs, "DescribeTable", object{"TableName": g.table}), `"TableStatus":"ACTIVE"`) {
			time.Sleep(5 * time.Millisecond)
		}
		for i := range requests {
			operation, body := g.request()
			for more := true; more; {
				want, got := ask(t, theirs, operation, body), ask(t, ours, operation, body)
				answered++
				if !strings.HasPrefix(want, "error") {
					succeeded++
				}
				if w, o := plain(operation, body, want), plain(operation, body, got); w != o {
					request, _ := json.Marshal(body)
					t.Fatalf("seed %d, request %d: %s %s\ntheirs %s\n  ours %s\n\nin full\ntheirs %s\n  ours %s", seed, i, operation, request, w, o, want, got)
				}
				more = next(body, want)
			}
		}
	}
	t.Logf("%d requests answered alike, %d of them not refused", answered, succeeded)
	if succeeded*3 < answered {
		t.Errorf("only %d of %d requests were not refused: the generator asks for nonsense", succeeded, answered)
	}
}

// next turns a request for a page of a table into that for the page after it.
func next(request object, answer string) bool {
	var page struct{ LastEvaluatedKey object }
	if json.Unmarshal([]byte(answer), &page) != nil || page.LastEvaluatedKey == nil {
		return false
	}
	request["ExclusiveStartKey"] = page.LastEvaluatedKey
	return true
}

func startDynalite(t *testing.T) string {
	cmd := exec.Command("node", "serve.js")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("node does not start: %v", err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port)
}

func startOurs(t *testing.T) string {
	db, err := disk.Open(filepath.Join(t.TempDir(), "aws.db"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := dynamodb.New(db, clock.New())
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); db.Close() })
	return srv.URL
}

// ask is the response's body, or "error" with its code and message.
func ask(t *testing.T, url, operation string, body object) string {
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := http.NewRequest(http.MethodPost, url, bytes.NewReader(raw))
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	r.Header.Set("X-Amz-Date", "20260101T000000Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusOK {
		return string(out)
	}
	var e struct {
		Type     string `json:"__type"`
		Message  string `json:"message"`
		Message2 string `json:"Message"`
	}
	_ = json.Unmarshal(out, &e)
	_, code, _ := strings.Cut(e.Type, "#")
	return "error " + code + ": " + e.Message + e.Message2
}

// plain is an answer without what may differ: an error's words, the order of sets, of a scan and of equal keys in an index.
func plain(operation string, request object, answer string) string {
	if strings.HasPrefix(answer, "error") {
		code, _, _ := strings.Cut(answer, ":")
		return code
	}
	var v object
	if json.Unmarshal([]byte(answer), &v) != nil {
		return answer
	}
	normalise(v)
	if attributes, ok := v["Attributes"].(object); ok && len(attributes) == 0 {
		delete(v, "Attributes")
	}
	if items, ok := v["Items"].([]any); ok && (operation == "Scan" || request["IndexName"] != nil) {
		unordered(items)
	}
	for _, items := range responses(v) {
		unordered(items.([]any))
	}
	return text(v)
}

// responses are those of a BatchGetItem, by table.
func responses(answer object) object {
	r, _ := answer["Responses"].(object)
	return r
}

func unordered(items []any) {
	slices.SortFunc(items, func(a, b any) int { return strings.Compare(text(a), text(b)) })
}

func normalise(v any) {
	switch v := v.(type) {
	case object:
		for name, e := range v {
			if list, ok := e.([]any); ok && (name == "SS" || name == "NS" || name == "BS") {
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
			normalise(e)
		}
	case []any:
		for _, e := range v {
			normalise(e)
		}
	}
}

func text(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}
