package console_test

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

func (w *world) view(agent, query string) (p work.Page) {
	w.t.Helper()
	w.ask(agent, "GET", "/api/v1/queue?"+query, "").is(200).into(&p)
	return p
}

// all follows the cursors to the end.
func (w *world) all(agent, query string) (ids []string, pages int) {
	w.t.Helper()
	for cursor := ""; ; {
		p := w.view(agent, query+"&cursor="+url.QueryEscape(cursor))
		pages++
		for _, c := range p.Items {
			ids = append(ids, c.ID)
		}
		if cursor = p.Cursor; cursor == "" || pages > 50 {
			return ids, pages
		}
		if len(cursor) > 120 {
			w.t.Fatalf("a cursor of %d characters", len(cursor))
		}
	}
}

func TestTheQueueIsInOrderAndWholeOverItsPages(t *testing.T) {
	w := open(t)
	subjects := []string{"Your flight is wonderful, thank you", "Where is my booking?", "This is terrible, nobody answers", "URGENT: I am stranded, my flight leaves in one hour, help"}
	for i := range 130 {
		w.mail(i, subjects[i%4], fmt.Sprintf("%s. It is number %d.", subjects[i%4], i))
		w.Clock.Turn(time.Second)
	}
	ids, pages := w.all("ana", "view=priority")
	unique := slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) != 130 || len(unique) != 130 || pages != 3 {
		t.Fatalf("%d conversations, %d different, on %d pages", len(ids), len(unique), pages)
	}
	items := w.view("ana", "").Items
	rank := func(c work.Conversation) int {
		return slices.Index([]triage.Priority{triage.Urgent, triage.High, triage.Normal, triage.Low}, c.Priority)
	}
	if !slices.IsSortedFunc(items, func(a, b work.Conversation) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Waiting.Cost, a.Waiting.Cost))
	}) {
		t.Error("the first page is out of order")
	}
	if n := len(slices.DeleteFunc(slices.Clone(items), func(c work.Conversation) bool { return c.Priority != "urgent" })); n < 30 || items[0].Priority != "urgent" {
		t.Errorf("%d of the first page are urgent, and the first is %s", n, items[0].Priority)
	}
	if first := items[0]; first.Messages != nil || first.Assignee.ID == "" || first.Version == 0 || first.Contact.Address == "" {
		t.Errorf("an item is %+v", first)
	}
	if p := w.view("rosa", "view=all"); len(p.Items) != 0 || p.Cursor != "" {
		t.Errorf("another brand sees %d", len(p.Items))
	}
	if p := w.view("ana", "channel=custom"); len(p.Items) != 0 {
		t.Errorf("%d on another channel", len(p.Items))
	}
}

// Ada is stranded, Denis has been angry for twenty minutes, and Bruno has just said thanks: waiting costs most with Bruno, by the prior of a rule book that says nothing, and
// he stands last all the same.
func TestTheUnhappyStandBeforePraise(t *testing.T) {
	w := open(t)
	w.mail(1, "URGENT", "URGENT: I am stranded, my flight leaves in one hour. This is terrible, nobody answers!")
	w.mail(2, "Terrible", "This is terrible, my suitcase arrived broken and I am very disappointed.")
	w.Turn(20 * time.Minute)
	w.mail(3, "Thank you", "Your crew was wonderful, thank you so much! A perfect flight.")
	items := w.view("ana", "").Items
	var got []triage.Priority
	for _, c := range items {
		got = append(got, c.Priority)
	}
	if !slices.Equal(got, []triage.Priority{triage.Urgent, triage.High, triage.Low}) || items[2].Sentiment.Label != triage.Positive {
		t.Fatalf("the queue is %v", got)
	}
	if praise := items[2].Waiting; praise == nil || praise.Why != sla.Praised || praise.Cost < items[1].Waiting.Cost {
		t.Errorf("the story is of praise that costs more to let wait: %+v, and %+v", praise, items[1].Waiting)
	}
}

func TestViews(t *testing.T) {
	w := open(t)
	for i := range 4 {
		w.mail(i, "Terrible", fmt.Sprintf("This is terrible number %d.", i))
	}
	var id []string
	for _, p := range w.Outbox() {
		id = append(id, p.Conversation)
	}
	post := func(c, doing, body string) { t.Helper(); w.ask("oleg", "POST", conv(c, doing), body).is(200) }
	post(id[0], "claim", "")
	post(id[1], "unassign", "")
	post(id[2], "reply", `{"text":"Hello."}`)
	post(id[3], "resolve", "")
	w.Settle()
	for query, want := range map[string][]string{
		"view=mine": {id[0]}, "view=unassigned": {id[1]}, "view=pending": {id[2]}, "view=priority": {id[0], id[1]}, "view=all": {id[0], id[1], id[2]}, "view=breached": {},
	} {
		got, _ := w.all("oleg", query)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	w.Turn(2 * time.Hour)
	got, _ := w.all("oleg", "view=breached&brand=acme-air&channel=email")
	if len(got) != 2 || slices.Contains(got, id[2]) || slices.Contains(got, id[3]) {
		t.Errorf("breached: %v", got)
	}
}

// What nobody waits for stands in no list of what is owed, and with nobody, until an agent takes it up or a person writes; taken back it is as before.
func TestWhatNobodyWaitsForStandsApart(t *testing.T) {
	w := open(t)
	w.SendMail("news@list.example", "From: News <news@list.example>\nTo: care@acme.example\nSubject: Offers\nList-Id: <news.list.example>\nMessage-ID: <n@list.example>\n\nTen percent off.\n", "care@acme.example")
	w.mail(1, "My suitcase", "Where is my suitcase?")
	w.Settle()
	owed := w.view("ana", "").Items
	apart := w.view("ana", "view=unawaited").Items
	if len(owed) != 1 || len(apart) != 1 || !apart[0].Unawaited || owed[0].Unawaited || len(apart[0].Targets) != 0 {
		t.Fatalf("to answer %d, apart %d", len(owed), len(apart))
	}
	news := apart[0].ID
	stands := func(agent, query string) bool {
		ids, _ := w.all(agent, query)
		return slices.Contains(ids, news)
	}
	if with := apart[0].Assignee.ID; with != "team:care" || stands("marta", "view=mine") || stands("ana", "view=unassigned") || !stands("ana", "view=all") {
		t.Errorf("it is with %s, or in no list of all", with)
	}
	w.ask("marta", "POST", conv(news, "claim"), "").is(200)
	w.Settle()
	if !stands("marta", "view=mine") || !stands("ana", "view=priority") || stands("ana", "view=unawaited") {
		t.Error("claimed it is not with who claimed it")
	}
	w.ask("marta", "POST", conv(news, "undo"), "").is(200)
	w.Settle()
	if c := w.ask("ana", "GET", conv(news), "").conversation(); c.Assignee.ID != "team:care" || stands("marta", "view=mine") || stands("ana", "view=priority") || !stands("ana", "view=unawaited") {
		t.Error("undone it is not as before")
	}
	w.SendMail("news@list.example", "From: News <news@list.example>\nTo: care@acme.example\nSubject: Re: Offers\nIn-Reply-To: <n@list.example>\nReferences: <n@list.example>\nMessage-ID: <m@list.example>\n\nAnd where is my suitcase?\n", "care@acme.example")
	w.Settle()
	if c := w.ask("ana", "GET", conv(news), "").conversation(); c.Assignee.ID == "team:care" || !stands("ana", "view=priority") || stands("ana", "view=unawaited") || !running(c, "first_response") {
		t.Errorf("a person wrote: %+v %+v", c.Assignee, c.Targets)
	}
	if sum := w.Day("2026-11-23"); !sum.Balanced || sum.Suppressed["list"] != 1 {
		t.Errorf("%+v", sum)
	}
}
