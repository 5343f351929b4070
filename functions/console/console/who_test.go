package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// routes are all routes with what an agent, a lead and somebody of another brand are answered. Without identity all but the sum are 401.
func TestWhoMayDoWhat(t *testing.T) {
	w := open(t)
	id := w.complaint()
	later := `{"until":"2026-11-24T09:00:00Z"}`
	for _, c := range []struct {
		method, path, body   string
		agent, lead, foreign int
	}{
		{"GET", conv(id), "", 200, 200, 404},
		{"GET", "/api/v1/queue", "", 200, 200, 200}, // of her own brand
		{"GET", "/api/v1/queue?brand=acme-air", "", 200, 200, 404},
		{"GET", "/api/v1/silence?brand=acme-air", "", 200, 200, 404},
		{"PUT", "/api/v1/silence?brand=acme-air", `{"on":false}`, 403, 200, 404},
		{"POST", conv(id, "claim"), "", 200, 200, 404},
		{"POST", conv(id, "assign"), `{"to":"marta"}`, 200, 200, 404},
		{"POST", conv(id, "unassign"), "{}", 200, 200, 404},
		{"POST", conv(id, "note"), `{"text":"x"}`, 200, 200, 404},
		{"POST", conv(id, "snooze"), later, 200, 200, 404},
		{"POST", conv(id, "reply"), `{"text":"Hello."}`, 200, 200, 404},
		{"POST", conv(id, "resolve"), "", 200, 409, 404}, // once
		{"POST", conv(id, "reopen"), "", 200, 409, 404},
	} {
		if code := w.ask("", c.method, c.path, c.body).Code; code != http.StatusUnauthorized {
			t.Errorf("%s %s by nobody: %d", c.method, c.path, code)
		}
		if code := w.ask("nobody-of-ours", c.method, c.path, c.body).Code; code != http.StatusUnauthorized {
			t.Errorf("%s %s by a stranger: %d", c.method, c.path, code)
		}
		for who, want := range map[string]int{"rosa": c.foreign} {
			if code := w.ask(who, c.method, c.path, c.body).Code; code != want {
				t.Errorf("%s %s by %s: %d, want %d", c.method, c.path, who, code, want)
			}
		}
		if code := w.ask("marta", c.method, c.path, c.body).Code; code != c.agent {
			t.Errorf("%s %s by an agent: %d, want %d", c.method, c.path, code, c.agent)
		}
		if code := w.ask("ana", c.method, c.path, c.body).Code; code != c.lead {
			t.Errorf("%s %s by a lead: %d, want %d", c.method, c.path, code, c.lead)
		}
	}
	for _, who := range []string{"", "marta", "ana", "rosa"} {
		w.ask(who, "GET", "/api/v1/reconciliation?day=2026-11-23", "").is(200)
	}
}

// Nothing that a client sends but the edge's own credential says who it is.
func TestIdentityCannotBeSent(t *testing.T) {
	w := open(t)
	for _, headers := range [][2]string{
		{"Authorization", "Bearer ana"}, {"Authorization", "dev:ana"}, {"Authorization", "Basic ZGV2OmFuYQ=="}, {"Authorization", "Bearer dev:"},
		{"Authorization", "Bearer dev:ANA"}, {"X-Pronto-Agent", "ana"}, {"pronto:agent", "ana"}, {"Sub", "ana"}, {"Cookie", "sub=ana"},
	} {
		if code := w.ask("", "GET", "/api/v1/queue", "", headers[0], headers[1]).Code; code != 401 {
			t.Errorf("%v is answered %d", headers, code)
		}
	}
	r := httptest.NewRequest("GET", "http://localhost/api/v1/queue", nil)
	r.Header.Set("Authorization", "Bearer dev:ana")
	rec := httptest.NewRecorder()
	w.API().ServeHTTP(rec, r) // without the edge, as in the cloud
	if rec.Code != 401 {
		t.Errorf("the function itself takes dev: %d", rec.Code)
	}
}

func TestWhatIsWrongIsSaidInWords(t *testing.T) {
	w := open(t)
	id := w.complaint()
	long := func(n int) string { return `{"text":"` + strings.Repeat("é", n) + `"}` }
	for _, c := range []struct {
		method, path, body string
		headers            []string
		status             int
		field, code        string
	}{
		{"GET", conv("nosuchconversatn"), "", nil, 404, "", "not_found"},
		{"GET", conv(strings.Repeat("a", 5000)), "", nil, 404, "", "not_found"},
		{"GET", conv(id) + "?messages_after=x", "", nil, 400, "messages_after", ""},
		{"GET", "/api/v1/queue?view=best", "", nil, 400, "view", ""},
		{"GET", "/api/v1/queue?channel=pigeon", "", nil, 400, "channel", ""},
		{"GET", "/api/v1/queue?cursor=%25", "", nil, 400, "cursor", ""},
		{"GET", "/api/v1/queue?cursor=" + strings.Repeat("QUFB", 1000), "", nil, 400, "cursor", ""},
		{"GET", "/api/v1/nothing", "", nil, 404, "", ""},
		{"DELETE", conv(id), "", nil, 405, "", ""},
		{"POST", "/api/v1/queue", "{}", nil, 405, "", ""},
		{"POST", conv(id, "forget"), "{}", nil, 404, "", ""},
		{"POST", conv(id, "claim"), `{"text":"x"}`, nil, 400, "text", ""},
		{"POST", conv(id, "claim"), `{`, nil, 400, "", ""},
		{"POST", conv(id, "claim"), `{} {}`, nil, 400, "", ""},
		{"POST", conv(id, "claim"), "", []string{"If-Match", "x"}, 400, "If-Match", ""},
		{"POST", conv(id, "claim"), "", []string{"If-Match", `"99"`}, 412, "", "version_changed"},
		{"POST", conv(id, "claim"), "", []string{"If-Match", "0"}, 412, "", "version_changed"},
		{"POST", conv(id, "claim"), "", []string{"Idempotency-Key", strings.Repeat("k", 201)}, 400, "Idempotency-Key", ""},
		{"POST", conv(id, "claim"), "", []string{"Idempotency-Key", "é"}, 400, "Idempotency-Key", ""},
		{"POST", conv(id, "reply"), "", nil, 422, "text", ""},
		{"POST", conv(id, "reply"), `{"text":" \n\u0000 "}`, nil, 422, "text", ""},
		{"POST", conv(id, "reply"), `{"text":7}`, nil, 400, "text", ""},
		{"POST", conv(id, "reply"), `[]`, nil, 400, "", ""},
		{"POST", conv(id, "reply"), long(20_001), nil, 422, "text", ""},
		{"POST", conv(id, "reply"), long(200_000), nil, 413, "", ""},
		{"POST", conv(id, "note"), long(20_001), nil, 422, "text", ""},
		{"POST", conv(id, "assign"), `{"to":"rosa"}`, nil, 422, "to", ""},
		{"POST", conv(id, "assign"), `{"to":"team:other"}`, nil, 422, "to", ""},
		{"POST", conv(id, "assign"), `{}`, nil, 422, "to", ""},
		{"POST", conv(id, "snooze"), `{"until":"tomorrow"}`, nil, 400, "until", ""},
		{"POST", conv(id, "snooze"), `{"until":"2026-11-23T08:00:00Z"}`, nil, 422, "until", "not_in_the_future"},
		{"POST", conv(id, "snooze"), `{"until":"2226-11-23T08:00:00Z"}`, nil, 422, "until", ""},
		{"POST", conv(id, "reopen"), "", nil, 409, "", "not_resolved"},
		{"PUT", "/api/v1/silence?brand=acme-air", `{}`, nil, 400, "on", ""},
		{"PUT", "/api/v1/silence?brand=acme-air", `{"on":"yes"}`, nil, 400, "on", ""},
		{"PUT", "/api/v1/silence?brand=acme-air", `{"on":true,"why":"` + strings.Repeat("x", 501) + `"}`, nil, 400, "why", ""},
		{"PUT", "/api/v1/silence?brand=nobody", `{"on":true}`, nil, 404, "brand", ""},
		{"GET", "/api/v1/reconciliation?day=x", "", nil, 400, "day", ""},
	} {
		res := w.ask("ana", c.method, c.path, c.body, c.headers...)
		p := res.problem()
		if res.Code != c.status || p.Field != c.field || p.Code != c.code {
			t.Errorf("%s %.80s %.40s %.40q: %d %+v; want %d, field %q, code %q", c.method, c.path, c.body, c.headers, res.Code, p, c.status, c.field, c.code)
		}
	}
	if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Version != 1 || len(c.Messages) != 2 {
		t.Errorf("refused requests left %+v", c)
	}
	if allow := w.ask("ana", "POST", "/api/v1/queue", "{}").Header().Get("Allow"); allow != "GET, HEAD" {
		t.Errorf("Allow: %q", allow)
	}
}
