// Package ses is SES on one machine: SendEmail into an outbox with SES's own habits, sending events to SNS, and mail received by SMTP as a receipt rule would.
//
// Invariants:
//   - Outbound: the outbox row and every event about it (Send, Reject, DeliveryDelay, Delivery, Bounce, Complaint) are one commit. There is no row without its event and no event without its row, unless a fault asks for it.
//   - Inbound: a mail answered with 250 is stored raw in S3 and its notice lies in the queue, in one commit before the answer: it survives kill -9.
//   - SES overwrites Message-ID and Date, removes Bcc, and refuses a header twice that may stand once; so does this.
//
// Verdicts on inbound mail are PASS and aligned, unless the domain of From or MAIL FROM ends in .fail.example (SPF, DKIM, DMARC FAIL with policy reject),
// .none.example (no authentication: GRAY), .spam.example or .virus.example.
//
// Outbound mail is delivered, unless it goes to the mailbox simulator (bounce@, complaint@, ooto@, suppressionlist@simulator.amazonses.com), has the EICAR
// test file in it (rejected), or its recipient's domain ends in .gone.example (no such mailbox), .full.example (delayed, then given up), .strict.example
// (refused by policy), .late.example (delayed, then delivered), .away.example (an out-of-office note that counts as a bounce), .lost.example (undetermined).
//
// Keys: the bucket ses holds identities (i/<name>) and configuration sets (c/<name>); ses/outbox the rows under their sequence number.
package ses

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/faults"
	"pronto/infra/local/s3"
	"pronto/infra/local/sns"
	"pronto/infra/local/wire"
)

// MaxMail is the largest mail in bytes, in and out, headers included.
const MaxMail = 40 << 20

// Service is SES of the local account. Its methods may be called from any goroutine.
type Service struct {
	db     *disk.DB
	clk    *clock.Clock
	s3     *s3.Service
	sns    *sns.Service
	faults *faults.Plan

	pace func() // waits before a mail that came in is stored

	mu    sync.Mutex
	rules []Rule // of the running listeners: where simulated answers come in
}

var (
	root   = []byte("ses")
	outbox = []byte("ses/outbox")
)

// New opens what db holds.
func New(db *disk.DB, clk *clock.Clock, objects *s3.Service, topics *sns.Service, plan *faults.Plan) (*Service, error) {
	err := db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{root, outbox} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	return &Service{db: db, clk: clk, s3: objects, sns: topics, faults: plan, pace: func() {}}, nil
}

// Pace has wait called before each mail that comes in is stored. It is to be set before Listen.
func (s *Service) Pace(wait func()) { s.pace = wait }

// Row is one mail that left.
type Row struct {
	Seq              int64               `json:"seq"` // 1, 2, 3, …, in the order of the commits
	At               time.Time           `json:"at"`  // UTC
	MessageID        string              `json:"messageId"`
	From             string              `json:"from"` // as SendEmail was given it, or the From header
	To               []string            `json:"to"`   // every recipient: To, Cc and Bcc
	ReturnPath       string              `json:"returnPath"`
	ConfigurationSet string              `json:"configurationSet,omitempty"`
	Tags             map[string][]string `json:"tags,omitempty"`
	Raw              []byte              `json:"raw"` // as the recipient gets it
}

// Outbox lists up to max rows with a sequence number above after, oldest first.
func (s *Service) Outbox(after int64, max int) ([]Row, error) {
	var rows []Row
	err := s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(outbox).Cursor()
		for k, v := c.Seek(rowKey(after + 1)); k != nil && len(rows) < max; k, v = c.Next() {
			var r Row
			if err := json.Unmarshal(v, &r); err != nil {
				return fmt.Errorf("outbox row %x: %w", k, err)
			}
			r.Seq = int64(binary.BigEndian.Uint64(k)) // given by the commit, after the row was written out
			rows = append(rows, r)
		}
		return nil
	})
	return rows, err
}

func rowKey(seq int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(max(seq, 0))) }

// route is one element of the allow-list; a segment * of its path stands for a name.
type route struct {
	name, method, path string
	do                 func(*Service, string, []byte) (any, error) // the names in the path with / between, the body
}

var routes = []route{
	{"SendEmail", "POST", "outbound-emails", (*Service).sendEmail},
	{"CreateEmailIdentity", "POST", "identities", (*Service).createIdentity},
	{"GetEmailIdentity", "GET", "identities/*", (*Service).getIdentity},
	{"CreateConfigurationSet", "POST", "configuration-sets", (*Service).createSet},
	{"CreateConfigurationSetEventDestination", "POST", "configuration-sets/*/event-destinations", (*Service).createDestination},
	{"UpdateConfigurationSetEventDestination", "PUT", "configuration-sets/*/event-destinations/*", (*Service).updateDestination},
	{"GetConfigurationSetEventDestinations", "GET", "configuration-sets/*/event-destinations", (*Service).getDestinations},
	{"GetAccount", "GET", "account", (*Service).getAccount},
}

// Operations lists what ServeHTTP answers.
func (s *Service) Operations() []string {
	names := make([]string, len(routes))
	for i, r := range routes {
		names[i] = r.name
	}
	slices.Sort(names)
	return names
}

// Operation names the SES operation of a request, or says that it is not implemented.
func Operation(r *http.Request) (string, error) {
	rt, _, err := find(r)
	if err != nil {
		return "", err
	}
	return rt.name, nil
}

func find(r *http.Request) (route, string, error) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/v2/email/")
	for _, rt := range routes {
		if name, ok := match(rt.path, path); ok && rt.method == r.Method {
			name, err := url.PathUnescape(name)
			return rt, name, err
		}
	}
	return route{}, "", wire.Unsupported("SES " + r.Method + " " + r.URL.Path)
}

func match(pattern, path string) (name string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return "", false
	}
	for i := range want {
		switch {
		case want[i] == "*" && got[i] != "" && name != "":
			name += "/" + got[i]
		case want[i] == "*" && got[i] != "":
			name = got[i]
		case want[i] != got[i]:
			return "", false
		}
	}
	return name, true
}

// ServeHTTP answers the REST protocol of SES v2 (/v2/email/…).
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const contentType = "application/json"
	rt, name, err := find(r)
	if err != nil {
		wire.JSONError(w, contentType, err)
		return
	}
	body, err := wire.Body(r, MaxMail*3/2) // base64
	if err == nil {
		var out any
		if out, err = rt.do(s, name, body); err == nil {
			wire.JSON(w, contentType, out)
			return
		}
	}
	wire.JSONError(w, contentType, err)
}
