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

// Piece is one mail or post that left, read from its raw text.
type Piece struct {
	Seq          int
	At           time.Time // desk time
	Channel      string    // email, custom
	Kind         string
	Conversation string

	From, To, ReplyTo string // addresses
	Subject           string
	MessageID         string // without angle brackets, as InReplyTo; of a post its delivery id
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
		Seq               int
		At                time.Time
		Channel, Kind     string
		Conversation, Raw string
		Headers           map[string]string
	}
	if err := json.Unmarshal(outbox, &rows); err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	var all []*Piece
	for _, r := range rows {
		p := &Piece{Seq: r.Seq, At: r.At, Channel: r.Channel, Kind: r.Kind, Conversation: r.Conversation, Raw: r.Raw}
		if err := p.decode(r.Headers["Webhook-Id"]); err != nil {
			return nil, fmt.Errorf("outbox %d: %w", r.Seq, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// decode reads the raw text as what it is.
func (p *Piece) decode(delivery string) error {
	if p.Channel == custom {
		return p.post(delivery)
	}
	return p.read()
}

// custom is the channel that leaves by posts.
const custom = "custom"

// post reads a webhook, which its id and the delivery's must agree about.
func (p *Piece) post(delivery string) error {
	var b struct {
		Type, ID, Conversation, Text, Language string
		InReplyTo                              string `json:"in_reply_to"`
		PossibleDuplicate                      bool   `json:"possible_duplicate"`
		To                                     struct{ Handle string }
	}
	if err := json.Unmarshal([]byte(p.Raw), &b); err != nil {
		return fmt.Errorf("read post: %w", err)
	}
	if b.ID == "" || b.ID != delivery {
		return fmt.Errorf("read post: its id is %q, its delivery's %q", b.ID, delivery)
	}
	if b.Type != p.Kind || b.Conversation != p.Conversation {
		return fmt.Errorf("read post: it is a %s of %s, said to be a %s of %s", b.Type, b.Conversation, p.Kind, p.Conversation)
	}
	p.To, p.InReplyTo, p.MessageID, p.Language, p.Text, p.PossibleDuplicate = b.To.Handle, b.InReplyTo, b.ID, b.Language, b.Text, b.PossibleDuplicate
	return nil
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
