package rebuild_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/pronto/rebuild"
)

// What an agent wrote first, and to whom copies went, what was forwarded and what was answered to that, is there again in the rebuilt table; to nobody anything is sent; and who was forgotten is not among them.
func TestWhatAnAgentBeganIsRebuilt(t *testing.T) {
	w := open(t)
	var first, gone work.Conversation
	w.ask("POST", "/conversations?brand=acme-air", `{"to":"ada@home.example","name":"Ada Marsh","subject":"Your flight","text":"Dear Ada,\nit is late.","language":"it","then":{"tags":["late"]}}`, &first)
	w.ask("POST", "/conversations?brand=acme-air", `{"to":"dan@home.example","subject":"Your flight","text":"Dear Dan,"}`, &gone)
	w.Turn(time.Minute)
	_, to, _ := strings.Cut(w.Outbox()[0].Headers["Reply-To"], "<")
	w.mail(1, "ada@home.example", strings.TrimSuffix(to, ">"), "Re: Your flight", "How late?")
	w.ask("POST", "/conversations/"+first.ID+"/reply", `{"text":"An hour.","cc":["bo@work.example","cy@work.example"]}`, nil)
	w.ask("POST", "/conversations/"+first.ID+"/forward", `{"to":"desk@belts.example","text":"Where is it?"}`, nil)
	w.Turn(time.Minute)
	w.mail(2, "desk@belts.example", strings.TrimSuffix(to, ">"), "Re: Fwd: Your flight", "On belt nine.")
	w.ask("POST", "/contacts/"+gone.Contact.ID+"/forget", `{"brand":"acme-air","why":"he asks"}`, nil)
	w.Turn(time.Minute)
	others := func() string {
		var c work.Conversation
		w.ask("GET", "/conversations/"+first.ID, "", &c)
		text := ""
		for _, o := range c.Others {
			text += o.Address + " "
		}
		for _, x := range c.Thirds {
			text += x.Address + " outside "
		}
		return text + fmt.Sprint(c.Language, c.Tags)
	}
	before, with, sent := w.shown(first.ID), others(), len(w.Outbox())
	if !strings.Contains(before, "it is late") || !strings.Contains(before, "How late?") || !strings.Contains(before, "belt nine") || !strings.HasSuffix(with, "[late]") || strings.TrimRight(with, "iten[la]") != "bo@work.example cy@work.example desk@belts.example outside " {
		t.Fatalf("before it is lost it is\n%s with %s", before, with)
	}
	w.lose()
	report, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: w.Clock.Now()})
	if err != nil || report.Answers != 3 || report.Unsigned+report.Troubled != 0 || report.Conversations != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	if after, now := w.shown(first.ID), others(); after != before || now != with || len(w.Outbox()) != sent {
		t.Errorf("it was\n%s with %s\nis\n%s with %s; %d of %d have left", before, with, after, now, len(w.Outbox()), sent)
	}
}
