// Package dynamodb is Amazon DynamoDB in process: the JSON protocol that the SDKs speak, over one durable file, with the semantics that programs
// come to rely on and that stand-ins tend to leave out.
//
// It is for running and testing a program that is written against the real DynamoDB, byte for byte as it will run there:
// point AWS_ENDPOINT_URL at a listener with this handler and use the ordinary client.
//
//	db, _ := disk.Open("state/aws.db", disk.Options{})
//	ddb, _ := dynamodb.New(db, clock.New())
//	go ddb.Run(ctx) // TTL and stream retention
//	http.Serve(loopback, ddb)
//
// What is true here:
//
//   - One call is one transaction of the file: an item, its entries in every index and its stream record are there together or not at all.
//     What was answered survives kill -9. Concurrent calls share commits.
//   - Conditions, filters, key conditions, projections and updates are complete (package expr), numbers have their 38 digits and exact sums (package attr).
//   - Transactions are all or nothing and serial; a cancelled one names a reason for each operation, with the old item where asked;
//     client tokens make a repeated one a no-op for ten minutes, and a changed one an error.
//   - Indexes are sparse, hold only what they project, and page correctly over equal keys. They are consistent, unless a fault says otherwise (Faults).
//   - Streams have one shard, whose records come in the order of the commits, with images by view type, none for a write that changed nothing, for 24 hours.
//   - Expired items leave by a sweep on the clock, as the service's own deletes.
//   - Consumed capacity is counted as AWS bills it, and summed in Usage: a program's cost can be measured on a laptop.
//
// What it lacks it refuses: an operation, a parameter or a combination that is not implemented answers an error that begins with "local AWS:".
// Not here, among others: local secondary indexes, PartiQL, legacy parameters (Expected, KeyConditions…), UpdateTable, backups, global tables, throttling
// (tables are never busy, and are ACTIVE as soon as CreateTable answers).
//
// Keys of the file: top-level buckets
//
//	dynamodb/tables               table name → definition, JSON
//	dynamodb/items/ID             partition and sort key, encoded in order → item
//	dynamodb/index/ID/NAME        index key, then table key → projected item
//	dynamodb/ttl/ID               expiry (seconds, 8 bytes), then table key → nothing
//	dynamodb/stream/ID            sequence number (8 bytes) → record
//	dynamodb/tokens               client token → fingerprint of the request, expiry
//	dynamodb/tokens by expiry     expiry (8 bytes), then token → nothing
//
// where ID is new for each CreateTable, so that a table made again does not see its predecessor's remains.
package dynamodb

import (
	"crypto/rand"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
)

// Region and Account stand in every ARN that this DynamoDB hands out.
const (
	Region  = "us-east-1"
	Account = "000000000000"
)

// maxBody is the longest request: BatchWriteItem's 16 MB, and room for its JSON.
const maxBody = 24 << 20

// Service is the DynamoDB of one file. Its methods may be called from any goroutine.
type Service struct {
	db  *disk.DB
	clk *clock.Clock

	definitions sync.RWMutex // held for reading while writing items, so that no table changes under a write
	tables      map[string]*table

	faults atomic.Pointer[Faults]
	late   lateness

	mu      sync.Mutex
	usage   map[string]Usage
	changed chan struct{}
	tally   func(table, index string, read, write float64)
}

// New opens the tables that db holds. Nothing runs in the background until Run.
func New(db *disk.DB, clk *clock.Clock) (*Service, error) {
	s := &Service{db: db, clk: clk, usage: map[string]Usage{}, changed: make(chan struct{}), tally: func(string, string, float64, float64) {}}
	s.faults.Store(&Faults{})
	if err := s.loadTables(); err != nil {
		return nil, fmt.Errorf("load DynamoDB's tables: %w", err)
	}
	return s, nil
}

// handler serves one operation: request body in, response body out, consumption noted in the meter.
type handler func(s *Service, body []byte, m *meter) ([]byte, error)

const (
	targetTables  = "DynamoDB_20120810."
	targetStreams = "DynamoDBStreams_20120810."
)

var operations = map[string]handler{
	targetTables + "CreateTable":        (*Service).createTable,
	targetTables + "DescribeTable":      (*Service).describeTable,
	targetTables + "ListTables":         (*Service).listTables,
	targetTables + "DeleteTable":        (*Service).deleteTable,
	targetTables + "UpdateTimeToLive":   (*Service).updateTimeToLive,
	targetTables + "DescribeTimeToLive": (*Service).describeTimeToLive,
	targetTables + "PutItem":            (*Service).putItem,
	targetTables + "UpdateItem":         (*Service).updateItem,
	targetTables + "DeleteItem":         (*Service).deleteItem,
	targetTables + "GetItem":            (*Service).getItem,
	targetTables + "BatchGetItem":       (*Service).batchGetItem,
	targetTables + "BatchWriteItem":     (*Service).batchWriteItem,
	targetTables + "TransactWriteItems": (*Service).transactWriteItems,
	targetTables + "TransactGetItems":   (*Service).transactGetItems,
	targetTables + "Query":              (*Service).query,
	targetTables + "Scan":               (*Service).scan,
	targetStreams + "ListStreams":       (*Service).listStreams,
	targetStreams + "DescribeStream":    (*Service).describeStream,
	targetStreams + "GetShardIterator":  (*Service).getShardIterator,
	targetStreams + "GetRecords":        (*Service).getRecords,
}

// Operations lists what is implemented, as in X-Amz-Target without its version prefix, sorted.
func Operations() []string {
	var out []string
	for target := range operations {
		_, name, _ := strings.Cut(target, ".")
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// ServeHTTP answers the JSON 1.0 protocol of DynamoDB and of DynamoDB Streams.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target := r.Header.Get("X-Amz-Target")
	body, err := read(w, r)
	var out []byte
	if err == nil {
		out, err = s.call(target, body)
	}
	status := http.StatusOK
	if err != nil {
		e := asError(err)
		out, status = e.body(), e.status()
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/x-amz-json-1.0"}
	h["X-Amz-Crc32"] = []string{strconv.FormatUint(uint64(crc32.ChecksumIEEE(out)), 10)}
	h["X-Amzn-Requestid"] = []string{rand.Text()}
	h["Content-Length"] = []string{strconv.Itoa(len(out))}
	w.WriteHeader(status)
	_, _ = w.Write(out) // a client that hung up has its answer in the file
}

func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost {
		return nil, refuse("UnknownOperationException", "local AWS: DynamoDB answers POST only")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return nil, refuse("RequestEntityTooLarge", "the request is longer than %d bytes", maxBody)
	}
	if err != nil {
		return nil, refuse("SerializationException", "read the request: %v", err)
	}
	return body, nil
}

func (s *Service) call(target string, body []byte) ([]byte, error) {
	h := operations[target]
	if h == nil {
		return nil, refuse("UnknownOperationException", "local AWS: the operation %q is not implemented", target)
	}
	var m meter
	out, err := h(s, body, &m)
	_, name, _ := strings.Cut(target, ".")
	s.count(name, &m)
	return out, err
}

// txn is one write transaction and what must be told once it is committed.
type txn struct {
	*bbolt.Tx
	now      time.Time
	late     bool // remember index entries for late reads
	streamed bool
	moved    []indexChange
}

// update runs fn in one transaction, which may run it more than once, and wakes readers of streams after the commit.
func (s *Service) update(fn func(*txn) error) error {
	var t *txn
	window := s.faults.Load().LateIndex
	err := s.db.Update(func(tx *bbolt.Tx) error {
		t = &txn{Tx: tx, now: s.clk.Now(), late: window > 0}
		return fn(t)
	})
	if err != nil {
		return err
	}
	s.late.note(window, t)
	if t.streamed {
		s.wake()
	}
	return nil
}
