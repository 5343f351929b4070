package storm

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/infra/pronto/storm/check"
	"pronto/infra/pronto/storm/child"
)

// A storm passes, and the same with its outcome tampered with does not: what is played is really looked at.
func TestTampered(t *testing.T) {
	d, err := child.New(program(t), t.TempDir(), Rules("acme", "acme.example"))
	if err != nil {
		t.Fatal(err)
	}
	p := newPlayer(d, newScript(3, acme, 80), 2)
	err = p.play(t.Context())
	if end := d.Kill(); err != nil || end != nil {
		t.Fatal(err, end)
	}
	if v := p.verdict(); !v.OK() {
		t.Errorf("as it was played: %s", v)
	}
	pieces, sums := p.pieces, p.sums
	once := p.script.mails()[slices.IndexFunc(p.script.mails(), func(m *check.Mail) bool { return strings.Contains(m.Name, "writes once") })]
	tests := map[string]func(){
		"a receipt less": func() {
			p.pieces = slices.DeleteFunc(slices.Clone(pieces), func(piece *check.Piece) bool { return piece.InReplyTo == once.MessageID })
		},
		"a receipt twice": func() { p.pieces = append([]*check.Piece{pieces[0]}, pieces...) },
		"a mail less":     func() { p.sums[0].Received--; p.sums[0].Receipted-- },
		"no sum":          func() { p.sums = nil },
	}
	for name, tamper := range tests {
		p.pieces, p.sums = pieces, append([]check.Sum(nil), sums...)
		before := len(p.verdict().Breaches)
		if tamper(); len(p.verdict().Breaches) <= before {
			t.Errorf("%s: nobody objects", name)
		}
	}
}

func TestVerdict(t *testing.T) {
	v := Verdict{Seed: 7, Mails: 80, Kills: 2, DeskTime: time.Minute, Breaches: []check.Breach{{Mail: "mail 3", What: "no receipt", Want: "one", Got: "none"}}, Dir: "somewhere"}
	for _, words := range []string{"seed 7", "BROKEN 1 times", "mail 3: no receipt: want one, got none", "somewhere"} {
		if !strings.Contains(v.String(), words) {
			t.Errorf("no %q in %s", words, v)
		}
	}
	var b strings.Builder
	if err := show(&b, v, true); err != nil {
		t.Fatal(err)
	}
	var back Verdict
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil || back.Breaches[0] != v.Breaches[0] || back.OK() {
		t.Errorf("%v: %s", err, b.String())
	}
	if ok := (Verdict{}); !ok.OK() || !strings.Contains(ok.String(), "promises kept") {
		t.Errorf("%s", ok)
	}
}

// A seed that cannot be played is an error that says where to look; no promise is called kept.
func TestUnplayable(t *testing.T) {
	_, err := Run(t.Context(), Options{Binary: "/bin/false", Seed: 3, Mails: 10, Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "seed 3") {
		t.Errorf("got %v", err)
	}
	c := Command()
	c.SetArgs([]string{"--no-such-flag"})
	c.SilenceErrors, c.SilenceUsage = true, true
	if err := c.Execute(); err == nil {
		t.Error("an unknown flag is taken")
	}
}
