package imap_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"

	"pronto/shared/channel/imap"
)

// authority signs certificates of servers, for a name and until a time.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.key = key(t)
	der, err := x509.CreateCertificate(rand.Reader, a.template("An authority", time.Now().Add(time.Hour)), a.template("An authority", time.Now().Add(time.Hour)), &a.key.PublicKey, a.key)
	if err == nil {
		a.cert, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (a *authority) template(name string, until time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: until.Add(-24 * time.Hour), NotAfter: until,
		IsCA: a.cert == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, DNSNames: []string{name},
	}
}

func (a *authority) server(name string, until time.Time) *tls.Config {
	a.t.Helper()
	k := key(a.t)
	der, err := x509.CreateCertificate(rand.Reader, a.template(name, until), a.cert, &k.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: k}}}
}

func (a *authority) roots() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

const name = "imap.acme.example"

// granted is a session that takes the bearer tokens that were granted, as Google's and Microsoft's servers do.
type granted struct {
	imapserver.Session
	user  *imapmemserver.User
	token string
}

func (g *granted) AuthenticateMechanisms() []string { return []string{"XOAUTH2"} }

func (g *granted) Authenticate(string) (sasl.Server, error) { return &exchange{g: g}, nil }

type exchange struct {
	g      *granted
	failed bool
}

func (e *exchange) Next(response []byte) ([]byte, bool, error) {
	switch {
	case e.failed && len(response) == 0:
		return nil, false, errors.New("refused")
	case response == nil:
		return []byte{}, false, nil
	case string(response) == "user=care\x01auth=Bearer "+e.g.token+"\x01\x01":
		return nil, true, e.g.Session.Login("care", "hunter2")
	}
	e.failed = true
	return []byte(`{"status":"400","schemes":"Bearer"}`), false, nil
}

// serve is an IMAP server with one mail in it. implicit: it begins with TLS. It counts what was said to it before TLS.
func serve(t *testing.T, conf *tls.Config, implicit bool, token string) (at string) {
	t.Helper()
	user := imapmemserver.NewUser("care", "hunter2")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	raw := []byte("From: Mira Novak <mira@customer.example>\r\nSubject: A journey\r\n\r\nWhere is my booking?\r\n")
	if _, err := user.Append("INBOX", literal{bytes.NewReader(raw)}, &goimap.AppendOptions{Time: time.Now()}); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	o := &imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			if s := mem.NewSession(); token == "" {
				return s, nil, nil
			} else {
				return &granted{s, user, token}, nil, nil
			}
		},
		Logger: log.New(io.Discard, "", 0), Caps: goimap.CapSet{goimap.CapIMAP4rev1: {}, goimap.CapSASLIR: {}},
	}
	if !implicit {
		o.TLSConfig = conf
	}
	s := imapserver.New(o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at = l.Addr().String()
	if implicit && conf != nil {
		l = tls.NewListener(l, conf)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return at
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// client reaches the server under whatever name, and trusts the authority.
func client(a *authority, at string) *imap.Client {
	c := imap.New(time.Now)
	c.Roots = a.roots()
	c.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, at)
	}
	return c
}

// Over real TLS, from the first byte or on demand, with a certificate that is right. One that is not is refused before the password is said.
func TestOnlyInSecret(t *testing.T) {
	a, other, later := newAuthority(t), newAuthority(t), time.Now().Add(time.Hour)
	good, old := a.server(name, later), a.server(name, later)
	old.MaxVersion = tls.VersionTLS11
	for what, c := range map[string]struct {
		conf     *tls.Config
		implicit bool
		starttls bool
		ok       bool
	}{
		"TLS from the first byte":              {good, true, false, true},
		"TLS on demand":                        {good, false, true, true},
		"of an authority that nobody trusts":   {other.server(name, later), true, false, false},
		"… on demand":                          {other.server(name, later), false, true, false},
		"for another name":                     {a.server("evil.example", later), true, false, false},
		"that has run out":                     {a.server(name, time.Now().Add(-time.Hour)), true, false, false},
		"an old TLS":                           {old, true, false, false},
		"no TLS where it should begin with it": {good, false, false, false},
		"no TLS on demand":                     {nil, false, true, false},
	} {
		at := serve(t, c.conf, c.implicit, "")
		box := imap.Box{Host: name, Port: 993, StartTLS: c.starttls, User: "care", Folder: "INBOX"}
		m, err := client(a, at).Open(soon(t), box, imap.Secret{Password: "hunter2"})
		if c.ok != (err == nil) {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "connect: ") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		uids, err := m.After(0, time.Time{})
		if err != nil || len(uids) != 1 || m.Validity == 0 {
			t.Fatalf("%s: %v, %v", what, uids, err)
		}
		l, err := m.Fetch(uids[0], 1<<20)
		if err != nil || !bytes.Contains(l.Raw, []byte("Where is my booking?")) || l.Gone || l.Large {
			t.Errorf("%s: %+v, %v", what, l, err)
		}
		m.Close()
	}
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestWhatCannotBeOpened(t *testing.T) {
	a := newAuthority(t)
	c := client(a, serve(t, a.server(name, time.Now().Add(time.Hour)), true, ""))
	for what, want := range map[string]struct {
		user, folder, password string
		code                   string
	}{
		"another password": {"care", "INBOX", "wrong", "log in: "}, "nobody": {"nobody", "INBOX", "hunter2", "log in: "}, "no folder": {"care", "Elsewhere", "hunter2", "open the folder: "},
		"no password": {"care", "INBOX", "", "no password of that name"},
	} {
		_, err := c.Open(soon(t), imap.Box{Host: name, Port: 993, User: want.user, Folder: want.folder}, imap.Secret{Password: want.password})
		if err == nil || !strings.HasPrefix(err.Error(), want.code) {
			t.Errorf("%s: %v", what, err)
		}
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes the connection, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, starttls := range []bool{true, false} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if _, err := client(a, silent.Addr().String()).Open(ctx, imap.Box{Host: name, StartTLS: starttls, User: "care", Folder: "INBOX"}, imap.Secret{Password: "x"}); err == nil {
			t.Error("a server that says nothing is open")
		}
		cancel()
	}
}

// provider gives tokens, as Google and Microsoft document it.
type provider struct {
	*httptest.Server
	asked  []string
	answer string
	status int
}

func newProvider(t *testing.T) *provider {
	p := &provider{status: 200, answer: `{"access_token":"t1","token_type":"Bearer","expires_in":3599,"scope":"https://mail.google.com/"}`}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		p.asked = append(p.asked, r.Method+" "+r.PostForm.Encode())
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(p.status)
		_, _ = io.WriteString(w, p.answer)
	}))
	t.Cleanup(p.Close)
	return p
}

// A mailbox of a provider that forbids passwords is opened with a token, which is kept until shortly before its end, and asked for anew when it is refused.
func TestOAuth(t *testing.T) {
	a, p, now := newAuthority(t), newProvider(t), time.Now()
	c := client(a, serve(t, a.server(name, now.Add(time.Hour)), true, "t1"))
	c.HTTP, c.Now = p.Client(), func() time.Time { return now }
	secrets, err := imap.ReadSecrets(`{"care":{"token_url":"` + p.URL + `","client_id":"c","client_secret":"s","refresh_token":"r"},"app":{"token_url":"` + p.URL +
		`","client_id":"c","client_secret":"s","scope":"https://outlook.office365.com/.default"},"plain":"hunter2"}`)
	if err != nil || secrets["plain"].Password != "hunter2" {
		t.Fatal(err)
	}
	box := imap.Box{Host: name, Port: 993, User: "care", Folder: "INBOX"}
	opens := func(secret string) error {
		m, err := c.Open(soon(t), box, secrets[secret])
		if err == nil {
			m.Close()
		}
		return err
	}
	for range 2 {
		if err := opens("care"); err != nil {
			t.Fatal(err)
		}
	}
	if err := opens("app"); err != nil {
		t.Fatal(err)
	}
	want := []string{"POST client_id=c&client_secret=s&grant_type=refresh_token&refresh_token=r",
		"POST client_id=c&client_secret=s&grant_type=client_credentials&scope=https%3A%2F%2Foutlook.office365.com%2F.default"}
	if fmt.Sprint(p.asked) != fmt.Sprint(want) {
		t.Errorf("asked for tokens: %v, want %v", p.asked, want)
	}
	now = now.Add(3540 * time.Second)
	if err := opens("care"); err != nil || len(p.asked) != 3 {
		t.Errorf("a minute before its end: %v, asked %d times", err, len(p.asked))
	}
	p.answer = strings.Replace(p.answer, "t1", "t2", 1) // which the server does not know
	now = now.Add(time.Hour)
	for range 2 {
		if err := opens("care"); err == nil || !strings.HasPrefix(err.Error(), "log in: ") {
			t.Errorf("a token that is refused: %v", err)
		}
	}
	if len(p.asked) != 5 {
		t.Errorf("after a refusal it was asked %d times", len(p.asked))
	}
}

// A provider that says nothing keeps its own mailboxes waiting, for as long as their polls last, and nobody else's.
func TestADeadProviderIsItsOwnMailboxesMatter(t *testing.T) {
	a, p := newAuthority(t), newProvider(t)
	asked, hangs := make(chan struct{}, 1), make(chan struct{})
	dead := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-hangs
	}))
	t.Cleanup(dead.Close)
	c := client(a, serve(t, a.server(name, time.Now().Add(time.Hour)), true, "t1"))
	roots := x509.NewCertPool()
	roots.AddCert(p.Certificate())
	roots.AddCert(dead.Certificate())
	c.HTTP = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	opens := func(ctx context.Context, at string) error {
		m, err := c.Open(ctx, imap.Box{Host: name, Port: 993, User: "care", Folder: "INBOX"}, imap.Secret{OAuth: &imap.OAuth{TokenURL: at, ClientID: "c", RefreshToken: "r"}})
		if err == nil {
			m.Close()
		}
		return err
	}
	first := make(chan error, 1)
	go func() { first <- opens(t.Context(), dead.URL) }()
	<-asked
	if err := opens(soon(t), p.URL); err != nil {
		t.Errorf("a healthy mailbox: %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := opens(over, dead.URL); !errors.Is(err, context.Canceled) {
		t.Errorf("who waits for the dead one's turn, when his poll is over: %v", err)
	}
	close(hangs)
	if err := <-first; err == nil || len(asked) != 0 {
		t.Errorf("the dead one's: %v, asked %d times more", err, len(asked))
	}
}

func TestNoToken(t *testing.T) {
	a, p := newAuthority(t), newProvider(t)
	c := client(a, serve(t, a.server(name, time.Now().Add(time.Hour)), true, "t1"))
	secret := func(at string) imap.Secret {
		return imap.Secret{OAuth: &imap.OAuth{TokenURL: at, ClientID: "c", RefreshToken: "confidential"}}
	}
	opens := func(at string) {
		t.Helper()
		_, err := c.Open(soon(t), imap.Box{Host: name, User: "care", Folder: "INBOX"}, secret(at))
		if err == nil || !strings.HasPrefix(err.Error(), "refresh the token: ") || strings.Contains(err.Error(), "confidential") {
			t.Errorf("%v", err)
		}
	}
	opens(p.URL) // the guard: a token is never asked for on this machine
	if len(p.asked) != 0 {
		t.Error("a provider on this machine was asked")
	}
	c.HTTP = p.Client()
	for _, answer := range []string{``, `{}`, `[]`, `{"access_token":"","token_type":"Bearer"}`, `{"access_token":"t1","token_type":"mac"}`, `{"access_token":"t\u0001x","token_type":"bearer"}`,
		`{"access_token":"` + strings.Repeat("x", 70_000) + `","token_type":"Bearer"}`} {
		p.answer = answer
		opens(p.URL)
	}
	p.status, p.answer = 400, `{"error":"invalid_grant","error_description":"confidential"}`
	opens(p.URL)
}

func TestSecretsThatAreNone(t *testing.T) {
	for _, text := range []string{``, `[]`, `{"a":7}`, `{"a":null}`, `{"a":{}}`, `{"a":{"token_url":"http://x.example","client_id":"c","refresh_token":"confidential"}}`,
		`{"a":{"token_url":"https://x.example","client_id":"c"}}`, `{"a":{"token_url":"https://u:confidential@x.example","client_id":"c","refresh_token":"r"}}`,
		`{"a":{"token_url":"https://x.example","client_id":"c","refresh_token":"r","password":"confidential"}}`} {
		if s, err := imap.ReadSecrets(text); err == nil && s["a"].Password+fmt.Sprint(s["a"].OAuth) != "<nil>" || err != nil && strings.Contains(err.Error(), "confidential") {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
}
