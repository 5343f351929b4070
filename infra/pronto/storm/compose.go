package storm

import (
	"bytes"
	"fmt"
	"mime"
	"strings"
	"time"

	"pronto/infra/pronto/storm/check"
)

// composed is a mail before it is bytes.
type composed struct {
	from, to, subject, id string
	references            []string
	more                  []string // further header fields, whole lines
	offset                *int
	charset, kind         string // utf-8 and text/plain when ""
	body                  string
	answers               bool // it answers the receipt before it: names it, and quotes it
}

func mailbox(name, address string) string {
	return mime.QEncoding.Encode("utf-8", name) + " <" + address + ">"
}

// raw writes the mail, in answer to the receipt before it if that was seen.
func (c *composed) raw(before *check.Piece) []byte {
	var b bytes.Buffer
	field := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	field("From", quoteName(c.from))
	field("To", c.to)
	field("Subject", mime.QEncoding.Encode("utf-8", c.subject))
	field("Date", c.date())
	field("Message-ID", angle(c.id))
	references, body := c.references, c.body
	if before != nil && c.answers {
		field("In-Reply-To", angle(before.MessageID))
		references = append(references[:len(references):len(references)], before.MessageID)
	} else if len(references) > 0 {
		field("In-Reply-To", angle(references[len(references)-1]))
	}
	if before != nil && c.answers {
		body += "\n> " + strings.ReplaceAll(strings.TrimSpace(before.Text), "\n", "\n> ") + "\n"
	}
	for i, r := range references {
		references[i] = angle(r)
	}
	field("References", strings.Join(references, "\r\n "))
	for _, line := range c.more {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: " + c.contentType() + "\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	b.WriteString(strings.ReplaceAll(body, "\n", "\r\n"))
	return b.Bytes()
}

func (c *composed) contentType() string {
	if c.kind != "" {
		return c.kind
	}
	if c.charset != "" {
		return "text/plain; charset=" + c.charset
	}
	return "text/plain; charset=utf-8"
}

// quoteName quotes an ASCII name that has more than letters in it.
func quoteName(from string) string {
	name, address, ok := strings.Cut(from, " <")
	if !ok || strings.HasPrefix(name, "=?") || strings.HasPrefix(name, `"`) {
		return from
	}
	return `"` + name + `" <` + address
}

func angle(id string) string {
	if id == "" || strings.HasPrefix(id, "<") {
		return id
	}
	return "<" + id + ">"
}

// date is a time of the sender's clock; -0000 says that the offset tells nothing (RFC 5322 §3.3). The desk goes by the arrival, so the day is nobody's.
func (c *composed) date() string {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	if c.offset == nil {
		return at.Format("Mon, 02 Jan 2006 15:04:05") + " -0000"
	}
	return at.In(time.FixedZone("", *c.offset)).Format(time.RFC1123Z)
}

// house is the brand that a storm writes to, with what makes ids its own.
type house struct {
	address string
	domain  string
	salt    uint64
}

// stray is an address at the brand's domain that nobody has.
func (h house) stray() string { return fmt.Sprintf("nobody-%d@%s", h.salt%97, h.domain) }
