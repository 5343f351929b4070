package poll

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// server is a mailbox that was opened.
type server struct {
	client         *imapclient.Client
	validity, next uint32
	stop           func() bool
}

// open logs in and opens the folder, to look only. TLS always, but on this very machine.
func open(ctx context.Context, m mailbox, password string) (*server, error) {
	if password == "" {
		return nil, errors.New("no password of that name")
	}
	conn, err := dial(ctx, m.Host, strconv.Itoa(m.Port))
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	s := &server{client: imapclient.New(conn, nil)}
	s.stop = context.AfterFunc(ctx, func() { _ = conn.Close() }) // whatever the client waits for ends with the run
	if err := s.client.Login(m.User, password).Wait(); err != nil {
		s.close()
		return nil, fmt.Errorf("log in: %w", err)
	}
	data, err := s.client.Select(m.Folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		s.close()
		return nil, fmt.Errorf("open the folder: %w", err)
	}
	if s.validity, s.next = data.UIDValidity, uint32(data.UIDNext); s.validity == 0 || s.next == 0 {
		s.close()
		return nil, errors.New("the server does not number its mails") // RFC 3501 §2.3.1.1 demands both
	}
	return s, nil
}

func dial(ctx context.Context, host, port string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	at := net.JoinHostPort(host, port)
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return (&net.Dialer{}).DialContext(ctx, "tcp", at)
	}
	return (&tls.Dialer{Config: &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}}).DialContext(ctx, "tcp", at)
}

func (s *server) close() {
	s.stop()
	_ = s.client.Close()
}

// after lists the UIDs above last, in order; of mails since a day, if one is given.
func (s *server) after(last uint32, since time.Time) ([]uint32, error) {
	if last+1 >= s.next && since.IsZero() {
		return nil, nil
	}
	var above imap.UIDSet
	above.AddRange(imap.UID(last+1), 0)
	found, err := s.client.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{above}, Since: since}, nil).Wait()
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

// letter is a mail as it lies in a mailbox.
type letter struct {
	at    time.Time // when the server got it
	raw   []byte    // of one that is too large, the beginning of its header
	large bool
	gone  bool // deleted since it was listed
}

// fetch reads one mail without marking it as seen; of one that is larger than most, its header alone.
func (s *server) fetch(uid uint32, most int64) (letter, error) {
	size := letter{gone: true}
	err := s.each(uid, &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true}, func(i imapclient.FetchItemData) error {
		switch i := i.(type) {
		case imapclient.FetchItemDataInternalDate:
			size.at, size.gone = i.Time.UTC(), false
		case imapclient.FetchItemDataRFC822Size:
			size.large = i.Size > most
		}
		return nil
	})
	if err != nil || size.gone {
		return size, err
	}
	section, limit := &imap.FetchItemBodySection{Peek: true}, most
	if size.large {
		section.Specifier, limit = imap.PartSpecifierHeader, maxHeader
	}
	l := letter{at: size.at, large: size.large, gone: true}
	err = s.each(uid, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}, func(i imapclient.FetchItemData) (err error) {
		body, ok := i.(imapclient.FetchItemDataBodySection)
		if !ok || body.Literal == nil {
			return nil
		}
		l.large = l.large || body.Literal.Size() > limit // a server may have given another size before
		l.raw, err = io.ReadAll(io.LimitReader(body.Literal, limit))
		l.gone = false
		return err
	})
	return l, err
}

// maxHeader is how much is kept of a mail that is too large.
const maxHeader = 256 << 10

// each hands over what the server says of one mail.
func (s *server) each(uid uint32, ask *imap.FetchOptions, do func(imapclient.FetchItemData) error) error {
	cmd := s.client.Fetch(imap.UIDSetNum(imap.UID(uid)), ask)
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
