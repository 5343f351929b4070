package stage

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pronto/shared/policy"
)

const good = `stages:
  live:
    account: "111122223333"
    region: eu-west-1
    alarms: oleg@staff.acme.example
`

func TestTheExampleIsGood(t *testing.T) {
	for name, keep := range map[string]bool{"dev": false, "live": true} {
		s, err := Read("../../stage.yaml", name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Keep != keep || s.Former || s.Prefix() != "pronto-"+name {
			t.Errorf("%+v", s)
		}
	}
	if _, err := Read("../../stage.yaml", ""); err == nil || !strings.Contains(err.Error(), "more than one stage: name one of dev, live") {
		t.Errorf("two stages, and none named: %v", err)
	}
}

func TestDefaults(t *testing.T) {
	all, problems := Parse("stage.yaml", []byte(good))
	if len(problems) > 0 || len(all) != 1 {
		t.Fatal(problems)
	}
	want := Stage{Name: "live", Account: "111122223333", Region: "eu-west-1", Keep: true, Alarms: "oleg@staff.acme.example", LogDays: 90, Verify: true, Traces: true, Requests: Limit{50, 100}, HookLimit: Limit{50, 100}, Former: true}
	want.alarmsAt = policy.Problem{File: "stage.yaml", Line: 5, Column: 13, Field: "stages.live.alarms"}
	if *all[0] != want {
		t.Errorf("%+v", *all[0])
	}
	if b := all[0].Bucket(); b != "pronto-live-mail-111122223333-eu-west-1" || len(b) > 63 {
		t.Errorf("bucket %s", b)
	}
}

// An alarm that comes into the desk that fails wakes nobody.
func TestAlarmsDoNotComeIntoTheDesk(t *testing.T) {
	s, err := Read("../../stage.yaml", "dev")
	if err != nil {
		t.Fatal(err)
	}
	if told := s.Unheard([]string{"acme.example", "reply.acme.example"}); told != nil {
		t.Errorf("a domain above it is another: %v", told)
	}
	told := s.Unheard([]string{"Staff.Acme.example"})
	if len(told) != 1 || !strings.HasPrefix(told[0].Error(), "../../stage.yaml:8: stages.dev.alarms: ") || !strings.Contains(told[0].Error(), "another domain") {
		t.Errorf("%v", told)
	}
}

// The longest names that a stage allows must still be names to AWS: a bucket's has 63 characters, a function's 64.
func TestNamesFit(t *testing.T) {
	s := Stage{Name: strings.Repeat("a", 12), Account: "111122223333", Region: "ap-southeast-1"}
	if n := len(s.Bucket()); n > 63 {
		t.Errorf("%d characters", n)
	}
}

const arn = "arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"

// named is a name of one's own, and what else stands under it.
func named(more string) string {
	return "domain: {name: desk.acme.example, certificate: '" + arn + "', " + more + "}"
}

// What other systems post has a limit as that of all others, unless it is given one, and a name of its own where the stage gives one.
func TestHooksOfTheirOwn(t *testing.T) {
	for text, want := range map[string]Stage{
		"requests: {a_second: 20}": {Requests: Limit{20, 100}, HookLimit: Limit{20, 100}, Former: true},
		"requests: {a_second: 20}\n    hook_requests: {at_once: 7}\n    former_hooks: false": {Requests: Limit{20, 100}, HookLimit: Limit{20, 7}},
		named("hooks: {name: hooks.acme.example, certificate: '" + arn + "'}"): {
			Requests: Limit{50, 100}, HookLimit: Limit{50, 100}, Domain: &Domain{"desk.acme.example", arn}, Former: true, HookDomain: &Domain{"hooks.acme.example", arn},
		},
	} {
		all, problems := Parse("stage.yaml", []byte(good+"    "+text+"\n"))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		got := Stage{Requests: all[0].Requests, HookLimit: all[0].HookLimit, Former: all[0].Former, Domain: all[0].Domain, HookDomain: all[0].HookDomain}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestMistakesSayWhatToDo(t *testing.T) {
	line := func(l string) string { return good + "    " + l + "\n" }
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "stage.yaml: the file is empty; begin with stages:"},
		"not YAML":           {"stages:\n\t- x", "stage.yaml:2: not YAML"},
		"no stage":           {"stages: {}", "stage.yaml:1: stages: has 0 stages; name 1 to 20"},
		"a list":             {"- a", "is not a mapping"},
		"no stages":          {"other: 1", `stage.yaml:1: unknown key "other"; known here: stages`},
		"a name":             {strings.Replace(good, "live:", "Live-1:", 1), `stage.yaml:2: stages: "Live-1" cannot name a stage`},
		"no account":         {strings.Replace(good, "account", "region", 1), `"region" stands here twice`},
		"account":            {strings.Replace(good, "111122223333", "1111", 1), `stage.yaml:3: stages.live.account: "1111" is none; give the twelve digits of the account, in quotes`},
		"region":             {strings.Replace(good, "eu-west-1", "Ireland", 1), `stage.yaml:4: stages.live.region: "Ireland" is none`},
		"alarms":             {strings.Replace(good, "oleg@staff.acme.example", "Oleg <oleg@staff.acme.example>", 1), "is no bare mail address"},
		"without alarms":     {"stages:\n  live:\n    account: \"111122223333\"\n    region: eu-west-1\n", "stages.live.alarms: is missing"},
		"unknown":            {line("acount: 1"), `stage.yaml:6: stages.live: unknown key "acount"`},
		"null":               {line("keep:"), `"keep" has no value`},
		"keep":               {line("keep: maybe"), `stage.yaml:6: stages.live.keep: "maybe" is neither; write true or false`},
		"log days":           {line("log_days: 100"), "CloudWatch Logs does not know a retention of 100 days"},
		"mail days":          {line("mail_days: -1"), "write a whole number from 1 to 3650"},
		"hook":               {line("hook_url: http://hooks.acme.example"), "is no https address"},
		"webhooks":           {line("webhook_url: http://hooks.acme.example"), "webhook_url"},
		"hook with password": {line("hook_url: https://a:b@hooks.acme.example"), "is no https address"},
		"identities":         {line("identities: maybe"), "write create or existing"},
		"requests":           {line("requests: 5"), "stages.live.requests: is not a mapping"},
		"rate":               {line("requests: {a_second: 0}"), "stages.live.requests.a_second"},
		"domain":             {line("domain: {name: desk.acme.example}"), "stages.live.domain.certificate: is missing"},
		"certificate": {line("domain: {name: desk.acme.example, certificate: 'arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012'}"),
			"request it in ACM in eu-west-1 in account 111122223333"},
		"hooks' rate":         {line("hook_requests: {a_second: 20000}"), `stage.yaml:6: stages.live.hook_requests.a_second: "20000" is none; write a whole number from 1 to 10000`},
		"former hooks":        {line("former_hooks: once"), `stage.yaml:6: stages.live.former_hooks: "once" is neither; write true or false`},
		"hooks' domain":       {line(named("hooks: hooks.acme.example")), "stage.yaml:6: stages.live.domain.hooks: is not a mapping"},
		"hooks' certificate":  {line(named("hooks: {name: hooks.acme.example}")), "stages.live.domain.hooks.certificate: is missing; give the ARN of its certificate in ACM"},
		"hooks elsewhere":     {line(named("hooks: {name: hooks.acme.example, certificate: '" + strings.Replace(arn, "eu-west-1", "us-east-1", 1) + "'}")), "stages.live.domain.hooks.certificate: the certificate is of another region or account; request it in ACM in eu-west-1"},
		"hooks at the desk":   {line(named("hooks: {name: desk.acme.example, certificate: '" + arn + "'}")), `stage.yaml:6: stages.live.domain.hooks.name: "desk.acme.example" is the console's; give another`},
		"hooks in the middle": {line(named("hooks: {name: hooks.acme.example, certificate: '" + arn + "', hooks: {}}")), `unknown key "hooks"; known here: name, certificate`},
		"budget":              {line("budget: 1e3"), "write a whole number"},
		"a list2":             {line("region2: [1]"), "unknown key"},
		"alias":               {"a: &x 1\nstages: *x", "anchors, aliases, tags and deep values are not read"},
		"deep":                {"stages: " + strings.Repeat("[", 40) + strings.Repeat("]", 40), "deep values are not read"},
		"binary":              {"\xff", "the file is not valid UTF-8"},
		"long":                {strings.Repeat("#", maxBytes+1), "more than the"},
	} {
		all, problems := Parse("stage.yaml", []byte(c.text))
		if all != nil || len(problems) == 0 {
			t.Errorf("%s: no problem", name)
			continue
		}
		if words := (&Error{problems}).Error(); !strings.Contains(words, c.want) {
			t.Errorf("%s: %s\nwant %q in it", name, words, c.want)
		}
	}
}

// docs/deploy.md has every key.
func TestKeysAreDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "deploy.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range append(append(append([]string{}, stageKeys...), rateKeys...), domainKeys...) {
		if !strings.Contains(string(b), "`"+k) {
			t.Errorf("docs/deploy.md does not name %s", k)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("stages: {a1: {account: '1', domain: {name: x}}}"))
	f.Add([]byte(good + "    " + named("hooks: {name: hooks.acme.example, certificate: '"+arn+"'}") + "\n    former_hooks: false\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, problems := Parse("stage.yaml", b)
		if len(problems) == 0 && len(all) == 0 || len(problems) > 0 && all != nil {
			t.Errorf("%d stages, %d problems", len(all), len(problems))
		}
		for _, s := range all {
			if s.Account == "" || s.Region == "" || s.Alarms == "" {
				t.Errorf("%+v", *s)
			}
		}
	})
}
