package desk_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/edge"
	"pronto/shared/channel/webhook"
	"pronto/shared/setup"
)

const (
	one = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	two = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
)

// hook posts a body to the running desk, signed with secret at a time so much away from now.
func hook(t *testing.T, d *desk.Desk, secret, body string, away time.Duration) (status int, answer map[string]any) {
	t.Helper()
	s, err := webhook.ParseSecrets([]string{secret})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, d.URL()+"/hooks/custom", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if r.Header, err = s.Sign("msg_1", time.Now().Add(away), []byte(body)); err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || json.Unmarshal(b, &answer) != nil {
		t.Fatalf("%d %s %v", res.StatusCode, b, err)
	}
	return res.StatusCode, answer
}

func mention(id, text string) string {
	return fmt.Sprintf(`{"id":%q,"author":{"handle":"@mira"},"text":%q,"created_at":%q}`, id, text, time.Now().UTC().Format(time.RFC3339))
}

// A mention through the running desk: what is refused and why, one id for a duplicate, and the receipt in the outbox beside the mails.
func TestHooks(t *testing.T) {
	d := open(t, desk.Options{})
	secrets, generated, err := d.HookSecrets(t.Context())
	if err != nil || !generated || len(secrets) != 1 {
		t.Fatalf("%d secrets, generated %v: %v", len(secrets), generated, err)
	}
	whole := mention("net-1", "@acmeair my suitcase is lost!")
	for _, c := range []struct {
		name, secret, body string
		away               time.Duration
		status             int
		field              string
	}{
		{"another secret", two, whole, 0, 401, ""},
		{"long ago", secrets[0], whole, -6 * time.Minute, 401, ""},
		{"ahead", secrets[0], whole, 6 * time.Minute, 401, ""},
		{"no text", secrets[0], strings.Replace(whole, `"text"`, `"words"`, 1), 0, 400, "text"},
		{"a brand that is none", secrets[0], strings.Replace(whole, `{`, `{"brand":"nobody",`, 1), 0, 400, "brand"},
		{"too large", secrets[0], strings.Replace(whole, `{`, `{"pad":"`+strings.Repeat("a", 300<<10)+`",`, 1), 0, 413, ""},
	} {
		status, v := hook(t, d, c.secret, c.body, c.away)
		if field, _ := v["field"].(string); status != c.status || field != c.field {
			t.Errorf("%s: %d %v", c.name, status, v)
		}
	}
	status, first := hook(t, d, secrets[0], whole, 0)
	again, second := hook(t, d, secrets[0], whole, 0)
	if status != 202 || again != 202 || first["id"] == "" || first["id"] != second["id"] {
		t.Fatalf("%d %v, %d %v", status, first, again, second)
	}
	p := await(t, d, 1)[0]
	if p.Channel != "custom" || p.Kind != "receipt" || p.To != "@mira" || p.Headers["In-Reply-To"] != "net-1" || p.Seq != 1 || !strings.Contains(p.Text, "automatic") {
		t.Errorf("the receipt is %+v", p)
	}
	var raw edge.Post
	if json.Unmarshal([]byte(p.Raw), &raw) != nil || raw.ID != p.Headers["Webhook-Id"] || raw.Conversation != p.Conversation {
		t.Errorf("raw is %s", p.Raw)
	}
	send(t, d, "ada@home.example", "care@acme.example", "From: ada@home.example\nSubject: Bag\nMessage-ID: <1@home.example>\n\nWhere is it?\n")
	if out := await(t, d, 2); out[1].Channel != "email" || out[1].Seq != 2 {
		t.Errorf("the mail's receipt is %+v", out[1])
	}
	if console := d.Setup.Env(setup.ConsoleURL); console != d.URL() {
		t.Errorf("the console is said to be at %s, not %s", console, d.URL())
	}
}

// A generated secret and the outbox of posts are there after a restart; a secret that is given takes the place of the generated one.
func TestHooksAfterARestart(t *testing.T) {
	o := with(t, desk.Options{})
	start := func() *desk.Desk {
		d, err := desk.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := start()
	before, _, err := d.HookSecrets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hook(t, d, before[0], mention("net-1", "Where is my bag?"), 0)
	accepted(t, d, 1)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = start()
	after, generated, err := d.HookSecrets(t.Context())
	if err != nil || !generated || after[0] != before[0] {
		t.Errorf("another secret after the restart, generated %v: %v", generated, err)
	}
	if out := await(t, d, 1); out[0].Channel != "custom" {
		t.Errorf("the outbox after the restart: %+v", out)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	o.HookSecrets = []string{one, two}
	d = start()
	defer d.Close()
	given, generated, err := d.HookSecrets(t.Context())
	if err != nil || generated || len(given) != 2 {
		t.Errorf("%d secrets, generated %v: %v", len(given), generated, err)
	}
	for _, secret := range given {
		if status, v := hook(t, d, secret, mention("net-2", "Where is my other bag?"), 0); status != 202 {
			t.Errorf("%d %v", status, v)
		}
	}
}

func TestWhatIsWrongAboutHooksIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		outside desk.Outside
		words   string
	}{
		"a secret that is none": {desk.Outside{HookSecrets: []string{"secret"}}, "PRONTO_HOOK_SECRET"},
		"a URL that is none":    {desk.Outside{HookURL: "nowhere"}, "PRONTO_HOOK_URL"},
		"another scheme":        {desk.Outside{HookURL: "ftp://bridge.example:21/"}, "https"},
	} {
		d, err := desk.Open(t.Context(), with(t, desk.Options{Outside: c.outside}))
		if err == nil {
			_ = d.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A page by each way is seen in the outbox: as a text message, and as what Slack would have got.
func TestPagesAreInTheOutboxWhateverTheirWay(t *testing.T) {
	d := open(t, desk.Options{})
	for body, want := range map[string]int{`{"text":"hello"}`: 200, `{}`: 400, `hello`: 400, `{"blocks":[{"block_id":"page-mzxw6ytboi3dsnzq-000002-1"}]}`: 200} {
		res, err := http.Post(d.URL()+"/dev/slack", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", body, res.StatusCode, want)
		}
	}
	to, words := "+390655501230", "[urgent] it is urgent"
	if _, err := sns.NewFromConfig(d.Setup.AWS).Publish(t.Context(), &sns.PublishInput{PhoneNumber: &to, Message: &words}); err != nil {
		t.Fatal(err)
	}
	ways := map[string]edge.Piece{}
	for _, p := range await(t, d, 3) {
		ways[p.Channel+" "+p.Conversation] = p
	}
	if p := ways["sms "]; len(ways) != 3 || p.To != to || p.Text != words+"\n" || p.Kind != "page" || ways["slack mzxw6ytboi3dsnzq"].Kind != "page" {
		t.Errorf("%+v", ways)
	}
}
