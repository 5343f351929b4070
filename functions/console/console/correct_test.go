package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// labels are what agents have said of Acme Air's messages in a language.
func (w *world) labels(language string) []desk.Label {
	w.t.Helper()
	all, err := store.New(dynamodb.NewFromConfig(w.Setup.AWS), w.Setup.Env(setup.Table)).Labels(w.t.Context(), "acme-air", language, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func firstResponse(c work.Conversation) time.Time {
	i := slices.IndexFunc(c.Targets, func(t work.Target) bool { return t.Kind == "first_response" })
	return c.Targets[i].Due
}

// A correction moves the conversation to where it would have been, and is one label, whatever is said how often; the sum and the search do not notice.
func TestACorrectionIsALabel(t *testing.T) {
	w := open(t)
	id := w.complaint()
	was := w.ask("ana", "GET", conv(id), "").conversation()
	c := w.ask("marta", "POST", conv(id, "correct"), `{"label":"positive"}`, "Idempotency-Key", "k", "If-Match", w.etag(id)).conversation()
	if c.Sentiment.Label != "positive" || c.Sentiment.Why[0] != "Marta Lindqvist says so" || c.Priority != "low" || c.Version != was.Version+1 || !firstResponse(c).After(firstResponse(was)) || !c.Promise.By.Equal(was.Promise.By) {
		t.Errorf("corrected: %+v", c)
	}
	if m := c.Messages[0]; m.Mood != "positive" || m.Corrected != "marta" {
		t.Errorf("the message: %+v", m)
	}
	if again := w.ask("marta", "POST", conv(id, "correct"), `{"label":"positive"}`, "Idempotency-Key", "k"); again.Header().Get("Idempotency-Replayed") != "true" || again.conversation().Version != c.Version {
		t.Error("the same request was taken twice")
	}
	first := w.labels("en")
	w.Clock.Turn(time.Minute)
	w.ask("oleg", "POST", conv(id, "correct"), `{"label":"neutral","message":"`+c.Messages[0].ID+`"}`).is(200)
	all := w.labels("en")
	if len(first) != 1 || first[0].Mood != "positive" || len(all) != 1 {
		t.Fatalf("labels %+v, then %+v", first, all)
	}
	if l := all[0]; l.Mood != "neutral" || l.Was != "negative" || l.By != "oleg" || l.Conversation != id || l.Message != c.Messages[0].ID || !strings.HasPrefix(l.Raw, setup.MailPrefix) {
		t.Errorf("the label: %+v", l)
	}
	c = w.ask("ana", "POST", conv(id, "correct"), `{"language":"it","priority":"urgent"}`).conversation()
	if c.Language != "it" || c.Priority != "urgent" || c.PriorityWhy[0] != "Ana Ferrante set it" || c.Sentiment.Label != "neutral" {
		t.Errorf("corrected again: %+v", c)
	}
	if en, it := w.labels("en"), w.labels("it"); len(en) != 0 || len(it) != 1 || it[0].Mood != "neutral" {
		t.Errorf("labels %+v and %+v", en, it)
	}
	w.Settle()
	if got := w.found("ana", "suitcase"); !slices.Equal(got, []string{id}) {
		t.Errorf("found %v", got)
	}
	if sum := w.Day("2026-11-23"); !sum.Balanced || sum.Received != 1 {
		t.Errorf("the sum is %+v", sum)
	}
	var audit work.Audit
	w.ask("ana", "GET", "/api/v1/audit?conversation="+id, "").is(200).into(&audit)
	if a := audit.Items[len(audit.Items)-2]; a.Event != "corrected" || a.By != "marta" || a.Message != c.Messages[0].ID || !slices.Contains(a.Why, "marta says that the mood is positive, not negative") {
		t.Errorf("the audit: %+v", audit.Items)
	}
}

// What a correction is taken for must be what the agent saw, and only customers' messages have a mood.
func TestWhatCannotBeCorrected(t *testing.T) {
	w := open(t)
	id := w.complaint()
	w.ask("ana", "POST", conv(id, "correct"), `{"label":"neutral"}`, "If-Match", "9").is(412)
	c := w.ask("ana", "POST", conv(id, "note"), `{"text":"Hm."}`).conversation()
	note := c.Messages[slices.IndexFunc(c.Messages, func(m work.Message) bool { return m.Kind == "note" })].ID
	if p := w.ask("ana", "POST", conv(id, "correct"), `{"label":"neutral","message":"`+note+`"}`).is(422).problem(); p.Field != "message" {
		t.Errorf("a note: %+v", p)
	}
	w.ask("ana", "POST", conv(id, "resolve"), "").is(200)
	if p := w.ask("ana", "POST", conv(id, "correct"), `{"priority":"high"}`).is(409).problem(); p.Code != "not_open" {
		t.Errorf("resolved: %+v", p)
	}
	w.ask("ana", "POST", conv(id, "correct"), `{"label":"neutral"}`).is(200)
	if n := len(w.labels("en")); n != 1 {
		t.Errorf("%d labels", n)
	}
}
