package deliver_test

import (
	"strings"
	"testing"
	"time"

	"pronto/infra/local/faults"
	"pronto/shared/desk"
	"pronto/shared/store"
)

// SES is away, and meanwhile who was to sign the receipt leaves: who has the conversation then, or the team, signs it, whichever try it leaves with, and the desk keeps whose name the customer reads.
func TestWhoHasLeftSignsNoReceipt(t *testing.T) {
	d, _ := open(t)
	strike(t, d, faults.Fault{Kind: faults.Throttle, Service: "ses", Times: 9})
	d.SendMail("mira@customer.example", mail, "care@acme.example")
	d.Settle()
	h := look(t, d)
	receipt := func() *desk.Effect {
		all, err := h.Timeline(t.Context(), h.ref)
		if err != nil || len(all.Effects) == 0 || all.Effects[0].Receipt == nil {
			t.Fatalf("%+v %v", all, err)
		}
		return &all.Effects[0]
	}
	was := receipt().Receipt.Assignee
	if was.Team || len(d.Outbox()) > 0 {
		t.Fatalf("%+v signs it, and %d left", was, len(d.Outbox()))
	}
	mark := desk.Leaver{Agent: was.ID, At: d.Clock.Now(), By: "ana"}
	if _, err := h.ChangeRota(t.Context(), func(r desk.Rota) (desk.Rota, error) { return r.Leaving(mark), nil },
		desk.Change{Brand: h.ref.Brand, ID: was.ID, At: mark.At, By: mark.By, Name: desk.AgentLeft, About: was.ID}, store.Once{Channel: "agent", Key: was.ID, Digest: "x"}); err != nil {
		t.Fatal(err)
	}
	d.Turn(3 * time.Minute)
	is := receipt().Receipt.Assignee // it was refused once more, and is signed already
	if len(d.Outbox()) > 0 || is.ID == was.ID {
		t.Fatalf("%+v signs it after %d tries, and %d left", is, receipt().Attempts, len(d.Outbox()))
	}
	d.Turn(time.Hour)
	out := d.Outbox()
	if len(out) != 1 || strings.Contains(out[0].Text, was.Name) || !strings.Contains(out[0].Text, "The Acme Air team") || receipt().Receipt.Assignee != is {
		t.Errorf("%+v signed, and then %+v; %d left: %s", is, receipt().Receipt.Assignee, len(out), out[0].Text)
	}
}
