package work

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

var pixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

func TestPicturesFromElsewhere(t *testing.T) {
	var header http.Header
	served := http.NewServeMux()
	served.HandleFunc("/ok.png", func(w http.ResponseWriter, r *http.Request) { header = r.Header; _, _ = w.Write(pixel) })
	served.HandleFunc("/lies.png", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte("<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"))
	})
	served.HandleFunc("/large.png", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(append(pixel, make([]byte, maxPicture)...))
	})
	served.HandleFunc("/gone.png", http.NotFound)
	served.HandleFunc("/moved.png", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		http.Redirect(w, r, "/ok.png", http.StatusFound)
	})
	served.HandleFunc("/round.png", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round.png", http.StatusFound) })
	served.HandleFunc("/file.png", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	s := httptest.NewServer(served)
	defer s.Close()
	open := newPictures(func(string, string, syscall.RawConn) error { return nil })
	var ask []string
	for _, path := range []string{"ok", "lies", "large", "gone", "moved", "round", "file"} {
		ask = append(ask, s.URL+"/"+path+".png")
	}
	got := open.all(t.Context(), append(ask, "ftp://a.example/x", "::", strings.Replace(s.URL, "//", "//user:word@", 1)+"/ok.png"))
	if len(got) != 2 || !strings.HasPrefix(got[ask[0]], "data:image/png;base64,") || got[ask[4]] != got[ask[0]] {
		t.Errorf("shown are %d: %v", len(got), got)
	}
	for _, name := range []string{"Cookie", "Referer", "Authorization"} {
		if header.Get(name) != "" {
			t.Errorf("%s was told: %s", name, header.Get(name))
		}
	}
	// The same server is on this machine: the guard keeps from it, by its number, by a name, and after a redirect.
	guarded := newPictures(publicWeb)
	for _, address := range []string{s.URL + "/ok.png", strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/ok.png", "http://169.254.169.254/latest/meta-data/", "http://[::1]/x.png", "http://0x7f000001/x.png"} {
		if got := guarded.all(t.Context(), []string{address}); len(got) != 0 {
			t.Errorf("%s was reached", address)
		}
	}
}

// One answer carries three megabytes of them, and no more than twenty are fetched.
func TestManyPictures(t *testing.T) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		_, _ = w.Write(append(bytes.Clone(pixel), make([]byte, maxPicture-len(pixel))...))
	}))
	defer s.Close()
	p := newPictures(func(string, string, syscall.RawConn) error { return nil })
	var ask []string
	for i := range 50 {
		ask = append(ask, s.URL+"/"+strings.Repeat("x", i)+".png")
	}
	size := 0
	for _, data := range p.all(t.Context(), ask) {
		size += len(data)
	}
	if size == 0 || size > maxAllInOne || n.Load() > maxPictures {
		t.Errorf("%d bytes of %d", size, n.Load())
	}
}
