package console_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
)

func (r response) draft() (d work.Draft) {
	r.t.Helper()
	r.is(200).into(&d)
	return d
}

// begun are an agent's drafts at a conversation, as "reply 3: Dear Ada"; or what he has begun anywhere.
func (w *world) begun(agent, path string) string {
	w.t.Helper()
	var all work.Drafts
	w.ask(agent, "GET", path, "").is(200).into(&all)
	var got []string
	for _, d := range all.Items {
		got = append(got, strings.TrimSuffix(strings.TrimSpace(fmt.Sprintf("%s%s %s %d: %s", d.Conversation, d.Contact, d.Of, d.Version, d.Text)), " 0:"))
	}
	return strings.Join(got, ", ")
}

// letterFile is a file that an agent has uploaded for a letter.
func (w *world) letterFile(agent, content string) string {
	w.t.Helper()
	var up work.Upload
	sum := sha256.Sum256([]byte(content))
	w.ask(agent, "POST", "/api/v1/uploads?brand=acme-air", fmt.Sprintf(`{"name":"bill.pdf","type":"application/pdf","size":%d,"sha256":%q}`, len(content), hex.EncodeToString(sum[:]))).is(200).into(&up)
	if status := put(w.t, up, []byte(content)); status != 200 {
		w.t.Fatalf("the store takes it with %d", status)
	}
	return up.ID
}

// Marta begins an answer on her phone and goes on at her desk. Neither overwrites the other's words unasked; nobody else sees them; what was sent is gone with its turn, and
// what a page says of it only afterwards brings nothing back.
func TestADraftGoesFromDeviceToDevice(t *testing.T) {
	w := open(t)
	id := w.complaint()
	at, version, turns := conv(id, "drafts"), w.etag(id), w.turns()
	reply := at + "/reply"
	if d := w.ask("marta", "PUT", reply, `{"text":"Dear Ada,","then":["resolve"]}`, "If-Match", "0").draft(); d.Version != 1 || d.Conversation != id || d.At.IsZero() {
		t.Fatalf("kept: %+v", d)
	}
	if d := w.ask("marta", "PUT", reply, `{"text":"Dear Ada,","then":["resolve"]}`, "If-Match", "0").draft(); d.Version != 1 {
		t.Errorf("kept once more: %+v", d)
	}
	if got := w.begun("marta", at); got != id+" reply 1: Dear Ada," {
		t.Errorf("at her desk: %s", got)
	}
	if got := w.begun("oleg", at) + w.begun("oleg", "/api/v1/drafts"); got != "" {
		t.Errorf("Oleg reads %s", got)
	}
	w.ask("rosa", "GET", at, "").is(404)
	w.ask("rosa", "PUT", reply, `{"text":"Mine."}`).is(404)
	w.ask("marta", "PUT", at+"/resolve", `{}`).is(404)
	w.ask("marta", "PUT", reply, `{"text":"`+strings.Repeat("a", 20_001)+`"}`).is(422)
	w.ask("marta", "PUT", reply, `{"cc":["`+strings.Repeat("a", 2_001)+`"]}`).is(422)
	w.ask("marta", "PUT", reply, `{"then":[`+strings.TrimSuffix(strings.Repeat(`"x",`, 51), ",")+`]}`).is(422)
	if p := w.ask("marta", "PUT", reply, `{"files":[{"upload":"u","name":"bill.pdf","size":-5}]}`).is(422).problem(); p.Field != "files" {
		t.Errorf("a file of less than nothing: %+v", p)
	}
	w.ask("marta", "PUT", reply, `{"body":"x"}`).is(400)
	w.ask("marta", "PUT", reply, `{"text":"x"}`, "If-Match", "x").is(400)

	w.ask("marta", "PUT", reply, `{"text":"Dear Ada, at the desk"}`, "If-Match", "1").draft()
	p := w.ask("marta", "PUT", reply, `{"text":"Dear Ada, on the phone"}`, "If-Match", "1").is(409).problem()
	if p.Code != "draft_moved" || p.Version != 2 {
		t.Errorf("the phone is told %+v", p)
	}
	w.ask("marta", "PUT", at+"/note", `{"text":"She flies on Monday."}`).draft()
	if got := w.begun("marta", "/api/v1/drafts"); got != id+" note, "+id+" reply" {
		t.Errorf("she has begun %s", got)
	}
	if w.etag(id) != version || w.turns() != turns {
		t.Error("a draft has moved the conversation")
	}

	// From the phone an older one is sent: what is newer at the desk stays. Then that is sent, and is gone.
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"One moment.","draft":-1}`).is(422)
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"One moment.","draft":1}`).is(200)
	if got := w.begun("marta", at); !strings.Contains(got, "reply 2: Dear Ada, at the desk") {
		t.Errorf("after an older one was sent: %s", got)
	}
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"Dear Ada, at the desk.","draft":2}`, "Idempotency-Key", "k").is(200)
	w.ask("marta", "POST", conv(id, "reply"), `{"text":"Dear Ada, at the desk.","draft":2}`, "Idempotency-Key", "k").is(200)
	w.ask("marta", "PUT", reply, `{"text":"Dear Ada, at the desk"}`, "If-Match", "2").is(409) // it was under way
	if got := w.begun("marta", at); got != id+" note 1: She flies on Monday." {
		t.Errorf("after it was sent: %s", got)
	}
	if got := w.begun("marta", "/api/v1/drafts"); got != id+" note" {
		t.Errorf("she has begun %s", got)
	}

	w.ask("marta", "DELETE", at+"/note", "", "If-Match", "7").is(409)
	if d := w.ask("marta", "DELETE", at+"/note", "").draft(); d.Version != 2 || d.Text != "" {
		t.Errorf("taken out: %+v", d)
	}
	w.ask("marta", "DELETE", at+"/assign", "").draft() // there was none
	w.ask("marta", "PUT", at+"/forward", `{"to":"repair@bags.example","text":"Can you mend it?"}`).draft()
	w.Clock.Turn(31 * 24 * time.Hour)
	if got := w.begun("marta", at); got != "" {
		t.Errorf("after a month: %s", got)
	}
}

// What was begun at a conversation that was merged goes on where that does, below what was begun there; and is not in two places.
func TestADraftGoesWhereItsConversationGoes(t *testing.T) {
	w := open(t)
	first := w.complaint()
	w.Turn(10 * time.Minute)
	second := w.again(2, "Suitcase, once more", "It is me again. Where is my suitcase?").Conversation
	w.ask("ana", "PUT", conv(second, "drafts")+"/reply", `{"text":"It is red, you say.","files":[{"upload":"u","name":"red.png","size":9}],"cc":["otto@home.example"]}`).draft()
	w.ask("ana", "PUT", conv(second, "drafts")+"/note", `{"text":"She called."}`).draft()
	w.ask("ana", "PUT", conv(first, "drafts")+"/reply", `{"text":"Dear Ada,"}`).draft()
	w.ask("ana", "POST", conv(second, "merge"), `{"into":"`+first+`","why":"The same suitcase."}`).is(200)
	want := first + " note 1: She called., " + first + " reply 2: Dear Ada,\n\nIt is red, you say."
	for range 2 {
		if got := w.begun("ana", conv(first, "drafts")); got != want {
			t.Errorf("where it goes on: %s", got)
		}
	}
	if got := w.begun("ana", conv(second, "drafts")); got != "" {
		t.Errorf("where it was: %s", got)
	}
	var all work.Drafts
	w.ask("ana", "GET", conv(first, "drafts"), "").is(200).into(&all)
	if d := all.Items[1]; len(d.Files) != 0 || fmt.Sprint(d.Behind, d.Cc) != "[red.png] [otto@home.example]" { // the picture was uploaded to the other one: no answer here may carry it
		t.Errorf("of its file and its copy: %+v", d)
	}

	// Two that are too long together wait for each other, and nothing of either is lost.
	third := w.again(3, "Suitcase, again", "And who pays for it?").Conversation
	long := strings.Repeat("a", 19_990)
	w.ask("ana", "PUT", conv(third, "drafts")+"/reply", `{"text":"`+long+`"}`).draft()
	w.ask("ana", "POST", conv(third, "merge"), `{"into":"`+first+`","why":"The same suitcase."}`).is(200)
	for range 2 {
		if got := w.begun("ana", conv(first, "drafts")); got != want {
			t.Errorf("beside what is too long: %s", got)
		}
	}
	w.ask("ana", "DELETE", conv(first, "drafts")+"/reply", "").is(200)
	if got := w.begun("ana", conv(first, "drafts")); !strings.HasSuffix(got, long) {
		t.Errorf("when there is room: %.200s", got)
	}
}

// A page that was loaded anew does not know what the one before it kept while it went: that goes with what is sent, where all of it is in that; other words stay.
func TestWhatIsSentTakesItsBeginningAlong(t *testing.T) {
	w := open(t)
	id := w.complaint()
	for text, stays := range map[string]bool{"Dear Ada, ": false, "It costs nothing.": true} {
		w.ask("ana", "PUT", conv(id, "drafts")+"/reply", order("text", text)).draft()
		w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Ada, it is here.","draft":0}`).is(200)
		if got := w.begun("ana", conv(id, "drafts")); (got != "") != stays {
			t.Errorf("of %q: %q", text, got)
		}
		w.ask("ana", "DELETE", conv(id, "drafts")+"/reply", "").is(200)
		w.Settle()
	}
}

// A letter has a draft before there is any conversation, one for each contact that is known and one for who is not. Who is forgotten is in no draft any more: at his
// conversation, or to his address. What somebody else's says stays.
func TestWhoIsForgottenIsInNoDraft(t *testing.T) {
	w := open(t)
	id := w.complaint()
	contact := w.ask("ana", "GET", conv(id), "").conversation().Contact.ID
	letter := "/api/v1/drafts/letter?brand=acme-air"
	if d := w.ask("ana", "GET", letter, "").draft(); d.Version != 0 || d.Of != "start" {
		t.Errorf("at first: %+v", d)
	}
	bill, seats := w.letterFile("ana", "%PDF-1.7\nAda's bill"), w.letterFile("ana", "%PDF-1.7\nseats")
	ofLetter := `,"files":[{"upload":"` + bill + `","name":"bill.pdf","size":19}]}`
	w.ask("ana", "PUT", letter, `{"to":"Ada@home.example","subject":"Suitcase of Ada","text":"Dear Ada, a word."`+ofLetter, "If-Match", "0").draft()
	w.ask("ana", "PUT", letter+"&contact="+contact, `{"subject":"Suitcase of Ada","text":"Dear Ada, two words."}`).draft()
	w.ask("oleg", "PUT", letter, `{"to":"bruno@booking.example","text":"Dear Bruno."}`).draft()
	w.ask("marta", "PUT", conv(id, "drafts")+"/note", `{"text":"She is Ada of seat 3C."}`).draft()
	w.ask("rosa", "PUT", letter, `{"text":"x"}`).is(404)
	w.ask("ana", "PUT", letter+"&contact=x", `{"text":"x"}`).is(404)
	if got := w.begun("ana", "/api/v1/drafts"); got != "start, "+contact+" start" {
		t.Errorf("she has begun %q", got)
	}
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", `{"why":"Article 17."}`).is(200)
	w.Clock.Turn(time.Second) // Marta types on: where she does nothing is left
	w.ask("marta", "PUT", conv(id, "drafts")+"/reply", `{"text":"Dear Ada in the window seat,"}`).draft()
	w.Settle()
	if left := w.traces("Suitcase of Ada", "Dear Ada, a word.", "two words", "seat 3C", "window seat"); len(left) > 0 {
		t.Errorf("left of her:\n%s", strings.Join(left, "\n"))
	}
	if n := w.demands(contact)[0].Removed["drafts"]; n != 4 {
		t.Errorf("%d drafts were removed, and 4 were of her", n)
	}
	if left := w.traces(bill); len(left) > 0 {
		t.Errorf("her bill is left: %s", left)
	}
	if len(w.traces(seats)) == 0 {
		t.Error("a file that no draft of hers names is gone")
	}
	// Ana's pages are open still, and go on keeping what is typed there: they are told that it was taken out.
	for _, at := range []string{letter, letter + "&contact=" + contact} {
		if p := w.ask("ana", "PUT", at, `{"to":"ada@home.example","text":"Dear Ada, a word more."}`, "If-Match", "1").is(409).problem(); p.Code != "draft_moved" || p.Version != 2 {
			t.Errorf("an open page is told %+v", p)
		}
		if d := w.ask("ana", "GET", at, "").draft(); d.Text != "" || d.Version != 2 {
			t.Errorf("it stands as %+v", d)
		}
	}
	if got := w.begun("oleg", "/api/v1/drafts"); got != "start" {
		t.Errorf("Oleg’s is %q", got)
	}

	w.ask("oleg", "POST", "/api/v1/conversations?brand=acme-air", `{"to":"bruno@booking.example","subject":"Your flight","text":"Dear Bruno.","draft":1}`).is(200)
	if got := w.begun("oleg", "/api/v1/drafts"); got != "" {
		t.Errorf("after it was sent Oleg has %q", got)
	}
}

// What a draft costs, as docs/cost.md says: its row when it is kept again, two places in indexes when it is begun and when it goes, and the answer that takes it with it.
func TestWhatADraftCosts(t *testing.T) {
	w := open(t)
	id := w.complaint()
	reply := conv(id, "drafts") + "/reply"
	costs := func(what string, writes, reads float64, do func()) {
		t.Helper()
		used := func() (wrote, read float64) {
			for _, u := range w.AWS.DynamoDB.Usage() {
				wrote, read = wrote+u.TableWrite+u.IndexWrite, read+u.TableRead+u.IndexRead
			}
			return wrote, read
		}
		wrote, read := used()
		do()
		is, was := used()
		if is-wrote != writes || was-read != reads {
			t.Errorf("%s: %.1f units written and %.1f read, want %.1f and %.1f", what, is-wrote, was-read, writes, reads)
		}
	}
	w.ask("marta", "GET", conv(id), "").is(200) // what an instance reads and writes at its start is no draft's
	text := strings.Repeat("Dear Ada. ", 50)    // half a kilobyte
	costs("begun", 3, 1, func() { w.ask("marta", "PUT", reply, `{"text":"Dear Ada,"}`, "If-Match", "0").draft() })
	costs("kept again", 1, 1, func() { w.ask("marta", "PUT", reply, `{"text":"`+text+`"}`, "If-Match", "1").draft() })
	costs("listed", 0, 0.5, func() { w.begun("marta", "/api/v1/drafts?brand=acme-air") })
	costs("read", 0, 2, func() { w.begun("marta", conv(id, "drafts")) })
	costs("taken out", 3, 1, func() { w.ask("marta", "DELETE", reply, "", "If-Match", "2").draft() })
}
