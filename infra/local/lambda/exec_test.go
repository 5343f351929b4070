package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func echo(t *testing.T, env ...string) *Process {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "echo", "bootstrap")
	if out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", bin, "./testdata/echo").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p, err := Exec(bin, env)
	if err != nil {
		t.Fatal(err)
	}
	p.Output = io.Discard
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

type echoed struct {
	Text, Env string
	PID       int
	Left      float64
}

func ask(p *Process, timeout time.Duration, do, text string) (e echoed, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	out, err := p.Invoke(ctx, fmt.Appendf(nil, `{"do":%q,"text":%q}`, do, text))
	if err == nil {
		err = json.Unmarshal(out, &e)
	}
	return e, err
}

func TestBinaryRunsUnderTheRuntimeAPI(t *testing.T) {
	p := echo(t, "ECHO=yes")
	first, err := ask(p, patience, "", "grüße")
	if err != nil || first.Text != "grüße" || first.Env != "yes" || first.Left < patience.Seconds()/2 || first.Left > patience.Seconds() {
		t.Fatalf("%+v, %v", first, err)
	}
	if second, err := ask(p, patience, "", "b"); err != nil || second.PID != first.PID {
		t.Errorf("the environment was not kept: %+v, %v", second, err)
	}
	if _, err := ask(p, patience, "fail", "no such thing"); err == nil || !strings.Contains(err.Error(), "no such thing") {
		t.Errorf("a function's error: %v", err)
	}
	if after, err := ask(p, patience, "", "c"); err != nil || after.PID != first.PID {
		t.Errorf("after an error: %+v, %v", after, err)
	}
	for _, do := range []string{"die", "panic"} {
		if _, err := ask(p, patience, do, "oh"); err == nil || do == "die" && !errors.Is(err, ErrCrash) {
			t.Errorf("%s: %v", do, err)
		}
		if after, err := ask(p, patience, "", "d"); err != nil || after.PID == first.PID {
			t.Errorf("after %s: %+v, %v", do, after, err)
		}
	}
	before, _ := ask(p, patience, "", "e")
	if _, err := ask(p, 100*time.Millisecond, "sleep", ""); !errors.Is(err, ErrTimeout) {
		t.Errorf("timeout: %v", err)
	}
	if after, err := ask(p, patience, "", "f"); err != nil || after.PID == before.PID {
		t.Errorf("after a timeout: %+v, %v", after, err)
	}
}

func TestInvocationsAtOnceHaveEnvironmentsOfTheirOwn(t *testing.T) {
	p := echo(t)
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if _, err := ask(p, patience, "meet", dir); err != nil {
				t.Errorf("the three processes do not meet: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestBinaryThatDiesAtStart(t *testing.T) {
	p := echo(t, "ECHO_INIT=dies")
	if _, err := ask(p, patience, "", "x"); !errors.Is(err, ErrCrash) || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("%v", err)
	}
	if _, err := Exec(filepath.Join(t.TempDir(), "bootstrap"), nil); err == nil {
		t.Error("a binary that is not there was accepted")
	}
}
