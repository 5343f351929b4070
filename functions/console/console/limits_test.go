package console

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/policy"
)

// One agent's flood is answered 429 and says when to come back; others are answered as ever.
func TestWhoAsksTooOften(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	l := newLimits(func() time.Time { return now })
	ask := func(id string) *httptest.ResponseRecorder {
		var by *policy.Agent
		if id != "" {
			by = &policy.Agent{ID: id}
		}
		w := httptest.NewRecorder()
		l.bound(func(*http.Request) (*policy.Agent, *work.Problem) { return by, nil }, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }).
			ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/queue", nil))
		return w
	}
	for i := range burst {
		if w := ask("ana"); w.Code != 200 {
			t.Fatalf("request %d is answered %d", i, w.Code)
		}
	}
	w := ask("ana")
	if w.Code != 429 || w.Header().Get("Retry-After") != "1" || w.Header().Get("RateLimit") != `"agent";r=0;t=30` || w.Header().Get("RateLimit-Policy") != `"agent";q=600;w=30` {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if ask("marta").Code != 200 || ask("").Code != 200 {
		t.Error("others wait for her")
	}
	now = now.Add(time.Second)
	for range int(perSecond) {
		if ask("ana").Code != 200 {
			t.Fatal("after a second nothing has come back")
		}
	}
	if ask("ana").Code != 429 {
		t.Error("more has come back than was promised")
	}
	now = now.Add(time.Hour)
	if w := ask("ana"); w.Header().Get("RateLimit") != `"agent";r=599;t=1` {
		t.Errorf("after an hour: %v", w.Header())
	}
}
