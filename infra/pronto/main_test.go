package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"pronto/infra/pronto/edge"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The test binary is the program itself when a test starts it so: what is killed below is a real process.
func TestMain(m *testing.M) {
	if os.Getenv("PRONTO_TEST_IS_PRONTO") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

// pronto runs the command line in this process.
func pronto(t *testing.T, args ...string) (out string, status int) {
	t.Helper()
	var b bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&b)
	root.SetErr(&b)
	err := root.ExecuteContext(t.Context())
	if err == nil {
		return b.String(), 0
	}
	if words := err.Error(); words != "" {
		b.WriteString("pronto: " + words + "\n")
	}
	return b.String(), code(err)
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"PRONTO_POLICY", "PRONTO_HTTP", "PRONTO_SMTP", "PRONTO_STATE"} {
		t.Setenv(name, "")
	}
	t.Chdir(copied(t))
	explain := []string{"policy", "explain", "--at", "2026-03-29T01:30:00+01:00", "--channel", "email", "--mood", "negative"}
	for name, c := range map[string]struct {
		args   []string
		status int
	}{
		"help":               {[]string{"--help"}, 0},
		"run-help":           {[]string{"run", "--help"}, 0},
		"check":              {[]string{"policy", "check"}, 0},
		"check-broken":       {[]string{"policy", "check", "broken.yaml"}, exitProblems},
		"check-json":         {[]string{"policy", "check", "--json", "broken.yaml"}, exitProblems},
		"check-missing":      {[]string{"policy", "check", "nowhere.yaml"}, exitFailed},
		"check-two":          {[]string{"policy", "check", "a", "b"}, exitUsage},
		"explain":            {explain, 0},
		"explain-json":       {append(explain[:len(explain):len(explain)], "--json"), 0},
		"explain-urgent":     {append(explain[:len(explain):len(explain)], "--urgent", "--language", "it", "--brand", "acme-air"), 0},
		"explain-mood":       {[]string{"policy", "explain", "--mood", "cross"}, exitUsage},
		"explain-at":         {[]string{"policy", "explain", "--at", "tomorrow"}, exitUsage},
		"explain-channel":    {[]string{"policy", "explain", "--channel", "emial"}, exitUsage},
		"explain-brand":      {[]string{"policy", "explain", "--brand", "acme"}, exitUsage},
		"explain-broken":     {[]string{"policy", "explain", "--policy", "broken.yaml"}, exitProblems},
		"run-broken":         {[]string{"run", "--policy", "broken.yaml"}, exitProblems},
		"run-missing":        {[]string{"run", "--policy", "nowhere.yaml"}, exitFailed},
		"run-abroad":         {[]string{"run", "--http", "0.0.0.0:0", "--state", "state"}, exitFailed},
		"unknown-command":    {[]string{"rnu"}, exitUsage},
		"unknown-flag":       {[]string{"run", "--prot", "1"}, exitUsage},
		"mistyped-policy":    {[]string{"policy", "chekc"}, exitUsage},
		"explain-language":   {[]string{"policy", "explain", "--language", "xx"}, exitUsage},
		"explain-no-receipt": {[]string{"policy", "explain", "--at", "2026-03-29T01:30:00+01:00", "--language", "ja"}, 0},
		"explain-directory":  {[]string{"policy", "explain", "--policy", "."}, exitFailed},
		"run-directory":      {[]string{"run", "--policy", "."}, exitFailed},
		"run-port":           {[]string{"run", "--smtp", "127.0.0.1:99999"}, exitUsage},
		"run-no-port":        {[]string{"run", "--http", "127.0.0.1"}, exitUsage},
		"run-same":           {[]string{"run", "--http", "localhost:8025", "--smtp", "127.0.0.1:8025"}, exitUsage},
		"demo-port":          {[]string{"demo", "--http", "127.0.0.1:http"}, exitUsage},
		"storm-argument":     {[]string{"storm", "17"}, exitUsage},
		"storm-seed":         {[]string{"storm", "--seed", "x"}, exitUsage},
		"storm-huge":         {[]string{"storm", "--seed", "99999999999999999999"}, exitUsage},
		"storm-none":         {[]string{"storm", "--seeds", "0", "--mails", "-3"}, exitUsage},
		"storm-no-mails":     {[]string{"storm", "--mails", "-3"}, exitUsage},
		"cost-below":         {[]string{"cost", "--mails", "-5"}, exitUsage},
		"check-flag":         {[]string{"policy", "check", "--policy", "missing.yaml"}, exitFailed},
		"check-which":        {[]string{"policy", "check", "--policy", "missing.yaml", "other.yaml"}, exitUsage},
		"connect-none":       {[]string{"connect", "bluesky"}, exitUsage},
		"json-maybe":         {[]string{"policy", "check", "--json=maybe"}, exitUsage},
		"demo-nobody":        {[]string{"demo", "--http", "127.0.0.1:1"}, exitUnreachable},
	} {
		out, status := pronto(t, c.args...)
		if status != c.status {
			t.Errorf("%s ends with %d, want %d:\n%s", name, status, c.status, out)
		}
		golden(t, filepath.Join(goldens, name+".txt"), out)
	}
}

// version changes with each word of the rule book.
var version = regexp.MustCompile(`version [0-9a-f]{12}`)

// goldens is where the golden files are, also after a change of directory.
var goldens = mustAbs("testdata")

func mustAbs(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		panic(err)
	}
	return abs
}

// copied is a directory with the example's rule book and a broken one.
func copied(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	good, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.NewReplacer("time_zone: Europe/Rome  ", "time_zone: Europe/Roma  ", "role: lead\n", "role: leader\n").Replace(string(good))
	for name, content := range map[string]string{"policy.yaml": string(good), "broken.yaml": broken} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	got = version.ReplaceAllString(got, "version …")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; go test ./infra/pronto -run Golden -update writes it anew):\n%s", filepath.Base(file), diff)
	}
}

func TestCompletionKnowsTheCommands(t *testing.T) {
	if out, status := pronto(t, "__complete", "policy", ""); status != 0 || !strings.Contains(out, "check") || !strings.Contains(out, "explain") {
		t.Errorf("completion: %d %s", status, out)
	}
	if out, status := pronto(t, "completion", "bash"); status != 0 || !strings.Contains(out, "pronto") {
		t.Errorf("completion script: %d %.100s", status, out)
	}
}

func TestCompletionKnowsTheValues(t *testing.T) {
	t.Setenv("PRONTO_POLICY", "")
	t.Chdir(copied(t))
	for flag, want := range map[string]string{"--mood": "negative\nneutral\npositive\n", "--channel": "email\n", "--language": "it\n"} {
		if out, status := pronto(t, "__complete", "policy", "explain", flag, ""); status != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: %d %s", flag, status, out)
		}
	}
	if out, _ := pronto(t, "__complete", "policy", "explain", "--policy", "broken.yaml", "--language", ""); strings.Contains(out, "it\n") {
		t.Errorf("of a broken rule book: %s", out)
	}
}

func TestVersion(t *testing.T) {
	flag, status := pronto(t, "--version")
	command, again := pronto(t, "version")
	if status != 0 || again != 0 || flag != command || !strings.HasPrefix(flag, "pronto") {
		t.Errorf("--version: %d %q, version: %d %q", status, flag, again, command)
	}
	b := &debug.BuildInfo{GoVersion: "go1.26.0", Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}}}
	for module, want := range map[string]string{
		"": "pronto, revision 0123456789ab with changes, go1.26.0", "(devel)": "pronto, revision 0123456789ab with changes, go1.26.0",
		"v1.2.3": "pronto v1.2.3, revision 0123456789ab with changes, go1.26.0",
	} {
		b.Main.Version = module
		if got := told(b); got != want {
			t.Errorf("%q: %q, want %q", module, got, want)
		}
	}
}

// process is a running pronto.
type process struct {
	*exec.Cmd
	http, smtp string
	out        *bytes.Buffer
	ended      chan error
}

// patience is how long a desk may take on a machine that does much else.
const patience = time.Minute

// start starts pronto run in a process of its own and waits until it is healthy. Where another program was given one of its ports meanwhile it tries others.
func start(t *testing.T, state string) *process {
	t.Helper()
	words := ""
	for range 5 {
		p := begin(t, state)
		if p.healthy() {
			return p
		}
		_ = p.Process.Kill()
		<-p.ended
		if words = p.out.String(); !strings.Contains(words, "to another address") {
			break
		}
	}
	t.Fatalf("the desk is not up:\n%s", words)
	return nil
}

func begin(t *testing.T, state string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], "run"), http: free(t), smtp: free(t), out: &bytes.Buffer{}, ended: make(chan error, 1)}
	p.Env = append(os.Environ(), "PRONTO_TEST_IS_PRONTO=1", "PRONTO_FAULTS=1", "PRONTO_STATE="+state, "PRONTO_HTTP="+p.http, "PRONTO_SMTP="+p.smtp,
		"PRONTO_POLICY="+mustAbs("../../policy.yaml"))
	p.Stdout, p.Stderr = p.out, p.out
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() }) // most are gone by then
	go func() { p.ended <- p.Wait() }()
	return p
}

// healthy waits until the desk says that all is well, unless it ends before.
func (p *process) healthy() bool {
	for end := time.Now().Add(patience); time.Now().Before(end) && len(p.ended) == 0; time.Sleep(3 * time.Millisecond) {
		res, err := http.Get("http://" + p.http + "/healthz")
		if err != nil {
			continue
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return true
		}
	}
	return false
}

// free is a loopback address with a port that was free a moment ago.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (p *process) post(t *testing.T, path, body string) {
	t.Helper()
	res, err := http.Post("http://"+p.http+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(res.Body)
		t.Fatalf("%s: %d %s", path, res.StatusCode, b)
	}
}

func (p *process) outbox(t *testing.T) []edge.Piece {
	t.Helper()
	res, err := http.Get("http://" + p.http + "/dev/outbox.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var all []edge.Piece
	if err := json.NewDecoder(res.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (p *process) send(t *testing.T, id string) {
	t.Helper()
	c, err := smtp.Dial(p.smtp)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw := fmt.Sprintf("From: ada@home.example\r\nSubject: Bag\r\nMessage-ID: <%s@home.example>\r\n\r\nWhere is my bag?\r\n", id)
	if err := c.SendMail("ada@home.example", []string{"care@acme.example"}, strings.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
}

// kill ends the process as a power switch would, and waits for its end.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-p.ended // says that it was killed
}

// A mail that SMTP accepted gets its receipt although the process dies before it could be sent, at either of two moments: before it was taken, and before it left.
func TestKillBetweenAcceptAndReceipt(t *testing.T) {
	for _, function := range []string{"intake", "deliver"} {
		t.Run(function, func(t *testing.T) {
			state := t.TempDir()
			p := start(t, state)
			p.post(t, "/dev/faults", `[{"kind":"crash-before","service":"lambda","operation":"`+function+`"}]`)
			p.send(t, "1")
			time.Sleep(200 * time.Millisecond) // let the desk try, in vain
			if n := len(p.outbox(t)); n != 0 {
				t.Fatalf("%d pieces left in spite of the crashes", n)
			}
			p.kill(t)

			again := start(t, state)
			again.post(t, "/dev/clock", `{"turn":"2m"}`) // over the visibility timeout
			var out []edge.Piece
			for until := time.Now().Add(patience); time.Now().Before(until) && len(out) == 0; time.Sleep(10 * time.Millisecond) {
				out = again.outbox(t)
			}
			if len(out) != 1 || out[0].Headers["In-Reply-To"] != "<1@home.example>" {
				t.Fatalf("after the restart %d pieces left:\n%s", len(out), again.out)
			}
			stop(t, again)
		})
	}
}

// stop ends the process politely.
func stop(t *testing.T, p *process) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("SIGTERM: %v\n%s", err, p.out)
		}
	case <-time.After(patience):
		t.Error("SIGTERM: it still runs")
	}
}

func TestRunSaysWhatToDoNext(t *testing.T) {
	p := start(t, t.TempDir())
	p.send(t, "1")
	for until := time.Now().Add(patience); time.Now().Before(until) && len(p.outbox(t)) == 0; time.Sleep(10 * time.Millisecond) {
	}
	stop(t, p)
	out := p.out.String()
	for _, want := range []string{"Pronto is up", p.smtp, "http://" + p.http + "/dev/outbox", "Console     http://" + p.http + "/console", "demo --http " + p.http, "curl -sS", "care@acme.example", "turn  ", "receipt   accepted", "Stopping"} {
		if !strings.Contains(out, want) {
			t.Errorf("the terminal lacks %q:\n%s", want, out)
		}
	}
	_, lines, _ := strings.Cut(out, "Ctrl-C stops it.")
	if !strings.HasPrefix(out, "Pronto is up") || !strings.Contains(lines, "rulebook") {
		t.Errorf("what was done at the start stands before what started, or nowhere:\n%s", out)
	}
	if strings.Contains(lines, "@") {
		t.Errorf("the log has an address:\n%s", lines)
	}
}

func TestDemo(t *testing.T) {
	p := start(t, t.TempDir())
	for range 2 { // the second is not silenced by what the first used up
		out, status := pronto(t, "demo", "--http", p.http, "--json")
		var all []struct {
			Mail, Language, Mood, Priority, Assignee, Suppressed, Says string
			Receipt                                                    float64 `json:"receipt_seconds"`
			Missing                                                    bool
		}
		if err := json.Unmarshal([]byte(out), &all); err != nil || status != 0 || len(all) != 12 {
			t.Fatalf("demo: %d %v %s", status, err, out)
		}
		languages, silences := map[string]bool{}, map[string]bool{}
		for _, o := range all {
			switch {
			case o.Missing:
				t.Errorf("%s: no outcome", o.Mail)
			case o.Suppressed != "":
				silences[o.Suppressed] = true
			case o.Receipt <= 0 || o.Says == "" || o.Assignee == "":
				t.Errorf("%s: %+v", o.Mail, o)
			default:
				languages[o.Language] = true
			}
		}
		if len(languages) != 7 || len(silences) != 3 {
			t.Errorf("receipts in %v, silences %v: want seven languages and three reasons", languages, silences)
		}
		for i, want := range map[int]string{0: "negative", 1: "positive", 3: "negative", 5: "positive", 6: "negative"} {
			if all[i].Mood != want {
				t.Errorf("%s is judged %s", all[i].Mail, all[i].Mood)
			}
		}
		if all[7].Priority != "urgent" {
			t.Errorf("%s has priority %s", all[7].Mail, all[7].Priority)
		}
	}
	words, status := pronto(t, "demo", "--http", p.http, "--smtp", p.smtp)
	if status != 0 || !strings.Contains(words, "12 sent: 9 receipted") || strings.Count(words, "accepted by SMTP") != 12 {
		t.Errorf("demo in words: %d\n%s", status, words)
	}
	stop(t, p)
}

func TestExitCodes(t *testing.T) {
	for want, err := range map[int]error{
		exitFailed: errors.New("x"), exitUsage: fmt.Errorf("wrapped: %w", &exit{exitUsage, nil}), exitProblems: &exit{code: exitProblems},
	} {
		if got := code(err); got != want {
			t.Errorf("%v ends with %d, want %d", err, got, want)
		}
	}
}
