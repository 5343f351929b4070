package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Polled is a mailbox on another server, whose mail is fetched by IMAP.
type Polled struct {
	Host     string
	Port     int
	User     string
	Secret   string        // the name of its password among those in Secrets Manager
	Folder   string        // INBOX, if the policy says nothing
	Address  string        // the brand's, that its mail is for
	Trust    string        // the authserv-id of the server that receives its mail, "": what that writes is not believed
	Late     time.Duration // mail that has lain there for longer gets no receipt
	StartTLS bool          // the server begins in the clear, and TLS is asked for before anything else
}

// Place is what a mailbox is known by wherever it is kept how far it was read: the same login at the same server and folder.
func (m Polled) Place() string { return fmt.Sprintf("mailbox %q %q %q", m.Host, m.User, m.Folder) }

var mailboxKeys = []string{"host", "port", "starttls", "user", "secret", "folder", "address", "trust", "late"}

const (
	maxMailboxes = 10 // of a brand: all are polled within the minute
	imaps        = 993
	imapPort     = 143
	lateAfter    = 24 * time.Hour
)

// mailboxes reads where a brand's mail is fetched from.
func (p *parser) mailboxes(o object, b *Brand) {
	v, ok := o.get("mailboxes")
	if !ok {
		return
	}
	for _, item := range p.list(v, maxMailboxes) {
		if f, ok := p.object(item, mailboxKeys); ok {
			m := p.mailbox(f, b)
			key := strings.Join([]string{m.Host, m.User, m.Folder}, " ")
			if m.Host != "" && p.take(item, "mailbox", key) {
				b.Mailboxes = append(b.Mailboxes, m)
			}
		}
	}
}

func (p *parser) mailbox(f object, b *Brand) Polled {
	m := Polled{Port: imaps, Folder: "INBOX", Late: lateAfter}
	if v, ok := f.need("host", "name the IMAP server, as in imap.acme.example"); ok {
		m.Host, _ = p.matching(v, isHost, "a host name", "write it bare, as in imap.acme.example")
	}
	if v, ok := f.get("starttls"); ok {
		if word, _ := p.word(v, []string{"true", "false"}); word == "true" {
			m.StartTLS, m.Port = true, imapPort
		}
	}
	if v, ok := f.get("port"); ok {
		m.Port = p.number(v, 1, 65535, "a port")
	}
	if v, ok := f.need("user", "name whom to log in as"); ok {
		m.User, _ = p.text(v, 320)
	}
	if v, ok := f.need("secret", "name its password among those in Secrets Manager, as in care"); ok {
		m.Secret, _ = p.id(v)
	}
	if v, ok := f.get("folder"); ok {
		m.Folder, _ = p.text(v, 320)
	}
	if v, ok := f.need("address", "name the address of the brand that its mail is for"); ok {
		m.Address, ok = p.address(v)
		if ok && !slices.Contains(b.Addresses, m.Address) {
			p.report(v, "list it under addresses, too", "%s is none of the brand's addresses", quote(m.Address))
		}
	}
	if v, ok := f.get("trust"); ok {
		m.Trust, _ = p.matching(v, isHost, "a server's name", "write it as that server begins its Authentication-Results, as in mx.acme.example")
	}
	if v, ok := f.get("late"); ok {
		m.Late = p.span(v, time.Minute, 7*24*time.Hour)
	}
	return m
}

// isHost accepts a host's name or number.
func isHost(s string) bool { return isDomain(strings.ToLower(s)) }
