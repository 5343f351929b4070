package check

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode"
)

// Piece is one mail that left, read from its raw text.
type Piece struct {
	Seq          int
	At           time.Time // desk time
	Kind         string
	Conversation string

	From, To, ReplyTo string // addresses
	Subject           string
	MessageID         string // without angle brackets, as InReplyTo
	InReplyTo         string
	Language          string // Content-Language
	AutoSubmitted     string
	PossibleDuplicate bool
	Text, HTML        string
	Raw               string
}

// All is everything that a reader of the piece can see, decoded, and the raw text itself.
func (p *Piece) All() string { return strings.Join([]string{p.Subject, p.Text, p.HTML, p.Raw}, "\n") }

// Pieces reads /dev/outbox.json.
func Pieces(outbox []byte) ([]*Piece, error) {
	var rows []struct {
		Seq                     int
		At                      time.Time
		Kind, Conversation, Raw string
	}
	if err := json.Unmarshal(outbox, &rows); err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	var all []*Piece
	for _, r := range rows {
		p := &Piece{Seq: r.Seq, At: r.At, Kind: r.Kind, Conversation: r.Conversation, Raw: r.Raw}
		if err := p.read(); err != nil {
			return nil, fmt.Errorf("outbox %d: %w", r.Seq, err)
		}
		all = append(all, p)
	}
	return all, nil
}

var decoder mime.WordDecoder

func (p *Piece) read() error {
	m, err := mail.ReadMessage(strings.NewReader(p.Raw))
	if err != nil {
		return fmt.Errorf("read mail: %w", err)
	}
	h := m.Header
	p.From, p.To, p.ReplyTo = address(h.Get("From")), address(h.Get("To")), address(h.Get("Reply-To"))
	p.MessageID, p.InReplyTo = bare(h.Get("Message-Id")), bare(h.Get("In-Reply-To"))
	p.Language, p.AutoSubmitted = h.Get("Content-Language"), h.Get("Auto-Submitted")
	p.PossibleDuplicate = h.Get("X-Pronto-Possible-Duplicate") != ""
	if p.Subject, err = decoder.DecodeHeader(h.Get("Subject")); err != nil {
		return fmt.Errorf("read subject: %w", err)
	}
	return p.body(textproto.MIMEHeader(h), m.Body)
}

func address(v string) string {
	a, err := mail.ParseAddress(v)
	if err != nil {
		return ""
	}
	return a.Address
}

func bare(id string) string { return strings.Trim(strings.TrimSpace(id), "<>") }

// body reads text and HTML from one part and those within it.
func (p *Piece) body(h textproto.MIMEHeader, r io.Reader) error {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("read content type: %w", err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(r, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return fmt.Errorf("read parts: %w", err)
			}
			if err := p.body(part.Header, part); err != nil {
				return err
			}
		}
	}
	b, err := transfer(h.Get("Content-Transfer-Encoding"), r)
	if err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	switch kind {
	case "text/plain":
		p.Text += string(b)
	case "text/html":
		p.HTML += string(b)
	}
	return nil
}

func transfer(encoding string, r io.Reader) ([]byte, error) {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		return io.ReadAll(quotedprintable.NewReader(r))
	case "base64":
		b, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		return base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(b), nil)))
	}
	return io.ReadAll(r)
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
