package lambda

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func (r *rig) serve(h any, request *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.HTTP(Function{Name: "console", Invoke: Handler(h)}, nil).ServeHTTP(w, request)
	return w
}

// What was answered stays as it is, whatever is answered next.
func TestAnAnswerIsNobodyElses(t *testing.T) {
	answer := Handler(func(text string) (string, error) { return text, nil })
	var all [][]byte
	for _, who := range []string{"ana", "leo", "ada", "eva"} {
		out, err := answer(t.Context(), []byte(`"`+who+`"`))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out)
	}
	if got := string(bytes.Join(all, nil)); got != `"ana""leo""ada""eva"` {
		t.Errorf("the answers are now %s", got)
	}
}

func TestRequestBecomesAnEvent(t *testing.T) {
	r := newRig(t)
	req := httptest.NewRequest("POST", "http://desk.example/api/a%20b?x=1&x=2&y=", strings.NewReader(`{"é":1}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Add("X-Twice", "1")
	req.Header.Add("X-Twice", "2")
	req.AddCookie(&http.Cookie{Name: "session", Value: "s"})
	var got events.APIGatewayV2HTTPRequest
	r.serve(func(e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		got = e
		return events.APIGatewayV2HTTPResponse{StatusCode: 204}, nil
	}, req)
	have := fmt.Sprint(got.Version, " ", got.RawPath, " ", got.RawQueryString, " ", got.QueryStringParameters["x"], " ", got.Headers["x-twice"], " ", got.Cookies, " ", got.Headers["cookie"],
		" ", got.RequestContext.HTTP.Method, " ", got.RequestContext.DomainName, " ", got.Body, " ", got.IsBase64Encoded, " ", got.RequestContext.TimeEpoch)
	if want := fmt.Sprint(`2.0 /api/a b x=1&x=2&y= 1,2 1,2 [session=s]  POST desk.example {"é":1} false `, noon.UnixMilli()); have != want {
		t.Errorf("event\n%s, want\n%s", have, want)
	}
}

func TestBinaryBodiesTravelInBase64(t *testing.T) {
	r := newRig(t)
	body := []byte{0, 255, 10}
	for contentType, binary := range map[string]bool{"image/png": true, "": true, "text/plain": true /* no UTF-8 */} {
		req := httptest.NewRequest("PUT", "/", bytes.NewReader(body))
		req.Header.Set("Content-Type", contentType)
		w := r.serve(func(e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
			got, err := base64.StdEncoding.DecodeString(e.Body)
			if e.IsBase64Encoded != binary || err != nil || !bytes.Equal(got, body) {
				return events.APIGatewayV2HTTPResponse{}, fmt.Errorf("%q, %v, %v", e.Body, e.IsBase64Encoded, err)
			}
			return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: e.Body, IsBase64Encoded: true}, nil
		}, req)
		if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), body) {
			t.Errorf("%q: %d %q", contentType, w.Code, w.Body)
		}
	}
}

func TestResponses(t *testing.T) {
	r := newRig(t)
	get := func(h any) *http.Response { return r.serve(h, httptest.NewRequest("GET", "/", nil)).Result() }
	res := get(func() (events.APIGatewayV2HTTPResponse, error) {
		return events.APIGatewayV2HTTPResponse{StatusCode: 303, Headers: map[string]string{"location": "/queue"}, Cookies: []string{"a=1; HttpOnly", "b=2"}}, nil
	})
	if res.StatusCode != 303 || res.Header.Get("Location") != "/queue" || len(res.Header["Set-Cookie"]) != 2 {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	res = get(func() (map[string]int, error) { return map[string]int{"open": 3}, nil })
	if body, _ := io.ReadAll(res.Body); res.StatusCode != 200 || string(body) != `{"open":3}`+"\n" && string(body) != `{"open":3}` {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	for name, h := range map[string]any{
		"an error":     func() error { return errors.New("secret detail") },
		"a panic":      func() { panic("secret detail") },
		"a bad status": func() (map[string]int, error) { return map[string]int{"statusCode": 7}, nil },
	} {
		res := get(h)
		if body, _ := io.ReadAll(res.Body); res.StatusCode != 500 || strings.Contains(string(body), "secret") {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
}

func TestLargeRequestIsRefused(t *testing.T) {
	r := newRig(t)
	called := false
	w := r.serve(func(context.Context) error { called = true; return nil }, httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", MaxPayload))))
	if w.Code != http.StatusRequestEntityTooLarge || called {
		t.Errorf("%d, called %v", w.Code, called)
	}
}
