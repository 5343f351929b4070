package ses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/faults"
	"pronto/infra/local/wire"
)

const iso = "2006-01-02T15:04:05.000Z"

// event is one record of SES's event publishing (developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS").
type event struct {
	Type      string     `json:"eventType"`
	Mail      eventMail  `json:"mail"`
	Send      *nothing   `json:"send,omitempty"`
	Delivery  *delivery  `json:"delivery,omitempty"`
	Bounce    *bounce    `json:"bounce,omitempty"`
	Complaint *complaint `json:"complaint,omitempty"`
}

type eventMail struct {
	Timestamp        string              `json:"timestamp"`
	Source           string              `json:"source"`
	SourceArn        string              `json:"sourceArn"`
	SendingAccountID string              `json:"sendingAccountId"`
	MessageID        string              `json:"messageId"`
	Destination      []string            `json:"destination"`
	HeadersTruncated bool                `json:"headersTruncated"`
	Headers          []field             `json:"headers"`
	CommonHeaders    commonHeaders       `json:"commonHeaders"`
	Tags             map[string][]string `json:"tags"`
}

type delivery struct {
	Timestamp            string   `json:"timestamp"`
	ProcessingTimeMillis int64    `json:"processingTimeMillis"`
	Recipients           []string `json:"recipients"`
	SMTPResponse         string   `json:"smtpResponse"`
	ReportingMTA         string   `json:"reportingMTA"`
}

type bounce struct {
	BounceType        string             `json:"bounceType"`
	BounceSubType     string             `json:"bounceSubType"`
	BouncedRecipients []bouncedRecipient `json:"bouncedRecipients"`
	Timestamp         string             `json:"timestamp"`
	FeedbackID        string             `json:"feedbackId"`
	ReportingMTA      string             `json:"reportingMTA"`
}

type bouncedRecipient struct {
	EmailAddress   string `json:"emailAddress"`
	Action         string `json:"action"`
	Status         string `json:"status"`
	DiagnosticCode string `json:"diagnosticCode"`
}

type complaint struct {
	ComplainedRecipients  []complainedRecipient `json:"complainedRecipients"`
	Timestamp             string                `json:"timestamp"`
	FeedbackID            string                `json:"feedbackId"`
	UserAgent             string                `json:"userAgent"`
	ComplaintFeedbackType string                `json:"complaintFeedbackType"`
	ArrivalDate           string                `json:"arrivalDate"`
}

type complainedRecipient struct {
	EmailAddress string `json:"emailAddress"`
}

const simulator = "@simulator.amazonses.com"

// simulated is the mailbox simulator's name in an address (a label behind + is allowed).
func simulated(address string) (string, bool) {
	local, ok := strings.CutSuffix(strings.ToLower(address), simulator)
	local, _, _ = strings.Cut(local, "+")
	return local, ok
}

// published is an event written out, as often as it is to be published: faults may lose it (0) or double it.
type published struct {
	kind  string
	body  []byte
	times int
}

// fate is what becomes of a mail: sent, then delivered, bounced or complained about, as its recipients decide.
func (s *Service) fate(row Row) ([]published, error) {
	var out []published
	for _, e := range events(row) {
		body, err := marshal(e)
		if err != nil {
			return nil, err
		}
		times := 1
		switch {
		case s.faults.Strike(faults.LoseEvent, "ses", e.Type):
			times = 0
		case s.faults.Strike(faults.DuplicateEvent, "ses", e.Type):
			times = 2
		}
		out = append(out, published{e.Type, body, times})
	}
	return out, nil
}

func events(row Row) []event {
	mail := mailOf(row)
	at := row.At.Format(iso)
	events := []event{{Type: "Send", Mail: mail, Send: &nothing{}}}
	var arrived []string
	for _, to := range row.To {
		switch local, _ := simulated(to); local {
		case "bounce":
			events = append(events, bounced(mail, to, "General", "550 5.1.1 user unknown", at))
		case "suppressionlist":
			events = append(events, bounced(mail, to, "OnAccountSuppressionList", "550 5.1.1 on the suppression list", at))
		default:
			arrived = append(arrived, to)
		}
	}
	if len(arrived) == 0 {
		return events
	}
	events = append(events, event{Type: "Delivery", Mail: mail, Delivery: &delivery{at, 5, arrived, "250 2.0.0 accepted", "a0-0.smtp-out.amazonses.com"}})
	for _, to := range arrived {
		if local, _ := simulated(to); local == "complaint" {
			events = append(events, event{Type: "Complaint", Mail: mail, Complaint: &complaint{[]complainedRecipient{{to}}, at, mail.MessageID, "Amazon SES Mailbox Simulator", "abuse", at}})
		}
	}
	return events
}

func bounced(mail eventMail, to, sub, code, at string) event {
	return event{Type: "Bounce", Mail: mail, Bounce: &bounce{"Permanent", sub, []bouncedRecipient{{to, "failed", "5.1.1", "smtp; " + code}}, at, mail.MessageID, "dsn; a0-0.smtp-out.amazonses.com"}}
}

func mailOf(row Row) eventMail {
	fields, _ := parseHeader(row.Raw)
	from := bare(row.From)
	headers, truncated := limit(fields)
	m := eventMail{
		Timestamp: row.At.Format(iso), Source: row.From, SourceArn: wire.ARN("ses", "identity/"+domainOf(from)), SendingAccountID: wire.Account,
		MessageID: row.MessageID, Destination: row.To, Headers: headers, HeadersTruncated: truncated, CommonHeaders: common(fields),
		Tags: map[string][]string{
			"ses:source-ip": {"127.0.0.1"}, "ses:from-domain": {domainOf(from)}, "ses:caller-identity": {"local"},
			"ses:source-tls-version": {"TLSv1.3"}, "ses:operation": {"SendEmail"},
		},
	}
	m.CommonHeaders.MessageID = row.MessageID
	if row.ConfigurationSet != "" {
		m.Tags["ses:configuration-set"] = []string{row.ConfigurationSet}
	}
	for k, v := range row.Tags {
		m.Tags[k] = v
	}
	return m
}

// publish sends an event to the topics of the set that want it.
func (s *Service) publish(tx *bbolt.Tx, set configurationSet, e published) error {
	for _, d := range set.Destinations {
		if !d.Enabled || !slices.ContainsFunc(d.MatchingEventTypes, func(t string) bool { return strings.EqualFold(t, e.kind) }) {
			continue
		}
		for range e.times {
			if _, err := s.sns.Publish(tx, d.SnsDestination.TopicArn, "Amazon SES Email Event Notification", e.body); err != nil {
				return fmt.Errorf("publish the %s event: %w", e.kind, err)
			}
		}
	}
	return nil
}

// marshal keeps <, > and & as they are: addresses are full of them.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// outOfOffice is the answer to a mail to the simulator's ooto address: an automatic reply that comes in through the receipt rules, to Reply-To or From. Else nil.
func (s *Service) outOfOffice(row Row) (*arrival, error) {
	if !slices.ContainsFunc(row.To, func(to string) bool { local, ok := simulated(to); return ok && local == "ooto" }) {
		return nil, nil
	}
	fields, _ := parseHeader(row.Raw)
	to := bare(row.From)
	if r := addresses(first(fields, "Reply-To")); len(r) > 0 {
		to = bare(r[0])
	}
	rule, ok := s.ruleFor(to)
	if !ok {
		return nil, nil // it goes to somebody else's mail server
	}
	id := first(fields, "Message-ID")
	raw := fmt.Sprintf("From: ooto%s\r\nTo: <%s>\r\nSubject: Out of office\r\nDate: %s\r\nMessage-ID: <%s%s>\r\nIn-Reply-To: %s\r\nReferences: %[6]s\r\nAuto-Submitted: auto-replied\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThe recipient is out of the office.\r\n",
		simulator, to, row.At.Format(time.RFC1123Z), wire.UUID(), simulator, id)
	a, err := s.arrive(rule, envelope{From: "ooto" + simulator, To: []string{to}, Helo: "simulator.amazonses.com", Remote: "127.0.0.1"}, []byte(raw))
	return &a, err
}
