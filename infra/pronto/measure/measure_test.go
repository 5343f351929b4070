package measure

import (
	"bytes"
	"math"
	"testing"

	"pronto/infra/pronto/cost"
)

// What the issue of the house demands of the bill, held with what this version of the desk really does.
func TestTheBillHolds(t *testing.T) {
	m, err := Run(t.Context(), "../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if m.Mail.Mails != 1 || m.Answer.Mails != 1 || m.Mail.Writes < 10 || m.Answer.Writes < 5 || m.Mail.Reads <= 0 || m.Mail.S3Gets < 1 || m.Answer.S3Puts < 1 || m.Mail.SQS < 1 {
		t.Fatalf("that was not measured: %+v", m)
	}
	if idle := cost.Sum(cost.Bill(cost.Volumes{KB: 20, Traces: true}, m), cost.Idle); idle > 14.50 {
		t.Errorf("idle: %.2f USD", idle)
	}
	t.Logf("measured: %+v", m)
	v := cost.Volumes{Mails: 1_000_000, KB: 20}
	all := cost.Bill(v, m)
	// What the dashboard expects is what this version does, but for how the senders' budgets happen to fall.
	with := cost.Volumes{Mails: 1_000_000, Answers: 600_000, Requests: 4_000_000}
	for _, v := range []cost.Volumes{v, with} {
		if is, usual := cost.Sum(cost.Bill(v, m), cost.Work), cost.Sum(cost.Bill(v, cost.Usual), cost.Work); math.Abs(is-usual) > is/50 {
			t.Errorf("with %d answers: %.2f USD, and running.go expects %.2f: write what was measured there: %+v", v.Answers, is, usual, m)
		}
	}
	work := cost.Sum(all, cost.Work)
	t.Logf("a million mails: %.3f USD beside SES; with answers %.3f", work, cost.Sum(cost.Bill(with, m), cost.Work))
	if work > most {
		var words bytes.Buffer
		cost.Write(&words, v, m, all)
		t.Errorf("a million mails: %.2f USD beside SES, more than %v\n%s", work, most, words.String())
	}
}

// most is what a million mails may cost beside SES: docs/cost.md says what it is made of. How the budgets of senders happen to fall makes a few cents.
const most = 35.0
