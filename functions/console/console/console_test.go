package console_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
)

// answer is a sum or a problem.
type answer struct {
	Day, Brand, Title, Detail, Field string
	Status, Received                 int
	Balanced                         bool
}

func ask(t *testing.T, d *desktest.Desk, method, target string) (*httptest.ResponseRecorder, answer) {
	t.Helper()
	w := httptest.NewRecorder()
	d.API().ServeHTTP(w, httptest.NewRequest(method, "http://localhost"+target, nil))
	var a answer
	_ = json.Unmarshal(w.Body.Bytes(), &a) // what is no JSON lacks what is asked for below
	return w, a
}

func opened(t *testing.T) *desktest.Desk {
	return desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 23, 30, 0, 0, time.FixedZone("", -3600)), Change: func(c *aws.Config) {
		c.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	}})
}

func TestTheSumOfADay(t *testing.T) {
	d := opened(t)
	d.SendMail("mira@customer.example", "From: mira@customer.example\nMessage-ID: <1@x.example>\n\nWhere do I find my booking?\n", "care@acme.example")
	d.Settle()
	for query, want := range map[string]answer{
		"":                               {Day: "2026-11-24", Received: 1, Balanced: true}, // today, in UTC
		"?day=2026-11-24":                {Day: "2026-11-24", Received: 1, Balanced: true},
		"?day=2026-11-23":                {Day: "2026-11-23", Balanced: true},
		"?day=2024-02-29":                {Day: "2024-02-29", Balanced: true},
		"?day=2026-11-24&brand=acme-air": {Day: "2026-11-24", Brand: "acme-air", Received: 1, Balanced: true},
		"?day=2026-11-24&brand=-":        {Day: "2026-11-24", Brand: "-", Balanced: true},
	} {
		w, got := ask(t, d, http.MethodGet, "/api/v1/reconciliation"+query)
		if w.Code != http.StatusOK || got != want || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %d %v %+v, want %+v", query, w.Code, w.Header(), got, want)
		}
	}
}

func TestAProblemNamesItsField(t *testing.T) {
	d := opened(t)
	for query, want := range map[string]answer{
		"?day=yesterday":                  {Status: 400, Title: "Bad Request", Field: "day"},
		"?day=2026-02-30":                 {Status: 400, Title: "Bad Request", Field: "day"},
		"?day=2026-1-2":                   {Status: 400, Title: "Bad Request", Field: "day"},
		"?day=2026-11-24T00:00:00Z":       {Status: 400, Title: "Bad Request", Field: "day"},
		"?day=2026-11-24&brand=elsewhere": {Status: 404, Title: "Not Found", Field: "brand"},
		"?brand=acme-air%23x":             {Status: 404, Title: "Not Found", Field: "brand"},
	} {
		w, got := ask(t, d, http.MethodGet, "/api/v1/reconciliation"+query)
		detail := got.Detail
		got.Detail = ""
		if w.Code != want.Status || got != want || detail == "" || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %d %v %+v %q, want %+v", query, w.Code, w.Header(), got, detail, want)
		}
	}
}

func TestATableThatIsDownIsNoGap(t *testing.T) {
	d := opened(t)
	if err := d.AWS.Faults.Set(faults.Fault{Kind: faults.ServerError, Service: "dynamodb"}); err != nil {
		t.Fatal(err)
	}
	if w, got := ask(t, d, http.MethodGet, "/api/v1/reconciliation"); w.Code != http.StatusServiceUnavailable || got.Status != 503 || got.Detail == "" {
		t.Errorf("%d %+v", w.Code, got)
	}
}

func TestOtherRoutes(t *testing.T) {
	d := opened(t)
	if w, _ := ask(t, d, http.MethodPost, "/api/v1/reconciliation"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
	if w, _ := ask(t, d, http.MethodGet, "/api/v1/nothing"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown path: %d", w.Code)
	}
}
