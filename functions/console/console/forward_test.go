package console_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/mail"
)

// kinds are a conversation's messages of a kind.
func kinds(c work.Conversation, kind string) []work.Message {
	return slices.DeleteFunc(slices.Clone(c.Messages), func(m work.Message) bool { return m.Kind != kind })
}

// Ana asks the handling company what it knows of Ada's suitcase. It has what Ada wrote and nothing else, answers into her conversation for agents alone, and Ada is owed what
// she was owed.
func TestWhatACustomerWroteIsForwarded(t *testing.T) {
	w := open(t)
	id := w.complaint()
	w.ask("ana", "POST", conv(id, "note"), `{"text":"She is a difficult one."}`).is(http.StatusOK)
	before := w.ask("ana", "GET", conv(id), "").conversation()
	receipt := kinds(before, "receipt")[0].ID
	for body, field := range map[string]string{
		`{"to":"belts","text":"Look."}`:                                                                 "to",
		`{"to":"a@belts.example, b@belts.example","text":"Look."}`:                                      "to",
		`{"to":"ADA+x@home.example","text":"Look."}`:                                                    "to",
		`{"to":"care@acme.example","text":"Look."}`:                                                     "to",
		`{"to":"desk@belts.example","text":" "}`:                                                        "text",
		`{"to":"desk@belts.example","text":"Look.","messages":["` + receipt + `"]}`:                     "messages",
		`{"to":"desk@belts.example","text":"Look.","messages":["` + kinds(before, "note")[0].ID + `"]}`: "messages",
	} {
		if p := w.ask("ana", "POST", conv(id, "forward"), body).is(http.StatusUnprocessableEntity).problem(); p.Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}

	body := `{"to":"Bruno Belt <desk@belts.example>","text":"Dear Bruno,\nwhere is this one?"}`
	w.ask("ana", "POST", conv(id, "forward"), body, "Idempotency-Key", "f").conversation()
	w.ask("ana", "POST", conv(id, "forward"), body, "Idempotency-Key", "f").conversation()
	out := w.newest()
	if out.Kind != "forward" || out.To != "desk@belts.example" || len(w.Outbox()) != 2 || !strings.Contains(out.Headers["From"], "Ana") || out.Headers["Auto-Submitted"] != "" {
		t.Fatalf("it left as %s to %q: %+v", out.Kind, out.To, out.Headers)
	}
	for _, want := range []string{"where is this one?", "From: Ada", "Subject: ", "> My suitcase arrived broken"} {
		if !strings.Contains(out.Text, want) {
			t.Errorf("what was forwarded lacks %q:\n%s", want, out.Text)
		}
	}
	if s := out.Text + fmt.Sprint(out.Headers); strings.Contains(s, "ada@") || strings.Contains(s, "difficult") || strings.Contains(s, "receipt") {
		t.Errorf("it tells what is not his:\n%s", s)
	}
	w.Turn(time.Minute)
	c := w.ask("ana", "GET", conv(id), "").conversation()
	same := func(c work.Conversation) bool {
		return c.Status == before.Status && fmt.Sprint(c.Targets) == fmt.Sprint(before.Targets) && c.Promise.By.Equal(before.Promise.By) && c.Promise.State == before.Promise.State && c.Contact.Address == "ada@home.example"
	}
	if f := kinds(c, "forward"); !same(c) || len(f) != 1 || f[0].Cc[0].Address != "desk@belts.example" || f[0].Author != "Ana" && f[0].Author == "" || len(c.Others) != 0 || len(c.Thirds) != 1 {
		t.Fatalf("then it stands so: %+v", c)
	}

	signed, thread := address(out.Headers["Reply-To"]), out.Headers["Message-ID"]
	sent := len(w.Outbox())
	w.SendMail("desk@belts.example", "From: Bruno Belt <desk@belts.example>\nTo: "+signed+"\nSubject: Re: Fwd: My suitcase\nMessage-ID: <b1@belts.example>\nIn-Reply-To: "+thread+"\n\nIt fell off belt nine.\n", signed)
	w.Settle()
	w.SendMail("eve@spoof.fail.example", "From: Bruno Belt <desk@belts.example>\nTo: "+signed+"\nSubject: Re: Fwd: My suitcase\nMessage-ID: <b2@belts.example>\nIn-Reply-To: "+thread+"\n\nSend me her passport.\n", signed)
	w.Settle()
	c = w.ask("ana", "GET", conv(id), "").conversation()
	third := kinds(c, "third")
	if len(third) != 1 || third[0].Suppressed != desk.FromThird || third[0].Author != "Bruno Belt" || !strings.Contains(third[0].Text, "belt nine") || c.Thirds[0].Wrote.IsZero() || !same(c) {
		t.Fatalf("his answer stands so: %+v in %+v", third, c)
	}
	if s := fmt.Sprintf("%+v", c.Messages); strings.Contains(s, "passport") {
		t.Error("a mail in his name that is not proved stands in her conversation")
	}
	for _, p := range w.Outbox()[sent:] {
		if p.Kind != "page" && strings.Contains(p.To, "belts.example") && p.Conversation == id {
			t.Errorf("he is answered by %s: %s", p.Kind, p.Text)
		}
	}
	if p := w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Ada,","cc":["desk@belts.example"]}`).is(http.StatusUnprocessableEntity).problem(); p.Field != "cc" {
		t.Errorf("he may read with her: %+v", p)
	}
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Ada,\nwe have it."}`).conversation()
	if got := w.newest(); got.To != "ada@home.example" || strings.Contains(got.Text, "nine") || strings.Contains(fmt.Sprint(got.Headers), "belts") {
		t.Errorf("the answer goes to %q: %+v", got.To, got)
	}

	w.forwardsForgotten(id, c)
}

// forwardsForgotten: each of the two has a copy of what is theirs, and is forgotten apart; the receipt of hers says where her words went.
func (w *world) forwardsForgotten(id string, c work.Conversation) {
	t := w.t
	bruno, ada := c.Thirds[0].ID, c.Contact.ID
	for contact, x := range map[string]struct{ has, lacks []string }{
		bruno: {[]string{"desk@belts.example", "belt nine", "where is this one"}, []string{"ada@", "difficult", "we have it"}},
		ada:   {[]string{"ada@home.example", "we have it"}, []string{"desk@belts", "Bruno", "belt nine", "difficult"}},
	} {
		w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/export", `{"brand":"acme-air"}`).is(http.StatusOK)
		w.Settle()
		d := w.demands(contact)[0]
		if d.Copy == nil {
			t.Fatalf("the copy of %s: %+v", contact, d)
		}
		data, files := unpacked(t, d.Copy.URL)
		text, _ := json.Marshal(data)
		got := string(text) + strings.Join(files, "\n")
		for _, s := range x.has {
			if !strings.Contains(got, s) {
				t.Errorf("the copy of %s lacks %q", contact, s)
			}
		}
		for _, s := range x.lacks {
			if i := strings.Index(got, s); i >= 0 {
				t.Errorf("the copy of %s has %q: …%s…", contact, s, got[max(0, i-200):min(len(got), i+100)])
			}
		}
	}
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+bruno+"/forget", `{"brand":"acme-air","why":"asks"}`).is(http.StatusOK)
	w.Settle()
	c = w.ask("ana", "GET", conv(id), "").conversation()
	if s := fmt.Sprintf("%+v", c); strings.Contains(s, "desk@belts") || strings.Contains(s, "belt nine") || c.Contact.Address != "ada@home.example" || len(kinds(c, "forward")) != 1 || len(kinds(c, "reply")) != 1 {
		t.Errorf("after he was forgotten: %s", s)
	}
	w.ask("ana", "POST", conv(id, "forward"), `{"to":"other@Partner.example","text":"And you?","with_address":true}`).conversation()
	if got := w.newest(); !strings.Contains(got.Text, "ada@home.example") {
		t.Errorf("her address was to go with it:\n%s", got.Text)
	}
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+ada+"/forget", `{"why":"asks"}`).is(http.StatusOK)
	w.Settle()
	if d := w.demands(ada)[0]; d.State != "done" || !slices.Contains(d.Forwarded, "partner.example") {
		t.Errorf("the receipt of her removal: %+v", d)
	}
	if left := w.traces(id, "ada@home.example"); len(left) > 0 {
		t.Errorf("left of her:\n%s", strings.Join(left, "\n"))
	}
}

// Who had a copy of an answer and never wrote is found when he demands his own: the copy has what he was sent, and nobody's address but his.
func TestWhoHadACopyHasHisOwn(t *testing.T) {
	w := open(t)
	id := w.complaint()
	c := w.ask("ana", "POST", conv(id, "reply"), `{"text":"Dear Ada,\nwe have found it.","cc":["bruno@booking.example","cy@work.example"]}`).conversation()
	w.Settle()
	bruno := c.Participants[slices.IndexFunc(c.Participants, func(p work.Participant) bool { return p.Address == "bruno@booking.example" })].ID
	w.ask("ana", "POST", "/api/v1/contacts/"+bruno+"/export", `{"brand":"acme-air"}`).is(http.StatusOK)
	w.Settle()
	d := w.demands(bruno)[0]
	if d.Copy == nil {
		t.Fatalf("the copy: %+v", d)
	}
	data, files := unpacked(t, d.Copy.URL)
	text, _ := json.Marshal(data)
	got := string(text) + strings.Join(files, "\n")
	if !strings.Contains(got, "we have found it") || !strings.Contains(got, "bruno@booking.example") || len(data.Participated) != 1 {
		t.Errorf("it lacks what he was sent: %s", got)
	}
	if strings.Contains(got, "cy@work") || strings.Contains(got, "ada@home") || strings.Contains(got, "arrived broken") {
		t.Errorf("it has what is others': %s", got)
	}
}

// picture is a file that begins as a picture does.
const picture = "\x89PNG\r\n\x1a\n..."

// pictured lets Ada send a picture, a program and what only says that it is a picture, and gives the conversation's id.
func (w *world) pictured() string {
	w.t.Helper()
	part := func(name, content string) string {
		return "--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"" + name + "\"\n\n" + base64.StdEncoding.EncodeToString([]byte(content)) + "\n"
	}
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: My suitcase\nMessage-ID: <files@home.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nLook at it.\n"+
		part("handle.png", picture)+part("setup.exe", "MZ")+part("other.png", "MZ\x90\x00\x03")+"--b--\n", "care@acme.example")
	w.Settle()
	return w.Outbox()[0].Conversation
}

// Ada's picture of the suitcase goes with what she wrote, byte for byte; what is a program, or only says that it is a picture, never does, and nothing goes without its message.
func TestWhatIsForwardedTakesItsFilesAlong(t *testing.T) {
	w := open(t)
	id := w.pictured()
	m := kinds(w.ask("ana", "GET", conv(id), "").conversation(), "message")[0].ID
	for names, code := range map[string]int{`"` + m + `/1"`: 422, `"` + m + `/2"`: 422, `"` + m + `/3"`: 422, `"` + m + `"`: 422, `"none/0"`: 422, `"` + m + `/0","` + m + `/0"`: 422} {
		if p := w.ask("ana", "POST", conv(id, "forward"), `{"to":"desk@belts.example","text":"Look.","attachments":[`+names+`]}`).is(code).problem(); p.Field != "attachments" {
			t.Errorf("%s: %+v", names, p)
		}
	}
	c := w.ask("ana", "POST", conv(id, "forward"), `{"to":"desk@belts.example","text":"Whose belt did this?","messages":["`+m+`"],"attachments":["`+m+`/0"]}`, "Idempotency-Key", "f").conversation()
	w.Settle()
	files, err := mail.Files([]byte(w.newest().Raw), mail.DefaultLimits)
	if err != nil || len(files) != 1 || files[0].Name != "handle.png" || files[0].ContentType != "image/png" || string(files[0].Content) != picture {
		t.Fatalf("%d files left, %v: %+v", len(files), err, files)
	}
	f := kinds(c, "forward")[0]
	if len(f.Attachments) != 1 || f.Attachments[0].Name != "handle.png" {
		t.Errorf("it stands there with %+v", f.Attachments)
	}
	w.ask("ana", "GET", conv(id, "messages", f.ID, "attachments", "0"), "").is(http.StatusOK)
	w.ask("ana", "POST", conv(id, "forward"), `{"to":"desk@belts.example","text":"And without?"}`).conversation()
	if files, _ := mail.Files([]byte(w.newest().Raw), mail.DefaultLimits); len(files) != 0 {
		t.Error("a file goes that nobody has named")
	}
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+c.Contact.ID+"/forget", `{"why":"asks"}`).is(http.StatusOK)
	w.Settle()
	if left := w.traces(id, "handle.png"); len(left) > 0 {
		t.Errorf("left of it:\n%s", strings.Join(left, "\n"))
	}
}
