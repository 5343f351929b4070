package ses

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"go.etcd.io/bbolt"
	"golang.org/x/net/netutil"
)

// Inbound is a running SMTP listener.
type Inbound struct {
	server   *smtp.Server
	listener net.Listener
	storing  sync.RWMutex // held for reading while a mail is stored, for ever once closing
}

const (
	maxConnections = 256
	maxRecipients  = 100 // of one mail
	sessionIdle    = 2 * time.Minute
	maxLine        = 64 << 10 // more than RFC 5321's 1,000, since real senders exceed it
)

// Listen receives mail on a loopback address ("127.0.0.1:2525") by a rule: 8BITMIME, SMTPUTF8, SIZE. Other recipients are refused with 550.
// The rule's bucket and topic must exist by the time the first mail comes; until then it is told to try again (451).
func (s *Service) Listen(addr string, rule Rule) (*Inbound, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for mail: %w", err)
	}
	if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("listen for mail on %s: only a loopback address is allowed", addr)
	}
	in := &Inbound{listener: netutil.LimitListener(l, maxConnections)}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{ses: s, in: in, rule: rule, conn: c}, nil }))
	server.Domain, server.EnableSMTPUTF8 = "inbound-smtp.local", true
	server.MaxMessageBytes, server.MaxRecipients, server.MaxLineLength = MaxMail, maxRecipients, maxLine
	server.ReadTimeout, server.WriteTimeout = sessionIdle, sessionIdle
	server.ErrorLog = log.New(io.Discard, "", 0) // its lines quote the client
	s.mu.Lock()
	s.rules = append(s.rules, rule)
	s.mu.Unlock()
	in.server = server
	go func() { _ = server.Serve(in.listener) }()
	return in, nil
}

// Addr is where it listens, as host:port.
func (in *Inbound) Addr() string { return in.listener.Addr().String() }

// Close takes no more connections and no more mail, and waits until what was sent to the end is stored and answered, or until ctx ends.
// A mail that is cut off was not answered with 250: its sender tries again.
func (in *Inbound) Close(ctx context.Context) error {
	err := in.listener.Close()
	idle := make(chan struct{})
	go func() {
		in.storing.Lock() // waits for every Data under way, and admits no other
		close(idle)
	}()
	select {
	case <-idle:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if cut := in.server.Close(); cut != nil && !errors.Is(cut, net.ErrClosed) {
		err = errors.Join(err, cut)
	}
	return err
}

// session is one SMTP connection.
type session struct {
	ses  *Service
	in   *Inbound
	rule Rule
	conn *smtp.Conn
	from string
	to   []string
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !s.rule.takes(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no receipt rule takes this recipient"}
	}
	s.to = append(s.to, to)
	return nil
}

// Data answers nil, which go-smtp turns into 250, only after the commit.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if !s.in.storing.TryRLock() {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "shutting down, try again"}
	}
	defer s.in.storing.RUnlock()
	remote, _, _ := net.SplitHostPort(s.conn.Conn().RemoteAddr().String())
	env := envelope{From: s.from, To: s.to, Helo: s.conn.Hostname(), Remote: remote}
	a, err := s.ses.arrive(s.rule, env, raw)
	if err == nil {
		err = s.ses.db.Update(func(tx *bbolt.Tx) error { return s.ses.accept(tx, a) })
	}
	if err != nil {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "not stored, try again: " + err.Error()}
	}
	return nil
}
