package desktest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const angry = `From: Ada Marsh <ada@home.example>
To: care@acme.example
Subject: My suitcase
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <1@home.example>

My suitcase arrived broken and nobody answers the phone. This is terrible.
`

func TestAMailIsReceiptedAndItsFollowUpBriefly(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: monday})
	d.SendMail("ada@home.example", angry, "care@acme.example")
	d.Settle()
	out := d.Outbox()
	if len(out) != 1 {
		t.Fatalf("%d pieces left after one mail", len(out))
	}
	first := out[0]
	for name, want := range map[string]string{"In-Reply-To": "<1@home.example>", "Auto-Submitted": "auto-replied"} {
		if first.Headers[name] != want {
			t.Errorf("%s: %q, want %q", name, first.Headers[name], want)
		}
	}
	if first.Kind != "receipt" || first.To != "ada@home.example" || first.Text == "" || first.HTML == "" {
		t.Errorf("the receipt is %+v", first)
	}

	d.Turn(10 * time.Minute)
	address := first.Headers["Reply-To"]
	address = strings.Trim(address[strings.LastIndexByte(address, '<'):], "<>")
	reply := fmt.Sprintf("From: ada@home.example\nTo: %s\nSubject: Re: %s\nMessage-ID: <2@home.example>\nIn-Reply-To: %s\n\nThe number of the bag is in my booking.\n",
		address, first.Subject, first.Headers["Message-ID"])
	d.SendMail("ada@home.example", reply, address)
	d.Settle()
	out = d.Outbox()
	if len(out) != 2 {
		t.Fatalf("%d pieces left after two mails", len(out))
	}
	if out[1].Conversation != first.Conversation {
		t.Errorf("the reply opened conversation %s beside %s", out[1].Conversation, first.Conversation)
	}
	if out[1].Text == first.Text || !strings.Contains(out[1].Text, "added") {
		t.Errorf("the second receipt is not the short one:\n%s", out[1].Text)
	}
	if errs := d.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
	if sum := d.Day("2026-11-23"); sum.Received != 2 || sum.Receipted != 2 || !sum.Balanced {
		t.Errorf("the day's sum is %+v", sum)
	}
}

func TestTheSameStoryPlaysTheSame(t *testing.T) {
	if a, b := played(t), played(t); a != b {
		t.Errorf("two plays differ:\n%s\n%s", a, b)
	}
}

// played is what a story leaves that depends neither on the desk's secret nor on a random id.
func played(t *testing.T) string {
	d := desktest.New(t, desktest.Options{Start: monday})
	for i := range 5 {
		d.SendMail(fmt.Sprintf("p%d@home.example", i), fmt.Sprintf("From: p%d@home.example\nSubject: Hello\nMessage-ID: <%d@p.example>\n\nWhere is my booking number %d?\n", i, i, i), "care@acme.example")
		d.Turn(time.Second)
	}
	d.Turn(time.Hour)
	var b strings.Builder
	for _, p := range d.Outbox() {
		fmt.Fprintln(&b, p.Seq, p.At, p.Kind, p.To, p.Text)
	}
	return b.String()
}

func TestWhatFailsComesAgain(t *testing.T) {
	f := &desktest.Fault{At: 1, Mode: desktest.NotDone}
	d := desktest.NewBroken(t, desktest.Options{Start: monday}, f)
	d.SendMail("ada@home.example", angry, "care@acme.example")
	d.Settle()
	if n := len(d.Outbox()); n != 0 {
		t.Fatalf("%d pieces left although the first write failed", n)
	}
	d.Turn(5 * time.Minute)
	if n := len(d.Outbox()); n != 1 {
		t.Errorf("%d pieces left after the visibility timeout, want 1", n)
	}
}

func TestACrashLosesNothing(t *testing.T) {
	story := func(t *testing.T, d *desktest.Desk) {
		d.SendMail("ada@home.example", angry, "care@acme.example")
		d.Settle()
		d.Turn(10 * time.Minute)
	}
	check := func(t *testing.T, d *desktest.Desk) {
		if out := d.Outbox(); len(out) != 1 {
			t.Errorf("%d pieces left, want one receipt", len(out))
		}
		if sum := d.Day("2026-11-23"); sum.Receipted != 1 || sum.Received != 1 || !sum.Balanced {
			t.Errorf("the day's sum is %+v", sum)
		}
	}
	writes := desktest.Walk(t, desktest.Options{Start: monday}, story, check)
	if len(writes) < 5 {
		t.Errorf("the story made only these writes: %v", writes)
	}
	t.Logf("%d writes: %v", len(writes), writes)
}
