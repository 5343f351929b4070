package policy_test

import (
	"strings"
	"testing"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/channel"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// brandWith is the least rule book with lines added to its brand.
func brandWith(lines string) string {
	return strings.Replace(small, "    rota:\n", lines+"    rota:\n", 1)
}

func TestUse(t *testing.T) {
	b := parse(t, small).Brands[0]
	if u, ok := b.Use("email"); !ok || u.Language != "en" || u.Rules.Name != "email" {
		t.Errorf("email is used as %+v", u)
	}
	if u, ok := b.Use("custom"); ok {
		t.Errorf("nobody asked for %+v", u)
	}
	b = parse(t, brandWith(`    channels:
      email:
        language: it
      custom:
        language: de
        limit: 280
        signature: team
      x:
        enabled: false
    hooks:
      url: https://desk.acme.example/pronto
`)).Brands[0]
	if u, _ := b.Use("email"); u.Language != "it" || b.Channels[0].Channel != "email" || len(b.Channels) != 3 {
		t.Errorf("channels are %+v", b.Channels)
	}
	u, ok := b.Use("custom")
	if !ok || u.Language != "de" || u.Rules.Limit != 280 || u.Rules.Count != channel.Graphemes || !u.Rules.TeamSigns() {
		t.Errorf("custom is used as %+v", u)
	}
	if _, ok := b.Use("x"); ok || b.Hooks.URL != "https://desk.acme.example/pronto" {
		t.Errorf("x is used, or the hook is %q", b.Hooks.URL)
	}
	if u, ok := (&policy.Brand{}).Use("email"); !ok || u.Rules.Name != "email" {
		t.Error("a brand has no mail")
	}
}

// On a network a brand has accounts, each on a server.
func TestAccounts(t *testing.T) {
	b := parse(t, brandWith(`    channels:
      bluesky:
        accounts:
          - {handle: "@acme.example"}
          - {handle: help.acme.example, server: "https://pds.example/"}
        receipt_within: 90m
      mastodon:
        accounts: [{handle: Care@Social.example}]
`)).Brands[0]
	sky, _ := b.Use("bluesky")
	if a, ok := sky.Account(""); !ok || a != (policy.Account{Handle: "acme.example", Server: "https://bsky.social"}) || sky.ReceiptWithin != 90*time.Minute {
		t.Errorf("bluesky is used as %+v", sky)
	}
	if a, ok := sky.Account("help.acme.example"); !ok || a.Server != "https://pds.example" {
		t.Errorf("the second account is %+v", a)
	}
	if _, ok := sky.Account("acme-sea.example"); ok {
		t.Error("another's account is the brand's")
	}
	if p := parse(t, brandWith("    channels:\n      bluesky: {accounts: [{handle: acme.example}]}\n")); !p.OwnAccount("bluesky", "Acme.example") || p.OwnAccount("bluesky", "") || p.OwnAccount("mastodon", "acme.example") {
		t.Error("own accounts are not known")
	}
	masto, _ := b.Use("mastodon")
	if a, _ := masto.Account("care@social.example"); a.Server != "https://social.example" || masto.ReceiptWithin != 12*time.Hour {
		t.Errorf("mastodon is used as %+v", masto)
	}
}

func TestAccountsThatAreNone(t *testing.T) {
	for name, c := range map[string][2]string{
		"none":              {"      bluesky: {enabled: true}\n", "no account is named"},
		"of no network":     {"      custom: {accounts: [{handle: acme.example}]}\n", "custom has no accounts"},
		"an age of none":    {"      custom: {receipt_within: 1h}\n", "custom has no accounts"},
		"twice":             {"      bluesky: {accounts: [{handle: acme.example}, {handle: ACME.example}]}\n", "already at"},
		"no handle":         {"      bluesky: {accounts: [{server: \"https://pds.example\"}]}\n", "handle"},
		"half a handle":     {"      mastodon: {accounts: [{handle: care}]}\n", "no handle on mastodon"},
		"no domain":         {"      bluesky: {accounts: [{handle: acme}]}\n", "no handle on bluesky"},
		"an open server":    {"      bluesky: {accounts: [{handle: acme.example, server: \"http://pds.example\"}]}\n", "https address"},
		"too old":           {"      bluesky: {accounts: [{handle: acme.example}], receipt_within: 200h}\n", "out of bounds"},
		"an unknown member": {"      bluesky: {accounts: [{handle: acme.example, password: x}]}\n", "unknown key"},
	} {
		_, problems := policy.Parse("policy.yaml", []byte(brandWith("    channels:\n"+c[0])))
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), c[1]) {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

var everywhere = func() string {
	lines := "    channels:\n"
	for _, name := range channel.Known()[2:] {
		lines += "      " + name + ":\n        enabled: false\n"
	}
	return lines
}()

// The product's own texts fit on every channel in every language, and each post says who has the message, by when, and that nobody wrote it.
func TestOwnTextsFitEverywhere(t *testing.T) {
	p := parse(t, brandWith(everywhere))
	b := p.Brands[0]
	due := time.Date(2027, 9, 22, 18, 48, 0, 0, time.UTC)
	for _, u := range b.Channels {
		for _, lang := range []string{"en", "it", "es", "fr", "de", "pt", "ru"} {
			for _, agent := range []string{"Ana Ferrante", ""} {
				for _, short := range []bool{true, false} {
					r := reply.Receipt{Language: lang, Mood: triage.Negative, Short: short, Agent: agent, Due: due, Now: due.AddDate(0, 0, -9), Zone: b.Zone}
					post := b.Post(u.Rules, r)
					if !u.Rules.Fits(post) || !strings.Contains(post, "20:48") || !strings.Contains(post, "autom") && !strings.Contains(post, "автом") {
						t.Errorf("on %s in %s: %q", u.Channel, lang, post)
					}
					if named := strings.Contains(post, "Ana Ferrante"); named != (agent != "" && !u.Rules.TeamSigns()) {
						t.Errorf("on %s in %s signs: %q", u.Channel, lang, post)
					}
					if whole := strings.Contains(post, "\n"); whole != (u.Rules.Limit == 0 || u.Rules.Limit >= policy.Roomy) {
						t.Errorf("on %s in %s lines: %q", u.Channel, lang, post)
					}
				}
			}
		}
	}
}

func TestPost(t *testing.T) {
	b := parse(t, brandWith("    receipts:\n      it:\n        negative: \"ci dispiace, {agent} risponde {due}.\"\n        automatic: Risposta automatica.\n")).Brands[0]
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	r := reply.Receipt{Language: "it", Mood: triage.Negative, Name: "Carla", Agent: "Ana Ferrante", Due: now.Add(time.Hour), Now: now, Zone: b.Zone, ZoneSure: true}
	bluesky, _ := channel.Of("bluesky")
	if got, want := b.Post(bluesky, r), "Ci dispiace, Ana Ferrante risponde entro le 11:00 di oggi. Risposta automatica. — Ana Ferrante"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	x, _ := channel.Of("x")
	if got, want := b.Post(x, r), "Ci dispiace, il team di Acme Air risponde entro le 11:00 di oggi. Risposta automatica. — Il team di Acme Air"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	custom, _ := channel.Of("custom")
	if got := b.Post(custom, r); !strings.HasPrefix(got, "Gentile Carla,\n\nci dispiace") {
		t.Errorf("where there is room: %q", got)
	}
	r.Language = "en"
	if got, want := b.Post(bluesky, r), "We have your message. Ana Ferrante will answer by 11:00 today. This is an automatic receipt; Ana Ferrante will answer you personally. — Ana Ferrante"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A text that breaks a channel's rule is named with its line, where it stands; only the channels that the brand names are looked at.
func TestTextsAgainstChannels(t *testing.T) {
	long := strings.Repeat("We know how it is to wait. ", 8)
	receipts := func(lines string) string {
		return brandWith("    receipts:\n      en:\n" + lines + "    channels:\n      x:\n        enabled: false\n")
	}
	for _, x := range []struct{ name, data, field, says string }{
		{"a long text", receipts("        negative: \"" + long + "{agent} will answer {due}.\"\n"), "brands[0].receipts.en.negative", "on x the receipt in en has"},
		{"a long short text", receipts("        short: \"" + long + "{agent} will answer {due}.\"\n"), "brands[0].receipts.en.short", "280 fit; write a shorter one under receipts.en.short"},
		{"a link", receipts("        short: \"{agent} will answer {due}, see acme.example.\"\n"), "brands[0].receipts.en.short", "a receipt holds no link"},
		{"a link in automatic", receipts("        automatic: \"Automatic: https://acme.example.\"\n"), "brands[0].receipts.en.automatic", "a receipt holds no link"},
		{"an agent's name", receipts("        short: \"{agent} with Ana Ferrante will answer {due}.\"\n"), "brands[0].receipts.en.short", `only the team may sign, and this names "Ana Ferrante"; write {agent}`},
		{"the rules of short", receipts("        short: \"{agent} will answer.\"\n"), "brands[0].receipts.en.short", "{due} is missing"},
		{"a brand that is a link", strings.Replace(receipts("        short: \"{brand}: {agent} will answer {due}.\"\n"), "name: Acme Air", "name: Acme.example", 1), "brands[0].receipts.en.short", "with a dot in it"},
		{"a brand with a long name", strings.Replace(receipts("        closing: Yours\n"), "name: Acme Air", "name: "+strings.Repeat("Acme Air ", 8), 1), "brands[0].channels.x", "on x the receipt in de has"},
		{"an agent signs", strings.Replace(receipts("        closing: Yours\n"), "enabled: false", "enabled: false\n        signature: agent", 1), "brands[0].channels.x.signature", "forbids a person's name"},
		{"not spoken yet", strings.Replace(receipts("        closing: Yours\n"), "enabled: false", "enabled: true", 1), "brands[0].channels.x", "does not speak x yet; write enabled: false"},
		{"a limit above the network's", strings.Replace(receipts("        closing: Yours\n"), "enabled: false", "enabled: false\n        limit: 500", 1), "brands[0].channels.x.limit", "write 280 at most"},
		{"a bridge's limit", brandWith("    channels:\n      custom:\n        limit: 60\n"), "brands[0].channels.custom", "on custom the receipt in en has"},
	} {
		_, problems := policy.Parse("policy.yaml", []byte(x.data))
		told := find(problems, x.field, x.says)
		if told == nil || told.Line == 0 || told.Remedy == "" {
			t.Errorf("%s: %v", x.name, problems)
		}
	}
	parse(t, brandWith("    receipts:\n      en:\n        negative: \""+long+"{agent} will answer {due}, see acme.example.\"\n    channels:\n      custom:\n        enabled: true\n"))
}

func TestWarnAt(t *testing.T) {
	set := at(t, "2026-01-06T12:00:00Z")
	target := func(kind sla.Kind) sla.Target {
		return sla.Target{Kind: kind, Set: set, Due: set.Add(100 * time.Minute)}
	}
	for lines, want := range map[string][3]time.Duration{
		"":                {75, 75, 75},
		"    warn: 50%\n": {50, 50, 50},
		"    warn:\n      any: 10%\n      resolution: 99%\n": {10, 10, 99},
		"    warn:\n      first_response: 1%\n":              {1, 75, 75},
	} {
		b := parse(t, brandWith(lines)).Brands[0]
		for i, kind := range sla.Kinds {
			if got := b.WarnAt(target(kind), b.Calendar); got.Sub(set) != want[i]*time.Minute {
				t.Errorf("%q: %s is warned of after %s", lines, kind, got.Sub(set))
			}
		}
	}
	if got := (&policy.Brand{}).WarnAt(target(sla.Resolution), calendar.Calendar{}); got.Sub(set) != 75*time.Minute {
		t.Errorf("by default after %s", got.Sub(set))
	}
}

func TestSilenceAndAuthors(t *testing.T) {
	b := parse(t, small).Brands[0]
	if b.Silence != policy.DefaultSilence || b.Budgets.AuthorHour != 4 || b.Budgets.AuthorDay != 12 {
		t.Errorf("by default %s, %+v", b.Silence, b.Budgets)
	}
	b = parse(t, brandWith("    silence:\n      older_than: 2h\n    budgets:\n      author_hour: 2\n      author_day: 3\n")).Brands[0]
	if hour, day := b.Budgets.Author("custom"); b.Silence != 2*time.Hour || hour != 2 || day != 3 {
		t.Errorf("silence %s, authors %d and %d", b.Silence, hour, day)
	}
	if hour, day := b.Budgets.Author("email"); hour != 4 || day != 12 {
		t.Errorf("senders of mail have %d and %d", hour, day)
	}
}

func TestProblemsOfPagesAndChannels(t *testing.T) {
	for _, x := range []struct{ lines, field, says string }{
		{"    pages:\n      on: late\n", "brands[0].pages.on", "known here: urgent, breached, warned"},
		{"    pages:\n      repeat: 0\n", "brands[0].pages.repeat", "write 1 or more"},
		{"    pages:\n      repeat: 101\n", "brands[0].pages.repeat", "write 100 at most"},
		{"    pages:\n      again_after: 5s\n", "brands[0].pages.again_after", "from 1m to 24h"},
		{"    pages:\n      steps: []\n", "brands[0].pages.steps", "empty list"},
		{"    pages:\n      steps:\n        - page: ana\n", "brands[0].pages.steps[0].after", "is missing"},
		{"    pages:\n      steps:\n        - after: 0s\n", "brands[0].pages.steps[0].page", "is missing"},
		{"    pages:\n      steps:\n        - after: soon\n          page: ana\n", "brands[0].pages.steps[0].after", "is not a duration"},
		{"    pages:\n      steps:\n        - after: 5m\n          page: ana\n        - after: 5m\n          page: team\n", "brands[0].pages.steps[1].after", "is not after the step before it"},
		{"    pages:\n      steps:\n        - after: 0s\n          page: anna\n", "brands[0].pages.steps[0].page", `there is no agent "anna"; did you mean ana?`},
		{"    pages:\n      steps:\n        - after: 0s\n          page: oncall\n", "brands[0].pages.steps[0].page", "did you mean on_call?"},
		{"    pages:\n      steps:\n        - after: 0s\n          page: second\n", "brands[0].pages.steps[0].page", "the rota has one layer"},
		{"    pages:\n      steps:\n        - after: 0s\n          page: lead\n", "brands[0].pages.steps[0].page", "the brand has no lead"},
		{"    warn: 100%\n", "brands[0].warn", "write 1% to 99%"},
		{"    warn: 75\n", "brands[0].warn", "write 1% to 99%"},
		{"    warn:\n      resolution: soon\n", "brands[0].warn.resolution", "write 1% to 99%"},
		{"    silence:\n      older_than: 25h\n", "brands[0].silence.older_than", "out of bounds"},
		{"    silence: 2h\n", "brands[0].silence", "is not a mapping"},
		{"    stop_words:\n      en: [\"!!\"]\n", "brands[0].stop_words.en[0]", "is not a word to stop at"},
		{"    stop_words: [stop]\n", "brands[0].stop_words", "is not a mapping"},
		{"    hooks:\n      url: http://desk.acme.example\n", "brands[0].hooks.url", "https"},
		{"    channels:\n      twitter:\n        enabled: false\n", "brands[0].channels.twitter", "known here: email, custom"},
		{"    channels:\n      custom:\n        enabled: yes\n", "brands[0].channels.custom.enabled", "known here: true, false"},
		{"    channels:\n      custom:\n        language: nl\n", "brands[0].channels.custom.language", "there are no receipts in nl"},
		{"    channels:\n      email:\n        enabled: false\n", "brands[0].channels.email.enabled", "email is always on"},
		{"    budgets:\n      author_hour: 0\n", "brands[0].budgets.author_hour", "write 1 or more"},
	} {
		_, problems := policy.Parse("policy.yaml", []byte(brandWith(x.lines)))
		if told := find(problems, x.field, x.says); told == nil || told.Line == 0 || told.Remedy == "" {
			t.Errorf("%s\nwanted %s: %s\ngot    %v", x.lines, x.field, x.says, problems)
		}
	}
	for quiet, says := range map[string]string{
		"{to: 07:00}":                             "write when quiet begins",
		"{from: 22:00, to: 7}":                    "is not a time of day",
		"{from: 22:00, to: 07:00, except: often}": "is not understood",
		"{from: 22:00, to: 07:00, days: never}":   "is not a weekday",
	} {
		_, problems := policy.Parse("policy.yaml", []byte(strings.Replace(small, "    languages:", "    quiet: "+quiet+"\n    languages:", 1)))
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), says) || !strings.Contains(problems[0].Field, "agents[0].quiet") {
			t.Errorf("quiet: %s: %v", quiet, problems)
		}
	}
	word := strings.NewReplacer("id: ana", "id: team", "[ana]", "[team]").Replace(brandWith("    pages:\n      steps:\n        - after: 0s\n          page: team\n"))
	if _, problems := policy.Parse("policy.yaml", []byte(word)); find(problems, "brands[0].pages.steps[0].page", "is a word for people here") == nil {
		t.Errorf("team is an agent: %v", problems)
	}
}

// A rule book that holds every channel against every text is still read at once.
func BenchmarkTextsOnEveryChannel(b *testing.B) {
	data := []byte(brandWith(everywhere))
	for b.Loop() {
		policy.Parse("policy.yaml", data)
	}
}

func TestSignatures(t *testing.T) {
	p := parse(t, brandWith("    signature: |\n      Acme Air S.p.A.\n      Via Appia 1, Rome\n    bounces:\n      undeliverable_days: 7\n"))
	if b := p.Brands[0]; b.Signature != "Acme Air S.p.A.\nVia Appia 1, Rome" || b.Unreachable != 7*24*time.Hour {
		t.Errorf("%q, %s", b.Signature, b.Unreachable)
	}
	for text, says := range map[string]string{
		"    signature: \"" + strings.Repeat("x\\n", 12) + "x\"\n": "has 13 lines",
		"    signature: \"a\\tb\"\n":                               "control character",
		"    bounces:\n      undeliverable_days: 0\n":              "1 or more",
		"    bounces: 60\n":                                        "mapping",
	} {
		if _, problems := policy.Parse("policy.yaml", []byte(brandWith(text))); len(problems) == 0 || !strings.Contains(problems[0].Message+problems[0].Remedy, says) {
			t.Errorf("%q: %v, want %q", text, problems, says)
		}
	}
}
