package pages_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Marta takes Ada's dog out of the thread about the suitcase: she is led to it, each page leads to the other, and one button puts it back.
func TestSplittingOff(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	w.Turn(10 * time.Minute)
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: Re: suitcase\nMessage-ID: <9@home.example>\nIn-Reply-To: "+w.Outbox()[0].Headers["Message-ID"]+"\n\nAnd where is my dog?\n", "care@acme.example")
	w.Settle()
	shown := marta.get(page).shows("Split off", "Into a conversation of its own", "And where is my dog?")
	form := shown.fields()
	form.Del("split_message")
	marta.send(http.MethodPost, page+"/split", form).is(http.StatusUnprocessableEntity).shows("Choose what goes into a conversation of its own")
	choices := regexp.MustCompile(`name="split_message" value="([^"]+)"`).FindAllStringSubmatch(shown.Body.String(), -1)
	if len(choices) != 2 {
		t.Fatalf("there is %v to choose", choices)
	}
	form.Set("split_message", choices[0][1]) // the newest is the first
	form.Set("split_why", "Another matter.")
	form.Set("note", "She is patient.")
	marta.send(http.MethodPost, page+"/split", form).is(http.StatusOK).shows("She is patient.", "1 message is in", "Another matter.")
	own := strings.TrimPrefix(regexp.MustCompile(`1 message is in <a href="[^"]+`).FindString(marta.get(page).Body.String()), `1 message is in <a href="`)
	undo := marta.get(own+"?said=split").shows("And where is my dog?", "It is a conversation of its own, with its own time.", "Marta Lindqvist split this off", "Until anything else happens:", "Split off another conversation by Marta Lindqvist")
	if strings.Contains(undo.text(), "Put it back") {
		t.Error("the same is offered twice")
	}
	marta.get(own).shows("Put it back")
	if body := undo.Body.String(); !strings.Contains(body, `href="`+page+`"`) || !strings.Contains(body, `action="`+own+`/merge"`) || !strings.Contains(body, `name="into" value="`+page[strings.LastIndexByte(page, '/')+1:]+`"`) {
		t.Error("no way leads back")
	}
	form = undo.fields()
	form.Set("into", page[strings.LastIndexByte(page, '/')+1:])
	if r := marta.send(http.MethodPost, own+"/merge", form).is(http.StatusSeeOther); r.Header().Get("Location") != page+"?said=put_back" {
		t.Errorf("put back it leads to %s", r.Header().Get("Location"))
	}
	if body := marta.get(page+"?said=put_back").shows("And where is my dog?", "Put back: all is here again").Body.String(); strings.Contains(body, "message is in") || strings.Contains(body, "Split off another conversation") {
		t.Error("it is still away, or says so")
	}
}
