package policy

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// changed reads the example with some text in place of another.
func changed(t *testing.T, old, new string) Book {
	t.Helper()
	b, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), old, new, 1)
	if old != "" && text == string(b) {
		t.Fatalf("the example has no %q", old)
	}
	p, problems := Parse("policy.yaml", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return Book{p, []byte(text)}
}

// Who has to agree to a change follows from the keys that it is about.
func TestReach(t *testing.T) {
	const second = `
  - id: other-air
    name: Other Air
    language: en
    time_zone: Europe/Rome
    addresses: [care@other.example]
    reply_domain: reply.other.example
    rota: {layers: [{rotation: weekly, start: 2026-01-05, hand_over: monday 09:00, agents: [ana]}]}

agents:
`
	example := changed(t, "", "")
	from := strings.Index(string(example.Text), "    pages:\n")
	pages := string(example.Text)[from : from+strings.Index(string(example.Text)[from:], "\n\n")+1]
	for name, x := range map[string]struct {
		old, new string
		want     []Change
	}{
		"a comment":            {"# The rule book", "# A rule book", nil},
		"another style":        {"language: en  ", `language: "en"  `, nil},
		"the rota":             {"            - ana\n            - marta\n", "            - marta\n            - ana\n", []Change{{"brands[acme-air].rota.layers", "acme-air", House}}},
		"room":                 {"    team:\n", "    room: 30\n    team:\n", []Change{{"brands[acme-air].room", "acme-air", House}}},
		"a receipt":            {"grazie di cuore per le sue belle parole", "grazie", []Change{{"brands[acme-air].receipts.it.positive", "acme-air", Away}}},
		"the sender's name":    {"      name: Acme Air\n", "      name: Acme Airways\n", []Change{{"brands[acme-air].from.name", "acme-air", Away}}},
		"an address":           {"      - care@acme.example\n", "      - care@acme.example\n      - help@acme.example\n", []Change{{"brands[acme-air].addresses", "acme-air", Away}}},
		"a new domain":         {"      - care@acme.example\n", "      - care@acme.example\n      - care@new.example\n", []Change{{"brands[acme-air].addresses", "acme-air", Stack}}},
		"another reply domain": {"reply_domain: reply.acme.example", "reply_domain: answers.acme.example", []Change{{"brands[acme-air].reply_domain", "acme-air", Stack}}},
		"the team's name":      {"      name: Acme Air Care\n", "      name: Acme Care\n", []Change{{"brands[acme-air].team.name", "acme-air", Away}}},
		"the team's hours":     {"      name: Acme Air Care\n", "      name: Acme Air Care\n      hours: {windows: [{from: \"09:00\", to: \"17:00\"}]}\n", []Change{{"brands[acme-air].team.hours", "acme-air", House}}},
		"a second opinion":     {"    team:\n", "    triage: {second_opinion: comprehend}\n    team:\n", []Change{{"brands[acme-air].triage", "acme-air", Stack}}},
		"no pages": {pages, "", []Change{
			{"brands[acme-air].pages.again_after", "acme-air", House}, {"brands[acme-air].pages.on", "acme-air", House}, {"brands[acme-air].pages.repeat", "acme-air", House}, {"brands[acme-air].pages.steps", "acme-air", Away},
		}},
		"a webhook":              {"    team:\n", "    webhooks: [{id: crm, url: \"https://crm.example/x\"}]\n    team:\n", []Change{{"brands[acme-air].webhooks", "acme-air", Away}}},
		"a brand":                {"\nagents:\n", second, []Change{{"brands[other-air]", "other-air", Stack}}},
		"a role":                 {"role: agent", "role: lead", []Change{{"agents[marta].role", "", Away}}},
		"a sign-in":              {"role: agent", "role: agent\n    sign_in: [thief]", []Change{{"agents[marta].sign_in", "", Away}}},
		"quiet hours":            {"role: agent", "role: agent\n    quiet: {from: \"22:00\", to: \"07:00\"}", []Change{{"agents[marta].quiet", "", House}}},
		"an agent":               {"\nagents:\n", "\nagents:\n  - id: rosa\n    name: Rosa Kell\n    languages: [en]\n    page: [mail: rosa@staff.acme.example]\n", []Change{{"agents[rosa]", "", Away}}},
		"addresses of the house": {"\nsiblings:\n", "\nsiblings:\n  - robot@elsewhere.example\n", []Change{{"siblings", "", Away}}},
	} {
		is, was := changed(t, x.old, x.new), changed(t, "", "")
		if got := Changes(was, is); !slices.Equal(got, x.want) {
			t.Errorf("%s: %+v, want %+v", name, got, x.want)
		}
		if back := Changes(is, was); len(back) != len(x.want) {
			t.Errorf("%s, taken back: %+v", name, back)
		}
	}
}

// Brands in another order are another rule book: the first of two on one domain has what is addressed to nobody.
func TestTheOrderOfBrandsIsAChange(t *testing.T) {
	one, two := "brands:\n  - {id: a}\n  - {id: b}\n", "brands:\n  - {id: b}\n  - {id: a}\n"
	got := Changes(Book{&Policy{}, []byte(one)}, Book{&Policy{}, []byte(two)})
	if want := []Change{{"brands", "", Away}}; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// Each key of the rule book has been thought of: a new one fails here, and until then needs two people.
func TestEveryKeyHasAReach(t *testing.T) {
	away := map[string][]string{
		"top": {"brands", "agents", "siblings", "free_mail", "push_services"},
		"brand": {"id", "name", "language", "time_zone", "addresses", "domains", "from", "reply_domain", "team", "receipts", "budgets", "channels", "hooks", "webhooks", "stop_words",
			"silence", "bounces", "signature", "forms", "mailboxes", "promises", "survey", "retain"},
		"agent": {"id", "name", "role", "leads", "brands", "page", "signature", "sign_in"},
	}
	for kind, keys := range map[string][]string{"top": topKeys, "brand": slices.Concat(brandKeys, timeKeys), "agent": agentKeys} {
		for _, key := range keys {
			house := reachOf([]string{kind, key}) == House
			if house == slices.Contains(away[kind], key) {
				t.Errorf("%s.%s: say in harmless, or here, whether one lead may change it", kind, key)
			}
		}
	}
	for path, want := range map[string]Reach{"brand.channels.custom.hours": House, "brand.channels.custom.limit": Away, "brand.pages.steps": Away, "brand.pages.repeat": House} {
		if got := reachOf(strings.Split(path, ".")); got != want {
			t.Errorf("%s reaches %s", path, got)
		}
	}
	for _, r := range append(reaches, "") {
		if r.Words() == "" || r.Beyond(r) {
			t.Errorf("%q: %s", r, r.Words())
		}
	}
}

// A brand's block is its lines, and goes back to where it was; what runs out of it is seen as a change of others.
func TestBlock(t *testing.T) {
	two := changed(t, "\nagents:\n", "\n  - id: other-air\n    name: Other Air\n    language: en\n    time_zone: Europe/Rome\n    addresses: [care@other.example]\n    reply_domain: reply.other.example\n    rota: {layers: [{rotation: weekly, start: 2026-01-05, hand_over: monday 09:00, agents: [ana]}]}\n\nagents:\n")
	for _, brand := range []string{"acme-air", "other-air"} {
		block := Block(two.Text, brand)
		if !strings.HasPrefix(block, "  - id: "+brand) || strings.Contains(block, "agents:\n  - id") {
			t.Fatalf("the block of %s is %.80q", brand, block)
		}
		if same, err := WithBlock(two.Text, brand, block); err != nil || string(same) != string(two.Text) {
			t.Errorf("put back, %s is another rule book: %v", brand, err)
		}
	}
	out, err := WithBlock(two.Text, "other-air", Block(two.Text, "other-air")+"  - id: third-air\n    name: Third Air\n    language: en\n    time_zone: Europe/Rome\n    addresses: [care@third.example]\n    reply_domain: reply.third.example\n    rota: {layers: [{rotation: weekly, start: 2026-01-05, hand_over: monday 09:00, agents: [ana]}]}\n")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := Parse("policy.yaml", out)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := Changes(two, Book{p, out}); !slices.Equal(got, []Change{{"brands[third-air]", "third-air", Stack}}) {
		t.Errorf("what runs out of a block: %+v", got)
	}
	if Block(two.Text, "no-air") != "" || Block([]byte("brands: [{id: a}]\n"), "a") != "" {
		t.Error("a block of what has no lines of its own")
	}
	if _, err := WithBlock(two.Text, "no-air", "x"); err == nil {
		t.Error("a block for nobody")
	}
}

func TestLines(t *testing.T) {
	show := func(all []Line) (s string) {
		for _, l := range all {
			s += l.Sign + l.Text + "\n"
		}
		return s
	}
	for _, x := range []struct{ was, is, want string }{
		{"a\n", "a\n", ""},
		{"a\nb\nc\n", "a\nx\nc\n", " a\n-b\n+x\n c\n"},
		{"a\n", "", "-a\n+\n"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\nx\n10\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\ny\n10\n", "+0\n 1\n 2\n 3\n…\n 7\n 8\n 9\n-x\n+y\n 10\n"},
		{"a\nb\na\nb\n", "b\na\nb\na\n", "-a\n b\n a\n b\n+a\n"},
	} {
		if got := show(Lines(x.was, x.is)); got != x.want {
			t.Errorf("%q → %q:\n%s", x.was, x.is, got)
		}
	}
	long := strings.Repeat("a\nb\n", 3000)
	if got := Lines(long+"x\n"+long, "y\n"+long+"z"); len(got) == 0 {
		t.Error("what is too long to be compared is the same")
	}
}
