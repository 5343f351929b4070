package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/local/faults"
	"pronto/shared/desk"
)

// Otto demands to be forgotten. Before that is done he writes again, and Ana lets his conversation go on in Ada's: what he wrote before goes, his new letter stays, is read in Ada's conversation and
// owed there, and he takes part in it.
func TestWhatCameAfterADemandIsReadWhereItGoesOn(t *testing.T) {
	w := open(t)
	id := w.complaint()
	w.Turn(10 * time.Minute)
	left := w.from(1, "otto@work.example", "care@acme.example", "My ticket has a misprint.")
	his := left[0].Conversation
	w.Turn(10 * time.Minute)
	if err := w.AWS.Faults.Set(faults.Fault{Kind: faults.CrashBefore, Service: "lambda", Operation: "forget", Times: 1}); err != nil {
		t.Fatal(err)
	}
	contact := w.ask("ana", "GET", conv(his), "").conversation().Contact.ID
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", "").is(200)
	w.Turn(time.Minute)
	w.from(2, "otto@work.example", address(left[0].Headers["Reply-To"]), "There is a new matter: my seat is broken.")
	w.Turn(time.Minute)
	w.ask("ana", "POST", conv(his, "merge"), `{"into":"`+id+`","different_contacts":true,"why":"They fly together."}`).is(200)
	w.Turn(2 * time.Hour) // the order comes again
	if d := w.demands(contact)[0]; d.State != "done" {
		t.Fatalf("the demand: %+v", d)
	}
	c := w.ask("ana", "GET", conv(id), "").conversation()
	shows := func(text string) bool {
		return slices.ContainsFunc(c.Messages, func(m work.Message) bool { return strings.Contains(m.Text, text) })
	}
	if !slices.Equal(c.Parts, []string{his}) || !shows("seat is broken") || shows("misprint") || c.Status != desk.StatusOpen || len(c.Participants) != 1 {
		t.Errorf("%v, %+v, %s: %+v", c.Parts, c.Participants, c.Status, c.Messages)
	}
	if all := w.traces("misprint"); len(all) > 0 {
		t.Errorf("left of it:\n%s", strings.Join(all, "\n"))
	}
}
