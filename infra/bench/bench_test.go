package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/dynamodb"
)

func TestCPU(t *testing.T) {
	before, err := cpu(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 100*time.Millisecond; {
	}
	after, err := cpu(os.Getpid())
	if err != nil || after <= before || after-before > 10*time.Second {
		t.Errorf("from %v to %v after 100 ms of work: %v", before, after, err)
	}
	if _, err := cpu(0); err == nil {
		t.Error("process 0 has a CPU time")
	}
}

func TestTally(t *testing.T) {
	r := &report{}
	before := map[string]map[string]int{"dynamodb": {"PutItem": 1}, "s3": {"GetObject": 5}}
	after := map[string]map[string]int{"dynamodb": {"PutItem": 21}, "s3": {"GetObject": 5}, "sqs": {"SendMessageBatch": 5}}
	tally(r, 10, before, after, map[string]dynamodb.Usage{"PutItem": {TableWrite: 1}}, map[string]dynamodb.Usage{"PutItem": {TableWrite: 241, IndexWrite: 20, TableRead: 5}})
	want := map[string]float64{"AWS calls": 2.5, "write units on the table": 24, "write units on the indexes": 2, "read units": 0.5}
	for _, f := range r.Figures {
		if f.Value != want[f.Name] {
			t.Errorf("%s: %v, want %v", f.Name, f.Value, want[f.Name])
		}
	}
	if len(r.Figures) != len(want) || len(r.Calls) != 2 {
		t.Errorf("figures %v, calls %v", r.Figures, r.Calls)
	}
}

// A figure says whether it is what the design wants, and misses are shown, never hidden.
func TestReport(t *testing.T) {
	r := &report{Machine: "a machine", Starts: []start{{"hello", 2, 1, 6}}, Calls: []calls{{Service: "s3", Operation: "GetObject", PerMail: 1}}}
	r.most("latency", 510, "ms", 500)
	r.least("throughput", 300, "a second", 275)
	r.add("neither", 1, "x")
	got := r.table()
	for _, line := range []string{"latency 510.00 ms ≤ 500 missed", "throughput 300.00 a second ≥ 275 met", "neither 1.00 x", "hello 2.0 1.0 6.0", "s3 GetObject 1.00"} {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), line) {
			t.Errorf("no %q in\n%s", line, got)
		}
	}
	file := filepath.Join(t.TempDir(), "bench.json")
	if err := show(r, file); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(b, &back); err != nil || len(back.Figures) != 3 || *back.Figures[0].Met || back.Figures[2].Met != nil {
		t.Errorf("%v: %s", err, b)
	}
}

// Everything is measured by a small run of the bench itself, on real processes.
func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bench.json")
	if err := run(context.Background(), options{idle: 3, burst: 20, counted: 10, praises: 40, complaints: 4, starts: 1, rounds: 1, json: file}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Figures {
		if f.Value <= 0 {
			t.Errorf("%s is %v", f.Name, f.Value)
		}
	}
	if len(r.Figures) < 17 || len(r.Calls) < 5 || len(r.Starts) < 7 {
		t.Errorf("%d figures, %d calls, %d starts", len(r.Figures), len(r.Calls), len(r.Starts))
	}
}

func TestStartThatFails(t *testing.T) {
	api, err := newRuntimeAPI()
	if err != nil {
		t.Fatal(err)
	}
	defer api.server.Close()
	if _, err := api.start(t.Context(), "/bin/false", nil); err == nil || !strings.Contains(err.Error(), "before it was ready") {
		t.Errorf("a function that ends at once: %v", err)
	}
}
