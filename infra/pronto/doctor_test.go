package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"pronto/infra/pronto/doctor"
	"pronto/infra/stage"
)

// SES's first API answers in XML, as its reference documents it.
func TestTheActiveRuleSet(t *testing.T) {
	for want, metadata := range map[string]string{"pronto-live": "<Metadata><Name>pronto-live</Name><CreatedTimestamp>2026-11-23T09:00:00.000Z</CreatedTimestamp></Metadata>", "": ""} {
		var asked string
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.FormValue("Action")
			w.Header().Set("Content-Type", "text/xml")
			fmt.Fprintf(w, `<DescribeActiveReceiptRuleSetResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><DescribeActiveReceiptRuleSetResult>%s`+
				`<Rules/></DescribeActiveReceiptRuleSetResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DescribeActiveReceiptRuleSetResponse>`, metadata)
		}))
		defer srv.Close()
		cfg := aws.Config{Region: "eu-west-1", BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")}
		got, err := activeSet(cfg)(t.Context())
		if err != nil || got != want || asked != "DescribeActiveReceiptRuleSet" {
			t.Errorf("%q, %v, asked %s; want %q", got, err, asked, want)
		}
	}
}

// Lambda answers in JSON, as its reference documents it; what others in the account have reserved is not the desk's.
func TestLambdasRoom(t *testing.T) {
	for answer, want := range map[string]int{
		`{"AccountLimit":{"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,"ConcurrentExecutions":1000,"TotalCodeSize":80530636800,"UnreservedConcurrentExecutions":900},"AccountUsage":{"FunctionCount":13,"TotalCodeSize":9}}`: 900,
		`{"AccountUsage":{"FunctionCount":0}}`: 0,
	} {
		var asked string
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.Method + " " + r.URL.Path
			fmt.Fprint(w, answer)
		}))
		defer srv.Close()
		cfg := aws.Config{Region: "eu-west-1", BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")}
		got, err := room(cfg)(t.Context())
		if got != want || (err == nil) != (want > 0) || !strings.HasPrefix(asked, "GET /2016-08-19/account-settings") {
			t.Errorf("%d, %v, asked %s; want %d", got, err, asked, want)
		}
	}
}

// Credentials of another account would make everything look wrong: that is said first.
func TestTheDoctorAsksWhoAsks(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::444455556666:user/oleg</Arn>`+
			`<UserId>AIDA</UserId><Account>444455556666</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	}))
	defer srv.Close()
	t.Setenv("AWS_ENDPOINT_URL", srv.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "local")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "local")
	_, err := examine(t.Context(), &stage.Stage{Name: "live", Account: "111122223333", Region: "eu-west-1"})
	if err == nil || !strings.Contains(err.Error(), "444455556666") || !strings.Contains(err.Error(), "111122223333") {
		t.Errorf("%v", err)
	}
	if d, err := examine(t.Context(), &stage.Stage{Name: "live", Account: "444455556666", Region: "eu-west-1"}); err != nil || d.Names.Key != "pronto-live-key" {
		t.Errorf("%v", err)
	}
}

// Where other systems post is the stage's to say, or the functions', who have it from API Gateway.
func TestWhereOthersPost(t *testing.T) {
	answer := `{"FunctionName":"pronto-live-receive","Environment":{"Variables":{"PRONTO_RECEIVE_URL":"https://abc.execute-api.eu-west-1.amazonaws.com"}}}`
	var asked string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.Path
		fmt.Fprint(w, answer)
	}))
	defer srv.Close()
	cfg := aws.Config{Region: "eu-west-1", BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")}
	s := &stage.Stage{Name: "live", Region: "eu-west-1"}
	if at, err := postTo(t.Context(), cfg, s); err != nil || at != "https://abc.execute-api.eu-west-1.amazonaws.com" || asked != "GET /2015-03-31/functions/pronto-live-receive/configuration" {
		t.Errorf("%s asked: %q %v", asked, at, err)
	}
	answer, asked = `{"FunctionName":"pronto-live-receive"}`, ""
	if at, err := postTo(t.Context(), cfg, s); err == nil || at != "" || !strings.Contains(err.Error(), "deploy pronto-live-service") {
		t.Errorf("one that was deployed before: %q %v", at, err)
	}
	asked, s.HookDomain = "", &stage.Domain{Name: "hooks.acme.example"}
	if at, err := postTo(t.Context(), cfg, s); err != nil || at != "https://hooks.acme.example" || asked != "" {
		t.Errorf("a name of its own: %q %v %s", at, err, asked)
	}
}

// Which stage is meant is a question of the command line.
func TestTheDoctorAsksWhichStage(t *testing.T) {
	t.Chdir("../..")
	for want, args := range map[string][]string{"more than one stage: name one of dev, live": {"doctor"}, `no stage "lvie": name one of dev, live`: {"doctor", "--stage", "lvie"}} {
		if out, status := pronto(t, args...); status != exitUsage || !strings.Contains(out, want) {
			t.Errorf("%v: %d %s", args, status, out)
		}
	}
	if out, status := pronto(t, "doctor", "--stages", "nowhere.yaml"); status != exitFailed || !strings.Contains(out, "nowhere.yaml") {
		t.Errorf("no file: %d %s", status, out)
	}
}

func TestWhatTheDoctorSays(t *testing.T) {
	var out bytes.Buffer
	err := tell(&out, []doctor.Finding{{About: "sending", State: doctor.Good, Says: "allowed to everybody"}, {About: "MX of acme.example", State: doctor.Wrong, Says: "none", Do: "acme.example MX 10 x"}})
	if err == nil || code(err) != exitFailed || err.Error() != "1 thing is to be looked after" {
		t.Errorf("%v", err)
	}
	if words := out.String(); strings.Count(words, "\n") != 3 || !strings.Contains(words, "→ acme.example MX 10 x") {
		t.Errorf("%s", words)
	}
	if err := tell(&out, []doctor.Finding{{About: "SPF", State: doctor.Advice, Says: "none", Do: "x"}}); err != nil {
		t.Errorf("advice is no failure: %v", err)
	}
}
