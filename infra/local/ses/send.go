package ses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/disk"
	"pronto/infra/local/wire"
)

// sendInput is SendEmail's parameters, as far as they are implemented; others are refused by name.
type sendInput struct {
	FromEmailAddress, ConfigurationSetName string
	Destination                            struct{ ToAddresses, CcAddresses, BccAddresses []string }
	Content                                struct {
		Raw              *struct{ Data []byte }
		Simple, Template json.RawMessage
	}
	EmailTags []struct{ Name, Value string }
}

// sendEmail stores the mail and tells the configuration set's topics of it, in one commit.
func (s *Service) sendEmail(_ string, body []byte) (any, error) {
	var in sendInput
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	if in.Content.Raw == nil {
		return nil, wire.Unsupported("SendEmail with Content.Simple or Content.Template (use Content.Raw)")
	}
	row, err := s.prepare(in)
	if err != nil {
		return nil, err
	}
	out, err := s.follow(row)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(func(tx *bbolt.Tx) error { return s.store(tx, out) })
	return map[string]string{"MessageId": row.MessageID}, err
}

// departure is a mail with all that follows from it, written out so that the commit, which everybody shares, has little to do.
type departure struct {
	row    Row
	value  []byte // the row
	events []published
	answer *arrival // what a simulated recipient answers
}

func (s *Service) follow(row Row) (d departure, err error) {
	d.row = row
	if d.value, err = json.Marshal(row); err != nil {
		return d, err
	}
	if d.events, err = s.fate(row); err != nil {
		return d, err
	}
	d.answer, err = s.outOfOffice(row)
	return d, err
}

func (s *Service) prepare(in sendInput) (Row, error) {
	raw := in.Content.Raw.Data
	if len(raw) > MaxMail {
		return Row{}, wire.Refuse("MessageRejected", "the mail is %d bytes: at most %d", len(raw), MaxMail)
	}
	tags, err := in.tags()
	if err != nil {
		return Row{}, err
	}
	fields, rest := parseHeader(canonical(raw))
	if err := checkFields(fields); err != nil {
		return Row{}, err
	}
	row := Row{At: s.clk.Now(), From: in.FromEmailAddress, To: in.recipients(fields), ConfigurationSet: in.ConfigurationSetName, Tags: tags}
	if row.From == "" {
		row.From = first(fields, "From")
	}
	if len(row.To) == 0 || len(row.To) > 50 {
		return Row{}, wire.Refuse("MessageRejected", "the mail has %d recipients: want 1 to 50", len(row.To))
	}
	for _, to := range row.To {
		if _, err := mail.ParseAddress(to); err != nil {
			return Row{}, wire.Refuse("BadRequestException", "a recipient is no address: %v", err)
		}
	}
	row.MessageID = messageID(row.At)
	row.ReturnPath = row.MessageID + "@amazonses.com"
	row.Raw = rewrite(fields, rest, row)
	return row, nil
}

// messageID looks like SES's: 0100 and the milliseconds in hexadecimal, a random part, six zeros.
func messageID(at time.Time) string {
	return fmt.Sprintf("0100%012x-%s-000000", at.UnixMilli(), wire.UUID())
}

// canonical ends every line with CRLF.
func canonical(raw []byte) []byte {
	if bytes.Count(raw, []byte("\n")) == bytes.Count(raw, []byte("\r\n")) {
		return raw
	}
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
}

func (in sendInput) tags() (map[string][]string, error) {
	tags := map[string][]string{}
	for _, t := range in.EmailTags {
		if !tagText(t.Name, 256, "_-") || !tagText(t.Value, 256, "_-.@") {
			return nil, wire.Refuse("BadRequestException", "tag %q: name and value want 1 to 256 ASCII letters, digits, _ and - (in a value also . and @)", t.Name)
		}
		if tags[t.Name] != nil {
			return nil, wire.Refuse("BadRequestException", "tag %q is given twice", t.Name)
		}
		tags[t.Name] = []string{t.Value}
	}
	return tags, nil
}

func tagText(s string, most int, also string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && strings.IndexByte(also, c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= most
}

// recipients are the Destination's, or without one those of the headers.
func (in sendInput) recipients(fields []field) []string {
	d := in.Destination
	to := slices.Concat(d.ToAddresses, d.CcAddresses, d.BccAddresses)
	if len(to) == 0 {
		for _, name := range []string{"To", "Cc", "Bcc"} {
			to = append(to, addresses(first(fields, name))...)
		}
	}
	out := make([]string, 0, len(to))
	for _, a := range to {
		if a = bare(a); !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// once are the headers that SES lets stand only once (SES developer guide, "Amazon SES header fields").
var once = []string{
	"Accept-Language", "Archived-At", "Auto-Submitted", "Bcc", "Bounces-To", "Cc", "Content-Base", "Content-Class", "Content-Description", "Content-Disposition",
	"Content-Duration", "Content-Id", "Content-Language", "Content-Length", "Content-Location", "Content-Md5", "Content-Transfer-Encoding", "Content-Type", "Date",
	"Delivered-To", "Disposition-Notification-To", "Errors-To", "From", "Importance", "In-Reply-To", "List-Archive", "List-Help", "List-Id", "List-Owner", "List-Post",
	"List-Subscribe", "List-Unsubscribe", "List-Unsubscribe-Post", "Message-Id", "Mime-Version", "Organization", "Precedence", "Priority", "References", "Reply-To",
	"Return-Path", "Return-Receipt-To", "Sender", "Subject", "Thread-Index", "Thread-Topic", "To", "User-Agent", "X-Auto-Response-Suppress", "X-Mailer", "X-Priority",
}

func checkFields(fields []field) error {
	seen := map[string]bool{}
	for _, f := range fields {
		name := strings.ToLower(f.Name)
		if strings.HasPrefix(name, "x-ses-") {
			return wire.Unsupported("the header " + f.Name + " (use SendEmail's parameters)")
		}
		if seen[name] && slices.ContainsFunc(once, func(o string) bool { return strings.EqualFold(o, name) }) {
			return wire.Refuse("BadRequestException", "Duplicate header '%s'.", f.Name)
		}
		seen[name] = true
	}
	if !seen["from"] {
		return wire.Refuse("BadRequestException", "Missing required header 'From'.")
	}
	return nil
}

// rewrite is what SES does to a mail on its way out: its own Message-ID and Date, no Bcc, no Return-Path.
func rewrite(fields []field, rest []byte, row Row) []byte {
	out := make([]byte, 0, len(rest)+8<<10)
	for _, f := range fields {
		switch strings.ToLower(f.Name) {
		case "message-id", "date", "bcc", "return-path":
		default:
			out = append(out, f.Raw...)
			if !bytes.HasSuffix(f.Raw, []byte("\n")) { // a mail that is all header
				out = append(out, "\r\n"...)
			}
		}
	}
	out = fmt.Appendf(out, "Message-ID: <%s@email.amazonses.com>\r\nDate: %s\r\nFeedback-ID: ::1.%s.local:AmazonSES\r\n", row.MessageID, row.At.Format(time.RFC1123Z), wire.Region)
	if len(rest) == 0 {
		rest = []byte("\r\n")
	}
	return append(out, rest...)
}

// store writes the row and what follows from it. It may run more than once.
func (s *Service) store(tx *bbolt.Tx, d departure) error {
	if from := bare(d.row.From); !verified(tx, from) {
		return disk.Refuse(wire.Refuse("MessageRejected", "Email address is not verified. The following identities failed the check in region US-EAST-1: %s", from))
	}
	var set configurationSet
	if name := d.row.ConfigurationSet; name != "" {
		var err error
		if set, err = loadSet(tx, name); err != nil {
			return disk.Refuse(err)
		}
	}
	b := tx.Bucket(outbox)
	seq, err := b.NextSequence()
	if err != nil {
		return err
	}
	if err := b.Put(rowKey(int64(seq)), d.value); err != nil {
		return err
	}
	for _, e := range d.events {
		if err := s.publish(tx, set, e); err != nil {
			return err
		}
	}
	if d.answer != nil {
		return s.accept(tx, *d.answer)
	}
	return nil
}
