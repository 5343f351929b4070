package pager_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pronto/infra/local"
	"pronto/infra/local/clock"
	"pronto/infra/local/faults"
	"pronto/infra/local/pushservice"
	"pronto/shared/channel"
	"pronto/shared/channel/pager"
	"pronto/shared/channel/webhook"
	"pronto/shared/channel/webpush"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// mails is a sender that keeps what it is given, or fails.
type mails struct {
	sent []channel.Outgoing
	err  error
}

func (m *mails) Send(_ context.Context, o channel.Outgoing) (channel.Sent, error) {
	if m.err != nil {
		return channel.Sent{}, m.err
	}
	m.sent = append(m.sent, o)
	return channel.Sent{ProviderID: "ses-1"}, nil
}

// post is one that a hook got.
type post struct {
	header http.Header
	body   []byte
}

// rig is a pager with all ways: mails that are kept, a hook that answers status, texts by a local SNS.
type rig struct {
	*pager.Pager
	aws     *local.AWS
	mails   *mails
	secrets webhook.Secrets
	hook    string
	status  int
	posts   []post

	service *pushservice.Service
	key     webpush.Key
}

func newRig(t *testing.T) *rig {
	t.Helper()
	a, err := local.Open(t.Context(), local.Options{Dir: t.TempDir(), Clock: clock.Stopped(monday)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	r := &rig{aws: a, mails: &mails{}, status: http.StatusOK}
	server := httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(server.Close)
	r.hook = server.URL + "/hook"
	if r.secrets, err = webhook.ParseSecrets([]string{"whsec_" + strings.Repeat("QUJD", 8)}); err != nil {
		t.Fatal(err)
	}
	posts, err := webhook.NewClient(webhook.Options{Allow: []string{strings.TrimPrefix(server.URL, "http://")}, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := a.Config(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.service = pushservice.New(a.Clock.Now)
	t.Cleanup(r.service.Close)
	if r.key, err = webpush.KeyOf([]byte("secret")); err != nil {
		t.Fatal(err)
	}
	pushes, err := webpush.New(webpush.Services{Local: []string{r.service.Host()}}, r.key, "https://desk.acme.example", a.Clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	r.Pager = pager.New(cfg, r.mails, posts, pushes, func(context.Context, string) (webhook.Secrets, error) { return r.secrets, nil }, a.Clock.Now)
	return r
}

func (r *rig) take(w http.ResponseWriter, req *http.Request) {
	b, _ := io.ReadAll(req.Body)
	r.posts = append(r.posts, post{req.Header, b})
	w.WriteHeader(r.status)
}

func call(t *testing.T, ways ...policy.Way) pager.Call {
	t.Helper()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	return pager.Call{
		EffectRef: desk.EffectRef{Ref: desk.Ref{Brand: "acme-air", Conversation: "mzxw6ytboi3dsnzq"}, ID: "000002-1"}, About: "mzxw6ytboi3dsnzq",
		Page:  desk.Page{Agent: "ana", Ways: ways, Why: "breached", Step: 1, Priority: triage.Urgent, Due: monday.Add(5 * time.Minute)},
		Brand: "Acme Air", From: channel.Party{Name: "Acme Air", Address: "care@acme.example"}, Agent: "Ana Ferrante", Has: "Marta Lindqvist", Zone: rome,
		Link: "https://desk.acme.example/page/a" + strings.Repeat("x", 68),
	}
}

func (r *rig) send(t *testing.T, kind, to string) error {
	t.Helper()
	way := policy.Way{Kind: kind, To: to}
	_, err := r.Send(t.Context(), way, call(t, way))
	return err
}

func TestAMailTellsWhatAnAgentNeeds(t *testing.T) {
	r := newRig(t)
	if err := r.send(t, "mail", "ana@staff.acme.example"); err != nil || len(r.mails.sent) != 1 {
		t.Fatal(err, r.mails.sent)
	}
	m := r.mails.sent[0]
	if m.Subject != "[urgent] Acme Air: a conversation waits for you" || m.Kind != channel.Page || m.To.Address != "ana@staff.acme.example" || m.Effect != "000002-1" {
		t.Errorf("%+v", m)
	}
	for _, want := range []string{"Acme Air", "it was not answered in time", "urgent", "Monday 23 November 2026, 10:05 CET", "Marta Lindqvist", "I have it", call(t).Link} {
		for part, text := range map[string]string{"text": m.Text, "HTML": m.HTML} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in the %s:\n%s", want, part, text)
			}
		}
	}
}

func TestAMailEscapesNames(t *testing.T) {
	r := newRig(t)
	c := call(t)
	c.Brand, c.Has, c.Page.Due = "Rock & <b>Roll</b>", "", time.Time{}
	if _, err := r.Send(t.Context(), policy.Way{Kind: "mail", To: "ana@staff.acme.example"}, c); err != nil {
		t.Fatal(err)
	}
	m := r.mails.sent[0]
	if strings.Contains(m.HTML, "<b>Roll") || !strings.Contains(m.HTML, "Rock &amp; &lt;b&gt;") || !strings.Contains(m.Text, "Rock & <b>") {
		t.Errorf("%s\n%s", m.Text, m.HTML)
	}
	if strings.Contains(m.Text, "Due") || strings.Contains(m.Text, "Assigned") {
		t.Errorf("facts without a value:\n%s", m.Text)
	}
}

func TestAWebhookIsSigned(t *testing.T) {
	r := newRig(t)
	for range 2 {
		if err := r.send(t, "webhook", r.hook); err != nil {
			t.Fatal(err)
		}
	}
	id, err := r.secrets.Verify(r.posts[0].header, r.posts[0].body, monday)
	if err != nil || id != "mzxw6ytboi3dsnzq-000002-1" || r.posts[1].header.Get("Webhook-Id") != id {
		t.Errorf("id %q, %v; the second has %q", id, err, r.posts[1].header.Get("Webhook-Id"))
	}
	var got map[string]any
	if err := json.Unmarshal(r.posts[0].body, &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"type": "page", "conversation": "mzxw6ytboi3dsnzq", "brand": "acme-air", "agent": "ana", "why": "breached", "step": 1.0, "priority": "urgent",
		"due": "2026-11-23T09:05:00Z", "assignee": "Marta Lindqvist", "link": call(t).Link, "created_at": "2026-11-23T09:00:00Z",
	} {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
}

func TestSlackGetsTextAndBlocks(t *testing.T) {
	r := newRig(t)
	c := call(t)
	c.Brand = "<!channel> & Co"
	if _, err := r.Send(t.Context(), policy.Way{Kind: "slack", To: r.hook}, c); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Text   string
		Blocks []struct {
			Type     string
			BlockID  string `json:"block_id"`
			Text     struct{ Type, Text string }
			Elements []struct {
				Type, URL string
				Text      struct{ Type, Text string }
			}
		}
	}
	if err := json.Unmarshal(r.posts[0].body, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Blocks) != 2 || got.Blocks[0].Text.Type != "mrkdwn" || len(got.Blocks[1].Elements) != 1 || got.Blocks[1].Elements[0].URL != c.Link {
		t.Fatalf("%s", r.posts[0].body)
	}
	for _, s := range []string{got.Text, got.Blocks[0].Text.Text} {
		if strings.Contains(s, "<!channel>") || !strings.Contains(s, "&lt;!channel&gt; &amp; Co") {
			t.Errorf("a name is read as mark-up: %s", s)
		}
	}
	if !strings.Contains(got.Text, c.Link) || r.posts[0].header.Get("Webhook-Signature") != "" {
		t.Errorf("text %q, headers %v", got.Text, r.posts[0].header)
	}
}

func TestATextMessageFitsAndHasItsLink(t *testing.T) {
	r := newRig(t)
	for _, x := range []struct {
		brand, link string
		linked      bool
	}{
		{"Acme Air", call(t).Link, true},
		{"Škoda Ünïted – 空港", call(t).Link, true},
		{strings.Repeat("Acme Air ", 20), call(t).Link, true},
		{"Acme Air", "https://desk.acme.example/page/" + strings.Repeat("x", 150), false},
		{"Acme Air", "https://desk.空港.example/page/abc", false},
	} {
		c := call(t)
		c.Brand, c.Link = x.brand, x.link
		if _, err := r.Send(t.Context(), policy.Way{Kind: "sms", To: "+390655501230"}, c); err != nil {
			t.Fatal(err)
		}
		all, err := r.aws.SNS.Texts(0, 100)
		if err != nil {
			t.Fatal(err)
		}
		m := all[len(all)-1]
		if len(m.Message) > 160 || !strings.HasPrefix(m.Message, "[urgent]") || strings.Contains(m.Message, x.link) != x.linked || m.Type != "Transactional" {
			t.Errorf("%d characters: %s", len(m.Message), m.Message)
		}
		for _, letter := range m.Message {
			if letter > '~' {
				t.Errorf("%q is not in the GSM alphabet: %s", letter, m.Message)
			}
		}
	}
}

// What an error means is what channel.Sender says.
func TestFates(t *testing.T) {
	r := newRig(t)
	fate := func(err error) string {
		switch {
		case err == nil:
			return "sent"
		case channel.IsPermanent(err):
			return "permanent"
		case channel.IsUnsent(err):
			return "unsent"
		}
		return "open"
	}
	for status, want := range map[int]string{200: "sent", 404: "permanent", 429: "unsent", 500: "open"} {
		r.status = status
		for _, kind := range []string{"webhook", "slack"} {
			if err := r.send(t, kind, r.hook); fate(err) != want {
				t.Errorf("%s answered %d: %v", kind, status, err)
			}
		}
	}
	for to, want := range map[string]string{"https://127.0.0.1/hook": "unsent", "http://10.0.0.1/": "unsent"} {
		if err := r.send(t, "slack", to); fate(err) != want {
			t.Errorf("%s: %v", to, err)
		}
	}
	if err := r.send(t, "sms", "0655501230"); fate(err) != "permanent" {
		t.Errorf("a number that is none: %v", err)
	}
	if err := r.send(t, "pigeon", "loft"); fate(err) != "permanent" {
		t.Errorf("a way that is none: %v", err)
	}
	for _, x := range []struct {
		kind faults.Kind
		want string
	}{{faults.ServerError, "open"}, {faults.Throttle, "unsent"}} {
		if err := r.aws.Faults.Set(faults.Fault{Kind: x.kind, Service: "sns", Operation: "Publish", Times: 1}); err != nil {
			t.Fatal(err)
		}
		if err := r.send(t, "sms", "+390655501230"); fate(err) != x.want {
			t.Errorf("%s: %v", x.kind, err)
		}
	}
}

func TestTheFirstWayThatTakesIt(t *testing.T) {
	r := newRig(t)
	mail, hook, sms := policy.Way{Kind: "mail", To: "ana@staff.acme.example"}, policy.Way{Kind: "webhook", To: r.hook}, policy.Way{Kind: "sms", To: "+390655501230"}
	if _, by, err := r.First(t.Context(), call(t, mail, hook, sms)); err != nil || by != mail || len(r.posts) > 0 {
		t.Errorf("by %v, %v, and %d posts", by, err, len(r.posts))
	}
	for name, err := range map[string]error{"permanent": channel.Permanent(errors.New("no")), "unsent": channel.Unsent(errors.New("later")), "open": errors.New("torn")} {
		r.mails.err = err
		if _, by, err := r.First(t.Context(), call(t, mail, hook, sms)); err != nil || by != hook {
			t.Errorf("%s: by %v, %v", name, by, err)
		}
	}
	r.status = http.StatusNotFound
	for _, x := range []struct {
		mail error
		want func(error) bool
	}{
		{channel.Permanent(errors.New("no")), channel.IsPermanent},
		{channel.Unsent(errors.New("later")), channel.IsUnsent},
		{errors.New("torn"), func(err error) bool { return err != nil && !channel.IsPermanent(err) && !channel.IsUnsent(err) }},
	} {
		r.mails.err = x.mail
		if _, _, err := r.First(t.Context(), call(t, mail, hook)); !x.want(err) {
			t.Errorf("%v, then not found: %v", x.mail, err)
		}
	}
	if _, _, err := r.First(t.Context(), call(t)); !channel.IsPermanent(err) {
		t.Errorf("no way at all: %v", err)
	}
}

// One conversation is one alert: triggered by each page under the same key, then acknowledged, then resolved.
func TestPagerDutyHasOneAlertAConversation(t *testing.T) {
	r := newRig(t)
	key := strings.Repeat("0a", 16)
	to := policy.Way{Kind: "pagerduty", To: key + "@" + r.hook}
	c := call(t)
	for _, signal := range []desk.Signal{"", desk.Acknowledge, desk.Resolve} {
		c.Page.Signal = signal
		if _, err := r.Send(t.Context(), to, c); err != nil {
			t.Fatal(err)
		}
	}
	var dedup string
	for i, want := range []string{"trigger", "acknowledge", "resolve"} {
		var got struct {
			RoutingKey string `json:"routing_key"`
			Action     string `json:"event_action"`
			DedupKey   string `json:"dedup_key"`
			Payload    *struct{ Summary, Source, Severity, Timestamp string }
			Links      []struct{ Href string }
		}
		if err := json.Unmarshal(r.posts[i].body, &got); err != nil {
			t.Fatal(err)
		}
		if got.RoutingKey != key || got.Action != want || got.DedupKey == "" || i > 0 && got.DedupKey != dedup {
			t.Errorf("%s", r.posts[i].body)
		}
		if trigger := i == 0; trigger != (got.Payload != nil) || trigger && (got.Payload.Summary == "" || got.Payload.Source == "" || got.Payload.Severity == "" || got.Links[0].Href != c.Link) {
			t.Errorf("%s", r.posts[i].body)
		}
		dedup = got.DedupKey
	}
}

// device is a new browser of Ana's.
func (r *rig) device(language string) (desk.Device, *pushservice.Browser) {
	b := r.service.Subscribe(r.key.Public())
	return desk.Device{ID: b.Endpoint, Endpoint: b.Endpoint, Public: b.Public, Auth: b.Auth, Language: language}, b
}

// A locked screen shows brand, priority and by when, in the language of the device's console; the rest is where a press leads.
func TestADeviceShowsNothingOfTheCustomers(t *testing.T) {
	r := newRig(t)
	phone, on := r.device("it")
	laptop, there := r.device("en")
	c := call(t)
	c.Page.By, c.Page.Foreseen = "Oleg Petrov", "3 will breach"
	for _, p := range r.Beside(t.Context(), c, desk.Devices{phone, laptop}) {
		if p.Fate != "" {
			t.Errorf("%+v, %v", p, r.service.Wrong())
		}
	}
	got := r.service.Took(on)
	want := `{"title":"[urgente] Acme Air: una conversazione ti aspetta","body":"Scade il 23/11, 10:05 CET","tag":"mzxw6ytboi3dsnzq","open":"/console/conversations/mzxw6ytboi3dsnzq","have":"/page/a` + strings.Repeat("x", 68) + `","do":"Ce l’ho io","lang":"it"}`
	if len(got) != 1 || got[0].Plain != want || got[0].Topic != "mzxw6ytboi3dsnzq" || got[0].Urgency != "high" || got[0].TTL != time.Hour {
		t.Errorf("%+v", got)
	}
	if got := r.service.Took(there); len(got) != 1 || !strings.Contains(got[0].Plain, `"[urgent] Acme Air: a conversation waits for you","body":"Due Mon 23 Nov, 10:05 CET"`) {
		t.Errorf("%+v", got)
	}
}

// A push tells the agent's devices apart by what became of each.
func TestFatesOfPushes(t *testing.T) {
	r := newRig(t)
	var all desk.Devices
	want := map[string]desk.PushFate{}
	for status, fate := range map[int]desk.PushFate{0: "", 404: desk.PushGone, 410: desk.PushGone, 403: desk.PushRefused, 429: desk.PushLater, 503: desk.PushLater} {
		d, b := r.device("en")
		r.service.Answers(b, status, "60")
		all, want[d.ID] = append(all, d), fate
	}
	away, _ := r.device("en")
	away.Endpoint = "http://127.0.0.1:1/nobody"
	all, want[away.ID] = append(all, away), desk.PushRefused
	for _, p := range r.Beside(t.Context(), call(t), all) {
		if p.Fate != want[p.Device] || (p.Fate == desk.PushLater) != (p.Until != nil && p.Until.Sub(monday) == time.Minute) {
			t.Errorf("%+v, want %q", p, want[p.Device])
		}
	}
	phone, b := r.device("it")
	if p := r.Try(t.Context(), phone); p.Fate != "" || !p.Test || !strings.Contains(r.service.Took(b)[0].Plain, "Una prova da Pronto") {
		t.Errorf("%+v %+v", p, r.service.Took(b))
	}
}
