package intake_test

import (
	"strings"
	"testing"

	"pronto/infra/local/desktest"
)

// Google asks whether mail may be forwarded here: nobody is answered, and it is held for a lead. What only looks like it is a mail like any other.
func TestAForwardingConfirmationIsHeld(t *testing.T) {
	w := open(t, desktest.Options{})
	const ask = "From: Gmail Team <forwarding-noreply@google.com>\nTo: care@acme.example\nDKIM-Signature: v=1; a=rsa-sha256; d=google.com; s=x; b=y\nSubject: (#1) Gmail Forwarding Confirmation\n" +
		"Message-ID: <1@google.com>\n\nhttps://mail-settings.google.com/mail/vf-abc\n"
	w.SendMail("forwarding-noreply@google.com", ask, "care@acme.example")
	w.Settle()
	if held := w.told("held"); len(held) != 1 || held[0].Reason != "forwarding_confirmation" {
		t.Errorf("held are %+v", held)
	}
	forged := strings.NewReplacer("d=google.com", "d=evil.example", "<1@", "<2@").Replace(ask)
	if turn := w.take("forwarding-noreply@google.com", forged); turn.Suppressed != "no_reply_sender" {
		t.Errorf("one that is not Google's: %+v", turn)
	}
	if n := len(w.left()); n != 0 {
		t.Errorf("%d pieces left", n)
	}
	if s := w.Day(today); !s.Balanced || s.Held["forwarding_confirmation"] != 1 {
		t.Errorf("the sum is %+v", s)
	}
}

// A contact form sends as the brand: where the rule book lists it, its mail is the customer's, who gets the receipt; else it is our own address, and silent.
func TestAContactFormSpeaksForTheCustomer(t *testing.T) {
	form := func(n int, reply string) string {
		return strings.NewReplacer("From: Mira Novak <website@acme.example>", "From: Acme Air <website@acme.example>\nReply-To: Mira <"+reply+">\nAuto-Submitted: auto-generated").Replace(
			letter(n, "website@acme.example", question(n), "-Date"))
	}
	w := open(t, desktest.Options{})
	if turn := w.take("website@acme.example", form(1, mira)); turn.Suppressed == "" {
		t.Errorf("a form that nobody listed: %+v", turn)
	}
	w = open(t, desktest.Options{Policy: book(t, "    reply_domain: → \n    forms: [website@acme.example]\n    reply_domain:")})
	if turn := w.take("website@acme.example", form(2, mira)); turn.Receipt == "" {
		t.Errorf("a form that is listed: %+v", turn)
	}
	if left := w.left(); len(left) != 1 || left[0].To != mira {
		t.Errorf("what left is %+v", left)
	}
	if turn := w.take("website@acme.example", form(3, "care@acme.example")); turn.Suppressed != "own_address" {
		t.Errorf("one that names ourselves: %+v", turn)
	}
	if turn := w.take("x@evil.fail.example", form(4, mira)); turn.Suppressed == "" || turn.Receipt != "" {
		t.Errorf("one that is forged: %+v", turn)
	}
	for n := 5; n < 12; n++ {
		w.take("website@acme.example", form(n, mira))
	}
	if n := len(w.left()); n > 3 {
		t.Errorf("somebody who types an address again and again has %d receipts more sent there: the budget of a sender is 4 an hour", n)
	}
}
