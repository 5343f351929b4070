package child

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// server speaks SMTP up to the end of the data, then does what the test wants. Silent: it ends before the data is whole.
func server(t *testing.T, answers map[string]string) *Desk {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "220 here\r\n")
		data := false
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			verb, _, _ := strings.Cut(lines.Text(), " ")
			if data && verb != "." {
				continue
			}
			data = verb == "DATA"
			answer, ok := answers[verb]
			switch {
			case !ok && data:
				answer = "354 go on"
			case !ok:
				answer = "250 fine"
			case answer == "":
				return // the connection dies without an answer
			}
			fmt.Fprint(conn, answer+"\r\n")
		}
	}()
	return &Desk{SMTP: l.Addr().String()}
}

// What SMTP's end says of a mail decides what the checker demands: each case must be told from the others.
func TestSend(t *testing.T) {
	tests := []struct {
		name    string
		answers map[string]string
		doubt   bool
		code    int
		fine    bool
	}{
		{"accepted", nil, false, 0, true},
		{"no answer to the end of the data", map[string]string{".": ""}, true, 0, false},
		{"no answer to DATA", map[string]string{"DATA": ""}, false, 0, false},
		{"no answer to MAIL", map[string]string{"MAIL": ""}, false, 0, false},
		{"put off at the end", map[string]string{".": "451 later"}, false, 451, false},
		{"refused at the end", map[string]string{".": "554 never"}, false, 554, false},
		{"recipient refused", map[string]string{"RCPT": "550 nobody"}, false, 550, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			line, err := server(t, test.answers).Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer line.Close()
			err = line.Send("", []string{"care@acme.example"}, []byte("Subject: x\r\n\r\ny\r\n"))
			var no *Refusal
			switch {
			case (err == nil) != test.fine || errors.Is(err, ErrInDoubt) != test.doubt || errors.As(err, &no) != (test.code > 0):
				t.Errorf("got %v", err)
			case no != nil && (no.Code != test.code || no.Final() != (test.code >= 500)):
				t.Errorf("got %v, final %v", no, no.Final())
			}
		})
	}
	gone := &Desk{SMTP: "127.0.0.1:1"}
	if _, err := gone.Dial(); err == nil {
		t.Error("there is a desk at port 1")
	}
}

// A program that ends at once is told of with what it said, and not waited for.
func TestStartFails(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "pronto")
	if err := os.WriteFile(bin, []byte("#!/bin/sh\necho the rule book is bad >&2\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := New(bin, filepath.Join(dir, "desk"), []byte("brands: []\n"))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := d.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "the rule book is bad") || time.Since(began) > Up/2 {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	if err := d.Kill(); err != nil {
		t.Errorf("kill what has ended: %v", err)
	}
	if d.PID() != 0 || d.Kill() != nil {
		t.Error("an ended desk has a process")
	}
}
