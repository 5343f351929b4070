// Package imap reads mailboxes on other servers, by IMAP over TLS: with a password, or with OAuth where the provider forbids passwords.
//
// Invariants:
//   - Nothing is written in a mailbox: it is opened to look only.
//   - No password or token crosses the network in the clear: TLS 1.2 at least, and a certificate that this machine trusts for that very name. Only a server on this
//     machine, for tests, is spoken to without.
//   - Whatever a server says or does not say, opening ends with the context; what it says of an error stays out of the error's beginning, which is a code.
package imap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"pronto/shared/channel/webhook"
)

// Box is where a mailbox is.
type Box struct {
	Host     string
	Port     int
	StartTLS bool // the server begins in the clear, and TLS is asked for before anything else; else it begins with TLS
	User     string
	Folder   string
}

// Client opens mailboxes, and keeps the tokens that it gets until they end. The zero value is ready.
type Client struct {
	// Dial, Roots and HTTP are for tests: how a server is reached, whose certificates are trusted, and by what tokens are asked for.
	Dial  func(ctx context.Context, network, address string) (net.Conn, error)
	Roots *x509.CertPool
	HTTP  *http.Client
	Now   func() time.Time

	tokens tokens
}

// New is a client that asks for tokens at public addresses only.
func New(now func() time.Time) *Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: webhook.Guard(443)}
	return &Client{Now: now, HTTP: &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Mailbox is one that was opened.
type Mailbox struct {
	Validity, Next uint32 // UIDVALIDITY and UIDNEXT
	client         *imapclient.Client
	stop           func() bool
}

// Open logs in and opens the folder, to look only.
func (c *Client) Open(ctx context.Context, b Box, secret Secret) (*Mailbox, error) {
	auth, err := c.login(ctx, b, secret)
	if err != nil {
		return nil, err
	}
	m, err := c.connect(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := auth(m.client); err != nil {
		m.Close()
		return nil, fmt.Errorf("log in: %w", err)
	}
	data, err := m.client.Select(b.Folder, &goimap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		m.Close()
		return nil, fmt.Errorf("open the folder: %w", err)
	}
	if m.Validity, m.Next = data.UIDValidity, uint32(data.UIDNext); m.Validity == 0 || m.Next == 0 {
		m.Close()
		return nil, errors.New("the server does not number its mails") // RFC 3501 §2.3.1.1 demands both
	}
	return m, nil
}

// patience is how long a server may take until it is spoken to in secret.
const patience = 10 * time.Second

// connect reaches a server, by TLS always, but on this very machine.
func (c *Client) connect(ctx context.Context, b Box) (*Mailbox, error) {
	reached, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dial := c.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	conn, err := dial(reached, "tcp", net.JoinHostPort(b.Host, strconv.Itoa(b.Port)))
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // whatever the client waits for ends with the run
	client, err := c.speak(reached, b, conn)
	if err != nil {
		stop()
		_ = conn.Close()
		return nil, err
	}
	return &Mailbox{client: client, stop: stop}, nil
}

func (c *Client) speak(ctx context.Context, b Box, conn net.Conn) (*imapclient.Client, error) {
	conf := &tls.Config{ServerName: b.Host, MinVersion: tls.VersionTLS12, RootCAs: c.Roots}
	if ip, err := netip.ParseAddr(b.Host); err == nil && ip.IsLoopback() {
		return imapclient.New(conn, nil), nil
	}
	if b.StartTLS {
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		return imapclient.NewStartTLS(conn, &imapclient.Options{TLSConfig: conf})
	}
	secret := tls.Client(conn, conf)
	if err := secret.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return imapclient.New(secret, nil), nil
}

// Close ends the connection.
func (s *Mailbox) Close() {
	s.stop()
	_ = s.client.Close()
}

// After lists the UIDs above last, in order; of mails since a day, if one is given.
func (s *Mailbox) After(last uint32, since time.Time) ([]uint32, error) {
	if last+1 >= s.Next && since.IsZero() {
		return nil, nil
	}
	var above goimap.UIDSet
	above.AddRange(goimap.UID(last+1), 0)
	found, err := s.client.UIDSearch(&goimap.SearchCriteria{UID: []goimap.UIDSet{above}, Since: since}, nil).Wait()
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	var all []uint32
	for _, uid := range found.AllUIDs() {
		if uint32(uid) > last { // n:* has the last mail also where n is above it
			all = append(all, uint32(uid))
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// Letter is a mail as it lies in a mailbox.
type Letter struct {
	At    time.Time // when the server got it
	Raw   []byte    // of one that is too large, the beginning of its header
	Large bool
	Gone  bool // deleted since it was listed
}

// Fetch reads one mail without marking it as seen; of one that is larger than most, its header alone.
func (s *Mailbox) Fetch(uid uint32, most int64) (Letter, error) {
	size := Letter{Gone: true}
	err := s.each(uid, &goimap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true}, func(i imapclient.FetchItemData) error {
		switch i := i.(type) {
		case imapclient.FetchItemDataInternalDate:
			size.At, size.Gone = i.Time.UTC(), false
		case imapclient.FetchItemDataRFC822Size:
			size.Large = i.Size > most
		}
		return nil
	})
	if err != nil || size.Gone {
		return size, err
	}
	section, limit := &goimap.FetchItemBodySection{Peek: true}, most
	if size.Large {
		section.Specifier, limit = goimap.PartSpecifierHeader, maxHeader
	}
	l := Letter{At: size.At, Large: size.Large, Gone: true}
	err = s.each(uid, &goimap.FetchOptions{UID: true, BodySection: []*goimap.FetchItemBodySection{section}}, func(i imapclient.FetchItemData) (err error) {
		body, ok := i.(imapclient.FetchItemDataBodySection)
		if !ok || body.Literal == nil {
			return nil
		}
		l.Large = l.Large || body.Literal.Size() > limit // a server may have given another size before
		l.Raw, err = io.ReadAll(io.LimitReader(body.Literal, limit))
		l.Gone = false
		return err
	})
	return l, err
}

// maxHeader is how much is kept of a mail that is too large.
const maxHeader = 256 << 10

// each hands over what the server says of one mail.
func (s *Mailbox) each(uid uint32, ask *goimap.FetchOptions, do func(imapclient.FetchItemData) error) error {
	cmd := s.client.Fetch(goimap.UIDSetNum(goimap.UID(uid)), ask)
	var failed error
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		for i := m.Next(); i != nil; i = m.Next() {
			if failed == nil {
				failed = do(i)
			}
		}
	}
	if err := cmd.Close(); err != nil {
		failed = err
	}
	if failed != nil {
		return fmt.Errorf("fetch: %w", failed)
	}
	return nil
}

// words are the beginnings of errors as people read them, with what to do.
var words = map[string]string{
	"no password of that name":             "its password is not in the secret: write it there, under the name that the rule book gives",
	"refresh the token":                    "the provider gives no token any more: grant it anew",
	"connect":                              "the server cannot be reached by TLS: see that host, port and starttls are right, and that its certificate is good for that name",
	"log in":                               "the server does not let us in: see that user and password are right, and that the provider lets programs log in so",
	"open the folder":                      "the folder cannot be opened: see that it has just this name",
	"the server does not number its mails": "the server does not number its mails, so it cannot be polled: have them forwarded",
	"search":                               "the server does not say what is new: the desk tries on",
	"fetch":                                "the server does not hand a mail over: the desk tries on",
}

// Words is what a code, an error's beginning, says to a person; the code itself where it is not of this package.
func Words(code string) string {
	if w, ok := words[code]; ok {
		return w
	}
	return code + ": the desk tries on"
}
