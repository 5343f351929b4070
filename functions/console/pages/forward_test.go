package pages_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// Ana forwards Ada's mail by the form: what she typed stays where it is refused; then the page says to whom it went, and of his answer that it is not the customer's.
func TestAPageForwards(t *testing.T) {
	w := open(t)
	page := w.complaint()
	ana := w.as("ana")
	first := ana.get(page).shows("Forward to somebody outside", "a file only with its message")
	form := first.fields()
	newest := regexp.MustCompile(`name="forward_message" value="([^"]+)" checked`).FindStringSubmatch(first.Body.String())
	if newest == nil {
		t.Fatal("the newest of her mails is not ticked at first")
	}
	form.Set("forward_message", newest[1])
	form.Set("forward_to", "ada@home.example")
	form.Set("forward_text", "Where is it?")
	form = ana.send(http.MethodPost, page+"/forward", form).is(http.StatusUnprocessableEntity).shows("takes part in the conversation already", "Where is it?").fields()
	form.Set("forward_to", "Bruno Belt <desk@belts.example>")
	form.Set("forward_text", "Where is it?")
	form.Del("forward_message")
	form = ana.send(http.MethodPost, page+"/forward", form).is(http.StatusUnprocessableEntity).shows("Choose what of the customer goes with it").fields()
	form.Set("forward_message", newest[1])
	form.Set("forward_to", "Bruno Belt <desk@belts.example>")
	form.Set("forward_text", "Where is it?")
	ana.send(http.MethodPost, page+"/forward", form).is(http.StatusSeeOther)
	w.Settle()
	out := w.Outbox()[1]
	w.SendMail("desk@belts.example", "From: Bruno Belt <desk@belts.example>\nTo: care@acme.example\nSubject: Re: Fwd\nMessage-ID: <b@belts.example>\nIn-Reply-To: "+out.Headers["Message-ID"]+"\n\nOn belt nine.\n", "care@acme.example")
	w.Settle()
	p := ana.get(page).shows("forwarded to Bruno Belt , by Ana Ferrante; the customer does not see it", "not the customer: it was forwarded to them", "On belt nine.", "Answer Ada Marsh", "answered")
	if strings.Contains(p.Body.String(), `name="cc" value="desk@belts.example"`) {
		t.Error("he is offered a copy")
	}
}
