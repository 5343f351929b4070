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
	"testing"
	"time"

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
	acknowledged := make(chan string, 1<<20)
	done := make(chan struct{})
	for w := range 8 {
		go func() {
			for i := 0; write(url, fmt.Sprintf("w%d-%d", w, i)); i++ {
				acknowledged <- fmt.Sprintf("w%d-%d", w, i)
			}
			done <- struct{}{}
		}()
	}
	time.Sleep(500 * time.Millisecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for range 8 {
		<-done
	}
	close(acknowledged)
	l.reopen()
	n := 0
	for pk := range acknowledged {
		n++
		if l.get(pk) == "{}" {
			t.Fatalf("%s was answered and is lost", pk)
		}
	}
	t.Logf("%d answered writes, none lost", n)
	if n < 100 {
		t.Errorf("only %d writes were answered before the kill", n)
	}
	l.consistent(n)
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
