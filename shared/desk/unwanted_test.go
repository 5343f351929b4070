package desk_test

import (
	"strings"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
)

// Whoever has asked for no more, has complained, is blocked, or to whom mail came back, gets nothing that was not asked for; a person's letter by name goes to who wants
// nothing automatic alone, whatever else is known of him.
func TestWhoIsWrittenToUnasked(t *testing.T) {
	p := book(t)
	at, later := monday.Add(-time.Hour), monday.Add(time.Hour)
	gone := func(until time.Time) *desk.Undeliverable {
		return &desk.Undeliverable{Why: channel.Bounced, At: at, Until: until}
	}
	for name, x := range map[string]struct {
		contact          *desk.Contact
		unwanted, byHand desk.Silence
	}{
		"nobody knows him":            {nil, "", ""},
		"nothing is known against it": {&desk.Contact{}, "", ""},
		"it has asked for no more":    {&desk.Contact{OptedOut: &at}, desk.OptedOut, ""},
		"it has complained":           {&desk.Contact{Complained: &at}, desk.Complained, desk.Complained},
		"it is blocked":               {&desk.Contact{Blocked: &desk.Block{At: at}}, desk.Blocked, desk.Blocked},
		"mail came back":              {&desk.Contact{Undeliverable: gone(later)}, desk.Unreachable, desk.Unreachable},
		"mail came back long ago":     {&desk.Contact{Undeliverable: gone(monday)}, "", ""},
		"no more, and a complaint":    {&desk.Contact{OptedOut: &at, Complained: &at}, desk.OptedOut, desk.Complained},
		"no more, and it came back":   {&desk.Contact{OptedOut: &at, Undeliverable: gone(later)}, desk.OptedOut, desk.Unreachable},
		"no more, and it is blocked":  {&desk.Contact{OptedOut: &at, Blocked: &desk.Block{At: at}}, desk.Blocked, desk.Blocked},
	} {
		if got, byHand := x.contact.Unwanted(monday), x.contact.UnwantedByHand(monday); got != x.unwanted || byHand != x.byHand {
			t.Errorf("%s: unwanted since %q, by hand %q", name, got, byHand)
		}
		f := mailed(t, p)
		f.Contact = x.contact
		if got := desk.Decide(f, forward(f, bruno), p, monday).Refused; got != x.byHand.Refusal() || (got == "") != (x.byHand == "") {
			t.Errorf("%s: a forward is refused with %q", name, got)
		}
		f = desk.Facts{Contact: x.contact, Budget: free()}
		ev := desk.Started{Act: desk.Act{Subject: desk.Subject{Ref: desk.Ref{Brand: "acme-air", Conversation: "c2"}, Channel: desk.Email, Contact: "bruno"}, By: marta}, Party: bruno.Party, Title: "Your flight"}
		if got := desk.Decide(f, ev, p, monday).Refused; got != x.unwanted.Refusal() || (got == "") != (x.unwanted == "") {
			t.Errorf("%s: a first letter is refused with %q", name, got)
		}
		mail := said("1", "Where is my bag?", monday)
		mail.Channel = desk.Email
		switch d := desk.Decide(f, mail, p, monday); {
		case x.unwanted == desk.Blocked && d.Hold != desk.HoldBlocked:
			t.Errorf("%s: a mail is held for %q", name, d.Hold)
		case x.unwanted != desk.Blocked && d.Message.Outcome.Suppressed != x.unwanted:
			t.Errorf("%s: a mail has no receipt since %q", name, d.Message.Outcome.Suppressed)
		}
		if x.contact != nil {
			x.contact.Party.Address = "mira@customer.example"
			if x.contact.Askable(monday) != (x.unwanted == "") {
				t.Errorf("%s: it may be asked how we did: %t", name, x.contact.Askable(monday))
			}
		}
	}
}

// A receipt that came back says nothing of the conversation's contact where it went to somebody else who takes part.
func TestWhatCameBackIsNotedWithWhoItWentTo(t *testing.T) {
	p := rules(t, "")
	k, err := desk.NewKeys([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	f, e := answered(t, p)
	other := k.Contact(e.Brand, desk.Email, "bruno@booking.example")
	e.Reply.To = channel.Party{Address: "Bruno@booking.example"}
	ev := desk.NewReturned(e, channel.Bounced, k)
	f.Contact = nil
	if d := desk.Decide(f, ev, p, nine.Add(time.Hour)); ev.About().Contact != other || d.Contact == nil || d.Contact.ID != other || d.Contact.Undeliverable == nil {
		t.Errorf("%q is noted as %+v", ev.About().Contact, d.Contact)
	}
}
