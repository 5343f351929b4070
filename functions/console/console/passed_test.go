package console_test

import (
	"strings"
	"testing"

	"pronto/functions/console/work"
)

// Passing on goes by the API as any doing does; what is left in the audit and in the log names nobody, and Ada is told who has it now.
func TestPassingOnLeavesNoTrace(t *testing.T) {
	w := open(t)
	id := w.complaint()
	if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Assignee.ID != "marta" {
		t.Fatalf("it is %s's", c.Assignee.ID)
	}
	if p := w.ask("oleg", "POST", conv(id, "pass_on"), "").is(409).problem(); p.Code != "not_yours" {
		t.Errorf("%+v", p)
	}
	first := w.ask("marta", "POST", conv(id, "pass_on"), "", "Idempotency-Key", "p").conversation()
	again := w.ask("marta", "POST", conv(id, "pass_on"), "", "Idempotency-Key", "p").is(200)
	if first.Assignee.ID != "oleg" || again.conversation().Assignee.ID != "oleg" || again.Header().Get("Idempotency-Replayed") != "true" || first.Undo != nil {
		t.Errorf("passed on: %+v", first)
	}
	w.Settle()
	if told := w.Outbox(); len(told) != 2 || !strings.Contains(told[1].Text, "Oleg Savchuk") {
		t.Errorf("Ada is told %+v", told)
	}
	if c := w.ask("oleg", "POST", conv(id, "pass_on"), "").conversation(); c.Assignee.ID != "team:care" {
		t.Errorf("nobody else is there, and it is %s's", c.Assignee.ID)
	}
	var audit work.Audit
	w.ask("ana", "GET", "/api/v1/audit?conversation="+id, "").is(200).into(&audit)
	if len(audit.Items) != 3 {
		t.Fatalf("%+v", audit.Items)
	}
	for _, i := range audit.Items[:2] {
		if i.Event != "reassigned" || i.By != "" || i.Why[0] != "reassigned by the rota" || strings.Contains(strings.Join(i.Why, " "), "marta") {
			t.Errorf("the audit tells %+v", i)
		}
	}
	w.ask("marta", "POST", conv(id, "claim"), "").is(200)
	w.ask("marta", "POST", conv(id, "resolve"), "").is(200)
	w.ask("marta", "POST", conv(id, "pass_on"), "").is(409)
}
