// Package s3 is S3 as far as mail needs it: buckets, objects of up to 48 MB with the checksums that SDKs send by default, listings, and notifications to SQS.
//
// gofakes3 speaks the protocol; the objects lie on the disk that all services share, so that an object and its notification (or a mail and its notice) are one commit.
// Path style only. What gofakes3 would ignore (ACLs, tags, encryption, copies, multipart) is refused before it gets there.
//
// Keys: the bucket s3 holds each bucket's settings; s3/<bucket>/keys an object's facts under its key; s3/<bucket>/data its contents under a number;
// s3/<bucket>/versions what was written over or deleted, in a bucket that keeps versions (versions.go).
package s3

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/sqs"
	"pronto/infra/local/wire"
)

// MaxObject is the largest object in bytes: SES's 40 MB and room for what SES prepends.
const MaxObject = 48 << 20

// Service is the buckets of the local account.
type Service struct {
	db    *disk.DB
	clk   *clock.Clock
	sqs   *sqs.Service
	inner http.Handler
}

var root = []byte("s3")

// New opens the buckets that db holds.
func New(db *disk.DB, clk *clock.Clock, queues *sqs.Service) (*Service, error) {
	err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(root)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the buckets: %w", err)
	}
	s := &Service{db: db, clk: clk, sqs: queues}
	s.inner = gofakes3.New(backend{s}, gofakes3.WithTimeSource(source{clk}), gofakes3.WithTimeSkewLimit(0), gofakes3.WithMetadataSizeLimit(8<<10)).Server()
	return s, nil
}

// source is the local clock as gofakes3 wants one.
type source struct{ *clock.Clock }

func (s source) Since(t time.Time) time.Duration { return s.Now().Sub(t) }

// Get returns an object's contents, for tests and for people; the error is S3's NoSuchKey when there is none.
func (s *Service) Get(bucket, key string) ([]byte, error) {
	_, data, err := s.read(bucket, key, true)
	return data, err
}

// operation is one element of the allow-list: how to know it, and the query parameters that it understands.
type operation struct {
	method string
	object bool     // on an object rather than on a bucket
	needs  string   // the query parameter that distinguishes it
	allows []string // further query parameters
}

var operations = map[string]operation{
	"CreateBucket":                       {method: "PUT"},
	"HeadBucket":                         {method: "HEAD"},
	"DeleteBucket":                       {method: "DELETE"},
	"ListObjectsV2":                      {method: "GET", needs: "list-type", allows: []string{"prefix", "delimiter", "max-keys", "continuation-token", "start-after", "fetch-owner"}},
	"PutBucketNotificationConfiguration": {method: "PUT", needs: "notification"},
	"GetBucketNotificationConfiguration": {method: "GET", needs: "notification"},
	"PutBucketCors":                      {method: "PUT", needs: "cors"},
	"GetBucketCors":                      {method: "GET", needs: "cors"},
	"PutObject":                          {method: "PUT", object: true},
	"GetObject":                          {method: "GET", object: true, allows: []string{"response-content-type", "response-content-disposition"}},
	"HeadObject":                         {method: "HEAD", object: true},
	"DeleteObject":                       {method: "DELETE", object: true, allows: []string{"versionId"}},
	"PutBucketVersioning":                {method: "PUT", needs: "versioning"},
	"ListObjectVersions":                 {method: "GET", needs: "versions", allows: []string{"prefix", "max-keys", "key-marker", "version-id-marker"}},
}

// Operations lists what ServeHTTP answers.
func (s *Service) Operations() []string {
	names := []string{"ListBuckets"}
	for n := range operations {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Operation names the S3 operation of a request, or says what of it is not implemented.
func Operation(r *http.Request) (string, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	if bucket == "" && r.Method == http.MethodGet {
		return "ListBuckets", nil
	}
	for name, op := range operations {
		if op.method == r.Method && op.object == (key != "") && op.fits(query) {
			return name, nil
		}
	}
	return "", wire.Unsupported(fmt.Sprintf("S3 %s with query %q (object: %v)", r.Method, names(query), key != ""))
}

// fits holds when the query has what the operation needs and nothing that it does not know; signatures (X-Amz-…) and x-id say nothing.
func (o operation) fits(query url.Values) bool {
	if o.needs != "" && !query.Has(o.needs) {
		return false
	}
	for name := range query {
		if name != o.needs && name != "x-id" && !strings.HasPrefix(name, "X-Amz-") && !slices.Contains(o.allows, name) {
			return false
		}
	}
	return true
}

func names(query url.Values) []string {
	out := make([]string, 0, len(query))
	for n := range query {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// ServeHTTP answers S3's REST protocol, path style.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	op, err := Operation(r)
	if err == nil {
		err = knownHeaders(r)
	}
	if err == nil {
		err = s.serve(w, r, op)
	}
	if err != nil {
		WriteError(w, r, err)
	}
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request, op string) error {
	bucket := strings.Trim(r.URL.Path, "/")
	switch op {
	case "PutBucketNotificationConfiguration":
		return s.putNotifications(r, bucket)
	case "GetBucketNotificationConfiguration":
		return s.getNotifications(w, bucket)
	case "PutBucketVersioning":
		return s.putVersioning(r, bucket)
	case "ListObjectVersions":
		return s.listVersions(w, r.URL.Query(), bucket)
	case "DeleteObject":
		if id := r.URL.Query().Get("versionId"); id != "" {
			bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
			return s.deleteVersion(w, bucket, key, id)
		}
	case "PutBucketCors":
		return s.putCORS(r, bucket)
	case "GetBucketCors":
		return s.getCORS(w, bucket)
	case "CreateBucket":
		if r.ContentLength > 0 {
			return wire.Unsupported("CreateBucketConfiguration")
		}
	case "PutObject":
		if err := unwrap(w, r); err != nil {
			return err
		}
	}
	s.inner.ServeHTTP(w, r)
	return nil
}

// signing are headers of the transport, which say nothing about the object.
var signing = []string{"X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Security-Token", "X-Amz-User-Agent", "X-Amz-Checksum-Mode", "X-Amz-Sdk-Checksum-Algorithm",
	"X-Amz-Decoded-Content-Length", "X-Amz-Trailer"}

var ignoredByGofakes3 = []string{"Cache-Control", "Expires", "Content-Language", "If-Unmodified-Since"}

// knownHeaders refuses what would have been ignored.
func knownHeaders(r *http.Request) error {
	for name := range r.Header {
		own := strings.HasPrefix(name, "X-Amz-Meta-") || strings.HasPrefix(name, "X-Amz-Checksum-") || slices.Contains(signing, name)
		if strings.HasPrefix(name, "X-Amz-") && !own || slices.Contains(ignoredByGofakes3, name) {
			return wire.Unsupported("S3 header " + name)
		}
	}
	if r.Method == http.MethodGet && r.Header.Get("If-Match") != "" {
		return wire.Unsupported("If-Match on reading")
	}
	return nil
}

// WriteError answers err as S3 does.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	e := wire.AsError(err)
	if code := gofakes3.ErrorCode(""); e.Code == "InternalFailure" && asGofakes3(err, &code) {
		e = &wire.Error{Status: code.Status(), Code: string(code), Message: err.Error()}
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(e.Status)
	if r.Method == http.MethodHead {
		return
	}
	b, _ := xml.Marshal(struct {
		XMLName                  xml.Name `xml:"Error"`
		Code, Message, RequestId string
	}{Code: e.Code, Message: e.Message, RequestId: wire.UUID()})
	_, _ = w.Write(append([]byte(xml.Header), b...))
}

func asGofakes3(err error, code *gofakes3.ErrorCode) bool {
	e, ok := err.(gofakes3.Error)
	if ok {
		*code = e.ErrorCode()
	}
	return ok
}

// bucketConfig is what the bucket s3 holds under a bucket's name.
type bucketConfig struct {
	Created       time.Time           `json:"created"`
	Versioned     bool                `json:"versioned,omitempty"`
	Notifications []queueNotification `json:"notifications,omitempty"`
	CORS          []corsRule          `json:"cors,omitempty"`
}

func loadConfig(tx *bbolt.Tx, bucket string) (c bucketConfig, err error) {
	v := tx.Bucket(root).Get([]byte(bucket))
	if v == nil {
		return c, gofakes3.BucketNotFound(bucket)
	}
	return c, json.Unmarshal(v, &c)
}

func saveConfig(tx *bbolt.Tx, bucket string, c bucketConfig) error {
	v, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if old := tx.Bucket(root).Get([]byte(bucket)); bytes.Equal(old, v) {
		return nil
	}
	return tx.Bucket(root).Put([]byte(bucket), v)
}
