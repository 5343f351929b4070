package policy_test

import (
	"strings"
	"testing"

	"pronto/shared/policy"
)

func TestRoute(t *testing.T) {
	p, _ := example(t)
	for _, x := range []struct {
		recipient string
		want      policy.Route
	}{
		{"care@acme.example", policy.Exact},
		{"care@ACME.Example", policy.Exact},
		{"Care@acme.example", policy.Exact},
		{"care+flight-12@acme.example", policy.Exact},
		{"care@acme.example.", policy.Exact},
		{" care@acme.example ", policy.Exact},
		{"r+abc234@reply.acme.example", policy.ReplyDomain},
		{"anything@REPLY.acme.example", policy.ReplyDomain},
		{"sales@acme.example", policy.Domain},
		{"carefree@acme.example", policy.Domain},
		{"+care@acme.example", policy.Domain},
		{"care@mail.acme.example", policy.None},
		{"care@acme.example.evil.example", policy.None},
		{"care@notacme.example", policy.None},
		{"care", policy.None},
		{"acme.example", policy.Domain}, // no address at all, yet nobody else's
		{"@acme.example", policy.Domain},
		{"care@", policy.None},
		{"@", policy.None},
		{"", policy.None},
	} {
		b, how := p.Route(x.recipient)
		if how != x.want || (b == nil) != (how == policy.None) {
			t.Errorf("%q goes by %s, want %s", x.recipient, how, x.want)
		}
	}
}

func TestOwn(t *testing.T) {
	p, _ := example(t)
	for addr, want := range map[string]bool{
		"care@acme.example":           true,
		"CARE+x@Acme.Example":         true,
		"r+token@reply.acme.example":  true,
		"ana@staff.acme.example":      true,
		"noreply@acme.example":        true, // a sibling by address
		"robot@alerts.acme.example":   true, // by domain
		"robot@acme.example":          true, // any local part of a brand's domain
		"Pilot+x@ACME.example.":       true,
		"pilot@mail.acme.example":     false,
		"carlo@customer.example":      false,
		"care@acme.example.example":   false,
		"someone@staff.acme.example":  false,
		"":                            false,
		"nonsense":                    false,
		"@":                           false,
		"x@more.alerts.acme.example":  false,
		"noreply@reply.acme.example.": true,
	} {
		if got := p.Own(addr); got != want {
			t.Errorf("Own(%q) = %v", addr, got)
		}
	}
}

// Who is paged at an address with a +detail answers from it without.
func TestOwnWithDetail(t *testing.T) {
	p, problems := policy.Parse("policy.yaml", []byte(strings.Replace(small, "mail: ana@", "mail: Ana+pager@", 1)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if to := p.Agents[0].Pages[0].To; to != "ana+pager@staff.acme.example" || !p.Own(to) || !p.Own("ana@staff.acme.example") {
		t.Errorf("%s is not ours", to)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Care@ACME.example":    "care@acme.example",
		"care@münchen.example": "care@xn--mnchen-3ya.example",
		"MÜNCHEN.example":      "xn--mnchen-3ya.example",
		"a@b@acme.example":     "a@b@acme.example",
		"acme.example.":        "acme.example",
	} {
		if got := policy.Fold(in); got != want || policy.Fold(got) != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}
