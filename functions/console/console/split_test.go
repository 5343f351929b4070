package console_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/channel"
)

// oneThread is a conversation in which Ada writes of her suitcase and, ten minutes later, of her dog: the id of what she writes then, and its receipt.
func (w *world) oneThread() (conversation, dog string, receipt edge.Piece) {
	w.t.Helper()
	conversation = w.complaint()
	w.Turn(10 * time.Minute)
	left := w.from(2, "ada@home.example", "care@acme.example", "And where is my dog? Nobody tells me.", "References: <1@home.example>")
	if len(left) != 1 || left[0].Conversation != conversation {
		w.t.Fatalf("left: %+v", left)
	}
	for _, m := range w.ask("ana", "GET", conv(conversation), "").conversation().Messages {
		if m.Kind == "message" {
			dog = m.ID
		}
	}
	return conversation, dog, left[0]
}

// standing are the pieces of a conversation, in their order.
func standing(c work.Conversation) (all []string) {
	for _, m := range c.Messages {
		all = append(all, m.Kind)
	}
	return all
}

// Ada's dog is a matter of its own. It has its letter, with its receipt, its own clock and agent; the suitcase goes on where it was, and each answer of hers comes into the
// one that it is about. The day's sum is what it was.
func TestTwoMattersBecomeTwo(t *testing.T) {
	w := open(t)
	first, dog, receipt := w.oneThread()
	promised := w.ask("ana", "GET", conv(first), "").conversation().Promise.By
	body := `{"messages":["` + dog + `"],"why":"The dog is another matter."}`
	w.ask("rosa", "POST", conv(first, "split"), body).is(404)
	w.ask("ana", "POST", conv(first, "split"), `{"messages":[]}`).is(422)
	w.ask("ana", "POST", conv(first, "split"), `{"messages":["none"]}`).is(422)
	w.ask("ana", "POST", conv(first, "split"), body, "If-Match", "99").is(412)
	a := w.ask("ana", "POST", conv(first, "split"), body, "Idempotency-Key", "s").is(200).conversation()
	if again := w.ask("ana", "POST", conv(first, "split"), body, "Idempotency-Key", "s").is(200); again.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("the same request was taken twice")
	}
	if p := w.ask("ana", "POST", conv(first, "split"), body).is(409).problem(); p.Code != "split_before" {
		t.Errorf("again: %+v", p)
	}
	if len(a.SplitOff) != 1 || !slices.Equal(a.SplitOff[0].Messages, []string{dog}) || a.SplitOff[0].By != "ana" || !slices.Equal(standing(a), []string{"message", "receipt", "split", "note"}) {
		t.Fatalf("the origin is %+v, with %v", a.SplitOff, standing(a))
	}
	second := a.SplitOff[0].Conversation
	b := w.ask("ana", "GET", conv(second), "").is(200).conversation()
	if !slices.Equal(standing(b), []string{"message", "receipt", "note"}) || b.Messages[0].Text != "And where is my dog? Nobody tells me." || b.Messages[0].Part != first || b.SplitFrom == nil || b.SplitFrom.Conversation != first || !b.SplitFrom.Undo {
		t.Fatalf("the new one is %+v, with %v", b, standing(b))
	}
	if a.Messages[2].Split != second || a.Status != "open" || b.Status != "open" || !a.Promise.By.Equal(promised) || !b.Promise.By.Equal(promised) || len(b.Targets) != 2 {
		t.Errorf("they are\n%+v\n%+v", a, b)
	}
	if rest := w.ask("ana", "GET", conv(second)+"?messages_after=0", "").is(200).conversation(); !slices.Equal(standing(rest), standing(b)) {
		t.Errorf("from the first: %v", standing(rest))
	}
	if page := w.view("ana", "view=all"); len(page.Items) != 2 {
		t.Errorf("the queue: %+v", page.Items)
	}
	// What is read of it, corrected and forwarded, and who has it, is the new one's.
	w.ask("ana", "POST", conv(second, "correct"), `{"message":"`+dog+`","label":"neutral","priority":"urgent"}`).is(200)
	w.ask("ana", "POST", conv(second, "forward"), `{"to":"desk@dogs.example","text":"Have you seen him?"}`).is(200)
	w.ask("marta", "POST", conv(second, "claim"), "").is(200)
	if a, b = w.ask("ana", "GET", conv(first), "").conversation(), w.ask("ana", "GET", conv(second), "").conversation(); b.Priority != "urgent" || b.Messages[0].Corrected != "ana" || a.Priority == "urgent" || b.Assignee.ID != "marta" {
		t.Errorf("they are\n%+v\n%+v", a, b)
	}
	w.Settle()
	// By the receipt that went along, by her own letter, by both; by what stayed, and by the signed address alone.
	for n, x := range []struct{ to, header, want string }{
		{"care@acme.example", "In-Reply-To: " + receipt.Headers["Message-ID"], second}, {address(receipt.Headers["Reply-To"]), "References: <1@home.example> <g2@home.example>", second},
		{"care@acme.example", "References: <1@home.example>", first}, {address(receipt.Headers["Reply-To"]), "X-Nothing: here", first},
	} {
		w.Turn(21 * time.Minute) // no more than so many receipts an hour
		if left := w.from(n+20, "ada@home.example", x.to, fmt.Sprintf("More of it: %d.", n), x.header); len(left) != 1 || left[0].Conversation != x.want {
			t.Errorf("%s: %+v", x.header, left)
		}
	}
	// The new one's answer is to what she wrote last there, and both promises are kept, each in its own row.
	for _, id := range []string{second, first} {
		w.ask("ana", "POST", conv(id, "reply"), `{"text":"It comes tomorrow."}`).is(200)
		w.Settle()
	}
	var kept work.PromiseStats
	w.ask("ida", "GET", "/api/v1/stats/promises?from=2026-11-23&to=2026-11-23", "").is(200).into(&kept)
	if n := kept.All.Kept + kept.All.Broken; n != 2 {
		t.Errorf("promises: %+v", kept.All)
	}
	for _, x := range [][2]string{{first, "split"}, {second, "split_off"}} {
		var lines work.Audit
		w.ask("ana", "GET", "/api/v1/audit?conversation="+x[0], "").is(200).into(&lines)
		if !slices.ContainsFunc(lines.Items, func(l work.AuditItem) bool { return l.Event == x[1] && l.By == "ana" }) {
			t.Errorf("the audit of %s: %+v", x[0], lines.Items)
		}
	}
	if sum := w.Day("2026-11-23"); sum.Received != 6 || sum.Receipted != 6 || !sum.Balanced {
		t.Errorf("the sum: %+v", sum)
	}
	w.copyOfASplit(a, b, dog)
	// Merged into what it came from it is one again, and can be split again.
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+first+`"}`).is(200)
	if a = w.ask("ana", "GET", conv(first), "").conversation(); len(a.SplitOff) > 0 || slices.Contains(standing(a), "split") || !slices.Equal(a.Parts, []string{second}) {
		t.Errorf("it is %+v, with %v", a, standing(a))
	}
	w.ask("ana", "POST", conv(first, "split"), body, "Idempotency-Key", "s2").is(200)
	// Who is forgotten is forgotten in both.
	contact := a.Contact.ID
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", "").is(200)
	w.Settle()
	w.Turn(time.Minute)
	if left := w.traces("ada@home.example", "arrived broken", "where is my dog", "another matter"); len(left) > 0 {
		t.Errorf("left of her: %q", left)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// copyOfASplit: the copy for Ada has each letter and each receipt once, where it lies, and says which was split off; nothing of why.
func (w *world) copyOfASplit(a, b work.Conversation, dog string) {
	w.t.Helper()
	var d work.Demand
	for range 2 {
		d = w.ask("ana", "POST", "/api/v1/contacts/"+a.Contact.ID+"/export", "", "Idempotency-Key", "copy").demand()
		w.Settle()
	}
	data, files := unpacked(w.t, d.Copy.URL)
	lies, sent := map[string][]string{}, map[channel.Kind]int{}
	for _, c := range data.Conversations {
		for _, e := range c.Sent {
			sent[e.Kind]++
		}
		for _, m := range c.Messages {
			lies[m.ID] = append(lies[m.ID], c.Conversation.Conversation)
		}
		switch h := c.Conversation; h.Conversation {
		case a.ID:
			if h.SplitInto(a.ID, dog) != b.ID {
				w.t.Errorf("the copy does not say what was split off: %+v", h.SplitOff)
			}
		case b.ID:
			if h.SplitFrom == nil || h.SplitFrom.Of != a.ID || h.SplitFrom.Pieces[0].Message != dog {
				w.t.Errorf("the copy does not say whence it is: %+v", h.SplitFrom)
			}
		}
	}
	for id, in := range lies {
		if len(in) != 1 || id == dog && in[0] != a.ID {
			w.t.Errorf("%s lies in %v", id, in)
		}
	}
	if len(data.Conversations) != 2 || len(lies) != 8 || sent[channel.Receipt] != 6 || sent[channel.Reply] != 2 || sent[channel.Forward] != 0 || len(data.Participated) > 0 { // six letters, with their receipts, and two answers
		w.t.Errorf("the copy has %d conversations, %d messages, %v that left, %d elsewhere", len(data.Conversations), len(lies), sent, len(data.Participated))
	}
	if all := strings.Join(files, "\n"); strings.Count(all, "And where is my dog?") != 1 || strings.Contains(all, "another matter") || strings.Contains(all, "dogs.example") {
		w.t.Error("the files are not each letter once, and no more")
	}
}

// What Ada writes after she demanded to be forgotten stays, also where it was split off what goes: in the new one, which owes it alone. And should the desk's clocks have
// disagreed, so that the new one goes as a whole, her letter stands in the origin again, which owes it.
func TestOfASplitStaysWhatCameSince(t *testing.T) {
	for _, crooked := range []bool{false, true} {
		w := open(t)
		first := w.complaint()
		contact := w.ask("ana", "GET", conv(first), "").conversation().Contact.ID
		w.Turn(10 * time.Minute)
		w.demanded(contact)
		demanded := w.Clock.Now()
		w.Turn(10 * time.Minute)
		receipt := w.from(2, "ada@home.example", "care@acme.example", "And where is my dog? Nobody tells me.", "References: <1@home.example>")[0]
		dog := ""
		for _, m := range w.ask("ana", "GET", conv(first), "").conversation().Messages {
			if m.Kind == "message" {
				dog = m.ID
			}
		}
		second := w.ask("ana", "POST", conv(first, "split"), `{"messages":["`+dog+`"]}`).is(200).conversation().SplitOff[0].Conversation
		if crooked {
			w.foundBefore(second, demanded)
		}
		w.Turn(time.Hour)
		w.Schedule("forget")
		w.Settle()
		stands := map[bool]string{false: second, true: first}[crooked]
		is := w.ask("ana", "GET", conv(stands), "").is(200).conversation()
		if is.Status != "open" || len(is.Targets) == 0 || is.Messages[0].Text != "And where is my dog? Nobody tells me." || len(is.SplitOff) > 0 {
			t.Errorf("%v: it is %+v, with %v", crooked, is, standing(is))
		}
		if crooked {
			w.ask("ana", "GET", conv(second), "").is(404)
		} else if other := w.ask("ana", "GET", conv(first), "").conversation(); other.Status == "open" {
			t.Errorf("the origin is %+v, with %v", other, standing(other))
		}
		if left := w.traces("arrived broken"); len(left) > 0 {
			t.Errorf("left of before: %q", left)
		}
		// What she answers now comes to where it stands, and is answered there.
		if left := w.from(3, "ada@home.example", "care@acme.example", "He is brown.", "In-Reply-To: "+receipt.Headers["Message-ID"]); len(left) != 1 || left[0].Conversation != stands {
			t.Errorf("%v: her answer came to %+v, not to %s", crooked, left, stands)
		}
		w.ask("ana", "POST", conv(stands, "reply"), `{"text":"We have found him."}`).is(200)
		w.Settle()
		if sum := w.Day("2026-11-23"); !sum.Balanced || w.last("reply").To != "ada@home.example" {
			t.Errorf("%v: the sum is %+v", crooked, sum)
		}
		if errs := w.Errors(); len(errs) > 0 {
			t.Errorf("invocations failed: %v", errs)
		}
	}
}

// Whatever becomes of what was split off, an answer to it is taken somewhere, and receipted: merged back it comes into the origin, resolved it opens that again, merged into a
// third it comes into that; and should the third be half gone, as when who removes it dies, it begins a conversation of its own.
func TestAnAnswerToWhatWentIsNeverLost(t *testing.T) {
	w := open(t)
	first, dog, receipt := w.oneThread()
	n := 20
	comes := func(what string) (into work.Conversation) {
		t.Helper()
		w.Turn(31 * time.Minute) // no more than so many receipts an hour
		n++
		left := w.from(n, "ada@home.example", "care@acme.example", fmt.Sprintf("More of him: %d.", n), "In-Reply-To: "+receipt.Headers["Message-ID"])
		if i := slices.IndexFunc(left, func(p edge.Piece) bool { return p.Kind == "receipt" }); i >= 0 {
			into = w.ask("ana", "GET", conv(left[i].Conversation), "").is(200).conversation()
		}
		if into.Status != "open" || !slices.ContainsFunc(into.Messages, func(m work.Message) bool { return strings.Contains(m.Text, fmt.Sprintf("More of him: %d.", n)) }) {
			t.Errorf("%s: left %+v, it is in %+v", what, left, into)
		}
		return into
	}
	split := func(key string) string {
		return w.ask("ana", "POST", conv(first, "split"), `{"messages":["`+dog+`"]}`, "Idempotency-Key", key).is(200).conversation().SplitOff[0].Conversation
	}
	w.ask("ana", "POST", conv(split("a"), "merge"), `{"into":"`+first+`"}`).is(200)
	if is := comes("merged back"); is.ID != first {
		t.Errorf("merged back it came into %s", is.ID)
	}
	second := split("b")
	w.ask("ana", "POST", conv(second, "resolve"), "").is(200)
	if is := comes("resolved"); is.ID != second {
		t.Errorf("resolved it came into %s", is.ID)
	}
	w.Turn(31 * time.Minute)
	third := w.again(7, "My cat", "And the cat?").Conversation
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+third+`"}`).is(200)
	if is := comes("merged elsewhere"); is.ID != third {
		t.Errorf("merged elsewhere it came into %s", is.ID)
	}
	for key := range w.rows() {
		if sort, ok := strings.CutPrefix(key, "C#acme-air#"+third+" "); ok && !strings.Contains(sort, "#") { // its head
			if _, err := dynamodb.NewFromConfig(w.Setup.AWS).DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(wiring.Table), Key: map[string]types.AttributeValue{
				"PK": &types.AttributeValueMemberS{Value: "C#acme-air#" + third}, "SK": &types.AttributeValueMemberS{Value: sort}}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.ask("ana", "GET", conv(third), "").is(404)
	if is := comes("half gone"); slices.Contains([]string{first, second, third}, is.ID) {
		t.Errorf("half gone it came into %s", is.ID)
	}
	if sum := w.Day("2026-11-23"); !sum.Balanced || sum.Received != 7 {
		t.Errorf("the sum is %+v", sum)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// foundBefore lets a conversation be found among its contact's as one of a time.
func (w *world) foundBefore(id string, at time.Time) {
	w.t.Helper()
	for key, i := range w.rows() {
		if !strings.HasPrefix(key, "C#acme-air#"+id+" ") || i["g2s"] == nil || strings.HasSuffix(key, " META") {
			continue
		}
		i["g2s"] = &types.AttributeValueMemberS{Value: at.UTC().Format("2006-01-02T15:04:05.000Z")}
		if _, err := dynamodb.NewFromConfig(w.Setup.AWS).PutItem(w.t.Context(), &dynamodb.PutItemInput{TableName: aws.String(wiring.Table), Item: i}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// Whatever write fails, and however: who repeats a split with its key until it is taken has split once, each letter is owed in one of the two, and nothing leaves twice.
// Merged again at once, all is as before.
func TestASplitSurvivesEveryFault(t *testing.T) {
	walk(t, func(w *world) (string, string) {
		w.api = edge.AsAgent(w.API())
		conversation, dog, _ := w.oneThread()
		return conversation, dog
	}, func(w *world, first, dog string) {
		w.until(conv(first, "split"), `{"messages":["`+dog+`"],"why":"Another matter."}`)
	}, func(w *world, first, dog string) {
		a := w.ask("ana", "GET", conv(first), "").conversation()
		if len(a.SplitOff) != 1 || a.Status != "open" || a.Promise == nil {
			w.t.Fatalf("it is %+v", a)
		}
		second := a.SplitOff[0].Conversation
		b := w.ask("ana", "GET", conv(second), "").conversation()
		if b.Status != "open" || b.Promise == nil || !slices.Equal(standing(b), []string{"message", "receipt", "note"}) {
			w.t.Errorf("it is %+v, with %v", b, standing(b))
		}
		w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+first+`"}`).is(200)
		w.Settle()
		if is := w.ask("ana", "GET", conv(first), "").conversation(); len(is.SplitOff) > 0 || !is.Promise.By.Equal(a.Promise.By) || len(is.Targets) != len(a.Targets) {
			w.t.Errorf("put back it is %+v", is)
		}
		if sum := w.Day("2026-11-23"); sum.Received != 2 || sum.Receipted != 2 || !sum.Balanced || len(w.Outbox()) != 2 {
			w.t.Errorf("the sum is %+v, %d pieces left", sum, len(w.Outbox()))
		}
	})
}

// Two that were one thread read each other's rows: neither goes by its age before the other is as old, and then both do.
func TestASplitGoesWithItsOrigin(t *testing.T) {
	w := &world{Desk: desktest.New(t, desktest.Options{Start: monday, Policy: retaining(t)}), t: t}
	w.api = edge.AsAgent(w.API())
	first, dog, _ := w.oneThread()
	second := w.ask("ana", "POST", conv(first, "split"), `{"messages":["`+dog+`"]}`).conversation().SplitOff[0].Conversation
	w.ask("ana", "POST", conv(first, "resolve"), "").is(200)
	w.days(4)
	w.ask("ana", "POST", conv(second, "resolve"), "").is(200)
	w.days(8)
	w.days(20)
	if c := w.ask("ana", "GET", conv(second), "").is(200).conversation(); c.Messages[0].Text != "And where is my dog? Nobody tells me." {
		t.Errorf("after thirty-two days it is %+v", c)
	}
	w.ask("ana", "GET", conv(first), "").is(200)
	w.days(4)
	for _, id := range []string{first, second} {
		w.ask("ana", "GET", conv(id), "").is(404)
	}
	if left := w.traces("where is my dog", "Split off another"); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}
