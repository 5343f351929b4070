package webhook

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"pronto/shared/channel"
)

// fate is an error as channel.Sender's callers see it.
func fate(err error) string {
	switch {
	case err == nil:
		return "sent"
	case channel.IsPermanent(err):
		return "permanent"
	case channel.IsUnsent(err):
		return "unsent"
	}
	return "unknown"
}

func client(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// server is a receiver on this machine, and a client that may reach it.
func server(t *testing.T, h http.HandlerFunc) (*Client, string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return client(t, Options{Allow: []string{s.Listener.Addr().String()}, Timeout: 2 * time.Second}), s.URL
}

func TestPostDelivers(t *testing.T) {
	body, at := []byte(`{"type":"reply"}`), time.Unix(vectorTime, 0)
	c, url := server(t, func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		id, wrong := secrets(t, vectorSecret).Verify(r.Header, got, at)
		if err != nil || wrong != nil || id != "k1-000001-0" || r.Method != http.MethodPost || r.Header.Get("User-Agent") != userAgent || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("got %s %s as %q: %v %v", r.Method, got, id, err, wrong)
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"id":"77"}`))
	})
	h, err := secrets(t, vectorSecret).Sign("k1-000001-0", at, body)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Post(t.Context(), url+"/hook?x=1", h, body)
	if err != nil || a.Status != 202 || string(a.Body) != `{"id":"77"}` {
		t.Errorf("%d %s %v", a.Status, a.Body, err)
	}
}

func TestFateOfAStatus(t *testing.T) {
	for status, want := range map[int]string{
		200: "sent", 201: "sent", 202: "sent", 204: "sent", 299: "sent", 300: "unsent", 301: "unsent", 302: "unsent", 304: "unsent", 307: "unsent", 308: "unsent",
		400: "permanent", 401: "permanent", 403: "permanent", 404: "permanent", 410: "permanent", 413: "permanent", 422: "permanent",
		408: "unsent", 425: "unsent", 429: "unsent", 500: "unknown", 501: "unknown", 502: "unknown", 503: "unknown", 504: "unknown", 599: "unknown",
	} {
		c, url := server(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		_, err := c.Post(t.Context(), url, nil, nil)
		var s *StatusError
		if got := fate(err); got != want || err != nil && (!errors.As(err, &s) || s.Status != status) {
			t.Errorf("%d: %s (%v), want %s", status, got, err, want)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var visits atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer inner.Close()
	for _, to := range []string{inner.URL, "http://169.254.169.254/latest/meta-data/", "%zz", ""} {
		c, url := server(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusTemporaryRedirect)
		})
		c.allow = append(c.allow, strings.TrimPrefix(inner.URL, "http://"))
		if _, err := c.Post(t.Context(), url, nil, []byte("{}")); fate(err) != "unsent" {
			t.Errorf("to %q: %v", to, err)
		}
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
}

func TestLongAnswersAreCut(t *testing.T) {
	c, url := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 3*maxAnswer)) })
	if a, err := c.Post(t.Context(), url, nil, nil); err != nil || len(a.Body) != maxAnswer {
		t.Errorf("%d bytes, %v", len(a.Body), err)
	}
	c, url = server(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 2*maxHeaders)) })
	if _, err := c.Post(t.Context(), url, nil, nil); fate(err) != "unknown" {
		t.Errorf("endless headers: %v", err)
	}
}

func TestEndsWithoutAnAnswer(t *testing.T) {
	release := make(chan struct{})
	slow := func(http.ResponseWriter, *http.Request) { <-release }
	torn := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	half := func(w http.ResponseWriter, _ *http.Request) { // 200, then torn: taken
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("{"))
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{{"no answer in time", slow, "unknown"}, {"torn before the answer", torn, "unknown"}, {"torn within the answer", half, "sent"}} {
		client, url := server(t, c.handler)
		client.timeout = 150 * time.Millisecond
		if _, err := client.Post(t.Context(), url, nil, []byte("{}")); fate(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	close(release)
}

func TestNoConnectionIsUnsent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	plain := httptest.NewServer(http.NotFoundHandler()) // speaks no TLS: the handshake fails before anything is sent
	defer plain.Close()
	noTLS := plain.Listener.Addr().String()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	c := client(t, Options{Allow: []string{free, noTLS, untrusted.Listener.Addr().String()}, Timeout: time.Second})
	for _, url := range []string{"http://" + free, "https://" + noTLS, untrusted.URL} {
		if _, err := c.Post(t.Context(), url, nil, []byte("{}")); fate(err) != "unsent" {
			t.Errorf("%s: %v", url, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Post(ended, "http://"+noTLS, nil, nil); fate(err) != "unsent" {
		t.Errorf("ended before it began: %v", err)
	}
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	var asked atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	defer proxy.Close()
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("HTTP_PROXY", proxy.URL)
	c, url := server(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := c.Post(t.Context(), url, nil, nil); err != nil || asked.Load() || c.transport.Proxy != nil {
		t.Errorf("proxy asked: %v, %v", asked.Load(), err)
	}
}

// TestPrivateAddressesAreRefused by the client as a whole, in every way in which an address can be written.
func TestPrivateAddressesAreRefused(t *testing.T) {
	var visits atomic.Int32
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer s.Close()
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, Options{Ports: []uint16{uint16(n)}, Timeout: time.Second})
	for _, host := range []string{
		"127.0.0.1", "localhost", "LOCALHOST", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "127.1.2.3", "169.254.169.254", "10.0.0.1", "192.168.1.1",
		"[fe80::1]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "100.64.0.1", "224.0.0.1", "255.255.255.255",
	} {
		_, err := c.Post(t.Context(), "https://"+host+":"+port+"/", nil, []byte("{}"))
		if fate(err) != "unsent" || !IsRefused(err) {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.", "①②⑦.0.0.1"} { // other spellings of loopback: refused as names, or as addresses
		if _, err := c.Post(t.Context(), "https://"+host+":"+port+"/", nil, nil); fate(err) != "unsent" {
			t.Errorf("%s: %v", host, err)
		}
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d deliveries arrived", n)
	}
}

func TestCheck(t *testing.T) {
	c := client(t, Options{Allow: []string{"127.0.0.1:9000", "[::1]:9001", "Bridge.acme.example:80"}})
	for _, url := range []string{
		"https://hooks.acme.example/x", "https://hooks.acme.example:8443/x", "https://hooks.acme.example:443", "http://127.0.0.1:9000/hook", "https://127.0.0.1:9000",
		"http://[::1]:9001", "http://bridge.ACME.example", "HTTPS://hooks.acme.example",
	} {
		if err := c.Check(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{
		"", "hooks.acme.example", "/x", "https://", "https:///x", "https:hooks.acme.example", "http://hooks.acme.example", "http://127.0.0.1:9002", "http://localhost:9000",
		"https://hooks.acme.example:22", "https://hooks.acme.example:0", "https://hooks.acme.example:99999", "https://hooks.acme.example:65979", "ftp://hooks.acme.example",
		"file:///etc/passwd", "javascript:alert(1)", "https://ana:opensesame@hooks.acme.example", "https://ana@127.0.0.1:9000", "http://127.0.0.1:9000@hooks.acme.example", "https://a b/", "https://%zz/",
	} {
		if c.Check(url) == nil {
			t.Errorf("%q may be posted to", url)
		}
		if _, err := c.Post(t.Context(), url, nil, nil); fate(err) != "unsent" || strings.Contains(err.Error(), "opensesame") {
			t.Errorf("post to %q: %v", url, err)
		}
	}
	for _, allow := range []string{"127.0.0.1", ":9000", "host:", "http://127.0.0.1:9000/"} {
		if _, err := NewClient(Options{Allow: []string{allow}}); err == nil {
			t.Errorf("%q is taken as host:port", allow)
		}
	}
}

// nameServer answers A queries for one name with the next address of a list, the last of which stays; it is how a name is rebound between look-up and dial.
type nameServer struct {
	mu      sync.Mutex
	answers []string
	asked   int
}

func (n *nameServer) next() [4]byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	a := n.answers[min(n.asked, len(n.answers)-1)]
	n.asked++
	return netip.MustParseAddr(a).As4()
}

func (n *nameServer) queries() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

func (n *nameServer) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go n.serve(conn)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (n *nameServer) serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		size, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		q := m.Questions[0]
		out := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true}, Questions: m.Questions}
		if q.Type == dnsmessage.TypeA {
			out.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{A: n.next()},
			}}
		}
		if b, err := out.Pack(); err == nil {
			_, _ = conn.WriteTo(b, from)
		}
	}
}

// TestRebinding: the name is public when somebody looks, and this machine when we connect.
func TestRebinding(t *testing.T) {
	var visits atomic.Int32
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer s.Close()
	at := netip.MustParseAddrPort(s.Listener.Addr().String())
	for _, inside := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254"} {
		names := &nameServer{answers: []string{"1.1.1.1", inside}}
		c := client(t, Options{Ports: []uint16{at.Port()}, Timeout: time.Second})
		c.dialer.Resolver = names.resolver(t)
		seen, err := c.dialer.Resolver.LookupNetIP(t.Context(), "ip4", "rebound.example")
		if err != nil || len(seen) != 1 || forbidden(seen[0]) != "" {
			t.Fatalf("the first look-up says %v, %v", seen, err)
		}
		_, err = c.Post(t.Context(), "https://rebound.example:"+strconv.Itoa(int(at.Port())), nil, []byte("{}"))
		if !IsRefused(err) || fate(err) != "unsent" || names.queries() < 2 {
			t.Errorf("%s after %d look-ups: %v", inside, names.queries(), err)
		}
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d deliveries arrived", n)
	}
}

// TestAllowedNamesLeadAnywhere is the other side of it: with host and port allowed, the same name and address are reached.
func TestAllowedNamesLeadAnywhere(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, Options{Allow: []string{"bridge.example:" + port}, Timeout: time.Second})
	c.dialer.Resolver = (&nameServer{answers: []string{"127.0.0.1"}}).resolver(t)
	if _, err := c.Post(t.Context(), "http://Bridge.example:"+port, nil, nil); err != nil {
		t.Error(err)
	}
}
