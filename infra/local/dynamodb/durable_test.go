package dynamodb_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/dynamodb"
)

// The child serves HTTP on a file; the parent writes through it from many goroutines, kills it, and looks for every write that was answered,
// in the table, its index and its stream.
func TestAnsweredWritesSurviveKill(t *testing.T) {
	if path := os.Getenv("DYNAMODB_TEST_CHILD"); path != "" {
		child(path)
	}
	l := withTable(t)
	l.db.Close()
	cmd := exec.Command(os.Args[0], "-test.run=^TestAnsweredWritesSurviveKill$")
	cmd.Env = append(os.Environ(), "DYNAMODB_TEST_CHILD="+l.path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var url string
	if _, err := fmt.Fscanln(out, &url); err != nil {
		t.Fatal(err)
	}
	answered := make(chan string)
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := 0; write(url, fmt.Sprintf("w%d-%d", w, i)); i++ {
				answered <- fmt.Sprintf("w%d-%d", w, i)
			}
		})
	}
	go func() { writers.Wait(); close(answered) }()
	var keys []string
	for pk := range answered {
		if keys = append(keys, pk); len(keys) == 300 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	l.reopen()
	for _, pk := range keys {
		if l.get(pk) == "{}" {
			t.Fatalf("%s was answered and is lost", pk)
		}
	}
	if len(keys) < 300 {
		t.Errorf("only %d writes were answered before the kill", len(keys))
	}
	l.consistent(len(keys))
}

// consistent holds table, index and stream against one another.
func (l *local) consistent(atLeast int) {
	l.Helper()
	rows := func(index string) (n int) {
		start := ""
		for {
			var page struct {
				Count            int
				LastEvaluatedKey json.RawMessage
			}
			if err := json.Unmarshal([]byte(l.do("Scan", `{"TableName":"tab"`+index+start+`}`)), &page); err != nil {
				l.Fatal(err)
			}
			if n += page.Count; page.LastEvaluatedKey == nil {
				return n
			}
			start = `,"ExclusiveStartKey":` + string(page.LastEvaluatedKey)
		}
	}
	records, err := l.Records("tab", 0, 1<<20)
	if err != nil {
		l.Fatal(err)
	}
	if t, x, s := rows(""), rows(`,"IndexName":"idx"`), len(records); t < atLeast || x != t || s != t {
		l.Errorf("%d items, %d in the index, %d records, of %d answered", t, x, s, atLeast)
	}
}

func write(url, pk string) bool {
	body := `{"TransactItems":[{"Put":{"TableName":"tab","Item":{"pk":{"S":"` + pk + `"},"g":{"S":"x"}},"ConditionExpression":"attribute_not_exists(pk)"}}]}`
	r, _ := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.TransactWriteItems")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

func child(path string) {
	db, err := disk.Open(path, disk.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s, err := dynamodb.New(db, clock.Stopped(start))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(httptest.NewServer(s).URL)
	select {}
}
