// Package edge is the desk's HTTP address on this machine: the API as the HTTP API of the cloud serves it, and what only a desk on a laptop has, a look at
// every mail that left, at the log, at faults and clock.
//
//	GET  /                    an index for people
//	*    /console             the console function: the agents' pages
//	*    /dev/oidc/           who signs agents in, as an OIDC provider: one click chooses an agent of the policy
//	GET  /healthz             200 once everything is up, 503 before
//	GET  /dev/outbox          the mails that left, for people
//	GET  /dev/outbox.json     the same for programs, oldest first; ?after=SEQ for what follows
//	GET  /dev/ledger.json     the log since the start; ?trace=ID for the lines about one message,
//	                          ?mail=MESSAGE-ID for those of one mail's conversation
//	GET  /dev/faults          what goes wrong on purpose (these three only with Options.Faults)
//	POST /dev/faults          [{"kind":"throttle","service":"sqs","chance":0.1}, …]; ?seed=7
//	POST /dev/clock           {"turn":"2m"}
//	*    /api/                the console function; "Authorization: Bearer dev:AGENT" says who asks
//	*    /page/               the console function: the answer of who was paged
//	*    /survey/             the console function: a customer's answer to the question how we did
//	GET  /oncall/             the console function: an agent's calendar of shifts, by its secret link
//	GET  /mail/               the console function: a mail as it was sent, and its attachments
//	POST /hooks/custom        the receive function: a mention, signed after Standard Webhooks
//
// It answers on loopback names only, so that no page on the web can reach it by a name of its own (DNS rebinding), and takes no post from another origin.
package edge

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"pronto/infra/local/faults"
	"pronto/infra/local/ses"
	"pronto/shared/desk"
)

// Desk is what the edge shows. All fields must be set but Agents to Now (without which nobody signs in), Slack, Silenced, Faults and Turn.
type Desk struct {
	Brands []Brand
	SMTP   string // where mail is taken, host:port

	Agents  []Agent          // of the policy, for signing in
	Issuer  string           // what the OIDC provider calls itself
	Console string           // where the console is, to which the provider sends browsers back
	Now     func() time.Time // the desk's clock

	API    http.Handler                                           // the console function
	Hooks  http.Handler                                           // the receive function
	Outbox func(after int64, max int) ([]ses.Row, error)          // mails that left with a sequence number above after, oldest first
	Ledger func() []json.RawMessage                               // the log since the start, oldest first
	Trace  func(context.Context, string) (map[string]bool, error) // the conversations in which the mail with this Message-ID lies

	Slack http.HandlerFunc // takes pages as Slack's incoming webhooks do; nil: none

	Silenced func(context.Context) map[string]desk.Switch // by brand, the silence switches that are on

	Faults *faults.Plan                           // nil: cannot be switched from here
	Turn   func(time.Duration) (time.Time, error) // turns the clock forward and tells its time; nil: cannot be turned from here
}

// Brand is a face of the desk and the address that its customers write to.
type Brand struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Address string `json:"address"`
	Zone    string `json:"time_zone"` // IANA
}

// Health is what /healthz answers when all is up.
type Health struct {
	Status string  `json:"status"` // ok, starting
	SMTP   string  `json:"smtp,omitempty"`
	Brands []Brand `json:"brands,omitempty"`
	Sent   int64   `json:"sent"` // mails that left, which is the last sequence number of the outbox

	Silenced map[string]desk.Switch `json:"silenced,omitempty"` // brands whose receipts are held back, and why
}

// Edge is the handler. It may serve before the desk is up: all but /healthz then answer 503, too.
type Edge struct {
	up      atomic.Pointer[http.ServeMux]
	handler http.Handler
}

// New returns an edge whose desk is not up yet.
func New() *Edge {
	e := &Edge{}
	e.handler = http.NewCrossOriginProtection().Handler(http.HandlerFunc(e.serve))
	return e
}

// Up shows d from now on.
func (e *Edge) Up(d Desk) { e.up.Store(d.routes()) }

// ServeHTTP answers requests to loopback names.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !loopback(r.Host) {
		refuse(w, http.StatusMisdirectedRequest, "this desk answers to localhost, 127.0.0.1 and [::1] only")
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	e.handler.ServeHTTP(w, r)
}

func (e *Edge) serve(w http.ResponseWriter, r *http.Request) {
	if mux := e.up.Load(); mux != nil {
		mux.ServeHTTP(w, r)
		return
	}
	answer(w, http.StatusServiceUnavailable, Health{Status: "starting"})
}

// loopback tells whether a Host header names this machine to itself.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

func (d Desk) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.index)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, Health{Status: "ok", SMTP: d.SMTP, Brands: d.Brands, Sent: d.last(), Silenced: d.silenced(r.Context())})
	})
	mux.HandleFunc("GET /dev/outbox", d.page)
	mux.HandleFunc("GET /dev/outbox.json", d.outbox)
	mux.HandleFunc("GET /dev/ledger.json", d.ledger)
	if d.Faults != nil {
		mux.HandleFunc("GET /dev/faults", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, d.Faults.List()) })
		mux.HandleFunc("POST /dev/faults", d.setFaults)
	}
	if d.Turn != nil {
		mux.HandleFunc("POST /dev/clock", d.turn)
	}
	if d.Slack != nil {
		mux.HandleFunc("POST /dev/slack", d.Slack)
	}
	mux.Handle("/hooks/", d.Hooks)
	mux.Handle("/api/", AsAgent(d.API))
	mux.Handle("/page/", d.API)
	mux.Handle("/survey/", d.API)
	mux.Handle("/oncall/", d.API)
	mux.Handle("/console", d.API)
	mux.Handle("/console/", d.API)
	mux.Handle("/mail/", d.API)
	mux.Handle(IssuerPath+"/", newProvider(d))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "there is nothing here: see / for what there is")
	})
	return mux
}

// ledger answers the log, or of it what is about one message or mail.
func (d Desk) ledger(w http.ResponseWriter, r *http.Request) {
	lines := d.Ledger()
	if id := r.URL.Query().Get("mail"); id != "" {
		in, err := d.Trace(r.Context(), strings.Trim(id, "<>"))
		if err != nil {
			refuse(w, http.StatusServiceUnavailable, "the mail cannot be looked up now: try again")
			return
		}
		lines = about(lines, in)
	}
	if id := r.URL.Query().Get("trace"); id != "" {
		lines = traced(lines, id)
	}
	answer(w, http.StatusOK, lines)
}

// traced are the lines about a message: what docs/operations.md asks CloudWatch for.
func traced(lines []json.RawMessage, id string) []json.RawMessage {
	kept := []json.RawMessage{}
	for _, line := range lines {
		var l struct{ Trace string }
		if json.Unmarshal(line, &l) == nil && slices.Contains(strings.Fields(l.Trace), id) {
			kept = append(kept, line)
		}
	}
	return kept
}

func about(lines []json.RawMessage, conversations map[string]bool) []json.RawMessage {
	kept := []json.RawMessage{}
	for _, line := range lines {
		var l struct{ Conversation string }
		if json.Unmarshal(line, &l) == nil && conversations[l.Conversation] {
			kept = append(kept, line)
		}
	}
	return kept
}

// maxOrder bounds what is posted here.
const maxOrder = 64 << 10

func (d Desk) setFaults(w http.ResponseWriter, r *http.Request) {
	var list []faults.Fault
	var seed uint64
	if !read(w, r, &list) {
		return
	}
	if s := r.URL.Query().Get("seed"); s != "" {
		if err := json.Unmarshal([]byte(s), &seed); err != nil {
			refuse(w, http.StatusBadRequest, "seed: a number from 0 to 2^64-1 is needed")
			return
		}
		d.Faults.Seed(seed)
	}
	if err := d.Faults.Set(list...); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	answer(w, http.StatusOK, d.Faults.List())
}

func (d Desk) turn(w http.ResponseWriter, r *http.Request) {
	var order struct{ Turn string }
	if !read(w, r, &order) {
		return
	}
	by, err := time.ParseDuration(order.Turn)
	if err != nil || by <= 0 {
		refuse(w, http.StatusBadRequest, `turn: a duration above zero is needed, such as "2m"; a clock never goes back`)
		return
	}
	now, err := d.Turn(by)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, http.StatusOK, map[string]time.Time{"now": now})
}

// read takes a small JSON body, or answers what is wrong with it.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxOrder))
	in.DisallowUnknownFields()
	if err := in.Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, "the body is not what is expected here: "+err.Error())
		return false
	}
	return true
}

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the answer cannot be encoded", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// refuse answers an error as RFC 9457 has it.
func refuse(w http.ResponseWriter, status int, detail string) {
	b, _ := json.Marshal(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}
