package bluesky

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"pronto/infra/local/bluesky"
)

// TestDevNetwork tells the stories of the official dev network: PDS, and where PostgreSQL is installed the AppView, too.
func TestDevNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the dev network takes ten seconds to come up")
	}
	at, appview := devNetwork(t)
	for i, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			if s.appview && !appview {
				t.Skip("the AppView needs PostgreSQL: install it, as in apt-get install postgresql")
			}
			s.tell(official(t, at, fmt.Sprintf("%d.test", i)))
		})
	}
}

// devNetwork starts it, and ends it with the test.
func devNetwork(t *testing.T) (at string, appview bool) {
	t.Helper()
	if _, err := os.Stat("devnet/node_modules/better-sqlite3/build/Release/better_sqlite3.node"); err != nil {
		t.Skip("the dev network is not installed: make devnet")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node")
	}
	cmd := exec.Command(node, "--no-warnings", "devnet.mjs")
	cmd.Dir, cmd.Stderr = "devnet", os.Stderr
	cmd.Env = append(os.Environ(), "LOG_ENABLED=false")
	if db := postgres(t); db != "" {
		cmd.Env = append(cmd.Env, "DB_POSTGRES_URL="+db)
	}
	in, err := cmd.StdinPipe() // it ends when we do, however we end
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	var up struct {
		URL     string
		AppView bool
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if json.Unmarshal(lines.Bytes(), &up) == nil && up.URL != "" {
			go func() {
				for lines.Scan() { // or it would wait for us
				}
			}()
			return up.URL, up.AppView
		}
	}
	t.Fatal("the dev network did not come up")
	return "", false
}

// postgres starts a database of its own in a directory of its own, and gives its URL; "" where PostgreSQL is not installed. It runs as nobody where we are root.
func postgres(t *testing.T) string {
	t.Helper()
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
		if len(all) == 0 {
			return ""
		}
		initdb = all[len(all)-1]
	}
	initdb, err = filepath.EvalSymlinks(initdb)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pronto-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	as := nobody(t, dir)
	run := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(filepath.Dir(initdb), name), args...)
		cmd.Dir, cmd.SysProcAttr = dir, as
		return cmd
	}
	data := filepath.Join(dir, "data")
	if out, err := run("initdb", "-D", data, "-A", "trust", "-U", "pronto", "-N", "--no-locale", "-E", "UTF8").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	server := run("postgres", "-D", data, "-k", dir, "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-F")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT)
		_ = server.Wait()
	})
	at := fmt.Sprintf("127.0.0.1:%d", port)
	for range 200 {
		if c, err := net.Dial("tcp", at); err == nil {
			_ = c.Close()
			return "postgresql://pronto@" + at + "/postgres"
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("PostgreSQL did not come up")
	return ""
}

// nobody gives a directory to an unprivileged user, as whom the database is to run; nil where we are one ourselves.
func nobody(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, Pdeathsig: syscall.SIGQUIT}
}

// official is a town on the dev network, whose people are met for the first time.
func official(t *testing.T, at, suffix string) *office {
	people := map[string]*person{}
	w := &town{T: t, url: at, suffix: suffix, now: time.Now, settle: 20 * time.Second}
	w.join = func(handle, name string) string {
		p := &person{T: t, url: at}
		var s struct {
			DID       string
			AccessJwt string
		}
		p.does("com.atproto.server.createAccount", nil, map[string]string{"handle": handle, "email": handle + "@mail.example", "password": "main-password"}, &s)
		p.did, p.token, people[handle] = s.DID, s.AccessJwt, p
		if handle == w.acme() {
			var app struct{ Password string }
			p.does("com.atproto.server.createAppPassword", nil, map[string]string{"name": "pronto"}, &app)
			return app.Password
		}
		p.does("com.atproto.repo.putRecord", nil, map[string]any{"repo": p.did, "collection": profiles, "rkey": selfKey, "record": map[string]string{"$type": profiles, "displayName": name}}, nil)
		return ""
	}
	w.post = func(who string, d bluesky.Draft) string { return people[who].writes(d, people) }
	w.posts = func(who string) []bluesky.Posted { return people[who].standing() }
	w.remove = func(uri string) {
		did, key, _ := split(uri)
		for _, p := range people {
			if p.did == did {
				p.does("com.atproto.repo.deleteRecord", nil, map[string]string{"repo": did, "collection": posts, "rkey": key}, nil)
			}
		}
	}
	w.block = func(who, other string) {
		people[who].creates("app.bsky.graph.block", map[string]any{"subject": people[other].did})
	}
	w.label = func(who, value string) {
		record := map[string]any{"$type": profiles, "displayName": "Oleg", "labels": selfLabels{Type: labelsType, Values: []selfLabel{{value}}}}
		people[who].does("com.atproto.repo.putRecord", nil, map[string]any{"repo": people[who].did, "collection": profiles, "rkey": selfKey, "record": record}, nil)
	}
	d := w.opens()
	w.join(w.mira(), "Mira")
	w.join(w.oleg(), "Oleg")
	return d
}

// features are the facets of a post as it stands: what the bytes say, and what they are.
func features(t *testing.T, text string, content []byte) (all []string) {
	t.Helper()
	var r record
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Facets {
		x := f.Features[0]
		all = append(all, text[f.Index.Start:f.Index.End]+" "+x.DID+x.URI+x.Tag)
	}
	return all
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
