// Package functions_test runs the functions as they are deployed, and the promises over all of them together.
package functions_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/infra/local/desktest"
	"pronto/infra/local/lambda"
	"pronto/infra/wiring"
)

// TestBinariesTakeTheSamples builds each function for this machine, runs it under the Runtime API against a fresh local AWS, and hands it its samples.
func TestBinariesTakeTheSamples(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 5, 0, 0, time.UTC)})
	putSample(t, d)
	env := []string{}
	for k, v := range d.AWS.Env() {
		env = append(env, k+"="+v)
	}
	dir, used := t.TempDir(), map[string]bool{}
	for _, f := range wiring.Functions() {
		t.Run(f.Name, func(t *testing.T) {
			p := build(t, dir, f, append(variables(t, d, f), env...))
			samples, err := filepath.Glob("../events/" + f.Name + "/*.json")
			if err != nil || len(samples) == 0 {
				t.Fatalf("no samples in events/%s: %v", f.Name, err)
			}
			for _, s := range samples {
				used[s] = true
				payload, err := os.ReadFile(s)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := p.Invoke(t.Context(), payload)
				if err != nil {
					t.Fatalf("%s: %v", s, err)
				}
				accepted(t, s, answer)
			}
		})
	}
	all, err := filepath.Glob("../events/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if !used[s] {
			t.Errorf("%s wakes no function of the wiring", s)
		}
	}
	// Through the real binaries, one message was taken and one notice held.
	if sum := d.Day("2026-11-23"); sum.Received < 1 || len(sum.Suppressed) > 0 || !sum.Balanced {
		t.Errorf("the day's sum is %+v", sum)
	}
}

// putSample stores the raw mail that events/intake/received.json is the notice of.
func putSample(t *testing.T, d *desktest.Desk) {
	t.Helper()
	cfg, err := d.AWS.Config(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	bucket, key := wiring.Bucket, wiring.MailPrefix+"o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1"
	raw := desktest.CRLF("From: Mira Novak <mira@customer.example>\nTo: care@acme.example\nSubject: My suitcase is lost\nMessage-ID: <sample-1@customer.example>\nDate: Mon, 23 Nov 2026 10:00:00 +0100\n\nMy suitcase is lost and nobody answers.\n")
	if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(string(raw))}); err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, dir string, f wiring.Function, env []string) *lambda.Process {
	t.Helper()
	path := filepath.Join(dir, f.Name, "bootstrap")
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-o", path, "./functions/"+f.Name)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", f.Name, err, out)
	}
	p, err := lambda.Exec(path, env)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	p.Output = &log
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close %s: %v", f.Name, err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return p
}

// variables are what the wiring gives the function, and nothing else: a name that is missing there fails its start.
func variables(t *testing.T, d *desktest.Desk, f wiring.Function) (env []string) {
	t.Helper()
	for _, name := range f.Env {
		v := d.Setup.Env(name)
		if v == "" {
			t.Fatalf("%s: the wiring names %s, but the desk does not set it", f.Name, name)
		}
		env = append(env, name+"="+v)
	}
	for _, name := range f.May {
		if v := d.Setup.Env(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// accepted checks that an answer reports no failed item, and is a page where one was asked for.
func accepted(t *testing.T, sample string, answer []byte) {
	t.Helper()
	var a struct {
		events.SQSEventResponse
		StatusCode int `json:"statusCode"`
	}
	if err := json.Unmarshal(answer, &a); err != nil && string(answer) != "null" {
		t.Fatalf("%s: answer %s: %v", sample, answer, err)
	}
	// Who posts to receive may be refused: the samples are signed with a secret that is not this desk's.
	if len(a.BatchItemFailures) > 0 || a.StatusCode != 0 && a.StatusCode != 200 && (a.StatusCode >= 500 || !strings.Contains(sample, "/receive/")) {
		t.Errorf("%s: answer %s", sample, answer)
	}
}
