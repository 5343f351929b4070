package console_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/functions/console/work"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/store"
)

// demanded records that a contact is to be forgotten, as the console does when it dies before it tells forget: the round meets it.
func (w *world) demanded(contact string) {
	w.t.Helper()
	s, at := store.New(dynamodb.NewFromConfig(w.Setup.AWS), wiring.Table), w.Clock.Now()
	d := desk.Demand{Brand: "acme-air", Contact: contact, ID: "demand", Kind: desk.Forget, By: "ana", At: at}
	c := desk.Change{Brand: d.Brand, ID: d.ID, At: at, By: d.By, Name: desk.ContactErased, About: contact}
	if _, err := s.OrderDemand(w.t.Context(), d, c, store.Once{Key: d.ID}); err != nil {
		w.t.Fatal(err)
	}
}

// Between a demand and its being met the customer writes again. What she wrote before goes; what she writes since stays, with its receipt and its promise, and is answered.
func TestWhatCameAfterTheDemandStays(t *testing.T) {
	w := open(t)
	id, contact := w.ada()
	signed := address(w.last("receipt").Headers["Reply-To"])
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"More on Monday, Ada.","at":"2026-11-30T09:00:00Z"}`).is(200)
	w.Turn(10 * time.Minute)
	w.demanded(contact)
	w.Turn(10 * time.Minute)
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: "+signed+"\nSubject: My dog\nMessage-ID: <9@home.example>\n\nNow the dog is gone, too.\n", signed)
	w.Settle()
	was := w.ask("ana", "GET", conv(id), "").conversation()
	if last := was.Messages[len(was.Messages)-1]; last.Kind != "receipt" || was.Promise == nil {
		t.Fatalf("what she wrote since: %+v", was)
	}
	w.Turn(time.Hour)
	w.Schedule("forget")
	w.Settle()
	c := w.ask("ana", "GET", conv(id), "").conversation()
	if len(c.Messages) != 2 || c.Subject != "My dog" || c.Messages[1].Kind != "receipt" || c.Promise == nil || !c.Promise.By.Equal(was.Promise.By) || c.Status != was.Status || len(c.Scheduled) != 0 {
		t.Errorf("what is left: %+v", c)
	}
	if left := w.traces("suitcase", "Ada calls often.", "We shall look for it", "More on Monday", "And Marsh is my name.", "<1@home.example>"); len(left) > 0 {
		t.Errorf("left of before:\n%s", strings.Join(left, "\n"))
	}
	if left := w.traces("the dog is gone"); len(left) < 2 {
		t.Errorf("of what came since is left: %q", left)
	}
	if d := w.demands(contact)[0]; d.State != "done" || d.Removed["conversations"] != 0 || d.Removed["messages"] != 4 || d.Removed["contact"] != 0 {
		t.Errorf("the receipt: %+v", d)
	}
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"We have found it."}`).is(200)
	w.Settle()
	if to := w.last("reply"); to.To != "ada@home.example" || !strings.Contains(to.Text, "We have found it.") {
		t.Errorf("the answer: %+v", to)
	}
	if sum := w.Day("2026-11-23"); !sum.Balanced || sum.Received != 1 {
		t.Errorf("the sum: %+v", sum)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// A guest who has written since he demanded to be forgotten goes on taking part.
func TestAParticipantWhoWritesAgainStays(t *testing.T) {
	w := open(t)
	hers := w.complaint()
	signed := address(w.last("receipt").Headers["Reply-To"])
	w.Turn(10 * time.Minute)
	left := w.from(1, "otto@work.example", signed, "It is my suitcase, too. When does it come?")
	his := left[0].Conversation
	w.ask("ana", "POST", conv(his, "confirm"), "{}").is(200)
	contact := w.ask("ana", "GET", conv(his), "").conversation().Contact.ID
	w.Turn(10 * time.Minute)
	w.from(2, "otto@work.example", signed, "It has four wheels, by the way.")
	w.Turn(10 * time.Minute)
	w.demanded(contact)
	w.Turn(10 * time.Minute)
	w.from(3, "otto@work.example", signed, "One of them is green.")
	w.Turn(time.Hour)
	w.Schedule("forget")
	w.Settle()
	if all := w.traces("four wheels", "too. When does it come", his); len(all) > 0 {
		t.Errorf("left of before:\n%s", strings.Join(all, "\n"))
	}
	c := w.ask("ana", "GET", conv(hers), "").conversation()
	if len(c.Participants) != 1 || len(c.Parts) != 0 || !slices.ContainsFunc(c.Messages, func(m work.Message) bool { return strings.Contains(m.Text, "green") }) {
		t.Errorf("hers: %+v", c)
	}
	if sum := w.Day("2026-11-23"); !sum.Balanced {
		t.Errorf("the sum: %+v", sum)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// A copy is the customer's own: nothing in it is of who else took part, and nothing of what agents wrote for each other.
func TestACopyIsOfNobodyElse(t *testing.T) {
	w := open(t)
	hers := w.complaint()
	signed := address(w.last("receipt").Headers["Reply-To"])
	w.Turn(10 * time.Minute)
	left := w.from(1, "otto@work.example", signed, "It is my suitcase, too. When does it come?")
	his := left[0].Conversation
	w.ask("ana", "POST", conv(his, "confirm"), "{}").is(200)
	w.Turn(10 * time.Minute)
	w.from(2, "otto@work.example", signed, "It has four wheels, by the way.")
	w.ask("ana", "POST", conv(hers, "reply"), `{"text":"Four, then."}`).is(200)
	w.ask("ana", "POST", conv(hers, "note"), `{"text":"Otto is her nephew, Oleg says."}`).is(200)
	w.Settle()
	w.Turn(10 * time.Minute)
	w.from(3, "ada@home.example", signed, "I hear nothing of it.")
	w.ask("ana", "POST", conv(hers, "reply"), `{"text":"It comes tomorrow, Ada."}`).is(200)
	w.Settle()
	copied := func(conversation string) string {
		contact := w.ask("ana", "GET", conv(conversation), "").conversation().Contact.ID
		w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/export", "").is(200)
		w.Settle()
		d := w.demands(contact)[0]
		if d.State != "done" || d.Copy == nil {
			t.Fatalf("the copy: %+v", d)
		}
		data, files := unpacked(t, d.Copy.URL)
		text, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		return string(text) + strings.Join(files, "\n")
	}
	for _, x := range []struct {
		whose, conversation string
		has, lacks          []string
	}{
		{"hers", hers, []string{"ada@home.example", "My suitcase arrived broken", "I hear nothing", "It comes tomorrow, Ada."}, []string{"otto@", "Otto", "four wheels", "nephew", "Four, then."}},
		{"his", his, []string{"otto@work.example", "When does it come", "four wheels", "Four, then."}, []string{"ada@", "Ada", "Marsh", "arrived broken", "nephew", "I hear nothing"}},
	} {
		got := copied(x.conversation)
		for _, want := range x.has {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q", x.whose, want)
			}
		}
		for _, not := range x.lacks {
			if i := strings.Index(got, not); i >= 0 {
				t.Errorf("%s has %q: …%s…", x.whose, not, got[max(0, i-200):min(len(got), i+100)])
			}
		}
	}
}

// Who is being forgotten may demand a copy of what is still there, though the function died after it had taken a conversation's head.
func TestWhatIsHalfForgottenIsCopied(t *testing.T) {
	w := open(t)
	id, contact := w.ada()
	_, err := dynamodb.NewFromConfig(w.Setup.AWS).DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(wiring.Table), Key: map[string]types.AttributeValue{
		"PK": &types.AttributeValueMemberS{Value: "C#acme-air#" + id}, "SK": &types.AttributeValueMemberS{Value: "@"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/export", "").is(200)
	w.Settle()
	d := w.demands(contact)[0]
	if d.State != "done" || d.Copy == nil {
		t.Fatalf("the copy: %+v", d)
	}
	data, _ := unpacked(t, d.Copy.URL)
	if len(data.Conversations) != 1 || data.Conversations[0].Conversation != nil || len(data.Conversations[0].Messages) != 2 || len(data.Conversations[0].Sent) == 0 {
		t.Errorf("copied: %+v", data.Conversations)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// A long thread goes some messages at a time; whatever is left of it is found as long as one of before is.
func TestALongThreadIsForgotten(t *testing.T) {
	w := open(t)
	id := w.complaint()
	signed := address(w.last("receipt").Headers["Reply-To"])
	const more = 60
	for n := range more {
		w.from(n+1, "ada@home.example", signed, fmt.Sprintf("Are there news of bag %d?", n))
	}
	contact := w.ask("ana", "GET", conv(id), "").conversation().Contact.ID
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", "").is(200)
	w.Settle()
	if left := w.traces(append(ofAda, id, "news of bag")...); len(left) > 0 {
		t.Errorf("left of her:\n%s", strings.Join(left, "\n"))
	}
	if d := w.demands(contact)[0]; d.State != "done" || d.Removed["messages"] != more+1 || d.Removed["conversations"] != 1 || d.Removed["objects"] != more+1 {
		t.Errorf("the receipt: %+v", d)
	}
}

// What an agent said of a mail that was held goes with the mail: the audit names it by its id, not by who wrote.
func TestWhatWasSaidOfAHeldMailIsForgotten(t *testing.T) {
	w := open(t)
	_, contact := w.ada()
	w.SendMail("bo@work.example", "From: bo@work.example\nTo: nobody@acme.example\nSubject: Cheap\nMessage-ID: <8@work.example>\n\nBuy.\n", "nobody@acme.example")
	w.Settle()
	for id, why := range w.pieces() {
		w.ask("ana", "POST", "/api/v1/held/"+id+"/dismiss", `{"why":"`+why+` again."}`).is(200)
	}
	if left := w.traces("Ada Marsh shouts again.", "Bo sells again."); len(left) != 4 { // in the audit, and on the piece
		t.Fatalf("the desk says: %q", left)
	}
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", "").is(200)
	w.Settle()
	if left := w.traces(ofAda...); len(left) > 0 {
		t.Errorf("left of her:\n%s", strings.Join(left, "\n"))
	}
	if left := w.traces("Bo sells again."); len(left) != 2 {
		t.Errorf("what was said of somebody else: %q", left)
	}
	if d := w.demands(contact)[0]; d.Removed["held"] != 1 || d.Removed["audit_reasons"] != 3 {
		t.Errorf("the receipt: %+v", d)
	}
}

// pieces are the mails that are held, each with what there is to say of its sender.
func (w *world) pieces() map[string]string {
	w.t.Helper()
	var page work.HeldPage
	w.ask("ana", "GET", "/api/v1/held?brand=acme-air", "").is(200).into(&page)
	if len(page.Items) != 2 {
		w.t.Fatalf("held: %+v", page)
	}
	all := map[string]string{}
	for _, x := range page.Items {
		var one work.Held
		w.ask("ana", "GET", "/api/v1/held/"+x.ID, "").is(200).into(&one)
		all[x.ID] = "Ada Marsh shouts"
		if one.Sender != nil && one.Sender.Address == "bo@work.example" {
			all[x.ID] = "Bo sells"
		}
	}
	return all
}
