package policy_test

import (
	"os"
	"testing"

	"pronto/shared/policy"
)

// example is the rule book at the root of the repository.
func example(t testing.TB) (*policy.Policy, []byte) {
	t.Helper()
	data, err := os.ReadFile("../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := policy.Parse("policy.yaml", data)
	for _, problem := range problems {
		t.Error(problem.Error())
	}
	if p == nil {
		t.FailNow()
	}
	return p, data
}

func TestExampleIsSound(t *testing.T) {
	p, _ := example(t)
	if b, how := p.Route("care@acme.example"); how != policy.Exact || b.ID != "acme-air" {
		t.Errorf("care@acme.example is %s", how)
	}
}
