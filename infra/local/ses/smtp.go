package ses

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"
	"go.etcd.io/bbolt"
	"golang.org/x/net/netutil"
)

// Inbound is a running SMTP listener.
type Inbound struct {
	server   *smtp.Server
	listener net.Listener
	storing  sync.RWMutex  // held for reading while a mail is stored, for ever once closing
	slots    chan struct{} // one for each mail that is being read into memory
}

const (
	maxConnections = 256
	maxRecipients  = 100      // of one mail
	maxData        = 16       // mails that are read at a time, of up to MaxMail each
	maxLine        = 64 << 10 // more than RFC 5321's 1,000, since real senders exceed it
	maxAddress     = 254      // octets: RFC 5321 4.5.3.1.3, a path without its angle brackets
	maxLocalPart   = 64       // octets: RFC 5321 4.5.3.1.1
	maxDomain      = 255      // octets: RFC 5321 4.5.3.1.2
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
	return s.inbound(l, rule), nil
}

func (s *Service) inbound(l net.Listener, rule Rule) *Inbound {
	in := &Inbound{listener: timed{netutil.LimitListener(l, maxConnections)}, slots: make(chan struct{}, maxData)}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return s.session(in, rule, c) }))
	server.Domain, server.EnableSMTPUTF8 = "inbound-smtp.local", true
	server.MaxMessageBytes, server.MaxRecipients, server.MaxLineLength = MaxMail, maxRecipients, maxLine
	server.ReadTimeout, server.WriteTimeout = envelopeWithin, answerWithin
	server.ErrorLog = log.New(io.Discard, "", 0) // its lines quote the client
	s.mu.Lock()
	s.rules = append(s.rules, rule)
	s.mu.Unlock()
	in.server = server
	go func() { _ = server.Serve(in.listener) }()
	return in
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
	line *connection
	from string
	to   []string
}

func (s *Service) session(in *Inbound, rule Rule, c *smtp.Conn) (smtp.Session, error) {
	if len(c.Hostname()) > maxDomain {
		return nil, refuse(501, smtp.EnhancedCode{5, 5, 4}, "the host name is too long")
	}
	return &session{ses: s, in: in, rule: rule, conn: c, line: c.Conn().(*connection)}, nil
}

func refuse(code int, enhanced smtp.EnhancedCode, words string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: words}
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if tooLong(from) {
		return refuse(501, smtp.EnhancedCode{5, 1, 7}, "the sender's address is too long")
	}
	s.from = from
	s.line.mail()
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if tooLong(to) {
		return refuse(501, smtp.EnhancedCode{5, 1, 3}, "the recipient's address is too long")
	}
	if !s.rule.takes(to) {
		return refuse(550, smtp.EnhancedCode{5, 1, 1}, "no receipt rule takes this recipient")
	}
	s.to = append(s.to, to)
	return nil
}

// tooLong holds for addresses that RFC 5321 lets a server refuse. Stored, they could make a notice that no topic takes, and a sender that tries for ever.
func tooLong(address string) bool {
	return len(address) > maxAddress || strings.LastIndexByte(address, '@') > maxLocalPart
}

// Data answers nil, which go-smtp turns into 250, only after the commit.
func (s *session) Data(r io.Reader) error {
	if !s.line.data(s.in.slots) {
		return refuse(451, smtp.EnhancedCode{4, 3, 2}, "too many mails at once, try again")
	}
	defer s.line.done(s.in.slots)
	raw, err := io.ReadAll(s.line.body(r))
	if errors.Is(err, smtp.ErrDataTooLarge) {
		return smtp.ErrDataTooLarge // as it is: go-smtp does not unwrap
	}
	if err != nil {
		return refuse(451, smtp.EnhancedCode{4, 4, 2}, "the mail did not come to its end, try again")
	}
	if !s.in.storing.TryRLock() {
		return refuse(421, smtp.EnhancedCode{4, 3, 2}, "shutting down, try again")
	}
	defer s.in.storing.RUnlock()
	s.ses.pace()
	if err := s.store(raw); err != nil {
		return refuse(451, smtp.EnhancedCode{4, 3, 0}, "not stored, try again") // why is not the sender's business
	}
	return nil
}

func (s *session) store(raw []byte) error {
	remote, _, _ := net.SplitHostPort(s.conn.Conn().RemoteAddr().String())
	helo := s.conn.Hostname()
	env := envelope{From: s.from, To: s.to, Helo: helo[:min(len(helo), maxDomain)], Remote: remote} // a second EHLO makes no new session
	a, err := s.ses.arrive(s.rule, env, raw)
	if err != nil {
		return err
	}
	return s.ses.db.Update(func(tx *bbolt.Tx) error { return s.ses.accept(tx, a) })
}
