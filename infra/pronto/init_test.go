package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/login"
	"pronto/infra/stage"
	"pronto/shared/setup"
)

var answered = []string{"--name", "Übersee Luft", "--domain", "luft.example", "--zone", "Europe/Berlin", "--agent-name", "Ana Ferrante", "--agent-mail", "ana@staff.example", "--account", "111122223333"}

// A first brand and stage are made by flags alone, or by asking; both files are right, and nothing is written over.
func TestInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "desk")
	if out, status := pronto(t, append([]string{"init", "--ask=false", "--dir", dir}, answered...)...); status != 0 || !strings.Contains(out, "are written, and right") {
		t.Fatalf("%d %s", status, out)
	}
	p, problems, err := setup.ReadPolicy(filepath.Join(dir, "policy.yaml"))
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v %v", err, problems)
	}
	b, a := p.Brands[0], p.Agents[0]
	if b.ID != "ubersee-luft" || b.Addresses[0] != "care@luft.example" || b.ReplyDomain != "reply.luft.example" || a.ID != "ana" || a.Role != "admin" {
		t.Errorf("brand %+v, agent %+v", b, a)
	}
	s, err := stage.Read(filepath.Join(dir, "stage.yaml"), "dev")
	if err != nil || s.Account != "111122223333" || s.Alarms != "ana@staff.example" || s.Former {
		t.Errorf("%+v %v", s, err)
	}
	if out, status := pronto(t, append([]string{"init", "--ask=false", "--dir", dir}, answered...)...); status != exitUsage || !strings.Contains(out, "left as it is") {
		t.Errorf("twice: %d %s", status, out)
	}
	if out, status := pronto(t, "init", "--ask=false", "--dir", t.TempDir(), "--name", "Acme"); status != exitUsage || !strings.Contains(out, "--domain, --address") && !strings.Contains(out, "--domain") {
		t.Errorf("without: %d %s", status, out)
	}
	other := t.TempDir()
	out, status := pronto(t, append(append([]string{"init", "--ask=false", "--dir", other}, answered...), "--account", "12", "--zone", "Europe/Roma")...)
	if left, _ := os.ReadDir(other); status != exitProblems || !strings.Contains(out, "--zone: ") || strings.Count(out, "Europe/Roma") != 1 || !strings.Contains(out, "--account: ") || !strings.Contains(out, "2 problems") || len(left) != 0 {
		t.Errorf("wrong answers: %d %s; left %v", status, out, left)
	}
}

func TestInitAsks(t *testing.T) {
	dir := t.TempDir()
	answers := "Acme Air\n\nacme.example\n\n\n\nEurope/Rome\nAna Ferrante\n\nana@staff.example\n\n111122223333\n\n\n"
	c := newRoot()
	var out strings.Builder
	c.SetOut(&out)
	c.SetIn(strings.NewReader(answers))
	c.SetArgs([]string{"init", "--dir", dir})
	if err := c.Execute(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if !strings.Contains(out.String(), "Enter for care@acme.example") {
		t.Errorf("asked:\n%s", out.String())
	}
	if _, problems, err := setup.ReadPolicy(filepath.Join(dir, "policy.yaml")); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", err, problems)
	}
	c = newRoot()
	c.SetOut(&out)
	c.SetIn(strings.NewReader("Acme Air\n"))
	c.SetArgs([]string{"init", "--dir", t.TempDir()})
	if err := c.Execute(); err == nil || !strings.Contains(err.Error(), "ended before --brand") {
		t.Errorf("answers that end: %v", err)
	}
}

// An answer that will not do is asked for again, at once and with what is wrong; a flag that will not do is told before anything is asked.
func TestInitAsksAgain(t *testing.T) {
	dir := t.TempDir()
	answers := []string{"", "Acme Air", "Acme Air", "", "acme", "acme.example", "", "acme.example", "", "english", "", "Rome", "Europe/Rome", "Ana Ferrante", "", "ana@acme.example", "ana@staff.example",
		"a: b", "", "12", "111122223333", "Ireland", "", "oleg@acme.example", ""}
	c := newRoot()
	var out strings.Builder
	c.SetOut(&out)
	c.SetIn(strings.NewReader(strings.Join(answers, "\n") + "\n"))
	c.SetArgs([]string{"init", "--dir", dir})
	if err := c.Execute(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if n := strings.Count(out.String(), "That will not do: "); n != 10 || strings.Count(out.String(), "This has to be known") != 1 {
		t.Errorf("%d answers were refused:\n%s", n, out.String())
	}
	s, err := stage.Read(filepath.Join(dir, "stage.yaml"), "dev")
	if err != nil || s.Alarms != "ana@staff.example" || s.Region != "eu-west-1" {
		t.Errorf("%+v %v", s, err)
	}
	t.Setenv(stage.DeskDir, dir) // and pronto's commands go by it from anywhere
	if out, status := pronto(t, "agent", "list"); status != 0 || !strings.Contains(out, "Ana Ferrante") {
		t.Errorf("%d %s", status, out)
	}
	if got := stagesFile(); got != filepath.Join(dir, "stage.yaml") {
		t.Errorf("the stages are in %s", got)
	}
	out.Reset()
	c = newRoot()
	c.SetOut(&out)
	c.SetIn(strings.NewReader(""))
	c.SetArgs([]string{"init", "--dir", t.TempDir(), "--account", "12"})
	if err := c.Execute(); err == nil || !strings.Contains(err.Error(), "--account: ") || out.Len() > 0 {
		t.Errorf("a flag that will not do: %v, after %q", err, out.String())
	}
}

// Agents come and go in the rule book, and all else in it stays as it is.
// cognito is a user pool of the stage live, and who asks AWS who he is: the documented answers of both, over one address.
type cognito struct {
	users map[string]string // name → address, "" once shut
	calls []string
}

func (c *cognito) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AWSCognitoIdentityProviderService.")
	if !ok { // STS
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/oleg</Arn><UserId>A</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		return
	}
	c.calls = append(c.calls, target)
	var in struct {
		UserPoolId, Username string
		UserAttributes       []struct{ Name, Value string }
	}
	refuse := func(code string) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":%q,"message":"no"}`, code)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if json.NewDecoder(r.Body).Decode(&in) != nil || target != "ListUserPools" && in.UserPoolId != "eu-west-1_b" {
		refuse("ResourceNotFoundException")
		return
	}
	_, there := c.users[in.Username]
	switch target {
	case "ListUserPools":
		if !slices.Contains(c.calls[:len(c.calls)-1], "ListUserPools") { // the first page has another's
			fmt.Fprint(w, `{"UserPools":[{"Id":"eu-west-1_a","Name":"pronto-test-agents"}],"NextToken":"more"}`)
			return
		}
		fmt.Fprint(w, `{"UserPools":[{"Id":"eu-west-1_b","Name":"pronto-live-agents"}]}`)
	case "ListUserPoolClients":
		fmt.Fprint(w, `{"UserPoolClients":[{"ClientId":"c0","ClientName":"other"},{"ClientId":"c1","ClientName":"pronto-live-console"}]}`)
	case "DescribeUserPoolClient":
		fmt.Fprint(w, `{"UserPoolClient":{"ClientId":"c1","CallbackURLs":["http://localhost:8766/signed-in","https://desk.acme.example/console/signed-in"]}}`)
	case "AdminCreateUser":
		if there {
			refuse("UsernameExistsException")
			return
		}
		c.users[in.Username] = in.UserAttributes[0].Value
		fmt.Fprintf(w, `{"User":{"Username":%q,"Enabled":true,"UserStatus":"FORCE_CHANGE_PASSWORD"}}`, in.Username)
	case "AdminUpdateUserAttributes":
		c.users[in.Username] = in.UserAttributes[0].Value
		fmt.Fprint(w, `{}`)
	case "AdminDisableUser", "AdminUserGlobalSignOut", "AdminEnableUser":
		if !there {
			refuse("UserNotFoundException")
			return
		}
		if target == "AdminDisableUser" {
			c.users[in.Username] = ""
		}
		fmt.Fprint(w, `{}`)
	default:
		refuse("InvalidParameterException")
	}
}

// An agent is given a sign-in of the stage's pool with the rule book, and loses it with it.
func TestSignIns(t *testing.T) {
	stages, err := os.ReadFile("../../stage.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(copied(t))
	if err := os.WriteFile("stage.yaml", stages, 0o600); err != nil {
		t.Fatal(err)
	}
	c := &cognito{users: map[string]string{}}
	srv := httptest.NewServer(c)
	defer srv.Close()
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": srv.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "", "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(name, value)
	}
	add := func(id, mail string) (string, int) {
		return pronto(t, "agent", "add", id, "--name", "Nora Lind", "--languages", "en", "--brands", "acme-air", "--mail", mail, "--stage", "live")
	}
	if out, status := add("nora", "nora@staff.acme.example"); status != 0 || !strings.Contains(out, "on its way by mail") || c.users["nora"] != "nora@staff.acme.example" {
		t.Fatalf("%d %s %v", status, out, c.users)
	}
	out, status := pronto(t, "agent", "remove", "nora", "--stage", "live")
	if status != exitUsage || !strings.Contains(out, "was not handed over: nobody is signed in at live") || !strings.Contains(out, "nora is no agent") || !strings.Contains(out, "is shut, and signed out") || c.users["nora"] != "" || !slices.Equal(c.calls[len(c.calls)-2:], []string{"AdminDisableUser", "AdminUserGlobalSignOut"}) {
		t.Fatalf("%d %s %v %v", status, out, c.users, c.calls)
	}
	// The id is given to another: who had it knows the password and has the authenticator, so it is not opened.
	if out, status := add("nora", "new@staff.acme.example"); status == 0 || !strings.Contains(out, "admin-delete-user") || c.users["nora"] != "" || c.calls[len(c.calls)-1] != "AdminCreateUser" {
		t.Errorf("again: %d %s %v", status, out, c.calls)
	}
	live, err := stage.Read("stage.yaml", "live")
	if err != nil {
		t.Fatal(err)
	}
	found, err := openPool(t.Context(), live)
	if err != nil {
		t.Fatal(err)
	}
	if x, err := found.desk(t.Context(), live); err != nil || x != (login.Session{Desk: "https://desk.acme.example", Issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_b", Client: "c1"}) {
		t.Errorf("where one signs in: %+v, %v", x, err)
	}
	delete(c.users, "nora")
	if out, status := pronto(t, "agent", "remove", "nora", "--stage", "live"); status != exitUsage || !strings.Contains(out, "no sign-in of that name") {
		t.Errorf("who has none: %d %s", status, out)
	}
	srv.Close() // AWS is away: the rule book is written, and what is left to do is told
	if out, status := add("nora", "nora@staff.acme.example"); status == 0 || !strings.Contains(out, "admin-create-user") || !strings.Contains(out, "is an agent of") {
		t.Errorf("without AWS: %d %s", status, out)
	}
}

func TestAgents(t *testing.T) {
	stages, err := os.ReadFile("../../stage.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(copied(t))
	before, err := os.ReadFile("policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("stage.yaml", stages, 0o600); err != nil {
		t.Fatal(err)
	}
	add := []string{"agent", "add", "nora", "--name", "Nora Lind", "--languages", "en,sv", "--brands", "acme-air", "--mail", "nora@staff.acme.example", "--leads", "acme-air"}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("PRONTO_HTTP", "127.0.0.1:1") // no desk answers
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	// Nobody is signed in to AWS: what is left to do is told.
	if out, status := pronto(t, append(add, "--stage", "live")...); status != exitUnreachable || !strings.Contains(out, "admin-create-user") || !strings.Contains(out, "pronto-live-agents") || !strings.Contains(out, "--username nora") {
		t.Fatalf("%d %s", status, out)
	}
	p, problems, err := setup.ReadPolicy("policy.yaml")
	if err != nil || len(problems) > 0 || p.Agent("nora") == nil || p.Agent("nora").RoleAt("acme-air") != "lead" {
		t.Fatalf("%v %v", err, problems)
	}
	if out, status := pronto(t, add...); status != exitUsage || !strings.Contains(out, "agent already") {
		t.Errorf("twice: %d %s", status, out)
	}
	if out, status := pronto(t, "agent", "add", "olga", "--name", "Olga", "--languages", "en", "--mail", "o@staff.acme.example", "--sign-in", "okta_00u1", "--sign-in", "nora"); status != exitProblems || !strings.Contains(out, "nothing was written") || !strings.Contains(out, "already at") {
		t.Errorf("by another's name: %d %s", status, out)
	}
	if out, status := pronto(t, "agent", "add", "olga", "--name", "Olga", "--languages", "en", "--mail", "o@staff.acme.example", "--sign-in", "okta_00u1"); status != 0 {
		t.Errorf("by another sign-in: %d %s", status, out)
	}
	if out, status := pronto(t, "agent", "list"); status != 0 || !strings.Contains(out, "nora             Nora Lind                acme-air (lead); signs in as nora; on no rota") || !strings.Contains(out, "signs in as olga, okta_00u1") {
		t.Errorf("%d %s", status, out)
	}
	p, _, _ = setup.ReadPolicy("policy.yaml")
	if a := p.SignedIn("nobody", "okta_00u1"); a == nil || a.ID != "olga" || p.SignedIn("", "") != nil {
		t.Errorf("signed in as %+v", a)
	}
	if out, status := pronto(t, "agent", "remove", "ana"); status != exitUsage || !strings.Contains(out, "needs an admin, or the account's credentials (--stage)") || !strings.Contains(out, "names ana still") {
		t.Errorf("a lead without an admin, who stands in a rota: %d %s", status, out)
	}
	if out, status := pronto(t, "agent", "remove", "nobody"); status != exitUsage {
		t.Errorf("nobody: %d %s", status, out)
	}
	for _, id := range []string{"nora", "olga"} {
		if out, status := pronto(t, "agent", "remove", id, "--stage", "live"); status != exitUnreachable || !strings.Contains(out, "admin-disable-user") {
			t.Errorf("%d %s", status, out)
		}
	}
	if after, _ := os.ReadFile("policy.yaml"); strings.TrimRight(string(after), "\n") != strings.TrimRight(string(before), "\n") {
		t.Errorf("the rule book is another:\n%s", after)
	}
	if left, _ := filepath.Glob(".pronto-*"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// Marta leaves: what she has is told, then handed over; the rule book is changed when nothing else in it names her, and not before. Each order again goes on.
func TestAnAgentIsRemoved(t *testing.T) {
	t.Chdir(copied(t))
	d, err := desk.Open(t.Context(), desk.Options{State: t.TempDir(), Policy: "policy.yaml", SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	remove := func(more ...string) (string, int) {
		return pronto(t, append([]string{"agent", "remove", "marta", "--http", strings.TrimPrefix(d.URL(), "http://")}, more...)...)
	}
	ask := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL()+"/api/v1/queue", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer dev:marta")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	if out, status := remove("--to", "marta"); status != exitUsage {
		t.Errorf("to herself: %d %s", status, out)
	}
	if out, status := remove("--look"); status != 0 || !strings.Contains(out, "Acme Air: marta has 0 conversations open") || !strings.Contains(out, "0 drafts that nobody else sees") || !strings.Contains(out, "names marta still") ||
		!strings.Contains(out, ": brands.acme-air.rota.layers.") || strings.Contains(out, "has left") || ask() != http.StatusOK {
		t.Errorf("a look: %d %s", status, out)
	}
	out, status := remove("--to", "oleg", "--note", "She has left.")
	if status != exitProblems || !strings.Contains(out, "Nobody is let in as marta any more; 0 conversations went to Oleg Savchuk.") || ask() != http.StatusUnauthorized {
		t.Errorf("%d %s", status, out)
	}
	if out, status := remove("--look"); status != 0 || !strings.Contains(out, "has left, since ") || !strings.Contains(out, "; Oleg Savchuk does the shifts") {
		t.Errorf("a look after it: %d %s", status, out)
	}
	book, err := os.ReadFile("policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(book), "\n")
	for _, m := range regexp.MustCompile(`line (\d+): (\S+) \(put somebody else`).FindAllStringSubmatch(out, -1) {
		n, _ := strconv.Atoi(m[1])
		if strings.TrimSpace(lines[n-1]) != "- marta" || !strings.HasPrefix(m[2], "brands.acme-air.rota.layers.") {
			t.Errorf("%s is %q", m[0], lines[n-1])
		}
		lines[n-1] = ""
	}
	if err := os.WriteFile("policy.yaml", []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, status := remove("--to", "oleg"); status != 0 || !strings.Contains(out, "marta is no agent of policy.yaml any more") {
		t.Errorf("after it: %d %s", status, out)
	}
	if p, problems, err := setup.ReadPolicy("policy.yaml"); err != nil || len(problems) > 0 || p.Agent("marta") != nil {
		t.Errorf("the rule book: %v %v", err, problems)
	}
	_ = d.Close() // no desk answers: it is said, and the rest is told
	if out, status := pronto(t, "agent", "remove", "oleg", "--http", strings.TrimPrefix(d.URL(), "http://")); status != exitUnreachable || !strings.Contains(out, "was not handed over") || !strings.Contains(out, "names oleg still") {
		t.Errorf("without a desk: %d %s", status, out)
	}
	if out, status := pronto(t, "agent", "remove", "oleg", "--look", "--http", strings.TrimPrefix(d.URL(), "http://")); status != exitUnreachable || strings.Count(out, "cannot be looked at") != 1 || strings.Contains(out, "Order it again") {
		t.Errorf("a look without a desk: %d %s", status, out)
	}
}
