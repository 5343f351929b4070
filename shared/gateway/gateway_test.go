package gateway

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"pronto/infra/local"
	"pronto/infra/local/lambda"
)

// get is the event of a GET.
func get(path, query string) events.APIGatewayV2HTTPRequest {
	ev := events.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: path, RawQueryString: query, Headers: map[string]string{"host": "desk.example"}}
	ev.RequestContext.HTTP.Method, ev.RequestContext.HTTP.SourceIP = http.MethodGet, "192.0.2.7"
	return ev
}

// seen serves ev by a handler that keeps its request and the body.
func seen(t *testing.T, ev events.APIGatewayV2HTTPRequest) (r *http.Request, body string) {
	t.Helper()
	f := Serve(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			t.Fatal(err)
		}
		r, body = req, string(b)
	}))
	if _, err := f(t.Context(), ev); err != nil {
		t.Fatal(err)
	}
	if r == nil {
		t.Fatal("the handler was not called")
	}
	return r, body
}

// answered serves a GET by h.
func answered(t *testing.T, h http.HandlerFunc) events.APIGatewayV2HTTPResponse {
	t.Helper()
	out, err := Serve(h)(t.Context(), get("/", ""))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestARequestComesAsItWasSent(t *testing.T) {
	ev := get("/api/v1/reconciliation", "day=2026-11-22&brand=acme%2Dair")
	ev.RequestContext.HTTP.Method = http.MethodPut
	ev.Headers["content-type"], ev.Headers["X-Twice"] = "application/json", "a,b"
	ev.Cookies = []string{"session=1", "theme=dark"}
	ev.Body = `{"a":1}`
	r, body := seen(t, ev)
	for name, pair := range map[string][2]string{
		"method": {r.Method, "PUT"}, "path": {r.URL.Path, "/api/v1/reconciliation"}, "day": {r.URL.Query().Get("day"), "2026-11-22"},
		"brand": {r.URL.Query().Get("brand"), "acme-air"}, "host": {r.Host, "desk.example"}, "lower-case header": {r.Header.Get("Content-Type"), "application/json"},
		"upper-case header": {r.Header.Get("x-twice"), "a,b"}, "cookies": {r.Header.Get("Cookie"), "session=1; theme=dark"}, "body": {body, `{"a":1}`},
		"remote address": {r.RemoteAddr, "192.0.2.7"}, "URI": {r.RequestURI, "/api/v1/reconciliation?day=2026-11-22&brand=acme%2Dair"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
		}
	}
	if c, err := r.Cookie("theme"); err != nil || c.Value != "dark" {
		t.Errorf("cookie theme: %v, %v", c, err)
	}
}

// HTTP APIs undo the escapes of a path before they hand it over: what looks like syntax in it is none.
func TestAPathIsNoURL(t *testing.T) {
	for _, path := range []string{"/a b", "/100%", "/why?", "/a#b", "//elsewhere.example/api", "/%zz", "/città", "/a:b", "/"} {
		r, _ := seen(t, get(path, "q=1"))
		if r.URL.Path != path || r.URL.Host != "" || r.URL.RawQuery != "q=1" {
			t.Errorf("%q came as path %q, host %q, query %q", path, r.URL.Path, r.URL.Host, r.URL.RawQuery)
		}
	}
}

func TestABinaryBodyComesInBase64(t *testing.T) {
	ev, binary := get("/", ""), "\x00\xff\xfe"
	ev.Body, ev.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(binary)), true
	if _, body := seen(t, ev); body != binary {
		t.Errorf("body %q, want %q", body, binary)
	}
}

func TestARequestThatCannotBeReadIsAnswered(t *testing.T) {
	base := get("/", "")
	base.Body, base.IsBase64Encoded = "not base64!", true
	method := get("/", "")
	method.RequestContext.HTTP.Method = "GET /evil"
	for name, ev := range map[string]events.APIGatewayV2HTTPRequest{"base64": base, "method": method} {
		f := Serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%s: it reached the handler", name) }))
		out, err := f(t.Context(), ev)
		if err != nil || out.StatusCode != http.StatusBadRequest || out.Body == "" {
			t.Errorf("%s: %+v, %v; want status 400", name, out, err)
		}
	}
}

func TestTheContextReachesTheHandler(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Hour))
	defer cancel()
	_, _ = Serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, ok := r.Context().Deadline(); !ok {
			t.Error("the handler does not see the invocation's deadline")
		}
	}))(ctx, get("/", ""))
}

func TestAnAnswer(t *testing.T) {
	out := answered(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Add("Vary", "Accept")
		w.Header().Add("Vary", "Cookie")
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"città":1}`)
	})
	if out.StatusCode != 201 || out.Body != `{"città":1}` || out.IsBase64Encoded {
		t.Errorf("answer %+v", out)
	}
	if want := map[string]string{"content-type": "application/json", "vary": "Accept, Cookie"}; !maps.Equal(out.Headers, want) {
		t.Errorf("headers %v, want %v", out.Headers, want)
	}
	if !slices.Equal(out.Cookies, []string{"a=1", "b=2"}) {
		t.Errorf("cookies %v", out.Cookies)
	}
}

func TestAnAnswerThatIsNoTextLeavesInBase64(t *testing.T) {
	out := answered(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\x89PNG\xff")) })
	if b, err := base64.StdEncoding.DecodeString(out.Body); !out.IsBase64Encoded || err != nil || string(b) != "\x89PNG\xff" {
		t.Errorf("answer %+v", out)
	}
	if out := answered(t, func(http.ResponseWriter, *http.Request) {}); out.StatusCode != 200 || out.Body != "" || out.IsBase64Encoded {
		t.Errorf("an empty answer is %+v", out)
	}
}

// Through the local HTTP API and back: what a client sends and gets is what the handler got and sent.
func TestThroughAnHTTPAPI(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		c, _ := r.Cookie("session")
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: c.Value})
		w.Header().Set("X-Asked", r.Method+" "+r.URL.Path+" "+r.URL.Query().Get("q")+" "+r.Header.Get("X-Mark"))
		w.Header().Set("Content-Type", "application/octet-stream")
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(b)
	})
	aws, err := local.Open(t.Context(), local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = aws.Close() })
	f := lambda.Function{Name: "echo", Invoke: lambda.Handler(Serve(echo)), Timeout: 10 * time.Second}
	srv := httptest.NewServer(aws.Lambda.HTTP(f, func(err error) { t.Errorf("invoke: %v", err) }))
	t.Cleanup(srv.Close)

	for _, body := range []string{"plain words", "\x00\x01\xfe\xff", ""} {
		req, err := http.NewRequest(http.MethodPost, srv.URL+"/a%20b%3F/c?q="+url.QueryEscape("1 & 2"), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Mark", "m")
		req.Header.Set("Cookie", "session=s1")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		back, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || string(back) != body || res.StatusCode != http.StatusTeapot {
			t.Errorf("%q came back as %d %q, %v", body, res.StatusCode, back, err)
		}
		if got, want := res.Header.Get("X-Asked"), "POST /a b?/c 1 & 2 m"; got != want {
			t.Errorf("the handler was asked %q, want %q", got, want)
		}
		if c := res.Cookies(); len(c) != 1 || c[0].Value != "s1" {
			t.Errorf("cookies %v", c)
		}
	}
}
