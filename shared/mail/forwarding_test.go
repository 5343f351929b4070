package mail

import (
	"strings"
	"testing"
)

const google = "From: Gmail Team <forwarding-noreply@google.com>\r\nTo: in@acme.example\r\nDKIM-Signature: v=1; a=rsa-sha256; d=google.com; s=x; b=y\r\n" +
	"Subject: (#123456789) Gmail Forwarding Confirmation\r\nMessage-ID: <1@google.com>\r\n\r\n" +
	"care@acme.example has asked to forward mail here.\r\nhttps://evil.example/mail/vf-1 https://mail-settings.google.com.evil.example/mail/vf-1\r\nhttps://mail-settings.google.com@evil.example/mail/vf-1\r\n" +
	"Confirmation code: 123456789\r\n\r\nhttps://mail-settings.google.com/mail/vf-%5BANGjdJ-a1%5D-xYz.\r\n"

func TestAForwardingConfirmation(t *testing.T) {
	pass := Envelope{MailFrom: "forwarding-noreply@google.com", SPF: Pass, DKIM: Pass, DMARC: Pass}
	m := parsed(t, google)
	if !Confirmation(m, pass) || ConfirmationLink(m) != "https://mail-settings.google.com/mail/vf-%5BANGjdJ-a1%5D-xYz" {
		t.Errorf("believed %t, link %q", Confirmation(m, pass), ConfirmationLink(m))
	}
	for name, c := range map[string]struct {
		raw string
		env Envelope
	}{
		"DKIM failed":             {google, Envelope{MailFrom: "x@google.com", SPF: Pass, DKIM: Fail, DMARC: Pass}},
		"signed by another":       {strings.Replace(google, "d=google.com", "d=evil.example", 1), pass},
		"signed by another, too":  {strings.Replace(google, "Subject:", "DKIM-Signature: v=1; d=evil.example; b=y\r\nSubject:", 1), pass},
		"not signed":              {strings.Replace(google, "DKIM-Signature:", "X-Signature:", 1), pass},
		"of another":              {strings.Replace(google, "forwarding-noreply@google.com", "forwarding-noreply@google.com.evil.example", 1), pass},
		"of somebody at Google":   {strings.Replace(google, "forwarding-noreply@", "somebody@", 1), pass},
		"spam":                    {google, Envelope{DKIM: Pass, DMARC: Pass, Spam: Fail}},
		"two that it may be from": {strings.Replace(google, "To:", "From: a@evil.example\r\nTo:", 1), pass},
	} {
		if Confirmation(parsed(t, c.raw), c.env) {
			t.Errorf("%s: it is believed", name)
		}
	}
	if link := ConfirmationLink(parsed(t, strings.Replace(google, "https://mail-settings.google.com/mail/vf-%5B", "https://mail-settings.google.com/other/vf-%5B", 1))); link != "" {
		t.Errorf("a link that confirms nothing: %s", link)
	}
}

func TestAContactForm(t *testing.T) {
	const form = "From: Acme Air <website@acme.example>\r\nReply-To: Mira <mira@customer.example>\r\nAuto-Submitted: auto-generated\r\nReferences: <1@acme.example>\r\nSubject: Contact\r\n\r\nWhere is my bag?\r\n"
	own := func(a string) bool { return strings.HasSuffix(a, "@acme.example") }
	for raw, want := range map[string]Silence{
		form: "",
		strings.Replace(form, "mira@customer.example", "no-reply@customer.example", 1): NoReplySender,
		strings.Replace(form, "mira@customer.example", "care@acme.example", 1):         OwnAddress,
		strings.Replace(form, "Reply-To:", "X-Reply-To:", 1):                           NoSender,
	} {
		m := parsed(t, raw)
		c, silence := FormSender(m, Envelope{DMARC: Pass}, own)
		if silence != want || want == "" && (c.From != Address{"Mira", "mira@customer.example"} || len(c.References) != 0 || c.ReplyTo != Address{}) {
			t.Errorf("%q: %q, %+v", silence, want, c.From)
		}
		if m.From.Addr != "website@acme.example" {
			t.Error("the mail itself was changed")
		}
	}
}
