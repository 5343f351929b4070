package pages_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The hint is a card with its words and two buttons, on the conversation's page and in no list; what was being typed stays.
func TestAHintIsConfirmedOrDismissed(t *testing.T) {
	w := open(t)
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: My suitcase\nMessage-ID: <1@home.example>\n\n"+
		"My suitcase arrived broken. I have always flown with you, like every year, and want to know step by step what happens now.\n", "care@acme.example")
	w.Settle()
	page, marta := "/console/conversations/"+w.Outbox()[0].Conversation, w.as("marta")
	press := func(words string) seen {
		t.Helper()
		was := marta.get(page).is(http.StatusOK)
		button := regexp.MustCompile(`formaction="([^"]+/(?:confirm|dismiss)_persona\?[^"]+)" name="now" value="(\d+)" id="[^"]*">` + words + `<`).FindStringSubmatch(was.Body.String())
		if button == nil {
			t.Fatalf("no button says %s: %s", words, was.text())
		}
		form := was.fields()
		form.Set("now", button[2])
		form.Set("text", "half an answer")
		return marta.send(http.MethodPost, html.UnescapeString(button[1]), form)
	}
	marta.get(page).shows("May be habitual because of “ i have always ”, “ like every year ”, “ step by step ”", "What helps: Say what will happen, step by step, and stay with the conversation", "Mind: New procedures unsettle.", "Confirm Dismiss")
	press("Confirm").is(http.StatusOK).shows("Confirmed, for this conversation.", "half an answer", "habitual , as Marta Lindqvist confirmed")
	press("Dismiss").is(http.StatusOK).shows("Dismissed, for this conversation.", "Not habitual, as Marta Lindqvist says.")
	if got := marta.get("/console?view=all").text(); strings.Contains(got, "habitual") {
		t.Errorf("the queue shows it: %s", got)
	}
}
