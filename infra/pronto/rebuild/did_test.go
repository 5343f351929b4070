package rebuild_test

import (
	"strings"
	"testing"
	"time"

	"pronto/infra/pronto/rebuild"
)

// What an agent did without a word, or with a note beside, is done again: who has it, what was put off, settled, opened again, tagged, called spam, passed on, taken back.
func TestWhatWasDoneWithoutWordsIsRebuilt(t *testing.T) {
	w := open(t)
	all := map[string]string{}
	for n, name := range []string{"ada", "bo", "cy", "dot", "eve"} {
		from := name + "@home.example"
		w.mail(n+1, from, "care@acme.example", "My suitcase "+name, "My suitcase number "+name+" has not come. When will it?")
		all[name] = w.conversationOf(from)
	}
	do := func(name, doing, body string) {
		t.Helper()
		w.does("POST", "/conversations/"+all[name]+"/"+doing, body)
	}
	do("ada", "assign", `{"to":"oleg","note":"You know her."}`)
	do("ada", "tag", `{"add":["vip","lost"]}`)
	do("ada", "tag", `{"remove":["lost"]}`)
	do("ada", "resolve", `{}`)
	do("bo", "claim", `{}`)
	do("bo", "resolve", `{}`)
	do("bo", "reopen", `{}`)
	do("cy", "claim", `{}`)
	do("cy", "snooze", `{"until":"2026-11-25T09:00:00+01:00"}`)
	do("dot", "spam", `{}`)
	do("eve", "claim", `{}`)
	do("eve", "pass_on", `{}`)
	do("eve", "tag", `{"add":["odd"]}`)
	do("eve", "undo", `{}`)
	w.Turn(5 * time.Minute)
	before := map[string]string{}
	for name, id := range all {
		before[name] = w.shown(id)
	}
	for name, has := range map[string]string{"ada": "resolved", "bo": "open", "cy": "snoozed", "dot": "resolved", "eve": "open"} {
		if !strings.HasPrefix(before[name], has) {
			t.Fatalf("%s's is %s", name, before[name])
		}
	}
	if !strings.Contains(before["ada"], "You know her.") || !strings.Contains(before["ada"], "tags [vip]") || strings.Contains(before["eve"], "odd") {
		t.Fatalf("%s\n%s", before["ada"], before["eve"])
	}
	w.lose()
	report, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: w.Clock.Now()})
	if err != nil || report.Doings != 14 || report.Notes+report.Unsigned+report.Troubled != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	for name, id := range all {
		if after := w.shown(id); after != before[name] {
			t.Errorf("%s's was\n%s\nis\n%s", name, before[name], after)
		}
	}
}
