package desk_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pronto/infra/local/lambda"
	"pronto/infra/pronto/desk"
	"pronto/infra/wiring"
	"pronto/shared/setup"
)

// BenchmarkStart is the time from the exec of a function's real binary to its first answer, beside that of a function that does nothing.
// The rule book is read and the secret fetched on the way, as in the cloud.
func BenchmarkStart(b *testing.B) {
	d := bench(b)
	packages := map[string]string{"hello": "./testdata/hello"}
	for _, f := range wiring.Functions() {
		packages[f.Name] = "../../../functions/" + f.Name
	}
	dir, env := b.TempDir(), environment(b, d)
	for _, name := range append([]string{"hello"}, names()...) {
		binary := filepath.Join(dir, name, "bootstrap")
		build := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", binary, packages[name])
		if out, err := build.CombinedOutput(); err != nil {
			b.Fatalf("build %s: %v\n%s", name, err, out)
		}
		b.Run(name, func(b *testing.B) { starts(b, binary, env) })
	}
}

func names() (all []string) {
	for _, f := range wiring.Functions() {
		all = append(all, f.Name)
	}
	return all
}

func environment(b *testing.B, d *desk.Desk) (env []string) {
	b.Helper()
	for k, v := range d.AWS.Env() {
		env = append(env, k+"="+v)
	}
	for _, f := range wiring.Functions() {
		for _, name := range f.Env {
			env = append(env, name+"="+d.Setup.Env(name))
		}
	}
	abs, err := filepath.Abs(rules)
	if err != nil {
		b.Fatal(err)
	}
	return append(env, setup.Policy+"="+abs)
}

func starts(b *testing.B, binary string, env []string) {
	var took []time.Duration
	for b.Loop() {
		p, err := lambda.Exec(binary, env)
		if err != nil {
			b.Fatal(err)
		}
		var log bytes.Buffer
		p.Output = &log
		began := time.Now()
		if _, err := p.Invoke(b.Context(), []byte(`{"Records":[]}`)); err != nil {
			b.Fatalf("%v\n%s", err, &log)
		}
		took = append(took, time.Since(began))
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
}
