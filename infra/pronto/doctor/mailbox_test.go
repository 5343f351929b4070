package doctor

import (
	"net"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"pronto/shared/policy"
)

// A mailbox that is polled is opened, and what is wrong with it is said without its password and without a server's words.
func TestMailboxesAreOpened(t *testing.T) {
	user := imapmemserver.NewUser("care", "hunter2")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	s := imapserver.New(&imapserver.Options{InsecureAuth: true, NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		return mem.NewSession(), nil, nil
	}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	port := l.Addr().(*net.TCPAddr).Port
	whole := policy.Polled{Host: "127.0.0.1", Port: port, User: "care", Secret: "care", Folder: "INBOX"}
	for what, c := range map[string]struct {
		change func(m *policy.Polled)
		secret string
		state  State
		says   string
		do     string
	}{
		"as it should be":  {func(*policy.Polled) {}, `{"care":"hunter2"}`, Good, "it can be read", ""},
		"a wrong password": {func(*policy.Polled) {}, `{"care":"swordfish"}`, Wrong, "it cannot be polled: log in", "user and password"},
		"no password":      {func(*policy.Polled) {}, `{"other":"hunter2"}`, Wrong, "no password of that name", "under the name"},
		"no folder":        {func(m *policy.Polled) { m.Folder = "Web" }, `{"care":"hunter2"}`, Wrong, "it cannot be polled: open the folder", "just this name"},
		"nobody there":     {func(m *policy.Polled) { m.Port = 1 }, `{"care":"hunter2"}`, Wrong, "it cannot be polled: connect", "host, port"},
		"no secrets":       {func(*policy.Polled) {}, `hunter2`, Wrong, "no password of that name", "under the name"},
	} {
		d, _ := healthy(t)
		id := "boxes"
		if _, err := secretsmanager.NewFromConfig(d.AWS).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &id, SecretString: aws.String(c.secret)}); err != nil {
			t.Fatal(err)
		}
		m, b, p := whole, *d.Policy.Brands[0], *d.Policy
		c.change(&m)
		b.Mailboxes, p.Brands = []policy.Polled{m}, []*policy.Brand{&b}
		d.Policy, d.Names.Mailboxes = &p, id
		all := found(d)
		f := all["mailbox "+m.Folder+" of acme-air at 127.0.0.1"]
		if f.State != c.state || !strings.Contains(f.Says, c.says) || !strings.Contains(f.Do, c.do) {
			t.Errorf("%s: %+v", what, f)
		}
		if s := all["secret boxes"]; (s.State == Good) != (what != "no secrets") {
			t.Errorf("%s: the secret is %+v", what, s)
		}
		for about, f := range all {
			if strings.Contains(f.Says+f.Do, "hunter2") || strings.Contains(f.Says+f.Do, "swordfish") {
				t.Errorf("%s: %s shows the password", what, about)
			}
		}
	}
}
