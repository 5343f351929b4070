package child

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// Each way in which a post may end tells whether it was taken.
func TestPostEnds(t *testing.T) {
	var status int
	var seen http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen = r.Header; status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(status)
	}))
	d := &Desk{URL: s.URL, http: &http.Client{Timeout: 5 * time.Second}}
	post := func(n int) error {
		status = n
		return d.Post(context.Background(), "post-1", []byte(`{}`))
	}
	if err := post(202); err != nil {
		t.Error(err)
	}
	if seen.Get("Webhook-Id") != "post-1" || seen.Get("Webhook-Signature") == "" {
		t.Errorf("it is not signed: %v", seen)
	}
	for _, n := range []int{0, 503} {
		if err := post(n); !errors.Is(err, ErrInDoubt) {
			t.Errorf("%d: %v", n, err)
		}
	}
	var no *Unposted
	if err := post(400); !errors.As(err, &no) || no.Status != 400 {
		t.Errorf("400: %v", err)
	}
	s.Close()
	var dial *net.OpError
	if err := post(202); errors.Is(err, ErrInDoubt) || !errors.As(err, &dial) {
		t.Errorf("nobody there: %v", err)
	}
}

// A signature is of id, time and body: none may change.
func TestSign(t *testing.T) {
	at := time.Unix(1700000000, 0)
	same := sign("a", at, []byte("x")).Get("Webhook-Signature")
	if same != sign("a", at, []byte("x")).Get("Webhook-Signature") {
		t.Error("it differs from time to time")
	}
	for _, h := range []http.Header{sign("b", at, []byte("x")), sign("a", at.Add(time.Second), []byte("x")), sign("a", at, []byte("y"))} {
		if h.Get("Webhook-Signature") == same {
			t.Errorf("the signature does not cover all: %v", h)
		}
	}
}
