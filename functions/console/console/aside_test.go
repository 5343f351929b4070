package console_test

import (
	"net/http"
	"strings"
	"testing"

	"pronto/functions/console/work"
)

// Ada answers above fourteen lines of ours, and signs: agents read her words first, know that there is more, and can have it.
func TestWhatAMailQuotesStandsAside(t *testing.T) {
	w := open(t)
	id := w.complaint()
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Re: My suitcase\nMessage-ID: <2@home.example>\nReferences: <1@home.example>\n\nIt is the red one.\n-- \nAda Marsh\nvia Roma 1\n\n"+
		"On Mon, 23 Nov 2026 at 10:00, Acme Air <care@acme.example> wrote:\n"+strings.Repeat("> We have your message.\n", 13), "care@acme.example")
	w.Settle()
	c := w.ask("ana", "GET", conv(id), "").conversation()
	var m work.Message
	for _, x := range c.Messages {
		if x.Direction == "in" && x.Quoted > 0 {
			m = x
		}
	}
	if m.Text != "It is the red one." || m.Quoted != 14 || m.Signed != 3 {
		t.Fatalf("the second mail is shown as %+v", m)
	}
	var a work.Asides
	w.ask("ana", "GET", conv(id, "messages", m.ID, "aside"), "").is(http.StatusOK).into(&a)
	if len(a.Items) != 2 || a.Cut || a.Items[0].Kind != "signature" || a.Items[1].Kind != "quoted" || a.Items[1].Lines != 14 || !strings.Contains(a.Items[0].Text, "via Roma 1") {
		t.Errorf("beside it stands %+v", a)
	}
	w.ask("rosa", "GET", conv(id, "messages", m.ID, "aside"), "").is(http.StatusNotFound)
}
