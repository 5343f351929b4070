package child

import (
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"time"
)

// Line is an SMTP connection. It is for one goroutine.
type Line struct{ client *smtp.Client }

// Dial opens a connection.
func (d *Desk) Dial() (*Line, error) {
	conn, err := net.DialTimeout("tcp", d.SMTP, 2*time.Second)
	if err != nil {
		return nil, fmt.Errorf("call the desk: %w", err)
	}
	// A desk that hangs must not hang the storm.
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return nil, fmt.Errorf("call the desk: %w", err)
	}
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("call the desk: %w", err)
	}
	return &Line{c}, nil
}

// Close ends the connection.
func (l *Line) Close() { _ = l.client.Close() }

// ErrInDoubt says that the connection died after the whole mail was sent and before the answer: it may have been taken, or not.
var ErrInDoubt = errors.New("no answer to the mail")

// Refusal is the desk's own no.
type Refusal struct {
	Code  int // SMTP's: 4xx to try again, 5xx final
	Words string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("the desk refuses the mail: %d %s", r.Code, r.Words)
}

// Final tells whether trying again is useless.
func (r *Refusal) Final() bool { return r.Code >= 500 }

// Send sends one mail. With nil the desk has answered 250. Its errors are ErrInDoubt, or a *Refusal, or else the mail was certainly not taken.
func (l *Line) Send(from string, to []string, raw []byte) error {
	if err := l.client.Mail(from); err != nil {
		return refusal(err)
	}
	for _, r := range to {
		if err := l.client.Rcpt(r); err != nil {
			return refusal(err)
		}
	}
	w, err := l.client.Data()
	if err != nil {
		return refusal(err)
	}
	if _, err := w.Write(raw); err != nil {
		return fmt.Errorf("send the mail: %w", err) // the end was not sent, so nobody may take it
	}
	err = w.Close()
	var no *textproto.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &no):
		return refusal(err)
	}
	return fmt.Errorf("%w: %w", ErrInDoubt, err)
}

func refusal(err error) error {
	var no *textproto.Error
	if errors.As(err, &no) {
		return &Refusal{no.Code, no.Msg}
	}
	return fmt.Errorf("send the mail: %w", err)
}
