package storm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// binary builds the program once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "pronto-storm-bin-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "pronto")
	out, err := exec.Command("go", "build", "-o", bin, "pronto/infra/pronto").CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return bin, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

func program(t *testing.T) string {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatalf("build the program: %v", err)
	}
	return bin
}

// Both networks with all their faults: Bluesky has each receipt exactly once, and on Mastodon's API it is looked for before it is sent again.
func TestNetworks(t *testing.T) {
	from, to := seeds(1, 2)
	for seed := from; seed <= to; seed++ {
		v, err := Networks(t.Context(), Options{Binary: program(t), Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(v)
		if !v.OK() {
			t.Errorf("seed %d broke promises", seed)
		}
		if v.InDoubt == 0 {
			t.Errorf("seed %d: no write was broken: it proves little", seed)
		}
	}
}

// seeds are those that a test plays unless PRONTO_SEEDS=FROM-TO names others.
func seeds(from, to int) (int, int) {
	if s := os.Getenv("PRONTO_SEEDS"); s != "" {
		a, b, _ := strings.Cut(s, "-")
		from, _ = strconv.Atoi(a)
		to, _ = strconv.Atoi(b)
	}
	return from, to
}

// The seeds that every change has to outlast; TestTampered plays one more. PRONTO_SEEDS=FROM-TO plays others.
func TestStorm(t *testing.T) {
	from, to := seeds(1, 2)
	merged, split := 0, 0
	for seed := from; seed <= to; seed++ {
		v, err := Run(t.Context(), Options{Binary: program(t), Seed: uint64(seed), Mails: 80, Kills: 2})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(v)
		if !v.OK() {
			t.Errorf("seed %d broke promises", seed)
		}
		merged, split = merged+v.Merged+v.Apart, split+v.Split
	}
	if merged == 0 || split == 0 {
		t.Errorf("agents merged %d conversations, and split %d: it proves nothing of that", merged, split)
	}
}
