package network

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pronto/shared/channel"
	"pronto/shared/channel/webhook"
)

// wicked is a server of another house's, on this machine, and a client that may reach it.
func wicked(t *testing.T, h http.HandlerFunc) (*Client, string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := NewClient(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return c, s.URL
}

func get(t *testing.T, c *Client, url string, most int64) (Answer, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Do(t.Context(), r, most)
}

func TestDo(t *testing.T) {
	c, url := wicked(t, func(w http.ResponseWriter, r *http.Request) {
		if r.UserAgent() != UserAgent {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write([]byte("ciao"))
	})
	if a, err := get(t, c, url, 0); err != nil || a.Status != 200 || string(a.Body) != "ciao" {
		t.Errorf("%+v, %v", a, err)
	}
}

// What a hostile server does is bounded: it leads nowhere else, and has neither all of our memory nor all of our time.
func TestAHostileServerIsBounded(t *testing.T) {
	c, url := wicked(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		case "/huge":
			_, _ = w.Write([]byte(strings.Repeat("a", 2000)))
		case "/torn":
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
		case "/drip":
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte("."))
				_ = http.NewResponseController(w).Flush()
			}
		}
	})
	c.timeout /= 20
	if a, err := get(t, c, url+"/redirect", 0); err != nil || a.Status != http.StatusFound {
		t.Errorf("a redirect: %+v, %v", a, err)
	}
	if _, err := get(t, c, url+"/huge", 1000); !errors.Is(err, ErrGarbled) {
		t.Errorf("a huge answer: %v", err)
	}
	for _, path := range []string{"/torn", "/drip"} {
		if _, err := get(t, c, url+path, 0); err == nil || channel.IsUnsent(err) || channel.IsPermanent(err) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, to := range []string{"http://pds.example", "https://pds.example:22", "https://10.0.0.1", "https://[::1]", "https://user:word@pds.example"} {
		if _, err := get(t, c, to, 0); !channel.IsUnsent(err) {
			t.Errorf("%s: %v", to, err)
		}
	}
	if _, err := get(t, c, "https://192.168.1.1/", 0); !webhook.IsRefused(err) || CodeOf(err) != CodeForbidden {
		t.Errorf("a private address: %v", err)
	}
}
