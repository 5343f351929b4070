package storm

import (
	"fmt"
	"strings"

	"pronto/infra/pronto/storm/check"
)

// machine is a mail that gets no receipt, and why.
type machine struct {
	what   string
	fate   check.Fate
	from   string // "%d" is a number of its own
	change func(*letter, *composed)
}

// with adds header fields.
func with(fields ...string) func(*letter, *composed) {
	return func(_ *letter, c *composed) { c.more = append(c.more, fields...) }
}

// machines are all kinds of them, each of which every storm has.
var machines = []machine{
	{"null return path", "suppressed:null_return_path", "", func(l *letter, _ *composed) { l.envelope = "" }},
	{"delivery report", "suppressed:null_return_path", "mailer-daemon@mx%d.example", bounce},
	{"auto-generated", "suppressed:auto_submitted", "", with("Auto-Submitted: auto-generated")},
	{"auto-replied", "suppressed:auto_submitted", "", with("Auto-Submitted: auto-replied; owner-email=\"x@y.example\"", "X-Auto-Response-Suppress: All")},
	{"mailing list", "suppressed:list", "", with("List-Id: <travel.lists.example>", "Precedence: list")},
	{"newsletter", "suppressed:list", "news@letters%d.example", with("List-Unsubscribe: <https://letters.example/out>")},
	{"no responses wanted", "suppressed:response_suppressed", "", with("X-Auto-Response-Suppress: OOF, AutoReply")},
	{"responder's header", "suppressed:autoresponder_header", "", with("X-Autoreply: yes")},
	{"bulk", "suppressed:precedence", "", with("Precedence: bulk")},
	{"a Zammad's answer", "suppressed:auto_submitted", "", with("Auto-Submitted: auto-generated", "Precedence: bulk", "X-Loop: yes", "X-Auto-Response-Suppress: All")},
	{"a Zendesk's answer", "suppressed:auto_submitted", "", with("X-Mailer: Zendesk Mailer", "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All")},
	{"an Exchange's answer", "suppressed:response_suppressed", "", with("X-Auto-Response-Suppress: All", "X-MS-Exchange-Inbox-Rules-Loop: somebody@loop.example")},
	{"a FreeScout's answer", "suppressed:autoresponder_header", "", with("X-FreeScout-Mail-Type: auto.reply", "Precedence: auto_reply", "X-Autoreply: yes")},
	{"loop", "suppressed:loop", "", with("X-Loop: somebody@loop.example")},
	{"out of office", "suppressed:automatic_subject", "", func(_ *letter, c *composed) { c.subject = "Automatic reply: " + c.subject }},
	{"away, in German", "suppressed:automatic_subject", "", func(_ *letter, c *composed) { c.subject = "Abwesenheitsnotiz: " + c.subject }},
	{"no-reply", "suppressed:no_reply_sender", "no-reply@bank%d.example", nil},
	{"no-reply, in Italian", "suppressed:no_reply_sender", "non-rispondere@banca%d.example", nil},
	{"two senders", "suppressed:no_sender", "", func(_ *letter, c *composed) { c.from += ", second@elsewhere.example" }},
	{"own address", "suppressed:own_address", "=", nil},
	{"forged", "suppressed:unauthenticated", "ceo@bank%d.fail.example", nil},
	{"not authenticated", "suppressed:unauthenticated", "ceo@bank%d.none.example", nil},
	{"spam", "suppressed:spam", "deal@win%d.spam.example", nil},
	{"virus", "held:quarantined", "doc@lab%d.virus.example", nil},
	{"unknown local part", "held:unknown_address", "", func(l *letter, c *composed) {
		c.to = strings.Replace(c.to, "care@", "sales@", 1)
		l.to = func(*check.Piece) []string { return []string{c.to} }
	}},
	{"too many headers", "held:unreadable", "", func(_ *letter, c *composed) {
		for i := range 1200 {
			c.more = append(c.more, fmt.Sprintf("X-Filler-%d: x", i))
		}
	}},
	{"too many parts", "held:unreadable", "", func(_ *letter, c *composed) {
		c.kind = "multipart/mixed; boundary=b"
		c.body = strings.Repeat("--b\nContent-Type: text/plain\n\n"+c.body+"\n", 250) + "--b--\n"
	}},
}

// bounce makes a delivery report (RFC 3464).
func bounce(l *letter, c *composed) {
	l.envelope = ""
	c.subject = "Delivery Status Notification (Failure) " + c.subject
	c.kind = "multipart/report; report-type=delivery-status; boundary=r"
	c.body = "--r\nContent-Type: text/plain\n\n" + c.body + "\n--r\nContent-Type: message/delivery-status\n\n" +
		"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; gone@mx.example\nAction: failed\nStatus: 5.1.1\n\n--r--\n"
}

func (w *writer) machine(k machine) sender {
	p := w.person()
	switch {
	case k.from == "=":
		p.address = w.house.address
	case strings.Contains(k.from, "%d"):
		p.address = fmt.Sprintf(k.from, w.next())
	}
	p.mail(k.what, w.rand.IntN(waves), nil, func(l *letter, c *composed) {
		l.Fates = []check.Fate{k.fate}
		if k.change != nil {
			k.change(l, c)
		}
	})
	return p.letters
}
