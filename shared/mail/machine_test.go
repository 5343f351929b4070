package mail

import (
	"strings"
	"testing"
)

const (
	customer = "From: Giulia <giulia@customer.example>\nTo: care@acme.example\nSubject: My bag\n"
	body1    = "\n\nWhere is it?\n"
)

// verified is the envelope of a sender of customer.example whom SES believes.
func verified() Envelope {
	return Envelope{MailFrom: "giulia@customer.example", SPF: Pass, DKIM: Gray, DMARC: Pass, Spam: Pass, Virus: Pass}
}

func ours(addr string) bool { return strings.HasSuffix(addr, "@acme.example") }

func TestOrdinaryMailMayBeAcknowledged(t *testing.T) {
	for _, h := range []string{
		"X-Mailer: none",
		"Auto-Submitted: no",
		"Auto-Submitted: No (a person)",
		"X-Auto-Response-Suppress: None",
		"X-Auto-Response-Suppress: DR, RN, NRN",
		"Precedence: first-class",
		"X-Autoreply: no",
		"X-Loop: no",
		"Importance: high",
	} {
		if s := Machine(parsed(t, customer+h+body1), verified(), ours); s != "" {
			t.Errorf("%s: silenced: %s", h, s)
		}
	}
}

func TestMachineHeaders(t *testing.T) {
	for h, want := range map[string]Silence{
		"Return-Path: <>":                NullReturnPath,
		"Return-Path: < >":               NullReturnPath,
		"Auto-Submitted: auto-generated": AutoSubmitted,
		"AUTO-SUBMITTED: Auto-Replied; owner-email=a@b.example": AutoSubmitted,
		"Auto-Submitted: no\nAuto-Submitted: auto-replied":      AutoSubmitted,
		"Auto-Submitted:":                                AutoSubmitted,
		"List-Id: <news.shop.example>":                   List,
		"list-unsubscribe: <mailto:u@shop.example>":      List,
		"List-Post: NO":                                  List,
		"X-Auto-Response-Suppress: All":                  Suppressed,
		"X-Auto-Response-Suppress: DR, OOF":              Suppressed,
		"X-Auto-Response-Suppress: AutoReply":            Suppressed,
		"X-Autoreply: yes":                               AutoResponder,
		"Delivered-To: Autoresponder":                    AutoResponder,
		"X-MLServer: fml":                                List,
		"X-Mailing-List: <birds@shop.example>":           List,
		"X-Libredesk-Loop-Prevention: care@desk.example": Loop,
		"X-Autorespond: away":                            AutoResponder,
		"X-Failed-Recipients: gone@customer.example":     AutoResponder,
		"Precedence: bulk":                               Precedence,
		"Precedence: Auto_Reply":                         Precedence,
		"X-Precedence: junk":                             Precedence,
		"X-Loop: care@acme.example":                      Loop,
		"X-Pronto-Loop: anything":                        Loop,
		"Content-Type: multipart/report; boundary=x":     Report,
		"Content-Type: message/delivery-status":          Report,
		"Content-Type: message/disposition-notification": Report,
		"From: second@customer.example":                  NoSender,
		"Reply-To: no-reply@customer.example":            NoReplySender,
	} {
		if got := Machine(parsed(t, customer+h+body1), verified(), ours); got != want {
			t.Errorf("%s: got %q, want %q", h, got, want)
		}
	}
}

func TestMachineEnvelope(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Envelope)
		want   Silence
	}{
		"a person":               {func(*Envelope) {}, ""},
		"null path":              {func(e *Envelope) { e.MailFrom = "" }, NullReturnPath},
		"null path in brackets":  {func(e *Envelope) { e.MailFrom = "<>" }, NullReturnPath},
		"a mail system":          {func(e *Envelope) { e.MailFrom = "MAILER-DAEMON@mx.customer.example" }, NullReturnPath},
		"a virus":                {func(e *Envelope) { e.Virus = Fail }, Virus},
		"a bounce with a virus":  {func(e *Envelope) { e.Virus, e.MailFrom = Fail, "" }, Virus},
		"spam":                   {func(e *Envelope) { e.Spam = Fail }, Spam},
		"perhaps spam":           {func(e *Envelope) { e.Spam = Gray }, ""},
		"scanner out of order":   {func(e *Envelope) { e.Spam, e.Virus = ProcessingFailed, Disabled }, ""},
		"refused by its domain":  {func(e *Envelope) { e.DMARC, e.DMARCPolicy = Fail, "REJECT" }, Unauthenticated},
		"to be quarantined":      {func(e *Envelope) { e.DMARC, e.DMARCPolicy = Fail, "quarantine" }, Unauthenticated},
		"a domain without DMARC": {func(e *Envelope) { e.DMARC = Gray }, ""},
		"nothing verified":       {func(e *Envelope) { e.DMARC, e.SPF = Gray, Gray }, Unauthenticated},
		"somebody else's path":   {func(e *Envelope) { e.DMARC, e.MailFrom = Gray, "eve@evil.example" }, Unauthenticated},
	} {
		env := verified()
		c.change(&env)
		if got := Machine(parsed(t, customer+body1), env, ours); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestMachineSenders(t *testing.T) {
	for from, want := range map[string]Silence{
		"giulia@customer.example":            "",
		"casino.reply@customer.example":      "",
		"Norbert.Reply@customer.example":     "",
		"norma@customer.example":             "",
		"bouncer@customer.example":           "",
		"daemon.hunter@customer.example":     "",
		"abuse@customer.example":             "",
		"request@customer.example":           "",
		"noreply@customer.example":           NoReplySender,
		"No-Reply@customer.example":          NoReplySender,
		"no_reply+x7@customer.example":       NoReplySender,
		"shop-noreply@customer.example":      NoReplySender,
		"do-not-reply@customer.example":      NoReplySender,
		"donotreply@customer.example":        NoReplySender,
		"non-rispondere@customer.example":    NoReplySender,
		"ne-pas-repondre@customer.example":   NoReplySender,
		"nao-responda@customer.example":      NoReplySender,
		"MAILER-DAEMON@customer.example":     NoReplySender,
		"post_master@customer.example":       NoReplySender,
		"bounces+12-34@customer.example":     NoReplySender,
		"owner-birds@customer.example":       NoReplySender,
		"birds-request@customer.example":     NoReplySender,
		"root@localhost":                     NoSender,
		"Whomever":                           NoSender,
		"ana@acme.example":                   OwnAddress,
		"жанна@customer.example":             NoSender,
		"a@customer.example, b@evil.example": NoSender,
	} {
		if got := Machine(parsed(t, "From: "+from+"\nSubject: My bag"+body1), verified(), ours); got != want {
			t.Errorf("%s: got %q, want %q", from, got, want)
		}
	}
}

func TestAutomaticSubjects(t *testing.T) {
	for _, s := range []string{
		"Automatic reply: My bag", "Auto-Reply", "autoreply: x", "Out of Office: My bag", "Out of office", "I am out of the office",
		"I’m out of the office!", "OUT OF OFFICE AUTO-REPLY: x", "Vacation auto-reply", "Risposta automatica: Re: bag", "Fuori sede: bag",
		"Respuesta automática: maleta", "Fuera de la oficina", "Réponse automatique : bagage", "Message d'absence", "Automatische Antwort: Koffer",
		"Abwesenheitsnotiz", "Abwesenheit: Koffer", "Resposta automática: mala", "Автоматический ответ: багаж", "Автоответ",
		"Undelivered Mail Returned to Sender", "Undeliverable: My bag", "Mail delivery failed: returning message to sender",
		"Delivery Status Notification (Failure)", "failure notice", "Returned mail: see transcript for details", "Unzustellbar: Koffer",
		"[Auto-Reply] My bag",
	} {
		if !automaticSubject(s) {
			t.Errorf("%q should be automatic", s)
		}
	}
	for _, s := range []string{
		"", "My bag", "Out of office chairs?", "Re: Out of office chairs", "Re: Automatic reply: My bag", "Your office is out of order",
		"Vacation: booking 7", "Vacation rentals", "Automatic doors on flight 7", "Auto reply is broken on your site", "Delivery failed: my parcel",
		"Delivery failure", "Undeliverable parcel 77", "Message from a customer", "Absence of an answer", "Abwesenheit meines Koffers",
		"Fuori sede di lavoro e senza bagaglio", "Complaint about message from your staff", "Returned mail order goods", "Notification",
	} {
		if automaticSubject(s) {
			t.Errorf("%q is a person's", s)
		}
	}
}

func TestEverySilenceHasWords(t *testing.T) {
	for s, w := range silenceWords {
		if w == "" || s.Words() != w || s.String() != string(s) {
			t.Errorf("%s: %q", s, s.Words())
		}
	}
	if Silence("").Words() != "" || !strings.Contains(Silence("new").Words(), "new") {
		t.Error("no silence has no words; an unknown one at least its code")
	}
}

func TestAligned(t *testing.T) {
	const sig = "DKIM-Signature: v=1; a=rsa-sha256; d="
	for _, c := range []struct {
		name, header string
		env          Envelope
		want         bool
	}{
		{"DMARC", "", Envelope{MailFrom: "x@relay.example", DMARC: Pass}, true},
		{"SPF, same domain", "", Envelope{MailFrom: "x@customer.example", SPF: Pass}, true},
		{"SPF, subdomain", "", Envelope{MailFrom: "<x@Bounce.Customer.example>", SPF: Pass}, true},
		{"SPF fails", "", Envelope{MailFrom: "x@customer.example", SPF: Fail}, false},
		{"SPF, other domain", "", Envelope{MailFrom: "x@evil.example", SPF: Pass}, false},
		{"SPF, like name", "", Envelope{MailFrom: "x@notcustomer.example", SPF: Pass}, false},
		{"SPF, null path", "", Envelope{SPF: Pass}, false},
		{"DKIM", sig + "customer.example; s=k", Envelope{DKIM: Pass}, true},
		{"DKIM, subdomain and folded", sig + "mail.\n customer.example; s=k", Envelope{DKIM: Pass}, true},
		{"DKIM without signature", "", Envelope{DKIM: Pass}, false},
		{"DKIM fails", sig + "customer.example", Envelope{DKIM: Fail}, false},
		{"DKIM of another", sig + "evil.example", Envelope{DKIM: Pass}, false},
		{"DKIM of both", sig + "customer.example\n" + sig + "evil.example", Envelope{DKIM: Pass}, false},
		{"DKIM with two d=", sig + "customer.example; d=evil.example", Envelope{DKIM: Pass}, false},
		{"DKIM without d=", "DKIM-Signature: v=1; bh=x", Envelope{DKIM: Pass}, false},
		{"nothing", "", Envelope{}, false},
	} {
		m := parsed(t, customer+c.header+body1)
		if got := Aligned(m, c.env); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
	if Aligned(parsed(t, "From: a@customer.example, b@evil.example"+body1), Envelope{DMARC: Pass}) {
		t.Error("two senders: SES may have judged the other one")
	}
}

func TestOrganisation(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"mail.shop.co.uk", "shop.co.uk", true},
		{"one.co.uk", "two.co.uk", false},
		{"co.uk", "shop.co.uk", false},
		{"ana.github.io", "eve.github.io", false},
		{"Acme.Example.", "acme.example", true},
		{"", "", false},
		{"[192.0.2.1]", "[192.0.2.1]", false},
	} {
		if got := sameOrganisation(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: got %v", c.a, c.b, got)
		}
	}
}
