package mail

import (
	"net/url"
	"regexp"
	"strings"
)

// forwarder is a provider that asks the owner of an address, by mail, whether mail may be forwarded to it. What is not of these senders and hosts is no
// confirmation. Google documents that it sends the mail (Gmail API, "Manage email forwarding"; Workspace Admin Help 176605) and not how it looks: sender, host and
// path are what a dozen public programs that take such mails go by, independently of each other. Microsoft documents a mail with a link to the owner of an address
// that is added to an account (support page "Why do I need to verify my email address?"), and that the sender is this one in its accounts' notices; that it asks
// before it forwards, it does not say.
type forwarder struct {
	sender string
	hosts  []string       // that its link leads to
	path   *regexp.Regexp // of the link
}

var forwarders = []forwarder{
	{"forwarding-noreply@google.com", []string{"mail-settings.google.com", "mail.google.com"}, regexp.MustCompile(`^/mail/(?:u/[0-9]+/)?vf-`)},
	{"account-security-noreply@accountprotection.microsoft.com", []string{"account.live.com", "account.microsoft.com"}, regexp.MustCompile(`^/`)},
}

// Confirmation tells whether a mail is a provider's question whether mail may be forwarded here. It is believed only by DKIM of the provider's own domain:
// whoever could forge it would have a lead click on a link of his.
func Confirmation(m *Message, env Envelope) bool {
	if env.Virus == Fail || env.Spam == Fail || env.DKIM != Pass || !m.believable {
		return false
	}
	f, ok := forwarderOf(m)
	_, domain := split(f.sender)
	return ok && signedBy(m.signatures, domain)
}

func forwarderOf(m *Message) (forwarder, bool) {
	for _, f := range forwarders {
		if len(m.Froms) == 1 && strings.EqualFold(m.From.Addr, f.sender) {
			return f, true
		}
	}
	return forwarder{}, false
}

var webAddress = regexp.MustCompile(`https://[^\s<>"'()]+`)

// ConfirmationLink is the link of a confirmation, of the provider's own hosts only; "" when it has none. It is for mails that Confirmation has believed.
func ConfirmationLink(m *Message) string {
	f, ok := forwarderOf(m)
	if !ok {
		return ""
	}
	for _, link := range webAddress.FindAllString(m.Text, 50) {
		u, err := url.Parse(strings.TrimRight(link, ".,;:!?]"))
		if err != nil || u.User != nil || u.Port() != "" || !f.path.MatchString(u.Path) {
			continue
		}
		for _, h := range f.hosts {
			if strings.EqualFold(u.Hostname(), h) {
				return u.String()
			}
		}
	}
	return ""
}

// FormSender is what a mail of a contact form says that it is: it is sent as the brand, and the customer stands in Reply-To. Only a form that the brand lists
// is believed, and only when its From is aligned. Its fields that a machine
// writes do not count: a form is one. silence is why the customer gets no receipt all the same.
func FormSender(m *Message, env Envelope, own func(addr string) bool) (customer *Message, silence Silence) {
	c := *m
	c.From, c.Froms, c.ReplyTo, c.Sender = m.ReplyTo, []Address{m.ReplyTo}, Address{}, Address{}
	c.InReplyTo, c.References = nil, nil
	switch {
	case env.Virus == Fail:
		silence = Virus
	case !Replyable(c.From.Addr):
		silence = NoSender
	case noReply(c.From.Addr):
		silence = NoReplySender
	case own != nil && own(c.From.Addr):
		silence = OwnAddress
	case env.Spam == Fail:
		silence = Spam
	}
	return &c, silence
}
