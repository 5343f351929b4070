// Package ses is the email channel's adapter: SES's notices of mail that came in, SES's events of mail that left, and the Sender.
package ses

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/mail"
)

// MaxNotice caps a notice: SES cuts headers at 10 KB, the rest is addresses.
const MaxNotice = 256 << 10

// TopicCheck is how the plain text begins that SES publishes to a topic when it is made the destination of events.
const TopicCheck = "Successfully validated SNS topic"

// Notice is SES's word that a mail came in and lies in S3: the only source of envelope and verdicts, since headers can be forged.
// https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
type Notice struct {
	ID       string    // SES's message id, the natural key of the delivery
	At       time.Time // of arrival, UTC
	Envelope mail.Envelope
	Bucket   string
	Key      string
}

// Event is SES's word about a mail that left.
// https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
type Event struct {
	Type   string         // Send, Delivery, Bounce, …
	ID     string         // SES's message id
	Report channel.Report // of its delivery; "" where the event says nothing of it
	About  []string       // the recipients of whom it tells; none where it is about the mail
	Tags   map[string]string
}

type verdict struct {
	Status mail.Verdict `json:"status"`
}

type wire struct {
	NotificationType string `json:"notificationType"`
	EventType        string `json:"eventType"`
	Mail             struct {
		Timestamp time.Time           `json:"timestamp"`
		MessageID string              `json:"messageId"`
		Source    string              `json:"source"`
		Tags      map[string][]string `json:"tags"`
	} `json:"mail"`
	Receipt struct {
		Timestamp    time.Time `json:"timestamp"`
		Recipients   []string  `json:"recipients"`
		SpamVerdict  verdict   `json:"spamVerdict"`
		VirusVerdict verdict   `json:"virusVerdict"`
		SPFVerdict   verdict   `json:"spfVerdict"`
		DKIMVerdict  verdict   `json:"dkimVerdict"`
		DMARCVerdict verdict   `json:"dmarcVerdict"`
		DMARCPolicy  string    `json:"dmarcPolicy"`
		Late         bool      `json:"late,omitempty"` // ours: see Encode
		Action       struct {
			BucketName string `json:"bucketName"`
			ObjectKey  string `json:"objectKey"`
		} `json:"action"`
	} `json:"receipt"`
	wireOutcome
}

// Decode reads what SES sent through SNS: exactly one of notice and event is not nil when err is nil.
func Decode(body string) (*Notice, *Event, error) {
	if len(body) > MaxNotice {
		return nil, nil, fmt.Errorf("notice of %d bytes: at most %d are read", len(body), MaxNotice)
	}
	var w wire
	if err := json.Unmarshal([]byte(body), &w); err != nil {
		return nil, nil, fmt.Errorf("decode notice: %w", err)
	}
	switch {
	case w.Mail.MessageID == "":
		return nil, nil, errors.New("notice: mail.messageId is missing")
	case w.NotificationType == "Received":
		return received(&w)
	case w.EventType != "":
		return nil, event(&w), nil
	}
	return nil, nil, fmt.Errorf("notice: neither a received mail nor an event (notificationType %.40q)", w.NotificationType)
}

func received(w *wire) (*Notice, *Event, error) {
	r := &w.Receipt
	if r.Action.ObjectKey == "" {
		return nil, nil, errors.New("notice: receipt.action.objectKey is missing: the receipt rule has no S3 action")
	}
	at := w.Mail.Timestamp
	if at.IsZero() {
		at = r.Timestamp
	}
	if at.IsZero() {
		return nil, nil, errors.New("notice: mail.timestamp is missing")
	}
	return &Notice{
		ID: w.Mail.MessageID, At: at.UTC(), Bucket: r.Action.BucketName, Key: r.Action.ObjectKey,
		Envelope: mail.Envelope{
			MailFrom: w.Mail.Source, Recipients: r.Recipients, DMARCPolicy: strings.ToLower(r.DMARCPolicy),
			Spam: r.SpamVerdict.Status, Virus: r.VirusVerdict.Status, SPF: r.SPFVerdict.Status, DKIM: r.DKIMVerdict.Status, DMARC: r.DMARCVerdict.Status,
			Late: r.Late,
		},
	}, nil, nil
}

// Encode writes a notice as SES would: of a mail that did not come by SES, but is to be taken in the same way.
func (n Notice) Encode() (string, error) {
	var w wire
	w.NotificationType = "Received"
	w.Mail.Timestamp, w.Mail.MessageID, w.Mail.Source = n.At, n.ID, n.Envelope.MailFrom
	r, e := &w.Receipt, n.Envelope
	r.Timestamp, r.Recipients, r.Late, r.DMARCPolicy = n.At, e.Recipients, e.Late, e.DMARCPolicy
	r.SpamVerdict.Status, r.VirusVerdict.Status = e.Spam, e.Virus
	r.SPFVerdict.Status, r.DKIMVerdict.Status, r.DMARCVerdict.Status = e.SPF, e.DKIM, e.DMARC
	r.Action.BucketName, r.Action.ObjectKey = n.Bucket, n.Key
	b, err := json.Marshal(w)
	return string(b), err
}

func event(w *wire) *Event {
	e := &Event{Type: w.EventType, ID: w.Mail.MessageID, Report: w.report(), About: w.about(), Tags: map[string]string{}}
	for k, v := range w.Mail.Tags {
		if len(v) > 0 {
			e.Tags[k] = v[0]
		}
	}
	return e
}

// ThreadID is the part of a Message-ID by which SES's mails are known: SES overwrites the header with its own id and a domain of its region.
// Other ids are returned as they are.
func ThreadID(messageID string) string {
	local, domain, ok := strings.Cut(messageID, "@")
	if ok && (domain == "email.amazonses.com" || strings.HasSuffix(domain, ".amazonses.com")) {
		return local
	}
	return messageID
}
