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
	Delay     *delay     `json:"deliveryDelay,omitempty"`
	Reject    *reject    `json:"reject,omitempty"`
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

type delay struct {
	DelayType         string             `json:"delayType"`
	DelayedRecipients []delayedRecipient `json:"delayedRecipients"`
	ExpirationTime    string             `json:"expirationTime"`
	ReportingMTA      string             `json:"reportingMTA"`
	Timestamp         string             `json:"timestamp"`
}

type delayedRecipient struct {
	EmailAddress   string `json:"emailAddress"`
	Status         string `json:"status"`
	DiagnosticCode string `json:"diagnosticCode"`
}

type reject struct {
	Reason string `json:"reason"`
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

// eicar is what virus scanners are tried with; SES rejects a mail that has it.
const eicar = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE"

const outbound = "dsn; a0-0.smtp-out.amazonses.com"

// fates are what becomes of a mail to a simulated recipient after SES took it: the mailbox simulator's own, and by the last two labels of a domain what the
// simulator has no address for.
var fates = map[string]func(m eventMail, to, at string) []event{
	"bounce":          back("Permanent", "General", "5.1.1", "550 5.1.1 user unknown"),
	"suppressionlist": back("Permanent", "OnAccountSuppressionList", "5.1.1", "550 5.1.1 on the suppression list"),
	"complaint": func(m eventMail, to, at string) []event {
		return []event{delivered(m, to, at), {Type: "Complaint", Mail: m, Complaint: &complaint{[]complainedRecipient{{to}}, at, m.MessageID, "Amazon SES Mailbox Simulator", "abuse", at}}}
	},
	"gone.example": back("Permanent", "NoEmail", "5.1.1", "550 5.1.1 no such user"),
	"full.example": func(m eventMail, to, at string) []event {
		return append([]event{delayed(m, to, at, "MailboxFull", "4.2.2")}, back("Transient", "MailboxFull", "4.2.2", "452 4.2.2 over quota")(m, to, at)...)
	},
	"strict.example": back("Permanent", "General", "5.7.1", "550 5.7.1 refused by policy"),
	"late.example": func(m eventMail, to, at string) []event {
		return []event{delayed(m, to, at, "TransientCommunicationFailure", "4.4.1"), delivered(m, to, at)}
	},
	"away.example": func(m eventMail, to, at string) []event { // an out-of-office note that SES takes for a bounce, before it tells of the delivery
		return append(back("Transient", "General", "", "")(m, to, at), delivered(m, to, at))
	},
	"lost.example": back("Undetermined", "Undetermined", "", ""),
}

// fateOf is what becomes of a mail to one recipient.
func fateOf(m eventMail, to, at string) []event {
	name, ok := simulated(to)
	if labels := strings.Split(domainOf(to), "."); !ok && len(labels) > 2 {
		name = strings.Join(labels[len(labels)-2:], ".")
	}
	if f := fates[name]; f != nil {
		return f(m, to, at)
	}
	return []event{delivered(m, to, at)}
}

func events(row Row) []event {
	mail := mailOf(row)
	at := row.At.Format(iso)
	all := []event{{Type: "Send", Mail: mail, Send: &nothing{}}}
	if bytes.Contains(row.Raw, []byte(eicar)) {
		return append(all, event{Type: "Reject", Mail: mail, Reject: &reject{"Bad content"}})
	}
	for _, to := range row.To {
		all = append(all, fateOf(mail, to, at)...)
	}
	return all
}

func delivered(mail eventMail, to, at string) event {
	return event{Type: "Delivery", Mail: mail, Delivery: &delivery{at, 5, []string{to}, "250 2.0.0 accepted", "a0-0.smtp-out.amazonses.com"}}
}

func back(kind, sub, status, code string) func(eventMail, string, string) []event {
	return func(mail eventMail, to, at string) []event {
		diagnostic := ""
		if code != "" {
			diagnostic = "smtp; " + code
		}
		return []event{{Type: "Bounce", Mail: mail, Bounce: &bounce{kind, sub, []bouncedRecipient{{to, "failed", status, diagnostic}}, at, mail.MessageID, outbound}}}
	}
}

func delayed(mail eventMail, to, at, why, status string) event {
	return event{Type: "DeliveryDelay", Mail: mail, Delay: &delay{why, []delayedRecipient{{to, status, "smtp; 450 " + status + " try again"}}, at, "a0-0.smtp-out.amazonses.com", at}}
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
		if !d.Enabled || !slices.ContainsFunc(d.MatchingEventTypes, func(t string) bool { return strings.EqualFold(strings.ReplaceAll(t, "_", ""), e.kind) }) {
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
