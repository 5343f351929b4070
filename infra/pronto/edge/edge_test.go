package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/faults"
	"pronto/infra/local/ses"
)

const receipt = "From: =?utf-8?q?Acme_Air?= <care@acme.example>\r\nTo: Ada <ada@home.example>\r\nSubject: =?utf-8?q?Acme_Air:_abbiamo_ricevuto?=\r\n =?utf-8?q?_il_suo_messaggio?=\r\n" +
	"In-Reply-To: <1@home.example>\r\nMessage-ID: <x@eu-west-1.amazonses.com>\r\nReceived: one\r\nReceived: two\r\nMIME-Version: 1.0\r\nContent-Language: it\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"Perch=C3=A9 <b>no</b>?\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Perché</p><script>alert(1)</script>\r\n--b--\r\n"

func row(seq int64) ses.Row {
	return ses.Row{
		Seq: seq, At: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), From: "care@acme.example", To: []string{"ada@home.example", "bob@home.example"},
		Tags: map[string][]string{"pronto-kind": {"receipt"}, "pronto-conversation": {"c1"}}, Raw: []byte(receipt),
	}
}

// filled is an outbox of n rows.
func filled(n int64) func(int64, int) ([]ses.Row, error) {
	return func(after int64, max int) (rows []ses.Row, err error) {
		for seq := after + 1; seq <= n && len(rows) < max; seq++ {
			rows = append(rows, row(seq))
		}
		return rows, nil
	}
}

func shown(n int64) Desk {
	return Desk{
		Brands: []Brand{{"acme-air", "Acme Air", "care@acme.example", "Europe/Rome"}}, SMTP: "127.0.0.1:2525",
		API:    http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "api "+r.URL.Path) }),
		Hooks:  http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hooks "+r.URL.Path) }),
		Outbox: filled(n),
		Ledger: func() []json.RawMessage {
			return []json.RawMessage{
				[]byte(`{"msg":"turn","conversation":"c1","trace":"m1 m3"}`), []byte(`{"msg":"turn","conversation":"c2","trace":"m2"}`), []byte(`{"msg":"received","trace":"m3"}`),
			}
		},
		Trace: func(_ context.Context, id string) (map[string]bool, error) {
			return map[string]bool{"c1": id == "1@home.example"}, nil
		},
	}
}

func up(d Desk) *Edge {
	e := New()
	e.Up(d)
	return e
}

func get(e *Edge, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost:8080"+path, nil))
	return w
}

func TestHealthComesWithTheDesk(t *testing.T) {
	e := New()
	if w := get(e, "/healthz"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("before: %d", w.Code)
	}
	e.Up(shown(3))
	w := get(e, "/healthz")
	var h Health
	if err := json.Unmarshal(w.Body.Bytes(), &h); err != nil || w.Code != http.StatusOK {
		t.Fatalf("after: %d %s", w.Code, w.Body)
	}
	if h.Status != "ok" || h.SMTP != "127.0.0.1:2525" || h.Sent != 3 || h.Brands[0].Address != "care@acme.example" {
		t.Errorf("health is %+v", h)
	}
}

func TestOnlyLoopbackNamesAreAnswered(t *testing.T) {
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:8080": 200, "127.0.0.1:8080": 200, "[::1]:8080": 200, "[::1]": 200, "127.1.2.3": 200,
		"evil.example": 421, "evil.example:8080": 421, "10.0.0.1": 421, "localhost.evil.example": 421, "": 421, "0.0.0.0": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost/healthz", nil)
		r.Host = host
		w := httptest.NewRecorder()
		up(shown(0)).ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
	}
}

func TestPostsOfOtherOriginsAreRefused(t *testing.T) {
	d := shown(0)
	d.Faults = faults.New(1)
	r := httptest.NewRequest(http.MethodPost, "http://localhost/dev/faults", strings.NewReader("[]"))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	up(d).ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("a cross-site post: %d, want 403", w.Code)
	}
}

func TestOutbox(t *testing.T) {
	w := get(up(shown(2)), "/dev/outbox.json")
	var all []Piece
	if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if len(all) != 2 || all[0].Seq != 1 || all[1].Seq != 2 {
		t.Fatalf("the outbox is %+v", all)
	}
	p := all[0]
	for name, pair := range map[string][2]string{
		"kind": {p.Kind, "receipt"}, "channel": {p.Channel, "email"}, "conversation": {p.Conversation, "c1"}, "from": {p.From, "care@acme.example"},
		"to": {p.To, "ada@home.example, bob@home.example"}, "subject": {p.Subject, "Acme Air: abbiamo ricevuto il suo messaggio"},
		"In-Reply-To": {p.Headers["In-Reply-To"], "<1@home.example>"}, "From": {p.Headers["From"], "Acme Air <care@acme.example>"},
		"Received": {p.Headers["Received"], "one, two"}, "Message-ID": {p.Headers["Message-ID"], "<x@eu-west-1.amazonses.com>"},
		"text": {p.Text, "Perché <b>no</b>?\n"}, "html": {p.HTML, "<p>Perché</p><script>alert(1)</script>\n"}, "raw": {p.Raw, receipt},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
		}
	}
}

func TestOutboxPages(t *testing.T) {
	e := up(shown(MaxRows + 5))
	for path, want := range map[string][2]int64{ // first sequence number, how many
		"/dev/outbox.json": {1, MaxRows}, "/dev/outbox.json?after=1000": {1001, 5}, "/dev/outbox.json?after=1003": {1004, 2},
	} {
		var all []Piece
		if err := json.Unmarshal(get(e, path).Body.Bytes(), &all); err != nil {
			t.Fatal(err)
		}
		if int64(len(all)) != want[1] || all[0].Seq != want[0] {
			t.Errorf("%s: %d rows from %d, want %d from %d", path, len(all), all[0].Seq, want[1], want[0])
		}
	}
	if got := strings.TrimSpace(get(e, "/dev/outbox.json?after=1005").Body.String()); got != "[]" {
		t.Errorf("at the end: %s", got)
	}
	for _, bad := range []string{"-1", "x", "1.5"} {
		if w := get(e, "/dev/outbox.json?after="+bad); w.Code != http.StatusBadRequest || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("after=%s: %d %s", bad, w.Code, w.Body)
		}
	}
}

func TestAnOutboxThatCannotBeReadSaysSo(t *testing.T) {
	d := shown(1)
	d.Outbox = func(int64, int) ([]ses.Row, error) { return nil, errors.New("disk") }
	for _, path := range []string{"/dev/outbox", "/dev/outbox.json"} {
		if w := get(up(d), path); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "disk") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestThePageEscapesWhatItShows(t *testing.T) {
	w := get(up(shown(1)), "/dev/outbox")
	body := w.Body.String()
	for _, must := range []string{"Perché &lt;b&gt;no&lt;/b&gt;?", "<iframe sandbox srcdoc=", "&lt;script&gt;alert(1)&lt;/script&gt;", `lang="it"`, "abbiamo ricevuto il suo messaggio"} {
		if !strings.Contains(body, must) {
			t.Errorf("the page lacks %s", must)
		}
	}
	if strings.Contains(body, "<script") || strings.Contains(body, "ZgotmplZ") {
		t.Errorf("the page has a script, or a value that the template refused")
	}
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %v", w.Header())
	}
}

func TestThePageGoesBack(t *testing.T) {
	e := up(shown(60))
	seen := map[string]bool{}
	path := "/dev/outbox"
	for range 3 {
		body := get(e, path).Body.String()
		for i := range 60 {
			if strings.Contains(body, fmt.Sprintf("<span>#%d</span>", i+1)) {
				seen[fmt.Sprint(i+1)] = true
			}
		}
		_, rest, more := strings.Cut(body, `">Older</a>`)
		if !more {
			break
		}
		before := body[:len(body)-len(rest)-len(`">Older</a>`)]
		path = "/dev/outbox" + before[strings.LastIndex(before, "?"):]
	}
	if len(seen) != 60 {
		t.Errorf("%d of 60 mails were seen by going back", len(seen))
	}
	if body := get(up(shown(0)), "/dev/outbox").Body.String(); !strings.Contains(body, "Nothing has left yet") {
		t.Errorf("the empty page: %s", body)
	}
}

func TestLedger(t *testing.T) {
	e := up(shown(0))
	for path, want := range map[string]string{
		"/dev/ledger.json": `[{"msg":"turn","conversation":"c1","trace":"m1 m3"},{"msg":"turn","conversation":"c2","trace":"m2"},{"msg":"received","trace":"m3"}]`,
		"/dev/ledger.json?mail=%3C1%40home.example%3E": `[{"msg":"turn","conversation":"c1","trace":"m1 m3"}]`,
		"/dev/ledger.json?mail=nobody":                 `[]`,
		"/dev/ledger.json?trace=m3":                    `[{"msg":"turn","conversation":"c1","trace":"m1 m3"},{"msg":"received","trace":"m3"}]`,
		"/dev/ledger.json?trace=m":                     `[]`,
	} {
		if got := strings.TrimSpace(get(e, path).Body.String()); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestRoutes(t *testing.T) {
	e := up(shown(0))
	if got := get(e, "/api/v1/reconciliation").Body.String(); got != "api /api/v1/reconciliation" {
		t.Errorf("the API answers %q", got)
	}
	if got := post(e, "/hooks/custom", "{}").Body.String(); got != "hooks /hooks/custom" {
		t.Errorf("the hooks answer %q", got)
	}
	for path, want := range map[string]int{"/": 200, "/nowhere": 404, "/dev/faults": 404, "/dev/clock": 404} {
		if w := get(e, path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if w := post(e, "/dev/clock", `{"turn":"2m"}`); w.Code != http.StatusNotFound {
		t.Errorf("the clock can be turned although it was not asked for: %d", w.Code)
	}
}

func post(e *Edge, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(body)))
	return w
}

func TestFaultsAndClock(t *testing.T) {
	d := shown(0)
	d.Faults = faults.New(1)
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	d.Turn = func(by time.Duration) (time.Time, error) { now = now.Add(by); return now, nil }
	e := up(d)
	if w := post(e, "/dev/faults?seed=7", `[{"kind":"throttle","service":"sqs","chance":0.5}]`); w.Code != http.StatusOK || len(d.Faults.List()) != 1 {
		t.Errorf("set a fault: %d %s", w.Code, w.Body)
	}
	if w := get(e, "/dev/faults"); !strings.Contains(w.Body.String(), "throttle") {
		t.Errorf("list the faults: %s", w.Body)
	}
	if w := post(e, "/dev/clock", `{"turn":"2m"}`); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "09:02:00") {
		t.Errorf("turn the clock: %d %s", w.Code, w.Body)
	}
	for path, bodies := range map[string][]string{
		"/dev/faults":          {`[{"kind":"earthquake"}]`, `{`, `[{"knd":"throttle"}]`, `[` + strings.Repeat(" ", maxOrder) + `]`},
		"/dev/faults?seed=abc": {`[]`},
		"/dev/clock":           {`{"turn":"-2m"}`, `{"turn":"0s"}`, `{"turn":"soon"}`, `{}`, `{"back":"2m"}`},
	} {
		for _, body := range bodies {
			if w := post(e, path, body); w.Code != http.StatusBadRequest {
				t.Errorf("%s %.40s: %d, want 400", path, body, w.Code)
			}
		}
	}
}

func TestLast(t *testing.T) {
	for _, n := range []int64{0, 1, 2, 3, 7, 8, 9, 1000, 20_001} {
		if got := shown(n).last(); got != n {
			t.Errorf("the last of %d is said to be %d", n, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(receipt))
	f.Add([]byte("\r\n\r\n"))
	f.Add([]byte(" folded first\nA:\n"))
	f.Add([]byte("Subject: =?x-none?q?=FF?=\n\n\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := json.Marshal(Read(ses.Row{Raw: raw})); err != nil {
			t.Fatal(err)
		}
	})
}

// An outbox of 20,000 mails is read in pages, in much less than a minute.
func BenchmarkOutboxPage(b *testing.B) {
	e := up(shown(20_000))
	for b.Loop() {
		w := get(e, "/dev/outbox.json?after=19000")
		if n, _ := io.Copy(io.Discard, w.Body); n < MaxRows {
			b.Fatal("the page is empty")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)*20, "ms/20000")
}

// A post that left stands in the outbox under the names of a mail; one that cannot be read still shows as it is.
func TestPosts(t *testing.T) {
	row := ses.Row{
		Seq: 7, From: "acme-air", To: []string{"@mira"}, MessageID: "c1-000001-0", Tags: map[string][]string{TagChannel: {"custom"}, "pronto-kind": {"receipt"}, "pronto-conversation": {"c1"}},
		Raw: []byte(`{"type":"receipt","in_reply_to":"net-1","text":"Good day <b>","language":"en","possible_duplicate":true}`),
	}
	p := Read(row)
	if p.Channel != "custom" || p.Kind != "receipt" || p.Conversation != "c1" || p.Text != "Good day <b>\n" || p.HTML != "" || p.To != "@mira" {
		t.Errorf("%+v", p)
	}
	for name, want := range map[string]string{"In-Reply-To": "net-1", "Webhook-Id": "c1-000001-0", "Content-Language": "en", "X-Pronto-Possible-Duplicate": "yes"} {
		if p.Headers[name] != want {
			t.Errorf("%s: %q", name, p.Headers[name])
		}
	}
	d := shown(0)
	d.Outbox = func(after int64, _ int) ([]ses.Row, error) {
		if after > 0 {
			return nil, nil
		}
		return []ses.Row{row}, nil
	}
	if page := get(up(d), "/dev/outbox").Body.String(); !strings.Contains(page, "Good day &lt;b&gt;") || !strings.Contains(page, "<span>custom</span>") || strings.Contains(page, "no subject") {
		t.Errorf("the page is %s", page)
	}
	row.Raw = []byte("\xff{")
	if p := Read(row); p.Text != "" || p.Raw != "\uFFFD{" || p.Channel != "custom" {
		t.Errorf("unreadable: %+v", p)
	}
}
