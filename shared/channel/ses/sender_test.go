package ses_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	netmail "net/mail"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"pronto/infra/local"
	"pronto/infra/local/faults"
	sesbox "pronto/infra/local/ses"
	"pronto/shared/channel"
	"pronto/shared/channel/ses"
)

// post is a local AWS from which acme.example may send, and a Sender whose requests are counted.
type post struct {
	*testing.T
	*local.AWS
	cfg      aws.Config
	requests atomic.Int64
	answer   func(*http.Request) (*http.Response, error) // in place of the local AWS, when set
}

func open(t *testing.T) *post {
	t.Helper()
	a, err := local.Open(t.Context(), local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	p := &post{T: t, AWS: a}
	if p.cfg, err = a.Config(t.Context()); err != nil {
		t.Fatal(err)
	}
	setup := sesv2.NewFromConfig(p.cfg)
	if _, err := setup.CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("acme.example")}); err != nil {
		t.Fatal(err)
	}
	if _, err := setup.CreateConfigurationSet(t.Context(), &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("pronto")}); err != nil {
		t.Fatal(err)
	}
	p.cfg.HTTPClient = p
	p.cfg.RetryMode, p.cfg.RetryMaxAttempts = aws.RetryModeStandard, 2 // so many tries for whoever allows himself a second
	return p
}

// Do counts a request and hands it on.
func (p *post) Do(r *http.Request) (*http.Response, error) {
	p.requests.Add(1)
	if p.answer != nil {
		return p.answer(r)
	}
	return http.DefaultClient.Do(r)
}

func (p *post) sender() *ses.Sender { return ses.NewSender(p.cfg, "pronto") }

// left is what the outbox holds.
func (p *post) left() []sesbox.Row {
	p.Helper()
	rows, err := p.SES.Outbox(0, 100)
	if err != nil {
		p.Fatal(err)
	}
	return rows
}

func receipt() channel.Outgoing {
	return channel.Outgoing{
		Effect: "000001-0", Brand: "acme-air", Conversation: "mzxw6ytboi3dsnzq", Kind: channel.Receipt,
		From: channel.Party{Name: "Acme Air", Address: "care@acme.example"}, To: channel.Party{Name: "Mira", Address: "mira@customer.example"},
		ReplyTo: "r+atoken@reply.acme.example", Subject: "Acme Air: we have your message", Text: "Good day\n", HTML: "<p>Good day</p>", Language: "en",
		InReplyTo: "2@customer.example", References: []string{"1@customer.example", "2@customer.example"},
	}
}

// send sends o and returns the header of the mail that left.
func (p *post) send(o channel.Outgoing) (netmail.Header, sesbox.Row) {
	p.Helper()
	before := len(p.left())
	sent, err := p.sender().Send(p.Context(), o)
	if err != nil {
		p.Fatalf("send: %v", err)
	}
	rows := p.left()
	if len(rows) != before+1 {
		p.Fatalf("%d mails left, want one", len(rows)-before)
	}
	row := rows[before]
	m, err := netmail.ReadMessage(bytes.NewReader(row.Raw))
	if err != nil {
		p.Fatal(err)
	}
	if sent.ProviderID == "" || sent.ProviderID != row.MessageID || ses.ThreadID(strings.Trim(m.Header.Get("Message-ID"), "<>")) != sent.ProviderID {
		p.Errorf("told %q, left as %q with Message-ID %s: an answer could not be joined", sent.ProviderID, row.MessageID, m.Header.Get("Message-ID"))
	}
	return m.Header, row
}

func TestAReceiptAsItLeaves(t *testing.T) {
	p := open(t)
	h, row := p.send(receipt())
	for name, want := range map[string]string{
		"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "X-Pronto-Loop": "acme-air", "In-Reply-To": "<2@customer.example>",
		"References": "<1@customer.example> <2@customer.example>", "Reply-To": `"Acme Air" <r+atoken@reply.acme.example>`, "From": `"Acme Air" <care@acme.example>`,
		"To": `"Mira" <mira@customer.example>`, "Subject": "Acme Air: we have your message", "Content-Language": "en", "X-Pronto-Possible-Duplicate": "",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{ses.TagBrand: "acme-air", ses.TagConversation: "mzxw6ytboi3dsnzq", ses.TagEffect: "000001-0", ses.TagKind: "receipt"} {
		if got := row.Tags[name]; len(got) != 1 || got[0] != want {
			t.Errorf("tag %s: %q, want %q", name, got, want)
		}
	}
	if row.ConfigurationSet != "pronto" || len(row.To) != 1 || row.To[0] != "mira@customer.example" || row.From != "care@acme.example" {
		t.Errorf("it left from %s to %v by the set %q", row.From, row.To, row.ConfigurationSet)
	}
}

func TestWhatDiffersFromAReceipt(t *testing.T) {
	p := open(t)
	o := receipt()
	o.PossibleDuplicate = true
	if h, _ := p.send(o); h.Get("X-Pronto-Possible-Duplicate") != "yes" {
		t.Errorf("a second try is not marked: %v", h)
	}
	o = receipt()
	o.Kind, o.ReplyTo, o.InReplyTo, o.References = channel.Reply, "", "", nil
	h, _ := p.send(o)
	if h.Get("Auto-Submitted") != "" || h.Get("X-Auto-Response-Suppress") != "" {
		t.Errorf("a person's reply says that a machine wrote it: %v", h)
	}
	for _, name := range []string{"Reply-To", "In-Reply-To", "References"} {
		if _, there := h[name]; there {
			t.Errorf("%s is there, and empty", name)
		}
	}
}

// The three fates of an error; only what was refused for its rate, and so is certainly unsent, is asked a second time.
func TestAnErrorHasOneOfThreeFates(t *testing.T) {
	type want struct {
		permanent, unsent bool
		requests          int64
		left              int
	}
	strike := func(k faults.Kind) func(*post, *channel.Outgoing) {
		return func(p *post, _ *channel.Outgoing) {
			if err := p.Faults.Set(faults.Fault{Kind: k, Service: "ses", Operation: "SendEmail"}); err != nil {
				p.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		spoil func(*post, *channel.Outgoing)
		want
	}{
		"it cannot be written":        {func(_ *post, o *channel.Outgoing) { o.To.Address = "nobody" }, want{permanent: true}},
		"a header would be injected":  {func(_ *post, o *channel.Outgoing) { o.InReplyTo = "x\r\nBcc: a@evil.example" }, want{permanent: true}},
		"the sender is not verified":  {func(_ *post, o *channel.Outgoing) { o.From.Address = "care@unverified.example" }, want{unsent: true, requests: 1}},
		"SES finds the request bad":   {func(_ *post, o *channel.Outgoing) { o.Brand = "acme air" }, want{permanent: true, requests: 1}},
		"too many requests":           {strike(faults.Throttle), want{unsent: true, requests: 2}},
		"an error of SES's own":       {strike(faults.ServerError), want{requests: 1}},
		"it left, the answer is lost": {strike(faults.Torn), want{requests: 1, left: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			p, o := open(t), receipt()
			c.spoil(p, &o)
			sent, err := p.sender().Send(t.Context(), o)
			got := want{channel.IsPermanent(err), channel.IsUnsent(err), p.requests.Load(), len(p.left())}
			if err == nil || sent != (channel.Sent{}) || got != c.want {
				t.Errorf("%+v, want %+v; sent %+v, error %v", got, c.want, sent, err)
			}
		})
	}
}

// Errors that the local AWS has no cause for, in the shape that SES documents: code in a header, status beside.
func TestWhatSESRefusesForNowWasNotSent(t *testing.T) {
	p := open(t)
	for code, status := range map[string]int{
		"LimitExceededException": 400, "SendingPausedException": 400, "AccountSuspendedException": 400, "MailFromDomainNotVerifiedException": 400,
		"NotFoundException": 404, "AccessDeniedException": 403, "ExpiredTokenException": 403, "ThrottlingException": 400,
	} {
		p.requests.Store(0)
		p.answer = func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Request: r, Header: http.Header{"X-Amzn-Errortype": {code}, "Content-Type": {"application/json"}},
				Body: io.NopCloser(strings.NewReader(`{"message": "no"}`))}, nil
		}
		if _, err := p.sender().Send(t.Context(), receipt()); !channel.IsUnsent(err) || p.requests.Load() != 1 {
			t.Errorf("%s: %d requests, %v; want one, certainly unsent", code, p.requests.Load(), err)
		}
	}
}

func TestWhatSESRejectsItNeverTakes(t *testing.T) {
	p := open(t)
	p.answer = func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusBadRequest, Request: r, Header: http.Header{"X-Amzn-Errortype": {"MessageRejected"}, "Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(`{"message": "the content is refused"}`))}, nil
	}
	if _, err := p.sender().Send(t.Context(), receipt()); !channel.IsPermanent(err) || p.requests.Load() != 1 {
		t.Errorf("%d requests, %v; want one, refused for good", p.requests.Load(), err)
	}
}

func TestASilentSESMayHaveSent(t *testing.T) {
	p := open(t)
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"reset":       func(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset by peer") },
		"timeout":     func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded },
		"unavailable": func(r *http.Request) (*http.Response, error) { return plain(r, http.StatusServiceUnavailable, "") },
		"half a word": func(r *http.Request) (*http.Response, error) { return plain(r, http.StatusOK, `{"MessageId": "01`) },
	} {
		p.requests.Store(0)
		p.answer = answer
		_, err := p.sender().Send(t.Context(), receipt())
		if err == nil || channel.IsUnsent(err) || channel.IsPermanent(err) || p.requests.Load() != 1 {
			t.Errorf("%s: %d requests, %v; want one, fate unknown", name, p.requests.Load(), err)
		}
	}
}

func plain(r *http.Request, status int, body string) (*http.Response, error) {
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Request: r, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}
