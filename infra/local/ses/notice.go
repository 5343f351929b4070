package ses

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// Rule is a receipt rule: mail to these recipients goes to the bucket, and the notice of it to the topic.
type Rule struct {
	Recipients []string // addresses, or domains (which also take their subdomains when written with a leading dot)
	Bucket     string
	Prefix     string // before the message id in the object's key
	TopicARN   string
}

func (r Rule) takes(address string) bool {
	address = strings.ToLower(address)
	domain := domainOf(address)
	for _, want := range r.Recipients {
		want = strings.ToLower(want)
		if want == address || want == domain || strings.HasPrefix(want, ".") && strings.HasSuffix(domain, want) {
			return true
		}
	}
	return false
}

// ruleFor is the first listener's rule that takes an address.
func (s *Service) ruleFor(address string) (Rule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rules {
		if r.takes(address) {
			return r, true
		}
	}
	return Rule{}, false
}

// envelope is what SMTP told beside the mail.
type envelope struct {
	From         string // "" is the null return path
	To           []string
	Helo, Remote string
}

// commonHeaders are those that SES picks out, encoded words read.
type commonHeaders struct {
	ReturnPath string   `json:"returnPath,omitempty"`
	From       []string `json:"from,omitempty"`
	Sender     string   `json:"sender,omitempty"`
	ReplyTo    []string `json:"replyTo,omitempty"`
	Date       string   `json:"date,omitempty"`
	To         []string `json:"to,omitempty"`
	Cc         []string `json:"cc,omitempty"`
	Bcc        []string `json:"bcc,omitempty"`
	MessageID  string   `json:"messageId,omitempty"`
	Subject    string   `json:"subject,omitempty"`
}

// maxCommon bounds each of them, so that a notice fits into SNS however long a sender's lists are.
const maxCommon = 2 << 10

func common(fields []field) commonHeaders {
	get := func(name string) string {
		v := first(fields, name)
		return v[:min(len(v), maxCommon)]
	}
	return commonHeaders{
		ReturnPath: bare(get("Return-Path")), From: addresses(get("From")), Sender: decode(get("Sender")), ReplyTo: addresses(get("Reply-To")), Date: get("Date"),
		To: addresses(get("To")), Cc: addresses(get("Cc")), Bcc: addresses(get("Bcc")), MessageID: get("Message-ID"), Subject: decode(get("Subject")),
	}
}

// maxHeaders is how much of a mail's header a notice carries.
const maxHeaders = 10 << 10

func limit(fields []field) (kept []field, truncated bool) {
	n := 0
	for i, f := range fields {
		if n += len(f.Name) + len(f.Value); n > maxHeaders {
			return fields[:i], true
		}
	}
	return fields, false
}

// notice is what the S3 action's topic gets (developer guide, "Contents of notifications for Amazon SES email receiving"): no content.
type notice struct {
	Type    string     `json:"notificationType"`
	Mail    noticeMail `json:"mail"`
	Receipt receipt    `json:"receipt"`
}

type noticeMail struct {
	Timestamp        string        `json:"timestamp"`
	Source           string        `json:"source"`
	MessageID        string        `json:"messageId"`
	Destination      []string      `json:"destination"`
	HeadersTruncated bool          `json:"headersTruncated"`
	Headers          []field       `json:"headers"`
	CommonHeaders    commonHeaders `json:"commonHeaders"`
}

type receipt struct {
	Timestamp            string   `json:"timestamp"`
	ProcessingTimeMillis int64    `json:"processingTimeMillis"`
	Recipients           []string `json:"recipients"`
	Spam                 verdict  `json:"spamVerdict"`
	Virus                verdict  `json:"virusVerdict"`
	SPF                  verdict  `json:"spfVerdict"`
	DKIM                 verdict  `json:"dkimVerdict"`
	DMARC                verdict  `json:"dmarcVerdict"`
	DMARCPolicy          string   `json:"dmarcPolicy,omitempty"`
	Action               action   `json:"action"`
}

type verdict struct {
	Status string `json:"status"` // PASS, FAIL, GRAY
}

type action struct {
	Type            string `json:"type"`
	TopicARN        string `json:"topicArn"`
	BucketName      string `json:"bucketName"`
	ObjectKeyPrefix string `json:"objectKeyPrefix"`
	ObjectKey       string `json:"objectKey"`
}

// judge is the verdicts on a sender, by the reserved endings of its domains.
func judge(fromHeader, mailFrom string) (r receipt) {
	r.Spam, r.Virus, r.SPF, r.DKIM, r.DMARC = verdict{"PASS"}, verdict{"PASS"}, verdict{"PASS"}, verdict{"PASS"}, verdict{"PASS"}
	for _, d := range []string{domainOf(fromHeader), domainOf(mailFrom)} {
		switch d = "." + d; {
		case strings.HasSuffix(d, ".fail.example"):
			r.SPF, r.DKIM, r.DMARC, r.DMARCPolicy = verdict{"FAIL"}, verdict{"FAIL"}, verdict{"FAIL"}, "reject"
		case strings.HasSuffix(d, ".none.example"):
			r.SPF, r.DKIM, r.DMARC = verdict{"GRAY"}, verdict{"GRAY"}, verdict{"GRAY"}
		case strings.HasSuffix(d, ".spam.example"):
			r.Spam = verdict{"FAIL"}
		case strings.HasSuffix(d, ".virus.example"):
			r.Virus = verdict{"FAIL"}
		}
	}
	return r
}

// inboundID looks like SES's: forty characters of lower-case base 32.
func inboundID() string {
	var b [25]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return strings.ToLower(base32.HexEncoding.EncodeToString(b[:]))
}

// arrival is a received mail as it will be stored, with its notice.
type arrival struct {
	rule   Rule
	key    string
	stored []byte
	notice []byte
}

// arrive judges a mail and writes its notice; accept commits both.
func (s *Service) arrive(rule Rule, env envelope, raw []byte) (arrival, error) {
	id, now := inboundID(), s.clk.Now()
	fields, _ := parseHeader(raw)
	r := judge(fromAddress(fields), env.From)
	a := arrival{rule: rule, key: rule.Prefix + id}
	a.stored = append(prepended(id, now, env, fromAddress(fields), r), raw...)
	r.Timestamp, r.ProcessingTimeMillis, r.Recipients = now.Format(iso), 1, env.To
	r.Action = action{"S3", rule.TopicARN, rule.Bucket, rule.Prefix, a.key}
	fields, _ = parseHeader(a.stored)
	headers, truncated := limit(fields)
	var err error
	a.notice, err = marshal(notice{"Received", noticeMail{now.Format(iso), env.From, id, env.To, truncated, headers, common(fields)}, r})
	return a, err
}

// accept stores a mail and tells of it, in the caller's transaction.
func (s *Service) accept(tx *bbolt.Tx, a arrival) error {
	if err := s.s3.Put(tx, a.rule.Bucket, a.key, a.stored, nil); err != nil {
		return fmt.Errorf("store the mail: %w", err)
	}
	if a.rule.TopicARN == "" {
		return nil
	}
	if _, err := s.sns.Publish(tx, a.rule.TopicARN, "Amazon SES Email Receipt Notification", a.notice); err != nil {
		return fmt.Errorf("publish the notice: %w", err)
	}
	return nil
}

func fromAddress(fields []field) string {
	if list := addresses(first(fields, "From")); len(list) > 0 {
		return bare(list[0])
	}
	return ""
}

// prepended is the block that SES puts above the mail it stores: what stands below its Received line may be forged, what stands in it is SES's.
func prepended(id string, at time.Time, env envelope, from string, r receipt) []byte {
	word := map[string]string{"PASS": "pass", "FAIL": "fail", "GRAY": "none"}
	spf, dkim, dmarc := word[r.SPF.Status], word[r.DKIM.Status], word[r.DMARC.Status]
	why := fmt.Sprintf("(spfCheck: domain of %s) client-ip=%s; envelope-from=%s; helo=%s;", domainOf(env.From), env.Remote, env.From, env.Helo)
	var b bytes.Buffer
	fmt.Fprintf(&b, "Return-Path: <%s>\r\n", env.From)
	fmt.Fprintf(&b, "Received: from %s (%s [%s])\r\n by inbound-smtp.%s.amazonaws.com with SMTP id %s\r\n for %s;\r\n %s (UTC)\r\n", env.Helo, env.Helo, env.Remote, wire.Region, id, env.To[0], at.Format(time.RFC1123Z))
	fmt.Fprintf(&b, "X-SES-Spam-Verdict: %s\r\nX-SES-Virus-Verdict: %s\r\n", r.Spam.Status, r.Virus.Status)
	fmt.Fprintf(&b, "Received-SPF: %s %s\r\n", spf, why)
	fmt.Fprintf(&b, "Authentication-Results: amazonses.com;\r\n spf=%s %s\r\n dkim=%s header.i=@%s;\r\n dmarc=%s header.from=%s;\r\n", spf, why, dkim, domainOf(from), dmarc, domainOf(from))
	fmt.Fprintf(&b, "X-SES-RECEIPT: local\r\n")
	return b.Bytes()
}
