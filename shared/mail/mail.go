// Package mail reads and writes RFC 5322.
//
// The idea: a mail is hostile until read. Parse turns any bytes into a Message whose every string is valid UTF-8 without
// control characters that could break a header, or says in one word why it cannot (*Unreadable), so that a person can look.
// Machine says why a mail must not be acknowledged; Aligned says whether its From may be believed; Compose writes what we send.
//
// Invariants:
//   - Parse never panics, never keeps attachments' content, and its work is bounded by Limits before the MIME parser runs.
//   - A Message-ID, In-Reply-To or References entry that Parse hands out is one that Compose accepts: an odd id of the
//     sender's must never cost the sender the receipt.
//   - Storing is decided apart from acknowledging: Machine only silences, and always with a reason.
//   - No header that Compose writes can contain CR, LF or NUL, whatever it is given.
//
// There is no clock, no network and no randomness here.
package mail

import "time"

// Address is one mailbox. Addr has no angle brackets and a lower-case ASCII domain; Name is decoded UTF-8, or "".
type Address struct{ Name, Addr string }

// Limits bound what Parse will read. A limit of zero means the default's.
type Limits struct {
	Bytes   int64 // of the raw mail
	Parts   int   // MIME parts, at all levels
	Depth   int   // multipart containers (distinct boundaries), which bounds their nesting
	Headers int   // header lines, of the mail and of each part

	// Late tells that the reading has taken too long: it is asked at every block that the parser reads, every field, and every few lines of text. Nil is never.
	Late func() bool
}

// Patience is how long the reading of one mail may take where nobody waits for it.
const Patience = 8 * time.Second

// Within is the limits with a deadline: so long from now on.
func (l Limits) Within(d time.Duration, now func() time.Time) Limits {
	began := now()
	l.Late = func() bool { return now().Sub(began) > d }
	return l
}

// DefaultLimits are SES's own 40 MB and what no person's mail comes near. Depth is the dear one: enmime looks twice at the end
// of each enclosing container, so that a nest that ends at once costs 2^depth (10 ms at 15, 0.3 s at 20, hours at 30).
var DefaultLimits = Limits{Bytes: 40 << 20, Parts: 200, Depth: 15, Headers: 1000}

// Message is a mail as the desk needs it.
type Message struct {
	From    Address   // the only From address; zero unless there is exactly one
	Froms   []Address // every distinct address of every From field
	Sender  Address
	ReplyTo Address // the first
	To, Cc  []Address

	Subject string

	Date     time.Time // in the sender's offset; zero unless DateOK
	DateOK   bool      // the Date header could be read
	OffsetOK bool      // its offset is the sender's own: false for "-0000", an unknown zone name, or no date

	MessageID  string   // without angle brackets, as all ids; "" when absent or unusable
	InReplyTo  []string // at most 100, as References
	References []string // oldest first; of more than 100 the newest

	Language string // Content-Language, first tag, as written ("en-GB")

	Text  string // plain text, lines ended by LF; from the HTML where there is no plain part
	HTML  string // as sent, unsafe: never show it without sanitising
	Reply string // Text as an agent reads it first: without older mails and signature; quotes between its own lines stay
	Aside []Part // what Reply leaves out of Text: older mails and signature, in their order
	New   string // the sender's own words, for judging them: Reply without quotes, with what was forwarded; Text itself when in doubt

	Attachments []Attachment
	Report      bool   // it is, or carries, a delivery, disposition or feedback report (RFC 6522, 3464, 8098, 5965)
	Header      Header // the top-level fields, decoded

	believable bool     // no reader can read another From
	signatures []string // DKIM-Signature fields as they stand: decoding could make another d= of them
}

// Attachment describes a part that is not body text. Its content is not kept: the raw mail is.
type Attachment struct {
	Name        string // as FileName makes it, or ""
	ContentType string // lower case, without parameters
	Size        int    // bytes after transfer decoding
	SHA256      [32]byte
	ContentID   string // by which the HTML refers to it, or ""
	Inline      bool   // a picture of the HTML's, say, and nothing that its sender attached
}

// Unreadable says why Parse could not read a mail. Its text holds nothing of the mail's.
type Unreadable struct {
	Reason string // one of the Reason constants
}

// Why a mail cannot be read.
const (
	ReasonEmpty          = "empty"
	ReasonTooLarge       = "too_large"
	ReasonTooManyHeaders = "too_many_headers"
	ReasonTooManyParts   = "too_many_parts"
	ReasonTooDeep        = "too_deep"
	ReasonNoHeader       = "no_header"
	ReasonMalformed      = "malformed"
	ReasonTooSlow        = "too_slow"
)

var unreadableWords = map[string]string{
	ReasonEmpty:          "the mail is empty",
	ReasonTooLarge:       "the mail is larger than the limit",
	ReasonTooManyHeaders: "the mail has more header, or more lines of it, than the limit",
	ReasonTooManyParts:   "the mail has more parts than the limit",
	ReasonTooDeep:        "the mail nests more parts than the limit",
	ReasonNoHeader:       "the mail has no header",
	ReasonMalformed:      "the mail's MIME structure cannot be read",
	ReasonTooSlow:        "reading the mail took longer than the limit",
}

func (u *Unreadable) Error() string { return "read mail: " + u.Reason }

// Words says the reason to a support lead.
func (u *Unreadable) Words() string { return unreadableWords[u.Reason] }
