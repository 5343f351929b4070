// Package devnet is the official dev network of the AT Protocol (npm's @atproto/dev-env) on this machine, for tests: a directory of DIDs and a PDS; and where
// PostgreSQL is installed the AppView, too, which knows of notifications. What the tests say of it holds the network in memory (infra/local/bluesky) to the truth.
package devnet

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Start starts the network, and ends it with the test. It skips the test where the network is not installed, or appview is needed and there is no database.
func Start(t testing.TB, appview bool) *Network {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	dir := filepath.Dir(file)
	if !filepath.IsAbs(dir) { // with -trimpath
		dir = filepath.Join(root(t), "infra", "local", "bluesky", "devnet")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "better-sqlite3", "build", "Release", "better_sqlite3.node")); err != nil {
		t.Skip("the dev network is not installed: make devnet")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node")
	}
	cmd := exec.Command(node, "--no-warnings", "devnet.mjs")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), "LOG_ENABLED=false")
	db := postgres(t)
	switch {
	case db != "":
		cmd.Env = append(cmd.Env, "DB_POSTGRES_URL="+db)
	case appview:
		t.Skip("the AppView needs PostgreSQL: install it, as in apt-get install postgresql")
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
	n := &Network{t: t, people: map[string]*person{}}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if json.Unmarshal(lines.Bytes(), n) == nil && n.URL != "" {
			go func() {
				for lines.Scan() { // or it would wait for us
				}
			}()
			return n
		}
	}
	t.Fatal("the dev network did not come up")
	return nil
}

// root is the repository's root directory: where go.mod is, above the package under test.
func root(t testing.TB) string {
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("no go.mod above the working directory")
	return ""
}

// postgres starts a database of its own in a directory of its own, and gives its URL; "" where PostgreSQL is not installed. It runs as nobody where we are root.
func postgres(t testing.TB) string {
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
	as := unprivileged(t, dir)
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
	at := l.Addr().String()
	_, port, _ := net.SplitHostPort(at)
	_ = l.Close()
	server := run("postgres", "-D", data, "-k", dir, "-h", "127.0.0.1", "-p", port, "-F")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT)
		_ = server.Wait()
	})
	for range 400 {
		if c, err := net.Dial("tcp", at); err == nil {
			_ = c.Close()
			return fmt.Sprintf("postgresql://pronto@%s/postgres", at)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("PostgreSQL did not come up")
	return ""
}

// unprivileged gives a directory to nobody, as whom the database is to run; where we are not root it runs as we do.
func unprivileged(t testing.TB, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
