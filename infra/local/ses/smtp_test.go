package ses

import (
	"context"
	"errors"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections live in the test's own time.
type pipes struct {
	calls chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// caller is the other end of an SMTP connection.
type caller struct {
	*textproto.Conn
	t *testing.T
}

func (p *pipes) dial(t *testing.T) *caller {
	ours, theirs := net.Pipe()
	go func() {
		select {
		case p.calls <- theirs:
		case <-p.done:
		}
	}()
	c := &caller{textproto.NewConn(ours), t}
	t.Cleanup(func() { c.Close() })
	return c
}

// says sends a line, if there is one, and wants an answer with this code.
func (c *caller) says(line string, code int) string {
	c.t.Helper()
	if line != "" {
		if err := c.PrintfLine("%s", line); err != nil {
			c.t.Fatalf("%.60q: %v", line, err)
		}
	}
	_, words, err := c.ReadResponse(code)
	if err != nil {
		c.t.Fatalf("%.60q: %v, want %d", line, err, code)
	}
	return words
}

// begins goes as far as DATA.
func (c *caller) begins() {
	c.t.Helper()
	c.says("", 220)
	c.says("EHLO home.example", 250)
	c.says("MAIL FROM:<ada@home.example>", 250)
	c.says("RCPT TO:<care@acme.example>", 250)
	c.says("DATA", 354)
}

func inbound(t *testing.T, test func(*testing.T, *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{calls: make(chan net.Conn), done: make(chan struct{})}
		in := open(t).inbound(p, Rule{Recipients: []string{"acme.example"}, Bucket: "secret-bucket", TopicARN: "arn:aws:sns:us-east-1:000000000000:secret-topic"})
		test(t, p)
		if err := in.Close(context.Background()); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

func TestIdleConnectionsGiveWay(t *testing.T) {
	inbound(t, func(t *testing.T, p *pipes) {
		for range maxConnections {
			p.dial(t).says("", 220)
		}
		began := time.Now()
		p.dial(t).says("", 220)
		if waited := time.Since(began); waited > greetingWithin+answerWithin { // nobody reads the farewell
			t.Errorf("the next one waited %v", waited)
		}
	})
}

// Commands that lead nowhere gain no time.
func TestBusyIdlersGiveWay(t *testing.T) {
	inbound(t, func(t *testing.T, p *pipes) {
		for name, c := range map[string]struct {
			before []string
			again  string
			within time.Duration
		}{
			"before MAIL":  {nil, "NOOP", greetingWithin},
			"after MAIL":   {[]string{"MAIL FROM:<ada@home.example>"}, "NOOP", envelopeWithin},
			"MAIL for fun": {[]string{"MAIL FROM:<ada@home.example>"}, "MAIL FROM:<ada@home.example>", envelopeWithin},
		} {
			began := time.Now()
			call := p.dial(t)
			call.says("", 220)
			call.says("EHLO home.example", 250)
			for _, line := range c.before {
				call.says(line, 250)
			}
			for err := error(nil); err == nil; time.Sleep(time.Second) {
				if err = call.PrintfLine("%s", c.again); err == nil {
					_, _, err = call.ReadResponse(250)
				}
				if time.Since(began) > c.within+answerWithin+time.Second {
					t.Errorf("%s: it goes on after %v", name, time.Since(began))
					break
				}
			}
		}
	})
}

func TestSixteenMailsAtATime(t *testing.T) {
	inbound(t, func(t *testing.T, p *pipes) {
		for range maxData {
			p.dial(t).begins() // and then nothing
		}
		synctest.Wait() // till each has its slot: 354 is told before
		began := time.Now()
		late := p.dial(t)
		late.begins()
		late.says("Subject: x\r\n\r\nx\r\n.", 451)
		if waited := time.Since(began); waited > slotWithin+dataIdle {
			t.Errorf("it waited %v", waited)
		}
		next := p.dial(t) // those that sent nothing are gone
		next.begins()
		if words := next.says("Subject: x\r\n\r\nx\r\n.", 451); !strings.Contains(words, "not stored") {
			t.Errorf("after the idle ones: %q", words)
		}
	})
}

// The limits of RFC 5321 4.5.3.1 are told at once, and what is told quotes nothing of ours.
func TestLongPathsAreRefused(t *testing.T) {
	local, domain := strings.Repeat("a", maxLocalPart), strings.Repeat("d.", 90)+"example"
	inbound(t, func(t *testing.T, p *pipes) {
		c := p.dial(t)
		c.says("", 220)
		c.says("EHLO "+strings.Repeat("h", maxDomain+1), 501)
		c.says("EHLO home.example", 250)
		c.says("MAIL FROM:<a"+local+"@home.example>", 501)
		c.says("MAIL FROM:<"+local+"@d."+domain+".longer>", 501)
		c.says("MAIL FROM:<"+local+"@"+domain+">", 250)
		c.says("RCPT TO:<a"+local+"@acme.example>", 501)
		c.says("RCPT TO:<nobody@other.example>", 550)
		c.says("RCPT TO:<"+local+"@acme.example>", 250)
		c.says("DATA", 354)
		if words := c.says("Subject: x\r\n\r\nx\r\n.", 451); strings.Contains(words, "secret") || strings.Contains(words, "bucket") {
			t.Errorf("the answer tells %q", words)
		}
	})
}

func TestMailThatBreaksOffIsNotAnswered(t *testing.T) {
	inbound(t, func(t *testing.T, p *pipes) {
		c := p.dial(t)
		c.begins()
		began := time.Now()
		if words := c.says("Subject: x", 451); strings.Contains(words, "pipe") || strings.Contains(words, "timeout") {
			t.Errorf("the answer tells %q", words)
		}
		if waited := time.Since(began); waited > dataIdle {
			t.Errorf("it waited %v", waited)
		}
	})
}
