package pages_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/infra/wiring"
)

// writes lets somebody write about something of his own, and gives its page.
func (w *world) writes(n int, from, subject, text string) string {
	w.t.Helper()
	before := len(w.Outbox())
	w.SendMail(regexp.MustCompile(`[^ <]+@[^ >]+`).FindString(from), fmt.Sprintf("From: %s\nTo: care@acme.example\nSubject: %s\nMessage-ID: <t%d@home.example>\n\n%s\n", from, subject, n, text), "care@acme.example")
	w.Settle()
	all := w.Outbox()[before:]
	if len(all) != 1 {
		w.t.Fatalf("left: %+v", all)
	}
	return "/console/conversations/" + all[0].Conversation
}

// Ada writes twice from home and once from work. Marta finds that it is she, relates what is about her train, and makes one matter of the suitcase; by forms alone.
func TestTiesAreSaidOnThePage(t *testing.T) {
	w := open(t)
	page, marta := w.complaint(), w.as("marta")
	w.Clock.Turn(10 * time.Minute)
	again := w.writes(2, "ada@home.example", "Suitcase again", "Where is my suitcase?")
	train := w.writes(3, "marsh@work.example", "A train", "Which train goes to the airport?")
	w.Clock.Turn(time.Second)
	other := w.writes(4, "Otto Klee <otto@work.example>", "Wheel", "A wheel came off.")
	id := func(page string) string { return page[strings.LastIndexByte(page, '/')+1:] }
	press := func(page, doing string, fill url.Values) seen {
		t.Helper()
		form := marta.get(page).is(http.StatusOK).fields()
		for k, x := range fill {
			form[k] = x
		}
		return marta.send(http.MethodPost, page+"/"+doing, form)
	}
	done := func(r seen, at, words string) {
		t.Helper()
		if got := r.is(http.StatusSeeOther).Header().Get("Location"); got != at+"?said="+regexp.MustCompile(`said=(.*)`).FindStringSubmatch(got)[1] {
			t.Errorf("it leads to %s, not %s", got, at)
		} else {
			marta.get(got).shows(words)
		}
	}

	// One person: nobody is found, nobody has said how he knows, an address is exact, a name is not.
	press(page, "same", url.Values{"person": {"nobody@home.example"}, "note": {"Mine."}}).is(http.StatusUnprocessableEntity).shows("Nobody else is found by that", "Mine.")
	press(page, "same", url.Values{"person": {"marsh@work.example"}}).is(http.StatusUnprocessableEntity).shows("Say how you know that the two are one person")
	press(page, "same", url.Values{"person": {"wheel"}, "person_why": {"She says so."}}).is(http.StatusUnprocessableEntity).shows("Choose who it is of those found", "otto@work.example, by mail")
	done(press(page, "same", url.Values{"person": {"MARSH@work.example"}, "person_why": {"She signs so."}, "consent": {"yes"}}), page, "One person from now on.")
	marta.get(page).shows("One person with marsh@work.example , as Marta Lindqvist was told by the customer: She signs so.", "A train marsh@work.example , by mail")
	marta.send(http.MethodGet, train, nil, "Accept-Language", "it").shows("Una sola persona con ada@home.example , così", "ada@home.example , via")

	// Related: on both pages, and nothing moves; what is of others by its address; off again from the other side.
	press(page, "relate", nil).is(http.StatusUnprocessableEntity).shows("Choose the other conversation")
	press(page, "relate", url.Values{"other_at": {"nonsense"}}).is(http.StatusUnprocessableEntity).shows("Name the other conversation by its id")
	done(press(page, "relate", url.Values{"other": {id(train)}, "other_why": {"She asks how to fetch it."}}), page, "Each names the other now.")
	done(press(page, "relate", url.Values{"other_at": {" https://desk.acme.example" + other + "?said=note "}}), page, "Each names the other now.")
	marta.get(other).shows("Has to do with My <b>suitcase</b> ada@home.example , by mail")
	marta.get(page).shows("She asks how to fetch it.", "Has to do with A train", "Wheel otto@work.example")
	done(press(other, "unrelate", url.Values{"from": {id(page)}}), other, "Neither names the other any more.")
	if s := marta.get(page).text(); strings.Contains(s, "Wheel") {
		t.Errorf("it still names what has nothing to do with it: %s", s)
	}

	// Merged: of two people only when she knows.
	press(again, "merge", nil).is(http.StatusUnprocessableEntity).shows("Choose the conversation in which it goes on")
	asked := press(other, "merge", url.Values{"into_at": {id(page)}}).is(http.StatusConflict).shows("They are of two people", "I know that they are two people’s")
	if !strings.Contains(asked.Body.String(), `name="into_at" value="`+id(page)+`"`) {
		t.Error("what was typed is lost")
	}
	done(press(again, "merge", url.Values{"into": {id(page)}, "into_why": {"One suitcase."}}), page, "Merged: all is read here as one, and the earlier promise stands.")
	marta.get(page).shows("Where is my suitcase?", "One suitcase.")
	form := asked.fields()
	form.Set("into_at", id(page))
	form.Set("strangers", "yes")
	done(marta.send(http.MethodPost, other+"/merge", form), page, "Merged")
	marta.get(page).shows("A wheel came off.", "From Otto Klee otto@work.example Write anew", "With Ada Marsh", "Answer Otto Klee")
	marta.get(page+"?history=all").is(http.StatusOK).shows("What Otto Klee wrote before the merge is in this conversation alone.", "Answer Otto Klee")
	marta.get("/console").shows("Otto Klee and 1 other")
	if s := marta.get("/console/search?q=" + id(page)).is(http.StatusOK).shows("Otto Klee").text(); strings.Contains(s, "All of Otto") {
		t.Errorf("all of it is Ada’s, and it is called Otto’s: %s", s)
	}

	// The card is Ada's, the answer Otto's.
	card := marta.get(page).fields()
	card.Set("card_name", "Adele Marsh")
	marta.send(http.MethodPost, page+"/card", card).is(http.StatusSeeOther)
	marta.get(page).shows("Answer Otto Klee", "From Otto Klee", "With Adele Marsh")
	form = marta.get(page).fields()
	form.Set("text", "Dear Adele,\n\nit is found.")
	marta.send(http.MethodPost, page+"/reply", form).is(http.StatusOK).shows("greets “Adele”, and the customer is “Otto Klee”")

	// The train's is too old by now, and gone: the page says so, and it can be taken off.
	_, err := dynamodb.NewFromConfig(w.Setup.AWS).DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(wiring.Table), Key: map[string]types.AttributeValue{
		"PK": &types.AttributeValueMemberS{Value: "C#acme-air#" + id(train)}, "SK": &types.AttributeValueMemberS{Value: "@"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	marta.get(page).is(http.StatusOK).shows("Has to do with A conversation that is no longer kept Take it off the list")
	done(press(page, "unrelate", url.Values{"from": {id(train)}}), page, "Neither names the other any more.")
	if s := marta.get(page).text(); strings.Contains(s, "no longer kept") {
		t.Errorf("taken off, and it says %s", s)
	}

	// Two persons again.
	contact := regexp.MustCompile(`name="contact" value="([^"]+)"`).FindStringSubmatch(marta.get(page).Body.String())
	done(press(page, "apart", url.Values{"contact": {contact[1]}}), page, "Two persons again.")
	if s := marta.get(page).text(); strings.Contains(s, "One person with") {
		t.Errorf("they are one still: %s", s)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}
