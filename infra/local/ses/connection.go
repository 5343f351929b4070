package ses

import (
	"io"
	"net"
	"sync"
	"time"
)

// How long a connection may take for each part of a mail, whatever it sends meanwhile: who is slower gives way to those that wait for a connection.
const (
	greetingWithin = 10 * time.Second // to MAIL, from the beginning or the mail before
	envelopeWithin = time.Minute      // from MAIL to DATA
	dataWithin     = 2 * time.Minute  // from DATA to the last dot, with a slot
	dataIdle       = 10 * time.Second // between two pieces of it
	slotWithin     = 10 * time.Second // for a slot
	answerWithin   = 10 * time.Second // to take an answer
)

// timed gives the connections that it accepts their deadlines.
type timed struct{ net.Listener }

func (l timed) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &connection{Conn: c, by: time.Now().Add(greetingWithin)}, nil
}

// connection caps the deadlines that go-smtp sets with those of the part that it is in: go-smtp's begin anew with each command.
type connection struct {
	net.Conn

	mu     sync.Mutex
	by     time.Time
	inMail bool // between MAIL and the end of DATA
}

func (c *connection) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.by) {
		t = c.by
	}
	return c.Conn.SetReadDeadline(t)
}

func (c *connection) until(d time.Duration, inMail bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by, c.inMail = time.Now().Add(d), inMail
}

// mail begins the envelope, once: RSET and MAIL again give no more time.
func (c *connection) mail() {
	c.mu.Lock()
	begun := c.inMail
	c.mu.Unlock()
	if !begun {
		c.until(envelopeWithin, true)
	}
}

// data begins the mail itself, if a slot is free in time.
func (c *connection) data(slots chan struct{}) bool {
	c.until(dataWithin+slotWithin, true)
	select {
	case slots <- struct{}{}:
		return true
	case <-time.After(slotWithin):
		c.until(dataIdle, false) // for what go-smtp throws away
		_ = c.SetReadDeadline(time.Now().Add(dataIdle))
		return false
	}
}

// done ends the mail and lets its slot go.
func (c *connection) done(slots chan struct{}) {
	<-slots
	c.until(greetingWithin, false)
}

// body reads a mail that may not pause for long.
func (c *connection) body(r io.Reader) io.Reader { return &body{c, r} }

type body struct {
	c *connection
	r io.Reader
}

func (b *body) Read(p []byte) (int, error) {
	if err := b.c.SetReadDeadline(time.Now().Add(dataIdle)); err != nil {
		return 0, err
	}
	return b.r.Read(p)
}
